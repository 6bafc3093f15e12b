"""The file, its threads and its transactions. Knows no record.

One writer connection on a thread of its own runs each verb whole, in one transaction; a few readers on theirs see
committed states only. A caller that is cancelled leaves a verb done or not begun, never half. The only place where
errors of sqlite3 become ours.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from filelock import FileLock, Timeout

from storage.errors import SchemaError, StorageBusyError, StorageDownError
from storage.sqlite.schema import migrate

P = ParamSpec("P")
T = TypeVar("T")

_READERS = 3
_BUSY_SECONDS = 5.0
"""How long a verb waits for a short command that writes beside it."""
_WRITER_CACHE_KIB = 8_000
_READER_CACHE_KIB = 2_000
"""Small: what is not in it the system still holds, and memory must not grow with the roster."""
_KEPT_LOG_BYTES = 64 * 1024 * 1024
_CHECKPOINT_PAGES = 4_000
"""16 MB of log before it is folded into the file: a page that many verbs write is then folded once."""


class Database:
    """One open SQLite file. `write` and `read` run a step on the right thread, inside a transaction."""

    def __init__(self, path: Path, writer: sqlite3.Connection, readers: Sequence[sqlite3.Connection]) -> None:
        self._path = path
        self._writer = writer
        self._readers = readers
        self._idle = list(readers)
        self._letting_go = ExitStack()
        self._writing = ThreadPoolExecutor(1, thread_name_prefix="sqlite-writer")
        self._reading = ThreadPoolExecutor(_READERS, thread_name_prefix="sqlite-reader")
        self._identity = self._files()
        self._is_closed = False

    @classmethod
    def open(cls, path: Path, *, exclusive: bool) -> Database:
        """Open, create or migrate the file. Blocks.

        Raises: StorageBusyError, SchemaError, StorageDownError.
        """
        with ExitStack() as opened, _translated(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            if exclusive:
                opened.callback(_hold(path).release)
            # Names and numbers of people: for the owner's eyes only. The log beside it gets the same rights.
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            writer = opened.enter_context(closing(_connect(path, "rw")))
            _configure(writer, _WRITER_CACHE_KIB)
            writer.execute(f"PRAGMA journal_size_limit = {_KEPT_LOG_BYTES}")
            writer.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
            migrate(writer)
            readers = [opened.enter_context(closing(_connect(path, "ro"))) for _ in range(_READERS)]
            for reader in readers:
                _configure(reader, _READER_CACHE_KIB)
                reader.execute("PRAGMA query_only = ON")
            database = cls(path, writer, readers)
            database._letting_go = opened.pop_all()
            return database

    async def write(
        self, step: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a verb's step in one transaction that is durable when this returns. Raises: StorageDownError."""

        def work() -> T:
            result = _run(self._writer, "BEGIN IMMEDIATE", lambda db: step(db, *args, **kwargs))
            self._check_still_there()
            return result

        return await self._submit(self._writing, work)

    async def read(self, step: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a step on one committed state of the database. Raises: StorageDownError."""

        def work() -> T:
            reader = self._idle.pop()
            try:
                return _run(reader, "BEGIN", lambda db: step(db, *args, **kwargs))
            finally:
                self._idle.append(reader)

        return await self._submit(self._reading, work)

    async def close(self) -> None:
        """Finish what is in hand, fold the log into the file, let go of it. Again: nothing."""
        if not self._is_closed:
            self._is_closed = True
            await asyncio.to_thread(self._close)

    async def _submit(self, threads: ThreadPoolExecutor, work: Callable[[], T]) -> T:
        if self._is_closed:
            raise StorageDownError("the database is closed")
        return await asyncio.get_running_loop().run_in_executor(threads, work)

    def _close(self) -> None:
        self._reading.shutdown()
        self._writing.shutdown()
        # On failure what was committed stands in the log, and whoever opens the file next folds it.
        with self._letting_go, suppress(sqlite3.OperationalError):
            self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def _files(self) -> list[tuple[int, int]]:
        """Which files these are, the database and its log."""
        return [(s.st_dev, s.st_ino) for s in (self._path.stat(), self._log.stat())]

    @property
    def _log(self) -> Path:
        return self._path.with_name(self._path.name + "-wal")

    def _check_still_there(self) -> None:
        """SQLite goes on writing into deleted files: what it calls committed would be gone with the process."""
        try:
            if self._files() == self._identity:
                return
        except OSError as exc:
            raise StorageDownError(f"the database {self._path} is gone") from exc
        raise StorageDownError(f"the database {self._path} was replaced by another file; start again")


def _hold(path: Path) -> FileLock:
    lock = FileLock(path.with_name(path.name + ".lock"), thread_local=False)
    try:
        lock.acquire(blocking=False)
    except Timeout as exc:
        raise StorageBusyError(
            f"another `serve` or `demo` already runs on {path}; stop it first, or give this one a DATA_DIR of its own"
        ) from exc
    return lock


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as exc:
        raise StorageDownError(f"the database {path} cannot be opened: {exc.strerror}") from exc
    except sqlite3.DatabaseError as exc:
        if getattr(exc, "sqlite_errorcode", None) == sqlite3.SQLITE_NOTADB:
            raise SchemaError(f"{path} is not a database of Kakunin; name another file, or move this one away") from exc
        raise StorageDownError(f"the database {path} cannot be opened: {exc}") from exc


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        timeout=_BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=512,
    )


def _configure(db: sqlite3.Connection, cache_kib: int) -> None:
    db.row_factory = sqlite3.Row
    db.execute("PRAGMA synchronous = FULL")
    db.execute(f"PRAGMA cache_size = -{cache_kib}")


def _run(db: sqlite3.Connection, begin: str, step: Callable[[sqlite3.Connection], T]) -> T:
    try:
        db.execute(begin)
        try:
            result = step(db)
            db.execute("COMMIT")
        except BaseException:
            if db.in_transaction:  # a full disk may have rolled it back already
                db.execute("ROLLBACK")
            raise
    except (sqlite3.IntegrityError, sqlite3.ProgrammingError, sqlite3.DataError):
        raise  # what was given is wrong; the database is well
    except sqlite3.DatabaseError as exc:
        raise StorageDownError(f"the database answered: {exc}") from exc
    return result
