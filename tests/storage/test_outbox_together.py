"""Several calls in one step of the outbox: each fares as it would have alone."""

from __future__ import annotations

from dataclasses import replace

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


async def test_nothing_at_all_is_no_step(storage: Storage) -> None:
    assert await storage.outbox.begin_all({}, 1, NOW) == {}
    await storage.outbox.settle_all([], 1)
