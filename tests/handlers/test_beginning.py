"""Whether an automatic reminder may begin: the answer is exact, and takes no longer a look than it must."""

from __future__ import annotations

from datetime import timedelta

import pytest

from handlers.beginning import Due, Hold, Note, hindrance
from handlers.context import Quota
from handlers.fan_out import Publisher
from handlers.reminding import MOST_A_DAY, Rules, reminded
from storage.base import Storage
from storage.models import Confirmed, Mailing, Notice, OutgoingState, Purpose, SkipReason
from tests.factories import make_address, make_confirmation, make_mailing, make_notice, make_outgoing
from tests.flows.stopping import Stopper
from tests.stage import ORGANIZATION, START, FakePlatform, found_school, user
from tests.storage.conftest import storage

__all__ = ["storage"]

PEOPLE = ("c1", "c1f", "c2", "c3", "c4")
"""Whom the notice went to, each in a chunk of her own; c5 is in a sixth, and has not registered."""


async def found_notice(storage: Storage) -> tuple[Notice, Mailing]:
    """Five children's notice has gone out, and its automatic reminder is due."""
    await found_school(storage, children=5)
    notice = await storage.notices.add(make_notice(created_at=START, fanned_out_at=START))
    await storage.receipts.oblige(notice, [f"m{n}" for n in range(1, 6)], 0)
    sent = [make_outgoing(f"key-{c}", recipients=(c,), chunk=n) for n, c in enumerate(PEOPLE)]
    left = make_outgoing("key-c5", recipients=(), skipped=(("c5", SkipReason.UNREGISTERED),), chunk=len(PEOPLE))
    await storage.outbox.add([*sent, left])
    reminder = make_mailing(id="notice-1/reminder/plan-1", purpose=Purpose.REMINDER, due_at=START)
    return notice, await storage.mailings.add(reminder)


async def confirm(storage: Storage, *contacts: str) -> None:
    await storage.receipts.fold([Confirmed("notice-1", c, make_confirmation(f"tap-{c}")) for c in contacts])


async def asked(storage: Storage, month: Quota, today: tuple[str, ...] = ()) -> tuple[Hold | None, int]:
    """(what stands against the reminder, how many chunks were looked at)."""
    notice, mailing = await _stored(storage)
    stopper = Stopper()
    house = Publisher(storage, ORGANIZATION, {"line": FakePlatform(month=month)})
    rules = Rules(stopper.wrap(storage), ("line",), today)
    hold = await hindrance(Due(mailing, notice, ORGANIZATION, START), rules, house)
    return hold, stopper.calls.count("outbox.chunk")


async def _stored(storage: Storage) -> tuple[Notice, Mailing]:
    notice = (await storage.notices.get(["notice-1"]))["notice-1"]
    mailing = await storage.mailings.get("notice-1/reminder/plan-1")
    assert mailing is not None
    return notice, mailing


@pytest.mark.parametrize("month", [Quota(200, 0), Quota(None, 0)])
async def test_where_there_is_room_for_everybody_one_look_is_enough(storage: Storage, month: Quota) -> None:
    await found_notice(storage)
    assert await asked(storage, month) == (None, 1)
    await confirm(storage, "c1", "c2")
    assert await asked(storage, month) == (None, 4), "to the first who would get it"


@pytest.mark.parametrize(("left", "hold"), [(5, None), (4, Hold(note=Note.OUT_OF_QUOTA))])
async def test_where_the_month_is_tight_it_is_right_to_the_message(
    storage: Storage, left: int, hold: Hold | None
) -> None:
    await found_notice(storage)
    assert (await asked(storage, Quota(6, 6 - left)))[0] == hold
    await confirm(storage, "c4")
    assert (await asked(storage, Quota(6, 6 - left)))[0] is None


async def test_it_is_looked_no_further_than_to_the_first_whom_the_month_does_not_hold(storage: Storage) -> None:
    await found_notice(storage)
    assert await asked(storage, Quota(6, 5)) == (Hold(note=Note.OUT_OF_QUOTA), 2)


async def test_what_stays_for_urgent_notices_is_not_touched(storage: Storage) -> None:
    """200 a month for five registered people: five stay."""
    await found_notice(storage)
    assert (await asked(storage, Quota(200, 191)))[0] == Hold(note=Note.OUT_OF_QUOTA)
    assert (await asked(storage, Quota(200, 190)))[0] is None


async def test_once_everybody_has_confirmed_nobody_is_looked_at(storage: Storage) -> None:
    await found_notice(storage)
    await confirm(storage, *PEOPLE, "c5")
    assert await asked(storage, Quota(200, 0)) == (Hold(note=Note.NOBODY), 0)


async def test_where_nobody_of_the_rest_can_be_reached_there_is_nothing_to_begin(storage: Storage) -> None:
    await found_notice(storage)
    await confirm(storage, *PEOPLE)
    assert (await asked(storage, Quota(200, 0)))[0] == Hold(note=Note.NOBODY)


async def test_who_got_enough_today_is_noted_as_such_and_not_as_nobody(storage: Storage) -> None:
    await found_notice(storage)
    await confirm(storage, "c1", "c2", "c3")  # and m1's father need not
    today = tuple(f"other-{n}/notice" for n in range(MOST_A_DAY))
    calls = [
        make_outgoing(f"{m}-key", mailing=m, notice=m[:7], recipients=("c3", "c4"), state=OutgoingState.ACCEPTED)
        for m in today
    ]
    await storage.outbox.add(calls)
    found = await reminded(Rules(storage, ("line",), today), "notice-1")
    assert (found.people, found.capped) == (0, 1)
    assert (await asked(storage, Quota(200, 0), today))[0] is None, "the fan-out notes who was left alone, and why"


async def test_a_person_who_was_two_contacts_is_counted_once(storage: Storage) -> None:
    await found_notice(storage)
    at = START - timedelta(days=1)
    person = await storage.contacts.attach("c4", make_address(user(2), state_at=at))
    assert person.ids == ("c2", "c4")
    found = await reminded(Rules(storage, ("line",)), "notice-1")
    assert found.by_channel == {"line": 4}
    assert found.looked_at == 6
