"""お知らせ and 発送 on MongoDB."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from storage.errors import NotFoundError
from storage.models import Mailing, Notice, NoticeMark
from storage.mongo.connection import META, Connection, Document
from storage.mongo.values import storable

NUMBERS = "notice_number"
"""Of the collection `meta`: the last number given. Made when the database is prepared."""

_MILLISECOND = timedelta(milliseconds=1)
_BEFORE_ALL = datetime(1970, 1, 1, tzinfo=UTC)
_BEYOND_ALL = 2**62


def _document(record: Notice | Mailing) -> Document:
    fields = record.model_dump()
    return {"_id": fields.pop("id"), **fields}


def _notice(document: Document) -> Notice:
    return Notice.model_validate({**document, "id": document["_id"]})


def _mailing(document: Document) -> Mailing:
    return Mailing.model_validate({**document, "id": document["_id"]})


class MongoNotices:
    """See `storage.base.notices.Notices`."""

    def __init__(self, connection: Connection) -> None:
        self._notices = connection.table("notices")
        self._meta = connection.table(META)

    async def add(self, notice: Notice) -> Notice:
        stored = await self._notices.first({"_id": notice.id})
        if stored is None:
            document = _document(notice.but(number=await self._next_number()))
            await self._notices.insert({**document, "is_unsettled": notice.settled_at is None})
            stored = await self._notices.first({"_id": notice.id})
        if stored is None:
            raise NotFoundError(f"notice {notice.id} was deleted as it was added")
        return _notice(stored)

    async def _next_number(self) -> int:
        """A number that nobody else gets. Whoever stops before using it, or loses the race for the id, leaves a gap."""
        counter = await self._meta.swap({"_id": NUMBERS}, {"$inc": {"value": 1}})
        if counter is None:
            raise NotFoundError("the counter of notices was deleted")
        return int(counter["value"])

    async def get(self, ids: Collection[str]) -> dict[str, Notice]:
        return {d["_id"]: _notice(d) for d in await self._notices.find({"_id": {"$in": storable(ids)}})}

    async def by_number(self, number: int) -> Notice | None:
        stored = await self._notices.first({"number": number})
        return _notice(stored) if stored else None

    async def latest(self, limit: int, before: int | None = None, sender: str | None = None) -> list[Notice]:
        where: Document = {"number": {"$gt": 0, "$lt": _BEYOND_ALL if before is None else before}}
        if sender is not None:
            where["sender"] = sender
        return [_notice(d) for d in await self._notices.find(where, sort=[("number", -1)], limit=limit)]

    async def unsettled(self, limit: int, after: int = 0) -> list[Notice]:
        where = {"is_unsettled": True, "number": {"$gt": after, "$lt": _BEYOND_ALL}}
        return [_notice(d) for d in await self._notices.find(where, sort=[("number", 1)], limit=limit)]

    async def mark(self, notice: str, mark: NoticeMark, at: datetime) -> Notice:
        field = f"{mark}_at"
        change: Document = {field: at}
        if mark is NoticeMark.SETTLED:
            change["is_unsettled"] = False
        await self._notices.update({"_id": notice, field: None}, {"$set": change})
        stored = await self._notices.first({"_id": notice})
        if stored is None:
            raise NotFoundError(f"no notice {notice}")
        return _notice(stored)


class MongoMailings:
    """See `storage.base.notices.Mailings`."""

    def __init__(self, connection: Connection) -> None:
        self._mailings = connection.table("mailings")

    async def add(self, mailing: Mailing) -> Mailing:
        is_due = mailing.finished_at is None and mailing.stopped_at is None
        more = {"is_due": is_due, "is_unsettled": mailing.settled_at is None}
        await self._mailings.insert({**_document(mailing), **more})
        stored = await self.get(mailing.id)
        if stored is None:
            raise NotFoundError(f"mailing {mailing.id} was deleted as it was added")
        return stored

    async def get(self, mailing: str) -> Mailing | None:
        stored = await self._mailings.first({"_id": mailing})
        return _mailing(stored) if stored else None

    async def of_notice(self, notice: str) -> list[Mailing]:
        found = await self._mailings.find({"notice": notice}, sort=[("created_at", 1), ("_id", 1)])
        return [_mailing(d) for d in found]

    async def due(self, now: datetime, limit: int) -> list[Mailing]:
        where = {"is_due": True, "urgent": {"$in": [True, False]}, "due_at": {"$gte": _BEFORE_ALL, "$lte": now}}
        found = await self._mailings.find(where, sort=[("urgent", -1), ("due_at", 1), ("_id", 1)], limit=limit)
        return [_mailing(d) for d in found]

    async def between(self, start: datetime, end: datetime) -> list[Mailing]:
        found = await self._mailings.find({"due_at": {"$gte": start, "$lt": end}}, sort=[("due_at", 1), ("_id", 1)])
        return [_mailing(d) for d in found]

    async def postpone(self, mailing: str, until: datetime) -> None:
        late = {"_id": mailing, "is_due": True, "due_at": {"$gte": _BEFORE_ALL, "$lt": until}}
        await self._mailings.update(late, {"$set": {"due_at": until}})

    async def finish(self, mailing: str, at: datetime, note: str = "") -> None:
        change = {"$set": {"finished_at": at, "note": note, "is_due": False}}
        await self._mailings.update({"_id": mailing, "finished_at": None}, change)

    async def unsettled(self, now: datetime, limit: int) -> list[Mailing]:
        # `now` is included: times are whole milliseconds. The stand-in for MongoDB misreads "$lte" over this index.
        where = {"is_unsettled": True, "due_at": {"$gte": _BEFORE_ALL, "$lt": now + _MILLISECOND}}
        found = await self._mailings.find(where, sort=[("due_at", 1), ("_id", 1)], limit=limit)
        return [_mailing(d) for d in found]

    async def settle(self, mailing: str, at: datetime) -> None:
        change = {"$set": {"settled_at": at, "is_unsettled": False}}
        await self._mailings.update({"_id": mailing, "is_unsettled": True}, change)

    async def stop(self, notice: str, at: datetime) -> None:
        change = {"$set": {"stopped_at": at, "is_due": False}}
        await self._mailings.update_all({"notice": notice, "is_due": True}, change)
