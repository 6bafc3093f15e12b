"""Notices are numbered once; mailings are done once."""

from __future__ import annotations

import asyncio

import pytest

from storage.base import Storage
from storage.errors import NotFoundError
from storage.models import Audience, Coverage, NoticeMark, Purpose
from tests.factories import NOW, after, make_mailing, make_notice


async def test_a_notice_comes_back_as_given_with_a_number(storage: Storage) -> None:
    given = make_notice(
        choices=("出席", "欠席"),
        audience=Audience(everyone=True),
        coverage=Coverage.EVERY,
        urgent=True,
        deadline_at=after(days=1),
        expires_at=after(days=2, milliseconds=3),
        version=2,
        body="一行目\n二行目\x00😀",
        members=3,
        contacts=5,
        sender_name="事務室",
    )
    stored = await storage.notices.add(given)
    assert stored == given.but(number=1)
    assert await storage.notices.get([given.id]) == {given.id: stored}


async def test_notices_are_numbered_one_after_the_other(storage: Storage) -> None:
    assert [(await storage.notices.add(make_notice(f"n{n}"))).number for n in range(3)] == [1, 2, 3]


async def test_a_notice_added_twice_keeps_its_number(storage: Storage) -> None:
    first = await storage.notices.add(make_notice("a"))
    await storage.notices.add(make_notice("b"))
    assert await storage.notices.add(make_notice("a", title="another")) == first
    assert (await storage.notices.add(make_notice("c"))).number == 3


async def test_notices_added_at_once_have_numbers_of_their_own(storage: Storage) -> None:
    added = await asyncio.gather(*(storage.notices.add(make_notice(f"n{n % 6}")) for n in range(12)))
    numbers = {a.id: a.number for a in added}
    assert len(numbers) == len(set(numbers.values())) == 6
    assert all(numbers[a.id] == a.number for a in added)


async def test_notices_are_found_by_id_and_by_number(storage: Storage) -> None:
    first, second = [await storage.notices.add(make_notice(i)) for i in ("a", "b")]
    assert await storage.notices.get(["b", "nothing", "\ud800"]) == {"b": second}
    assert await storage.notices.get([]) == {}
    assert await storage.notices.by_number(1) == first
    for number in (3, 0, -1, 2**63, 10**30):
        assert await storage.notices.by_number(number) is None


async def test_the_latest_come_newest_first(storage: Storage) -> None:
    for n in range(1, 6):
        await storage.notices.add(make_notice(f"n{n}", sender="office" if n % 2 else "nurse"))
    assert [n.number for n in await storage.notices.latest(3)] == [5, 4, 3]
    assert [n.number for n in await storage.notices.latest(10, before=3)] == [2, 1]
    assert [n.number for n in await storage.notices.latest(10, sender="nurse")] == [4, 2]
    assert [n.number for n in await storage.notices.latest(1, before=5, sender="office")] == [3]
    assert await storage.notices.latest(10, before=1) == []
    assert await storage.notices.latest(10, sender="nobody") == []


@pytest.mark.parametrize("mark", NoticeMark)
async def test_a_mark_is_set_once(storage: Storage, mark: NoticeMark) -> None:
    added = await storage.notices.add(make_notice())
    marked = await storage.notices.mark("notice-1", mark, NOW)
    assert marked == added.but(**{f"{mark}_at": NOW})
    assert await storage.notices.mark("notice-1", mark, after(hours=1)) == marked
    assert await storage.notices.get(["notice-1"]) == {"notice-1": marked}


async def test_of_many_who_mark_at_once_all_see_the_same_time(storage: Storage) -> None:
    await storage.notices.add(make_notice())
    marked = await asyncio.gather(
        *(storage.notices.mark("notice-1", NoticeMark.CLOSED, after(seconds=n)) for n in range(6))
    )
    assert len({m.closed_at for m in marked}) == 1


async def test_marking_what_is_not_there_is_an_error(storage: Storage) -> None:
    with pytest.raises(NotFoundError):
        await storage.notices.mark("nothing", NoticeMark.CLOSED, NOW)


async def test_a_mailing_is_stored_once(storage: Storage) -> None:
    given = make_mailing(purpose=Purpose.REMINDER, urgent=True, due_at=after(minutes=5))
    assert await storage.mailings.add(given) == given
    assert await storage.mailings.add(given.but(ordered_by="somebody else")) == given
    assert await storage.mailings.get(given.id) == given
    assert await storage.mailings.get("nothing") is None


async def test_mailings_of_a_notice_come_by_creation(storage: Storage) -> None:
    reminder = make_mailing(id="notice-1/reminder/1", created_at=after(hours=1))
    for mailing in (reminder, make_mailing(), make_mailing("notice-2")):
        await storage.mailings.add(mailing)
    assert await storage.mailings.of_notice("notice-1") == [make_mailing(), reminder]
    assert await storage.mailings.of_notice("nothing") == []


async def test_due_mailings_come_urgent_first_then_by_due_time(storage: Storage) -> None:
    for name, urgent, minutes in (("a", False, -9), ("b", True, -1), ("c", True, -2), ("d", False, 0), ("e", True, 1)):
        await storage.mailings.add(make_mailing(name, urgent=urgent, due_at=after(minutes=minutes)))
    assert [m.notice for m in await storage.mailings.due(NOW, 10)] == ["c", "b", "a", "d"]
    assert [m.notice for m in await storage.mailings.due(NOW, 3)] == ["c", "b", "a"]
    assert [m.notice for m in await storage.mailings.due(after(days=-1), 10)] == []


async def test_a_finished_mailing_is_not_due_and_keeps_its_first_time(storage: Storage) -> None:
    mailing = await storage.mailings.add(make_mailing())
    for hours in (0, 1):
        await storage.mailings.finish(mailing.id, after(hours=hours))
    assert await storage.mailings.get(mailing.id) == mailing.but(finished_at=NOW)
    assert await storage.mailings.due(NOW, 10) == []
    await storage.mailings.finish("nothing", NOW)


async def test_stop_ends_the_unfinished_mailings_of_the_notice(storage: Storage) -> None:
    done, open_, other = [
        await storage.mailings.add(m)
        for m in (make_mailing(id="done"), make_mailing(id="open"), make_mailing("notice-2"))
    ]
    await storage.mailings.finish(done.id, NOW)
    for hours in (0, 1):
        await storage.mailings.stop("notice-1", after(hours=hours))
    assert await storage.mailings.get("done") == done.but(finished_at=NOW)
    assert await storage.mailings.get("open") == open_.but(stopped_at=NOW)
    assert await storage.mailings.due(NOW, 10) == [other]


async def test_what_is_planned_is_kept_as_given(storage: Storage) -> None:
    planned = make_notice(send_at=after(hours=1), remind_at=(after(hours=9), after(hours=20)))
    for notice in (planned, make_notice("notice-2")):
        stored = await storage.notices.add(notice)
        assert (await storage.notices.get([notice.id]))[notice.id] == stored
        assert (stored.send_at, stored.remind_at) == (notice.send_at, notice.remind_at)


async def test_mailings_of_a_span_come_by_due_time_whatever_became_of_them(storage: Storage) -> None:
    for name, minutes in (("a", 0), ("b", 59), ("c", 60), ("d", -1), ("e", 30)):
        await storage.mailings.add(make_mailing(name, due_at=after(minutes=minutes)))
    await storage.mailings.finish("a/notice", NOW)
    await storage.mailings.stop("b", NOW)
    assert [m.notice for m in await storage.mailings.between(NOW, after(hours=1))] == ["a", "e", "b"]


async def test_a_postponed_mailing_is_due_later_and_never_sooner(storage: Storage) -> None:
    mailing = await storage.mailings.add(make_mailing())
    for hours in (2, 1):
        await storage.mailings.postpone(mailing.id, after(hours=hours))
    assert await storage.mailings.due(after(minutes=119), 10) == []
    assert await storage.mailings.due(after(hours=2), 10) == [mailing.but(due_at=after(hours=2))]


async def test_what_is_over_is_not_postponed(storage: Storage) -> None:
    done, stopped = [await storage.mailings.add(make_mailing(name)) for name in ("done", "stopped")]
    await storage.mailings.finish(done.id, NOW)
    await storage.mailings.stop("stopped", NOW)
    for mailing in (done, stopped):
        await storage.mailings.postpone(mailing.id, after(hours=1))
        stored = await storage.mailings.get(mailing.id)
        assert stored is not None
        assert stored.due_at == NOW


async def test_why_nothing_was_sent_is_noted_once(storage: Storage) -> None:
    mailing = await storage.mailings.add(make_mailing())
    for note in ("out-of-quota", "late"):
        await storage.mailings.finish(mailing.id, NOW, note)
    assert await storage.mailings.get(mailing.id) == mailing.but(finished_at=NOW, note="out-of-quota")


async def test_a_notice_is_unsettled_until_it_is_marked_so(storage: Storage) -> None:
    for n in range(1, 5):
        await storage.notices.add(make_notice(f"n{n}"))
    await storage.notices.mark("n2", NoticeMark.CLOSED, NOW)
    await storage.notices.mark("n3", NoticeMark.SETTLED, NOW)
    assert [n.number for n in await storage.notices.unsettled(10)] == [1, 2, 4]
    assert [n.number for n in await storage.notices.unsettled(1, after=1)] == [2]
    assert await storage.notices.unsettled(10, after=4) == []


async def test_a_mailing_is_unsettled_from_when_it_is_due_until_it_is_settled(storage: Storage) -> None:
    early, late, done = [
        await storage.mailings.add(make_mailing(name, due_at=after(minutes=minutes)))
        for name, minutes in (("early", 0), ("late", 2), ("done", -1))
    ]
    await storage.mailings.finish(early.id, NOW)
    for hours in (0, 1):
        await storage.mailings.settle(done.id, after(hours=hours))
    assert await storage.mailings.unsettled(NOW, 10) == [early.but(finished_at=NOW)]
    assert [m.notice for m in await storage.mailings.unsettled(after(hours=1), 10)] == ["early", "late"]
    assert [m.notice for m in await storage.mailings.unsettled(after(hours=1), 1)] == ["early"]
    assert await storage.mailings.get(done.id) == done.but(settled_at=NOW)
    await storage.mailings.settle("nothing", NOW)
    assert late.settled_at is None
