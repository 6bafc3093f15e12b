"""When nobody could take a webhook for a while, the administrators learn from when to when taps may be missing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from storage.base import Storage
from storage.errors import StorageDownError
from storage.models import NoticeMark
from tests.flows.test_selfcheck import told
from tests.flows.test_taps import publish
from tests.stage import START, Stage, found_school, make_stage


@pytest.fixture
async def stage(storage: Storage) -> Stage:
    """A bot that has run for a while, and an open notice."""
    await found_school(storage)
    stage = make_stage(storage)
    await publish(storage)
    await stage.run_due()
    await beats(stage, 3)
    return stage


async def beats(stage: Stage, count: int) -> None:
    for _ in range(count):
        stage.clock.advance(seconds=10)
        await stage.service.pulse.beat()


async def restarted(stage: Stage, **after: float) -> Stage:
    """The process is gone, and so much later there is another."""
    stage.clock.advance(**after)
    later = make_stage(stage.storage, stage.platform, stage.clock)
    await later.service.pulse.beat()
    await later.run_due()
    return later


async def test_a_time_without_any_process_is_told_once_from_when_to_when(stage: Stage) -> None:
    last = await stage.storage.pulses.read("webhook")
    assert last == START + timedelta(seconds=30)
    again = await restarted(stage, minutes=12)
    assert [text.splitlines()[0] for text in told(again)] == ["受信が止まっていました"]
    assert "11/20 18:00 から 11/20 18:12 まで受信が止まっていました" in told(again)[0]
    assert "Webhookの再送" in told(again)[0]
    await beats(again, 30)
    await restarted(again, seconds=50)
    assert len(told(again)) == 1


async def test_two_processes_that_come_back_together_tell_it_once(stage: Stage) -> None:
    stage.clock.advance(minutes=5)
    for _ in range(2):
        later = make_stage(stage.storage, stage.platform, stage.clock)
        await later.service.pulse.beat()
    await later.run_due()
    assert len(told(later)) == 1


async def test_a_restart_within_a_minute_says_nothing(stage: Stage) -> None:
    assert told(await restarted(stage, seconds=59)) == []


async def test_the_first_start_of_all_says_nothing(storage: Storage) -> None:
    await found_school(storage)
    await publish(storage)
    stage = make_stage(storage)
    await stage.service.pulse.beat()
    await stage.run_due()
    assert told(stage) == []


async def test_a_moved_clock_alone_makes_no_gap(stage: Stage) -> None:
    stage.clock.at += timedelta(hours=2)
    await beats(stage, 2)
    await stage.run_due()
    assert told(stage) == []


async def test_where_no_notice_was_open_nothing_can_be_missing(stage: Stage) -> None:
    await stage.storage.notices.mark("n1", NoticeMark.CLOSED, stage.clock.now())
    stage.clock.advance(seconds=5)
    await stage.service.pulse.beat()
    assert told(await restarted(stage, hours=1)) == []


async def test_a_database_that_was_away_is_told_when_it_is_back(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_: object) -> None:
        raise StorageDownError("away")

    with monkeypatch.context() as patch:
        patch.setattr(stage.storage.pulses, "beat", away)
        patch.setattr(stage.storage.pulses, "read", away)
        for _ in range(12):
            stage.clock.advance(seconds=10)
            with pytest.raises(StorageDownError):
                await stage.service.pulse.beat()
    await beats(stage, 1)
    await stage.run_due()
    assert "11/20 18:00 から 11/20 18:02 まで受信が止まっていました" in told(stage)[0]


async def test_where_another_process_took_what_came_nothing_is_missing(stage: Stage) -> None:
    other = make_stage(stage.storage, stage.platform, stage.clock)
    for _ in range(30):
        stage.clock.advance(seconds=10)
        await other.service.pulse.beat()
    await stage.service.pulse.beat()
    await stage.run_due()
    assert told(stage) == []
