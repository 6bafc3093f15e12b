"""Taps against what became of them: the storage as it stands, held against what LINE was told and nothing else."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum

from msgspec.structs import replace

from bot.acting import UNDONE_AFTER
from storage.base import Storage
from storage.models import Acknowledgement, Confirmation, Confirmed, Notice, Receipt, Totals
from tests.torture.rig import Rig, SentTap
from tests.torture.school import School, enrol, make_school, moment, order, receipts_of

CHOICES = ("出席", "欠席")


class Side(StrEnum):
    """How far a tap had come when the bot was killed."""

    UNSTORED = "not stored"
    UNANSWERED = "stored, not answered"
    UNFOLDED = "answered, not folded"
    UNSETTLED = "folded, not settled"
    DONE = "done"


@dataclass(slots=True)
class Tapping:
    """A notice that went out, and everybody who taps on it."""

    rig: Rig
    school: School
    notice: Notice
    data: dict[str, str]
    """What the buttons carry: the choice each stands for."""
    since_ms: int
    dice: random.Random
    taps: list[SentTap] = field(default_factory=list)
    """Every tap that was ever made."""

    async def tap(self, bodies: int, events: int) -> list[SentTap]:
        """So many bodies at once, of so many taps each: any people, any order of times, also twice the same person.

        The first of each body is of now, so that a round always changes something: among hundreds of taps a few of any
        time may not."""
        now_ms = await self.rig.now_ms()
        users, data = self.school.users(), sorted(self.data)
        wanted = [
            [
                {
                    "userId": self.dice.choice(users),
                    "data": self.dice.choice(data),
                    "timestamp": self.dice.randint(self.since_ms, now_ms) if place else now_ms,
                }
                for place in range(events)
            ]
            for _ in range(bodies)
        ]
        made = await self.rig.tap(wanted, self.data)
        self.taps += made
        return made

    async def sides(self, storage: Storage, taps: Sequence[SentTap]) -> Counter[Side]:
        """How far these taps had come. The bot is dead."""
        await self.rig.read()
        entries = await storage.acknowledgements.get([tap.event for tap in taps])
        receipts = await storage.receipts.of(self.notice.id, [self.school.of_user(tap.user).id for tap in taps])
        return Counter(self._side(tap, entries.get(tap.event), receipts) for tap in taps)

    def _side(self, tap: SentTap, entry: Acknowledgement | None, receipts: Collection[Receipt]) -> Side:
        if entry is None:
            return Side.UNSTORED
        if not self.rig.log.is_answered(tap):
            return Side.UNANSWERED
        if entry.applied:
            return Side.DONE
        change = self.change(tap)
        concerned = [r for r in receipts if change.contact in r.contacts]
        return Side.UNSETTLED if all(r.after(change) is r for r in concerned) else Side.UNFOLDED

    def change(self, tap: SentTap) -> Confirmed:
        """What this tap is to a receipt."""
        confirmation = Confirmation(moment(tap.at_ms), tap.event, tap.choice)
        return Confirmed(self.notice.id, self.school.of_user(tap.user).id, confirmation)

    async def check(self, storage: Storage) -> tuple[int, int]:
        """Every tap is there once, at its own time, and the receipts are what follows. (lost, counted twice)"""
        sent = {tap.event: tap for tap in self.taps}
        entries = [entry async for entry in storage.acknowledgements.log(self.notice.id)]
        known = Counter(entry.id for entry in entries)
        lost, twice = len(sent.keys() - known.keys()), sum(count - 1 for count in known.values())
        assert known.keys() <= sent.keys()
        for entry in entries:
            tap = sent[entry.id]
            assert (entry.user, entry.choice, entry.at) == (tap.user, tap.choice, moment(tap.at_ms))
            assert entry.applied, f"{entry.id} was never folded"
            assert not entry.time_replaced
        receipts = [receipt async for receipt in receipts_of(storage, self.notice.id)]
        expected = self._fold(receipts)
        assert {r.id: dict(r.answers) for r in receipts} == {r.id: dict(r.answers) for r in expected}
        totals = await storage.receipts.totals(self.notice.id)
        assert totals == Totals.of(expected)
        people = {self.school.of_user(tap.user).id for tap in self.taps}
        confirmed = {m for c in self.school.contacts if c.id in people for m in c.members}
        twice += max(0, totals.confirmed - len(confirmed))
        lost += max(0, len(confirmed) - totals.confirmed)
        return lost, twice

    def _fold(self, receipts: Sequence[Receipt]) -> list[Receipt]:
        """The receipts from nothing but the taps that LINE delivered."""
        folded = {r.id: replace(r, answers={}, revision=0) for r in receipts}
        of_contact: dict[str, list[str]] = {}
        for receipt, contact in itertools.chain.from_iterable(((r, c) for c in r.contacts) for r in receipts):
            of_contact.setdefault(contact, []).append(receipt.id)
        for tap in self.dice.sample(self.taps, len(self.taps)):
            change = self.change(tap)
            for receipt_id in of_contact[change.contact]:
                folded[receipt_id] = folded[receipt_id].after(change)
        return list(folded.values())


async def begin(rig: Rig, families: int, seed: int) -> Tapping:
    """A bot that has sent a notice with two answers to so many families, with its buttons on their phones."""
    since_ms = await rig.now_ms()
    school = make_school(families, moment(since_ms))
    await rig.people(school.users())
    async with rig.home.open() as storage:
        await enrol(storage, school)
        notice = await order(storage, "n1", moment(since_ms), choices=CHOICES)
    await rig.serve()
    await rig.until_delivered(dict.fromkeys(school.users(), 1))
    user = school.users()[0]
    data = {await rig.card_data(user, choice): choice for choice in CHOICES}
    return Tapping(rig, school, notice, data, since_ms, random.Random(seed))  # noqa: S311


@asynccontextmanager
async def finished(tapping: Tapping) -> AsyncIterator[Storage]:
    """The storage after the bot has ended by itself, every tap taken and nothing left to do."""
    rig = tapping.rig
    await rig.until_answered(tapping.taps)
    await rig.world.advance(seconds=61)
    await until_quiet(tapping, tapping.taps)
    assert await rig.bots[-1].stop() == 0
    async with rig.home.open() as storage:
        yield storage


async def until_quiet(tapping: Tapping, taps: Sequence[SentTap] = ()) -> None:
    """These taps are folded, and whatever an earlier life left behind that is due by now."""
    async with tapping.rig.home.open() as storage:
        for _ in range(600):
            due = moment(await tapping.rig.now_ms()) - UNDONE_AFTER
            entries = await storage.acknowledgements.get([tap.event for tap in taps])
            if all(e.applied for e in entries.values()) and not await storage.acknowledgements.pending(due, 1):
                return
            await tapping.rig.read(wait=0.05)
    raise AssertionError("taps are left that nobody folds")


def in_words(sides: Mapping[Side, int]) -> str:
    """For the report."""
    return ", ".join(f"{sides.get(side, 0)} {side}" for side in Side)
