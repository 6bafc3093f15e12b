"""Notices that go out while everything goes wrong, against what really stood on the phones."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from storage.base import Storage
from storage.models import AddressState, Notice, OutgoingState, Receipt, SkipReason
from tests.torture.rig import Rig, is_settled
from tests.torture.school import FIRST, School, enrol, make_school, moment, order, receipts_of


@dataclass(slots=True)
class Sending:
    """A school and the notices it was sent, each with a title of its own."""

    rig: Rig
    school: School
    dice: random.Random
    notices: list[Notice] = field(default_factory=list)

    async def order(self, storage: Storage, *, personal: bool = False) -> Notice:
        """One more notice: to everyone in calls of up to 500, or to the first class with a card for each."""
        number = len(self.notices) + 1
        title = f"お知らせ第{number:03}号" + ("・{名前}" if personal else "")
        group, now = FIRST if personal else "", moment(await self.rig.now_ms())
        self.notices.append(await order(storage, f"n{number}", now, title=title, group=group))
        return self.notices[-1]

    def expected(self, notice: Notice) -> list[str]:
        """Whom a notice must reach, each once."""
        return self.school.users(*notice.audience.groups)

    async def missing(self, notice: Notice) -> int:
        """How many it has not reached yet."""
        return len(set(self.expected(notice)) - (await self.received(notice)).keys())

    async def received(self, notice: Notice) -> Counter[str]:
        """Who got it, how often, by the simulator's own count."""
        return await self.rig.received(notice.title.removesuffix("{名前}"))

    async def until_settled(self, storage: Storage, patience: float = 240) -> None:
        """Everything stands where it will stand. Pauses are not waited for: their time is made to come."""
        rig, loop = self.rig, asyncio.get_running_loop()
        end = loop.time() + patience
        for notice in self.notices:
            while not await is_settled(storage, notice):
                assert loop.time() < end, f"{notice.title}: {await storage.outbox.progress(notice.id)}"
                before = rig.log.seq
                await rig.read(wait=0.5)
                if rig.log.seq == before:
                    await rig.world.advance(seconds=61)

    async def check_receipts_came_first(self, storage: Storage) -> None:
        """Whoever has got a notice has a receipt by then. To be asked of a bot that stands still."""
        for notice in self.notices:
            covered = {c async for receipt in receipts_of(storage, notice.id) for c in receipt.contacts}
            sent = {self.school.of_user(user).id for user in await self.received(notice)}
            assert sent <= covered, f"{notice.title}: sent before there was a receipt"

    async def check(self, storage: Storage) -> tuple[int, int]:
        """Each person got each notice once, nobody was left out, and the storage says the same. (forgotten, twice)"""
        await self.rig.read()
        forgotten = twice = 0
        for notice in self.notices:
            expected, received = set(self.expected(notice)), await self.received(notice)
            assert received.keys() <= expected
            forgotten += len(expected - received.keys())
            twice += sum(count - 1 for count in received.values())
            await self._check_storage(storage, notice)
        reached = self.rig.log.reached()
        wanted = Counter(user for notice in self.notices for user in self.expected(notice))
        twice += (reached - wanted).total()
        forgotten = max(forgotten, (wanted - reached).total())
        return forgotten, twice

    async def _check_storage(self, storage: Storage, notice: Notice) -> None:
        """Everybody has a receipt, and every contact is accounted for."""
        inside = set(notice.audience.groups)
        members = {m.id for m in self.school.members if not inside or inside & set(m.groups)}
        receipts: list[Receipt] = [receipt async for receipt in receipts_of(storage, notice.id)]
        assert sorted(r.member for r in receipts) == sorted(members)
        progress = await storage.outbox.progress(notice.id)
        assert progress.people == {OutgoingState.ACCEPTED: len(self.expected(notice))}
        assert progress.skipped == self._skipped(notice)

    def _skipped(self, notice: Notice) -> Mapping[SkipReason, int]:
        inside = set(notice.audience.groups)
        people = [c for c in self.school.contacts if not inside or inside & set(c.groups)]
        return +Counter(
            {
                SkipReason.UNREGISTERED: sum(not c.addresses for c in people),
                SkipReason.BLOCKED: sum(a.state is AddressState.BLOCKED for c in people for a in c.addresses),
            }
        )


async def begin(rig: Rig, families: int, seed: int, *, first: int) -> Sending:
    """A school of so many families, `first` of them in the first class, and no bot yet."""
    school = make_school(families, moment(await rig.now_ms()), first=first)
    await rig.people([a.value for c in school.contacts for a in c.addresses])
    async with rig.home.open() as storage:
        await enrol(storage, school)
    return Sending(rig, school, random.Random(seed))  # noqa: S311
