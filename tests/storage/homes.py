"""The homes that the contract is tried on. A home is a line in HOMES; every test of this folder runs over each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from storage.base import Storage
from storage.sqlite import open_sqlite
from tests.storage.mongo_home import mongo_home


@asynccontextmanager
async def sqlite_home(directory: Path) -> AsyncIterator[Storage]:
    """A new, empty SQLite home in the directory."""
    storage = await open_sqlite(directory / "kakunin.db")
    try:
        yield storage
    finally:
        await storage.close()


HOMES: dict[str, Callable[[Path], AbstractAsyncContextManager[Storage]]] = {
    "mongo": mongo_home,
    "sqlite": sqlite_home,
}
"""By name: opens a new, empty home, given a directory of the test's own, and closes it."""

EXAMPLES: dict[str, int] = {"mongo": 10, "sqlite": 30}
"""How many examples a property test draws for each home."""
