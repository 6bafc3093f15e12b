"""The whole program as a person meets it: simulator and bot as processes of their own, joined by HTTP alone."""

from __future__ import annotations

import asyncio
import csv
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from tests.acceptance.phones import Phone

ROOT = Path(__file__).parents[2]
SECRET = "acceptance-channel-secret-0123456"
TOKEN = "acceptance-access-token-012345678"
STARTS_WITHIN = 60.0

LETTER = """避難訓練について

保護者各位
下記のとおり避難訓練を行います。
当日は上ばきを持たせてください。"""


def user_id(number: int) -> str:
    """A LINE user id that a test can foretell."""
    return f"U{number:032x}"


@dataclass(slots=True)
class Process:
    """A program under test and what it wrote."""

    name: str
    child: asyncio.subprocess.Process
    output: list[str]
    readers: list[asyncio.Task[None]]

    async def line(self, pattern: str) -> re.Match[str]:
        """The first line of output that matches, past or to come."""
        async with asyncio.timeout(STARTS_WITHIN):
            while True:
                for line in self.output:
                    if match := re.search(pattern, line):
                        return match
                if self.child.returncode is not None:
                    raise AssertionError(f"{self.name} ended with {self.child.returncode}:\n" + "".join(self.output))
                await asyncio.sleep(0.02)

    async def stop(self, number: int = signal.SIGTERM) -> int:
        """Send the signal and wait for the end; the exit code."""
        if self.child.returncode is None:
            self.child.send_signal(number)
        async with asyncio.timeout(30):
            code = await self.child.wait()
        await asyncio.gather(*self.readers)
        return code


async def start(name: str, arguments: Sequence[str], environment: Mapping[str, str]) -> Process:
    """Start a Python program in the project's folder, with nothing of the test's own settings."""
    kept = {k: v for k, v in os.environ.items() if k in {"PATH", "HOME", "LANG", "TMPDIR"}}
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-W",
        "error::ResourceWarning",
        *arguments,
        cwd=ROOT,
        env={**kept, "PYTHONUNBUFFERED": "1", **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        stdin=asyncio.subprocess.DEVNULL,
    )
    output: list[str] = []

    async def copy(stream: asyncio.StreamReader) -> None:
        async for line in stream:
            output.append(line.decode(errors="replace"))  # noqa: PERF401 - each line must be there at once

    assert child.stdout is not None
    assert child.stderr is not None
    readers = [asyncio.create_task(copy(child.stdout)), asyncio.create_task(copy(child.stderr))]
    return Process(name, child, output, readers)


@dataclass(slots=True)
class World:
    """One organisation: a simulator, a bot, its phones, and the time."""

    folder: Path
    http: aiohttp.ClientSession
    simulator: Process
    address: str
    """Of the simulator."""
    storage: Mapping[str, str]
    """Settings that say where the bot remembers."""
    extra: dict[str, str] = field(default_factory=dict)
    bot: Process | None = None
    bot_address: str = ""
    phones: dict[str, Phone] = field(default_factory=dict)
    allowed_errors: list[str] = field(default_factory=list)
    """Patterns of log lines at ERROR that the test provokes on purpose."""

    @property
    def settings(self) -> dict[str, str]:
        """The environment of every bot process of this world."""
        return {
            "LINE_CHANNEL_SECRET": SECRET,
            "LINE_CHANNEL_ACCESS_TOKEN": TOKEN,
            "LINE_API_URL": f"{self.address}/line",
            "LINE_DATA_API_URL": f"{self.address}/line",
            "ORGANIZATION_NAME": "みどり小学校",
            "ORGANIZATION_CONTACT": "03-1234-5678",
            "ADMINS": f"line:{user_id(1)}",
            "TEST_CLOCK_FILE": str(self.folder / "clock"),
            "HOST": "127.0.0.1",
            "PORT": "0",
            **self.storage,
            **self.extra,
        }

    async def sim(self, method: str, path: str, body: Any = None) -> Any:
        """Ask or tell the simulator."""
        async with self.http.request(method, f"{self.address}/_sim/{path}", json=body) as response:
            answer = await response.json()
            assert response.status < 400, answer
            return answer

    async def run(self, *arguments: str, code: int = 0) -> str:
        """A short command of the bot's, to its end; what it printed."""
        process = await start(arguments[0], ["-m", "bot", *arguments], self.settings)
        async with asyncio.timeout(STARTS_WITHIN):
            ended = await process.child.wait()
        await asyncio.gather(*process.readers)
        assert ended == code, "".join(process.output)
        return "".join(process.output)

    async def serve(self) -> None:
        """Start the bot and tell the simulator where it is."""
        self.bot = await start("serve", ["-m", "bot", "serve"], self.settings)
        match = await self.bot.line(r"serve\.ready .*address=\"?(http://[\d.]+:\d+)")
        self.bot_address = match[1]
        await self.sim("POST", "line/settings", {"webhook_url": f"{match[1]}/webhooks/line"})

    async def kill(self) -> None:
        """Kill -9: nothing is finished, nothing is said."""
        assert self.bot is not None
        await self.bot.stop(signal.SIGKILL)

    async def phone(self, name: str, number: int, title: str = "", *, friend: bool = False) -> Phone:
        """A new phone on the simulator."""
        user = {"name": name, "id": user_id(number), "title": title, "friend": friend}
        await self.sim("POST", "line/users", user)
        self.phones[name] = Phone(self.http, self.address, user_id(number), name)
        return self.phones[name]

    async def advance(self, **by: float) -> None:
        """Move the time of every process: `advance(hours=1)`."""
        units = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}
        await self.sim("POST", "clock", {"advance": sum(units[unit] * value for unit, value in by.items())})

    async def fault(self, kind: str, **more: Any) -> None:
        """Let the simulator misbehave."""
        await self.sim("POST", "line/faults", {"fault": kind, **more})

    async def calls(self, path: str = "") -> list[dict[str, Any]]:
        """The simulator's log, as far as `path` is part of it."""
        answer = await self.sim("GET", "calls")
        return [call for call in answer["calls"] if path in call["path"]]

    async def register(self, rows: Sequence[Sequence[str]], *, heads: Sequence[str]) -> dict[str, str]:
        """Import a roster; the registration code of each contact by 「名前」."""
        roster, codes = self.folder / "roster.csv", self.folder / "codes.csv"
        with roster.open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows([heads, *rows])
        await self.run("members", "import", str(roster), "--codes", str(codes))
        with codes.open(encoding="utf-8-sig", newline="") as file:
            return {row[guardian_column(row)]: row[code_column(row)] for row in csv.DictReader(file)}


def code_column(row: Mapping[str, str]) -> str:
    """The head under which a code stands."""
    return next(head for head in row if "コード" in head or head == "code")


def guardian_column(row: Mapping[str, str]) -> str:
    """The head under which the contact's name stands."""
    return next(head for head in row if head in {"保護者", "連絡先", "contact", "guardian", "送る相手"})


@asynccontextmanager
async def open_world(folder: Path, storage: Mapping[str, str], **extra: str) -> AsyncIterator[World]:
    """A simulator and, at the end, a look at whether anything went wrong that the test did not ask for."""
    simulator = await start(
        "simulator",
        [
            "-m",
            "simulator",
            "--port",
            "0",
            "--clock-file",
            str(folder / "clock"),
            "--name",
            "みどり小学校",
            "--line-channel-secret",
            SECRET,
            "--line-channel-access-token",
            TOKEN,
        ],
        {},
    )
    match = await simulator.line(r"simulator listening on (http://\S+)")
    async with aiohttp.ClientSession() as http:
        world = World(folder, http, simulator, match[1], storage, extra)
        try:
            yield world
        finally:
            if world.bot is not None:
                await world.bot.stop()
            await simulator.stop()


def errors_logged(world: World) -> list[str]:
    """Lines at ERROR or worse that the test did not provoke."""
    lines = world.bot.output if world.bot else []
    bad = [line for line in lines if re.search(r" (ERROR|CRITICAL) |Traceback", line)]
    return [line for line in bad if not any(re.search(p, line) for p in world.allowed_errors)]
