"""Totals that are not the sum of their receipts are noticed, and nothing else is."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from handlers.comparing import Comparison, Difference, What
from storage.sqlite import SqliteStorage, open_sqlite
from tests.factories import NOW, make_confirmed, make_notice, make_receipt


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[SqliteStorage]:
    opened = await open_sqlite(tmp_path / "kakunin.sqlite3")
    await opened.notices.add(make_notice(members=2))
    await opened.receipts.add([make_receipt("1001"), make_receipt("1002")])
    await opened.receipts.fold([make_confirmed()])
    yield opened
    await opened.close()


def spoil(file: Path) -> None:
    """One more is counted than there is."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("UPDATE tallies SET confirmed = confirmed + 1")
        connection.commit()


async def test_totals_that_are_right_are_no_difference(storage: SqliteStorage) -> None:
    comparison = Comparison(storage)
    assert [await comparison.go_on(NOW) for _ in range(4)] == [[], [], [], []]


async def test_totals_that_are_wrong_twice_are_told(storage: SqliteStorage, tmp_path: Path) -> None:
    spoil(tmp_path / "kakunin.sqlite3")
    comparison = Comparison(storage)
    assert await comparison.go_on(NOW) == []
    assert await comparison.go_on(NOW) == [Difference(What.FOLDED, "notice-1", "notice-1", 1, 2)]
