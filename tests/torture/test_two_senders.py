"""Two bots over one MongoDB: one sends, the other takes over when it is gone, and who comes back late does no harm."""

from __future__ import annotations

import asyncio
import re
import signal

import pytest

from storage.base import Storage
from tests.acceptance.world import Process
from tests.torture.conftest import Say
from tests.torture.rig import Rig
from tests.torture.sending import Sending, begin

ROUNDS = pytest.mark.parametrize(
    ("rounds", "families", "first"),
    [
        pytest.param(1, 300, 40, id="1", marks=pytest.mark.timeout(300)),
        pytest.param(8, 1200, 120, id="8", marks=pytest.mark.torture),
    ],
)
_SETTLED = re.compile(r"calls\.settled .*calls=(\d+)")
TAKEN = "lease.taken"
LOST = "lease.lost"
LATENCY_MS = 150
NOT_BEFORE, NOT_AFTER = 8.5, 25.0
"""Seconds between a holder's end and the next one's beginning: 10 of patience, and what a busy machine adds."""


def calls_of(bot: Process) -> int:
    """How many calls a bot has brought to their end."""
    return sum(int(found[1]) for line in bot.output if (found := _SETTLED.search(line)))


def times(bot: Process, words: str) -> int:
    """How often a bot said so."""
    return sum(words in line for line in bot.output)


async def until_it_sends(sending: Sending, storage: Storage) -> None:
    """New notices are on their way out; some calls were answered, others are not."""
    rig = sending.rig
    await rig.read()
    before = rig.log.attempts
    await sending.order(storage)
    personal = await sending.order(storage, personal=True)
    await rig.until("calls", lambda: rig.log.attempts >= before + sending.dice.randint(2, 10))
    for _ in range(20):
        if await sending.missing(personal):
            return
        personal = await sending.order(storage, personal=True)
    raise AssertionError("everything goes out before it can be looked at")


async def until_taken_over(by: Process, since: float) -> float:
    """The other one holds the lease; how many seconds after the holder's end."""
    await by.line(TAKEN)
    return asyncio.get_running_loop().time() - since


async def killed(sending: Sending, storage: Storage, holder: Process, other: Process) -> float:
    """The holder dies while it sends; the other finishes."""
    await until_it_sends(sending, storage)
    assert calls_of(other) == times(other, TAKEN) == 0, "only the holder sends"
    await sending.rig.kill(holder)
    took = await until_taken_over(other, asyncio.get_running_loop().time())
    await sending.until_settled(storage)
    return took


async def frozen(sending: Sending, storage: Storage, holder: Process, other: Process) -> float:
    """The holder stands still while it sends, and wakes while the other is sending what it had claimed."""
    rig = sending.rig
    await until_it_sends(sending, storage)
    assert calls_of(other) == times(other, TAKEN) == 0, "only the holder sends"
    holder.child.send_signal(signal.SIGSTOP)
    took = await until_taken_over(other, asyncio.get_running_loop().time())
    await rig.world.advance(seconds=61)
    before = rig.log.attempts
    await rig.until("calls of the other", lambda: rig.log.attempts > before)
    holder.child.send_signal(signal.SIGCONT)
    await holder.line(LOST)
    await sending.until_settled(storage)
    return took


@ROUNDS
async def test_one_sends_and_another_takes_over(
    mongo_rig: Rig, rounds: int, families: int, first: int, say: Say
) -> None:
    rig = mongo_rig
    sending = await begin(rig, families, rounds, first=first)
    await rig.settings(latency_ms=LATENCY_MS)
    waits: list[float] = []
    holder = await rig.serve()
    await holder.line(TAKEN)
    async with rig.home.open() as storage:
        for _ in range(rounds):
            other = await rig.serve()
            waits.append(await killed(sending, storage, holder, other))
            third = await rig.serve()
            waits.append(await frozen(sending, storage, other, third))
            assert await other.stop() == 0
            holder = third
        assert await holder.stop() == 0
        forgotten, twice = await sending.check(storage)
        repeats = rig.check_repeats()
    people = sum(len(sending.expected(n)) for n in sending.notices)
    say(
        f"{rounds} killed, {rounds} frozen and woken; taken over after {min(waits):.1f} to {max(waits):.1f} s;"
        f" {people} people in {len(rig.log.posts)} calls with {repeats} repeats, {forgotten} forgotten, {twice} twice"
    )
    assert (forgotten, twice) == (0, 0)
    assert min(waits) >= NOT_BEFORE
    assert max(waits) <= NOT_AFTER
