"""A notice to 100,000 people, sent while the bot is killed ten times: everybody once."""

from __future__ import annotations

import asyncio

import pytest

from tests.torture.conftest import Say
from tests.torture.rig import Rig
from tests.torture.sending import begin

LATENCY_MS = 100
SIZES = pytest.mark.parametrize(
    ("home", "families", "kills", "least"),
    [
        pytest.param("sqlite", 1_200, 2, 1_000, id="sqlite-thousand", marks=pytest.mark.timeout(300)),
        pytest.param("sqlite", 86_300, 10, 100_000, id="sqlite-hundred-thousand", marks=pytest.mark.torture),
        pytest.param("mongo", 86_300, 10, 100_000, id="mongo-hundred-thousand", marks=pytest.mark.torture),
    ],
    indirect=["home"],
)


@SIZES
async def test_everybody_is_reached_once_however_often_the_bot_is_killed(
    rig: Rig, families: int, kills: int, least: int, say: Say
) -> None:
    """No pause is shortened here: what a dead process had claimed is waited for."""
    sending = await begin(rig, families, kills, first=0)
    await rig.settings(latency_ms=LATENCY_MS)
    async with rig.home.open() as storage:
        notice = await sending.order(storage)
        people = len(sending.expected(notice))
        started = asyncio.get_running_loop().time()
        for number in range(1, kills + 1):
            await rig.serve()
            await rig.until_arrivals(people * number // (kills + 1), 300)
            await rig.kill()
        await rig.serve()
        await rig.until_arrivals(people, 300)
        took = asyncio.get_running_loop().time() - started
        await sending.until_settled(storage)
        assert await rig.bots[-1].stop() == 0
        forgotten, twice = await sending.check(storage)
        repeats = rig.check_repeats()
    say(
        f"{people - forgotten} of {people} people reached, {twice} twice, {kills} kills, {took:.1f} s"
        f" from the order to the last of them, {len(rig.log.posts)} calls with {repeats} repeats"
    )
    assert people >= least
    assert (forgotten, twice) == (0, 0)
