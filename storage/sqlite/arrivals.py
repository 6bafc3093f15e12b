"""確認の記録 and 受信 in SQLite: what platforms delivered, each once by its id."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from storage.base.receipts import Arrived
from storage.models import Acknowledgement, InboxEntry, Outcome
from storage.sqlite.connection import Database
from storage.sqlite.rows import among, from_ms, insert_into, is_storable, to_ms

A = TypeVar("A", Acknowledgement, InboxEntry)

_PAGE = 500
_FORGET = 2000
"""Deleted a transaction, so that taps never wait long for housekeeping."""

_ADD_ACKNOWLEDGEMENT = insert_into(
    "acknowledgements",
    (
        "id",
        "channel",
        "user",
        "notice",
        "version",
        "choice",
        "at",
        "received_at",
        "time_replaced",
        "also",
        "applied",
        "outcome",
    ),
)
_ADD_ENTRY = insert_into("inbox", ("id", "channel", "user", "kind", "at", "received_at", "raw", "applied", "owed"))
_KNOWN_ACKNOWLEDGEMENTS = "SELECT id, applied, outcome FROM acknowledgements WHERE id IN (...)"
_KNOWN_ENTRIES = "SELECT id, applied, NULL AS outcome FROM inbox WHERE id IN (...)"
_UNSTORABLE = (ValueError, TypeError, OverflowError, AttributeError, sqlite3.DataError, sqlite3.IntegrityError,
               sqlite3.InterfaceError, sqlite3.ProgrammingError)  # fmt: skip
"""What Python or SQLite says of a value that no column takes. A full disk is none of these."""


def append(
    db: sqlite3.Connection, acknowledgements: Sequence[Acknowledgement], inbox: Sequence[InboxEntry]
) -> list[Arrived]:
    """See `storage.base.Storage.append`."""
    return [
        *_append(db, acknowledgements, _KNOWN_ACKNOWLEDGEMENTS, _ADD_ACKNOWLEDGEMENT, _acknowledgement_row),
        *_append(db, inbox, _KNOWN_ENTRIES, _ADD_ENTRY, _entry_row),
    ]


def _append(
    db: sqlite3.Connection, items: Sequence[A], known: str, add: str, to_row: Callable[[A], tuple[object, ...]]
) -> list[Arrived]:
    if not items:
        return []
    stored = {
        row["id"]: Arrived(is_new=False, applied=bool(row["applied"]), outcome=row["outcome"])
        for row in among(db, known, [item.id for item in items if isinstance(item.id, str)])
    }
    fresh: dict[str, A] = {}
    for item in items:
        if item.id not in stored:
            fresh.setdefault(item.id, item)
    unstorable = _insert(db, add, to_row, fresh)
    return [_arrived(item, stored, fresh, unstorable) for item in items]


def _arrived(item: A, stored: Mapping[str, Arrived], fresh: Mapping[str, A], unstorable: set[str]) -> Arrived:
    if item.id in unstorable:
        return Arrived(is_new=False, applied=False, is_stored=False)
    if item.id in stored:
        return stored[item.id]
    return Arrived(is_new=fresh[item.id] is item, applied=fresh[item.id].applied)


def _insert(
    db: sqlite3.Connection, add: str, to_row: Callable[[A], tuple[object, ...]], fresh: Mapping[str, A]
) -> set[str]:
    """All at once; one by one only when something among them cannot be stored. The ids of what cannot."""
    unstorable = set()
    db.execute("SAVEPOINT together")
    try:
        db.executemany(add, [to_row(item) for item in fresh.values()])
    except _UNSTORABLE:
        db.execute("ROLLBACK TO together")
        for item in fresh.values():
            try:
                db.execute(add, to_row(item))
            except _UNSTORABLE:
                unstorable.add(item.id)
    db.execute("RELEASE together")
    return unstorable


def _acknowledgement_row(a: Acknowledgement) -> tuple[object, ...]:
    times = (to_ms(a.at), to_ms(a.received_at))
    states = (int(a.time_replaced), a.also, int(a.applied), a.outcome)
    return (a.id, a.channel, a.user, a.notice, a.version, a.choice, *times, *states)


def _acknowledgement(row: sqlite3.Row) -> Acknowledgement:
    return Acknowledgement(
        id=row["id"],
        channel=row["channel"],
        user=row["user"],
        notice=row["notice"],
        version=row["version"],
        choice=row["choice"],
        at=from_ms(row["at"]),
        received_at=from_ms(row["received_at"]),
        time_replaced=bool(row["time_replaced"]),
        also=row["also"],
        applied=bool(row["applied"]),
        outcome=row["outcome"],
    )


def _entry_row(e: InboxEntry) -> tuple[object, ...]:
    return (e.id, e.channel, e.user, e.kind, to_ms(e.at), to_ms(e.received_at), e.raw, int(e.applied), e.owed)


def _entry(row: sqlite3.Row) -> InboxEntry:
    return InboxEntry(
        id=row["id"],
        channel=row["channel"],
        user=row["user"],
        kind=row["kind"],
        at=from_ms(row["at"]),
        received_at=from_ms(row["received_at"]),
        raw=row["raw"],
        applied=bool(row["applied"]),
        owed=row["owed"],
    )


class SqliteAcknowledgements:
    """See `storage.base.Acknowledgements`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, ids: Collection[str]) -> dict[str, Acknowledgement]:
        return await self._database.read(_get_acknowledgements, ids)

    async def pending(self, received_before: datetime, limit: int) -> list[Acknowledgement]:
        return await self._database.read(_pending_acknowledgements, received_before, limit)

    async def settle(self, outcomes: Mapping[str, Outcome]) -> None:
        await self._database.write(_settle_acknowledgements, outcomes)

    async def log(self, notice: str) -> AsyncIterator[Acknowledgement]:
        after = ""
        while page := await self._database.read(_log_page, notice, after):
            for entry in page:
                yield entry
            after = page[-1].id


def _get_acknowledgements(db: sqlite3.Connection, ids: Collection[str]) -> dict[str, Acknowledgement]:
    rows = among(db, "SELECT * FROM acknowledgements WHERE id IN (...)", ids)
    return {row["id"]: _acknowledgement(row) for row in rows}


def _pending_acknowledgements(db: sqlite3.Connection, received_before: datetime, limit: int) -> list[Acknowledgement]:
    rows = db.execute(
        "SELECT * FROM acknowledgements WHERE applied = 0 AND received_at < ? ORDER BY received_at, id LIMIT ?",
        (to_ms(received_before), limit),
    )
    return [_acknowledgement(row) for row in rows]


def _settle_acknowledgements(db: sqlite3.Connection, outcomes: Mapping[str, Outcome]) -> None:
    db.executemany(
        "UPDATE acknowledgements SET applied = 1, outcome = ? WHERE id = ? AND applied = 0",
        [(str(outcome), event) for event, outcome in outcomes.items() if is_storable(event)],
    )


def _log_page(db: sqlite3.Connection, notice: str, after: str) -> list[Acknowledgement]:
    rows = db.execute(
        "SELECT * FROM acknowledgements WHERE notice = ? AND id > ? ORDER BY id LIMIT ?", (notice, after, _PAGE)
    )
    return [_acknowledgement(row) for row in rows]


class SqliteInbox:
    """See `storage.base.Inbox`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, ids: Collection[str]) -> dict[str, InboxEntry]:
        return await self._database.read(_get_entries, ids)

    async def pending(self, received_before: datetime, limit: int) -> list[InboxEntry]:
        return await self._database.read(_pending_entries, received_before, limit)

    async def settle(self, entry: str, owed: bytes | None = None) -> None:
        await self._database.write(_settle_entry, entry, owed)

    async def take_owed(self, channel: str, user: str) -> list[bytes]:
        return await self._database.write(_take_owed, channel, user)

    async def since(self, channel: str, user: str, kinds: Collection[str], after: datetime) -> list[InboxEntry]:
        return await self._database.read(_since, channel, user, kinds, after)

    async def forget(self, received_before: datetime) -> int:
        forgotten = 0
        while count := await self._database.write(_forget, received_before):
            forgotten += count
        return forgotten


def _get_entries(db: sqlite3.Connection, ids: Collection[str]) -> dict[str, InboxEntry]:
    return {row["id"]: _entry(row) for row in among(db, "SELECT * FROM inbox WHERE id IN (...)", ids)}


def _pending_entries(db: sqlite3.Connection, received_before: datetime, limit: int) -> list[InboxEntry]:
    rows = db.execute(
        "SELECT * FROM inbox WHERE applied = 0 AND received_at < ? ORDER BY at, id LIMIT ?",
        (to_ms(received_before), limit),
    )
    return [_entry(row) for row in rows]


def _settle_entry(db: sqlite3.Connection, entry: str, owed: bytes | None) -> None:
    db.execute("UPDATE inbox SET applied = 1, owed = ? WHERE id = ? AND applied = 0", (owed, entry))


def _take_owed(db: sqlite3.Connection, channel: str, user: str) -> list[bytes]:
    rows = db.execute(
        "SELECT id, owed FROM inbox WHERE channel = ? AND user = ? AND owed IS NOT NULL ORDER BY at, id",
        (channel, user),
    ).fetchall()
    db.executemany("UPDATE inbox SET owed = NULL WHERE id = ?", [(row["id"],) for row in rows])
    return [row["owed"] for row in rows]


def _since(
    db: sqlite3.Connection, channel: str, user: str, kinds: Collection[str], after: datetime
) -> list[InboxEntry]:
    rows = db.execute(
        "SELECT * FROM inbox WHERE channel = ? AND user = ? AND at > ? ORDER BY at, id", (channel, user, to_ms(after))
    )
    return [_entry(row) for row in rows if row["kind"] in kinds]


def _forget(db: sqlite3.Connection, received_before: datetime) -> int:
    return db.execute(
        "DELETE FROM inbox WHERE rowid IN (SELECT rowid FROM inbox WHERE applied = 1 AND received_at < ? LIMIT ?)",
        (to_ms(received_before), _FORGET),
    ).rowcount
