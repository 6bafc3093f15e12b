"""Results as files: complete, for the owner's eyes, and nothing in them runs."""

from __future__ import annotations

import asyncio
import csv
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from openpyxl import load_workbook

from bot.export import new_table
from handlers.errors import RefusedError
from storage.models import Audience, Confirmation, Confirmed, Contact, Member, Notice, Receipt
from storage.sqlite import open_sqlite
from tests.bot.conftest import Shell

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
NAMES = ("青木 葵", "=SUM(A1)", "上田 結衣")


async def prepare(folder: Path) -> None:
    """A notice to three members; the first one's mother has confirmed."""
    storage = await open_sqlite(folder / "data" / "kakunin.sqlite3")
    try:
        members = [Member(id=f"00{n}", name=name, groups=("1年A組",)) for n, name in enumerate(NAMES, 1)]
        await storage.members.put(members)
        await storage.contacts.put([Contact(id="001-1", name="青木 恵", relationship="母", members=("001",))])
        notice = Notice(
            id="n1", title="避難訓練", body="", audience=Audience(everyone=True), created_at=NOW, sender="admin"
        )
        await storage.notices.add(notice)
        await storage.receipts.add(
            [Receipt("n1", m.id, m.name, m.sort_key, m.groups, ("001-1",) if m.id == "001" else ()) for m in members]
        )
        await storage.receipts.fold([Confirmed("n1", "001-1", Confirmation(NOW + timedelta(minutes=5), "e1"))])
    finally:
        await storage.close()


@pytest.mark.parametrize("number", ["1", "#1", "１"])
def test_results_name_everybody_once_whatever_the_form(shell: Shell, number: str) -> None:
    asyncio.run(prepare(shell.folder))
    for ending in ("csv", "xlsx"):
        assert shell("export", number, f"out.{ending}") == 0
        assert "#1 の結果" in shell.out
        assert "3人" in shell.out
        assert stat.S_IMODE((shell.folder / f"out.{ending}").stat().st_mode) == 0o600
    with (shell.folder / "out.csv").open(encoding="utf-8-sig", newline="") as stream:
        table = list(csv.reader(stream))
    assert sorted(row[0] for row in table[1:]) == ["001", "002", "003"]
    confirmed = next(row for row in table if row[0] == "001")
    assert confirmed[1:5] == ["青木 葵", "1年A組", "確認済み", "2026-11-22 18:05:00"]
    assert next(row for row in table if row[0] == "002")[1] == "'=SUM(A1)"
    sheet = load_workbook(shell.folder / "out.xlsx").worksheets[0]
    assert [[cell.value or "" for cell in row] for row in sheet.iter_rows()] == table
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value} == {"s"}


def test_an_older_file_is_replaced_whole(shell: Shell) -> None:
    asyncio.run(prepare(shell.folder))
    shell.write("out.csv", "old" * 10_000)
    assert shell("export", "1", "out.csv") == 0
    assert "old" not in (shell.folder / "out.csv").read_text(encoding="utf-8-sig")


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
@pytest.mark.parametrize("overwrite", [True, False])
def test_a_table_that_breaks_off_leaves_nothing_behind(tmp_path: Path, ending: str, overwrite: bool) -> None:
    def breaks_off() -> None:
        with new_table(tmp_path / f"out.{ending}", overwrite=overwrite) as row:
            row(["番号"])
            raise InterruptedError

    with pytest.raises(InterruptedError):
        breaks_off()
    assert list(tmp_path.iterdir()) == []


def test_what_broke_off_spares_the_older_file(tmp_path: Path) -> None:
    (tmp_path / "out.csv").write_text("older")

    def breaks_off() -> None:
        with new_table(tmp_path / "out.csv") as row:
            row(["番号"])
            raise InterruptedError

    with pytest.raises(InterruptedError):
        breaks_off()
    assert (tmp_path / "out.csv").read_text() == "older"


def test_where_nothing_may_be_overwritten_the_file_stays(tmp_path: Path) -> None:
    (tmp_path / "codes.csv").write_text("handed out")
    with pytest.raises(FileExistsError), new_table(tmp_path / "codes.csv", overwrite=False):
        pass
    assert (tmp_path / "codes.csv").read_text() == "handed out"


def test_another_ending_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(RefusedError), new_table(tmp_path / "out.pdf"):
        pass
    assert list(tmp_path.iterdir()) == []
