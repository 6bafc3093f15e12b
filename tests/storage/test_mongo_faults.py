"""MongoDB by a way that breaks: every write is applied once, and what was not durable is never said to be."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from storage.errors import StorageDownError
from storage.models import Address, Audience, Confirmed, Receipt, Totals
from storage.mongo import MongoStorage, open_mongo
from tests.factories import (
    NOW,
    after,
    make_acknowledgement,
    make_address,
    make_confirmation,
    make_contact,
    make_entry,
    make_notice,
    make_outgoing,
    make_receipt,
)
from tests.mongodb.proxy import Fault, Proxy

SURVIVED = [f for f in Fault if f not in (Fault.HOLD, Fault.NO_MAJORITY, Fault.TIMED_OUT)]
every_fault = pytest.mark.parametrize("fault", SURVIVED, ids=lambda fault: fault.name)


@pytest.fixture
async def storage(proxied: str) -> AsyncIterator[MongoStorage]:
    """The MongoDB home by way of `proxy`."""
    home = await open_mongo(proxied)
    yield home
    await home.close()


@pytest.fixture
async def beside(mongodb: str) -> AsyncIterator[MongoStorage]:
    """The same database without the proxy: another process."""
    home = await open_mongo(mongodb)
    yield home
    await home.close()


@every_fault
async def test_what_is_appended_is_new_once_whatever_befalls_the_write(
    storage: MongoStorage, proxy: Proxy, fault: Fault
) -> None:
    taps = [make_acknowledgement(f"tap-{n}") for n in range(3)]
    met = proxy.fail(fault, {"insert"})
    arrived = await storage.append(taps, [make_entry()])
    assert met.is_set()
    assert [a.is_new for a in arrived] == [True, True, True, True]
    assert [a async for a in storage.acknowledgements.log("notice-1")] == taps
    again = await storage.append(taps, [make_entry()])
    assert [a.is_new for a in again] == [False, False, False, False]


@pytest.mark.parametrize("fault", [f for f in SURVIVED if f is not Fault.SWALLOW], ids=lambda fault: fault.name)
async def test_every_kind_of_write_is_applied_once(storage: MongoStorage, proxy: Proxy, fault: Fault) -> None:
    held = await storage.leases.take("line", "a", None)
    assert held is not None
    await storage.outbox.add([make_outgoing()])
    await storage.contacts.put([make_contact()])
    met = [proxy.fail(fault)]
    assert [(await storage.notices.add(make_notice(i))).number for i in "ab"] == [1, 2]
    met.append(proxy.fail(fault))
    assert getattr(await storage.leases.renew(held), "beat", None) == held.beat + 1
    met.append(proxy.fail(fault))
    assert getattr(await storage.outbox.begin("key-1", 1, NOW, []), "attempts", None) == 1
    met.append(proxy.fail(fault))
    await storage.contacts.put([make_contact(name="山田 父")])
    assert (await storage.contacts.get(["1001-1"]))["1001-1"].name == "山田 父"
    met.append(proxy.fail(fault))
    assert await storage.outbox.drop("notice-1", NOW, "stopped") == 0
    assert all(each.is_set() for each in met)


@every_fault
@pytest.mark.parametrize("write", [0, 1], ids=["the receipts", "their windows"])
async def test_fold_survives_a_fault_and_equals_the_pure_fold(
    storage: MongoStorage, proxy: Proxy, fault: Fault, write: int
) -> None:
    receipts = [make_receipt(f"m{n}", contacts=("c1", f"c{n}"), window=n) for n in range(2, 5)]
    await storage.receipts.add(receipts)
    changes = [Confirmed("notice-1", f"c{n}", make_confirmation(f"e{n}", at=after(seconds=-n))) for n in range(1, 4)]
    met = proxy.fail(fault, {"update"}, skip=write)
    folded = await storage.receipts.fold(changes)
    assert met.is_set()
    expected = [_pure(receipt, changes) for receipt in receipts]
    assert list(folded[0].receipts) == expected
    assert await storage.receipts.of("notice-1", ["c1"]) == expected
    assert await storage.receipts.totals("notice-1") == Totals.of(expected)


def _pure(receipt: Receipt, changes: list[Confirmed]) -> Receipt:
    for change in changes:
        receipt = receipt.after(change)
    return receipt


async def test_while_the_database_is_away_nothing_is_said_to_be_stored(storage: MongoStorage, proxy: Proxy) -> None:
    proxy.go_away()
    with pytest.raises(StorageDownError):
        await storage.append([make_acknowledgement()], [make_entry()])
    with pytest.raises(StorageDownError):
        await storage.ping()
    with pytest.raises(StorageDownError):
        await storage.receipts.fold([Confirmed("notice-1", "c1", make_confirmation())])
    proxy.come_back()
    await storage.ping()
    arrived = await storage.append([make_acknowledgement()], [make_entry()])
    assert [(a.is_new, a.is_stored) for a in arrived] == [(True, True), (True, True)]


async def test_a_tap_that_was_stored_but_not_answered_for_is_known_when_it_comes_again(
    storage: MongoStorage, proxy: Proxy
) -> None:
    """The web answered 503, the platform delivers again."""
    proxy.fail(Fault.CUT_AFTER, {"insert"})
    proxy.fail(Fault.TIMED_OUT, {"insert"})
    with pytest.raises(StorageDownError):
        await storage.append([make_acknowledgement()], [])
    (arrived,) = await storage.append([make_acknowledgement()], [])
    assert (arrived.is_new, arrived.applied) == (False, False)


async def test_a_write_that_the_majority_did_not_take_is_not_durable(storage: MongoStorage, proxy: Proxy) -> None:
    proxy.fail(Fault.NO_MAJORITY, {"insert"})
    with pytest.raises(StorageDownError):
        await storage.append([make_acknowledgement()], [])
    proxy.fail(Fault.NO_MAJORITY, {"update"})
    with pytest.raises(StorageDownError):
        await storage.ping()
    proxy.fail(Fault.NO_MAJORITY, {"findAndModify"})
    with pytest.raises(StorageDownError):
        await storage.notices.add(make_notice())


async def test_the_words_of_a_failure_carry_no_stored_value(storage: MongoStorage, proxy: Proxy) -> None:
    proxy.fail(Fault.TIMED_OUT, {"insert"})
    with pytest.raises(StorageDownError) as told:
        await storage.append([make_acknowledgement("tap-1", user="U-secret")], [])
    assert "secret" not in str(told.value)
    assert "50" in str(told.value)


async def test_a_change_during_a_recount_is_counted_by_the_next(
    storage: MongoStorage, beside: MongoStorage, proxy: Proxy
) -> None:
    receipts = [make_receipt(f"m{n}", contacts=(f"c{n}",)) for n in range(3)]
    await storage.receipts.add(receipts)
    held = proxy.fail(Fault.HOLD, {"aggregate"})
    recount = asyncio.create_task(storage.receipts.totals("notice-1"))
    await asyncio.to_thread(held.wait, 10)
    await beside.receipts.fold([Confirmed("notice-1", "c1", make_confirmation())])
    proxy.release()
    assert (await recount).all == 3
    assert (await storage.receipts.totals("notice-1")).confirmed == 1


async def test_two_who_fold_into_one_receipt_at_once_lose_nothing(
    storage: MongoStorage, beside: MongoStorage, proxy: Proxy
) -> None:
    """The one has read, the other writes: the one reads again."""
    await storage.receipts.add([make_receipt("m1", contacts=("c1", "c2"))])
    held = proxy.fail(Fault.HOLD, {"find"})
    slow = asyncio.create_task(storage.receipts.fold([Confirmed("notice-1", "c1", make_confirmation("e1"))]))
    await asyncio.to_thread(held.wait, 10)
    await beside.receipts.fold([Confirmed("notice-1", "c2", make_confirmation("e2"))])
    proxy.release()
    (folded,) = await slow
    assert set(folded.receipts[0].answers) == {"c1", "c2"}
    assert await beside.receipts.of("notice-1", ["c1"]) == list(folded.receipts)


async def test_two_who_absorb_each_other_at_once_do_not_both_vanish(
    storage: MongoStorage, beside: MongoStorage, proxy: Proxy
) -> None:
    """Two accounts of one mother, each sending the other's code; both have read before either is marked."""
    for contact in "bc":
        await storage.contacts.put([make_contact(contact, members=(f"m-{contact}",))])
        await storage.contacts.attach(contact, make_address(f"U-{contact}"))
    both = [proxy.fail(Fault.HOLD, {"update"}) for _ in range(2)]
    crossing = [asyncio.create_task(storage.contacts.attach(*c)) for c in _crosswise()]
    for held in both:
        await asyncio.to_thread(held.wait, 10)
    proxy.release()
    await asyncio.gather(*crossing)
    (stays,) = await beside.contacts.stream(Audience(everyone=True), "", 9)
    assert set(stays.members) == {"m-b", "m-c"}
    assert {(await beside.contacts.attach(*c)).id for c in _crosswise()} == {stays.contact}


def _crosswise() -> list[tuple[str, Address]]:
    return [("b", make_address("U-c")), ("c", make_address("U-b"))]


async def test_of_two_who_absorb_each_other_one_finishes_what_the_other_stopped_at(
    storage: MongoStorage, proxy: Proxy
) -> None:
    for contact in "bc":
        await storage.contacts.put([make_contact(contact, members=(f"m-{contact}",))])
        await storage.contacts.attach(contact, make_address(f"U-{contact}"))
    (one, other) = _crosswise()
    held = proxy.fail(Fault.HOLD, {"update"})
    crossing = asyncio.create_task(storage.contacts.attach(*one))
    await asyncio.to_thread(held.wait, 10)
    proxy.fail(Fault.TIMED_OUT, {"update"}, skip=1)
    with pytest.raises(StorageDownError):
        await storage.contacts.attach(*other)
    proxy.release()
    stays = await crossing
    assert set(stays.members) == {"m-b", "m-c"}
    assert [t.contact for t in await storage.contacts.stream(Audience(everyone=True), "", 9)] == [stays.id]


async def test_what_is_put_while_it_is_absorbed_reaches_whoever_absorbs_it(
    storage: MongoStorage, beside: MongoStorage, proxy: Proxy
) -> None:
    await storage.contacts.put([make_contact("a", members=("m-a",)), make_contact("b", members=("m-b",))])
    await storage.contacts.attach("b", make_address("U-b"))
    held = proxy.fail(Fault.HOLD, {"update"})
    absorbing = asyncio.create_task(storage.contacts.attach("a", make_address("U-b")))
    await asyncio.to_thread(held.wait, 10)
    await beside.contacts.put([make_contact("a", members=("m-a", "m-new"))])
    proxy.release()
    assert set((await absorbing).members) == {"m-b", "m-a", "m-new"}
