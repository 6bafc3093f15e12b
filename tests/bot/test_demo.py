"""`demo`: one command, a school with phones, on this machine only; and nothing of it stays running."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
import pytest

from bot import demo as program
from bot.demo_school import TEACHER, build
from bot.opening import open_organization
from bot.roster import read_lines
from bot.settings import Settings
from handlers.roster_file import read_sheet
from handlers.wording import Words
from storage.errors import StorageBusyError
from storage.models import Audience, Reach, Role
from storage.sqlite import open_sqlite

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@dataclass
class Running:
    """A demo in a process of its own."""

    child: asyncio.subprocess.Process
    said: str
    url: str

    async def get(self, path: str) -> Any:
        async with aiohttp.ClientSession() as http, http.get(self.url + path) as response:
            assert response.status == 200
            return await response.json() if response.content_type == "application/json" else await response.text()

    async def stop(self) -> int:
        self.child.send_signal(signal.SIGINT)
        async with asyncio.timeout(30):
            return await self.child.wait()


@asynccontextmanager
async def running(folder: Path, port: int, *arguments: str) -> AsyncIterator[Running]:
    # What a server's own settings might be: the demo must not touch them.
    environment = {
        **os.environ,
        "MONGODB_URI": "mongodb://192.0.2.1/production",
        "DATA_DIR": str(folder / "production"),
    }
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "demo", "--port", str(port), "--folder", str(folder), *arguments),
        cwd=ROOT,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert child.stdout is not None
    assert child.stderr is not None
    said = ""
    try:
        async with asyncio.timeout(60):
            while line := (await child.stdout.readline()).decode():
                said += line
                if line.startswith("demo ready: "):
                    yield Running(child, said, line.removeprefix("demo ready: ").strip().rstrip("/"))
                    break
            else:
                raise AssertionError(said + (await child.stderr.read()).decode())
        complaints = (await child.stderr.read()).decode() if child.returncode is not None else ""
        assert " ERROR " not in complaints, complaints
        assert "Traceback" not in complaints, complaints
    finally:
        if child.returncode is None:
            child.terminate()
            await child.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def test_one_command_shows_the_school_on_its_phones_and_ends_with_ctrl_c(tmp_path: Path) -> None:
    port = free_port()
    async with running(tmp_path / "demo", port) as demo:
        assert demo.url == f"http://127.0.0.1:{port}"
        assert "<html" in await demo.get("/")
        users = (await demo.get("/_sim/line/users"))["users"]
        whatsapp = (await demo.get("/_sim/whatsapp/users"))["users"]
        settings = await demo.get("/_sim/line/settings")
        assert settings["webhook_url"].startswith("http://127.0.0.1:")
        assert await demo.stop() == 0
    assert (users[0]["name"], users[0]["title"]) == ("山田 明子", "先生 (管理者)")
    assert users[1]["title"] == "青木 葵、青木 陸の母"
    assert Counter(user["friend"] for user in users) == {True: 17, False: 2}
    assert {user["name"] for user in whatsapp} == {"伊藤 さくら", "大野 恵", "加藤 美穂"}
    assert [user["name"] for user in users if user["blocked"]] == ["田中 久美"]
    for name in ("高橋 明", "西田 浩"):
        assert f"{name} さん " in demo.said
    assert "1年A組 12人に送る" in demo.said
    assert "避難訓練について" in demo.said
    assert not (tmp_path / "demo" / "production").exists()
    with pytest.raises(aiohttp.ClientConnectionError):
        await demo.get("/")


async def test_a_port_that_is_taken_gives_the_next_one(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        found = program._free_port(port)
        assert found > port


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("MONGODB_URI", "mongodb://192.0.2.1/production")
    monkeypatch.setenv("ADMINS", "line:nonsense")
    monkeypatch.setenv("PUBLIC_URL", "https://bot.example.jp")
    return program._settings(tmp_path, 8180)


def test_the_demo_takes_no_setting_from_a_server(settings: Settings, tmp_path: Path) -> None:
    assert settings.mongodb_uri is None
    assert (settings.admins, settings.public_url, settings.data_dir) == ((), "", tmp_path)
    assert settings.quiet_hours is None, "who tries it at night is not told to wait until morning"
    assert settings.line_api_url == "http://127.0.0.1:8180/line"


async def test_a_new_demo_begins_anew_and_touches_no_file_that_is_not_its_own(settings: Settings) -> None:
    (settings.data_dir / "precious.txt").write_text("mine")
    storage = await open_sqlite(settings.database_file)
    await storage.close()
    await program._forget(settings)
    assert {file.name for file in settings.data_dir.iterdir()} <= {"precious.txt", "kakunin.sqlite3.lock"}


async def test_a_demo_that_is_running_is_not_swept_away(settings: Settings) -> None:
    storage = await open_sqlite(settings.database_file, exclusive=True)
    try:
        with pytest.raises(StorageBusyError):
            await program._forget(settings)
        assert settings.database_file.exists()
    finally:
        await storage.close()


async def test_the_school_is_what_the_how_to_promises(settings: Settings) -> None:
    storage = await open_sqlite(settings.database_file)
    try:
        organization = await open_organization(settings, storage)
        phones = await build(storage, organization, settings.data_dir, NOW)
        assert await storage.members.groups() == {"1年A組": 12, "2年B組": 6, "教職員": 2}
        assert await storage.contacts.count(Audience(everyone=True)) == {
            Reach.REACHABLE: 19,
            Reach.BLOCKED: 1,
            Reach.UNREGISTERED: 2,
        }
        assert [contact.id for contact in await storage.contacts.administrators()] == [TEACHER]
        assert len([phone for phone in phones if phone.code]) == 2

        again = await build(storage, organization, settings.data_dir, NOW + timedelta(hours=1))
        assert again == phones, "--keep changes nothing"
        (teacher,) = (await storage.contacts.by_address("line", [phones[0].user])).values()
        assert teacher.role is Role.ADMINISTRATOR
    finally:
        await storage.close()


def test_the_sample_roster_is_without_fault() -> None:
    sheet = read_sheet(read_lines(ROOT / "bot" / "demo_roster.csv"))
    assert sheet.complaints == ()
    assert sheet.unread == ()
    guardians = Counter(g.code for entry in sheet.entries for g in entry.guardians)
    assert len(guardians) == 20
    assert sorted(guardians.values(), reverse=True)[:5] == [2, 2, 2, 2, 2], "some have two children"


@pytest.mark.parametrize("day", range(7))
def test_the_letters_date_is_a_school_day(day: int) -> None:
    words = Words("ja", ZoneInfo("Asia/Tokyo"))
    assert program._school_day(NOW + timedelta(days=day), words)[-2] in "月火水木金"
