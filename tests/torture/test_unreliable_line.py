"""LINE answers late, wrongly, twice, out of order or not at all. Nobody notices."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.torture.confirming import Tapping, finished
from tests.torture.confirming import begin as begin_confirming
from tests.torture.conftest import Say
from tests.torture.rig import Rig
from tests.torture.sending import begin as begin_sending

SENDING = pytest.mark.parametrize(
    ("home", "rounds", "families", "first"),
    [
        pytest.param("sqlite", 1, 1200, 60, id="sqlite-1", marks=pytest.mark.timeout(300)),
        pytest.param("sqlite", 6, 3000, 200, id="sqlite-6", marks=pytest.mark.torture),
        pytest.param("mongo", 3, 1200, 60, id="mongo-3", marks=pytest.mark.torture),
    ],
    indirect=["home"],
)
TAPPING = pytest.mark.parametrize(
    ("rounds", "families"),
    [
        pytest.param(1, 120, id="1", marks=pytest.mark.timeout(300)),
        pytest.param(10, 300, id="10", marks=pytest.mark.torture),
    ],
)

AFTER = ("error_after", "disconnect_after", "bad_body_after", "timeout_after")
"""LINE takes the call and its answer is lost or unreadable."""
BEFORE = ("error_before", "disconnect_before", "timeout_before", "rate_limit_429")
"""LINE does not take the call."""

LONG = 12.0
"""Seconds: longer than the bot waits for LINE."""


async def set_faults(rig: Rig, dice: random.Random) -> int:
    """Every fault, for both kinds of call, in any order, silence first: it takes its time once for all. How many."""
    wishes: list[dict[str, Any]] = [
        {"fault": kind, "endpoint": endpoint, "times": times, "seconds": LONG, "status": dice.choice([500, 502, 503])}
        for endpoint, times in (("push", 3), ("multicast", 1))
        for kind in (*AFTER, *BEFORE)
    ]
    wishes.append({"fault": "rate_limit_429", "endpoint": "*", "times": 25, "skip": 20})
    dice.shuffle(wishes)
    wishes.sort(key=lambda wish: not wish["fault"].startswith("timeout"))
    for wish in wishes:
        await rig.world.sim("POST", "line/faults", wish)
    return sum(wish["times"] for wish in wishes)


@SENDING
async def test_everybody_gets_it_once_whatever_line_answers(
    rig: Rig, rounds: int, families: int, first: int, say: Say
) -> None:
    sending = await begin_sending(rig, families, rounds, first=first)
    await rig.settings(rate_limits={"push": {"per_second": 1, "burst": 12}})
    await rig.serve()
    faults = 0
    async with rig.home.open() as storage:
        for _ in range(rounds):
            faults += await set_faults(rig, sending.dice)
            await sending.order(storage)
            await sending.order(storage, personal=True)
            await sending.until_settled(storage)
        left = (await rig.world.sim("GET", "line/faults"))["faults"]
        assert await rig.bots[-1].stop() == 0
        forgotten, twice = await sending.check(storage)
        repeats = rig.check_repeats()
    people = sum(len(sending.expected(n)) for n in sending.notices)
    limited = sum(call["status"] == 429 and "fault" not in call for calls in rig.log.posts.values() for call in calls)
    say(
        f"{faults} faults, and {limited} times beyond the rate limit; {people} people in {len(rig.log.posts)} calls"
        f" with {repeats} repeats, {forgotten} forgotten, {twice} twice"
    )
    assert left == []
    assert (forgotten, twice) == (0, 0)
    assert limited


Trouble = Callable[[Tapping], Awaitable[None]]


async def duplicated(tapping: Tapping) -> None:
    """Every body comes three times."""
    await tapping.rig.world.fault("webhook_duplicate", times=4, copies=2)
    await tapping.tap(4, 5)


async def out_of_order(tapping: Tapping) -> None:
    """What was kept back comes in any order, some of it twice."""
    await tapping.rig.world.fault("webhook_hold")
    await tapping.tap(6, 3)
    await tapping.rig.world.fault("webhook_release", order="shuffle", seed=tapping.dice.randint(0, 999))
    await tapping.rig.world.sim("POST", "line/redeliver", {})


async def lost(tapping: Tapping) -> None:
    """Some bodies never come, and are delivered again behind later ones."""
    await tapping.rig.world.fault("webhook_lost", times=3)
    await tapping.tap(6, 3)


async def together(tapping: Tapping) -> None:
    """Several people's taps come in one body, long after they were made."""
    await tapping.rig.world.fault("webhook_batch", times=5)
    early = await tapping.tap(4, 8)
    await tapping.rig.world.advance(minutes=30)
    await tapping.tap(1, 8)
    assert early


async def unanswerable(tapping: Tapping) -> None:
    """No reply arrives, or its answer does not."""
    for kind in ("rate_limit_429", "error_before", "error_after", "disconnect_after", "disconnect_before"):
        await tapping.rig.world.fault(kind, endpoint="reply", times=3)
    await tapping.tap(4, 5)


async def hammered(tapping: Tapping) -> None:
    """Everybody taps at once, many more than once."""
    await tapping.tap(40, 10)


@TAPPING
async def test_every_tap_is_counted_once_in_whatever_order_and_number_it_comes(
    rig: Rig, rounds: int, families: int, say: Say
) -> None:
    tapping = await begin_confirming(rig, families, seed=rounds)
    troubles = [duplicated, out_of_order, lost, together, unanswerable, hammered]
    for _ in range(rounds):
        for trouble in tapping.dice.sample(troubles, len(troubles)):
            await trouble(tapping)
            await rig.until_answered(tapping.taps)
    async with finished(tapping) as storage:
        lost_taps, twice = await tapping.check(storage)
    deliveries = sum(map(len, rig.log.answers.values()))
    say(f"{len(tapping.taps)} taps delivered {deliveries} times, {lost_taps} lost, {twice} counted twice")
    assert (lost_taps, twice) == (0, 0)
    assert deliveries > len(tapping.taps)
