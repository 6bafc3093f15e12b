"""The outbox worker: whom it sends to, what it makes of each answer, and what it never does."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from bot.channels.base import Failure, SendError
from handlers.buttons import pack_confirm
from storage.base import Storage
from storage.models import Notice, NoticeMark, OutgoingState, Progress
from tests.flows.test_taps import publish
from tests.stage import ADMIN, FakePlatform, Moved, Stage, found_school, make_stage, user

EVERYONE = sorted([user(1), user(2), user(100)])


async def sent(storage: Storage, *failures: tuple[SendError, bool]) -> tuple[Stage, Notice]:
    """A notice to the school, of which everything due has gone out; the first calls met these failures."""
    await found_school(storage)
    stage = make_stage(storage, FakePlatform(failures=list(failures)))
    notice = await publish(storage)
    await stage.run_due()
    return stage, notice


async def people(stage: Stage) -> Mapping[OutgoingState, int]:
    """By state."""
    progress: Progress = await stage.storage.outbox.progress("n1")
    return progress.people


async def again(stage: Stage, **by: float) -> None:
    """Time passes, and what is due then is done."""
    stage.clock.advance(**by)
    await stage.run_due()


def unknown(*, accepted: bool) -> tuple[SendError, bool]:
    """No clear answer."""
    return SendError(Failure.UNKNOWN, "timeout"), accepted


async def test_everybody_reachable_gets_one_call(storage: Storage) -> None:
    stage, _ = await sent(storage)

    assert stage.platform.delivered() == EVERYONE
    assert len(stage.platform.sent) == 1
    assert await people(stage) == {OutgoingState.ACCEPTED: 3}


@pytest.mark.parametrize("accepted", [True, False])
async def test_call_without_an_answer_is_repeated_unchanged(storage: Storage, accepted: bool) -> None:
    stage, _ = await sent(storage, unknown(accepted=accepted), unknown(accepted=accepted))
    assert await people(stage) == {OutgoingState.SENDING: 3}

    await again(stage, minutes=10)
    await again(stage, minutes=10)

    assert stage.platform.delivered() == EVERYONE
    assert await people(stage) == {OutgoingState.ACCEPTED: 3}


async def test_refused_call_is_halved_until_the_bad_address_is_alone(storage: Storage) -> None:
    refused = SendError(Failure.REFUSED, "Failed to send messages"), False
    stage, _ = await sent(storage, refused)

    await again(stage, seconds=1)

    assert stage.platform.delivered() == EVERYONE
    assert len(stage.platform.sent) == 2
    assert await people(stage) == {OutgoingState.ACCEPTED: 3}


async def test_call_that_once_timed_out_is_never_halved(storage: Storage) -> None:
    refused = SendError(Failure.REFUSED, "Failed to send messages"), False
    stage, _ = await sent(storage, unknown(accepted=True), refused)

    await again(stage, minutes=10)
    await again(stage, minutes=10)

    assert await people(stage) == {OutgoingState.UNKNOWN: 3}
    assert stage.platform.delivered() == sorted([*EVERYONE, ADMIN])
    (report,) = stage.platform.reports()
    assert "3人は、返事がなく、送れたか分かりません" in report


async def test_attempt_left_behind_by_a_dead_process_is_in_doubt_and_never_halved(storage: Storage) -> None:
    await found_school(storage)
    refused = SendError(Failure.REFUSED, "Failed to send messages"), False
    stage = make_stage(storage, FakePlatform(failures=[refused]))
    await publish(storage)
    lease = await storage.leases.take("sending", "dead", None)
    assert lease is not None
    (call,) = await storage.outbox.claim("line", lease.epoch, stage.clock.now(), 10)
    await storage.outbox.begin(call.id, lease.epoch, stage.clock.now(), call.recipients)

    await again(stage, seconds=61)

    assert await people(stage) == {OutgoingState.UNKNOWN: 3}


async def test_unknown_call_ends_as_unknown_after_twenty_hours(storage: Storage) -> None:
    stage, _ = await sent(storage, *[unknown(accepted=False)] * 500)

    for _ in range(300):
        await again(stage, minutes=5)

    assert await people(stage) == {OutgoingState.UNKNOWN: 3}
    assert stage.platform.delivered() == []


@pytest.mark.parametrize("failure", [Failure.RATE_LIMITED, Failure.OUT_OF_QUOTA, Failure.UNAUTHORIZED])
async def test_clear_refusal_that_can_be_mended_waits_and_goes_out_later(storage: Storage, failure: Failure) -> None:
    stage, _ = await sent(storage, (SendError(failure, "not now"), False))
    assert stage.platform.delivered() == []

    await again(stage, hours=2)

    assert stage.platform.delivered() == EVERYONE


async def test_waiting_after_a_clear_refusal_ends_with_a_stop(storage: Storage) -> None:
    stage, notice = await sent(storage, (SendError(Failure.OUT_OF_QUOTA, "monthly limit"), False))
    await storage.notices.mark(notice.id, NoticeMark.STOPPED, stage.clock.now())

    await again(stage, hours=2)

    assert stage.platform.delivered() == []
    assert await people(stage) == {OutgoingState.DROPPED: 3}


async def test_stop_after_a_doubtful_attempt_says_unknown(storage: Storage) -> None:
    stage, notice = await sent(storage, unknown(accepted=False))
    await storage.notices.mark(notice.id, NoticeMark.STOPPED, stage.clock.now())

    await again(stage, hours=2)

    assert await people(stage) == {OutgoingState.UNKNOWN: 3}


async def test_copy_still_waiting_after_expiry_is_not_sent(storage: Storage) -> None:
    await found_school(storage)
    stage = make_stage(storage)
    await publish(storage, expires_at=stage.clock.now().replace(hour=10))

    await again(stage, hours=2)

    assert stage.platform.delivered() == [ADMIN]
    (report,) = stage.platform.reports()
    assert "期限が来たため 3人には送りませんでした" in report
    assert await people(stage) == {OutgoingState.DROPPED: 3}


async def test_who_confirmed_before_the_first_attempt_is_not_sent_to(storage: Storage) -> None:
    await found_school(storage)
    stage = make_stage(storage)
    await publish(storage)
    await stage.arrive(stage.press(user(2), pack_confirm("n1", 1, "ok")))

    await stage.run_due()

    assert stage.platform.delivered() == sorted([user(1), user(100)])


async def test_second_process_sends_nothing_while_the_first_holds_the_lease(storage: Storage) -> None:
    await found_school(storage)
    platform, clock = FakePlatform(), Moved()
    first, second = make_stage(storage, platform, clock), make_stage(storage, platform, clock)
    second.service.keeper._patience = 10.0
    await first.run_due()
    await publish(storage)

    await second.run_due()
    assert platform.delivered() == []

    await first.run_due()
    assert platform.delivered() == EVERYONE
