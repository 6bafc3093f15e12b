"""送信権 in SQLite, and when things were last seen to work."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from storage.models import Lease
from storage.sqlite.connection import Database
from storage.sqlite.rows import from_ms, to_ms

_TAKE_FIRST = "INSERT INTO leases (id, holder, beat, epoch) VALUES (?, ?, 1, 1) ON CONFLICT DO NOTHING RETURNING *"
_TAKE = """
UPDATE leases SET holder = ?, beat = beat + 1, epoch = epoch + 1
WHERE id = ? AND holder = ? AND beat = ? AND epoch = ? RETURNING *
"""
_RENEW = "UPDATE leases SET beat = beat + 1 WHERE id = ? AND holder = ? AND epoch = ? RETURNING *"

_RELEASE = "UPDATE leases SET holder = '' WHERE id = ? AND holder = ? AND epoch = ? RETURNING *"

_BEAT = "INSERT INTO pulses (id, at) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET at = max(at, excluded.at)"


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

    async def release(self, held: Lease) -> bool:
        return await self._database.write(_one, _RELEASE, held.id, held.holder, held.epoch) is not None


def _one(db: sqlite3.Connection, statement: str, *values: object) -> Lease | None:
    rows = db.execute(statement, values).fetchall()
    return next((Lease(id=r["id"], holder=r["holder"], beat=r["beat"], epoch=r["epoch"]) for r in rows), None)


class SqlitePulses:
    """See `storage.base.Pulses`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self, pulse: str) -> datetime | None:
        return await self._database.read(_last, pulse)

    async def beat(self, pulse: str, at: datetime) -> None:
        await self._database.write(_beat, pulse, at)


def _last(db: sqlite3.Connection, pulse: str) -> datetime | None:
    row = db.execute("SELECT at FROM pulses WHERE id = ?", (pulse,)).fetchone()
    return None if row is None else from_ms(row["at"])


def _beat(db: sqlite3.Connection, pulse: str, at: datetime) -> None:
    db.execute(_BEAT, (pulse, to_ms(at)))
