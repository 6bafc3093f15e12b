"""How far a sending is, and why it is late: shown to whoever asks, from what the outbox says at that moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from handlers.buttons import pack
from handlers.commands import choose
from handlers.commands.planned import is_going_on
from handlers.context import Context
from handlers.replies import Bar, Button, Emphasis, Panel
from handlers.wording import Words
from storage.base import Storage
from storage.models import Mailing, Notice, OutgoingState, Purpose, Reach

LARGE: Final = 500
"""People. More are not sent to in a moment: whoever sends is offered to look on."""
LATE_AFTER: Final = timedelta(minutes=2)

_MOVING: Final = frozenset({OutgoingState.WAITING, OutgoingState.SENDING})
_FAILURES: Final = frozenset({"rate_limited", "unknown", "out_of_quota", "unauthorized"})
"""Kinds of failure (`Outgoing.failure`) there is a sentence for."""
_ENOUGH_TIME: Final = timedelta(seconds=3)
_ENOUGH_PEOPLE: Final = 200
"""What must have gone out, and for how long, before anybody can say how long the rest will take."""


@dataclass(frozen=True, slots=True)
class Sending:
    """A mailing on its way, in people."""

    purpose: Purpose
    done: int
    all: int | None
    """None: not known yet."""
    left: timedelta | None
    """How long the rest will take; None: too little to go by."""


async def sendings(notice: Notice, mailings: Sequence[Mailing], context: Context) -> list[Sending]:
    """Those mailings of a notice that are on their way now."""
    if notice.stopped_at or notice.cancelled_at:
        return []
    begun = [m for m in mailings if m.due_at <= context.now and m.settled_at is None]
    found = [await _sending(mailing, notice, context) for mailing in begun]
    return [sending for sending in found if sending is not None]


async def _sending(mailing: Mailing, notice: Notice, context: Context) -> Sending | None:
    people = (await context.storage.outbox.progress(notice.id, mailing.purpose, mailing.id)).people
    moving = sum(people.get(state, 0) for state in _MOVING)
    if not moving and not is_going_on(mailing, context.now):
        return None
    done = sum(people.values()) - moving
    whole = await _whole(mailing, notice, done + moving, context.storage)
    return Sending(mailing.purpose, done, whole, await _left(mailing, done, whole, context))


async def _whole(mailing: Mailing, notice: Notice, known: int, storage: Storage) -> int | None:
    if mailing.finished_at is not None:
        return known
    if mailing.purpose is not Purpose.NOTICE:
        return None
    return max(known, (await storage.contacts.count(notice.audience))[Reach.REACHABLE])


async def _left(mailing: Mailing, done: int, whole: int | None, context: Context) -> timedelta | None:
    """From how fast it has been so far."""
    first = await context.storage.outbox.chunk(mailing.id, 0)
    if first is None or whole is None or done < _ENOUGH_PEOPLE:
        return None
    taken = context.now - (first.first_attempt_at or first.created_at)
    return taken * (whole - done) / done if taken >= _ENOUGH_TIME else None


async def panels(notice: Notice, mailings: Sequence[Mailing], context: Context) -> list[Panel]:
    """How far each sending of the notice is, with a bar."""
    words = context.words
    late = await lateness(notice, mailings, context)
    again = Button(words("progress-again"), pack("progress", notice.number), emphasis=Emphasis.PRIMARY)
    return [
        Panel(
            choose.heading(notice, words),
            (_how_far(sending, words), *late) if late else (_how_far(sending, words), *_remaining(sending, words)),
            bar=Bar(sending.done, sending.all) if sending.all else None,
            buttons=(again,),
        )
        for sending in await sendings(notice, mailings, context)
    ]


def _how_far(sending: Sending, words: Words) -> str:
    key = f"progress-{sending.purpose.value}"
    if not sending.all:
        return words(f"{key}-counting", done=f"{sending.done:,}")
    percent = 100 * sending.done // sending.all
    return words(key, done=f"{sending.done:,}", all=f"{sending.all:,}", percent=percent)


def _remaining(sending: Sending, words: Words) -> tuple[str, ...]:
    if sending.left is None:
        return ()
    seconds = sending.left.total_seconds()
    if seconds < 100:
        return (words("progress-seconds", count=max(10, 10 * round(seconds / 10))),)
    if seconds < 6000:
        return (words("progress-minutes", count=round(seconds / 60)),)
    return (words("progress-hours", count=round(seconds / 3600)),)


def look_on(notice: Notice, people: int, words: Words) -> tuple[Button, ...]:
    """「進みぐあいを見る」, where there is time to look."""
    return (Button(words("progress-see"), pack("progress", notice.number)),) if people > LARGE else ()


async def lateness(notice: Notice, mailings: Sequence[Mailing], context: Context) -> tuple[str, ...]:
    """What of the notice is two minutes late and why, a sentence for each reason; nothing when all is well."""
    words, storage = context.words, context.storage
    before = context.now - LATE_AFTER
    people: dict[str, int] = {}
    for late in await storage.outbox.late(before):
        if late.notice == notice.id:
            kind = late.failure if late.failure in _FAILURES else "busy"
            people[kind] = people.get(kind, 0) + late.people
    not_begun = [
        m
        for m in mailings
        if m.due_at <= before and is_going_on(m, context.now) and await storage.outbox.last_chunk(m.id) is None
    ]
    return (
        *(words("late-not-begun", moment=words.moment(m.due_at, context.now)) for m in not_begun),
        *(words(f"late-{kind}", count=f"{count:,}") for kind, count in people.items()),
    )
