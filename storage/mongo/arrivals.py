"""確認の記録 and 受信 on MongoDB: what came in, durable before anybody is told so."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import datetime

import bson
from bson.errors import BSONError
from bson.raw_bson import RawBSONDocument

from storage.base import Arrived
from storage.models import Acknowledgement, InboxEntry, Outcome
from storage.mongo.connection import Connection, Document, Table, together
from storage.mongo.values import UNSTORABLE, storable

_LARGEST = 16 * 1024 * 1024
"""MongoDB: the limit of a document."""


def _acknowledgement_document(entry: Acknowledgement) -> Document:
    return {
        "_id": entry.id,
        "channel": entry.channel,
        "user": entry.user,
        "notice": entry.notice,
        "version": entry.version,
        "choice": entry.choice,
        "at": entry.at,
        "received_at": entry.received_at,
        "time_replaced": entry.time_replaced,
        "also": entry.also,
        "applied": entry.applied,
        "outcome": entry.outcome,
    }


def _acknowledgement(document: Document) -> Acknowledgement:
    return Acknowledgement(
        id=document["_id"],
        channel=document["channel"],
        user=document["user"],
        notice=document["notice"],
        version=document["version"],
        choice=document["choice"],
        at=document["at"],
        received_at=document["received_at"],
        time_replaced=document["time_replaced"],
        also=document["also"],
        applied=document["applied"],
        outcome=document["outcome"],
    )


def _entry_document(entry: InboxEntry) -> Document:
    return {
        "_id": entry.id,
        "channel": entry.channel,
        "user": entry.user,
        "kind": entry.kind,
        "at": entry.at,
        "received_at": entry.received_at,
        "raw": entry.raw,
        "applied": entry.applied,
        "owed": entry.owed,
        "is_owed": entry.owed is not None,
    }


def _entry(document: Document) -> InboxEntry:
    return InboxEntry(
        id=document["_id"],
        channel=document["channel"],
        user=document["user"],
        kind=document["kind"],
        at=document["at"],
        received_at=document["received_at"],
        raw=document["raw"],
        applied=document["applied"],
        owed=document["owed"],
    )


def _encode(document: Document) -> RawBSONDocument | None:
    """The document as it goes over the wire; None if it cannot be one. So it can be told apart from its neighbours."""
    try:
        encoded = bson.encode(document)
    except (BSONError, *UNSTORABLE):
        return None
    return RawBSONDocument(encoded) if len(encoded) <= _LARGEST else None


async def _append(table: Table, documents: Sequence[Document]) -> list[Arrived]:
    """Insert each once by id, leaving out what cannot be encoded; what became of each."""
    if not documents:
        return []
    encoded = [(document["_id"], _encode(document)) for document in documents]
    storable_ones = [(id_, raw) for id_, raw in encoded if raw is not None]
    repeated = await table.insert_all([raw for _, raw in storable_ones])
    earlier = await _earlier(table, {storable_ones[position][0] for position in repeated})
    answers, position = [], 0
    for id_, raw in encoded:
        if raw is None:
            answers.append(Arrived(is_new=False, applied=False, is_stored=False))
            continue
        answers.append(earlier[id_] if position in repeated else Arrived(is_new=True, applied=False))
        position += 1
    return answers


async def _earlier(table: Table, ids: Collection[str]) -> dict[str, Arrived]:
    """What became of these the first time."""
    if not ids:
        return {}
    found = await table.find({"_id": {"$in": list(ids)}}, fields=("applied", "outcome"))
    known = {d["_id"]: Arrived(is_new=False, applied=d["applied"], outcome=d.get("outcome")) for d in found}
    # Forgotten between the two: it was applied, or it would be there still.
    return dict.fromkeys(ids, Arrived(is_new=False, applied=True)) | known


async def append(
    connection: Connection, acknowledgements: Sequence[Acknowledgement], inbox: Sequence[InboxEntry]
) -> list[Arrived]:
    """See `storage.base.Storage.append`."""
    taps, others = await together(
        _append(connection.table("acknowledgements"), [_acknowledgement_document(a) for a in acknowledgements]),
        _append(connection.table("inbox"), [_entry_document(e) for e in inbox]),
    )
    return [*taps, *others]


class MongoAcknowledgements:
    """See `storage.base.receipts.Acknowledgements`."""

    def __init__(self, connection: Connection) -> None:
        self._entries = connection.table("acknowledgements")

    async def get(self, ids: Collection[str]) -> dict[str, Acknowledgement]:
        return {d["_id"]: _acknowledgement(d) for d in await self._entries.find({"_id": {"$in": storable(ids)}})}

    async def pending(self, received_before: datetime, limit: int) -> list[Acknowledgement]:
        where = {"applied": False, "received_at": {"$lt": received_before}}
        found = await self._entries.find(where, sort=[("received_at", 1), ("_id", 1)], limit=limit)
        return [_acknowledgement(d) for d in found]

    async def settle(self, outcomes: Mapping[str, Outcome]) -> None:
        by_outcome: defaultdict[Outcome, list[str]] = defaultdict(list)
        for entry, outcome in outcomes.items():
            by_outcome[outcome].append(entry)
        await together(
            *(
                self._entries.update_all(
                    {"_id": {"$in": storable(ids)}, "applied": False}, {"$set": {"applied": True, "outcome": outcome}}
                )
                for outcome, ids in by_outcome.items()
            )
        )

    async def log(self, notice: str) -> AsyncIterator[Acknowledgement]:
        async for document in self._entries.each({"notice": notice}):
            yield _acknowledgement(document)


class MongoInbox:
    """See `storage.base.receipts.Inbox`."""

    def __init__(self, connection: Connection) -> None:
        self._entries = connection.table("inbox")

    async def get(self, ids: Collection[str]) -> dict[str, InboxEntry]:
        return {d["_id"]: _entry(d) for d in await self._entries.find({"_id": {"$in": storable(ids)}})}

    async def pending(self, received_before: datetime, limit: int) -> list[InboxEntry]:
        where = {"applied": False, "received_at": {"$lt": received_before}}
        found = await self._entries.find(where, sort=[("at", 1), ("_id", 1)], limit=limit)
        return [_entry(d) for d in found]

    async def settle(self, entry: str, owed: bytes | None = None) -> None:
        change = {"$set": {"applied": True, "owed": owed, "is_owed": owed is not None}}
        await self._entries.update({"_id": entry, "applied": False}, change)

    async def take_owed(self, channel: str, user: str) -> list[bytes]:
        """Read, then take each by compare-and-set: of two who read the same answer, one hands it out."""
        where = {"channel": channel, "user": user, "is_owed": True}
        owed = await self._entries.find(where, sort=[("at", 1), ("_id", 1)], fields=("owed",))
        paid = {"$set": {"owed": None, "is_owed": False}}
        return [d["owed"] for d in owed if await self._entries.update({"_id": d["_id"], "is_owed": True}, paid)]

    async def since(self, channel: str, user: str, kinds: Collection[str], after: datetime) -> list[InboxEntry]:
        where = {"channel": channel, "user": user, "kind": {"$in": list(kinds)}, "at": {"$gt": after}}
        return [_entry(d) for d in await self._entries.find(where, sort=[("at", 1), ("_id", 1)])]

    async def forget(self, received_before: datetime) -> int:
        return await self._entries.delete_all({"applied": True, "received_at": {"$lt": received_before}})
