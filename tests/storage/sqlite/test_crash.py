"""kill -9 in the middle: what was acknowledged is there, totals are right, and what was not folded can be."""

from __future__ import annotations

import asyncio
import sys
from collections import defaultdict
from pathlib import Path

from msgspec.structs import replace

from storage.models import Acknowledgement, Confirmation, Confirmed, Coverage, Outcome, Receipt, Totals
from storage.sqlite import SqliteStorage, open_sqlite
from tests.factories import NOW, after, make_receipt
from tests.storage.sqlite import crash_writer

KILLS = 10
ROOT = Path(__file__).parents[3]

OBLIGED = [
    make_receipt(
        f"{n:04}",
        contacts=(f"c{n}", f"c{(n + 1) % crash_writer.CONTACTS}"),
        coverage=Coverage.EVERY if n % 2 else Coverage.ANY,
    )
    for n in range(crash_writer.CONTACTS)
]


async def test_what_was_acknowledged_survives_any_kill(tmp_path: Path) -> None:
    path = tmp_path / "kakunin.db"
    storage = await open_sqlite(path)
    await storage.receipts.add(OBLIGED)
    await storage.close()
    said: dict[str, set[str]] = defaultdict(set)
    for run in range(KILLS):
        await write_until_killed(path, run, lines=3 + 5 * run, said=said)
        storage = await open_sqlite(path, exclusive=True)
        await check_nothing_is_lost(storage, said)
        if run % 3 == 2:
            await redo(storage)
            await check_receipts_are_the_fold_of_the_log(storage)
        await storage.close()
    assert len(said["appended"]) > KILLS * crash_writer.BATCH


async def write_until_killed(path: Path, run: int, lines: int, said: dict[str, set[str]]) -> None:
    """The process writes on while we read, so it dies wherever it happens to be."""
    writer = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.storage.sqlite.crash_writer", str(path), f"run{run}"),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    assert writer.stdout is not None
    heard = [await writer.stdout.readline() for _ in range(lines)]
    writer.kill()
    heard += [line async for line in writer.stdout if line.endswith(b"\n")]
    assert await writer.wait() == -9, "it stopped of itself"
    for line in heard:
        verb, *events = line.decode().split()
        said[verb].update(events)


async def everything(storage: SqliteStorage) -> list[Receipt]:
    pages = [await storage.receipts.page("notice-1", is_open, "", 1000) for is_open in (True, False)]
    return [receipt for page in pages for receipt in page]


def change(tap: Acknowledgement) -> Confirmed:
    return Confirmed(tap.notice, tap.user, Confirmation(tap.at, tap.id, tap.choice))


async def check_nothing_is_lost(storage: SqliteStorage, said: dict[str, set[str]]) -> None:
    log = {a.id: a async for a in storage.acknowledgements.log("notice-1")}
    assert said["appended"] <= log.keys()
    assert said["settled"] <= {a.id for a in log.values() if a.applied}
    receipts = await everything(storage)
    assert await storage.receipts.totals("notice-1") == Totals.of(receipts)
    for receipt in receipts:
        known = [log[event] for event in said["folded"] if log[event].user in receipt.contacts]
        folded = receipt
        for tap in known:
            folded = folded.after(change(tap))
        assert folded == receipt, "what was said to be folded changes nothing any more"


async def redo(storage: SqliteStorage) -> None:
    """As any process does with what was left unapplied."""
    while pending := await storage.acknowledgements.pending(after(days=1), 100):
        await storage.receipts.fold([change(tap) for tap in pending])
        await storage.acknowledgements.settle({tap.id: Outcome.COUNTED for tap in pending})


async def check_receipts_are_the_fold_of_the_log(storage: SqliteStorage) -> None:
    log = [a async for a in storage.acknowledgements.log("notice-1")]
    assert all(a.applied for a in log)
    assert all(a.at <= NOW for a in log)
    expected = []
    for receipt in OBLIGED:
        for tap in log:
            receipt = receipt.after(change(tap))
        expected.append(replace(receipt, revision=0))
    found = sorted((replace(r, revision=0) for r in await everything(storage)), key=lambda r: r.member)
    assert found == expected
    assert await storage.receipts.totals("notice-1") == Totals.of(expected)
