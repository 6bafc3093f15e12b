"""Two servers whose clocks differ by minutes: who takes over sends nobody anything twice and forgets nobody."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

import pytest

from storage.base import Storage
from tests.torture.conftest import Say
from tests.torture.rig import Rig, is_settled
from tests.torture.sending import Sending, begin

APART = pytest.mark.parametrize(
    ("seconds", "families"),
    [
        pytest.param(-240, 300, id="behind", marks=pytest.mark.torture),
        pytest.param(240, 300, id="ahead", marks=pytest.mark.timeout(300)),
        pytest.param(-3600, 1200, id="an-hour-behind", marks=pytest.mark.torture),
        pytest.param(3600, 1200, id="an-hour-ahead", marks=pytest.mark.torture),
    ],
)


@dataclass(frozen=True, slots=True)
class OtherClock:
    """A clock that goes with the simulator's, so many seconds before or behind it."""

    rig: Rig
    file: Path
    seconds: float

    async def follow(self) -> None:
        """Take over how far the simulator's clock was moved."""
        offset = (await self.rig.world.sim("GET", "clock"))["offset"]
        written = self.file.with_suffix(".new")
        written.write_text(str(offset + self.seconds), encoding="utf-8")
        written.replace(self.file)


async def until_settled(sending: Sending, storage: Storage, clock: OtherClock) -> None:
    """As `Sending.until_settled`, with both clocks."""
    rig = sending.rig
    async with asyncio.timeout(240):
        for notice in sending.notices:
            while not await is_settled(storage, notice):
                before = rig.log.seq
                await rig.read(wait=0.5)
                if rig.log.seq == before:
                    await rig.world.advance(seconds=61)
                    await clock.follow()


@APART
async def test_taking_over_with_another_time_sends_nobody_anything_twice(
    mongo_rig: Rig, tmp_path: Path, seconds: float, families: int, say: Say
) -> None:
    rig = mongo_rig
    sending = await begin(rig, families, families, first=40)
    await rig.settings(latency_ms=150)
    clock = OtherClock(rig, tmp_path / "other-clock", seconds)
    await clock.follow()
    right = await rig.serve()
    await right.line("lease.taken")
    other = await rig.serve(TEST_CLOCK_FILE=str(clock.file))
    async with rig.home.open() as storage:
        for holder, successor in ((right, other), (other, None)):
            before = rig.log.attempts
            await sending.order(storage)
            await sending.order(storage, personal=True)
            if holder is other:  # what is due by the right time may be hours away by its own
                await rig.world.advance(seconds=max(0, -seconds))
                await clock.follow()
            await rig.until_attempts(before + 3)
            await rig.kill(holder)
            following = successor or await rig.serve()
            await following.line("lease.taken")
        await until_settled(sending, storage, clock)
        assert await rig.bots[-1].stop() == 0
        forgotten, twice = await sending.check(storage)
        repeats = rig.check_repeats()
    people = sum(len(sending.expected(notice)) for notice in sending.notices)
    say(f"{seconds:+} s apart, {people} people, {repeats} repeats, {forgotten} forgotten, {twice} twice")
    assert (forgotten, twice) == (0, 0)
