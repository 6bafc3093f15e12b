"""下書き, 登録コード and 監査 in SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime, timedelta

from storage.errors import ConflictError, NotFoundError
from storage.models import AuditEntry, Code, Draft
from storage.sqlite.connection import Database
from storage.sqlite.rows import Shape, among, from_ms, to_ms

_DRAFTS = Shape("drafts", Draft)
_CODES = Shape("codes", Code)
_AUDIT = Shape("audit", AuditEntry)

_CANCEL_OLDER = """
UPDATE drafts SET state = 'cancelled', revision = revision + 1
WHERE owner = ? AND (created_at, id) < (?, ?) AND state NOT IN ('sending', 'cancelled')
"""
_CURRENT = """
SELECT * FROM drafts WHERE owner = ? AND state NOT IN ('sending', 'cancelled') ORDER BY created_at DESC, id DESC LIMIT 1
"""
_EXPIRE_OLDER = """
UPDATE codes SET expires_at = ? WHERE contact = ? AND purpose = ? AND created_at < ? AND used_by IS NULL
AND expires_at > ?
"""
_TAKE = """
UPDATE codes SET used_by = ?, used_at = ? WHERE id = ? AND used_by IS NULL AND offered_to = ? AND expires_at > ?
"""
_PAGE = "SELECT * FROM audit WHERE (at, id) < (?, ?) ORDER BY at DESC, id DESC LIMIT ?"
_HOUR = timedelta(hours=1)


class SqliteDrafts:
    """See `storage.base.Drafts`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def start(self, draft: Draft) -> Draft:
        return await self._database.write(_start, draft)

    async def get(self, draft: str) -> Draft | None:
        return await self._database.read(_draft, draft)

    async def current(self, owner: str) -> Draft | None:
        return await self._database.read(_current, owner)

    async def save(self, draft: Draft) -> Draft:
        return await self._database.write(_save, draft)


def _draft(db: sqlite3.Connection, draft: str) -> Draft | None:
    rows = among(db, "SELECT * FROM drafts WHERE id IN (...)", [draft])
    return next((_DRAFTS.record(row) for row in rows), None)


def _start(db: sqlite3.Connection, draft: Draft) -> Draft:
    db.execute(_DRAFTS.insert_once, _DRAFTS.row(draft))
    stored = _draft(db, draft.id) or draft
    db.execute(_CANCEL_OLDER, (stored.owner, to_ms(stored.created_at), stored.id))
    return stored


def _current(db: sqlite3.Connection, owner: str) -> Draft | None:
    return next((_DRAFTS.record(row) for row in db.execute(_CURRENT, (owner,))), None)


def _save(db: sqlite3.Connection, draft: Draft) -> Draft:
    stored = _draft(db, draft.id)
    if stored is None:
        raise NotFoundError(f"there is no draft {draft.id!r}")
    if stored.revision != draft.revision:
        raise ConflictError(f"draft {draft.id!r} was changed: revision {stored.revision}, not {draft.revision}")
    saved = draft.but(revision=draft.revision + 1)
    db.execute(_DRAFTS.put, _DRAFTS.row(saved))
    return saved


class SqliteCodes:
    """See `storage.base.Codes`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, codes: Sequence[Code]) -> None:
        await self._database.write(_add_codes, codes)

    async def get(self, code: str) -> Code | None:
        return await self._database.read(_code, code)

    async def offer(self, code: str, user: str) -> Code | None:
        return await self._database.write(_offer, code, user)

    async def take(self, code: str, user: str, at: datetime) -> Code | None:
        return await self._database.write(_take, code, user, at)

    async def fail(self, user: str, event: str, at: datetime) -> int:
        return await self._database.write(_fail, user, event, at)

    async def failures(self, user: str, since: datetime) -> list[datetime]:
        return await self._database.read(_failures, user, since)


def _code(db: sqlite3.Connection, code: str) -> Code | None:
    rows = among(db, "SELECT * FROM codes WHERE id IN (...)", [code])
    return next((_CODES.record(row) for row in rows), None)


def _add_codes(db: sqlite3.Connection, codes: Sequence[Code]) -> None:
    db.executemany(_CODES.insert_once, [_CODES.row(code) for code in codes])
    for code in codes:
        made = to_ms(code.created_at)
        db.execute(_EXPIRE_OLDER, (made, code.contact, code.purpose.value, made, made))


def _offer(db: sqlite3.Connection, code: str, user: str) -> Code | None:
    db.execute("UPDATE codes SET offered_to = ? WHERE id = ? AND used_by IS NULL", (user, code))
    return _code(db, code)


def _take(db: sqlite3.Connection, code: str, user: str, at: datetime) -> Code | None:
    db.execute(_TAKE, (user, to_ms(at), code, user, to_ms(at)))
    return _code(db, code)


def _fail(db: sqlite3.Connection, user: str, event: str, at: datetime) -> int:
    db.execute(
        "INSERT INTO code_failures (event, user, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", (event, user, to_ms(at))
    )
    (wrong,) = db.execute(
        "SELECT count(*) FROM code_failures WHERE user = ? AND at > ? AND at <= ?", (user, to_ms(at - _HOUR), to_ms(at))
    ).fetchone()
    return int(wrong)


def _failures(db: sqlite3.Connection, user: str, since: datetime) -> list[datetime]:
    rows = db.execute("SELECT at FROM code_failures WHERE user = ? AND at >= ? ORDER BY at", (user, to_ms(since)))
    return [from_ms(row["at"]) for row in rows]


class SqliteAudit:
    """See `storage.base.Audit`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, entry: AuditEntry) -> None:
        await self._database.write(_add_entry, entry)

    async def page(self, limit: int, before: str | None = None) -> list[AuditEntry]:
        return await self._database.read(_page, limit, before)


def _add_entry(db: sqlite3.Connection, entry: AuditEntry) -> None:
    db.execute(_AUDIT.insert_once, _AUDIT.row(entry))


def _page(db: sqlite3.Connection, limit: int, before: str | None) -> list[AuditEntry]:
    at, entry = 2**62, ""
    if before is not None:
        found = db.execute("SELECT at, id FROM audit WHERE id = ?", (before,)).fetchone()
        if found is None:
            return []
        at, entry = found
    return [_AUDIT.record(row) for row in db.execute(_PAGE, (at, entry, limit))]
