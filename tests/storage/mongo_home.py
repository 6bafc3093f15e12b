"""The MongoDB home for the contract: a database of its own on the server of the run."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from storage.base import Storage
from storage.mongo import MongoStorage, open_mongo
from storage.mongo.connection import META
from tests.mongodb import server


@asynccontextmanager
async def mongo_home(directory: Path) -> AsyncIterator[Storage]:
    """A new, empty MongoDB home; the directory is for homes that keep files."""
    running, name = server.running(), server.new_name()
    storage = await open_mongo(running.database_uri(name))
    try:
        yield storage
    finally:
        await storage.close()
        running.drop(name)


async def wipe(storage: Storage) -> None:
    """Empty a MongoDB home, which keeps its indexes and its organisation."""
    assert isinstance(storage, MongoStorage)
    connection = storage._connection
    for name in await connection.tables() - {META}:
        await connection.table(name).delete_all({})
