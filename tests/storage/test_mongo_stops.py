"""A verb that stops between any two of its writes, and is called again, leaves what an undisturbed one leaves."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count

import pytest

from storage.base import Storage
from storage.errors import StorageDownError
from storage.models import Audience, Confirmed, OutgoingState, Reach, Settlement
from storage.mongo import MongoStorage, open_mongo
from tests.factories import (
    NOW,
    after,
    make_acknowledgement,
    make_address,
    make_code,
    make_confirmation,
    make_contact,
    make_draft,
    make_entry,
    make_mailing,
    make_outgoing,
    make_receipt,
)
from tests.mongodb import server
from tests.mongodb.proxy import Fault, Proxy
from tests.mongodb.server import Server

EVERYONE = Audience(everyone=True)


@dataclass(frozen=True)
class Verb:
    """What was there before, what is called, what one sees then, and what must hold while it is half done."""

    before: Callable[[Storage], Awaitable[object]]
    call: Callable[[Storage], Awaitable[object]]
    seen: Callable[[Storage], Awaitable[object]]
    half_done: Callable[[Storage], Awaitable[object]] | None = None


async def nothing(_: Storage) -> None:
    """An empty home."""


async def three_people(s: Storage) -> None:
    """c holds an address; b absorbed a, and holds none."""
    await s.contacts.put([make_contact(i, members=(f"m-{i}",), groups=(f"g-{i}",)) for i in "abc"])
    await s.contacts.attach("b", make_address("U-b"))
    await s.contacts.attach("a", make_address("U-b"))
    await s.contacts.attach("c", make_address("U-c"))


async def people(s: Storage) -> object:
    known = await s.contacts.get("abcd")
    groups = [await s.contacts.stream(Audience(groups=(f"g-{i}",)), "", 9) for i in "abcd"]
    return [known, groups, await s.contacts.count(EVERYONE), await s.contacts.by_address("line", ["U-b", "U-c"])]


async def everybody_is_stood_for(s: Storage) -> None:
    """Whoever has an address, or nobody yet: no child falls out of the stream."""
    standing = await s.contacts.of_members(["m-a", "m-b", "m-c"])
    assert all(standing.values())


async def absorb(s: Storage) -> object:
    return await s.contacts.attach("a", make_address("U-c"))


async def read_the_roster_again(s: Storage) -> None:
    fresh = [make_contact(i, name="新", members=(f"m-{i}", "m-x"), groups=(f"g-{i}",)) for i in "abc"]
    await s.contacts.put([*fresh, make_contact("d", members=("m-d",), addresses=(make_address("U-b"),))])


async def append(s: Storage) -> object:
    return await s.append([make_acknowledgement("t1"), make_acknowledgement("t2")], [make_entry()])


async def arrived(s: Storage) -> object:
    return [await s.acknowledgements.get(["t1", "t2"]), await s.inbox.get(["event-1"])]


RECEIPTS = [make_receipt(f"m{n}", notice, contacts=("c1", f"c{n}"), window=n) for n in (1, 70) for notice in ("n", "o")]
CHANGES = [Confirmed(n, "c1", make_confirmation(f"e-{n}")) for n in ("n", "o")]


async def add_receipts(s: Storage) -> None:
    await s.receipts.add(RECEIPTS)


async def receipts_that_were_counted(s: Storage) -> None:
    await s.receipts.add(RECEIPTS)
    await receipts(s)


async def fold(s: Storage) -> object:
    return await s.receipts.fold(CHANGES)


async def receipts(s: Storage) -> object:
    return [[await s.receipts.of(n, ["c1"]), await s.receipts.totals(n)] for n in ("n", "o")]


async def count_again(s: Storage) -> object:
    return [await s.receipts.totals(n) for n in ("n", "o")]


async def receipts_that_changed(s: Storage) -> None:
    await receipts_that_were_counted(s)
    await s.receipts.fold(CHANGES)


HALVES = [make_outgoing(f"half-{c}", part=c, recipients=(c,)) for c in "ab"]


async def one_call(s: Storage) -> None:
    await s.outbox.add([make_outgoing(recipients=("a", "b"))])
    await s.outbox.claim("line", 1, NOW, 10)
    await s.outbox.begin("key-1", 1, NOW, make_outgoing(recipients=("a", "b")).recipients)


async def split(s: Storage) -> None:
    await s.outbox.split("key-1", 1, HALVES, after(seconds=1))


async def no_half_goes_out(s: Storage) -> None:
    """The whole may still be taken by whoever holds the lease by then."""
    assert await s.outbox.claim("line", 1, after(seconds=2), 10) == []
    assert (await s.outbox.progress("notice-1")).people == {OutgoingState.SENDING: 2}
    assert (await s.outbox.covering("notice-1/notice", ["a"]))["a"].id == "key-1"


async def calls(s: Storage) -> object:
    covering = await s.outbox.covering("notice-1/notice", ["a", "b"])
    return [await s.outbox.chunk("notice-1/notice", 0), covering, await s.outbox.progress("notice-1")]


async def two_drafts(s: Storage) -> None:
    for n in range(2):
        await s.drafts.start(make_draft(f"d{n}", created_at=after(seconds=n)))


async def start_draft(s: Storage) -> object:
    return await s.drafts.start(make_draft("d2", created_at=after(seconds=2)))


async def drafts(s: Storage) -> object:
    return [await s.drafts.current("office"), *[await s.drafts.get(f"d{n}") for n in range(3)]]


async def one_code(s: Storage) -> None:
    await s.codes.add([make_code("h1")])


async def add_codes(s: Storage) -> None:
    await s.codes.add([make_code(f"h{n}", created_at=after(seconds=n)) for n in (2, 3)])


async def codes(s: Storage) -> object:
    return [await s.codes.get(f"h{n}") for n in (1, 2, 3)]


async def mailings_due(s: Storage) -> None:
    for n in range(3):
        await s.mailings.add(make_mailing(id=f"m{n}"))


async def stop(s: Storage) -> None:
    await s.mailings.stop("notice-1", NOW)


async def mailings(s: Storage) -> object:
    return [await s.mailings.of_notice("notice-1"), await s.mailings.due(after(days=1), 9)]


VERBS = {
    "absorb": Verb(three_people, absorb, people, everybody_is_stood_for),
    "read the roster again": Verb(three_people, read_the_roster_again, people, everybody_is_stood_for),
    "append": Verb(nothing, append, arrived),
    "add receipts": Verb(nothing, add_receipts, receipts),
    "fold": Verb(receipts_that_were_counted, fold, receipts),
    "count again": Verb(receipts_that_changed, count_again, receipts, receipts),
    "split": Verb(one_call, split, calls, no_half_goes_out),
    "start a draft": Verb(two_drafts, start_draft, drafts),
    "add codes": Verb(one_code, add_codes, codes),
    "stop mailings": Verb(mailings_due, stop, mailings),
}


@asynccontextmanager
async def home(mongodb_server: Server, proxy: Proxy) -> AsyncIterator[Storage]:
    """An empty home by way of the proxy."""
    name = server.new_name()
    storage = await open_mongo(mongodb_server.database_uri_through(proxy.port, name))
    try:
        yield storage
    finally:
        await storage.close()
        mongodb_server.drop(name)


@pytest.mark.parametrize("name", VERBS)
async def test_a_verb_that_stopped_and_is_called_again_leaves_what_it_should(
    name: str, mongodb_server: Server, proxy: Proxy
) -> None:
    verb = VERBS[name]
    async with home(mongodb_server, proxy) as storage:
        await verb.before(storage)
        await verb.call(storage)
        expected = await verb.seen(storage)
    for writes in count():
        async with home(mongodb_server, proxy) as storage:
            await verb.before(storage)
            stopped = proxy.fail(Fault.TIMED_OUT, skip=writes, is_lasting=True)
            try:
                await verb.call(storage)
            except StorageDownError:
                assert stopped.is_set()
            proxy.heal()
            if stopped.is_set() and verb.half_done is not None:
                await verb.half_done(storage)
            await verb.call(storage)
            assert await verb.seen(storage) == expected, f"stopped after {writes} writes"
        if not stopped.is_set():
            break
    assert writes > 0


async def test_what_was_absorbed_stays_reachable_through_whoever_stands_for_it(
    mongodb_server: Server, proxy: Proxy
) -> None:
    async with home(mongodb_server, proxy) as storage:
        await three_people(storage)
        await absorb(storage)
        (target,) = await storage.contacts.stream(EVERYONE, "", 9)
        assert (target.contact, target.reach) == ("c", Reach.REACHABLE)
        assert set(target.members) == {"m-a", "m-b", "m-c"}


async def test_halves_of_a_whole_that_was_accepted_after_all_never_go_out(mongodb_server: Server, proxy: Proxy) -> None:
    """The sender lost its lease between storing the halves and marking the whole; the next one sent the whole."""
    async with home(mongodb_server, proxy) as storage:
        await one_call(storage)
        proxy.fail(Fault.TIMED_OUT, {"update"})
        with pytest.raises(StorageDownError):
            await split(storage)
        (whole,) = await storage.outbox.claim("line", 2, after(seconds=60), 10)
        assert await storage.outbox.settle(Settlement(whole.id, OutgoingState.ACCEPTED, after(seconds=61)), 2)
        await split(storage)
        for seconds in (62, 200):
            assert await storage.outbox.claim("line", 2, after(seconds=seconds), 10) == []
        assert (await storage.outbox.progress("notice-1")).people == {OutgoingState.ACCEPTED: 2}


async def test_reading_a_large_roster_again_takes_few_round_trips(mongodb_server: Server, proxy: Proxy) -> None:
    async with home(mongodb_server, proxy) as storage:
        await three_people(storage)
        roster = [make_contact(f"r{n}") for n in range(300)]
        await storage.contacts.put(roster)
        before = len(proxy.commands())
        await storage.contacts.put([*roster, *(make_contact(i) for i in "abc")])
        assert len(proxy.commands()) - before < 25


async def test_finding_the_calls_of_a_chunks_people_takes_few_round_trips(mongodb_server: Server, proxy: Proxy) -> None:
    async with home(mongodb_server, proxy) as storage:
        people = tuple(f"c{n:03}" for n in range(300))
        await storage.outbox.add([make_outgoing("first", recipients=people[:150])])
        await storage.outbox.add([make_outgoing("second", chunk=1, recipients=people[150:])])
        before = len(proxy.commands())
        assert len(await storage.outbox.covering("notice-1/notice", people)) == 300
        assert len(proxy.commands()) - before < 5


async def test_hearing_of_many_people_takes_one_round_trip(mongodb_server: Server, proxy: Proxy) -> None:
    async with home(mongodb_server, proxy) as storage:
        people = [make_contact(f"c{n}", addresses=(make_address(f"U{n}"),)) for n in range(100)]
        await storage.contacts.put(people)
        before = len(proxy.commands())
        await storage.contacts.hear("line", {f"U{n}": after(minutes=n) for n in range(100)})
        assert len(proxy.commands()) - before == 1
        found = await storage.contacts.get([c.id for c in people])
        assert [found[f"c{n}"].addresses[0].heard_at for n in range(100)] == [after(minutes=n) for n in range(100)]


async def test_hearing_of_somebody_makes_whoever_read_her_before_look_again(
    mongodb_server: Server, proxy: Proxy
) -> None:
    """A change that was decided before she wrote must not be written over the time at which she did."""
    async with home(mongodb_server, proxy) as storage:
        await three_people(storage)
        assert isinstance(storage, MongoStorage)
        read = await storage.contacts._contacts.first({"_id": "c"})
        known = (await storage.contacts.get("c"))["c"]
        await storage.contacts.hear("line", {"U-c": after(hours=1)})
        assert read is not None
        assert not await storage.contacts._write(read, known)
