"""What arrives: appended once, settled once, never lost because of a neighbour."""

from __future__ import annotations

import asyncio

import pytest
from msgspec.structs import replace

from storage.base import Storage
from storage.models import Acknowledgement, InboxEntry, Outcome
from tests.factories import NOW, after, make_acknowledgement, make_entry

ODD = ["", "\x00", "a\x00b", "'; DROP TABLE inbox; --", "$set", "a.b", "😀 髙﨑", "\ufeff\u2028\uffff", "x" * 2000]


async def test_what_is_appended_comes_back_as_it_was_given(storage: Storage) -> None:
    tap = make_acknowledgement(time_replaced=True, also="+81901", version=3, choice="欠席", at=after(milliseconds=-123))
    entry = make_entry(raw=bytes(range(256)), kind="file", at=after(milliseconds=7))
    await storage.append([tap], [entry])
    assert await storage.acknowledgements.get([tap.id]) == {tap.id: tap}
    assert await storage.inbox.get([entry.id]) == {entry.id: entry}


async def test_one_arrived_each_acknowledgements_first_in_the_order_given(storage: Storage) -> None:
    await storage.append([make_acknowledgement("b")], [make_entry("d")])
    arrived = await storage.append(
        [make_acknowledgement("a"), make_acknowledgement("b")], [make_entry("c"), make_entry("d"), make_entry("e")]
    )
    assert [a.is_new for a in arrived] == [True, False, True, False, True]


async def test_an_event_appended_twice_is_kept_once(storage: Storage) -> None:
    first = make_acknowledgement(choice="ok")
    await storage.append([first], [make_entry(raw=b"first")])
    again = await storage.append([replace(first, choice="other")], [make_entry(raw=b"second")])
    assert [a.is_new for a in again] == [False, False]
    assert await storage.acknowledgements.get([first.id]) == {first.id: first}
    assert (await storage.inbox.get(["event-1"]))["event-1"].raw == b"first"


async def test_an_event_twice_in_one_batch_is_new_once(storage: Storage) -> None:
    tap, entry = make_acknowledgement(), make_entry()
    arrived = await storage.append([tap, replace(tap)], [entry, replace(entry)])
    assert [a.is_new for a in arrived] == [True, False, True, False]
    assert [a async for a in storage.acknowledgements.log("notice-1")] == [tap]


async def test_of_two_who_append_the_same_event_one_is_told_it_is_new(storage: Storage) -> None:
    arrived = await asyncio.gather(*(storage.append([make_acknowledgement()], [make_entry()]) for _ in range(8)))
    assert sum(tap.is_new for tap, _ in arrived) == 1
    assert sum(entry.is_new for _, entry in arrived) == 1


async def test_the_same_id_may_stand_among_taps_and_in_the_inbox(storage: Storage) -> None:
    arrived = await storage.append([make_acknowledgement("x")], [make_entry("x")])
    assert [a.is_new for a in arrived] == [True, True]


async def test_a_redelivered_event_is_told_what_became_of_it(storage: Storage) -> None:
    tap, entry = make_acknowledgement(), make_entry()
    await storage.append([tap], [entry])
    await storage.acknowledgements.settle({tap.id: Outcome.COUNTED})
    await storage.inbox.settle(entry.id)
    tapped, entered = await storage.append([tap], [entry])
    assert (tapped.is_new, tapped.applied, tapped.outcome) == (False, True, Outcome.COUNTED)
    assert (entered.is_new, entered.applied, entered.outcome) == (False, True, None)


async def test_nothing_to_append_is_no_error(storage: Storage) -> None:
    assert await storage.append([], []) == []


@pytest.mark.parametrize("text", ODD)
async def test_odd_text_is_kept_to_the_letter(storage: Storage, text: str) -> None:
    tap = make_acknowledgement(f"id{text}", user=text, notice=f"n{text}", choice=text)
    entry = make_entry(f"id{text}", user=text, kind=text, raw=text.encode())
    await storage.append([tap], [entry])
    assert await storage.acknowledgements.get([tap.id]) == {tap.id: tap}
    assert await storage.inbox.get([entry.id]) == {entry.id: entry}
    assert [a async for a in storage.acknowledgements.log(f"n{text}")] == [tap]


@pytest.mark.parametrize(
    "spoiled",
    [
        make_acknowledgement("bad", user="\ud800"),
        make_acknowledgement("bad\udfff"),
        make_acknowledgement("bad", choice="\udcff"),
        make_acknowledgement("bad", version=2**63),
    ],
)
async def test_a_tap_that_cannot_be_stored_never_spoils_its_neighbours(
    storage: Storage, spoiled: Acknowledgement
) -> None:
    good = [make_acknowledgement(f"tap-{n}") for n in range(4)]
    entry = make_entry()
    arrived = await storage.append([*good[:2], spoiled, *good[2:]], [entry])
    assert [a.is_stored for a in arrived] == [True, True, False, True, True, True]
    assert [a.is_new for a in arrived] == [True, True, False, True, True, True]
    assert set(await storage.acknowledgements.get([g.id for g in good])) == {g.id for g in good}
    assert await storage.inbox.get([entry.id]) == {entry.id: entry}
    assert await storage.acknowledgements.get([spoiled.id]) == {}


@pytest.mark.parametrize(
    "spoiled", [make_entry("bad", user="\ud800"), make_entry("bad\udfff"), make_entry("bad", kind="\udcff")]
)
async def test_an_entry_that_cannot_be_stored_never_spoils_its_neighbours(
    storage: Storage, spoiled: InboxEntry
) -> None:
    arrived = await storage.append([make_acknowledgement()], [make_entry("a"), spoiled, make_entry("b")])
    assert [a.is_stored for a in arrived] == [True, True, False, True]
    assert set(await storage.inbox.get(["a", "b"])) == {"a", "b"}
    assert len([a async for a in storage.acknowledgements.log("notice-1")]) == 1


async def test_get_gives_those_of_the_ids_that_exist(storage: Storage) -> None:
    await storage.append([make_acknowledgement("a")], [make_entry("b")])
    assert set(await storage.acknowledgements.get(["a", "nobody", "\ud800"])) == {"a"}
    assert set(await storage.inbox.get(["b", "nobody", "\ud800"])) == {"b"}
    assert await storage.acknowledgements.get([]) == {}
    assert await storage.inbox.get([]) == {}


async def test_more_ids_than_one_statement_takes_are_found(storage: Storage) -> None:
    taps = [make_acknowledgement(f"tap-{n:04}") for n in range(1300)]
    await storage.append(taps, [])
    assert await storage.acknowledgements.get([t.id for t in taps]) == {t.id: t for t in taps}
    assert sorted([a.id async for a in storage.acknowledgements.log("notice-1")]) == [t.id for t in taps]


async def test_pending_taps_are_those_not_applied_yet_oldest_first(storage: Storage) -> None:
    taps = [make_acknowledgement(f"tap-{n}", received_at=after(seconds=-n)) for n in range(1, 5)]
    await storage.append(taps, [])
    await storage.acknowledgements.settle({"tap-3": Outcome.COUNTED})
    pending = await storage.acknowledgements.pending(NOW, 10)
    assert [p.id for p in pending] == ["tap-4", "tap-2", "tap-1"]
    assert [p.id for p in await storage.acknowledgements.pending(NOW, 2)] == ["tap-4", "tap-2"]


async def test_pending_leaves_what_was_received_at_the_moment_itself(storage: Storage) -> None:
    await storage.append(
        [make_acknowledgement("now"), make_acknowledgement("before", received_at=after(milliseconds=-1))],
        [make_entry("now"), make_entry("before", received_at=after(milliseconds=-1))],
    )
    assert [p.id for p in await storage.acknowledgements.pending(NOW, 10)] == ["before"]
    assert [p.id for p in await storage.inbox.pending(NOW, 10)] == ["before"]


async def test_a_settled_tap_keeps_its_first_outcome(storage: Storage) -> None:
    await storage.append([make_acknowledgement()], [])
    await storage.acknowledgements.settle({"event-1": Outcome.COUNTED})
    await storage.acknowledgements.settle({"event-1": Outcome.REPEATED})
    stored = (await storage.acknowledgements.get(["event-1"]))["event-1"]
    assert stored == make_acknowledgement(applied=True, outcome="counted")


async def test_settling_what_is_not_there_changes_nothing(storage: Storage) -> None:
    await storage.acknowledgements.settle({"nobody": Outcome.COUNTED})
    await storage.acknowledgements.settle({})
    await storage.inbox.settle("nobody", b"x")
    assert await storage.acknowledgements.get(["nobody"]) == {}
    assert await storage.inbox.get(["nobody"]) == {}


async def test_the_log_holds_every_entry_of_the_notice_counted_or_not(storage: Storage) -> None:
    await storage.append([make_acknowledgement(f"tap-{n}") for n in range(5)], [])
    await storage.append([make_acknowledgement("other", notice="notice-2")], [])
    await storage.acknowledgements.settle({"tap-1": Outcome.COUNTED, "tap-2": Outcome.STRANGER})
    assert {a.id async for a in storage.acknowledgements.log("notice-1")} == {f"tap-{n}" for n in range(5)}
    assert [a async for a in storage.acknowledgements.log("nothing")] == []


async def test_pending_entries_come_oldest_event_first(storage: Storage) -> None:
    entries = [make_entry(f"e-{n}", at=after(seconds=-n), received_at=after(seconds=n - 10)) for n in range(4)]
    await storage.append([], entries)
    await storage.inbox.settle("e-2")
    assert [e.id for e in await storage.inbox.pending(NOW, 10)] == ["e-3", "e-1", "e-0"]
    assert [e.id for e in await storage.inbox.pending(NOW, 1)] == ["e-3"]


async def test_an_answer_owed_is_handed_out_once(storage: Storage) -> None:
    await storage.append([], [make_entry()])
    await storage.inbox.settle("event-1", b"answer")
    assert (await storage.inbox.get(["event-1"]))["event-1"].owed == b"answer"
    assert await storage.inbox.take_owed("line", "U1") == [b"answer"]
    assert await storage.inbox.take_owed("line", "U1") == []
    await storage.inbox.settle("event-1", b"answer")
    assert await storage.inbox.take_owed("line", "U1") == [], "settled again, it would be said twice"


async def test_answers_owed_come_oldest_first_and_to_that_person_only(storage: Storage) -> None:
    await storage.append(
        [],
        [
            make_entry("late", at=after(seconds=2)),
            make_entry("early"),
            make_entry("other", user="U2"),
            make_entry("elsewhere", channel="sms"),
        ],
    )
    for entry in ("late", "early", "other", "elsewhere"):
        await storage.inbox.settle(entry, entry.encode())
    assert await storage.inbox.take_owed("line", "U1") == [b"early", b"late"]
    assert await storage.inbox.take_owed("line", "nobody") == []


async def test_of_two_who_take_what_is_owed_one_gets_it(storage: Storage) -> None:
    await storage.append([], [make_entry()])
    await storage.inbox.settle("event-1", b"answer")
    taken = await asyncio.gather(*(storage.inbox.take_owed("line", "U1") for _ in range(8)))
    assert sorted(taken) == [[]] * 7 + [[b"answer"]]


async def test_since_gives_what_a_person_did_after_a_moment_by_event_time(storage: Storage) -> None:
    await storage.append(
        [],
        [
            make_entry("then"),
            make_entry("third", at=after(seconds=3)),
            make_entry("first", at=after(seconds=1), kind="file"),
            make_entry("second", at=after(seconds=2), kind="followed"),
            make_entry("other", at=after(seconds=1), user="U2"),
        ],
    )
    found = await storage.inbox.since("line", "U1", ["text", "file"], NOW)
    assert [e.id for e in found] == ["first", "third"]
    assert await storage.inbox.since("line", "U1", [], NOW) == []


async def test_forget_deletes_applied_entries_older_than_this_and_no_others(storage: Storage) -> None:
    await storage.append(
        [],
        [
            make_entry("old", received_at=after(days=-15)),
            make_entry("old-but-pending", received_at=after(days=-15)),
            make_entry("young", received_at=after(days=-13)),
            make_entry("limit", received_at=after(days=-14)),
        ],
    )
    for entry in ("old", "young", "limit"):
        await storage.inbox.settle(entry)
    assert await storage.inbox.forget(after(days=-14)) == 1
    assert set(await storage.inbox.get(["old", "old-but-pending", "young", "limit"])) == {
        "old-but-pending",
        "young",
        "limit",
    }
    assert await storage.inbox.forget(after(days=-14)) == 0


async def test_forget_is_not_afraid_of_many(storage: Storage) -> None:
    await storage.append([], [make_entry(f"e-{n}", applied=True, received_at=after(days=-15)) for n in range(2500)])
    assert await storage.inbox.forget(NOW) == 2500
