"""Every home answers as SQLite does: the same operations, drawn at random from a small world, answer by answer.

What the contract leaves open (the order of a log, a lease's first beat) is put in order before it is compared.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.base import Storage
from storage.errors import StorageError
from storage.models import (
    AddressState,
    Audience,
    Confirmation,
    Confirmed,
    Coverage,
    DraftState,
    NoticeMark,
    Outcome,
    OutgoingState,
    Reach,
    Reached,
    Recipient,
    Role,
    Settlement,
    SkipReason,
)
from tests.factories import (
    after,
    make_acknowledgement,
    make_address,
    make_audit_entry,
    make_code,
    make_contact,
    make_draft,
    make_entry,
    make_mailing,
    make_member,
    make_notice,
    make_outgoing,
    make_receipt,
)
from tests.storage.homes import EXAMPLES, HOMES, sqlite_home

TWINS = sorted(set(HOMES) - {"sqlite"})


@dataclass(frozen=True)
class Operation:
    """Words for whoever reads a failure, and what is done."""

    words: str
    run: Callable[[Storage], Awaitable[object]] = field(repr=False)


def operation(
    verb: Callable[..., Awaitable[object]], *arguments: st.SearchStrategy[Any]
) -> st.SearchStrategy[Operation]:
    """`verb` is called with the storage and a value of each strategy."""
    return st.tuples(*arguments).map(
        lambda values: Operation(f"{verb.__name__}{values}", lambda storage: verb(storage, *values))
    )


def some(values: st.SearchStrategy[Any], most: int = 3) -> st.SearchStrategy[Any]:
    return st.lists(values, max_size=most)


def one_of(*values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(values)


MOMENT = st.integers(0, 6).map(lambda s: after(seconds=s))
LIMIT = st.integers(1, 4)
MEMBER = one_of("m1", "m2", "m3", "m.$")
CONTACT = one_of("c1", "c2", "c3", "c4", "c.$")
USER = one_of("U1", "U2", "U3")
GROUP = one_of("a", "b", "ア")
GROUPS = some(GROUP).map(lambda groups: tuple(dict.fromkeys(groups)))
AUDIENCE = st.one_of(GROUPS.map(lambda g: Audience(groups=g)), st.just(Audience(everyone=True)))
NOTICE = one_of("n1", "n2")
EVENT = one_of("e1", "e2", "e3", "e4", "e5")
KEY = one_of("k1", "k2", "k3", "k4")
EPOCH = st.integers(1, 3)
CHOICE = one_of("ok", "欠.席")

member = st.builds(make_member, MEMBER, kana=one_of("ア", "イ", "ウ"), groups=GROUPS)
contact = st.builds(
    make_contact,
    CONTACT,
    members=some(MEMBER).map(lambda m: tuple(dict.fromkeys(m))),
    groups=GROUPS,
    addresses=some(st.builds(make_address, USER), 1).map(tuple),
)
tap = st.builds(make_acknowledgement, EVENT, user=USER, notice=NOTICE, choice=CHOICE, received_at=MOMENT, at=MOMENT)
entry = st.builds(make_entry, EVENT, user=USER, kind=one_of("text", "file"), at=MOMENT, received_at=MOMENT)
receipt = st.builds(
    make_receipt,
    MEMBER,
    NOTICE,
    contacts=some(CONTACT).map(lambda c: tuple(dict.fromkeys(c))),
    coverage=st.sampled_from(Coverage),
    window=st.integers(0, 1),
)
change = st.one_of(
    st.builds(Confirmed, NOTICE, CONTACT, st.builds(Confirmation, MOMENT, EVENT, CHOICE)),
    st.builds(Reached, NOTICE, CONTACT, st.booleans()),
)
outgoing = st.builds(
    lambda key, chunk, part, people, skipped, due, urgent: make_outgoing(
        f"{key}{part}",
        chunk=chunk,
        part=part,
        recipients=tuple(sorted(set(people))),
        skipped=tuple((c, SkipReason.CAPPED) for c in sorted(set(skipped) - set(people))),
        due_at=due,
        urgent=urgent,
    ),
    KEY,
    st.integers(0, 1),
    one_of("", "", "0", "c1"),
    some(CONTACT),
    some(CONTACT, 1),
    MOMENT,
    st.booleans(),
)
draft = st.builds(make_draft, one_of("d1", "d2", "d3"), owner=one_of("o1", "o2"), created_at=MOMENT)
code = st.builds(make_code, one_of("h1", "h2", "h3"), contact=one_of("c1", "c2"), created_at=MOMENT)


async def append(s: Storage, taps: list[Any], entries: list[Any]) -> object:
    return await s.append(taps, entries)


async def taps_settled(s: Storage, events: list[str], outcome: Outcome) -> object:
    await s.acknowledgements.settle(dict.fromkeys(events, outcome))
    return [await s.acknowledgements.get(events), await s.acknowledgements.pending(after(seconds=4), 3)]


async def log(s: Storage, notice: str) -> object:
    return sorted([a async for a in s.acknowledgements.log(notice)], key=lambda a: a.id)


async def entry_settled(s: Storage, event: str, owed: bytes | None) -> object:
    await s.inbox.settle(event, owed)
    return [await s.inbox.get([event]), await s.inbox.pending(after(seconds=4), 3)]


async def inbox_read(s: Storage, user: str, at: Any) -> object:
    return [await s.inbox.take_owed("line", user), await s.inbox.since("line", user, ["text"], at)]


async def forgotten(s: Storage, at: Any) -> object:
    return await s.inbox.forget(at)


async def members_put(s: Storage, members: list[Any]) -> object:
    await s.members.put(members)
    return await s.members.groups()


async def members_read(s: Storage, audience: Audience, begin: str, limit: int) -> object:
    pages: list[object] = [await s.members.page(audience, begin, limit), await s.members.sample(audience, limit)]
    missing = [await s.receipts.missing(make_notice(n, audience=audience), begin, limit) for n in ("n1", "n2")]
    return [*pages, *missing, await s.members.count(audience)]


async def contacts_put(s: Storage, contacts: list[Any]) -> object:
    await s.contacts.put(contacts)
    return await s.contacts.get([c.id for c in contacts])


async def attached(s: Storage, to: str, user: str, at: Any) -> object:
    return await s.contacts.attach(to, make_address(user, state_at=at))


async def state_set(s: Storage, user: str, state: AddressState, at: Any) -> object:
    return await s.contacts.set_state("line", user, state, at)


async def role_set(s: Storage, to: str, role: Role) -> object:
    await s.contacts.set_role(to, role)
    return sorted(c.id for c in await s.contacts.administrators())


async def contacts_read(s: Storage, audience: Audience, reach: Reach, begin: str, limit: int) -> object:
    pages: list[object] = [await s.contacts.stream(audience, begin, limit)]
    pages.append(await s.contacts.page(audience, reach, begin, limit))
    found: list[object] = [await s.contacts.by_address("line", ["U1", "U2", "U3"])]
    found.append(await s.contacts.identities("line", ["U1", "U2", "U3"]))
    found.append(await s.contacts.of_members(["m1", "m2", "m.$"]))
    found.append(await s.contacts.targets(["c1", "c2", "c.$", "nobody"]))
    return [*pages, *found, await s.contacts.count(audience)]


async def notice_added(s: Storage, notice: str, sender: str) -> object:
    return [await s.notices.add(make_notice(notice, sender=sender)), await s.notices.latest(2, sender=sender)]


async def notice_marked(s: Storage, notice: str, mark: NoticeMark, at: Any) -> object:
    return await s.notices.mark(notice, mark, at)


async def mailing_added(s: Storage, notice: str, urgent: bool, due: Any) -> object:
    await s.mailings.add(make_mailing(notice, urgent=urgent, due_at=due, id=f"{notice}/{urgent}"))
    return [await s.mailings.of_notice(notice), await s.mailings.due(after(seconds=3), 2)]


async def mailing_ended(s: Storage, notice: str, urgent: bool, stop: bool, at: Any) -> object:
    await (s.mailings.stop(notice, at) if stop else s.mailings.finish(f"{notice}/{urgent}", at))
    return await s.mailings.of_notice(notice)


async def mailing_postponed(s: Storage, notice: str, urgent: bool, until: Any) -> object:
    await s.mailings.postpone(f"{notice}/{urgent}", until)
    return [await s.mailings.of_notice(notice), await s.mailings.between(after(), after(seconds=4))]


async def receipts_added(s: Storage, receipts: list[Any]) -> object:
    await s.receipts.add(receipts)
    return [await s.receipts.totals(n) for n in ("n1", "n2")]


async def obliged(s: Storage, notice: str, audience: Audience, coverage: Coverage, members: list[str]) -> object:
    await s.receipts.oblige(make_notice(notice, audience=audience, coverage=coverage), members, 1)
    return [await s.receipts.totals(notice), await s.receipts.page(notice, True, "", 9)]


async def folded(s: Storage, changes: list[Any]) -> object:
    return [await s.receipts.fold(changes), await s.receipts.totals("n1"), await s.receipts.totals("n2")]


async def receipts_read(s: Storage, notice: str, is_open: bool, limit: int, contacts: list[str]) -> object:
    open_ = sorted(await s.receipts.open_of(contacts, 99), key=lambda r: r.id)
    names = await s.receipts.names(notice, contacts)
    small = [await s.receipts.waiting(notice, contacts), {c: sorted(n) for c, n in names.items()}]
    small += [await s.receipts.done(make_notice(notice, coverage=coverage), contacts) for coverage in Coverage]
    return [*small, await s.receipts.page(notice, is_open, "", limit), await s.receipts.of(notice, contacts), open_]


async def outgoing_added(s: Storage, calls: list[Any]) -> object:
    return await s.outbox.add(calls)


async def claimed(s: Storage, epoch: int, at: Any, limit: int) -> object:
    return await s.outbox.claim("line", epoch, at, limit)


async def begun(s: Storage, key: str, epoch: int, at: Any, contacts: list[str]) -> object:
    return await s.outbox.begin(key, epoch, at, [Recipient(c, f"U-{c}") for c in contacts])


async def settled(s: Storage, key: str, epoch: int, state: OutgoingState, at: Any, error: str | None) -> object:
    return await s.outbox.settle(Settlement(key, state, at, due_at=at, error=error), epoch)


async def split(s: Storage, key: str, epoch: int, at: Any) -> object:
    halves = [make_outgoing(f"{key}/{p}", part=p, recipients=(c,)) for p, c in (("00", "c1"), ("01", "c2"))]
    return await s.outbox.split(key, epoch, halves, at)


async def dropped(s: Storage, at: Any) -> object:
    return await s.outbox.drop("notice-1", at, "stopped")


async def outbox_read(s: Storage) -> object:
    return [await s.outbox.progress("notice-1"), await s.outbox.progress("notice-1", "notice")]


async def lease_taken(s: Storage, holder: str, blind: bool) -> object:
    taken = await s.leases.take("line", holder, None if blind else await s.leases.read("line"))
    return taken and (taken.holder, taken.epoch)


async def lease_renewed(s: Storage) -> object:
    held = await s.leases.read("line")
    renewed = await s.leases.renew(held) if held else None
    return held and renewed and renewed.beat - held.beat


async def lease_released(s: Storage) -> object:
    held = await s.leases.read("line")
    return held and [await s.leases.release(held), await s.leases.renew(held) is None]


async def draft_started(s: Storage, given: Any) -> object:
    return [await s.drafts.start(given), await s.drafts.current(given.owner)]


async def draft_saved(s: Storage, draft: str, state: DraftState, stale: bool) -> object:
    stored = await s.drafts.get(draft)
    if stored is None:
        return None
    wanted = stored.but(state=state, revision=stored.revision - stale)
    return [await s.drafts.save(wanted), await s.drafts.current(stored.owner)]


async def codes_added(s: Storage, codes: list[Any]) -> object:
    await s.codes.add(codes)
    return [await s.codes.get(c) for c in ("h1", "h2", "h3")]


async def code_used(s: Storage, code: str, user: str, at: Any, offer: bool) -> object:
    return await (s.codes.offer(code, user) if offer else s.codes.take(code, user, at))


async def code_failed(s: Storage, user: str, event: str, at: Any) -> object:
    return [await s.codes.fail(user, event, at), await s.codes.failures(user, after(seconds=2))]


async def audited(s: Storage, event: str, at: Any, limit: int, before: str) -> object:
    await s.audit.add(make_audit_entry(event, at=at, details={"a.b": "$"}))
    return [await s.audit.page(limit), await s.audit.page(limit, before)]


OPERATIONS = st.one_of(
    operation(append, some(tap), some(entry)),
    operation(taps_settled, some(EVENT), st.sampled_from(Outcome)),
    operation(log, NOTICE),
    operation(entry_settled, EVENT, one_of(None, b"owed")),
    operation(inbox_read, USER, MOMENT),
    operation(forgotten, MOMENT),
    operation(members_put, some(member)),
    operation(members_read, AUDIENCE, one_of("", "m1"), LIMIT),
    operation(contacts_put, some(contact)),
    operation(attached, CONTACT, USER, MOMENT),
    operation(state_set, USER, st.sampled_from(AddressState), MOMENT),
    operation(role_set, CONTACT, st.sampled_from(Role)),
    operation(contacts_read, AUDIENCE, st.sampled_from(Reach), one_of("", "c2"), LIMIT),
    operation(notice_added, NOTICE, one_of("o1", "o2")),
    operation(notice_marked, NOTICE, st.sampled_from(NoticeMark), MOMENT),
    operation(mailing_added, NOTICE, st.booleans(), MOMENT),
    operation(mailing_postponed, NOTICE, st.booleans(), MOMENT),
    operation(mailing_ended, NOTICE, st.booleans(), st.booleans(), MOMENT),
    operation(receipts_added, some(receipt)),
    operation(obliged, NOTICE, AUDIENCE, st.sampled_from(Coverage), some(MEMBER, 4)),
    operation(folded, some(change)),
    operation(receipts_read, NOTICE, st.booleans(), LIMIT, some(CONTACT)),
    operation(outgoing_added, some(outgoing)),
    operation(claimed, EPOCH, MOMENT, LIMIT),
    operation(begun, KEY, EPOCH, MOMENT, some(CONTACT)),
    operation(settled, KEY, EPOCH, st.sampled_from(OutgoingState), MOMENT, one_of(None, "400")),
    operation(split, KEY, EPOCH, MOMENT),
    operation(dropped, MOMENT),
    operation(outbox_read),
    operation(lease_taken, one_of("p1", "p2"), st.booleans()),
    operation(lease_renewed),
    operation(lease_released),
    operation(draft_started, draft),
    operation(draft_saved, one_of("d1", "d2", "d3"), st.sampled_from(DraftState), st.booleans()),
    operation(codes_added, some(code)),
    operation(code_used, one_of("h1", "h2", "h3"), USER, MOMENT, st.booleans()),
    operation(code_failed, USER, EVENT, MOMENT),
    operation(audited, EVENT, MOMENT, LIMIT, EVENT),
)


async def answer(operation: Operation, storage: Storage) -> object:
    try:
        return await operation.run(storage)
    except StorageError as exc:
        return type(exc)


async def play(home: str, directory: Path, operations: list[Operation]) -> None:
    async with AsyncExitStack() as open_:
        for name in ("sqlite", home):
            (directory / name).mkdir(parents=True)
        known = await open_.enter_async_context(sqlite_home(directory / "sqlite"))
        twin = await open_.enter_async_context(HOMES[home](directory / home))
        for number, done in enumerate(operations):
            assert await answer(done, twin) == await answer(done, known), f"at {number}: {done.words}"


@pytest.mark.parametrize("home", TWINS)
def test_a_home_answers_as_sqlite_does(home: str, tmp_path: Path) -> None:
    numbers = count()

    @settings(max_examples=EXAMPLES[home], deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(OPERATIONS, min_size=20, max_size=60))
    def told(operations: list[Operation]) -> None:
        asyncio.run(play(home, tmp_path / str(next(numbers)), operations))

    told()
