"""Every hot filter on MongoDB finds what it wants by an index. The commands are those that the driver really sent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from storage.models import (
    AddressState,
    Audience,
    Confirmed,
    NoticeMark,
    Outcome,
    OutgoingState,
    Reach,
    Settlement,
)
from storage.mongo import MongoStorage, open_mongo
from tests.factories import (
    NOW,
    after,
    make_acknowledgement,
    make_address,
    make_audit_entry,
    make_code,
    make_confirmation,
    make_contact,
    make_draft,
    make_entry,
    make_mailing,
    make_member,
    make_notice,
    make_outgoing,
    make_receipt,
)
from tests.mongodb.proxy import Document, Proxy
from tests.mongodb.server import Server

CLASS = Audience(groups=("1年A組",))
EXPLAINED = {
    "find": ("filter", "sort", "projection", "limit"),
    "aggregate": ("pipeline", "cursor"),
    "findAndModify": ("query", "update", "new"),
    "delete": ("deletes",),
    "update": ("updates",),
}


async def what_a_day_brings(s: MongoStorage) -> None:
    """Every verb on a hot path, on collections that hold something."""
    await s.members.put([make_member()])
    await s.contacts.put([make_contact(), make_contact("1002-1")])
    await s.contacts.attach("1001-1", make_address())
    await s.contacts.attach("1002-1", make_address())
    await s.contacts.set_state("line", "U1", AddressState.BLOCKED, after(seconds=1))
    await s.contacts.by_address("line", ["U1"])
    await s.contacts.identities("line", ["U1"])
    await s.contacts.of_members(["1001"])
    await s.contacts.targets(["1001-1"])
    for audience in (CLASS, Audience(everyone=True)):
        await s.contacts.stream(audience, "", 500)
        await s.contacts.page(audience, Reach.BLOCKED, "", 50)
        await s.contacts.count(audience)
        await s.contacts.count_by_channel(audience, ["line", "whatsapp"])
    await s.contacts.hear("line", {"U1": NOW})
    await s.contacts.administrators()
    await s.members.page(CLASS, "", 500)
    await s.members.sample(CLASS, 5)
    await s.members.count(CLASS)
    await s.notices.add(make_notice())
    await s.notices.mark("notice-1", NoticeMark.CLOSED, NOW)
    await s.notices.by_number(1)
    await s.notices.latest(5)
    await s.notices.unsettled(5)
    await s.mailings.unsettled(NOW, 5)
    await s.notices.latest(5, sender="office")
    await what_is_sent(s)
    await what_comes_back(s)
    await what_is_said(s)


async def what_is_sent(s: MongoStorage) -> None:
    await s.mailings.add(make_mailing())
    await s.mailings.due(NOW, 5)
    await s.mailings.of_notice("notice-1")
    await s.mailings.between(NOW, after(days=1))
    await s.mailings.postpone("notice-1/notice", after(hours=1))
    await s.mailings.stop("notice-1", NOW)
    await s.receipts.add([make_receipt()])
    await s.receipts.oblige(make_notice(), ["1001", "1002"], 0)
    await s.receipts.missing(make_notice(), "", 500)
    await s.receipts.waiting("notice-1", ["1001-1"])
    await s.receipts.done(make_notice(), ["1001-1"])
    await s.receipts.names("notice-1", ["1001-1"])
    call = make_outgoing(recipients=("a", "b"))
    await s.outbox.add([call])
    await s.outbox.add_in_order([call])
    await s.outbox.last_chunk(call.mailing)
    await s.outbox.chunk(call.mailing, 0)
    await s.outbox.claim("line", 1, NOW, 10)
    await s.outbox.begin(call.id, 1, NOW, call.recipients)
    halves = [make_outgoing(f"half-{c}", part=c, recipients=(c,)) for c in "ab"]
    await s.outbox.split(call.id, 1, halves, NOW)
    await s.outbox.claim("line", 1, NOW, 10)
    await s.outbox.settle(Settlement("half-a", OutgoingState.ACCEPTED, NOW), 1)
    await s.outbox.covering(call.mailing, ["a", "b"])
    await s.outbox.progress("notice-1")
    await s.outbox.progress("notice-1", "notice", "notice-1/notice")
    await s.outbox.is_moving("notice-1", "notice", "notice-1/notice")
    await s.outbox.errors("notice-1", "notice", "notice-1/notice", OutgoingState.ACCEPTED)
    await s.outbox.late(NOW)
    await s.outbox.late(NOW, "out_of_quota")
    await s.outbox.drop("notice-1", NOW, "stopped")
    held = await s.leases.take("line", "me", None)
    if held is not None:
        await s.leases.renew(held)
        await s.leases.release(held)


async def what_comes_back(s: MongoStorage) -> None:
    await s.append([make_acknowledgement()], [make_entry()])
    await s.acknowledgements.pending(after(seconds=60), 500)
    await s.receipts.fold([Confirmed("notice-1", "1001-1", make_confirmation())])
    await s.acknowledgements.settle({"event-1": Outcome.COUNTED})
    await s.inbox.pending(after(seconds=60), 500)
    await s.inbox.settle("event-1", b"owed")
    await s.inbox.take_owed("line", "U1")
    await s.inbox.since("line", "U1", ["text"], after(seconds=-1))
    await s.receipts.of("notice-1", ["1001-1"])
    await s.receipts.open_of(["1001-1"], 5)
    await s.receipts.page("notice-1", True, "", 50)
    await s.receipts.totals("notice-1")
    await s.receipts.totals("notice-1")
    assert [a async for a in s.acknowledgements.log("notice-1")]
    await s.inbox.forget(after(days=-14))


async def what_is_said(s: MongoStorage) -> None:
    await s.drafts.start(make_draft())
    await s.drafts.current("office")
    await s.codes.add([make_code()])
    await s.codes.offer("hash-1", "U1")
    await s.codes.take("hash-1", "U1", NOW)
    await s.codes.fail("U1", "event-1", NOW)
    await s.codes.failures("U1", NOW)
    await s.audit.add(make_audit_entry())
    await s.audit.page(5, "event-1")


def filters(commands: list[Document]) -> Iterator[tuple[str, Document]]:
    """Each command as explain takes it: one statement, nothing of the session. What only inserts has no filter."""
    for command in commands:
        name = next(iter(command))
        if name not in EXPLAINED:
            continue
        kept = {key: command[key] for key in (name, *EXPLAINED[name]) if key in command}
        statements = EXPLAINED[name][0]
        if statements in ("updates", "deletes"):
            yield from ((name, kept | {statements: [one]}) for one in kept[statements])
        else:
            yield name, kept


def stages(plan: object) -> Iterator[str]:
    """Every stage of the plans that won, wherever this version of the server puts them."""
    if isinstance(plan, dict):
        if isinstance(stage := plan.get("stage"), str):
            yield stage
        for key, part in plan.items():
            if key != "rejectedPlans":
                yield from stages(part)
    if isinstance(plan, list):
        for part in plan:
            yield from stages(part)


async def test_the_commands_of_a_day_are_seen(proxied: str, proxy: Proxy) -> None:
    home = await open_mongo(proxied)
    await what_a_day_brings(home)
    await home.close()
    of_kind = [name for name, _ in filters(proxy.commands())]
    assert {name: of_kind.count(name) > 0 for name in EXPLAINED} == dict.fromkeys(EXPLAINED, True)


@pytest.mark.real_mongod
async def test_no_hot_filter_scans_a_collection(
    proxied: str, mongodb: str, proxy: Proxy, mongodb_server: Server
) -> None:
    home = await open_mongo(proxied)
    await what_a_day_brings(home)
    await home.close()
    database: Any = mongodb_server.database(urlsplit(mongodb).path.lstrip("/"))
    for _, command in filters(proxy.commands()):
        if command[next(iter(command))] == "meta":
            continue  # a handful of documents
        explained = database.command("explain", command, verbosity="queryPlanner")
        found = set(stages(explained.get("queryPlanner", explained)))
        assert "COLLSCAN" not in found, (command, found)
        assert any(word in stage for stage in found for word in ("IXSCAN", "IDHACK", "EXPRESS", "COUNT_SCAN", "EOF")), (
            command,
            found,
        )
