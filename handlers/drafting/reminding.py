"""The reminders of a draft: answers about them folded in, and the plan as it stands. Pure."""

from __future__ import annotations

from datetime import datetime

from handlers import dates
from handlers.drafting import fields
from handlers.drafting.questions import Facts, Field
from handlers.plan import MOST, Frame, evening_only, why_not
from storage.models import Draft


def frame_of(draft: Draft, facts: Facts) -> Frame:
    """What its reminders must fit into."""
    return Frame(facts.zone, facts.quiet, draft.send_at or facts.at, draft.deadline_at, draft.expires_at)


def told(draft: Draft, text: str, facts: Facts) -> Draft:
    """Times as typed, or 「なし」. What cannot be taken stays typed, all of it."""
    if fields.is_none(text):
        return _settled(draft, ())
    times = read(text, facts.at, frame_of(draft, facts))
    if isinstance(times, str):
        return fields.typed(draft, Field.REMINDERS, text)
    return _settled(draft, times)


def pressed(draft: Draft, value: str, facts: Facts) -> Draft | None:
    """One of the plans offered."""
    if value == "none":
        return _settled(draft, ())
    if value == "evening":
        return _settled(draft, evening_only(frame_of(draft, facts)))
    return _settled(draft, None) if value == "both" else None


def read(text: str, now: datetime, frame: Frame) -> tuple[datetime, ...] | str:
    """The times that a text names; or why they cannot be taken, in one word."""
    pieces = fields.listed(text)
    if not 0 < len(pieces) <= MOST:
        return "many" if pieces else "unread"
    times = []
    for piece in pieces:
        reading = dates.parse(piece, now, frame.zone)
        if reading is None or reading.at is None or (reading.doubt and reading.doubt is not dates.Doubt.PAST):
            return "unread"
        if reason := why_not(reading.at, frame):
            return reason
        times.append(reading.at)
    return tuple(sorted(set(times)))


def _settled(draft: Draft, reminders: tuple[datetime, ...] | None) -> Draft:
    return fields.typed(draft.but(reminders=reminders), Field.REMINDERS, "")
