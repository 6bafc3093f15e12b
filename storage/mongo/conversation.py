"""What the chat leaves behind, and who sends, on MongoDB."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from pymongo import UpdateOne

from storage.errors import ConflictError, NotFoundError
from storage.models import AuditEntry, Code, Draft, DraftState, Lease
from storage.models.record import Record
from storage.mongo.connection import Connection, Document
from storage.mongo.values import TOP

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _document(record: Record) -> Document:
    fields = record.model_dump()
    return {"_id": fields.pop("id"), **fields}


def _fields(stored: Document) -> Document:
    return {**stored, "id": stored["_id"]}


class MongoDrafts:
    """See `storage.base.conversation.Drafts`."""

    def __init__(self, connection: Connection) -> None:
        self._drafts = connection.table("drafts")

    @staticmethod
    def _stored_form(draft: Draft) -> Document:
        is_open = draft.state not in (DraftState.SENDING, DraftState.CANCELLED)
        return {**_document(draft), "is_open": is_open, "order": _moment(draft.created_at, draft.id)}

    async def start(self, draft: Draft) -> Draft:
        await self._drafts.insert(self._stored_form(draft))
        stored = await self.get(draft.id)
        if stored is None:
            raise NotFoundError(f"draft {draft.id} was deleted as it was started")
        older = {
            "owner": stored.owner,
            "is_open": True,
            "order": {"$gte": "", "$lt": _moment(stored.created_at, stored.id)},
        }
        change = {"$set": {"state": DraftState.CANCELLED, "is_open": False}, "$inc": {"revision": 1}}
        await self._drafts.update_all(older, change)
        return stored

    async def get(self, draft: str) -> Draft | None:
        stored = await self._drafts.first({"_id": draft})
        return Draft.model_validate(_fields(stored)) if stored else None

    async def current(self, owner: str) -> Draft | None:
        stored = await self._drafts.first({"owner": owner, "is_open": True}, sort=[("order", -1)])
        return Draft.model_validate(_fields(stored)) if stored else None

    async def save(self, draft: Draft) -> Draft:
        saved = draft.but(revision=draft.revision + 1)
        change = {"$set": {name: value for name, value in self._stored_form(saved).items() if name != "_id"}}
        if await self._drafts.update({"_id": draft.id, "revision": draft.revision}, change):
            return saved
        if await self.get(draft.id) is None:
            raise NotFoundError(f"no draft {draft.id}")
        raise ConflictError(f"draft {draft.id} was changed in between")


class MongoCodes:
    """See `storage.base.conversation.Codes`."""

    def __init__(self, connection: Connection) -> None:
        self._codes = connection.table("codes")
        self._failures = connection.table("failures")

    async def add(self, codes: Sequence[Code]) -> None:
        await self._codes.insert_all([_document(code) for code in {c.id: c for c in reversed(codes)}.values()])
        for code in codes:
            older = {
                "contact": code.contact,
                "purpose": code.purpose,
                "created_at": {"$gte": _EPOCH, "$lt": code.created_at},
                "used_by": None,
                "expires_at": {"$gt": code.created_at},
            }
            await self._codes.update_all(older, {"$set": {"expires_at": code.created_at}})

    async def get(self, code: str) -> Code | None:
        stored = await self._codes.first({"_id": code})
        return Code.model_validate(_fields(stored)) if stored else None

    async def offer(self, code: str, user: str) -> Code | None:
        await self._codes.update({"_id": code, "used_by": None}, {"$set": {"offered_to": user}})
        return await self.get(code)

    async def take(self, code: str, user: str, at: datetime) -> Code | None:
        free = {"_id": code, "used_by": None, "offered_to": user, "expires_at": {"$gt": at}}
        await self._codes.update(free, {"$set": {"used_by": user, "used_at": at}})
        return await self.get(code)

    async def fail(self, user: str, event: str, at: datetime) -> int:
        await self._failures.insert({"_id": event, "user": user, "at": at})
        return await self._failures.count({"user": user, "at": {"$gt": at - timedelta(hours=1), "$lte": at}})

    async def failures(self, user: str, since: datetime) -> list[datetime]:
        found = await self._failures.find({"user": user, "at": {"$gte": since}}, sort=[("at", 1)])
        return [d["at"] for d in found]


def _moment(at: datetime, id_: str) -> str:
    """Sorts as (at, id), to the millisecond, in one field."""
    return f"{(at - _EPOCH) // timedelta(milliseconds=1):015d}/{id_}"


class MongoAudit:
    """See `storage.base.conversation.Audit`. Detail names are values here: a key cannot hold every name."""

    def __init__(self, connection: Connection) -> None:
        self._entries = connection.table("audit")

    async def add(self, entry: AuditEntry) -> None:
        fields = _document(entry)
        fields["details"] = [[name, value] for name, value in entry.details.items()]
        await self._entries.insert({**fields, "order": _moment(entry.at, entry.id)})

    async def page(self, limit: int, before: str | None = None) -> list[AuditEntry]:
        top = TOP
        if before is not None:
            earlier = await self._entries.first({"_id": before}, fields=("order",))
            if earlier is None:
                return []
            top = earlier["order"]
        found = await self._entries.find({"order": {"$gt": "", "$lt": top}}, sort=[("order", -1)], limit=limit)
        return [AuditEntry.model_validate({**_fields(d), "details": dict(d["details"])}) for d in found]


class MongoLeases:
    """See `storage.base.sending.Leases`."""

    def __init__(self, connection: Connection) -> None:
        self._leases = connection.table("leases")

    async def read(self, lease: str) -> Lease | None:
        stored = await self._leases.first({"_id": lease})
        return Lease.model_validate(_fields(stored)) if stored else None

    async def take(self, lease: str, holder: str, seen: Lease | None) -> Lease | None:
        if seen is None:
            first = Lease(id=lease, holder=holder, beat=0, epoch=1)
            return first if await self._leases.insert(_document(first)) else None
        guard = {"_id": lease, "holder": seen.holder, "beat": seen.beat, "epoch": seen.epoch}
        taken = await self._leases.swap(guard, {"$set": {"holder": holder}, "$inc": {"beat": 1, "epoch": 1}})
        return Lease.model_validate(_fields(taken)) if taken else None

    async def renew(self, held: Lease) -> Lease | None:
        guard = {"_id": held.id, "holder": held.holder, "epoch": held.epoch}
        renewed = await self._leases.swap(guard, {"$inc": {"beat": 1}})
        return Lease.model_validate(_fields(renewed)) if renewed else None

    async def release(self, held: Lease) -> bool:
        guard = {"_id": held.id, "holder": held.holder, "epoch": held.epoch}
        return await self._leases.update(guard, {"$set": {"holder": ""}})


class MongoPulses:
    """See `storage.base.sending.Pulses`."""

    def __init__(self, connection: Connection) -> None:
        self._pulses = connection.table("pulses")

    async def read(self, pulse: str) -> datetime | None:
        stored = await self._pulses.first({"_id": pulse})
        return stored["at"] if stored else None

    async def beat(self, pulse: str, at: datetime) -> None:
        await self._pulses.bulk([UpdateOne({"_id": pulse}, {"$max": {"at": at}}, upsert=True)])
