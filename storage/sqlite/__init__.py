"""The embedded home: one file on disk, the same verbs, no set-up. Safe against kill -9 and power cuts."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from storage.base import Arrived
from storage.models import Acknowledgement, InboxEntry
from storage.sqlite.arrivals import SqliteAcknowledgements, SqliteInbox, append
from storage.sqlite.connection import Database
from storage.sqlite.contacts import SqliteContacts
from storage.sqlite.conversation import SqliteAudit, SqliteCodes, SqliteDrafts
from storage.sqlite.leases import SqliteLeases, SqlitePulses
from storage.sqlite.members import SqliteMembers
from storage.sqlite.notices import SqliteMailings, SqliteNotices
from storage.sqlite.outbox import SqliteOutbox
from storage.sqlite.receipts import SqliteReceipts


class SqliteStorage:
    """See `storage.base.Storage`. Made by `open_sqlite`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.members = SqliteMembers(database)
        self.contacts = SqliteContacts(database)
        self.notices = SqliteNotices(database)
        self.mailings = SqliteMailings(database)
        self.receipts = SqliteReceipts(database)
        self.acknowledgements = SqliteAcknowledgements(database)
        self.inbox = SqliteInbox(database)
        self.outbox = SqliteOutbox(database)
        self.drafts = SqliteDrafts(database)
        self.codes = SqliteCodes(database)
        self.leases = SqliteLeases(database)
        self.pulses = SqlitePulses(database)
        self.audit = SqliteAudit(database)

    async def append(self, acknowledgements: Sequence[Acknowledgement], inbox: Sequence[InboxEntry]) -> list[Arrived]:
        return await self._database.write(append, acknowledgements, inbox)

    async def organization_id(self) -> str:
        return await self._database.read(_organization_id)

    async def ping(self) -> None:
        await self._database.write(_beat)

    async def close(self) -> None:
        """Finish what is in hand, fold the log into the file, let go of it. Again: nothing."""
        await self._database.close()


async def open_sqlite(path: str | os.PathLike[str], *, exclusive: bool = False) -> SqliteStorage:
    """Open the organisation's memory in this file, made or brought up to date where needed.

    `exclusive` is for `serve` and `demo`: two of them would send everything twice. Short commands open beside it.

    Raises: StorageBusyError, SchemaError, StorageDownError.
    """
    return SqliteStorage(await asyncio.to_thread(Database.open, Path(path), exclusive=exclusive))


def _organization_id(db: sqlite3.Connection) -> str:
    (organization,) = db.execute("SELECT id FROM organization").fetchone()
    return str(organization)


def _beat(db: sqlite3.Connection) -> None:
    db.execute("UPDATE organization SET beats = beats + 1")


__all__ = ["SqliteStorage", "open_sqlite"]
