"""A platform without retry keys: nothing that may have been accepted is ever sent again by ourselves."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from bot import delivery
from bot.channels.base import Failure, SendError
from handlers.fan_out import Publisher, fan_out
from storage.base import Storage
from storage.models import Audience, OutgoingState
from tests.factories import make_mailing, make_notice
from tests.stage import ORGANIZATION, START, FakePlatform, Stage, found_school, make_stage


async def order(storage: Storage) -> None:
    """A notice to the school is to go out."""
    audience = Audience(groups=("1年A組",))
    await storage.notices.add(make_notice("n1", created_at=START, audience=audience))
    await storage.mailings.add(make_mailing("n1", created_at=START, due_at=START))


async def sent(storage: Storage, *failures: tuple[SendError, bool], children: int = 3) -> Stage:
    """A notice to three people, of which everything due has gone out; the first calls met these failures."""
    await found_school(storage, children)
    await order(storage)
    platform = FakePlatform(failures=list(failures), has_retry_keys=False, is_one_by_one=True)
    stage = make_stage(storage, platform)
    await stage.run_due()
    return stage


async def people(stage: Stage) -> Mapping[OutgoingState, int]:
    """By state."""
    return (await stage.storage.outbox.progress("n1")).people


async def again(stage: Stage, **by: float) -> None:
    """Time passes, and what is due then is done."""
    stage.clock.advance(**by)
    await stage.run_due()


def failed(failure: Failure, *, accepted: bool = False) -> tuple[SendError, bool]:
    """A fault of the platform."""
    return SendError(failure, failure.value), accepted


async def test_each_person_gets_a_call_of_her_own(storage: Storage) -> None:
    stage = await sent(storage)

    assert [len(people) for people in stage.platform.sent.values()] == [1, 1, 1]
    assert await people(stage) == {OutgoingState.ACCEPTED: 3}


@pytest.mark.parametrize("accepted", [True, False])
async def test_call_without_an_answer_waits_half_an_hour_and_ends_as_unknown(storage: Storage, accepted: bool) -> None:
    stage = await sent(storage, failed(Failure.UNKNOWN, accepted=accepted))
    posted = len(stage.platform.posted)
    await again(stage, minutes=29)
    assert await people(stage) == {OutgoingState.SENDING: 1, OutgoingState.ACCEPTED: 2}

    await again(stage, minutes=2)
    await again(stage, hours=1)

    assert await people(stage) == {OutgoingState.UNKNOWN: 1, OutgoingState.ACCEPTED: 2}
    assert len(stage.platform.posted) == posted


async def test_call_that_a_dead_process_left_behind_is_not_repeated(storage: Storage) -> None:
    await found_school(storage)
    await order(storage)
    platform = FakePlatform(has_retry_keys=False, is_one_by_one=True)
    left = await _left_behind(storage, platform)
    stage = make_stage(storage, platform)

    await again(stage, seconds=61)
    assert left not in platform.posted
    assert await people(stage) == {OutgoingState.SENDING: 1, OutgoingState.ACCEPTED: 2}
    await again(stage, minutes=31)

    assert left not in platform.posted
    assert await people(stage) == {OutgoingState.UNKNOWN: 1, OutgoingState.ACCEPTED: 2}


async def _left_behind(storage: Storage, platform: FakePlatform) -> str:
    """A call whose attempt was begun by a process that is no more."""
    publisher = Publisher(storage, ORGANIZATION, {"line": platform})
    (mailing,) = await storage.mailings.due(START, 5)
    while not await fan_out(mailing, publisher, START):
        pass
    lease = await storage.leases.take("sending", "dead", None)
    assert lease is not None
    (left,) = await storage.outbox.claim("line", lease.epoch, START, 1)
    await storage.outbox.begin(left.id, lease.epoch, START, left.recipients)
    return left.id


@pytest.mark.parametrize("failure", [Failure.RATE_LIMITED, Failure.PAIR_LIMITED, Failure.PAUSED])
async def test_clear_refusal_that_time_mends_is_repeated(
    storage: Storage, failure: Failure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(delivery._QUIET, Failure.PAUSED, 0.1)  # the others may have been posted by then, or wait for it
    stage = await sent(storage, failed(failure))

    for _ in range(3):
        await again(stage, minutes=5)

    assert await people(stage) == {OutgoingState.ACCEPTED: 3}
    assert sorted(stage.platform.posted) == sorted(stage.platform.sent)


@pytest.mark.parametrize("failure", [Failure.UNREACHABLE, Failure.OPTED_OUT, Failure.WINDOW_CLOSED])
async def test_final_refusal_is_not_repeated(storage: Storage, failure: Failure) -> None:
    stage = await sent(storage, failed(failure))

    await again(stage, hours=1)

    assert await people(stage) == {OutgoingState.REFUSED: 1, OutgoingState.ACCEPTED: 2}


async def test_message_that_the_platform_holds_is_on_its_way(storage: Storage) -> None:
    stage = await sent(storage, failed(Failure.HELD, accepted=True))

    await again(stage, hours=20)

    assert await people(stage) == {OutgoingState.SENDING: 1, OutgoingState.ACCEPTED: 2}
    assert len(stage.platform.posted) == 3


async def test_two_hundred_time_outs_make_no_double_send(storage: Storage) -> None:
    faults = [failed(Failure.UNKNOWN, accepted=number % 2 == 0) for number in range(200)]
    stage = await sent(storage, *faults, children=202)
    for _ in range(4):
        await again(stage, minutes=20)

    assert len(stage.platform.posted) == len(set(stage.platform.posted)) == 101
    assert await people(stage) == {OutgoingState.UNKNOWN: 200, OutgoingState.ACCEPTED: 1}
