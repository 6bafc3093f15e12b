"""送信権 in SQLite."""

from __future__ import annotations

import sqlite3

from storage.models import Lease
from storage.sqlite.connection import Database

_TAKE_FIRST = "INSERT INTO leases (id, holder, beat, epoch) VALUES (?, ?, 1, 1) ON CONFLICT DO NOTHING RETURNING *"
_TAKE = """
UPDATE leases SET holder = ?, beat = beat + 1, epoch = epoch + 1
WHERE id = ? AND holder = ? AND beat = ? AND epoch = ? RETURNING *
"""
_RENEW = "UPDATE leases SET beat = beat + 1 WHERE id = ? AND holder = ? AND epoch = ? RETURNING *"


class SqliteLeases:
    """See `storage.base.Leases`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self, lease: str) -> Lease | None:
        return await self._database.read(_one, "SELECT * FROM leases WHERE id = ?", lease)

    async def take(self, lease: str, holder: str, seen: Lease | None) -> Lease | None:
        if seen is None:
            return await self._database.write(_one, _TAKE_FIRST, lease, holder)
        return await self._database.write(_one, _TAKE, holder, lease, seen.holder, seen.beat, seen.epoch)

    async def renew(self, held: Lease) -> Lease | None:
        return await self._database.write(_one, _RENEW, held.id, held.holder, held.epoch)


def _one(db: sqlite3.Connection, statement: str, *values: object) -> Lease | None:
    rows = db.execute(statement, values).fetchall()
    return next((Lease(id=r["id"], holder=r["holder"], beat=r["beat"], epoch=r["epoch"]) for r in rows), None)
