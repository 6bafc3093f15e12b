"""Hot verbs read by key: no table is scanned and nothing is sorted, whatever the size."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from storage.models import (
    AddressState,
    Audience,
    Lease,
    NoticeMark,
    Outcome,
    OutgoingState,
    Purpose,
    Reach,
    Reached,
    Settlement,
)
from storage.sqlite import SqliteStorage, open_sqlite
from tests.factories import (
    NOW,
    after,
    make_acknowledgement,
    make_address,
    make_confirmed,
    make_contact,
    make_draft,
    make_entry,
    make_mailing,
    make_member,
    make_notice,
    make_outgoing,
    make_receipt,
)

GROUPS = Audience(groups=("1年A組", "2年B組"))
MAILING = "notice-1/notice"

HOT: dict[str, Callable[[SqliteStorage], Awaitable[object]]] = {
    "append": lambda s: s.append([make_acknowledgement("new")], [make_entry("new")]),
    "acknowledgements.get": lambda s: s.acknowledgements.get(["event-1", "event-2"]),
    "acknowledgements.pending": lambda s: s.acknowledgements.pending(NOW, 10),
    "acknowledgements.settle": lambda s: s.acknowledgements.settle({"event-1": Outcome.COUNTED}),
    "inbox.pending": lambda s: s.inbox.pending(NOW, 10),
    "inbox.settle": lambda s: s.inbox.settle("event-1", b""),
    "inbox.take_owed": lambda s: s.inbox.take_owed("line", "U1"),
    "inbox.since": lambda s: s.inbox.since("line", "U1", ["text"], NOW),
    "inbox.forget": lambda s: s.inbox.forget(NOW),
    "receipts.add": lambda s: s.receipts.add([make_receipt("1009")]),
    "receipts.oblige": lambda s: s.receipts.oblige(make_notice("notice-2"), ["1001", "1002"], 0),
    "receipts.missing": lambda s: s.receipts.missing(make_notice(audience=GROUPS), "", 10),
    "receipts.waiting": lambda s: s.receipts.waiting("notice-1", ["1001-1", "1002-1"]),
    "receipts.done": lambda s: s.receipts.done(make_notice(), ["1001-1", "1002-1"]),
    "receipts.names": lambda s: s.receipts.names("notice-1", ["1001-1", "1002-1"]),
    "receipts.fold": lambda s: s.receipts.fold([make_confirmed(), Reached("notice-1", "1002-1", is_reached=False)]),
    "receipts.of": lambda s: s.receipts.of("notice-1", ["1001-1", "1002-1"]),
    "receipts.open_of": lambda s: s.receipts.open_of(["1001-1"], 10),
    "receipts.page": lambda s: s.receipts.page("notice-1", True, "", 10),
    "receipts.totals": lambda s: s.receipts.totals("notice-1"),
    "members.get": lambda s: s.members.get(["1001", "1002", "1003"]),
    "members.page": lambda s: s.members.page(GROUPS, "", 10),
    "members.sample": lambda s: s.members.sample(GROUPS, 10),
    "contacts.put": lambda s: s.contacts.put([make_contact("x"), make_contact("1001-1", name="x")]),
    "contacts.get": lambda s: s.contacts.get(["1001-1", "1002-1"]),
    "contacts.by_address": lambda s: s.contacts.by_address("line", ["U1", "U2"]),
    "contacts.stream": lambda s: s.contacts.stream(GROUPS, "", 10),
    "contacts.targets": lambda s: s.contacts.targets(["1001-1", "1002-1"]),
    "contacts.of_members": lambda s: s.contacts.of_members(["1001", "1002"]),
    "contacts.page": lambda s: s.contacts.page(GROUPS, Reach.BLOCKED, "", 10),
    "contacts.attach": lambda s: s.contacts.attach("1001-1", make_address("U7")),
    "contacts.hear": lambda s: s.contacts.hear("line", {"U1": NOW, "U2": NOW}),
    "contacts.set_state": lambda s: s.contacts.set_state("line", "U1", AddressState.BLOCKED, after(days=1)),
    "contacts.administrators": lambda s: s.contacts.administrators(),
    "notices.get": lambda s: s.notices.get(["notice-1"]),
    "notices.by_number": lambda s: s.notices.by_number(1),
    "notices.latest": lambda s: s.notices.latest(10, before=9),
    "notices.latest of sender": lambda s: s.notices.latest(10, sender="office"),
    "notices.unsettled": lambda s: s.notices.unsettled(10),
    "notices.mark": lambda s: s.notices.mark("notice-1", NoticeMark.CLOSED, NOW),
    "mailings.due": lambda s: s.mailings.due(NOW, 10),
    "mailings.unsettled": lambda s: s.mailings.unsettled(NOW, 10),
    "mailings.settle": lambda s: s.mailings.settle(MAILING, NOW),
    "mailings.of_notice": lambda s: s.mailings.of_notice("notice-1"),
    "mailings.between": lambda s: s.mailings.between(NOW, after(days=1)),
    "mailings.postpone": lambda s: s.mailings.postpone(MAILING, after(hours=1)),
    "mailings.stop": lambda s: s.mailings.stop("notice-1", NOW),
    "outbox.add": lambda s: s.outbox.add([make_outgoing("new", part="0")]),
    "outbox.add_in_order": lambda s: s.outbox.add_in_order([make_outgoing("newer", chunk=7)]),
    "outbox.last_chunk": lambda s: s.outbox.last_chunk(MAILING),
    "outbox.chunk": lambda s: s.outbox.chunk(MAILING, 0),
    "outbox.claim": lambda s: s.outbox.claim("line", 1, NOW, 10),
    "outbox.begin": lambda s: s.outbox.begin("key-1", 1, NOW, ()),
    "outbox.settle": lambda s: s.outbox.settle(Settlement("key-1", OutgoingState.ACCEPTED, NOW), 1),
    "outbox.split": lambda s: s.outbox.split("key-1", 1, [make_outgoing("half", part="0")], NOW),
    "outbox.drop": lambda s: s.outbox.drop("notice-1", NOW, "x"),
    "outbox.progress": lambda s: s.outbox.progress("notice-1"),
    "outbox.progress of mailing": lambda s: s.outbox.progress("notice-1", Purpose.NOTICE, MAILING),
    "outbox.progress of purpose": lambda s: s.outbox.progress("notice-1", Purpose.NOTICE),
    "outbox.is_moving": lambda s: s.outbox.is_moving("notice-1", Purpose.NOTICE, MAILING),
    "outbox.late of a failure": lambda s: s.outbox.late(NOW, "out_of_quota"),
    "outbox.covering": lambda s: s.outbox.covering(MAILING, ["1001-1", "1002-1"]),
    "leases.renew": lambda s: s.leases.take("line", "me", None),
    "leases.release": lambda s: s.leases.release(Lease(id="line", holder="me", beat=1, epoch=1)),
    "drafts.current": lambda s: s.drafts.current("office"),
    "drafts.start": lambda s: s.drafts.start(make_draft("new", created_at=after(minutes=1))),
    "codes.take": lambda s: s.codes.take("hash-1", "line:U1", NOW),
    "codes.fail": lambda s: s.codes.fail("line:U1", "e", NOW),
    "audit.page": lambda s: s.audit.page(10),
}


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[SqliteStorage]:
    home = await open_sqlite(tmp_path / "kakunin.db")
    await home.members.put([make_member("1001"), make_member("1002")])
    await home.contacts.put([make_contact("1001-1", addresses=(make_address(),)), make_contact("1002-1")])
    await home.notices.add(make_notice())
    await home.mailings.add(make_mailing())
    await home.receipts.add([make_receipt("1001"), make_receipt("1002")])
    await home.outbox.add([make_outgoing()])
    await home.append([make_acknowledgement()], [make_entry()])
    yield home
    await home.close()


@contextmanager
def overheard(storage: SqliteStorage) -> Iterator[set[str]]:
    """Every statement that runs meanwhile, its values filled in."""
    database, heard = storage._database, set[str]()
    connections = [database._writer, *database._readers]
    for connection in connections:
        connection.set_trace_callback(heard.add)
    yield heard
    for connection in connections:
        connection.set_trace_callback(None)


async def test_what_failed_is_found_without_a_look_at_what_waits(storage: SqliteStorage) -> None:
    with overheard(storage) as heard:
        await storage.outbox.late(NOW, "out_of_quota")
    (statement,) = [s for s in heard if "SELECT" in s]
    (step,) = plan(storage._database._writer, statement)
    assert "USING COVERING INDEX outgoing_failing (failure=?" in step


def plan(db: sqlite3.Connection, statement: str) -> list[str]:
    return [row["detail"] for row in db.execute(f"EXPLAIN QUERY PLAN {statement}")]


@pytest.mark.parametrize("verb", HOT)
async def test_a_hot_verb_reads_by_key(storage: SqliteStorage, verb: str) -> None:
    with overheard(storage) as heard:
        await HOT[verb](storage)
    statements = [s for s in heard if re.match(r"\s*(SELECT|UPDATE|DELETE|INSERT)", s)]
    assert statements
    steps = [(step, s) for s in statements for step in plan(storage._database._writer, s)]
    slow = [(step, s) for step, s in steps if step.startswith("SCAN") and not re.search("_pending|VIRTUAL TABLE", step)]
    sorting = [(step, s) for step, s in steps if "TEMP B-TREE" in step]
    assert not slow
    assert not sorting
