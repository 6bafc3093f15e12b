"""What is asked next while a notice is made: the flow as a value. Pure; `handlers.drafting.asking` says it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from handlers.quiet import QuietHours
from storage.models import Draft, DraftState


class Field(StrEnum):
    """What a draft is made of; also what `Draft.asking` and `Draft.typed` name."""

    TEXT = "text"
    REWRITE = "rewrite"
    """The text anew: what comes next takes the place of what there is."""
    TITLE = "title"
    AUDIENCE = "audience"
    EVERYONE = "everyone"
    DEADLINE = "deadline"
    EXPIRY = "expiry"
    SCHEDULE = "schedule"
    """When it goes out."""
    REMINDERS = "reminders"
    """When those who have not confirmed are reminded by themselves."""
    CHOICES = "choices"
    COVERAGE = "coverage"
    URGENT = "urgent"
    BEFORE = "before"
    """The draft that was open when this text was pasted."""
    LIMIT = "limit"
    """期限: the deadline or the expiry, as the other heads decide."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is lacking. `about` None: nothing, the preview is due. `doubt`: the answer as typed that cannot be taken."""

    about: Field | None
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What answers are read against."""

    groups: Mapping[str, int]
    """Every group with its number of members."""
    at: datetime
    """When the answer was given."""
    zone: ZoneInfo
    untitled: str
    """The title of an urgent notice whose text has no line for it."""
    quiet: QuietHours | None = None


def next_question(draft: Draft) -> Question:
    """What a draft lacks first. An urgent one is never asked for a deadline."""
    if not draft.lines:
        return Question(Field.TEXT)
    if not draft.title:
        return Question(Field.TITLE)
    if unknown := draft.typed.get(Field.AUDIENCE):
        return Question(Field.AUDIENCE, unknown)
    if not draft.groups and not draft.everyone:
        return Question(Field.AUDIENCE)
    if draft.everyone and not draft.everyone_agreed:
        return Question(Field.EVERYONE)
    if not draft.deadline_settled and (not draft.urgent or Field.DEADLINE in draft.typed):
        return Question(Field.DEADLINE, draft.typed.get(Field.DEADLINE, ""))
    for field in (Field.EXPIRY, Field.SCHEDULE, Field.CHOICES, Field.REMINDERS):
        if field in draft.typed:
            return Question(field, draft.typed[field])
    return Question(Field.SCHEDULE if _is_sent_too_late(draft) else None)


def latest_send(draft: Draft) -> datetime | None:
    """A notice must go out before this: its deadline or its expiry, whichever comes first."""
    return min((at for at in (draft.deadline_at, draft.expires_at) if at is not None), default=None)


def _is_sent_too_late(draft: Draft) -> bool:
    limit = latest_send(draft)
    return draft.send_at is not None and limit is not None and draft.send_at >= limit


def advanced(draft: Draft) -> Draft:
    """The draft waiting for the answer to its next question."""
    about = next_question(draft).about
    if about is None:
        return draft.but(state=DraftState.PREVIEW, asking="")
    return asking(draft, about)


def asking(draft: Draft, about: Field) -> Draft:
    """The draft waiting for the answer about one field."""
    state = DraftState.COLLECTING if about in {Field.TEXT, Field.REWRITE} else DraftState.ASKING
    return draft.but(state=state, asking=about.value)


def asked(draft: Draft) -> Question:
    """What the draft waits for: its last question."""
    about = Field(draft.asking) if draft.asking in set(Field) else None
    return Question(about, draft.typed.get(draft.asking, ""))
