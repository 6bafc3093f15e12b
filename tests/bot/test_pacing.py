"""A platform's pace: turns are even, and given a few at a time where there are thousands a second."""

from __future__ import annotations

import asyncio

import pytest

from bot.pacing import Bucket
from tests.stage import Moved


async def waits(bucket: Bucket, count: int, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """So many that ask at the same moment: how long each waits, in the order of asking."""
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    with monkeypatch.context() as patch:
        patch.setattr(asyncio, "sleep", sleep)
        for _ in range(count):
            await bucket.take()
    return waited


@pytest.mark.parametrize("per_second", [1.0, 180.0])
async def test_each_turn_of_a_slow_pace_has_its_own_moment(per_second: float, monkeypatch: pytest.MonkeyPatch) -> None:
    waited = await waits(Bucket(per_second, Moved(), burst=0), 10, monkeypatch)
    assert waited == pytest.approx([number / per_second for number in range(1, 10)], abs=1e-6)


async def test_turns_of_a_quick_pace_come_a_few_at_a_time_and_none_too_early(monkeypatch: pytest.MonkeyPatch) -> None:
    waited = await waits(Bucket(2_000, Moved(), burst=0), 1_000, monkeypatch)
    moments = sorted({round(wait, 6) for wait in waited})
    assert len(moments) == 100
    for number, wait in enumerate(waited, 1):
        assert number / 2_000 - 1e-6 <= wait <= number / 2_000 + 0.005 + 1e-6
