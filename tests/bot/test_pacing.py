"""A platform's pace: turns are even, and given a few at a time where there are thousands a second."""

from __future__ import annotations

import asyncio

import pytest

from bot.channels.base import Failure
from bot.pacing import Bucket, after_failure
from storage.models import OutgoingState
from tests.factories import NOW, make_outgoing
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


@pytest.mark.parametrize(
    ("attempts", "least", "most"), [(1, 0.5, 1), (2, 1, 2), (5, 8, 16), (9, 128, 256), (30, 150, 300)]
)
def test_pauses_between_attempts_double_up_to_five_minutes_and_half_of_each_is_chance(
    attempts: int, least: float, most: float
) -> None:
    call = make_outgoing(attempts=attempts, first_attempt_at=NOW)

    def pause(jitter: float) -> float:
        settlement = after_failure(call, Failure.UNKNOWN, "time-out", NOW, jitter)
        assert settlement.state is OutgoingState.SENDING
        assert settlement.due_at is not None
        return (settlement.due_at - NOW).total_seconds()

    assert (pause(0.0), pause(1.0)) == (least, most)
