"""What is late is told to the administrators: once when it begins, once when it is over, and never for nothing."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from prometheus_client import REGISTRY

from bot.channels.base import Failure, SendError
from handlers.replies import load
from storage.base import Storage
from storage.models import OutgoingState, Settlement
from tests.factories import make_acknowledgement, make_contact, make_entry, make_mailing, make_outgoing
from tests.flows.test_taps import publish
from tests.stage import ADMIN, Stage, found_school, make_stage, words_of


@pytest.fixture
async def stage(storage: Storage) -> Stage:
    await found_school(storage)
    return make_stage(storage)


def told(stage: Stage) -> list[str]:
    """What the administrator was sent without asking, title by title."""
    bodies = [stage.platform.bodies[key] for key, people in stage.platform.sent.items() if people == (ADMIN,)]
    return [words_of(load(body)) for body in bodies]


def titles(stage: Stage) -> list[str]:
    return [text.splitlines()[0] for text in told(stage)]


def late(kind: str, what: str = "kakunin_late") -> float | None:
    return REGISTRY.get_sample_value(what, {"kind": kind})


async def minute(stage: Stage, times: int = 1) -> None:
    """So many minutes pass; the rest of the bot works, and every minute it is looked whether anything is late."""
    for _ in range(times):
        stage.clock.advance(minutes=1)
        await stage.run_due()
        await stage.service.self_check.round()
    await stage.run_due()


async def test_where_nothing_is_late_nobody_is_told_anything(stage: Stage) -> None:
    await publish(stage.storage)
    await minute(stage, 10)
    assert told(stage) == []
    assert [late(kind) for kind in ("sender", "calls", "platform", "arrivals", "mailings")] == [0.0] * 5


async def test_a_platform_that_does_not_answer_is_told_after_five_minutes_and_again_when_it_is_over(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    await publish(stage.storage)
    down = SendError(Failure.UNKNOWN, "time-out"), False
    stage.platform.failures = [down] * 20
    await minute(stage, 3)
    assert late("platform") == 3
    assert late("platform", "kakunin_late_seconds") == 180
    stage.platform.failures = [down] * 20
    stage.clock.advance(minutes=1)
    await stage.service.self_check.round()
    assert "alarm.begun" not in caplog.text

    stage.clock.advance(minutes=1)
    await stage.service.self_check.round()
    assert [r.levelno for r in caplog.records if r.message == "alarm.begun"] == [logging.WARNING]
    stage.platform.failures = []
    stage.clock.advance(minutes=5)
    await stage.run_due()
    await stage.service.self_check.round()
    await stage.run_due()

    begun, over = told(stage)
    assert "11/20 18:00 から、3人への送信に" in begun
    assert "#1「避難訓練」" in begun
    assert "同じ人に二度届くことはありません" in begun
    assert over.startswith("復旧しました\nLINEなどへの送信が遅れています")
    assert "11/20 18:00 から" in over
    await minute(stage, 10)
    assert len(told(stage)) == 2


async def test_one_episode_is_told_once_by_however_many_processes(stage: Stage) -> None:
    other = make_stage(stage.storage, stage.platform, stage.clock)
    await stage.storage.append([make_acknowledgement("stuck", received_at=stage.clock.now())], [])
    for _ in range(8):
        stage.clock.advance(minutes=1)
        await stage.service.self_check.round()
        await other.service.self_check.round()
    await stage.service.keeper.beat()
    await stage.service.deliveries[0].round()
    assert titles(stage) == ["届いたものの記録が遅れています"]
    assert "届いた「確認しました」などが1件" in told(stage)[0]


async def test_messages_that_nobody_handled_are_late_too(stage: Stage) -> None:
    await stage.storage.append([], [make_entry("stuck", received_at=stage.clock.now())])
    stage.clock.advance(minutes=4)
    await stage.service.self_check.round()
    assert late("arrivals") == 1
    await stage.storage.inbox.settle("stuck")
    await stage.service.self_check.round()
    assert late("arrivals") == 0
    assert told(stage) == []


async def test_a_clock_that_was_set_forward_is_no_alarm(stage: Stage) -> None:
    await stage.storage.mailings.add(make_mailing("n1", due_at=stage.clock.now()))
    await stage.service.self_check.round()
    stage.clock.at += timedelta(hours=2)
    await stage.service.self_check.round()
    assert late("mailings") == 1
    await minute(stage)
    assert told(stage) == []


async def test_a_mailing_that_nobody_fans_out_is_told_and_a_large_one_that_goes_on_is_not(stage: Stage) -> None:
    storage, start = stage.storage, stage.clock.now()
    await storage.mailings.add(make_mailing("n1", created_at=start, due_at=start))
    lease = await storage.leases.take("sending", "other", None)
    for number in range(9):
        stage.clock.advance(minutes=1)
        lease = lease and await storage.leases.renew(lease)
        if number < 3:
            made = {"created_at": stage.clock.now(), "state": OutgoingState.ACCEPTED}
            await storage.outbox.add([make_outgoing(f"c{number}", mailing="n1/notice", chunk=number, **made)])
        await stage.service.self_check.round()
        begun = await storage.pulses.read("alarm/mailings")
        assert (begun is None) == (number < 7)


async def test_work_for_which_no_process_holds_the_lease_is_told_as_that(stage: Stage) -> None:
    storage = stage.storage
    await publish(storage)
    await storage.leases.take("sending", "dead", None)
    for _ in range(6):
        stage.clock.advance(minutes=1)
        await stage.service.self_check.round()
    assert await storage.pulses.read("alarm/sender") is not None
    assert await storage.pulses.read("alarm/calls") is None
    assert late("sender") == 3


async def test_calls_that_wait_while_others_are_accepted_only_wait_for_their_turn(stage: Stage) -> None:
    storage = stage.storage
    lease = await storage.leases.take("sending", "other", None)
    await publish(storage)
    for number in range(12):
        stage.clock.advance(minutes=1)
        lease = lease and await storage.leases.renew(lease)
        if number < 6:
            await storage.pulses.beat("accepting/line", stage.clock.now())
        await stage.service.self_check.round()
        assert (await storage.pulses.read("alarm/calls") is None) == (number < 8)


async def test_a_used_up_quota_is_told_to_the_administrators_who_are_not_its_sender(stage: Stage) -> None:
    await publish(stage.storage, sender="admin")
    await stage.storage.contacts.put([make_contact("admin-2")])
    refused = SendError(Failure.OUT_OF_QUOTA, "429"), False
    stage.platform.failures = [refused]
    stage.platform.month = None
    await stage.run_due()
    await stage.service.self_check.round()
    assert await stage.storage.pulses.read("alarm/quota") is None
    stage.clock.advance(minutes=1)
    await stage.service.self_check.round()
    assert late("quota") == 3
    assert await stage.storage.pulses.read("alarm/quota") is not None
    assert told(stage) == []


async def test_what_was_sent_must_add_up_with_what_was_stored(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    await publish(stage.storage)
    await minute(stage, 3)
    assert "selfcheck.difference" not in caplog.text

    now = stage.clock.now()
    await stage.storage.mailings.add(make_mailing("n2", created_at=now, due_at=now, finished_at=now))
    whole = make_outgoing("w", mailing="n2/notice", notice="n2", recipients=("a", "b"), state=OutgoingState.SPLIT)
    await stage.storage.outbox.add([whole])
    await stage.storage.outbox.add([make_outgoing("p", mailing="n2/notice", notice="n2", part="a", recipients=("a",))])
    await stage.storage.outbox.settle(Settlement("p", OutgoingState.ACCEPTED, stage.clock.now()), 1)
    await minute(stage, 3)
    assert [r.message for r in caplog.records].count("selfcheck.difference") == 1
    assert titles(stage) == ["数が合いません"]
    assert "送る相手は2人のはずですが、送信の記録は1人です" in told(stage)[0]
