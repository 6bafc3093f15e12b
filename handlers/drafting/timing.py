"""What the preview says about time: when it goes out, when it reminds, what all of it costs, and the send buttons."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final

from handlers import publish
from handlers.context import Context
from handlers.dates import local
from handlers.drafting.asking_times import briefly
from handlers.drafting.questions import Field, latest_send
from handlers.drafting.reach import Audited
from handlers.drafting.words import LABEL, button, shorten
from handlers.nights import morning_name, night
from handlers.quiet import morning
from handlers.replies import Button, Emphasis
from handlers.shares import Share
from handlers.wording import Words
from storage.models import Audience, Draft

RESERVE: Final = "reserve"
"""Behind the head-count and the time in a send button: the reserve may be used."""
_MORNING: Final = time(7)
"""Where there are no quiet hours that end."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the preview says, gathered once."""

    draft: Draft
    audited: Audited
    shares: tuple[Share, ...]
    reminders: tuple[datetime, ...] = ()
    """The plan as it would be frozen now."""
    full: int = 0
    """People who got three messages today already."""
    is_all: bool = True
    """All of them were counted."""

    @property
    def most_reports(self) -> int:
        """Messages to the sender herself: of the confirmations, of the deadline, and of each sending with trouble."""
        return 2 + (self.draft.deadline_at is not None) + len(self.reminders)

    @property
    def most_reminded(self) -> int:
        """Messages of all automatic reminders, if nobody confirms."""
        return self.audited.reachable * len(self.reminders)

    @property
    def missing(self) -> int:
        """Messages that are lacking for the notice itself, on any channel."""
        return sum(share.missing for share in self.shares)

    @property
    def takes_reserve(self) -> bool:
        """Whether it would take messages that stay for what is urgent."""
        return any(share.takes_reserve for share in self.shares)


def cost(seen: Seen, context: Context) -> Iterator[str]:
    """「対象 30人・送る相手 52人=52通、自動催促 最大104通、今月の残り118通」, and what is short.

    Several channels have a line each."""
    words, people = context.words, seen.audited.reachable
    parts = [words("draft-heads", members=seen.audited.members, contacts=people, cost=people)]
    if seen.reminders:
        parts.append(words("draft-cost-reminders", most=seen.most_reminded))
    if len(seen.shares) == 1:
        yield words.listing([*parts, *_of_share(seen.shares[0], words)])
    else:
        yield words.listing(parts)
        for share in seen.shares:
            heads = words("draft-share", channel=words(f"means-{share.channel}"), people=share.people)
            yield words.listing([heads, *_of_share(share, words)])
    if any(share.left is not None for share in seen.shares):
        yield words("draft-cost-reports", most=seen.most_reports)
    for share in seen.shares:
        yield from _short(share, seen, context)


def _of_share(share: Share, words: Words) -> Iterator[str]:
    if share.thanks:
        yield words("draft-cost-thanks", most=share.thanks)
    if share.quota is None:
        yield words("draft-cost-unknown")
    elif share.quota.left is None:
        yield words("draft-cost-free")
    else:
        yield words("draft-cost-left-today" if share.quota.is_daily else "draft-cost-left", left=share.quota.left)


def _short(share: Share, seen: Seen, context: Context) -> Iterator[str]:
    words, left = context.words, share.left
    if share.quota is None or left is None:
        return
    if share.missing:
        key = "draft-short-today" if share.quota.is_daily else "draft-short"
        yield words(key, missing=share.missing, left=share.people - share.missing)
        return
    if share.takes_reserve:
        yield words("draft-reserve", people=share.reserved, left=left - share.people)
    most = share.people * (1 + len(seen.reminders))
    if not share.quota.is_daily and seen.reminders and most + share.reserved > left:
        yield words("draft-short-reminders-reserve" if share.reserved else "draft-short-reminders")


def when(seen: Seen, context: Context) -> Iterator[str]:
    """When it goes out, as far as there is anything to say; and whether it is night."""
    words, draft = context.words, seen.draft
    if draft.send_at is not None:
        yield words("draft-is-schedule", moment=words.moment(draft.send_at, draft.updated_at))
        yield words("draft-roster-counts")
    elif _night(draft, context) is not None and context.organization.quiet is not None:
        yield words("draft-is-night", **night(context.organization.quiet))
    if seen.full:
        yield words("draft-full" if seen.is_all else "draft-full-many", count=seen.full)


def plan(seen: Seen, context: Context) -> Iterator[str]:
    """「自動催促:11/29 18:00、11/30 7:30」."""
    if seen.reminders:
        yield context.words("draft-is-reminders", times=briefly(seen.reminders, context))
    elif seen.draft.deadline_at is not None:
        yield context.words("draft-is-reminders-none")


def send_buttons(seen: Seen, context: Context) -> Iterator[Button]:
    """送る; at night, and where somebody got enough today, first 「明日7時に送る」. The head-count goes with them, so
    that a roster changed meanwhile is noticed."""
    words, draft, count = context.words, seen.draft, seen.audited.members
    if seen.takes_reserve:
        yield from _reserve_buttons(seen, context)
        return
    emphasis = Emphasis.SECONDARY if seen.missing else Emphasis.PRIMARY
    tomorrow = _morning(seen, context)
    limit = latest_send(draft)
    if draft.send_at is not None:
        at = words.brief(draft.send_at, draft.updated_at)
        yield button(draft, _label("draft-send-at", seen, context, at=at), "send", count, emphasis=emphasis)
    elif tomorrow is not None:
        if limit is None or tomorrow < limit:
            label = _label("draft-send-morning", seen, context, at=morning_name(tomorrow, draft.updated_at, words))
            yield button(draft, label, "later", f"{count}/{int(tomorrow.timestamp())}", emphasis=emphasis)
        yield button(draft, _label("draft-send-now", seen, context), "send", count)
    else:
        key = "draft-send-short" if seen.missing else "draft-send"
        yield button(draft, _label(key, seen, context), "send", count, emphasis=emphasis)


def _reserve_buttons(seen: Seen, context: Context) -> Iterator[Button]:
    """As `send_buttons`, with what it takes said on each."""
    words, draft, count = context.words, seen.draft, seen.audited.members
    tomorrow, limit = _morning(seen, context), latest_send(draft)
    if draft.send_at is not None:
        at = words.brief(draft.send_at, draft.updated_at)
        yield button(draft, words("draft-send-reserve-at", at=at), "send", f"{count}//{RESERVE}")
        return
    if tomorrow is not None and (limit is None or tomorrow < limit):
        at = morning_name(tomorrow, draft.updated_at, words)
        value = f"{count}/{int(tomorrow.timestamp())}/{RESERVE}"
        yield button(draft, words("draft-send-reserve-at", at=at), "later", value)
    key = "draft-send-reserve" if tomorrow is None else "draft-send-reserve-now"
    yield button(draft, words(key), "send", f"{count}//{RESERVE}")


def change_buttons(seen: Seen, context: Context) -> Iterator[Button]:
    """送る時刻を決める, 催促を変える."""
    words, draft = context.words, seen.draft
    yield button(draft, words("draft-schedule-button"), "mend", Field.SCHEDULE.value)
    yield button(draft, words("draft-reminders-button"), "mend", Field.REMINDERS.value)


def _morning(seen: Seen, context: Context) -> datetime | None:
    """The morning that it may wait for; None if there is no reason to wait."""
    quiet, zone = context.organization.quiet, context.organization.zone
    until = _night(seen.draft, context)
    if until is not None or not seen.full:
        return until
    tomorrow = seen.draft.updated_at.astimezone(zone).date() + timedelta(days=1)
    at = quiet.end if quiet is not None else _MORNING
    return local(tomorrow, at.hour, at.minute, zone)


def _night(draft: Draft, context: Context) -> datetime | None:
    """The end of the night in which the preview is looked at; None by day, and for what is urgent."""
    if draft.urgent:
        return None
    return morning(draft.updated_at, context.organization.quiet, context.organization.zone)


def _label(key: str, seen: Seen, context: Context, **arguments: str) -> str:
    words, count = context.words, seen.audited.members
    whom = publish.audience_name(Audience(groups=seen.draft.groups, everyone=seen.draft.everyone), words)
    bare = len(words(key, audience="", count=count, **arguments))
    return words(key, audience=shorten(whom, LABEL - bare), count=count, **arguments)
