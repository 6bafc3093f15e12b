"""The bot is killed between receiving and answering, and between answering and folding. No tap is lost or doubled."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing

import pytest

from storage.base import Storage
from tests.mongodb.proxy import Fault
from tests.torture.confirming import Side, Tapping, begin, finished, in_words, until_quiet
from tests.torture.conftest import Say
from tests.torture.homes import Grip, MongoHome, SqliteHome
from tests.torture.rig import Rig, SentTap

KILLS = pytest.mark.parametrize(
    "kills",
    [
        pytest.param(10, marks=pytest.mark.timeout(300)),
        pytest.param(100, marks=pytest.mark.torture),
    ],
)
FAMILIES = 40
BODIES, EVENTS = 4, 3

_STORED = "SELECT count(*) FROM acknowledgements"
_FOLDED = "SELECT sum(revision) FROM receipts"

Stroke = Callable[[Tapping], Awaitable[Sequence[SentTap]]]
"""Taps, and kills the bot at one exact point; the taps it made."""


async def tap(tapping: Tapping) -> list[SentTap]:
    """The taps of one round."""
    return await tapping.tap(BODIES, EVENTS)


async def until_one_is_answered(tapping: Tapping, taps: Sequence[SentTap]) -> None:
    """LINE was told that a body is taken."""
    log = tapping.rig.log
    await tapping.rig.until("an answer", lambda: any(map(log.is_answered, taps)))


async def until_under_way(tapping: Tapping) -> None:
    """The bodies are on their way to the bot."""
    for _ in range(1000):
        if (await tapping.rig.world.sim("GET", "line/webhooks"))["in_flight"] >= BODIES:
            return
    raise AssertionError("nothing is under way")


async def until_some_are(side: Side, tapping: Tapping, taps: Sequence[SentTap], storage: Storage) -> None:
    """Taps have come so far, as anybody can see in the database."""
    for _ in range(1000):
        if (await tapping.sides(storage, taps))[side]:
            return
    raise AssertionError(f"no tap is {side}")


# MongoDB: the proxy holds answers back.


async def mongo_before_storing(tapping: Tapping) -> Sequence[SentTap]:
    """The bot has the taps; the database sees nothing of them."""
    home = _mongo(tapping)
    await asyncio.to_thread(home.proxy.go_away)
    taps = await tap(tapping)
    await until_under_way(tapping)
    await _some_moment(tapping)
    await tapping.rig.kill()
    return taps


async def mongo_before_answering(tapping: Tapping) -> Sequence[SentTap]:
    """The database has them; the bot does not know it yet."""
    async with tapping.rig.home.open() as storage:
        _mongo(tapping).proxy.fail(Fault.HOLD, {"insert"})
        taps = await tap(tapping)
        await until_some_are(Side.UNANSWERED, tapping, taps, storage)
        await tapping.rig.kill()
    return taps


async def mongo_before_folding(tapping: Tapping) -> Sequence[SentTap]:
    """LINE has its 200; the first command of the fold gets no answer."""
    async with tapping.rig.home.open() as storage:
        _mongo(tapping).proxy.fail(Fault.HOLD, {"insert"})
        taps = await tap(tapping)
        await until_some_are(Side.UNANSWERED, tapping, taps, storage)
        _mongo(tapping).hold_from_now_on("find")
        await until_one_is_answered(tapping, taps)
        await tapping.rig.kill()
    return taps


async def mongo_within_folding(tapping: Tapping) -> Sequence[SentTap]:
    """The receipts are written, or their totals marked as old too; the rest of the fold is not."""
    async with tapping.rig.home.open() as storage:
        _mongo(tapping).proxy.fail(Fault.HOLD, {"update"}, skip=tapping.dice.randint(0, 1))
        taps = await tap(tapping)
        await until_some_are(Side.UNSETTLED, tapping, taps, storage)
        await tapping.rig.kill()
    return taps


# SQLite: the test takes the write lock.


async def sqlite_before_storing(tapping: Tapping) -> Sequence[SentTap]:
    """The bot has the taps, and cannot write."""
    with closing(_grip(tapping)) as grip:
        grip.take()
        taps = await tap(tapping)
        await until_under_way(tapping)
        await _some_moment(tapping)
        await tapping.rig.kill()
    return taps


async def sqlite_before_answering(tapping: Tapping) -> Sequence[SentTap]:
    """The append is committed; the process gets no further than that."""
    with closing(_grip(tapping)) as grip:
        grip.watch(_STORED, freeze=tapping.rig.bots[-1].child.pid)
        taps = await tap(tapping)
        assert await grip.was_seen()
        await tapping.rig.kill()
    return taps


async def sqlite_before_folding(tapping: Tapping) -> Sequence[SentTap]:
    """The append is committed and answered; behind it the fold cannot write."""
    return await _answered_and_stuck_behind(_STORED, tapping)


async def sqlite_within_folding(tapping: Tapping) -> Sequence[SentTap]:
    """The receipts are written; the entries are not marked as folded."""
    return await _answered_and_stuck_behind(_FOLDED, tapping)


async def _answered_and_stuck_behind(seen: str, tapping: Tapping) -> Sequence[SentTap]:
    with closing(_grip(tapping)) as grip:
        grip.watch(seen)
        taps = await tap(tapping)
        assert await grip.was_seen()
        await until_one_is_answered(tapping, taps)
        await tapping.rig.kill()
    return taps


STROKES: dict[type, dict[Side, Stroke]] = {
    MongoHome: {
        Side.UNSTORED: mongo_before_storing,
        Side.UNANSWERED: mongo_before_answering,
        Side.UNFOLDED: mongo_before_folding,
        Side.UNSETTLED: mongo_within_folding,
    },
    SqliteHome: {
        Side.UNSTORED: sqlite_before_storing,
        Side.UNANSWERED: sqlite_before_answering,
        Side.UNFOLDED: sqlite_before_folding,
        Side.UNSETTLED: sqlite_within_folding,
    },
}
"""Where each home is struck, by how far it is meant to leave some of the taps."""
TRIES = 10
"""Kills beyond those asked for, while there is a place that none has hit: a busy machine strikes late."""


@KILLS
async def test_killing_the_bot_loses_no_tap_and_counts_none_twice(rig: Rig, kills: int, say: Say) -> None:
    tapping = await begin(rig, FAMILIES, seed=kills)
    strokes = STROKES[type(rig.home)]
    taps_by_side: Counter[Side] = Counter()
    kills_by_side: Counter[Side] = Counter()
    plan = [*itertools.islice(itertools.cycle(strokes), kills)]
    made = 0

    while plan:
        taps = await strokes[plan.pop(0)](tapping)
        if isinstance(rig.home, MongoHome):
            await rig.home.renew()
        async with rig.home.open() as storage:
            sides = await tapping.sides(storage, taps)
        taps_by_side += sides
        kills_by_side += Counter(sides.keys())
        made += 1
        answered = [tap for tap in taps if rig.log.is_answered(tap)]
        if made % 2 == 0:  # what was answered and left behind is due at once; else it stays behind for a while
            await rig.world.advance(seconds=61)
            answered = []
        await rig.serve()
        await rig.until_answered(taps)
        await until_quiet(tapping, [tap for tap in taps if tap not in answered])
        if not plan and made < kills + TRIES:
            plan += [side for side in strokes if not kills_by_side[side]][:1]

    async with finished(tapping) as storage:
        lost, twice = await tapping.check(storage)
    say(
        f"{made} kills, {len(tapping.taps)} taps, {lost} lost, {twice} counted twice"
        f"; kills that left taps: {in_words(kills_by_side)}; taps: {in_words(taps_by_side)}"
    )
    assert (lost, twice) == (0, 0)
    assert all(kills_by_side[side] for side in strokes), kills_by_side


def _mongo(tapping: Tapping) -> MongoHome:
    assert isinstance(tapping.rig.home, MongoHome)
    return tapping.rig.home


def _grip(tapping: Tapping) -> Grip:
    assert isinstance(tapping.rig.home, SqliteHome)
    return Grip(tapping.rig.home.file)


async def _some_moment(tapping: Tapping) -> None:
    """Any moment of the 1.5 s for which a request waits: a process that waits for a lock shows nothing to wait for."""
    await asyncio.sleep(tapping.dice.uniform(0, 1))
