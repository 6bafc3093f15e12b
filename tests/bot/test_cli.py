"""The commands: what one types, what one reads, and nothing but one line where something is wrong."""

from __future__ import annotations

import asyncio
import re
import socket
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.cli import main
from handlers.codes import code_id, normalize
from storage.models import CodePurpose
from storage.sqlite import open_sqlite
from tests.bot.conftest import Shell

ROOT = Path(__file__).parents[2]
SERVING = {
    "LINE_CHANNEL_SECRET": "a-channel-secret",
    "LINE_CHANNEL_ACCESS_TOKEN": "an-access-token",
    "ORGANIZATION_NAME": "緑町小学校",
    "ORGANIZATION_CONTACT": "03-1234-5678",
}


@pytest.mark.parametrize(
    "arguments",
    [[], ["serve"], ["demo"], ["check"], ["members", "import"], ["members", "export"], ["admin", "invite"], ["export"]],
)
def test_help_is_there_for_every_command(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main([*arguments, "--help"])
    assert caught.value.code == 0
    assert re.search("[ぁ-ん]", capsys.readouterr().out)


def test_help_loads_neither_the_sdk_nor_a_driver() -> None:
    code = (
        "import sys\n"
        "from bot.cli import parser\n"
        "parser().format_help()\n"
        "sys.exit(', '.join({'linebot', 'motor', 'pymongo', 'sqlite3', 'openpyxl', 'aiohttp'} & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_serve_tells_everything_that_is_missing_and_starts_nothing(shell: Shell) -> None:
    assert shell("serve") == 2
    lines = shell.err.splitlines()
    assert len(lines) == 5
    for name in SERVING:
        assert any(line.startswith(f"・{name}: ") for line in lines)
    assert "Traceback" not in shell.err
    assert not (shell.folder / "data").exists()


def test_the_language_of_a_complaint_can_be_chosen(shell: Shell) -> None:
    shell.set(LOCALE="en")
    assert shell("serve") == 2
    assert "Nothing was started" in shell.err


def test_processes_are_split_only_on_mongodb(shell: Shell) -> None:
    shell.set(**SERVING)
    assert shell("serve", "--only", "work") == 1
    assert "MONGODB_URI" in shell.err


def test_a_second_serve_on_the_same_file_is_refused(shell: Shell) -> None:
    shell.set(**SERVING)

    async def beside() -> int:
        first = await open_sqlite(shell.folder / "data" / "kakunin.sqlite3", exclusive=True)
        try:
            return await asyncio.to_thread(shell, "serve")
        finally:
            await first.close()

    assert asyncio.run(beside()) == 1
    assert "もう serve か demo が動いています" in shell.err


def test_a_database_that_cannot_be_opened_is_one_line(shell: Shell) -> None:
    shell.write("data", "a file where the folder should be")
    assert shell("admin", "invite") == 1
    assert shell.err.startswith("データベースにつながりません")
    assert shell.err.count("\n") == 1


def test_inviting_prints_a_code_that_only_its_hash_is_kept_of(shell: Shell) -> None:
    before = datetime.now(UTC)
    assert shell("admin", "invite", "--name", "山田先生") == 0
    found = re.search(r"\d{4}-\d{4}", shell.out)
    assert found
    code = normalize(found[0])
    assert code is not None
    secret = (shell.folder / "data" / "secret.key").read_bytes()

    async def stored() -> None:
        storage = await open_sqlite(shell.folder / "data" / "kakunin.sqlite3")
        try:
            kept = await storage.codes.get(code_id(code, secret))
        finally:
            await storage.close()
        assert kept is not None
        assert (kept.purpose, kept.name, kept.used_by) == (CodePurpose.ADMINISTRATOR, "山田先生", None)
        assert timedelta(hours=24) <= kept.expires_at - before < timedelta(hours=24, minutes=1)

    asyncio.run(stored())
    assert code.encode() not in b"".join(f.read_bytes() for f in (shell.folder / "data").iterdir() if f.is_file())


def test_every_invitation_is_another_code_and_the_secret_stays(shell: Shell) -> None:
    found = set()
    for _ in range(3):
        assert shell("admin", "invite") == 0
        found.add(shell.out.splitlines()[0])
    assert len(found) == 3
    secret = shell.folder / "data" / "secret.key"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert len(secret.read_bytes()) == 64


def test_a_broken_secret_is_said_and_not_replaced(shell: Shell) -> None:
    (shell.folder / "data").mkdir()
    shell.write("data/secret.key", "")
    assert shell("admin", "invite") == 2
    assert "secret.key" in shell.err
    assert (shell.folder / "data" / "secret.key").read_bytes() == b""


@pytest.mark.parametrize("number", ["42", "#42", "４２", "latest", "", "-1"])
def test_an_export_of_an_unknown_notice_says_so_and_writes_nothing(shell: Shell, number: str) -> None:
    assert shell("export", number, "out.csv") == 1
    assert "お知らせはありません" in shell.err
    assert not (shell.folder / "out.csv").exists()


def test_an_export_under_another_ending_is_refused(shell: Shell) -> None:
    assert shell("export", "42", "out.pdf") == 1
    assert ".csv" in shell.err


def test_a_file_that_is_not_there_is_one_line(shell: Shell) -> None:
    assert shell("members", "import", "名簿.csv") == 1
    assert shell.err.startswith("名簿.csv が見つかりません")
    assert shell.err.count("\n") == 1


def test_a_folder_in_the_place_of_a_file_is_one_line(shell: Shell) -> None:
    (shell.folder / "名簿").mkdir()
    assert shell("members", "import", "名簿") == 1
    assert shell.err == "名簿 はフォルダーです。ファイルの名前を書いてください。\n"


def test_a_port_that_is_taken_is_one_line(shell: Shell) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        shell.set(**SERVING, PORT=str(taken.getsockname()[1]), LOG_LEVEL="ERROR", LINE_API_URL="http://127.0.0.1:9")
        assert shell("serve") == 1
    assert "ほかのプログラムが使っています" in shell.err
    assert shell.err.count("\n") == 1


@pytest.mark.parametrize("port", ["-1", "65536", "http", "８０"])
def test_the_demo_takes_only_a_number_that_is_a_port(shell: Shell, port: str) -> None:
    with pytest.raises(SystemExit) as caught:
        shell("demo", "--port", port)
    assert caught.value.code == 2


def test_the_language_may_stand_in_the_file(shell: Shell) -> None:
    shell.write(".env", "LOCALE=en")
    assert shell("serve") == 2
    assert "Nothing was started" in shell.err


def test_python_m_bot_ends_with_the_exit_code() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bot", "members", "import", "nothing.csv", "--new-codes"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "LOCALE": "ja", "PYTHONUTF8": "1"},
    )
    assert done.returncode == 1
    assert "--codes" in done.stderr


def test_a_code_is_made_again_for_one_member(shell: Shell) -> None:
    roster = "番号,氏名,組,保護者1,続柄1,保護者2,続柄2\n101,青木 葵,1年A組,青木 恵,母,青木 健,父\n"
    (shell.folder / "roster.csv").write_text(roster, encoding="utf-8")
    assert shell("members", "import", "roster.csv") == 0

    assert shell("members", "code", "101") == 0
    assert re.search(r"青木 恵 \(母\) \d{4}-\d{4}", shell.out)
    assert re.search(r"青木 健 \(父\) \d{4}-\d{4}", shell.out)

    assert shell("members", "code", "999") == 1
    assert "999" in shell.err
