"""The bot is killed during fan-out and during sending. Everybody gets every notice exactly once."""

from __future__ import annotations

from collections import Counter

import pytest

from storage.base import Storage
from storage.models import Notice
from tests.torture.conftest import Say
from tests.torture.homes import MongoHome
from tests.torture.rig import Rig
from tests.torture.sending import Sending, begin

KILLS = pytest.mark.parametrize(
    ("home", "kills", "families", "first"),
    [
        pytest.param("sqlite", 5, 1200, 80, id="sqlite-5", marks=pytest.mark.timeout(300)),
        pytest.param("mongo", 5, 600, 40, id="mongo-5", marks=pytest.mark.timeout(400)),
        pytest.param("sqlite", 50, 3000, 250, id="sqlite-50", marks=pytest.mark.torture),
        pytest.param("mongo", 50, 1500, 60, id="mongo-50", marks=pytest.mark.torture),
    ],
    indirect=["home"],
)
LATENCY_MS = 150
"""LINE takes this long for a call, so that a kill finds calls under way."""


async def until_fanning_out(sending: Sending, notice: Notice, storage: Storage) -> str:
    """One of the chunks, or parts of it, stand in the outbox; not all of them do."""
    wanted = sending.dice.randint(0, 1)
    mailing = f"{notice.id}/notice"
    for _ in range(20_000):
        last = await storage.outbox.last_chunk(mailing)
        if last is not None and last.chunk >= wanted:
            break
    finished = (await storage.mailings.of_notice(notice.id))[0].finished_at
    return "after fan-out" if finished else "during fan-out"


async def until_sending(sending: Sending, notice: Notice) -> str:
    """Some calls of this life were answered; others are under way or waiting."""
    rig = sending.rig
    await rig.read()
    wanted = rig.log.attempts + sending.dice.randint(1, 12)
    await rig.until("calls", lambda: rig.log.attempts >= wanted or _are_all_sent(sending))
    return "during sending" if await sending.missing(notice) else "after the last card"


def _are_all_sent(sending: Sending) -> bool:
    return sending.rig.log.reached().total() >= sum(len(sending.expected(n)) for n in sending.notices)


@KILLS
async def test_killing_the_sender_sends_nobody_anything_twice_and_forgets_nobody(
    rig: Rig, kills: int, families: int, first: int, say: Say
) -> None:
    sending = await begin(rig, families, kills, first=first)
    await rig.settings(latency_ms=LATENCY_MS)
    moments: Counter[str] = Counter()
    async with rig.home.open() as storage:
        notice = await sending.order(storage)
        personal = await sending.order(storage, personal=True)

        for number in range(kills):
            if not await sending.missing(notice) and number % 2 == 0:
                notice = await sending.order(storage)
            if not await sending.missing(personal):
                personal = await sending.order(storage, personal=True)
            await rig.serve()
            if number % 2:
                moments[await until_sending(sending, personal)] += 1
            else:
                moments[await until_fanning_out(sending, notice, storage)] += 1
            await rig.kill()
            await sending.check_receipts_came_first(storage)
            await rig.world.advance(seconds=61)  # what the dead one had claimed is free
            if isinstance(rig.home, MongoHome):
                await rig.home.renew()

        await rig.settings(latency_ms=0)
        await rig.serve()
        await sending.until_settled(storage)
        assert await rig.bots[-1].stop() == 0
        forgotten, twice = await sending.check(storage)
        repeats = rig.check_repeats()
    people = sum(len(sending.expected(n)) for n in sending.notices)
    say(
        f"{kills} kills ({dict(moments)}), {len(sending.notices)} notices to {people} people"
        f" in {len(rig.log.posts)} calls with {repeats} repeats, {forgotten} forgotten, {twice} twice"
    )
    assert (forgotten, twice) == (0, 0)
    assert moments["during fan-out"]
    assert moments["during sending"]
