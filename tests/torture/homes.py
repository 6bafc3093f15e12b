"""The two homes as a process finds them, with ways to stand in its way at an exact point from outside."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from storage.base import Storage
from storage.mongo import open_mongo
from storage.sqlite import open_sqlite
from tests.mongodb.proxy import Fault, Proxy
from tests.mongodb.server import Server

PATIENCE = 30.0
"""Seconds for which something awaited may take; far longer than it ever does."""


class Home(Protocol):
    """Where a bot remembers."""

    @property
    def settings(self) -> Mapping[str, str]:
        """What tells a bot where it is."""
        ...

    def open(self) -> AbstractAsyncContextManager[Storage]:
        """The storage, beside the bot and not by the bot's way."""
        ...


@dataclass(frozen=True, slots=True)
class SqliteHome:
    """A file."""

    folder: Path

    @property
    def file(self) -> Path:
        """The database."""
        return self.folder / "kakunin.sqlite3"

    @property
    def settings(self) -> Mapping[str, str]:
        return {"DATA_DIR": str(self.folder)}

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Storage]:
        storage = await open_sqlite(self.file)
        try:
            yield storage
        finally:
            await storage.close()


@dataclass(slots=True)
class MongoHome:
    """A database; the bot goes by way of a proxy."""

    server: Server
    name: str
    proxy: Proxy = field(init=False)

    def __post_init__(self) -> None:
        self.proxy = Proxy(self.server.port)
        self.proxy.__enter__()

    @property
    def settings(self) -> Mapping[str, str]:
        uri = self.server.database_uri_through(self.proxy.port, self.name)
        return {"MONGODB_URI": uri, "SECRET_KEY": "torture-secret-key-0123456789abcdef"}

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Storage]:
        storage = await open_mongo(self.server.database_uri(self.name))
        try:
            yield storage
        finally:
            await storage.close()

    def hold_from_now_on(self, command: str) -> None:
        """What is held is let go of; no further command of this name is answered."""
        for _ in range(200):
            self.proxy.fail(Fault.HOLD, {command})
        self.proxy.release()
        self.proxy.fail(Fault.HOLD, {command})  # what is held from here on waits for the next release

    async def renew(self) -> None:
        """Another way to the database, which holds nothing back: for the next bot."""
        await asyncio.to_thread(self.close)
        self.__post_init__()

    def close(self) -> None:
        """Nobody gets to the database by this way any more."""
        self.proxy.__exit__()


@dataclass(slots=True)
class Grip:
    """A write lock on a SQLite file, taken from outside: at once, or the moment something is to be seen in it.

    The watching is a thread's that does nothing else: a commit is seen within a fraction of a millisecond, long before
    a process has gone on to its next one.
    """

    file: Path
    seen: threading.Event = field(default_factory=threading.Event)
    _connection: sqlite3.Connection | None = None
    _watcher: threading.Thread | None = None
    _stopping: threading.Event = field(default_factory=threading.Event)

    def take(self) -> None:
        """Nobody else writes from here on."""
        self._connection = self._connect()
        _insist(self._connection)

    def watch(self, question: str, *, freeze: int | None = None) -> None:
        """Once the answer to `question` (a number) is another than now: stop the process `freeze`, or take the lock."""
        with closing(self._connect()) as connection:
            before = _number(connection, question)
        self._watcher = threading.Thread(target=self._wait_for, args=(question, before, freeze), name="grip")
        self._watcher.start()

    def let_go(self) -> None:
        """Others may write again. The watching ends."""
        if self._connection is not None:
            self._connection.execute("ROLLBACK")
            self._connection.close()
            self._connection = None

    def close(self) -> None:
        """Whatever it was doing, it does it no more."""
        self._stopping.set()
        if self._watcher is not None:
            self._watcher.join()
        self.let_go()

    async def was_seen(self) -> bool:
        """Whether what was watched for came."""
        return await asyncio.to_thread(self.seen.wait, PATIENCE)

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self.file, timeout=PATIENCE, isolation_level=None, check_same_thread=False)

    def _wait_for(self, question: str, before: int, freeze: int | None) -> None:
        connection = self._connect()
        while not self._stopping.is_set() and _number(connection, question) == before:
            pass
        if self._stopping.is_set():
            connection.close()
            return
        if freeze is not None:
            os.kill(freeze, signal.SIGSTOP)
            connection.close()
        else:
            _insist(connection)
            self._connection = connection
        self.seen.set()


def _number(connection: sqlite3.Connection, question: str) -> int:
    return int(connection.execute(question).fetchone()[0] or 0)


def _insist(connection: sqlite3.Connection) -> None:
    """Take the write lock as soon as it is free: the library's own way sleeps between its tries."""
    connection.execute("PRAGMA busy_timeout = 0")
    end = time.monotonic() + PATIENCE
    while True:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            if time.monotonic() > end:
                raise
        else:
            return
