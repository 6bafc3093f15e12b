"""Rosters through the command line, on the real embedded database."""

from __future__ import annotations

import asyncio
import csv
import re
import stat
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest
from openpyxl import Workbook, load_workbook

from handlers.codes import code_id, normalize
from storage.base import Storage
from storage.models import Address, Audience, Contact
from storage.sqlite import open_sqlite
from tests.bot.conftest import Shell
from tests.handlers.test_roster import FAMILY, HEAD, NOW, SIBLINGS

T = TypeVar("T")
EVERYONE = Audience(everyone=True)


def ask(shell: Shell, question: Callable[[Storage], Awaitable[T]]) -> T:
    """Look into the database."""

    async def run() -> T:
        storage = await open_sqlite(shell.folder / "data" / "kakunin.sqlite3")
        try:
            return await question(storage)
        finally:
            await storage.close()

    return asyncio.run(run())


def contacts(shell: Shell, *ids: str) -> dict[str, Contact]:
    return ask(shell, lambda storage: storage.contacts.get(ids))


def register(shell: Shell, *ids: str) -> None:
    """As if these had sent their codes: the same id twice is the same phone."""

    async def attach(storage: Storage) -> None:
        for contact in ids:
            await storage.contacts.attach(contact, Address(channel="line", value="U1", state_at=NOW))

    ask(shell, attach)


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def test_a_trial_shows_every_lines_fate_and_changes_nothing(shell: Shell) -> None:
    shell.write("roster.csv", FAMILY + ",だれか,,,,,,,\n")
    assert shell("members", "import", "roster.csv", "--dry-run", "--codes", "codes.csv") == 1
    assert "2行目 追加 001 佐藤 花\n" in shell.out
    assert "3行目 エラー だれか: 番号がありません" in shell.out
    assert "試しただけです" in shell.out
    assert not (shell.folder / "codes.csv").exists()
    assert ask(shell, lambda storage: storage.members.count(EVERYONE)) == 0


def test_good_lines_are_read_and_bad_ones_are_named(shell: Shell) -> None:
    shell.write("roster.csv", FAMILY + "001,同じ番号,,,,,,,\n", encoding="cp932")
    assert shell("members", "import", "roster.csv") == 1
    assert "3行目 エラー" in shell.out
    assert ask(shell, lambda storage: storage.members.count(EVERYONE)) == 1
    assert {c.name for c in contacts(shell, "001-1", "001-2").values()} == {"佐藤 恵", "佐藤 健"}


def test_reading_again_changes_nothing_and_deletes_nobody(shell: Shell) -> None:
    shell.write("roster.csv", SIBLINGS)
    assert shell("members", "import", "roster.csv") == 0
    assert "追加 2人、変更 0人、そのまま 0人" in shell.out
    assert shell("members", "import", "roster.csv") == 0
    assert "追加 0人、変更 0人、そのまま 2人" in shell.out
    shell.write("part.csv", HEAD + "001,佐藤 花,,1年A組,佐藤 恵,母,G1,,\n")
    assert shell("members", "import", "part.csv") == 0
    assert "ファイルになかった人が 1人" in shell.out
    assert contacts(shell, "G1")["G1"].members == ("001", "002")


def test_codes_are_written_once_for_the_owners_eyes_only(shell: Shell) -> None:
    shell.set(ORGANIZATION_NAME="緑町小学校")
    shell.write("roster.csv", FAMILY)
    assert shell("members", "import", "roster.csv", "--codes", "codes.csv") == 0
    file = shell.folder / "codes.csv"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    written = rows(file)
    assert [(row["名前"], row["連絡先"], row["続柄"]) for row in written] == [
        ("佐藤 花", "佐藤 恵", "母"),
        ("佐藤 花", "佐藤 健", "父"),
    ]
    assert all(row["登録コード"] in row["登録のしかた"] and "緑町小学校" in row["登録のしかた"] for row in written)
    assert not any(row["登録コード"] in shell.out for row in written)
    assert is_valid(shell, *(row["登録コード"] for row in written)) == ["001-1", "001-2"]

    assert shell("members", "import", "roster.csv", "--codes", "again.csv") == 0
    assert not (shell.folder / "again.csv").exists()
    assert "前に渡したコードはそのまま使えます" in shell.out
    assert is_valid(shell, *(row["登録コード"] for row in written)) == ["001-1", "001-2"]


def is_valid(shell: Shell, *shown: str) -> list[str]:
    """Whom these codes register, as far as they may be used."""
    secret = (shell.folder / "data" / "secret.key").read_bytes()

    async def look(storage: Storage) -> list[str]:
        found = [await storage.codes.get(code_id(normalize(code) or "", secret)) for code in shown]
        return [code.contact for code in found if code and code.expires_at > code.created_at and code.used_by is None]

    return ask(shell, look)


def test_new_codes_replace_the_old_ones_of_those_who_have_not_registered(shell: Shell) -> None:
    shell.write("roster.csv", FAMILY)
    shell("members", "import", "roster.csv", "--codes", "codes.csv")
    register(shell, "001-1")
    assert shell("members", "import", "roster.csv", "--codes", "new.csv", "--new-codes") == 0
    (row,) = rows(shell.folder / "new.csv")
    assert row["連絡先"] == "佐藤 健"
    assert is_valid(shell, row["登録コード"]) == ["001-2"]


def test_codes_never_overwrite_a_file_and_then_nothing_is_changed(shell: Shell) -> None:
    shell.write("roster.csv", FAMILY)
    shell.write("codes.csv", "handed out already")
    assert shell("members", "import", "roster.csv", "--codes", "codes.csv") == 1
    assert "codes.csv はもうあります" in shell.err
    assert (shell.folder / "codes.csv").read_text() == "handed out already"
    assert ask(shell, lambda storage: storage.members.count(EVERYONE)) == 0


def test_who_took_no_codes_is_told_how_to_get_them(shell: Shell) -> None:
    shell.write("roster.csv", FAMILY)
    assert shell("members", "import", "roster.csv") == 0
    assert "--codes コード.csv --new-codes" in shell.out


def test_new_codes_need_a_file(shell: Shell) -> None:
    shell.write("roster.csv", FAMILY)
    assert shell("members", "import", "roster.csv", "--new-codes") == 1
    assert "--codes" in shell.err


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_what_is_exported_can_be_read_back_without_a_change(shell: Shell, ending: str) -> None:
    shell.write("roster.csv", FAMILY + "010,=SUM(A1),,'-A組、B組,,,,,\n")
    shell.write("more.csv", SIBLINGS.replace("001", "101").replace("002", "102"))
    shell.write("staff.csv", "職員番号,氏名,所属\nT1,山田 先生,教職員\n")
    for name in ("roster", "more", "staff"):
        assert shell("members", "import", f"{name}.csv") == 0
    register(shell, "001-1", "G1")  # one mother, who registered for three children
    assert contacts(shell, "001-1")["001-1"].members == ("001", "101", "102")

    assert shell("members", "export", f"out.{ending}") == 0
    assert "5人" in shell.out
    assert stat.S_IMODE((shell.folder / f"out.{ending}").stat().st_mode) == 0o600
    assert shell("members", "import", f"out.{ending}") == 0
    assert "追加 0人、変更 0人、そのまま 5人、エラー 0行" in shell.out
    assert "使いませんでした" not in shell.out
    assert contacts(shell, "001-1")["001-1"].members == ("001", "101", "102")


def test_an_exported_sheet_computes_nothing_and_keeps_its_zeros(shell: Shell) -> None:
    shell.write("roster.csv", "番号,名前\n007,=1+1\n")
    shell("members", "import", "roster.csv")
    shell("members", "export", "out.xlsx")
    shell("members", "export", "out.csv")
    sheet = load_workbook(shell.folder / "out.xlsx").worksheets[0]
    assert [(cell.value, cell.data_type) for cell in sheet[2][:2]] == [("007", "s"), ("=1+1", "s")]
    assert rows(shell.folder / "out.csv")[0]["名前"] == "'=1+1"


def test_a_workbook_is_read_as_it_looks(shell: Shell) -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    for row in (
        ["緑町小学校 名簿"],
        ["番号", "名前", "組", "保護者1"],
        [7, "佐藤 花", "1年A組", "佐藤 恵"],
        [8.0, "田中 空", None, None],
    ):
        sheet.append(row)
    book.save(shell.folder / "roster.xlsx")
    assert shell("members", "import", "roster.xlsx") == 0
    members = ask(shell, lambda storage: storage.members.get(["7", "8"]))
    assert {m.id: m.groups for m in members.values()} == {"7": ("1年A組",), "8": ()}
    assert contacts(shell, "7-1")["7-1"].name == "佐藤 恵"


def test_a_file_that_only_looks_like_a_workbook_is_refused_kindly(shell: Shell) -> None:
    (shell.folder / "roster.xlsx").write_bytes(b"PK\x03\x04 and then nothing")
    assert shell("members", "import", "roster.xlsx") == 1
    assert re.search("CSV UTF-8", shell.err)


def test_short_commands_run_beside_a_running_serve(shell: Shell) -> None:
    shell.write("roster.csv", FAMILY)

    async def beside() -> list[int]:
        serving = await open_sqlite(shell.folder / "data" / "kakunin.sqlite3", exclusive=True)
        try:
            commands = (["members", "import", "roster.csv"], ["members", "export", "out.csv"], ["admin", "invite"])
            codes = [await asyncio.to_thread(shell, *command) for command in commands]
            assert await serving.members.count(EVERYONE) == 1
        finally:
            await serving.close()
        return codes

    assert asyncio.run(beside()) == [0, 0, 0]


def test_a_roster_of_thousands_is_read_in_seconds(shell: Shell) -> None:
    lines = [f"{n:05},生徒{n},,{n % 30}組,保護者{n},母,,父{n},父\n" for n in range(3000)]
    shell.write("roster.csv", HEAD + "".join(lines))
    assert shell("members", "import", "roster.csv", "--codes", "codes.csv") == 0
    assert "追加 3,000人" in shell.out
    assert "登録コードを 6,000人分" in shell.out
    written = rows(shell.folder / "codes.csv")
    assert len({row["登録コード"] for row in written}) == 6000


def test_a_roster_comes_in_and_goes_out_on_mongodb_too(shell: Shell, mongodb: str) -> None:
    shell.set(MONGODB_URI=mongodb, SECRET_KEY="k" * 32)
    shell.write("roster.csv", FAMILY)
    assert shell("members", "import", "roster.csv", "--codes", "codes.csv") == 0
    assert len(rows(shell.folder / "codes.csv")) == 2
    assert shell("members", "import", "roster.csv") == 0
    assert "そのまま 1人" in shell.out
    assert shell("members", "export", "out.csv") == 0
    assert [row["保護者1"] for row in rows(shell.folder / "out.csv")] == ["佐藤 恵"]
    assert shell("admin", "invite") == 0
    assert not (shell.folder / "data").exists(), "nothing is kept beside the database"
