"""The outbox worker: whom it sends to, what it makes of each answer, and what it never does."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from bot.channels.base import Failure, SendError
from bot.channels.paces import Pace
from handlers.buttons import pack_confirm
from storage.base import Storage
from storage.models import Notice, NoticeMark, Outgoing, OutgoingState, Progress
from storage.sqlite import open_sqlite
from tests.factories import make_notice, make_outgoing
from tests.flows.test_taps import publish
from tests.stage import ADMIN, START, FakePlatform, Moved, Stage, found_school, make_stage, user

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


def refused(failure: Failure, times: int = 1) -> list[tuple[SendError, bool]]:
    """So many clear refusals."""
    return [(SendError(failure, "429"), False)] * times


async def chunks(storage: Storage, count: int, mailing: str = "n1/notice", **fields: Any) -> None:
    """A notice whose mailing stands in the outbox, in so many calls."""
    notice = mailing.partition("/")[0]
    await storage.notices.add(make_notice(notice, created_at=START))
    made = {"mailing": mailing, "notice": notice, "created_at": START, "due_at": START, **fields}
    await storage.outbox.add(
        [make_outgoing(f"{mailing}-{n:03}", chunk=n, recipients=(f"{n}a", f"{n}b"), **made) for n in range(count)]
    )


@pytest.mark.parametrize("failure", [Failure.OUT_OF_QUOTA, Failure.UNAUTHORIZED])
async def test_what_is_refused_for_all_is_asked_again_by_one_call_and_waits_as_such(
    storage: Storage, failure: Failure
) -> None:
    stage = make_stage(storage, FakePlatform(failures=refused(failure, 1_000), pace=Pace(30, 30, 30)))
    await chunks(storage, 30)
    await stage.run_due()
    tried = 1_000 - len(stage.platform.failures)
    assert tried <= 13, "what is in hand at 30 a second, and no more"
    (late,) = await storage.outbox.late(stage.clock.now())
    assert (late.failure, late.people) == (failure, 60)
    assert await people(stage) == {OutgoingState.WAITING: 60}

    for _ in range(60):
        await again(stage, seconds=30)
    tries = 1_000 - len(stage.platform.failures) - tried
    assert 1 <= tries <= (5 if failure is Failure.OUT_OF_QUOTA else 35), "one call asks, now and then"

    stage.platform.failures = []
    for _ in range(45):
        await again(stage, seconds=30)
    assert await people(stage) == {OutgoingState.ACCEPTED: 60}
    assert len(stage.platform.delivered()) == 60


async def test_a_used_up_month_holds_its_mailing_and_a_smaller_one_may_still_fit(storage: Storage) -> None:
    stage = make_stage(storage, FakePlatform(failures=refused(Failure.OUT_OF_QUOTA)))
    await chunks(storage, 1)
    await stage.run_due()
    await chunks(storage, 1, mailing="n2/notice")
    await stage.run_due()
    assert await people(stage) == {OutgoingState.WAITING: 2}
    assert (await storage.outbox.progress("n2")).people == {OutgoingState.ACCEPTED: 2}


async def test_a_bad_token_holds_everything(storage: Storage) -> None:
    stage = make_stage(storage, FakePlatform(failures=refused(Failure.UNAUTHORIZED)))
    await chunks(storage, 1)
    await stage.run_due()
    await chunks(storage, 1, mailing="n2/notice")
    await stage.run_due()
    assert (await storage.outbox.progress("n2")).people == {OutgoingState.WAITING: 2}
    for _ in range(6):
        await again(stage, seconds=30)
    assert (await storage.outbox.progress("n2")).people == {OutgoingState.ACCEPTED: 2}


async def test_waiting_for_the_next_month_ends_only_with_the_notice(storage: Storage) -> None:
    stage = make_stage(storage, FakePlatform(failures=refused(Failure.OUT_OF_QUOTA, 200)))
    await chunks(storage, 2)
    for _ in range(15):
        await again(stage, hours=26)
    assert await people(stage) == {OutgoingState.WAITING: 4}
    stage.platform.failures = []
    await again(stage, hours=1)
    await again(stage, hours=1)
    assert await people(stage) == {OutgoingState.ACCEPTED: 4}


async def test_what_may_have_been_accepted_is_repeated_whatever_the_quota_says(storage: Storage) -> None:
    doubtful = SendError(Failure.UNKNOWN, "time-out"), True
    stage = make_stage(storage, FakePlatform(failures=[doubtful, *refused(Failure.OUT_OF_QUOTA)]))
    await chunks(storage, 2)
    await stage.run_due()
    await again(stage, seconds=5)
    assert await people(stage) == {OutgoingState.ACCEPTED: 2, OutgoingState.WAITING: 2}


async def test_a_flood_for_one_person_skips_her_alone(storage: Storage) -> None:
    await found_school(storage)
    stage = make_stage(storage, FakePlatform(failures=refused(Failure.FLOODED)))
    await publish(storage, body="{名前}さんの保護者の方へ")
    await stage.run_due()
    assert await people(stage) == {OutgoingState.ACCEPTED: 2, OutgoingState.REFUSED: 1}
    assert len([address for address in stage.platform.delivered() if address != ADMIN]) == 2


async def test_at_a_slow_pace_little_is_in_hand(storage: Storage) -> None:
    stage = make_stage(storage, FakePlatform(pace=Pace(80, 5, 80)))
    delivery = stage.service.deliveries[0]
    assert (delivery._most(is_pushes=True), delivery._most(is_pushes=False)) == (34, 3)
    fast = make_stage(storage).service.deliveries[0]
    assert (fast._most(is_pushes=True), fast._most(is_pushes=False)) == (798, 40)


class Ticking(Moved):
    """Its time of day stands still, and waiting takes as long as it takes."""

    def monotonic(self) -> float:
        return time.monotonic()


class Timed(FakePlatform):
    """Remembers when it was asked."""

    def __init__(self, pace: Pace) -> None:
        super().__init__(pace=pace, has_retry_keys=False, is_one_by_one=True)
        self.at: list[float] = []

    async def send(self, outgoing: Outgoing) -> str | None:
        self.at.append(time.monotonic())
        return await super().send(outgoing)


async def test_a_platform_is_asked_no_faster_than_its_pace(tmp_path: Path) -> None:
    storage = await open_sqlite(tmp_path / "kakunin.sqlite3")
    await found_school(storage, children=60)
    platform = Timed(Pace(single=40, several=40, replies=10))
    stage = make_stage(storage, platform, Ticking())
    await publish(storage, platform=platform)
    await stage.run_due()
    await storage.close()

    assert len(platform.at) >= 59
    for first in platform.at:
        within = sum(1 for at in platform.at if first <= at < first + 0.5)
        assert within <= 20 + 0.5 * 40 + 1  # what may go at once after a rest, and the pace
    assert platform.at[-1] - platform.at[0] >= (59 - 20 - 1) / 40


async def test_the_first_hundred_calls_of_each_mailing_go_before_the_rest_of_any(storage: Storage) -> None:
    await found_school(storage, children=120)
    await publish(storage, id="n1", title="学校だより {名前}")
    await publish(storage, id="n2", title="遠足 {名前}")

    first = await storage.outbox.claim("line", 1, START, 200)

    assert Counter(call.notice for call in first) == {"n1": 100, "n2": 100}
    assert await storage.outbox.claim("line", 1, START, 200) != []


async def test_a_process_that_ends_in_order_leaves_the_lease_to_the_next_one_at_once(storage: Storage) -> None:
    platform, clock = FakePlatform(), Moved()
    first, second = make_stage(storage, platform, clock), make_stage(storage, platform, clock)
    second.service.keeper._patience = 10.0
    await first.service.keeper.beat()
    await second.service.keeper.beat()
    assert [epoch_of(first), epoch_of(second)] == [1, None]
    await first.service.keeper.release()
    await second.service.keeper.beat()
    assert [epoch_of(first), epoch_of(second)] == [None, 2]
    await first.service.keeper.release()
    await second.service.keeper.beat()
    assert epoch_of(second) == 2


def epoch_of(stage: Stage) -> int | None:
    """Under which it may send."""
    return stage.service.keeper.epoch
