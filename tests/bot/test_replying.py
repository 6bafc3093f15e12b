"""Free replies make room for taps: the pace follows what the loop can bear."""

from __future__ import annotations

import asyncio

import pytest

from bot.clock import Clock
from bot.pacing import Bucket
from bot.replying import Replier


class Stopwatch(Clock):
    """Seconds go by only when it is told so, or with every look at it by `step`."""

    def __init__(self, step: float = 0.0) -> None:
        super().__init__()
        self.step = step
        self.seconds = 0.0

    def monotonic(self) -> float:
        self.seconds += self.step
        return self.seconds


async def test_a_slower_pace_holds_from_now_on() -> None:
    bucket = Bucket(1_000, Stopwatch(), burst=1)
    bucket.pace(10)
    await bucket.take()
    await bucket.take()  # the one that may come early

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(bucket.take(), 0.02)


@pytest.mark.parametrize(("late", "is_slower"), [(0.01, False), (10.0, True)])
async def test_replies_slow_down_only_while_the_loop_is_late(late: float, is_slower: bool) -> None:
    clock = Stopwatch(step=late)
    paces: list[float] = []
    replier = Replier({}, clock, 1_000)
    replier._bucket.pace = paces.append  # type: ignore[method-assign, assignment]
    running = asyncio.create_task(replier.run())
    async with asyncio.timeout(5):
        while is_slower and not paces:  # noqa: ASYNC110 - nobody would set the event
            await asyncio.sleep(0.01)
    await asyncio.sleep(0)
    replier.close()
    await running

    assert (min(paces) < 1_000) is is_slower
    assert paces[-1] == 1_000
