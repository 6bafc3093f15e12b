"""Receipts: folded in any order, any number of times, by anybody; read by page; counted without counting."""

from __future__ import annotations

import asyncio

import pytest
from msgspec.structs import replace

from storage.base import WINDOW, Storage
from storage.models import Audience, Change, Coverage, Reached, Receipt, Totals
from tests.factories import (
    after,
    make_address,
    make_confirmed,
    make_contact,
    make_member,
    make_notice,
    make_receipt,
)


async def everything(storage: Storage, notice: str = "notice-1") -> list[Receipt]:
    """Open ones, then fulfilled ones."""
    found: list[Receipt] = []
    for is_open in (True, False):
        cursor = ""
        while page := await storage.receipts.page(notice, is_open, cursor, 3):
            found += page
            cursor = page[-1].sort_key
    return found


async def test_a_receipt_comes_back_as_it_was_given(storage: Storage) -> None:
    given = make_receipt(
        contacts=("mother", "father"),
        coverage=Coverage.EVERY,
        cut_off=frozenset({"father"}),
        window=7,
        groups=("1年A組", "吹奏楽部"),
        name="髙﨑 花子\x00",
    )
    await storage.receipts.add([given])
    assert await storage.receipts.of("notice-1", ["father"]) == [given]


async def test_a_receipt_with_answers_is_added_with_its_totals(storage: Storage) -> None:
    given = make_receipt(contacts=("a", "b")).after(make_confirmed("a", choice="欠席")).after(make_confirmed("b", "x"))
    await storage.receipts.add([given, make_receipt("1002")])
    assert await storage.receipts.page("notice-1", False, "", 10) == [given]
    assert await storage.receipts.totals("notice-1") == Totals.of([given, make_receipt("1002")])


async def test_receipts_that_are_there_are_left_as_they_are(storage: Storage) -> None:
    await storage.receipts.add([make_receipt()])
    await storage.receipts.fold([make_confirmed()])
    before = await everything(storage)
    await storage.receipts.add([make_receipt(name="another", contacts=("stranger",)), make_receipt("1002")])
    assert [r for r in await everything(storage) if r.member == "1001"] == before
    assert await storage.receipts.of("notice-1", ["stranger"]) == []
    assert await storage.receipts.totals("notice-1") == Totals(2, 1, 0, {"ok": 1})


async def test_a_member_twice_in_one_batch_has_one_receipt(storage: Storage) -> None:
    await storage.receipts.add([make_receipt(), make_receipt(name="another")])
    assert [r.name for r in await everything(storage)] == ["生徒 1001"]
    assert (await storage.receipts.totals("notice-1")).all == 1


async def test_receipts_added_by_several_at_once_are_there_once(storage: Storage) -> None:
    batch = [make_receipt(f"{n}") for n in range(1001, 1011)]
    await asyncio.gather(*(storage.receipts.add(batch) for _ in range(4)))
    assert len(await everything(storage)) == 10
    assert (await storage.receipts.totals("notice-1")).all == 10


async def test_a_tap_fulfils_every_receipt_of_the_notice_that_names_the_contact(storage: Storage) -> None:
    children = [make_receipt(m, contacts=("mother",)) for m in ("1001", "1002", "1003")]
    await storage.receipts.add(
        [*children, make_receipt("1004"), make_receipt("1001", "notice-2", contacts=("mother",))]
    )
    (folded,) = await storage.receipts.fold([make_confirmed("mother")])
    assert [r.member for r in folded.receipts] == ["1001", "1002", "1003"]
    assert not any(r.is_open for r in folded.receipts)
    assert [r.member for r in await storage.receipts.page("notice-1", True, "", 10)] == ["1004"]
    assert [r.is_open for r in await storage.receipts.of("notice-2", ["mother"])] == [True]


async def test_an_answer_for_each_change_in_their_order_empty_where_nothing_is_concerned(storage: Storage) -> None:
    await storage.receipts.add([make_receipt("1001"), make_receipt("1002")])
    changes: list[Change] = [
        make_confirmed("nobody", "e1"),
        make_confirmed("1002-1", "e2"),
        make_confirmed("1001-1", "e3", notice="unknown"),
        Reached("notice-1", "1001-1", is_reached=False),
    ]
    folded = await storage.receipts.fold(changes)
    assert [f.change for f in folded] == changes
    assert [[r.member for r in f.receipts] for f in folded] == [[], ["1002"], [], ["1001"]]


async def test_receipts_of_a_change_stand_by_sort_key(storage: Storage) -> None:
    await storage.receipts.add(
        [make_receipt(m, contacts=("mother",), sort_key=key) for m, key in (("1", "う"), ("2", "あ"))]
    )
    (folded,) = await storage.receipts.fold([make_confirmed("mother")])
    assert [r.sort_key for r in folded.receipts] == ["あ", "う"]


async def test_every_change_sees_the_receipts_after_the_whole_batch(storage: Storage) -> None:
    await storage.receipts.add([make_receipt(contacts=("mother", "father"), coverage=Coverage.EVERY)])
    first, second = await storage.receipts.fold([make_confirmed("mother", "e1"), make_confirmed("father", "e2")])
    assert first.receipts == second.receipts
    assert not first.receipts[0].is_open
    assert first.receipts == tuple(await everything(storage))


async def test_no_changes_give_no_answers(storage: Storage) -> None:
    assert await storage.receipts.fold([]) == []


async def test_a_fold_repeated_changes_nothing(storage: Storage) -> None:
    await storage.receipts.add([make_receipt()])
    changes: list[Change] = [make_confirmed(), Reached("notice-1", "1001-1", is_reached=False)]
    once = await storage.receipts.fold(changes)
    assert await storage.receipts.fold(changes) == once
    assert await storage.receipts.fold([*changes, *changes]) == [*once, *once]
    assert once[0].receipts[0].revision == 2


async def test_the_earliest_tap_is_the_first_whatever_arrives_first(storage: Storage) -> None:
    await storage.receipts.add([make_receipt()])
    for event, seconds in (("b", 5), ("c", 9), ("a", 1)):
        await storage.receipts.fold([make_confirmed(event=event, at=after(seconds=seconds), choice=event)])
    (receipt,) = await everything(storage)
    assert receipt.fulfilment is not None
    assert receipt.fulfilment[1].event == "a"
    assert receipt.answer == "c"


async def test_taps_of_the_same_millisecond_are_ordered_by_event(storage: Storage) -> None:
    await storage.receipts.add([make_receipt()])
    await storage.receipts.fold([make_confirmed(event="b")])
    (folded,) = await storage.receipts.fold([make_confirmed(event="a")])
    answer = folded.receipts[0].answers["1001-1"]
    assert (answer.first.event, answer.last.event) == ("a", "b")


async def test_a_stored_receipt_is_the_pure_fold_to_the_last_field(storage: Storage) -> None:
    start = make_receipt(contacts=("mother", "father"))
    changes: list[Change] = [
        make_confirmed("mother", "e1", version=2, via="web", choice="欠席.$x", at=after(milliseconds=1)),
        Reached("notice-1", "father", is_reached=False),
        make_confirmed("father", "e0", at=after(milliseconds=-1)),
        Reached("notice-1", "mother", is_reached=False),
        Reached("notice-1", "mother", is_reached=True),
    ]
    await storage.receipts.add([start])
    await storage.receipts.fold(changes)
    pure = start
    for change in changes:
        pure = pure.after(change)
    assert [replace(r, revision=0) for r in await everything(storage)] == [replace(pure, revision=0)]


async def test_every_change_of_a_receipt_raises_its_revision(storage: Storage) -> None:
    await storage.receipts.add([make_receipt()])
    (first,) = (await storage.receipts.fold([make_confirmed(event="a")]))[0].receipts
    (second,) = (await storage.receipts.fold([make_confirmed(event="b")]))[0].receipts
    assert 0 < first.revision < second.revision


async def test_many_who_fold_at_once_lose_nothing(storage: Storage) -> None:
    family = tuple(f"contact-{n}" for n in range(12))
    await storage.receipts.add([make_receipt(m, contacts=family, coverage=Coverage.EVERY) for m in ("1", "2", "3")])
    await asyncio.gather(*(storage.receipts.fold([make_confirmed(c, f"e-{c}")]) for c in family))
    receipts = await everything(storage)
    assert [set(r.answers) for r in receipts] == [set(family)] * 3
    assert not any(r.is_open for r in receipts)
    assert await storage.receipts.totals("notice-1") == Totals.of(receipts)


async def test_of_gives_receipts_that_name_any_of_the_contacts_by_sort_key(storage: Storage) -> None:
    await storage.receipts.add(
        [
            make_receipt("1003", contacts=("a", "b")),
            make_receipt("1001", contacts=("b",)),
            make_receipt("1002", contacts=("c",)),
            make_receipt("1001", "notice-2", contacts=("a",)),
        ]
    )
    assert [r.member for r in await storage.receipts.of("notice-1", ["a", "b", "nobody", "\ud800"])] == ["1001", "1003"]
    assert await storage.receipts.of("notice-1", []) == []
    assert await storage.receipts.of("nothing", ["a"]) == []


async def test_open_of_gives_open_receipts_of_any_notice_each_once(storage: Storage) -> None:
    await storage.receipts.add([make_receipt("1001", f"n{n}", contacts=("a", "b")) for n in range(4)])
    await storage.receipts.fold([make_confirmed("a", notice="n2")])
    found = await storage.receipts.open_of(["a", "b"], 10)
    assert sorted(r.notice for r in found) == ["n0", "n1", "n3"]
    assert all(r.is_open for r in found)
    assert len(await storage.receipts.open_of(["a", "b"], 2)) == 2
    assert await storage.receipts.open_of([], 10) == []
    assert await storage.receipts.open_of(["nobody"], 10) == []


async def test_a_page_begins_after_the_key_and_ends_at_the_limit(storage: Storage) -> None:
    await storage.receipts.add([make_receipt(f"{n}") for n in range(1001, 1008)])
    await storage.receipts.fold([make_confirmed("1004-1")])
    first = await storage.receipts.page("notice-1", True, "", 3)
    assert [r.member for r in first] == ["1001", "1002", "1003"]
    assert [r.member for r in await storage.receipts.page("notice-1", True, first[-1].sort_key, 3)] == [
        "1005",
        "1006",
        "1007",
    ]
    assert await storage.receipts.page("notice-1", True, "\U0010ffff", 3) == []
    assert [r.member for r in await storage.receipts.page("notice-1", False, "", 3)] == ["1004"]
    assert await storage.receipts.page("nothing", True, "", 3) == []


async def test_pages_stand_in_the_order_of_the_sort_key(storage: Storage) -> None:
    keys = ["あ\x1f1", "あ\x1f2", "い", "ア", "1年a組", "2年a組", "\x1fz", "髙", "😀", "\uffff"]
    await storage.receipts.add([make_receipt(f"m{n}", sort_key=key) for n, key in enumerate(keys)])
    assert [r.sort_key for r in await everything(storage)] == sorted(keys)


async def test_a_receipt_moves_from_open_to_fulfilled(storage: Storage) -> None:
    await storage.receipts.add([make_receipt()])
    assert [len(await storage.receipts.page("notice-1", is_open, "", 9)) for is_open in (True, False)] == [1, 0]
    await storage.receipts.fold([make_confirmed()])
    assert [len(await storage.receipts.page("notice-1", is_open, "", 9)) for is_open in (True, False)] == [0, 1]


async def test_totals_of_a_notice_without_receipts_are_nothing(storage: Storage) -> None:
    assert await storage.receipts.totals("nothing") == Totals()
    await storage.receipts.add([])
    assert await storage.receipts.totals("nothing") == Totals()


async def test_totals_count_everybody_reached_or_not(storage: Storage) -> None:
    await storage.receipts.add(
        [
            make_receipt("1001"),
            make_receipt("1002", cut_off=frozenset({"1002-1"})),
            make_receipt("1003", contacts=()),
            make_receipt("1004"),
        ]
    )
    assert await storage.receipts.totals("notice-1") == Totals(4, 0, 2, {})
    await storage.receipts.fold(
        [Reached("notice-1", "1002-1", is_reached=True), make_confirmed("1004-1", choice="欠席")]
    )
    assert await storage.receipts.totals("notice-1") == Totals(4, 1, 1, {"欠席": 1})


async def test_a_confirmation_of_somebody_cut_off_is_no_longer_unreached(storage: Storage) -> None:
    await storage.receipts.add([make_receipt(cut_off=frozenset({"1001-1"}))])
    await storage.receipts.fold([make_confirmed()])
    assert await storage.receipts.totals("notice-1") == Totals(1, 1, 0, {"ok": 1})


async def test_a_changed_answer_moves_the_totals(storage: Storage) -> None:
    await storage.receipts.add([make_receipt()])
    await storage.receipts.fold([make_confirmed(event="a", choice="出席")])
    await storage.receipts.fold([make_confirmed(event="b", choice="欠席", at=after(seconds=1))])
    assert await storage.receipts.totals("notice-1") == Totals(1, 1, 0, {"欠席": 1})


@pytest.mark.parametrize("odd", ["", "a.b", "$x", "a\x00b", "😀", "'"])
async def test_odd_ids_are_kept_apart(storage: Storage, odd: str) -> None:
    notice, contact = f"n{odd}", f"c{odd}"
    await storage.receipts.add([make_receipt(f"m{odd}", notice, contacts=(contact, "other"), sort_key=f"k{odd}")])
    (folded,) = await storage.receipts.fold([make_confirmed(contact, notice=notice, choice=odd)])
    assert list(folded.receipts[0].answers) == [contact]
    assert await storage.receipts.of(notice, [contact]) == list(folded.receipts)
    assert await storage.receipts.totals(notice) == Totals.of(folded.receipts)


async def test_more_than_one_window_is_counted_whole(storage: Storage) -> None:
    receipts = [make_receipt(f"{n:04}", window=n // 500) for n in range(1200)]
    await storage.receipts.add(receipts)
    await storage.receipts.fold([make_confirmed(f"{n:04}-1", f"e{n}") for n in range(0, 1200, 2)])
    assert await storage.receipts.totals("notice-1") == Totals(1200, 600, 0, {"ok": 600})


async def a_school(storage: Storage) -> None:
    """Two children of a mother who registered for both, one of them with a father whom nothing reaches."""
    await storage.members.put(
        [make_member("1001", kana="ん"), make_member("1002", kana="あ"), make_member("2001", groups=("2年B組",))]
    )
    await storage.contacts.put(
        [make_contact("a"), make_contact("b", members=("1002",)), make_contact("f", members=("1002",))]
    )
    await storage.contacts.attach("a", make_address())
    await storage.contacts.attach("b", make_address())


async def test_members_of_the_audience_are_obliged_with_who_stands_for_them(storage: Storage) -> None:
    await a_school(storage)
    await storage.receipts.oblige(make_notice(coverage=Coverage.EVERY), ["1002", "1001", "2001", "nobody", "\ud800"], 7)
    first, second = await everything(storage)
    assert first == Receipt(
        notice="notice-1",
        member="1002",
        name="山田 花子",
        sort_key=make_member("1002", kana="あ").sort_key,
        groups=("1年A組",),
        contacts=("a", "f"),
        coverage=Coverage.EVERY,
        cut_off=frozenset({"f"}),
        window=7,
    )
    assert (second.member, second.contacts, second.cut_off) == ("1001", ("a",), frozenset())
    assert await storage.receipts.of("notice-1", ["f"]) == [first]
    assert await storage.receipts.totals("notice-1") == Totals(all=2)


async def test_a_member_without_anybody_is_obliged_and_not_reached(storage: Storage) -> None:
    await storage.members.put([make_member()])
    await storage.receipts.oblige(make_notice(audience=Audience(everyone=True)), ["1001"], 0)
    assert [r.contacts for r in await everything(storage)] == [()]
    assert await storage.receipts.totals("notice-1") == Totals(all=1, unreached=1)


async def test_obliging_again_leaves_what_is_there(storage: Storage) -> None:
    await a_school(storage)
    await storage.receipts.oblige(make_notice(), ["1001"], 0)
    await storage.receipts.fold([make_confirmed("a")])
    before = await everything(storage)
    await storage.contacts.put([make_contact("new")])
    await storage.receipts.oblige(make_notice(), ["1001", "1002"], 3)
    assert [r for r in await everything(storage) if r.member == "1001"] == before
    assert await storage.receipts.totals("notice-1") == Totals(2, 1, 0, {"ok": 1})


async def test_missing_are_those_of_the_audience_without_a_receipt(storage: Storage) -> None:
    ids = [f"m{n:04}" for n in range(2 * WINDOW + 9)]
    await storage.members.put([*map(make_member, ids), make_member("other", groups=("2年B組",))])
    gaps = [ids[0], ids[WINDOW + 3], ids[-1]]
    await storage.receipts.oblige(make_notice(), [i for i in ids if i not in gaps], 0)
    assert await storage.receipts.missing(make_notice(), "", 9) == gaps
    assert await storage.receipts.missing(make_notice(), "", 2) == gaps[:2]
    assert await storage.receipts.missing(make_notice(), gaps[0], 9) == gaps[1:]
    assert await storage.receipts.missing(make_notice(), gaps[2], 9) == []
    assert await storage.receipts.missing(make_notice("notice-2"), ids[3], 2) == ids[4:6]
    both = make_notice(audience=Audience(groups=("1年A組", "2年B組")))
    assert await storage.receipts.missing(both, gaps[1], 9) == [gaps[2], "other"]


async def test_windows_follow_the_order_of_members(storage: Storage) -> None:
    ids = [f"m{n:04}" for n in range(WINDOW + 1)]
    await storage.members.put([make_member(i) for i in ids])
    await storage.receipts.oblige(make_notice(), ids[::-1], 5)
    receipts = {r.member: r.window for r in await everything(storage)}
    assert (receipts[ids[0]], receipts[ids[-2]], receipts[ids[-1]]) == (5, 5, 6)


async def test_waiting_are_those_who_have_not_answered_what_is_open(storage: Storage) -> None:
    await storage.receipts.add(
        [
            make_receipt("1", contacts=("open",)),
            make_receipt("2", contacts=("done", "beside")),
            make_receipt("3", contacts=("answered", "other"), coverage=Coverage.EVERY),
            make_receipt("4", contacts=("done", "more")),
            make_receipt("5", contacts=("more",)),
        ]
    )
    await storage.receipts.fold([make_confirmed("done"), make_confirmed("answered", "x")])
    asked = ["open", "done", "beside", "answered", "other", "more", "stranger", "\ud800"]
    assert await storage.receipts.waiting("notice-1", asked) == {
        "open": True,
        "done": False,
        "beside": False,
        "answered": False,
        "other": True,
        "more": True,
    }
    assert await storage.receipts.waiting("notice-2", asked) == {}
    every = make_notice(coverage=Coverage.EVERY)
    assert await storage.receipts.done(every, asked) == {"done", "beside", "answered"}
    assert await storage.receipts.done(make_notice("notice-2", coverage=Coverage.EVERY), asked) == set()


@pytest.mark.parametrize("coverage", Coverage)
@pytest.mark.parametrize("confirmed", [0, 1, 3, 8])
async def test_done_is_whoever_does_not_wait_any_more(storage: Storage, coverage: Coverage, confirmed: int) -> None:
    contacts = [f"c{n}" for n in range(8)]
    await storage.receipts.add(
        [make_receipt(f"{n}", contacts=(c, contacts[n - 1]), coverage=coverage) for n, c in enumerate(contacts)]
    )
    await storage.receipts.fold([make_confirmed(c, f"e{c}") for c in contacts[:confirmed]])
    for asked in (contacts, contacts[:3], [contacts[6], "stranger"], contacts[:1], []):
        waiting = await storage.receipts.waiting("notice-1", asked)
        expected = {contact for contact, is_waiting in waiting.items() if not is_waiting}
        assert await storage.receipts.done(make_notice(coverage=coverage), asked) == expected
    assert await storage.receipts.done(make_notice("notice-2", coverage=coverage), contacts) == set()


async def test_who_absorbed_others_is_asked_about_under_every_id(storage: Storage) -> None:
    await a_school(storage)
    await storage.receipts.add(
        [make_receipt("9", contacts=("b",), sort_key="9"), make_receipt("8", contacts=("b", "a"), sort_key="8")]
    )
    assert await storage.receipts.waiting("notice-1", ["a", "b"]) == {"a": True, "b": True}
    assert await storage.receipts.names("notice-1", ["a", "f"]) == {"a": ("生徒 8", "生徒 9")}
    assert await storage.receipts.names("notice-1", ["a", "b"]) == dict.fromkeys("ab", ("生徒 8", "生徒 9"))
    await storage.receipts.fold([make_confirmed("a")])
    assert await storage.receipts.waiting("notice-1", ["a"]) == {"a": True}
    assert await storage.receipts.done(make_notice(), ["a", "f"]) == set()
    await storage.receipts.fold([make_confirmed("b", "x")])
    assert await storage.receipts.waiting("notice-1", ["a"]) == {"a": False}
    assert await storage.receipts.done(make_notice(), ["a", "c", "d", "e", "f"]) == {"a"}
