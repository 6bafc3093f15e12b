"""The primary steps down while the bot sends and people tap: refusals, cut connections, answers that never come."""

from __future__ import annotations

import asyncio

import pytest

from tests.mongodb.proxy import Fault, Proxy
from tests.torture.confirming import begin as begin_confirming
from tests.torture.confirming import finished
from tests.torture.conftest import Say
from tests.torture.homes import PATIENCE, MongoHome
from tests.torture.rig import Rig
from tests.torture.sending import begin as begin_sending

ROUNDS = pytest.mark.parametrize(
    "rounds",
    [
        pytest.param(1, marks=pytest.mark.timeout(300)),
        pytest.param(10, marks=pytest.mark.torture),
    ],
)
REFUSALS = (Fault.NOT_WRITABLE_PRIMARY, Fault.STEPPED_DOWN, Fault.INTERRUPTED)
"""What an old primary says until there is a new one."""
LOSSES = (Fault.CUT_AFTER, Fault.SWALLOW, Fault.NO_MAJORITY, Fault.CUT_BEFORE)
"""What one write may meet at that moment."""


def proxy_of(rig: Rig) -> Proxy:
    """Between the bot and the database."""
    assert isinstance(rig.home, MongoHome)
    return rig.home.proxy


async def lose(proxy: Proxy, fault: Fault) -> None:
    """The next write meets the fault."""
    met = proxy.fail(fault)
    assert await asyncio.to_thread(met.wait, PATIENCE), f"no write met {fault.name}"


async def step_down(rig: Rig, refusal: Fault) -> None:
    """Writes are refused for a while, connections end, and a new primary answers."""
    proxy = proxy_of(rig)
    refused = proxy.fail(refusal, is_lasting=True)
    assert await asyncio.to_thread(refused.wait, PATIENCE)
    await rig.read(wait=2)
    await asyncio.to_thread(proxy.go_away)
    proxy.heal()
    await asyncio.to_thread(proxy.come_back)


@ROUNDS
async def test_a_primary_that_steps_down_while_sending_makes_nobody_get_anything_twice(
    mongo_rig: Rig, rounds: int, say: Say
) -> None:
    rig = mongo_rig
    sending = await begin_sending(rig, 300, rounds, first=30)
    await rig.settings(latency_ms=100)
    bot = await rig.serve()
    await bot.line("lease.taken")
    async with rig.home.open() as storage:
        for _ in range(rounds):
            for refusal in REFUSALS:
                await sending.order(storage)
                await sending.order(storage, personal=True)
                await rig.until_attempts(rig.log.attempts + 1)
                await lose(proxy_of(rig), sending.dice.choice(LOSSES))
                await step_down(rig, refusal)
            await sending.until_settled(storage)
        assert await bot.stop() == 0
        forgotten, twice = await sending.check(storage)
        repeats = rig.check_repeats()
    people = sum(len(sending.expected(notice)) for notice in sending.notices)
    say(
        f"{rounds * len(REFUSALS)} fail-overs, {people} people, {repeats} repeats, {forgotten} forgotten, {twice} twice"
    )
    assert (forgotten, twice) == (0, 0)


@ROUNDS
async def test_a_primary_that_steps_down_while_people_tap_loses_no_tap(mongo_rig: Rig, rounds: int, say: Say) -> None:
    rig = mongo_rig
    tapping = await begin_confirming(rig, 60, seed=rounds)
    for _ in range(rounds):
        for refusal in REFUSALS:
            await tapping.tap(4, 3)
            await lose(proxy_of(rig), tapping.dice.choice(LOSSES))
            await tapping.tap(4, 3)
            await step_down(rig, refusal)
            await rig.until_answered(tapping.taps)
    async with finished(tapping) as storage:
        lost, twice = await tapping.check(storage)
    say(f"{rounds * len(REFUSALS)} fail-overs, {len(tapping.taps)} taps, {lost} lost, {twice} counted twice")
    assert (lost, twice) == (0, 0)
