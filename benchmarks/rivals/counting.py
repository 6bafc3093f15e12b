"""Asking the same table in the ways that grow: read all and filter; count and page; skip and limit."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import orjson

_KEY = "(SELECT key FROM tallies WHERE notice = ?)"


def scan_and_filter(db: sqlite3.Connection, notice: str, _: int) -> int:
    """Every receipt into Python, and who has not is who has no answer there."""
    rows = db.execute(f"SELECT name, answers FROM receipts WHERE notice = {_KEY}", (notice,))  # noqa: S608
    return len([name for name, answers in rows if not orjson.loads(answers)])


def count_then_page(db: sqlite3.Connection, notice: str, _: int) -> int:
    """`count_documents` in SQL, by the best index there is, and the first page."""
    (count,) = db.execute(
        f"SELECT count(*) FROM receipts WHERE notice = {_KEY} AND is_open = 1",  # noqa: S608
        (notice,),
    ).fetchone()
    skip_and_limit(db, notice, 0)
    return int(count)


def skip_and_limit(db: sqlite3.Connection, notice: str, size: int) -> int:
    """The page that begins after nine tenths of the open ones."""
    rows = db.execute(
        f"SELECT * FROM receipts WHERE notice = {_KEY} AND is_open = 1 ORDER BY sort_key LIMIT 50 OFFSET ?",  # noqa: S608
        (notice, int(size * 0.4 * 0.9)),
    )
    return len(rows.fetchall())


QUESTIONS: dict[str, Callable[[sqlite3.Connection, str, int], int]] = {
    "scan and filter": scan_and_filter,
    "count, then page": count_then_page,
    "skip, limit": skip_and_limit,
}
