"""The database goes away while people tap. LINE is told so, and delivers again what was not taken."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial

import pytest

from tests.torture.confirming import begin, finished
from tests.torture.conftest import Say
from tests.torture.homes import MongoHome
from tests.torture.rig import Rig, SentTap

ROUNDS = pytest.mark.parametrize(
    "rounds",
    [
        pytest.param(2, marks=pytest.mark.timeout(300)),
        pytest.param(20, marks=pytest.mark.torture),
    ],
)
UNAVAILABLE = 503


def all_refused(rig: Rig, taps: Sequence[SentTap]) -> bool:
    """LINE was told of every one of them that it cannot be taken now."""
    return all(UNAVAILABLE in rig.log.answers.get(tap.event, ()) for tap in taps)


@ROUNDS
async def test_taps_made_while_the_database_is_away_are_taken_later(mongo_rig: Rig, rounds: int, say: Say) -> None:
    rig = mongo_rig
    assert isinstance(rig.home, MongoHome)
    tapping = await begin(rig, 40, seed=rounds)
    for _ in range(rounds):
        before = await tapping.tap(6, 3)  # some of these are on their way when it goes
        await asyncio.to_thread(rig.home.proxy.go_away)
        taps = await tapping.tap(6, 3)
        await rig.until("refusals", partial(all_refused, rig, taps))
        assert not any(map(rig.log.is_answered, taps))
        await asyncio.to_thread(rig.home.proxy.come_back)
        await rig.until_answered([*before, *taps])
    async with finished(tapping) as storage:
        lost, twice = await tapping.check(storage)
    refusals = sum(answers.count(UNAVAILABLE) for answers in rig.log.answers.values())
    say(
        f"{rounds} times away, {len(tapping.taps)} taps, {refusals} refused with 503,"
        f" {lost} lost, {twice} counted twice"
    )
    assert (lost, twice) == (0, 0)
    assert refusals
