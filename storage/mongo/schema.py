"""Which collections and indexes there are, and that the database is ours and not newer than we are."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from pymongo import IndexModel

from storage.errors import SchemaError, StorageDownError
from storage.models import SkipReason
from storage.mongo.connection import META, Connection, Table, together
from storage.mongo.notices import NUMBERS
from storage.mongo.outgoing import skipped_field

VERSION = 1
"""Raised with every change that an older program would not understand."""


def _index(*keys: str, only: Mapping[str, Any] | None = None, **options: Any) -> IndexModel:
    """An index over keys in order; "-key" is descending; `only` makes it partial."""
    if only:
        options["partialFilterExpression"] = only
    return IndexModel([(k.lstrip("-"), -1 if k.startswith("-") else 1) for k in keys], **options)


INDEXES: Mapping[str, Sequence[IndexModel]] = {
    "members": (_index("groups", "_id"), _index("groups", "sort_key"), _index("sort_key")),
    "contacts": (
        # Contacts without an address have no `keys` at all, and a sparse index leaves them out.
        _index("keys", unique=True, sparse=True),
        _index("members", "_id"),
        _index("listed", "_id"),
        _index("listed", "reach", "_id"),
        _index("listed", "groups", "reach", "_id"),
        _index("role"),
    ),
    "notices": (
        _index("number", unique=True),
        _index("sender", "-number"),
        _index("is_unsettled", "number", only={"is_unsettled": True}),
    ),
    "mailings": (
        _index("notice", "created_at"),
        _index("due_at", "_id"),
        _index("-urgent", "due_at", "_id", only={"is_due": True}),
        _index("is_unsettled", "due_at", "_id", only={"is_unsettled": True}),
    ),
    "acknowledgements": (_index("notice"), _index("received_at", "_id", only={"applied": False})),
    "inbox": (
        _index("at", "_id", only={"applied": False}),
        _index("channel", "user", "at"),
        _index("channel", "user", "is_owed", "at", only={"is_owed": True}),
        _index("received_at"),
    ),
    "receipts": (
        _index("notice", "is_open", "sort_key"),
        _index("notice", "contacts"),
        _index("contacts", only={"is_open": True}),
        _index("notice", "window", "is_open", "is_unreached", "answer"),
    ),
    "windows": (_index("notice", "level", "parent"),),
    "outgoing": (
        _index("mailing", "part", "chunk"),
        _index("mailing", "chunk"),
        _index("mailing", "part", "first_contact"),
        _index("channel", "-urgent", "lane", "due_at", "chunk", "part", "_id", only={"is_live": True}),
        _index("created_at", only={"is_live": True}),
        _index("failure", "created_at", only={"is_live": True, "failure": {"$gt": ""}}),
        _index("whole", sparse=True),
        # All that progress adds up, so that it reads no call with its hundreds of recipients.
        _index(
            "notice",
            "purpose",
            "mailing",
            "state",
            "whole",
            "people",
            *(skipped_field(reason) for reason in SkipReason),
            "delivered",
            "opened",
        ),
        _index("message_id", sparse=True),
        _index("channel", "first_attempt_at", only={"message_id": {"$gt": ""}}),
    ),
    "drafts": (_index("owner", "is_open", "order"),),
    "codes": (_index("contact", "purpose", "created_at"),),
    "failures": (_index("user", "at"),),
    "audit": (_index("order"),),
}


async def prepare(connection: Connection) -> str:
    """Make what is missing; the organisation's id. Any number of processes may do it at the same time.

    Raises: SchemaError, if the database is newer or not ours. StorageDownError, also if it cannot keep promises.
    """
    hello = await connection.hello()
    if not hello.get("setName") and hello.get("msg") != "isdbgrid":
        raise StorageDownError("MongoDB must run as a replica set (of one, if need be): rs.initiate() makes it one")
    meta = connection.table(META)
    await _check_version(connection, meta)
    await together(*(connection.table(name).create_indexes(indexes) for name, indexes in INDEXES.items()))
    await meta.insert({"_id": NUMBERS, "value": 0})
    return await _organization(meta)


async def _check_version(connection: Connection, meta: Table) -> None:
    """The version is written before anything else is made: what has collections and no version is not ours."""
    if not await meta.first({"_id": "schema"}):
        others = await connection.tables() - {META}
        if others and not await meta.first({"_id": "schema"}):
            raise SchemaError(
                f"this database holds something else ({', '.join(sorted(others)[:3])}): name an empty one"
            )
        await meta.insert({"_id": "schema", "version": VERSION})
    stored = await meta.first({"_id": "schema"})
    if stored is None or stored["version"] > VERSION:
        raise SchemaError("the database was written by a newer Kakunin: start that one")


async def _organization(meta: Table) -> str:
    await meta.insert({"_id": "organization", "value": uuid.uuid4().hex})
    stored = await meta.first({"_id": "organization"})
    if stored is None:
        raise SchemaError("the organisation's id was deleted while we started")
    return str(stored["value"])
