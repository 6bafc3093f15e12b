"""Starts what is measured and what it talks to, each as a process of its own on its own core."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from benchmarks.machine import OTHER, SERVED, cpu_of, pin
from benchmarks.people import ADMIN, SECRET, TOKEN, add_notice, add_people, notice_record
from storage.sqlite import SqliteStorage, open_sqlite

ROOT = Path(__file__).parents[1]
_STARTS_WITHIN = 60.0


@dataclass(slots=True)
class Process:
    """A running program; what it writes goes to a file."""

    name: str
    child: subprocess.Popen[bytes]
    log: Path
    ports: list[int] = field(default_factory=list)
    start_cpu: float = 0.0
    """Seconds of CPU until it said that it was ready."""

    @property
    def pid(self) -> int:
        """Its id."""
        return self.child.pid

    @property
    def port(self) -> int:
        """Where it listens."""
        return self.ports[0]

    @property
    def cpu(self) -> float:
        """Seconds of CPU so far, of the whole tree."""
        return cpu_of(self.pid)

    def written(self) -> str:
        """What it wrote."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    async def ready(self, pattern: str) -> None:
        """Wait for a line with its ports."""
        end = time.monotonic() + _STARTS_WITHIN
        while not (match := re.search(pattern, self.written())):
            if self.child.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"{self.name} did not start:\n{self.written()[-2000:]}")
            await asyncio.sleep(0.01)
        self.start_cpu = self.cpu
        self.ports = [int(port) for port in match.groups() if port]

    async def stop(self, number: int = signal.SIGTERM) -> None:
        """Send the signal and wait for the end."""
        if self.child.poll() is None:
            self.child.send_signal(number)
        end = time.monotonic() + 30
        while self.child.poll() is None:
            if time.monotonic() > end:
                self.child.kill()
            await asyncio.sleep(0.01)


@dataclass(slots=True)
class Stage:
    """A folder, the processes started in it, and the databases made for this run."""

    folder: Path
    http: aiohttp.ClientSession
    processes: list[Process] = field(default_factory=list)
    databases: dict[tuple[int, int], Path] = field(default_factory=dict)
    say: Callable[[str], None] = print

    def pids(self) -> list[int]:
        """Of everything that runs for us."""
        return [process.pid for process in self.processes if process.child.poll() is None]

    async def start(
        self, name: str, arguments: Sequence[str], ready: str, environment: Mapping[str, str], *cores: int
    ) -> Process:
        """Start a Python program away from anybody's `.env`, and wait until it says that it is ready."""
        home = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self.folder))
        kept = {k: v for k, v in os.environ.items() if k in {"PATH", "HOME", "LANG", "TMPDIR"}}
        log = home / "log"
        with log.open("wb") as stream:
            child = subprocess.Popen(  # noqa: ASYNC220 - a fork and an exec, before anything is measured
                [sys.executable, *arguments],
                cwd=home,
                env={**kept, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **environment},
                stdout=stream,
                stderr=stream,
                stdin=subprocess.DEVNULL,
            )
        pin(child.pid, *(cores or (OTHER,)))
        process = Process(name, child, log)
        self.processes.append(process)
        await process.ready(ready)
        return process

    async def line(self, **settings: float) -> Process:
        """A fake LINE."""
        process = await self.start("line", ["-m", "benchmarks.fakes.line"], r"listening (\d+)", {})
        await self.ask(process, "settings", settings)
        return process

    async def null_wire(self) -> Process:
        """A MongoDB that is none. The second port is for questions."""
        return await self.start("null-wire", ["-m", "benchmarks.fakes.mongo"], r"listening (\d+) (\d+)", {})

    async def bot(self, line: Process, *cores: int, **settings: str) -> Process:
        """The shipped application in its default configuration."""
        environment = {
            "LINE_CHANNEL_SECRET": SECRET,
            "LINE_CHANNEL_ACCESS_TOKEN": TOKEN,
            "LINE_API_URL": f"http://127.0.0.1:{line.port}",
            "LINE_DATA_API_URL": f"http://127.0.0.1:{line.port}",
            "ORGANIZATION_NAME": "みどり小学校",
            "ORGANIZATION_CONTACT": "03-1234-5678",
            "ADMINS": f"line:{ADMIN}",
            "QUIET_HOURS": "off",
            "PORT": "0",
            **settings,
        }
        ready = r"serve\.ready .*address=\"?http://[\d.]+:(\d+)"
        return await self.start("bot", ["-m", "bot", "serve"], ready, environment, *(cores or (SERVED,)))

    def on_null_wire(self, wire: Process) -> dict[str, str]:
        """Settings of a bot whose MongoDB is the null wire."""
        uri = f"mongodb://127.0.0.1:{wire.port}/kakunin?directConnection=true"
        return {"MONGODB_URI": uri, "SECRET_KEY": "benchmark-secret-key-0123456789abcdef"}

    async def ask(self, process: Process, path: str, body: Any = None) -> Any:
        """Ask or tell a fake."""
        url = f"http://127.0.0.1:{process.ports[-1]}/_bench/{path}"
        async with self.http.request("GET" if body is None else "POST", url, json=body) as response:
            return await response.json(content_type=None)

    async def database(self, people: int, receipts: int = 0) -> Path:
        """A folder of its own with a database of so many people, and a notice that so many of them have to confirm."""
        key = (people, receipts)
        if key not in self.databases:
            made = self.folder / f"made-{people}-{receipts}"
            began = time.monotonic()
            async with opened(made) as storage:
                await add_people(storage, people)
                if receipts:
                    await add_notice(storage, notice_record(), receipts)
            self.databases[key] = made
            self.say(f"  made a database of {people:,} people in {time.monotonic() - began:.0f} s")
        home = Path(tempfile.mkdtemp(prefix="data-", dir=self.folder))
        shutil.copytree(self.databases[key], home, dirs_exist_ok=True)
        return home


@asynccontextmanager
async def opened(home: Path) -> AsyncIterator[SqliteStorage]:
    """The SQLite memory in a data folder, opened beside whoever runs on it."""
    storage = await open_sqlite(home / "kakunin.sqlite3")
    try:
        yield storage
    finally:
        await storage.close()


@asynccontextmanager
async def open_stage(say: Callable[[str], None] = print) -> AsyncIterator[Stage]:
    """A stage; everything on it is stopped and deleted at the end."""
    pin(os.getpid(), OTHER)
    folder = Path(tempfile.mkdtemp(prefix="kakunin-bench-"))
    async with aiohttp.ClientSession() as http:
        stage = Stage(folder, http, say=say)
        try:
            yield stage
        finally:
            for process in stage.processes:
                await process.stop(signal.SIGKILL)
            shutil.rmtree(folder, ignore_errors=True)


def free_port() -> int:
    """A port that nobody has now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


async def until(holds: Callable[[], Any], seconds: float, pause: float = 0.02) -> float:
    """Wait until an awaitable question is answered with yes; after how many seconds, or infinity."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        if await holds():
            return time.monotonic() - began
        await asyncio.sleep(pause)
    return float("inf")
