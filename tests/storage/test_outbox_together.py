"""Several calls in one step of the outbox: each fares as it would have alone."""

from __future__ import annotations

from msgspec.structs import replace

from storage.base import Storage
from storage.models import OutgoingState, Recipient, Settlement, SkipReason
from tests.factories import NOW, after, make_outgoing

FREE, HELD, OVER = "key-1", "key-2", "key-3"


async def found_three(storage: Storage) -> None:
    """One that is free, one that a later epoch holds, one that is over."""
    await storage.outbox.add([make_outgoing(id=HELD, chunk=1)])
    await storage.outbox.claim("line", 5, NOW, 10)
    free = make_outgoing(id=FREE, chunk=2, recipients=("a", "b"))
    await storage.outbox.add([free, make_outgoing(id=OVER, chunk=3, state=OutgoingState.ACCEPTED)])


async def test_those_that_may_be_attempted_are_begun(storage: Storage) -> None:
    await found_three(storage)
    a = (Recipient("a", "U-a"),)

    begun = await storage.outbox.begin_all(dict.fromkeys((FREE, HELD, OVER, "nothing"), a), 4, NOW)

    assert list(begun) == [FREE]
    assert begun[FREE].recipients == a
    assert begun[FREE].skipped == (("b", SkipReason.CONFIRMED),)
    assert (begun[FREE].state, begun[FREE].attempts, begun[FREE].first_attempt_at) == (OutgoingState.SENDING, 1, NOW)
    assert await storage.outbox.add([begun[FREE]]) == [begun[FREE]]


async def test_an_attempt_that_nobody_settled_is_in_doubt_the_next_time(storage: Storage) -> None:
    await found_three(storage)
    first = (await storage.outbox.begin_all({FREE: (Recipient("a", "U-a"),)}, 4, NOW))[FREE]

    second = await storage.outbox.begin_all({FREE: ()}, 5, after(minutes=1))

    assert second == {FREE: replace(first, attempts=2, epoch=5, is_doubtful=True)}


async def test_each_is_settled_by_itself(storage: Storage) -> None:
    await found_three(storage)
    await storage.outbox.begin_all({FREE: (Recipient("a", "U-a"),)}, 4, NOW)

    results = [Settlement(id_, OutgoingState.REFUSED, NOW, error="400") for id_ in (FREE, HELD, OVER, "nothing")]
    await storage.outbox.settle_all(results, 4)

    calls = [make_outgoing(id=id_, chunk=chunk) for id_, chunk in ((FREE, 2), (HELD, 1), (OVER, 3))]
    states = [call.state for call in await storage.outbox.add(calls)]
    assert states == [OutgoingState.REFUSED, OutgoingState.WAITING, OutgoingState.ACCEPTED]


async def test_of_two_settlements_for_one_call_the_second_follows_upon_the_first(storage: Storage) -> None:
    await found_three(storage)
    await storage.outbox.begin_all(dict.fromkeys((FREE,), (Recipient("a", "U-a"),)), 4, NOW)
    waits = Settlement(FREE, OutgoingState.SENDING, NOW, after(minutes=1), is_doubtful=True, error="time-out")
    over = Settlement(FREE, OutgoingState.ACCEPTED, NOW, request_id="r1")

    await storage.outbox.settle_all([waits, over, replace(over, state=OutgoingState.REFUSED, request_id="r2")], 4)

    (call,) = await storage.outbox.add([make_outgoing(id=FREE, chunk=2)])
    assert (call.state, call.request_id, call.is_doubtful) == (OutgoingState.ACCEPTED, "r1", True)
    assert (call.due_at, call.error) == (after(minutes=1), None)


async def test_nothing_at_all_is_no_step(storage: Storage) -> None:
    assert await storage.outbox.begin_all({}, 1, NOW) == {}
    await storage.outbox.settle_all([], 1)


async def test_what_is_held_as_it_was_claimed_is_begun_as_if_it_were_read(storage: Storage) -> None:
    await storage.outbox.add([make_outgoing(id=FREE, recipients=("a", "b")), make_outgoing(id=HELD, chunk=1)])
    held = {call.id: call for call in await storage.outbox.claim("line", 4, NOW, 10)}
    wanted = {FREE: (Recipient("a", "U-a"),), HELD: held[HELD].recipients}

    begun = await storage.outbox.begin_all(wanted, 4, NOW, held)

    assert begun[FREE].skipped == (("b", SkipReason.CONFIRMED),)
    for call, recipients in ((held[FREE], wanted[FREE]), (held[HELD], wanted[HELD])):
        assert begun[call.id] == replace(
            call,
            recipients=recipients,
            skipped=begun[call.id].skipped,
            state=OutgoingState.SENDING,
            attempts=1,
            first_attempt_at=NOW,
        )
    assert await storage.outbox.add(list(begun.values())) == list(begun.values())
    assert (await storage.outbox.progress("notice-1")).skipped == {SkipReason.CONFIRMED: 1}


async def test_what_changed_since_it_was_claimed_is_begun_as_it_stands(storage: Storage) -> None:
    """Claimed twice, for the first sender took more than a minute; what she did meanwhile is not forgotten."""
    await storage.outbox.add([make_outgoing(id=FREE, recipients=("a", "b")), make_outgoing(id=HELD, chunk=1)])
    held = {call.id: call for call in await storage.outbox.claim("line", 4, NOW, 10)}
    a = (Recipient("a", "U-a"),)
    await storage.outbox.begin_all({FREE: a}, 4, NOW)
    await storage.outbox.settle(Settlement(FREE, OutgoingState.WAITING, NOW, error="429"), 4)
    await storage.outbox.drop("notice-1", NOW, "stopped")
    await storage.outbox.add([make_outgoing(id=OVER, chunk=2, recipients=("a", "b"))])
    held |= {call.id: call for call in await storage.outbox.claim("line", 4, NOW, 10)}
    await storage.outbox.begin_all({OVER: a}, 4, NOW)
    await storage.outbox.settle(Settlement(OVER, OutgoingState.SENDING, NOW, error="503", is_doubtful=True), 4)

    begun = await storage.outbox.begin_all({i: held[i].recipients for i in held}, 4, after(minutes=1), held)

    assert list(begun) == [OVER]
    (call,) = begun.values()
    assert (call.attempts, call.first_attempt_at, call.is_doubtful, call.recipients) == (2, NOW, True, a)
    assert await storage.outbox.add([call]) == [call]


async def test_what_a_later_epoch_holds_is_not_begun_as_it_was_held(storage: Storage) -> None:
    await storage.outbox.add([make_outgoing(id=FREE)])
    held = {call.id: call for call in await storage.outbox.claim("line", 4, NOW, 10)}
    await storage.outbox.claim("line", 5, after(minutes=2), 10)
    assert await storage.outbox.begin_all({FREE: held[FREE].recipients}, 4, after(minutes=2), held) == {}


async def test_chunks_are_stored_one_after_the_other_up_to_one_that_is_there(storage: Storage) -> None:
    chunks = [make_outgoing(f"chunk-{n}", chunk=n, recipients=(f"{n}",)) for n in range(4)]
    assert await storage.outbox.add_in_order(chunks[:1]) == chunks[:1]
    others = replace(chunks[2], recipients=chunks[3].recipients)
    await storage.outbox.add([others])

    assert await storage.outbox.add_in_order(chunks[1:]) == [chunks[1], others]
    assert await storage.outbox.last_chunk(chunks[0].mailing) == others
    assert await storage.outbox.add_in_order(chunks) == chunks[:1]
    assert await storage.outbox.add_in_order([]) == []
