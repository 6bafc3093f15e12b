"""A process that is told to stop leaves the sending to the next one at once: an update costs nobody ten seconds."""

from __future__ import annotations

import asyncio

from tests.torture.conftest import Say
from tests.torture.rig import Rig, is_settled
from tests.torture.school import enrol, make_school, moment, order

WITHIN = 6.0
"""Seconds; whoever dies without a word is waited for ten."""


async def test_who_is_told_to_stop_while_sending_hands_over_at_once(mongo_rig: Rig, say: Say) -> None:
    rig = mongo_rig
    rig.world.extra["LINE_PUSHES_PER_SECOND"] = "40"
    school = make_school(300, moment(await rig.now_ms()))
    await rig.people([a.value for c in school.contacts for a in c.addresses])
    async with rig.home.open() as storage:
        await enrol(storage, school)
        first = await rig.serve()
        await first.line("lease.taken")
        second = await rig.serve()
        notice = await order(storage, "n1", moment(await rig.now_ms()), title="遠足について・{名前}")
        await rig.until("calls", lambda: rig.log.attempts >= 20)

        stopped_at = asyncio.get_running_loop().time()
        assert await first.stop() == 0
        ended = asyncio.get_running_loop().time()
        assert len(await rig.received("遠足について")) < len(school.users()), (
            "what is not in hand is left to the next one"
        )
        await second.line("lease.taken")
        took = asyncio.get_running_loop().time() - ended
        await first.line("lease.released")

        say(f"ended {ended - stopped_at:.1f} s after the signal, taken over {took:.1f} s later")
        assert took < WITHIN
        while not await is_settled(storage, notice):
            await rig.read(wait=0.5)
        assert await rig.received("遠足について") == dict.fromkeys(school.users(), 1)
        assert rig.check_repeats() == 0
