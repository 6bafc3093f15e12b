"""The programs that measure still work, and what they measure is still correct: at sizes that measure nothing."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from benchmarks.__main__ import GOALS, measure
from benchmarks.plan import Plan

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="reads /proc")


@pytest.mark.parametrize("goal", GOALS)
def test_a_goal_is_measured_and_everything_in_it_is_correct(goal: str) -> None:
    report = asyncio.run(measure(goal, Plan("tiny", rounds=1)))
    assert report.claims
    assert [name for name, holds in report.checks.items() if not holds] == []
