"""What a platform tells of a message after it took it: a set of times, in any order, any number of times."""

from __future__ import annotations

import itertools
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.base import Storage
from storage.models import Outgoing, OutgoingState, Recipient, Report, Reported, Settlement
from tests.factories import NOW, after, make_outgoing

SENT, DELIVERED, OPENED, FAILED = Reported
ACCEPTED, REFUSED = OutgoingState.ACCEPTED, OutgoingState.REFUSED


def report(status: Reported, at: datetime = NOW, **fields: Any) -> Report:
    """What is told of the message `wamid.1`."""
    return Report(**{"message": "wamid.1", "status": status, "at": at, **fields})


async def attempted(storage: Storage, call: str = "key-1", **fields: Any) -> Outgoing:
    """A call to one person whose attempt is under way."""
    recipients = fields.pop("recipients", (Recipient("1001-1", "+819012345678"),))
    (added,) = await storage.outbox.add([make_outgoing(call, recipients=recipients, channel="whatsapp", **fields)])
    await storage.outbox.claim("whatsapp", 1, NOW, 10)
    begun = await storage.outbox.begin(added.id, 1, NOW, added.recipients)
    assert begun is not None
    return begun


async def accepted(storage: Storage, call: str = "key-1", message: str = "wamid.1", **fields: Any) -> Outgoing:
    """A call that the platform took as `message`."""
    begun = await attempted(storage, call, **fields)
    assert await storage.outbox.settle(Settlement(call, ACCEPTED, NOW, request_id=message, message_id=message), 1)
    return begun


async def test_times_are_kept_by_kind_and_the_first_of_each_counts(storage: Storage) -> None:
    await accepted(storage)

    for minutes, status in ((3, OPENED), (1, SENT), (2, DELIVERED), (5, OPENED)):
        found = await storage.outbox.report(report(status, after(minutes=minutes)))

    assert found is not None
    assert found.reported == {OPENED: after(minutes=3), SENT: after(minutes=1), DELIVERED: after(minutes=2)}
    assert found.state is ACCEPTED


async def test_progress_tells_delivered_and_opened_apart_and_opened_implies_delivered(storage: Storage) -> None:
    for number in range(3):
        person = (Recipient(f"{number}", f"+8190{number}"),)
        await accepted(storage, f"key-{number}", f"wamid.{number}", recipients=person)
    await storage.outbox.report(report(DELIVERED, message="wamid.0"))
    await storage.outbox.report(report(OPENED, message="wamid.1"))

    progress = await storage.outbox.progress("notice-1")

    assert (progress.people, progress.delivered, progress.opened) == ({ACCEPTED: 3}, 2, 1)


@pytest.mark.parametrize("status", [SENT, DELIVERED, OPENED])
async def test_call_without_an_answer_is_settled_by_the_report_with_our_id(storage: Storage, status: Reported) -> None:
    await attempted(storage)
    waiting = Settlement(
        "key-1", OutgoingState.SENDING, NOW, after(minutes=30), is_doubtful=True, failure="unknown", error="time-out"
    )
    await storage.outbox.settle(waiting, 1)

    found = await storage.outbox.report(report(status, outgoing="key-1"))

    assert found is not None
    assert (found.state, found.message_id, found.error) == (ACCEPTED, "wamid.1", None)
    assert await storage.outbox.claim("whatsapp", 2, after(hours=1), 10) == []
    assert await storage.outbox.report(report(DELIVERED)) is not None, "found by the platform's id from now on"


async def test_report_settles_what_had_ended_as_unknown(storage: Storage) -> None:
    await attempted(storage)
    await storage.outbox.settle(Settlement("key-1", OutgoingState.UNKNOWN, NOW, is_doubtful=True, error="no report"), 1)

    found = await storage.outbox.report(report(SENT, outgoing="key-1"))

    assert found is not None
    assert found.state is ACCEPTED


async def test_failure_ends_the_call_with_its_kind(storage: Storage) -> None:
    await accepted(storage)

    found = await storage.outbox.report(report(FAILED, failure="unreachable", error="failed; 131026"))

    assert found is not None
    assert (found.state, found.failure, found.error) == (REFUSED, "unreachable", "failed; 131026")
    assert (await storage.outbox.progress("notice-1")).people == {REFUSED: 1}


async def test_report_that_is_none_of_ours_is_nobodys(storage: Storage) -> None:
    await accepted(storage)

    assert await storage.outbox.report(report(SENT, message="wamid.other", outgoing="other")) is None


async def test_failure_that_may_be_tried_once_more_is_tried_once(storage: Storage) -> None:
    await accepted(storage)
    failed = report(FAILED, failure="window_closed", error="failed; 131047", retry_at=after(minutes=1))

    again = await storage.outbox.report(failed)
    assert again is not None
    assert (again.state, again.is_in_doubt, again.message_id) == (OutgoingState.WAITING, False, None)
    (claimed,) = await storage.outbox.claim("whatsapp", 1, after(minutes=2), 10)
    await storage.outbox.begin(claimed.id, 1, after(minutes=2), claimed.recipients)
    await storage.outbox.settle(Settlement("key-1", ACCEPTED, NOW, request_id="wamid.2", message_id="wamid.2"), 1)
    stale = await storage.outbox.report(report(FAILED, outgoing="key-1"))
    assert stale is not None
    assert stale.state is ACCEPTED, "that was the first message"
    ended = await storage.outbox.report(report(FAILED, message="wamid.2", retry_at=after(minutes=3)))

    assert ended is not None
    assert ended.state is REFUSED


async def test_report_before_the_answer_is_not_undone_by_it(storage: Storage) -> None:
    await attempted(storage)
    await storage.outbox.report(report(DELIVERED, outgoing="key-1"))

    assert not await storage.outbox.settle(Settlement("key-1", ACCEPTED, NOW, message_id="wamid.1"), 1)
    progress = await storage.outbox.progress("notice-1")

    assert (progress.people, progress.delivered) == ({ACCEPTED: 1}, 1)


async def test_people_reached_of_late_are_counted_once(storage: Storage) -> None:
    for number, address in enumerate(("+81901", "+81901", "+81902")):
        await accepted(storage, f"key-{number}", f"wamid.{number}", recipients=(Recipient("c", address),))

    assert await storage.outbox.reached_since("whatsapp", after(hours=-24)) == 2
    assert await storage.outbox.reached_since("whatsapp", after(hours=1)) == 0
    assert await storage.outbox.reached_since("line", after(hours=-24)) == 0


TAKEN = make_outgoing(
    recipients=(Recipient("1001-1", "+81901"),), state=ACCEPTED, attempts=1, first_attempt_at=NOW, message_id="wamid.1"
)
REPORTS = [report(status, after(minutes=minutes)) for status, minutes in itertools.product(Reported, (1, 2))]


@given(st.permutations(REPORTS), st.integers(0, 8))
def test_order_and_repetition_change_nothing_but_for_what_is_missing(reports: list[Report], count: int) -> None:
    """That it came outweighs that it failed; else that it failed outweighs that it was sent."""
    call = TAKEN
    for one in [*reports[:count], *reports[:count]]:
        call = call.after(one)

    told = {one.status for one in reports[:count]}
    assert set(call.reported) == told
    has_failed = FAILED in told and not told & {DELIVERED, OPENED}
    assert call.state is (REFUSED if has_failed else ACCEPTED)
    assert all(at == min(r.at for r in reports[:count] if r.status is s) for s, at in call.reported.items())
