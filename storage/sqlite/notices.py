"""お知らせ and 発送 in SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from datetime import datetime

from storage.errors import NotFoundError
from storage.models import Mailing, Notice, NoticeMark
from storage.sqlite.connection import Database
from storage.sqlite.rows import Shape, among, to_ms

_NOTICES = Shape("notices", Notice)
_MAILINGS = Shape("mailings", Mailing)

_MARKS = {
    NoticeMark.FANNED_OUT: "UPDATE notices SET fanned_out_at = ? WHERE id = ? AND fanned_out_at IS NULL",
    NoticeMark.CLOSED: "UPDATE notices SET closed_at = ? WHERE id = ? AND closed_at IS NULL",
    NoticeMark.CANCELLED: "UPDATE notices SET cancelled_at = ? WHERE id = ? AND cancelled_at IS NULL",
    NoticeMark.STOPPED: "UPDATE notices SET stopped_at = ? WHERE id = ? AND stopped_at IS NULL",
    NoticeMark.COMPLETED: "UPDATE notices SET completed_at = ? WHERE id = ? AND completed_at IS NULL",
    NoticeMark.OVERDUE: "UPDATE notices SET overdue_at = ? WHERE id = ? AND overdue_at IS NULL",
    NoticeMark.SETTLED: "UPDATE notices SET settled_at = ? WHERE id = ? AND settled_at IS NULL",
}
_LATEST = "SELECT * FROM notices WHERE number < ? ORDER BY number DESC LIMIT ?"
_LATEST_OF_SENDER = "SELECT * FROM notices WHERE sender = ? AND number < ? ORDER BY number DESC LIMIT ?"
_UNSETTLED = "SELECT * FROM notices WHERE number > ? AND settled_at IS NULL ORDER BY number LIMIT ?"
_DUE = """
SELECT * FROM mailings WHERE finished_at IS NULL AND stopped_at IS NULL AND urgent = ? AND due_at <= ?
ORDER BY due_at, id LIMIT ?
"""
_BETWEEN = "SELECT * FROM mailings WHERE due_at >= ? AND due_at < ? ORDER BY due_at, id"
_POSTPONE = """
UPDATE mailings SET due_at = ? WHERE id = ? AND due_at < ? AND finished_at IS NULL AND stopped_at IS NULL
"""
_UNSETTLED_MAILINGS = "SELECT * FROM mailings WHERE due_at <= ? AND settled_at IS NULL ORDER BY due_at, id LIMIT ?"
_SETTLE = "UPDATE mailings SET settled_at = ? WHERE id = ? AND settled_at IS NULL"
_FINISH = "UPDATE mailings SET finished_at = ?, note = ? WHERE id = ? AND finished_at IS NULL"
_NEWEST = 2**62


class SqliteNotices:
    """See `storage.base.Notices`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, notice: Notice) -> Notice:
        return await self._database.write(_add_notice, notice)

    async def get(self, ids: Collection[str]) -> dict[str, Notice]:
        return await self._database.read(_get_notices, ids)

    async def by_number(self, number: int) -> Notice | None:
        if not 0 < number < _NEWEST:  # people type any number, and SQLite knows 64 bits
            return None
        found = await self._database.read(_latest, 1, number + 1, None)
        return next((notice for notice in found if notice.number == number), None)

    async def latest(self, limit: int, before: int | None = None, sender: str | None = None) -> list[Notice]:
        return await self._database.read(_latest, limit, before, sender)

    async def unsettled(self, limit: int, after: int = 0) -> list[Notice]:
        return await self._database.read(_unsettled, limit, after)

    async def mark(self, notice: str, mark: NoticeMark, at: datetime) -> Notice:
        return await self._database.write(_mark, notice, mark, at)


class SqliteMailings:
    """See `storage.base.Mailings`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, mailing: Mailing) -> Mailing:
        return await self._database.write(_add_mailing, mailing)

    async def get(self, mailing: str) -> Mailing | None:
        return await self._database.read(_get_mailing, mailing)

    async def of_notice(self, notice: str) -> list[Mailing]:
        return await self._database.read(_of_notice, notice)

    async def due(self, now: datetime, limit: int) -> list[Mailing]:
        return await self._database.read(_due, now, limit)

    async def between(self, start: datetime, end: datetime) -> list[Mailing]:
        return await self._database.read(_between, start, end)

    async def postpone(self, mailing: str, until: datetime) -> None:
        await self._database.write(_postpone, mailing, until)

    async def finish(self, mailing: str, at: datetime, note: str = "") -> None:
        await self._database.write(_finish, mailing, at, note)

    async def unsettled(self, now: datetime, limit: int) -> list[Mailing]:
        return await self._database.read(_unsettled_mailings, now, limit)

    async def settle(self, mailing: str, at: datetime) -> None:
        await self._database.write(_settle, mailing, at)

    async def stop(self, notice: str, at: datetime) -> None:
        await self._database.write(_stop, notice, at)


def _get_notices(db: sqlite3.Connection, ids: Collection[str]) -> dict[str, Notice]:
    return {row["id"]: _NOTICES.record(row) for row in among(db, "SELECT * FROM notices WHERE id IN (...)", ids)}


def _add_notice(db: sqlite3.Connection, notice: Notice) -> Notice:
    if (stored := _get_notices(db, [notice.id]).get(notice.id)) is not None:
        return stored
    (last,) = db.execute("SELECT coalesce(max(number), 0) FROM notices").fetchone()
    numbered = notice.but(number=last + 1)
    db.execute(_NOTICES.insert, _NOTICES.row(numbered))
    return numbered


def _latest(db: sqlite3.Connection, limit: int, before: int | None, sender: str | None) -> list[Notice]:
    bounds = (_NEWEST if before is None else before, limit)
    rows = db.execute(_LATEST, bounds) if sender is None else db.execute(_LATEST_OF_SENDER, (sender, *bounds))
    return [_NOTICES.record(row) for row in rows]


def _unsettled(db: sqlite3.Connection, limit: int, after: int) -> list[Notice]:
    return [_NOTICES.record(row) for row in db.execute(_UNSETTLED, (after, limit))]


def _mark(db: sqlite3.Connection, notice: str, mark: NoticeMark, at: datetime) -> Notice:
    db.execute(_MARKS[mark], (to_ms(at), notice))
    if (stored := _get_notices(db, [notice]).get(notice)) is None:
        raise NotFoundError(f"there is no notice {notice!r}")
    return stored


def _get_mailing(db: sqlite3.Connection, mailing: str) -> Mailing | None:
    rows = among(db, "SELECT * FROM mailings WHERE id IN (...)", [mailing])
    return next((_MAILINGS.record(row) for row in rows), None)


def _add_mailing(db: sqlite3.Connection, mailing: Mailing) -> Mailing:
    db.execute(_MAILINGS.insert_once, _MAILINGS.row(mailing))
    return _get_mailing(db, mailing.id) or mailing


def _of_notice(db: sqlite3.Connection, notice: str) -> list[Mailing]:
    rows = db.execute("SELECT * FROM mailings WHERE notice = ? ORDER BY created_at, id", (notice,))
    return [_MAILINGS.record(row) for row in rows]


def _due(db: sqlite3.Connection, now: datetime, limit: int) -> list[Mailing]:
    due: list[Mailing] = []
    for urgent in (1, 0):
        due += (_MAILINGS.record(row) for row in db.execute(_DUE, (urgent, to_ms(now), limit - len(due))))
    return due


def _between(db: sqlite3.Connection, start: datetime, end: datetime) -> list[Mailing]:
    return [_MAILINGS.record(row) for row in db.execute(_BETWEEN, (to_ms(start), to_ms(end)))]


def _postpone(db: sqlite3.Connection, mailing: str, until: datetime) -> None:
    db.execute(_POSTPONE, (to_ms(until), mailing, to_ms(until)))


def _finish(db: sqlite3.Connection, mailing: str, at: datetime, note: str) -> None:
    db.execute(_FINISH, (to_ms(at), note, mailing))


def _unsettled_mailings(db: sqlite3.Connection, now: datetime, limit: int) -> list[Mailing]:
    return [_MAILINGS.record(row) for row in db.execute(_UNSETTLED_MAILINGS, (to_ms(now), limit))]


def _settle(db: sqlite3.Connection, mailing: str, at: datetime) -> None:
    db.execute(_SETTLE, (to_ms(at), mailing))


def _stop(db: sqlite3.Connection, notice: str, at: datetime) -> None:
    db.execute(
        "UPDATE mailings SET stopped_at = ? WHERE notice = ? AND finished_at IS NULL AND stopped_at IS NULL",
        (to_ms(at), notice),
    )
