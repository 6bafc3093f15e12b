"""The file itself: who may open it, what becomes of it when disks and people misbehave."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.errors import SchemaError, StorageBusyError, StorageDownError
from storage.models import Audience
from storage.sqlite import SqliteStorage, open_sqlite, schema
from tests.factories import make_acknowledgement, make_member, make_notice

EVERYONE = Audience(everyone=True)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "データ %20?#" / "kakunin.db"


@pytest.fixture
async def storage(path: Path) -> AsyncIterator[SqliteStorage]:
    home = await open_sqlite(path)
    yield home
    await home.close()


def theirs(path: Path, statement: str) -> bytes:
    """The file as some other program leaves it."""
    path.parent.mkdir(exist_ok=True)
    db = sqlite3.connect(path)
    db.execute(statement)
    db.close()
    return path.read_bytes()


def spoil(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"not a database at all" * 100)


async def test_a_second_serve_on_the_same_file_is_refused(path: Path) -> None:
    first = await open_sqlite(path, exclusive=True)
    with pytest.raises(StorageBusyError, match="already runs"):
        await open_sqlite(path, exclusive=True)
    await first.ping()
    await first.close()
    await (await open_sqlite(path, exclusive=True)).close()


async def test_a_start_that_failed_lets_go_of_the_file(path: Path) -> None:
    spoil(path)
    for _ in range(2):
        with pytest.raises(SchemaError, match="is not a database"):
            await open_sqlite(path, exclusive=True)
    await asyncio.to_thread(path.unlink)
    await (await open_sqlite(path, exclusive=True)).close()


async def test_a_short_command_writes_beside_serve(path: Path) -> None:
    serve = await open_sqlite(path, exclusive=True)
    command = await open_sqlite(path)
    await asyncio.gather(
        *(serve.append([make_acknowledgement(f"tap-{n}")], []) for n in range(40)),
        *(command.members.put([make_member(f"{n}")]) for n in range(40)),
    )
    assert await serve.members.count(EVERYONE) == 40
    assert len([a async for a in command.acknowledgements.log("notice-1")]) == 40
    await command.close()
    await serve.ping()
    await serve.close()


async def test_many_may_make_the_same_new_file_at_once(path: Path) -> None:
    homes = await asyncio.gather(*(open_sqlite(path) for _ in range(6)))
    assert len({await home.organization_id() for home in homes}) == 1
    await asyncio.gather(*(home.close() for home in homes))


async def test_what_was_written_is_there_after_closing(path: Path) -> None:
    first = await open_sqlite(path)
    organization = await first.organization_id()
    await first.append([make_acknowledgement()], [])
    await first.close()
    assert not path.with_name(path.name + "-wal").exists(), "closing folds the log into the file"
    again = await open_sqlite(path)
    assert await again.organization_id() == organization
    assert await again.acknowledgements.get(["event-1"]) == {"event-1": make_acknowledgement()}
    await again.close()


async def test_closing_finishes_what_is_in_hand(path: Path) -> None:
    storage = await open_sqlite(path)
    writes = [asyncio.create_task(storage.append([make_acknowledgement(f"tap-{n}")], [])) for n in range(50)]
    await asyncio.wait(writes, return_when=asyncio.FIRST_COMPLETED)
    await storage.close()
    await asyncio.gather(*writes)
    again = await open_sqlite(path)
    assert len([a async for a in again.acknowledgements.log("notice-1")]) == 50
    await again.close()


async def test_the_file_is_for_its_owner_only(storage: SqliteStorage, path: Path) -> None:
    await storage.ping()
    for file in (path, path.with_name(path.name + "-wal")):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


async def test_a_commit_waits_for_the_disk_and_readers_cannot_write(storage: SqliteStorage) -> None:
    database = storage._database
    assert [database._writer.execute(f"PRAGMA {p}").fetchone()[0] for p in ("journal_mode", "synchronous")] == [
        "wal",
        2,
    ]
    with pytest.raises(StorageDownError, match="readonly"):
        await database.read(lambda db: db.execute("DELETE FROM organization"))


async def test_a_newer_schema_is_refused_with_what_to_do(path: Path) -> None:
    await (await open_sqlite(path)).close()
    before = theirs(path, f"PRAGMA user_version = {len(schema.MIGRATIONS) + 1}")
    with pytest.raises(SchemaError, match="newer Kakunin"):
        await open_sqlite(path)
    assert theirs(path, "SELECT 1") == before


async def test_another_programs_database_is_refused_and_left_alone(path: Path) -> None:
    before = theirs(path, "CREATE TABLE theirs (x)")
    with pytest.raises(SchemaError, match="another program"):
        await open_sqlite(path)
    assert theirs(path, "SELECT 1") == before


async def test_an_older_file_is_brought_up_to_date(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = await open_sqlite(path)
    await first.members.put([make_member()])
    await first.close()
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, lambda db: db.execute("CREATE TABLE new (x)")))
    for _ in range(2):
        again = await open_sqlite(path)
        assert await again.members.count(EVERYONE) == 1
        assert await again._database.read(lambda db: db.execute("SELECT count(*) FROM new").fetchone()[0]) == 0
        await again.close()


async def test_a_migration_that_fails_changes_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await (await open_sqlite(path)).close()

    def stumble(db: sqlite3.Connection) -> None:
        db.execute("DROP TABLE members")
        db.execute("this is no statement")

    with monkeypatch.context() as patch:
        patch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, stumble))
        with pytest.raises(StorageDownError):
            await open_sqlite(path)
    again = await open_sqlite(path)
    assert await again.members.count(EVERYONE) == 0
    await again.close()


async def test_an_unreachable_place_is_storage_down(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageDownError, match="cannot be opened"):
        await open_sqlite(tmp_path / "file" / "kakunin.db")
    with pytest.raises(StorageDownError, match="cannot be opened"):
        await open_sqlite(tmp_path)


async def test_nothing_is_acknowledged_once_the_directory_is_gone(storage: SqliteStorage, path: Path) -> None:
    await storage.ping()
    shutil.rmtree(path.parent)
    with pytest.raises(StorageDownError, match="gone"):
        await storage.append([make_acknowledgement()], [])
    with pytest.raises(StorageDownError, match="gone"):
        await storage.ping()


@pytest.mark.parametrize("suffix", ["", "-wal"])
async def test_nothing_is_acknowledged_into_a_file_that_was_replaced(
    storage: SqliteStorage, path: Path, suffix: str
) -> None:
    await storage.ping()
    file = path.with_name(path.name + suffix)
    shutil.copy(file, file.with_suffix(".copy"))
    file.with_suffix(".copy").replace(file)
    with pytest.raises(StorageDownError, match="replaced"):
        await storage.append([make_acknowledgement()], [])


async def test_a_full_disk_is_storage_down_and_passes(storage: SqliteStorage) -> None:
    await storage.append([make_acknowledgement("before")], [])
    writer = storage._database._writer
    (pages,) = writer.execute("PRAGMA page_count").fetchone()
    writer.execute(f"PRAGMA max_page_count = {pages}")
    lot = [make_acknowledgement(f"tap-{n}", choice="x" * 1000) for n in range(100)]
    with pytest.raises(StorageDownError, match="full") as failure:
        await storage.append(lot, [])
    assert isinstance(failure.value.__cause__, sqlite3.OperationalError)
    assert [a.id async for a in storage.acknowledgements.log("notice-1")] == ["before"], "all of a verb or nothing"
    writer.execute("PRAGMA max_page_count = 1000000")
    assert all(a.is_new for a in await storage.append(lot, []))


async def test_a_file_locked_too_long_is_storage_down_and_passes(storage: SqliteStorage, path: Path) -> None:
    storage._database._writer.execute("PRAGMA busy_timeout = 10")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageDownError, match="locked"):
        await storage.append([make_acknowledgement()], [])
    assert await storage.acknowledgements.get(["event-1"]) == {}, "reading goes on"
    other.execute("ROLLBACK")
    other.close()
    await storage.append([make_acknowledgement()], [])


async def test_a_cancelled_caller_leaves_a_verb_whole_or_not_begun(storage: SqliteStorage, path: Path) -> None:
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    batches = [[make_acknowledgement(f"{b}-{n}") for n in range(20)] for b in range(10)]
    writes = [asyncio.create_task(storage.append(batch, [])) for batch in batches]
    _, waiting = await asyncio.wait(writes, timeout=0)
    assert len(waiting) == 10
    for write in writes[::2]:
        write.cancel()
    other.execute("ROLLBACK")
    other.close()
    results = await asyncio.gather(*writes, return_exceptions=True)
    await storage.ping()
    kept = await storage.acknowledgements.get([a.id for batch in batches for a in batch])
    for batch, result in zip(batches, results, strict=True):
        there = [a.id in kept for a in batch]
        assert all(there) or (isinstance(result, asyncio.CancelledError) and not any(there))


async def test_a_verb_that_fails_halfway_leaves_nothing(storage: SqliteStorage) -> None:
    def half(db: sqlite3.Connection) -> None:
        db.execute("INSERT INTO leases VALUES ('line', 'me', 1, 1)")
        raise ValueError("here it stops")

    with pytest.raises(ValueError, match="here it stops"):
        await storage._database.write(half)
    assert await storage.leases.read("line") is None
    await storage.notices.add(make_notice())


async def test_readers_see_committed_states_only(storage: SqliteStorage, path: Path) -> None:
    def half(db: sqlite3.Connection) -> int:
        db.execute("INSERT INTO leases VALUES ('line', 'me', 1, 1)")
        other = sqlite3.connect(path)
        (seen,) = other.execute("SELECT count(*) FROM leases").fetchone()
        other.close()
        return int(seen)

    assert await storage._database.write(half) == 0
    assert await storage.leases.read("line") is not None
