"""The outbox: stored once, claimed by one, settled once, never rewritten after the first attempt."""

from __future__ import annotations

import asyncio

import pytest
from msgspec.structs import replace

from storage.base import Storage
from storage.models import Late, Outgoing, OutgoingState, Progress, Purpose, Recipient, Settlement, SkipReason
from tests.factories import NOW, after, make_outgoing

MAILING = "notice-1/notice"


async def stored(storage: Storage, *outgoing: Outgoing) -> None:
    await storage.outbox.add(outgoing)


async def claimed(storage: Storage, epoch: int = 1) -> list[str]:
    return [o.id for o in await storage.outbox.claim("line", epoch, NOW, 100)]


async def begun(storage: Storage, outgoing: Outgoing, epoch: int = 1) -> Outgoing:
    """Stored and attempted once."""
    await storage.outbox.add([outgoing])
    call = await storage.outbox.begin(outgoing.id, epoch, NOW, outgoing.recipients)
    assert call is not None
    return call


async def reread(storage: Storage, outgoing: Outgoing) -> Outgoing:
    (found,) = await storage.outbox.add([outgoing])
    return found


def settled(id: str = "key-1", state: OutgoingState = OutgoingState.ACCEPTED, **fields: object) -> Settlement:  # noqa: A002
    return Settlement(id, state, after(seconds=1), **fields)  # type: ignore[arg-type]


def people(*contacts: str) -> tuple[Recipient, ...]:
    return tuple(Recipient(c, f"U-{c}") for c in contacts)


async def test_a_call_comes_back_as_given(storage: Storage) -> None:
    given = make_outgoing(
        recipients=("a.b", "\x00", "髙"),
        body=bytes(range(256)),
        skipped=(("b", SkipReason.BLOCKED), ("c", SkipReason.UNREGISTERED)),
        purpose=Purpose.REMINDER,
        urgent=True,
        chunk=3,
        lane=1,
        part="line/ja/",
        gives_up_at=after(hours=20),
        state=OutgoingState.SENDING,
        attempts=2,
        first_attempt_at=after(milliseconds=1),
        is_doubtful=True,
        epoch=4,
        request_id="r",
        error="e",
    )
    assert await storage.outbox.add([given]) == [given]
    assert await storage.outbox.add([given]) == [given]


async def test_a_call_is_stored_once_and_the_loser_reads_the_winners(storage: Storage) -> None:
    first = make_outgoing(body=b"first")
    await storage.outbox.add([first])
    other = make_outgoing("key-2", chunk=1)
    assert await storage.outbox.add([other, make_outgoing(body=b"second")]) == [other, first]
    assert await storage.outbox.add([]) == []


async def test_of_many_who_add_a_chunk_all_read_the_same(storage: Storage) -> None:
    found = await asyncio.gather(*(storage.outbox.add([make_outgoing(body=b"%d" % n)]) for n in range(8)))
    assert len({call.body for (call,) in found}) == 1


async def test_the_last_chunk_is_the_whole_with_the_highest_number(storage: Storage) -> None:
    assert await storage.outbox.last_chunk(MAILING) is None
    chunks = [make_outgoing(f"k{n}", chunk=n) for n in (0, 10, 9)]
    await stored(storage, *chunks, make_outgoing("part", chunk=11, part="0"), make_outgoing("x", mailing="m", chunk=12))
    assert await storage.outbox.last_chunk(MAILING) == chunks[1]
    assert await storage.outbox.chunk(MAILING, 9) == chunks[2]
    assert await storage.outbox.chunk(MAILING, 11) is None, "a part is not the whole"
    assert await storage.outbox.chunk("nothing", 0) is None


async def test_claims_come_urgent_first_then_by_due_time(storage: Storage) -> None:
    for name, urgent, minutes in (("a", False, -9), ("b", True, -1), ("c", True, -2), ("d", False, 0), ("e", True, 1)):
        await stored(storage, make_outgoing(name, urgent=urgent, due_at=after(minutes=minutes)))
    assert [o.id for o in await storage.outbox.claim("line", 1, NOW, 3)] == ["c", "b", "a"]
    assert await claimed(storage) == ["d"]
    assert await claimed(storage) == []


async def test_a_claim_is_marked_with_the_epoch_and_comes_up_again_after_60_seconds(storage: Storage) -> None:
    call = make_outgoing()
    await stored(storage, call)
    (claim,) = await storage.outbox.claim("line", 7, NOW, 10)
    assert claim == replace(call, epoch=7, due_at=after(seconds=60))
    assert await storage.outbox.claim("line", 7, after(seconds=59), 10) == []
    (again,) = await storage.outbox.claim("line", 7, after(seconds=60), 10)
    assert again == replace(call, epoch=7, due_at=after(seconds=120))


async def test_the_first_chunk_of_a_mailing_passes_the_others_but_not_what_is_urgent(storage: Storage) -> None:
    await stored(
        storage,
        make_outgoing("town", lane=1, due_at=after(minutes=-9)),
        make_outgoing("class", mailing="notice-2/notice", due_at=after(minutes=-1)),
        make_outgoing("storm", mailing="notice-3/notice", lane=1, urgent=True),
    )
    assert await claimed(storage) == ["storm", "class", "town"]


async def test_claims_are_of_one_channel(storage: Storage) -> None:
    await stored(storage, make_outgoing("a"), make_outgoing("b", channel="sms"))
    assert [o.id for o in await storage.outbox.claim("sms", 1, NOW, 10)] == ["b"]
    assert await storage.outbox.claim("mail", 1, NOW, 10) == []


@pytest.mark.parametrize("state", [s for s in OutgoingState if s not in (OutgoingState.WAITING, OutgoingState.SENDING)])
async def test_what_is_settled_is_never_claimed(storage: Storage, state: OutgoingState) -> None:
    await stored(storage, make_outgoing(state=state))
    assert await claimed(storage) == []


async def test_what_a_later_epoch_claimed_is_left_to_it(storage: Storage) -> None:
    await stored(storage, make_outgoing())
    await storage.outbox.claim("line", 5, NOW, 10)
    assert await storage.outbox.claim("line", 4, after(minutes=5), 10) == []
    assert len(await storage.outbox.claim("line", 6, after(minutes=5), 10)) == 1


async def test_of_many_who_claim_each_call_goes_to_one(storage: Storage) -> None:
    await stored(storage, *(make_outgoing(f"k{n:02}") for n in range(20)))
    claims = await asyncio.gather(*(storage.outbox.claim("line", 1, NOW, 5) for _ in range(6)))
    ids = [o.id for claim in claims for o in claim]
    while late := await claimed(storage):
        ids += late  # who lost a race for one may have come home with fewer
    assert sorted(ids) == [f"k{n:02}" for n in range(20)]


async def test_the_first_attempt_fixes_the_recipients(storage: Storage) -> None:
    call = make_outgoing(recipients=("a", "b", "c"), skipped=(("x", SkipReason.BLOCKED),))
    await stored(storage, call)
    first = await storage.outbox.begin("key-1", 3, NOW, people("c", "a", "stranger"))
    assert first == replace(
        call,
        recipients=people("a", "c"),
        skipped=(("x", SkipReason.BLOCKED), ("b", SkipReason.CONFIRMED)),
        state=OutgoingState.SENDING,
        attempts=1,
        first_attempt_at=NOW,
        epoch=3,
    )
    assert await reread(storage, call) == first


async def test_a_later_attempt_counts_and_changes_no_recipient(storage: Storage) -> None:
    first = await begun(storage, make_outgoing(recipients=("a", "b")))
    second = await storage.outbox.begin("key-1", 2, after(minutes=1), people("a"))
    assert second == replace(first, attempts=2, epoch=2, is_doubtful=True)


async def test_an_attempt_that_was_settled_leaves_no_doubt_behind(storage: Storage) -> None:
    await begun(storage, make_outgoing())
    await storage.outbox.settle(settled(state=OutgoingState.SENDING, due_at=NOW, error="rate limit"), 1)
    again = await storage.outbox.begin("key-1", 1, after(minutes=1), ())
    assert again is not None
    assert (again.is_doubtful, again.error, again.is_in_doubt) == (False, None, True)


async def test_what_was_clearly_refused_and_waits_is_as_if_it_had_never_been_tried(storage: Storage) -> None:
    first = await begun(storage, make_outgoing(recipients=("a", "b")))
    await storage.outbox.settle(settled(state=OutgoingState.WAITING, due_at=NOW, error="monthly limit"), 1)
    waiting = await reread(storage, first)
    assert (waiting.first_attempt_at, waiting.attempts, waiting.is_in_doubt) == (None, 1, False)
    again = await storage.outbox.begin("key-1", 1, after(days=9), people("b"))
    assert again is not None
    assert (again.first_attempt_at, again.recipients) == (after(days=9), people("b"))
    assert again.skipped == (("a", SkipReason.CONFIRMED),)


async def test_what_a_later_epoch_holds_may_not_be_attempted(storage: Storage) -> None:
    await stored(storage, make_outgoing())
    await storage.outbox.claim("line", 5, NOW, 10)
    assert await storage.outbox.begin("key-1", 4, NOW, people("1001-1")) is None
    assert (await reread(storage, make_outgoing())).attempts == 0
    assert await storage.outbox.begin("nothing", 4, NOW, ()) is None


@pytest.mark.parametrize("state", [s for s in OutgoingState if s not in (OutgoingState.WAITING, OutgoingState.SENDING)])
async def test_what_is_settled_may_not_be_attempted(storage: Storage, state: OutgoingState) -> None:
    await stored(storage, make_outgoing(state=state))
    assert await storage.outbox.begin("key-1", 1, NOW, people("1001-1")) is None


async def test_a_settlement_is_written(storage: Storage) -> None:
    call = await begun(storage, make_outgoing())
    assert await storage.outbox.settle(settled(request_id="r1"), 1)
    assert await reread(storage, call) == replace(
        call, state=OutgoingState.ACCEPTED, settled_at=after(seconds=1), request_id="r1"
    )
    assert await claimed(storage, epoch=9) == []


async def test_what_is_settled_stays_settled(storage: Storage) -> None:
    call = await begun(storage, make_outgoing())
    await storage.outbox.settle(settled(), 1)
    final = await reread(storage, call)
    for state in (OutgoingState.REFUSED, OutgoingState.ACCEPTED, OutgoingState.SENDING):
        assert not await storage.outbox.settle(settled(state=state), 2)
    assert await reread(storage, call) == final


async def test_a_settlement_of_an_older_epoch_is_refused(storage: Storage) -> None:
    call = await begun(storage, make_outgoing(), epoch=5)
    assert not await storage.outbox.settle(settled(), 4)
    assert await reread(storage, call) == call
    assert await storage.outbox.settle(settled(), 5)


async def test_settling_what_is_not_there_is_refused(storage: Storage) -> None:
    assert not await storage.outbox.settle(settled("nothing"), 1)


async def test_a_call_to_be_repeated_comes_up_when_due(storage: Storage) -> None:
    call = await begun(storage, make_outgoing())
    again = settled(state=OutgoingState.SENDING, due_at=after(minutes=2), is_doubtful=True, error="time-out")
    assert await storage.outbox.settle(again, 1)
    assert await storage.outbox.claim("line", 1, after(minutes=1), 10) == []
    (claim,) = await storage.outbox.claim("line", 1, after(minutes=2), 10)
    assert claim == replace(call, is_doubtful=True, error="time-out", due_at=after(minutes=3))


async def test_doubt_is_never_taken_back(storage: Storage) -> None:
    call = await begun(storage, make_outgoing())
    await storage.outbox.settle(settled(state=OutgoingState.SENDING, due_at=NOW, is_doubtful=True), 1)
    await storage.outbox.settle(settled(state=OutgoingState.REFUSED, error="400"), 1)
    assert (await reread(storage, call)).is_doubtful


async def test_of_many_who_settle_one_is_told_so(storage: Storage) -> None:
    await begun(storage, make_outgoing())
    told = await asyncio.gather(*(storage.outbox.settle(settled(request_id=f"{n}"), 1) for n in range(8)))
    assert sum(told) == 1


def halves() -> list[Outgoing]:
    return [make_outgoing(f"half-{p}", part=p, recipients=(c,)) for p, c in (("0", "1001-1"), ("1", "1002-1"))]


async def test_a_split_call_is_carried_on_by_its_halves(storage: Storage) -> None:
    call = await begun(storage, make_outgoing())
    assert await storage.outbox.split("key-1", 1, halves(), after(seconds=1))
    assert await reread(storage, call) == replace(call, state=OutgoingState.SPLIT, settled_at=after(seconds=1))
    assert await claimed(storage) == ["half-0", "half-1"]


async def test_a_split_repeated_changes_nothing(storage: Storage) -> None:
    call = await begun(storage, make_outgoing())
    await storage.outbox.split("key-1", 1, halves(), after(seconds=1))
    whole = await reread(storage, call)
    assert not await storage.outbox.split("key-1", 1, halves(), after(seconds=2))
    assert await reread(storage, call) == whole
    assert await claimed(storage) == ["half-0", "half-1"]


async def test_a_split_that_stopped_between_its_steps_is_finished_by_the_next(storage: Storage) -> None:
    await begun(storage, make_outgoing())
    await storage.outbox.add(halves())
    assert await storage.outbox.split("key-1", 1, halves(), after(seconds=1))
    assert await claimed(storage) == ["half-0", "half-1"]


@pytest.mark.parametrize("epoch", [4, 5])
async def test_a_split_that_may_not_be_leaves_no_halves(storage: Storage, epoch: int) -> None:
    await begun(storage, make_outgoing(), epoch=5)
    if epoch == 5:
        await storage.outbox.settle(settled(), 5)
    assert not await storage.outbox.split("key-1", epoch, halves(), NOW)
    assert await claimed(storage, epoch=9) == ([] if epoch == 5 else ["key-1"])
    assert not await storage.outbox.split("nothing", 9, halves(), NOW)
    assert await claimed(storage, epoch=9) == []


async def test_who_looks_for_work_beside_a_split_takes_nothing_from_its_halves(storage: Storage) -> None:
    for n in range(15):
        call = await begun(storage, make_outgoing(f"w{n}", chunk=n, recipients=("a", "b")))
        parts = [
            replace(
                call, id=f"w{n}-{p.contact}", part=p.contact, recipients=(p,), state=OutgoingState.WAITING, attempts=0
            )
            for p in call.recipients
        ]
        looks = (storage.outbox.claim("line", 1, NOW, 100) for _ in range(4))
        await asyncio.gather(storage.outbox.split(call.id, 1, parts, NOW), *looks)
    assert OutgoingState.DROPPED not in (await storage.outbox.progress("notice-1")).people


async def test_a_doubtful_call_is_never_split(storage: Storage) -> None:
    await begun(storage, make_outgoing())
    await storage.outbox.settle(settled(state=OutgoingState.SENDING, due_at=NOW, is_doubtful=True), 1)
    assert not await storage.outbox.split("key-1", 1, halves(), NOW)
    assert await claimed(storage) == ["key-1"]


async def test_what_goes_another_way_counts_there_alone(storage: Storage) -> None:
    await stored(storage, make_outgoing("whole", recipients=("1",), state=OutgoingState.SPLIT))
    call = await begun(storage, make_outgoing("a", part="1", recipients=("1",)))
    other = replace(make_outgoing("b", part="1>sms", recipients=("1",)), channel="sms")
    for _ in range(2):
        await storage.outbox.pass_on(call.id, other)
    refused = settled("a", OutgoingState.REFUSED, error="not there")
    assert not await storage.outbox.settle(refused, 1)
    assert await storage.outbox.progress("notice-1") == Progress({OutgoingState.WAITING: 1})
    assert (await storage.outbox.covering(MAILING, ["1"]))["1"] == other
    assert await claimed(storage) == []


async def test_a_call_that_was_refused_before_is_passed_on_too(storage: Storage) -> None:
    await stored(storage, make_outgoing("whole", recipients=("1",), state=OutgoingState.SPLIT))
    call = await begun(storage, make_outgoing("z", part="1", recipients=("1",)))
    await storage.outbox.settle(settled("z", OutgoingState.REFUSED, error="not there"), 1)
    await storage.outbox.pass_on(call.id, replace(make_outgoing("b", part="1>sms", recipients=("1",)), channel="sms"))
    assert await storage.outbox.progress("notice-1") == Progress({OutgoingState.WAITING: 1})
    assert (await storage.outbox.covering(MAILING, ["1"]))["1"].channel == "sms"


async def test_drop_takes_what_was_never_attempted(storage: Storage) -> None:
    attempted = await begun(storage, make_outgoing("attempted", chunk=1))
    await stored(
        storage, make_outgoing("a", chunk=2), make_outgoing("b", chunk=3), make_outgoing("c", notice="notice-2")
    )
    await storage.outbox.claim("line", 1, NOW, 2)
    assert await storage.outbox.drop("notice-1", after(seconds=1), "stopped") == 4
    assert await storage.outbox.drop("notice-1", after(seconds=2), "stopped") == 0
    assert await reread(storage, attempted) == replace(attempted, due_at=(await reread(storage, attempted)).due_at)
    dropped = await reread(storage, make_outgoing("a", chunk=2))
    assert (dropped.state, dropped.settled_at, dropped.error) == (OutgoingState.DROPPED, after(seconds=1), "stopped")
    assert await storage.outbox.begin("a", 1, NOW, dropped.recipients) is None
    assert (await reread(storage, make_outgoing("c", notice="notice-2"))).state is OutgoingState.WAITING


async def test_drop_and_a_first_attempt_never_both_win(storage: Storage) -> None:
    await stored(storage, *(make_outgoing(f"k{n}", chunk=n, recipients=("a",)) for n in range(10)))
    begins = asyncio.gather(*(storage.outbox.begin(f"k{n}", 1, NOW, people("a")) for n in range(10)))
    dropped, begun_calls = await asyncio.gather(storage.outbox.drop("notice-1", NOW, "stopped"), begins)
    assert sum(call is not None for call in begun_calls) + dropped == 10


async def test_progress_counts_people_by_state_and_who_was_skipped(storage: Storage) -> None:
    assert await storage.outbox.progress("nothing") == Progress()
    await begun(storage, make_outgoing("a", recipients=("1", "2"), skipped=(("3", SkipReason.BLOCKED),)))
    await storage.outbox.settle(settled("a"), 1)
    await stored(
        storage,
        make_outgoing(
            "b",
            chunk=1,
            recipients=("4",),
            skipped=(("5", SkipReason.BLOCKED), ("6", SkipReason.UNREGISTERED), ("7", SkipReason.CAPPED)),
        ),
        make_outgoing("c", recipients=("7",), purpose=Purpose.REMINDER, mailing="r"),
        make_outgoing("d", recipients=("8",), notice="notice-2"),
    )
    skipped = {SkipReason.BLOCKED: 2, SkipReason.UNREGISTERED: 1, SkipReason.CAPPED: 1}
    all_of_it = Progress({OutgoingState.ACCEPTED: 2, OutgoingState.WAITING: 2}, skipped)
    of_notice = Progress({OutgoingState.ACCEPTED: 2, OutgoingState.WAITING: 1}, skipped)
    assert await storage.outbox.progress("notice-1") == all_of_it
    assert await storage.outbox.progress("notice-1", Purpose.NOTICE) == of_notice
    assert await storage.outbox.progress("notice-1", Purpose.REMINDER) == Progress({OutgoingState.WAITING: 1})


async def test_progress_of_one_mailing_counts_its_calls_alone(storage: Storage) -> None:
    await stored(
        storage,
        make_outgoing("a", recipients=("1", "2"), purpose=Purpose.REMINDER, mailing="r1"),
        make_outgoing("b", recipients=("3",), purpose=Purpose.REMINDER, mailing="r2"),
    )
    of_mailing = await storage.outbox.progress("notice-1", Purpose.REMINDER, "r1")
    assert of_mailing == Progress({OutgoingState.WAITING: 2})
    assert await storage.outbox.progress("notice-1", mailing="r2") == Progress({OutgoingState.WAITING: 1})
    assert await storage.outbox.progress("notice-1", mailing="r") == Progress()


async def test_a_mailing_moves_until_all_its_calls_are_settled(storage: Storage) -> None:
    of_mailing = ("notice-1", Purpose.NOTICE, MAILING)
    assert not await storage.outbox.is_moving(*of_mailing)
    await stored(storage, make_outgoing("a"), make_outgoing("b", chunk=1), make_outgoing("c", mailing="other"))
    await claimed(storage)
    await storage.outbox.settle(settled("a"), 1)
    assert await storage.outbox.is_moving(*of_mailing)
    await storage.outbox.begin("b", 1, NOW, people("1001-1"))
    assert await storage.outbox.is_moving(*of_mailing)
    await storage.outbox.settle(settled("b", OutgoingState.UNKNOWN), 1)
    assert not await storage.outbox.is_moving(*of_mailing)
    assert await storage.outbox.is_moving("notice-1", Purpose.NOTICE, "other")


async def test_errors_count_people_by_what_was_noted_with_their_calls(storage: Storage) -> None:
    await stored(
        storage,
        make_outgoing("a", recipients=("1", "2")),
        make_outgoing("b", recipients=("3",), chunk=1),
        make_outgoing("c", recipients=("4",), chunk=2),
        make_outgoing("d", recipients=("5",), chunk=3),
        make_outgoing("e", recipients=("6",), mailing="other"),
    )
    await claimed(storage)
    for call, error in (("a", "expired"), ("b", "expired"), ("c", None), ("e", "expired")):
        await storage.outbox.settle(settled(call, OutgoingState.DROPPED, error=error), 1)
    of_mailing = ("notice-1", Purpose.NOTICE, MAILING)
    assert await storage.outbox.errors(*of_mailing, OutgoingState.DROPPED) == {"expired": 3, "": 1}
    assert await storage.outbox.errors(*of_mailing, OutgoingState.WAITING) == {"": 1}
    assert await storage.outbox.errors(*of_mailing, OutgoingState.REFUSED) == {}


async def test_what_is_not_settled_in_time_is_late_by_mailing_and_kind_of_failure(storage: Storage) -> None:
    early, later = after(minutes=-9), after(minutes=-5)
    await stored(
        storage,
        make_outgoing("a", recipients=("1", "2"), created_at=later),
        make_outgoing("b", recipients=("3",), created_at=early, chunk=1),
        make_outgoing("c", recipients=("4",), created_at=early, mailing="r", channel="whatsapp"),
        make_outgoing("d", recipients=("5",), created_at=after(seconds=1)),
        make_outgoing("e", recipients=("6",), created_at=early),
        make_outgoing("f", recipients=("7",), created_at=later, chunk=2),
    )
    assert len(await claimed(storage)) == 5
    await storage.outbox.settle(settled("e"), 1)
    waiting = settled("f", OutgoingState.WAITING, due_at=after(hours=1), failure="out_of_quota", error="429")
    await storage.outbox.settle(waiting, 1)
    assert await storage.outbox.late(NOW) == [
        Late("notice-1/notice", "notice-1", "line", None, 3, early),
        Late("r", "notice-1", "whatsapp", None, 1, early),
        Late("notice-1/notice", "notice-1", "line", "out_of_quota", 1, later),
    ]
    assert await storage.outbox.late(after(hours=-1)) == []


async def test_what_is_late_for_one_kind_of_failure_is_told_alone(storage: Storage) -> None:
    calls = [make_outgoing(f"k{n}", recipients=(f"{n}",), created_at=after(minutes=-n)) for n in range(1, 5)]
    await stored(storage, *calls)
    await claimed(storage)
    assert await storage.outbox.late(NOW, "out_of_quota") == []
    for id_, failure in (("k2", "out_of_quota"), ("k3", "out_of_quota"), ("k4", "rate_limited")):
        waiting = settled(id_, OutgoingState.WAITING, due_at=after(hours=1), failure=failure, error="429")
        await storage.outbox.settle(waiting, 1)
    assert await storage.outbox.late(NOW, "out_of_quota") == [
        Late("notice-1/notice", "notice-1", "line", "out_of_quota", 2, after(minutes=-3))
    ]
    assert await storage.outbox.late(after(minutes=-3), "out_of_quota") == [
        Late("notice-1/notice", "notice-1", "line", "out_of_quota", 1, after(minutes=-3))
    ]

    await storage.outbox.settle(settled("k3"), 1)
    await storage.outbox.begin("k2", 1, NOW, people("2"))
    assert await storage.outbox.late(NOW, "out_of_quota") == [], "over, or tried again"


async def test_halves_are_late_instead_of_their_whole(storage: Storage) -> None:
    await begun(storage, make_outgoing())
    await storage.outbox.split("key-1", 1, halves(), NOW)
    (late,) = await storage.outbox.late(NOW)
    assert late.people == 2


async def test_the_kind_of_a_failure_is_kept_until_the_next_attempt(storage: Storage) -> None:
    call = await begun(storage, make_outgoing())
    again = settled(state=OutgoingState.WAITING, due_at=NOW, failure="rate_limited", error="429")
    await storage.outbox.settle(again, 1)
    assert (await reread(storage, call)).failure == "rate_limited"
    assert (await begun(storage, call)).failure is None
    assert (await reread(storage, call)).failure is None


async def test_progress_counts_who_confirmed_before_the_first_attempt_as_skipped(storage: Storage) -> None:
    await stored(storage, make_outgoing(recipients=("a", "b", "c")))
    await storage.outbox.begin("key-1", 1, NOW, people("b"))
    assert await storage.outbox.progress("notice-1") == Progress({OutgoingState.SENDING: 1}, {SkipReason.CONFIRMED: 2})


async def test_halves_count_instead_of_their_whole_and_whom_it_skipped_stays_counted(storage: Storage) -> None:
    await begun(storage, make_outgoing(skipped=(("x", SkipReason.UNREGISTERED),)))
    await storage.outbox.split("key-1", 1, halves(), NOW)
    assert await storage.outbox.progress("notice-1") == Progress(
        {OutgoingState.WAITING: 2}, {SkipReason.UNREGISTERED: 1}
    )


async def test_every_contact_of_a_chunk_is_covered_sent_to_or_skipped(storage: Storage) -> None:
    first = make_outgoing("k0", recipients=("b", "d"), skipped=(("c", SkipReason.BLOCKED),))
    second = make_outgoing("k1", chunk=1, recipients=("f",), skipped=(("e", SkipReason.UNREGISTERED),))
    await stored(storage, first, second, make_outgoing("x", mailing="other", recipients=("a", "z")))
    assert await storage.outbox.covering(MAILING, list("bcdef")) == {
        "b": first,
        "c": first,
        "d": first,
        "e": second,
        "f": second,
    }
    assert await storage.outbox.covering(MAILING, ["a", "bb", "dd", "g", "\ud800"]) == {}, "in no call, though near one"
    assert await storage.outbox.covering(MAILING, []) == {}
    assert await storage.outbox.covering("nothing", ["b"]) == {}


async def test_many_contacts_are_found_in_their_chunks_as_few_are(storage: Storage) -> None:
    """Among them who stands between two chunks, before and behind all, and who is sent to in another's place."""
    calls = [make_outgoing(f"k{n}", chunk=n, recipients=(f"{n:02}a", f"{n:02}c")) for n in range(1, 30)]
    moved = make_outgoing("k30", chunk=30, recipients=("zz",), first_contact="30a", last_contact="30c")
    await stored(storage, *calls, moved)
    asked = ["00a", "zz", "30b", *(f"{n:02}{letter}" for n in range(1, 30, 2) for letter in "abcd")]
    found = await storage.outbox.covering(MAILING, asked)
    assert found == {r.contact: call for call in calls[::2] for r in call.recipients} | {"zz": moved}
    assert await storage.outbox.covering(MAILING, ["zz"]) == {"zz": moved}


async def test_the_smallest_part_covers_and_the_whole_otherwise(storage: Storage) -> None:
    whole = make_outgoing("whole", recipients=("a", "b", "c", "d"), state=OutgoingState.SPLIT)
    half = make_outgoing("half", part="0", recipients=("a", "b"), state=OutgoingState.SPLIT)
    quarter = make_outgoing("quarter", part="00", recipients=("a",))
    card = make_outgoing("card", part="c", recipients=("c",), channel="sms")
    await stored(storage, quarter, whole, card, half)
    found = await storage.outbox.covering(MAILING, ["a", "b", "c", "d"])
    assert {contact: call.id for contact, call in found.items()} == {
        "a": "quarter",
        "b": "half",
        "c": "card",
        "d": "whole",
    }


async def test_who_was_skipped_by_a_part_is_still_covered_by_it(storage: Storage) -> None:
    whole = make_outgoing("whole", recipients=("a", "b", "c"), state=OutgoingState.SPLIT)
    part = make_outgoing("part", part="0", recipients=("a", "b"))
    await stored(storage, whole, part)
    await storage.outbox.begin("part", 1, NOW, people("a"))
    found = await storage.outbox.covering(MAILING, ["a", "b", "c"])
    assert {contact: call.id for contact, call in found.items()} == {"a": "part", "b": "part", "c": "whole"}


async def test_a_lease_nobody_held_is_taken_once(storage: Storage) -> None:
    assert await storage.leases.read("line") is None
    taken = await storage.leases.take("line", "one", None)
    assert taken is not None
    assert (taken.id, taken.holder, taken.epoch) == ("line", "one", 1)
    assert await storage.leases.read("line") == taken
    assert await storage.leases.take("line", "two", None) is None
    assert await storage.leases.read("line") == taken


async def test_taking_raises_the_epoch_and_only_while_it_is_as_seen(storage: Storage) -> None:
    seen = await storage.leases.take("line", "one", None)
    assert seen is not None
    renewed = await storage.leases.renew(seen)
    assert await storage.leases.take("line", "two", seen) is None, "its holder is alive"
    taken = await storage.leases.take("line", "two", renewed)
    assert taken is not None
    assert (taken.holder, taken.epoch) == ("two", 2)
    assert await storage.leases.take("line", "three", renewed) is None


async def test_renewing_beats_while_it_is_held(storage: Storage) -> None:
    held = await storage.leases.take("line", "one", None)
    assert held is not None
    first = await storage.leases.renew(held)
    second = await storage.leases.renew(held)
    assert first is not None
    assert second is not None
    assert (first.beat, second.beat) == (held.beat + 1, held.beat + 2)
    assert (second.holder, second.epoch) == (held.holder, held.epoch)
    assert await storage.leases.take("line", "two", second) is not None
    assert await storage.leases.renew(second) is None


async def test_the_same_holder_of_an_earlier_epoch_has_lost_it(storage: Storage) -> None:
    old = await storage.leases.take("line", "one", None)
    assert old is not None
    new = await storage.leases.take("line", "one", old)
    assert await storage.leases.renew(old) is None
    assert new is not None
    assert await storage.leases.renew(new) is not None


async def test_of_many_who_take_a_lease_one_has_it(storage: Storage) -> None:
    first = await asyncio.gather(*(storage.leases.take("line", f"p{n}", None) for n in range(6)))
    (seen,) = [lease for lease in first if lease]
    second = await asyncio.gather(*(storage.leases.take("line", f"p{n}", seen) for n in range(6)))
    (now,) = [lease for lease in second if lease]
    assert now.epoch == 2
    assert await storage.leases.read("line") == now


async def test_a_lease_that_was_let_go_of_is_taken_as_it_is_and_its_holder_has_lost_it(storage: Storage) -> None:
    held = await storage.leases.take("line", "one", None)
    assert held is not None
    assert await storage.leases.release(held)
    free = held.but(holder="")
    assert await storage.leases.read("line") == free
    assert await storage.leases.renew(held) is None
    assert not await storage.leases.release(held)
    assert await storage.leases.take("line", "two", held) is None, "it is not as seen"
    taken = await storage.leases.take("line", "two", free)
    assert taken is not None
    assert (taken.holder, taken.epoch) == ("two", 2)


async def test_who_has_lost_a_lease_cannot_let_go_of_it_for_the_next_one(storage: Storage) -> None:
    old = await storage.leases.take("line", "one", None)
    assert old is not None
    new = await storage.leases.take("line", "one", old)
    assert not await storage.leases.release(old)
    assert await storage.leases.read("line") == new


async def test_leases_are_apart(storage: Storage) -> None:
    await storage.leases.take("line", "one", None)
    other = await storage.leases.take("sms", "two", None)
    assert other is not None
    assert other.epoch == 1


async def test_a_pulse_keeps_the_latest_time(storage: Storage) -> None:
    assert await storage.pulses.read("webhook") is None
    for minutes in (1, 3, 2):
        await storage.pulses.beat("webhook", after(minutes=minutes))
    assert await storage.pulses.read("webhook") == after(minutes=3)
    assert await storage.pulses.read("another") is None
