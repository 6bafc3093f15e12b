"""Free replies stand behind the taps: who gets one, when, and who goes first."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from typing import cast

import pytest
from msgspec.structs import replace

from bot import metrics, replying
from bot.channels.base import Channel, Failure, SendError
from bot.replying import LOOKED_FOR, TOO_LATE, Replier
from handlers.events import Event, Tap, Text
from handlers.replies import Reply
from tests.factories import NOW
from tests.stage import FakePlatform, Moved


class Slow(Moved):
    """A clock on which every round of the loop seems to take ten milliseconds."""

    def monotonic(self) -> float:
        self.ticks += 0.01
        return self.ticks


@dataclass
class Phones(FakePlatform):
    """Where replies come to; with what had happened in the loop by then."""

    rounds: int = 0
    seen: list[int] = field(default_factory=list)
    """The round in which each reply was begun."""
    answers: asyncio.Event = field(default_factory=asyncio.Event)
    under_way: int = 0

    async def reply(self, event: Event, reply: Reply) -> None:
        self.seen.append(self.rounds)
        self.under_way += 1
        await self.answers.wait()
        self.under_way -= 1
        if self.failures:
            raise self.failures.pop()[0]
        await super().reply(event, reply)

    async def go_round(self) -> None:
        """Whatever else the process has to do: a step in every round."""
        while True:
            self.rounds += 1
            await asyncio.sleep(0)

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.given]


class Room:
    """A replier before it runs, so that orders can be given at any time."""

    def __init__(self, clock: Moved | None = None) -> None:
        self.phones = Phones()
        self.phones.answers.set()
        self.clock = clock or Moved()
        self.clock.advance(minutes=1)  # the bucket is full
        self.replier = Replier({"line": cast("Channel", self.phones)}, self.clock, 1)

    def thank(self, name: str) -> asyncio.Future[bool]:
        return self.replier.give(tap(name), Reply(()))

    def answer(self, name: str) -> asyncio.Future[bool]:
        return self.replier.give(Text(text="?", id=name, channel="line", user="U1", at=NOW, received_at=NOW,
                                      reply_token="token"), Reply(()))  # fmt: skip

    async def finish(self) -> None:
        """Give or drop everything that was ordered."""
        self.replier.close()
        async with working(self):
            pass


def tap(name: str) -> Tap:
    return Tap(
        id=name,
        channel="line",
        user="U1",
        at=NOW,
        received_at=NOW,
        reply_token="token",
        notice="n",
        version=1,
        choice="ok",
    )


@asynccontextmanager
async def working(room: Room) -> AsyncIterator[None]:
    """The replier at work beside everything else."""
    beside = asyncio.ensure_future(room.phones.go_round())
    running = asyncio.ensure_future(room.replier.run())
    yield
    room.replier.close()
    await running
    beside.cancel()


async def rounds(until: Callable[[], bool], most: int = 100) -> int:
    """After how many rounds of the loop it is so."""
    for count in range(most):
        if until():
            return count
        await asyncio.sleep(0)
    raise AssertionError(f"not after {most} rounds")


def counted(result: str) -> float:
    return float(metrics.REPLIES.labels("line", result)._value.get())


async def test_a_lonely_reply_goes_at_once() -> None:
    room = Room()
    async with working(room):
        await rounds(lambda: room.phones.rounds > 0)
        given = room.thank("a")
        assert await rounds(lambda: room.phones.names == ["a"]) <= 4
        assert await given


async def test_between_a_few_replies_and_the_next_everybody_else_has_a_turn() -> None:
    room = Room()
    for number in range(18):
        room.thank(f"{number}")
    await room.finish()
    assert sorted(Counter(room.phones.seen).values()) == [2, 4, 4, 4, 4]


async def test_while_rounds_are_short_replies_are_begun_in_each() -> None:
    room = Room()
    for number in range(15):
        room.thank(f"{number}")
    await room.finish()
    assert room.phones.seen[-1] - room.phones.seen[0] <= 15


async def test_while_rounds_are_long_the_time_between_replies_is_for_everybody_else() -> None:
    room = Room(Slow())
    async with working(room):
        await asyncio.wait_for(asyncio.gather(*(room.thank(f"{number}") for number in range(10))), 20)
    seen = sorted(set(room.phones.seen))
    assert len(seen) == 3
    assert all(later - earlier > 50 for earlier, later in pairwise(seen)), seen


async def test_a_standstill_does_not_stop_replies_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replying, "_LONGEST_REST", 0.0)
    room = Room(Slow())
    async with working(room):
        await asyncio.gather(*(room.thank(f"{number}") for number in range(10)))
    assert room.phones.seen[-1] - room.phones.seen[0] <= 50


async def test_at_the_end_replies_do_not_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replying, "_LONGEST_REST", 3_600.0)
    monkeypatch.setattr(replying, "_RESTS", 1_000_000)
    room = Room(Slow())
    for number in range(10):
        room.thank(f"{number}")
    await asyncio.wait_for(room.finish(), 20)
    assert len(room.phones.names) == 10


@pytest.mark.parametrize("is_late", [False, True])
async def test_whoever_stopped_waiting_for_a_reply_stops_nothing(is_late: bool) -> None:
    room = Room()
    room.thank("a").cancel()
    if is_late:
        room.clock.advance(seconds=TOO_LATE + 1)
    other = room.thank("b")
    await room.finish()
    assert other.result()


async def test_the_oldest_goes_first_while_nobody_waited_long() -> None:
    room = Room()
    for name in "abc":
        room.thank(name)
        room.clock.advance(seconds=LOOKED_FOR / 4)
    await room.finish()
    assert room.phones.names == ["a", "b", "c"]


async def test_in_a_backlog_whoever_has_just_tapped_goes_first_and_the_others_get_theirs() -> None:
    room = Room()
    room.thank("old")
    room.clock.advance(seconds=LOOKED_FOR + 1)
    room.thank("newer")
    room.thank("newest")
    await room.finish()
    assert room.phones.names == ["newest", "newer", "old"]


async def test_what_somebody_asked_goes_before_all_thanks() -> None:
    room = Room()
    room.thank("tap")
    room.clock.advance(seconds=LOOKED_FOR + 1)
    room.answer("question")
    room.thank("newest tap")
    room.answer("another question")
    await room.finish()
    assert room.phones.names == ["question", "another question", "newest tap", "tap"]


async def test_too_late_is_dropped_and_counted_and_the_others_are_given() -> None:
    room, before = Room(), counted("dropped")
    late = [room.thank("late"), room.answer("late question")]
    room.clock.advance(seconds=TOO_LATE + 1)
    on_time = room.thank("on time")
    await room.finish()
    assert [order.result() for order in late] == [False, False]
    assert on_time.result()
    assert counted("dropped") - before == 2
    assert room.phones.names == ["on time"]


async def test_where_too_many_wait_the_oldest_is_dropped_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replying, "_MOST_WAITING", 2)
    room, before = Room(), counted("dropped")
    orders = [room.thank(name) for name in "abc"]
    assert orders[0].result() is False
    await room.finish()
    assert [order.result() for order in orders] == [False, True, True]
    assert counted("dropped") - before == 1


async def test_no_more_are_under_way_than_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replying, "_AT_ONCE", 3)
    room = Room()
    room.phones.answers.clear()
    for number in range(8):
        room.thank(f"{number}")
    async with working(room):
        await rounds(lambda: room.phones.under_way == 3)
        for _ in range(50):
            await asyncio.sleep(0)
        assert len(room.phones.seen) == 3
        room.phones.answers.set()
    assert len(room.phones.names) == 8


@pytest.mark.parametrize(("failure", "result"), [(Failure.RATE_LIMITED, "dropped"), (Failure.REFUSED, "refused")])
async def test_what_the_platform_refuses_is_counted_and_not_given(failure: Failure, result: str) -> None:
    room, before = Room(), counted(result)
    room.phones.failures = [(SendError(failure, "no"), False)]
    first = room.thank("a")
    second = room.thank("b")
    await room.finish()
    assert (first.result(), second.result()) == (False, True)
    assert counted(result) - before == 1


async def test_without_a_token_nothing_is_tried() -> None:
    room = Room()
    assert room.replier.give(replace(tap("a"), reply_token=None), Reply(())).result() is False
    await room.finish()
    assert not room.phones.seen


async def test_a_replier_closed_before_it_ran_gives_what_was_ordered() -> None:
    room = Room()
    given = room.thank("a")
    await room.finish()
    assert await given
