"""LINE is out of reach for six hours. Who was meant to get something gets it then, once; what expired stays unsent."""

from __future__ import annotations

from datetime import timedelta

import pytest

from storage.models import OutgoingState
from tests.torture.conftest import Say
from tests.torture.rig import Rig, is_settled
from tests.torture.school import FIRST, moment, order
from tests.torture.sending import begin

HOMES = pytest.mark.parametrize(
    ("home", "families", "first"),
    [
        pytest.param("sqlite", 900, 30, id="sqlite", marks=pytest.mark.timeout(300)),
        pytest.param("mongo", 900, 30, id="mongo", marks=pytest.mark.torture),
    ],
    indirect=["home"],
)
STEP, STEPS = timedelta(minutes=30), 12
KILLED_IN = (3, 8)
ENDPOINTS = ("push", "multicast")
EXPIRING = "きょうの3時まで"


@HOMES
async def test_after_six_hours_without_line_everybody_is_reached_once(
    rig: Rig, families: int, first: int, say: Say
) -> None:
    sending = await begin(rig, families, families, first=first)
    for endpoint in ENDPOINTS:  # taken, and the answer lost: from then on nobody can know
        await rig.world.fault("error_after", endpoint=endpoint, times=1)
        await rig.world.fault("error_before", endpoint=endpoint, times=1_000_000, skip=1, status=503)
    await rig.serve()
    async with rig.home.open() as storage:
        ordered_at = moment(await rig.now_ms())
        await sending.order(storage)
        await sending.order(storage, personal=True)
        await rig.until_attempts(2 + first)
        expires_at = ordered_at + timedelta(hours=3)
        hopeless = await order(storage, "expiring", ordered_at, title=EXPIRING, group=FIRST, expires_at=expires_at)
        await rig.until("the hopeless one", lambda: any(EXPIRING in str(c[0]["body"]) for c in rig.log.posts.values()))
        for step in range(STEPS):
            await rig.world.advance(seconds=STEP.total_seconds())
            await rig.until_attempts(rig.log.attempts + 1)
            if step in KILLED_IN:
                await rig.kill()
                await rig.serve()
        reached_by_then = rig.log.arrivals
        await rig.world.sim("DELETE", "line/faults")

        await sending.until_settled(storage)
        assert await is_settled(storage, hopeless)
        assert await rig.bots[-1].stop() == 0
        forgotten, twice = await sending.check(storage)
        given_up = await storage.outbox.progress(hopeless.id)
    repeats = rig.check_repeats()
    last_try = max(call["at_ms"] for calls in rig.log.posts.values() for call in calls if EXPIRING in str(call["body"]))
    people = sum(len(sending.expected(notice)) for notice in sending.notices)
    say(
        f"{people} people, {reached_by_then} before it and {people - reached_by_then} after six hours,"
        f" {repeats} repeats, {forgotten} forgotten, {twice} twice; what expired was given up"
    )
    assert (forgotten, twice) == (0, 0)
    assert 0 < reached_by_then < people
    assert not await rig.received(EXPIRING)
    assert given_up.people == {OutgoingState.UNKNOWN: len(sending.school.users(FIRST))}
    assert moment(last_try) < expires_at + 2 * STEP, "only what was in hand when the clock jumped past its end"
