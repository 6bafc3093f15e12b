"""The bot is killed during fan-out and during sending. Everybody gets every notice exactly once."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from storage.base import Storage
from storage.models import Notice
from tests.torture.conftest import Say
from tests.torture.homes import PATIENCE, MongoHome
from tests.torture.rig import Rig, is_settled
from tests.torture.sending import Sending, begin

KILLS = pytest.mark.parametrize(
    ("home", "kills", "families", "first"),
    [
        pytest.param("sqlite", 5, 2000, 80, id="sqlite-5", marks=pytest.mark.timeout(300)),
        pytest.param("mongo", 5, 600, 25, id="mongo-5", marks=pytest.mark.timeout(400)),
        pytest.param("sqlite", 100, 3000, 250, id="sqlite-100", marks=pytest.mark.torture),
        pytest.param("mongo", 100, 1500, 60, id="mongo-100", marks=pytest.mark.torture),
    ],
    indirect=["home"],
)
LATENCY_MS = 150
"""LINE takes this long for a call, so that a kill finds calls under way."""


async def last_chunk(notice: Notice, storage: Storage) -> int:
    """The number of the last chunk that stands in the outbox; -1 for none."""
    last = await storage.outbox.last_chunk(f"{notice.id}/notice")
    return -1 if last is None else last.chunk


async def until_fanning_out(sending: Sending, notice: Notice, storage: Storage, before: int) -> None:
    """A chunk or two more than before, or parts of them, stand in the outbox, or there are no more to come."""
    wanted = before + sending.dice.randint(1, 2)
    async with asyncio.timeout(2 * PATIENCE):
        while await last_chunk(notice, storage) < wanted and not await is_fanned_out(notice, storage):  # noqa: ASYNC110
            await asyncio.sleep(0.002)


async def until_sending(sending: Sending) -> None:
    """Some calls of this life were answered; others are under way or waiting."""
    rig = sending.rig
    await rig.read()
    wanted = rig.log.attempts + sending.dice.randint(1, 12)
    await rig.until("calls", lambda: rig.log.attempts >= wanted or _are_all_sent(sending))


async def is_fanned_out(notice: Notice, storage: Storage) -> bool:
    """Everything of it stands in the outbox."""
    (mailing,) = await storage.mailings.of_notice(notice.id)
    return mailing.finished_at is not None


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
            if number % 2 == 0 and await is_fanned_out(notice, storage):
                notice = await sending.order(storage)
            if number % 2 and not await sending.missing(personal):
                personal = await sending.order(storage, personal=True)
            before = await last_chunk(notice, storage)
            await rig.serve()
            if number % 2:
                await until_sending(sending)
            else:
                await until_fanning_out(sending, notice, storage, before)
            await rig.kill()
            if number % 2:
                moments["after sending" if await is_settled(storage, personal) else "during sending"] += 1
            else:
                moments["after fan-out" if await is_fanned_out(notice, storage) else "during fan-out"] += 1
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
