"""Whom a reminder goes to: those of the notice's own chunks whose tap is still wanted, chunk by chunk."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncGenerator, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from handlers.dates import local
from storage.base import WINDOW, Storage
from storage.models import Audience, Notice, Outgoing, OutgoingState, Reach, Receipt, Recipient, SkipReason, Target

MOST_A_DAY: Final = 3
"""Messages for one person in one day that are not urgent: more are felt as a nuisance, and end in a block."""

_LOOKED_AT: Final = 10
"""Windows of an audience that are looked through, person by person, before somebody who waits for a preview."""

_NEVER_CAME: Final = frozenset({OutgoingState.DROPPED, OutgoingState.REFUSED})


Kind = tuple[str, str]
"""(channel, language): what makes cards differ from one another, names aside."""


@dataclass(frozen=True, slots=True)
class Page:
    """One chunk's worth of contacts: whom to send to, and whom not and why."""

    recipients: tuple[Recipient, ...]
    skipped: tuple[tuple[str, SkipReason], ...]
    first_contact: str
    last_contact: str
    kinds: Mapping[str, Kind]
    """How each recipient is reached, by contact."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What a reminder goes by, gathered once for all its chunks."""

    storage: Storage
    channels: tuple[str, ...]
    today: tuple[str, ...] = ()
    """The day's mailings that are not urgent: who got enough of them is left alone. None for what is urgent itself."""


async def rules(
    notice: Notice, storage: Storage, channels: Iterable[str], now: datetime, zone: ZoneInfo, besides: str = ""
) -> Rules:
    """What a reminder of this notice goes by today; `besides` is its own mailing, which does not count."""
    if notice.urgent:
        return Rules(storage, tuple(channels))
    start, end = _day(now, zone)
    mailings = await storage.mailings.between(start, end)
    today = tuple(m.id for m in mailings if not m.urgent and m.id != besides and m.due_at <= now)
    return Rules(storage, tuple(channels), today)


def _day(now: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    day = now.astimezone(zone).date()
    return local(day, 0, 0, zone), local(day + timedelta(days=1), 0, 0, zone)


async def reminder_page(rules: Rules, notice: str, number: int) -> Page | None:
    """Chunk `number` of a reminder: those of the notice's own chunk who have something open. None beyond the last."""
    storage = rules.storage
    chunk = await storage.outbox.chunk(f"{notice}/notice", number)
    if chunk is None:
        return None
    slots = sorted({*(r.contact for r in chunk.recipients), *(contact for contact, _ in chunk.skipped)})
    people = await _people(storage, notice, slots)
    waiting = await storage.receipts.waiting(notice, [person.contact for person in people.values()])
    wanted = {slot: person for slot, person in people.items() if waiting.get(person.contact)}
    capped = await _capped(rules, wanted.values())
    recipients: list[Recipient] = []
    skipped: list[tuple[str, SkipReason]] = []
    kinds: dict[str, Kind] = {}
    for slot in slots:
        fate = _fate(wanted.get(slot), capped, rules.channels)
        if isinstance(fate, SkipReason):
            skipped.append((slot, fate))
        else:
            recipient, kinds[recipient.contact] = fate
            recipients.append(recipient)
    return Page(tuple(recipients), tuple(skipped), chunk.first_contact, chunk.last_contact, kinds)


def _fate(
    person: Target | None, capped: Collection[str], channels: Sequence[str]
) -> tuple[Recipient, Kind] | SkipReason:
    if person is None:
        return SkipReason.CONFIRMED
    found = next(((c, a) for c in channels if (a := person.active(c))), None)
    if found is None:
        return unreached(person.reach)
    if person.contact in capped:
        return SkipReason.CAPPED
    channel, address = found
    return Recipient(person.contact, address), (channel, person.locale)


def unreached(reach: Reach) -> SkipReason:
    """Why somebody without an active address is not sent to."""
    return SkipReason.UNREGISTERED if reach is Reach.UNREGISTERED else SkipReason.BLOCKED


async def _capped(rules: Rules, people: Collection[Target]) -> set[str]:
    """Those who got enough today, counted from the calls themselves; in fewer mailings nobody can have."""
    if len(rules.today) < MOST_A_DAY:
        return set()
    ids = {i for person in people for i in person.ids}
    got: Counter[str] = Counter()
    for mailing in rules.today:
        calls = await rules.storage.outbox.covering(mailing, ids)
        reached = _reached(calls.values())
        got.update(person.contact for person in people if _came(person, calls, reached))
    return {person for person, count in got.items() if count >= MOST_A_DAY}


async def full_today(rules: Rules, audience: Audience) -> tuple[int, bool]:
    """(how many of an audience got as much today as anybody may get that is not urgent, whether all were looked at)."""
    count, after = 0, ""
    for _ in range(_LOOKED_AT if len(rules.today) >= MOST_A_DAY else 0):
        targets = await rules.storage.contacts.stream(audience, after, WINDOW)
        if not targets:
            return count, True
        count += len(await _capped(rules, targets))
        after = targets[-1].contact
    return count, not count


def _reached(calls: Iterable[Outgoing]) -> dict[str, frozenset[str]]:
    """Whom each of the calls went to, or may have: what was clearly not sent bothered nobody."""
    sent = {call.id: call for call in calls if call.state not in _NEVER_CAME}
    return {id_: frozenset(r.contact for r in call.recipients) for id_, call in sent.items()}


def _came(person: Target, calls: Mapping[str, Outgoing], reached: Mapping[str, frozenset[str]]) -> bool:
    """Whether one of the calls that cover this person went to her."""
    covering = {calls[i].id for i in person.ids if i in calls}
    return any(not reached[call].isdisjoint(person.ids) for call in covering if call in reached)


@dataclass(frozen=True, slots=True)
class Reminded:
    """What a reminder would come to now."""

    by_channel: Mapping[str, int]
    """People it would go to."""
    capped: int
    """People who got enough today."""
    looked_at: int = 0
    """Contacts who got the notice, or should have, and were looked at."""

    @property
    def people(self) -> int:
        """Whom it would go to, one message each."""
        return sum(self.by_channel.values())


async def growing(rules: Rules, notice: str) -> AsyncGenerator[Reminded]:
    """Look through the notice's chunks, one after another: what has been found so far, the last time all of it."""
    people: Counter[str] = Counter()
    number = capped = looked_at = 0
    while (page := await reminder_page(rules, notice, number)) is not None:
        people.update(channel for channel, _ in page.kinds.values())
        capped += sum(reason is SkipReason.CAPPED for _, reason in page.skipped)
        looked_at += len(page.recipients) + len(page.skipped)
        yield Reminded({c: people[c] for c in rules.channels if people[c]}, capped, looked_at)
        number += 1


async def reminded(rules: Rules, notice: str) -> Reminded:
    """Look through all of the notice's chunks: half a second and more for every 100,000 people."""
    last = Reminded({}, 0)
    if await rules.storage.receipts.page(notice, True, "", 1):
        async for found in growing(rules, notice):
            last = found
    return last


async def _people(storage: Storage, notice: str, slots: Sequence[str]) -> dict[str, Target]:
    """Who stands behind each contact of a chunk today. A person who was several contacts is behind one slot only."""
    known = await storage.contacts.targets(slots)
    heads = {c.absorbed_by for c in known.values() if c.absorbed_by}
    people = {**known, **await storage.contacts.targets(heads)} if heads else known
    behind = {
        slot: people[c.absorbed_by or slot]
        for slot in slots
        if (c := known.get(slot))
        if (c.absorbed_by or slot) in people
    }
    shared = {i for person in behind.values() if person.absorbed for i in person.ids}
    if not shared:
        return behind
    covered = await storage.outbox.covering(f"{notice}/notice", shared)
    return {
        slot: p for slot, p in behind.items() if slot == min(i for i in (*p.ids, slot) if i in covered or i == slot)
    }


def waiting_contacts(receipts: Iterable[Receipt]) -> set[str]:
    """Contacts whose tap is still wanted: the receipt is open, and they have not answered it."""
    return {c for r in receipts if r.is_open for c in r.contacts if c not in r.answers}
