"""What the bot remembers, on MongoDB through motor: production, any number of bot processes, a replica set."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from pymongo import UpdateOne

from storage.base import Arrived
from storage.models import Acknowledgement, InboxEntry
from storage.mongo.arrivals import MongoAcknowledgements, MongoInbox, append
from storage.mongo.connection import META, Connection, connect
from storage.mongo.contacts import MongoContacts
from storage.mongo.conversation import MongoAudit, MongoCodes, MongoDrafts, MongoLeases, MongoPulses
from storage.mongo.members import MongoMembers
from storage.mongo.notices import MongoMailings, MongoNotices
from storage.mongo.outbox import MongoOutbox
from storage.mongo.receipts import MongoReceipts
from storage.mongo.schema import prepare


class MongoStorage:
    """See `storage.base.Storage`. Opened by `open_mongo`."""

    def __init__(self, connection: Connection, organization: str) -> None:
        self._connection = connection
        self._organization = organization
        self.members = MongoMembers(connection)
        self.contacts = MongoContacts(connection)
        self.notices = MongoNotices(connection)
        self.mailings = MongoMailings(connection)
        self.receipts = MongoReceipts(connection)
        self.acknowledgements = MongoAcknowledgements(connection)
        self.inbox = MongoInbox(connection)
        self.outbox = MongoOutbox(connection)
        self.drafts = MongoDrafts(connection)
        self.codes = MongoCodes(connection)
        self.leases = MongoLeases(connection)
        self.pulses = MongoPulses(connection)
        self.audit = MongoAudit(connection)

    async def append(self, acknowledgements: Sequence[Acknowledgement], inbox: Sequence[InboxEntry]) -> list[Arrived]:
        return await append(self._connection, acknowledgements, inbox)

    async def organization_id(self) -> str:
        return self._organization

    async def ping(self) -> None:
        """A write that changes something: the server then has to wait for the majority and the journal."""
        change = UpdateOne({"_id": "ping"}, {"$set": {"value": uuid.uuid4().hex}}, upsert=True)
        await self._connection.table(META).bulk([change])

    async def close(self) -> None:
        await self._connection.close()


async def open_mongo(uri: str, *, database: str | None = None) -> MongoStorage:
    """The memory in the database that the address's path names ("kakunin" if none), made ready.

    Raises: StorageDownError, if no primary of a replica set answers. SchemaError, if the database is not ours or newer.
    """
    connection = connect(uri, database)
    try:
        return MongoStorage(connection, await prepare(connection))
    except BaseException:
        await connection.close()
        raise


__all__ = ["MongoStorage", "open_mongo"]
