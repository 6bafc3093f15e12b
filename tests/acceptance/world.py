"""The whole program as a person meets it: simulator and bot as processes of their own, joined by HTTP alone."""

from __future__ import annotations

import asyncio
import base64
import csv
import json
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp

from bot.channels.templates import wanted
from handlers.wording import Words
from storage.base import Storage
from storage.mongo import open_mongo
from storage.sqlite import open_sqlite
from tests.acceptance.phones import Group, Phone, UnexpectedError

ROOT = Path(__file__).parents[2]
SECRET = "acceptance-channel-secret-0123456"
FORMER_SECRET = "acceptance-channel-secret-former!"
"""Of the channel before its secret was changed: still accepted."""
TOKEN = "acceptance-access-token-012345678"
APP_SECRET = "acceptance-app-secret-0123456789"
GRAPH_TOKEN = "acceptance-graph-token-0123456789"
VERIFY_TOKEN = "acceptance-verify-token-0123456"
PHONE_NUMBER_ID = "106540352242922"
BUSINESS_ACCOUNT_ID = "102290129340398"
TEMPLATE = "kakunin_notice"
STARTS_WITHIN = 60.0
JST = ZoneInfo("Asia/Tokyo")
MORNING = datetime(2026, 11, 25, 10, 0, tzinfo=JST)
"""When every world begins: a Wednesday, in nobody's quiet hours."""
SERVE = ("-m", "bot", "serve")

LETTER = """避難訓練について

保護者各位
下記のとおり避難訓練を行います。
当日は上ばきを持たせてください。"""

_BAD_LINE = re.compile(r" (ERROR|CRITICAL) |Traceback|ResourceWarning|never retrieved|never awaited|was destroyed")


def user_id(number: int) -> str:
    """A LINE user id that a test can foretell."""
    return f"U{number:032x}"


@dataclass(slots=True)
class Process:
    """A program under test and what it wrote."""

    name: str
    child: asyncio.subprocess.Process
    output: list[str] = field(default_factory=list)
    readers: list[asyncio.Task[None]] = field(default_factory=list)
    wrote: asyncio.Event = field(default_factory=asyncio.Event)

    async def copy(self, stream: asyncio.StreamReader) -> None:
        """Keep what it writes, line by line, and wake whoever waits for a line."""
        async for line in stream:
            self.output.append(line.decode(errors="replace"))
            self.wrote.set()
        self.wrote.set()

    async def line(self, pattern: str, after: int = 0) -> re.Match[str]:
        """The first line of output that matches, past (from line `after` on) or to come."""
        async with asyncio.timeout(STARTS_WITHIN):
            while True:
                self.wrote.clear()
                for line in self.output[after:]:
                    if match := re.search(pattern, line):
                        return match
                if all(reader.done() for reader in self.readers):
                    raise AssertionError(f"{self.name} ended without {pattern!r}:\n" + "".join(self.output))
                await self.wrote.wait()

    async def stop(self, number: int = signal.SIGTERM) -> int:
        """Send the signal and wait for the end; the exit code."""
        if self.child.returncode is None:
            self.child.send_signal(number)
        return await self.ended()

    async def ended(self) -> int:
        """Wait for the end; the exit code."""
        async with asyncio.timeout(STARTS_WITHIN):
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
    assert child.stdout is not None
    assert child.stderr is not None
    process = Process(name, child)
    process.readers = [asyncio.create_task(process.copy(stream)) for stream in (child.stdout, child.stderr)]
    return process


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
    bots: list[Process] = field(default_factory=list)
    bot_address: str = ""
    phones: dict[str, Phone] = field(default_factory=dict)
    groups: list[Group] = field(default_factory=list)
    allowed_errors: list[str] = field(default_factory=list)
    """Patterns of bad log lines that the test provokes on purpose."""
    allowed_calls: list[str] = field(default_factory=list)
    """Patterns of `kind method path status response` of calls that the test means to go wrong."""
    allowed_before: list[str] = field(default_factory=list)
    """Those of the test before: what it provoked may come late."""
    has_whatsapp: bool = False
    looked_at: int = 0
    """The last call of the simulator's log that was looked at."""
    lines_looked_at: dict[int, int] = field(default_factory=dict)

    @property
    def bot(self) -> Process:
        """The newest bot process."""
        return self.bots[-1]

    @property
    def settings(self) -> dict[str, str]:
        """The environment of every bot process of this world."""
        return {
            "LINE_CHANNEL_SECRET": f"{SECRET},{FORMER_SECRET}",
            "LINE_CHANNEL_ACCESS_TOKEN": TOKEN,
            "LINE_API_URL": f"{self.address}/line",
            "LINE_DATA_API_URL": f"{self.address}/line",
            "ORGANIZATION_NAME": "みどり小学校",
            "ORGANIZATION_CONTACT": "03-1234-5678",
            "ADMINS": f"line:{user_id(1)}",
            "TEST_CLOCK_FILE": str(self.folder / "clock"),
            "HOST": "127.0.0.1",
            "PORT": "0",
            **(self.whatsapp_settings if self.has_whatsapp else {}),
            **self.storage,
            **self.extra,
        }

    @property
    def whatsapp_settings(self) -> dict[str, str]:
        """Those that switch WhatsApp on."""
        return {
            "WHATSAPP_PHONE_NUMBER_ID": PHONE_NUMBER_ID,
            "WHATSAPP_BUSINESS_ACCOUNT_ID": BUSINESS_ACCOUNT_ID,
            "WHATSAPP_ACCESS_TOKEN": GRAPH_TOKEN,
            "WHATSAPP_APP_SECRET": APP_SECRET,
            "WHATSAPP_VERIFY_TOKEN": VERIFY_TOKEN,
            "WHATSAPP_TEMPLATE": TEMPLATE,
            "WHATSAPP_API_URL": f"{self.address}/whatsapp/v26.0",
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
        assert await process.ended() == code, "".join(process.output)
        return "".join(process.output)

    async def serve(self) -> None:
        """Start the bot and tell the simulator where it is. It has introduced itself to LINE."""
        after = await self.last_call()
        self.bots.append(await start("serve", SERVE, self.settings))
        match = await self.bot.line(r"serve\.ready .*address=\"?(http://[\d.]+:\d+)")
        self.bot_address = match[1]
        await self.sim("POST", "line/settings", {"webhook_url": f"{match[1]}/webhooks/line"})
        await self.called("/v2/bot/info", after)
        if self.has_whatsapp:
            await self.sim("POST", "whatsapp/settings", {"webhook_url": f"{match[1]}/webhooks/whatsapp"})

    async def add_templates(self) -> None:
        """The two templates that the README tells to register, approved."""
        for each in wanted(TEMPLATE, Words("ja", JST)):
            template = {"name": each.name, "body": each.body, "buttons": [each.button]}
            await self.sim("POST", "whatsapp/templates", template)

    async def whatsapp(self, name: str, phone: str | None, **more: Any) -> Phone:
        """A new phone with WhatsApp; without a number only its user id is known."""
        user = {"name": name, "phone": phone, **more}
        made = await self.sim("POST", "whatsapp/users", user)
        self.phones[made["id"]] = Phone(self.http, self.address, made["id"], name, "whatsapp")
        return self.phones[made["id"]]

    async def kill(self) -> None:
        """Kill -9: nothing is finished, nothing is said."""
        await self.bot.stop(signal.SIGKILL)

    async def restart(self) -> None:
        """Kill -9, and up again with the same memory."""
        await self.kill()
        await self.serve()

    async def phone(self, name: str, number: int, title: str = "", *, friend: bool = False) -> Phone:
        """A new phone on the simulator."""
        user = {"name": name, "id": user_id(number), "title": title, "friend": friend}
        await self.sim("POST", "line/users", user)
        self.phones[user_id(number)] = Phone(self.http, self.address, user_id(number), name)
        return self.phones[user_id(number)]

    async def group(self, name: str, *members: Phone) -> Group:
        """A new group chat; the bot is not in it yet."""
        made = await self.sim("POST", "line/groups", {"name": name, "members": [phone.user for phone in members]})
        self.groups.append(Group(self.http, self.address, made["id"], name))
        return self.groups[-1]

    async def now(self) -> datetime:
        """The time that every process goes by."""
        answer = await self.sim("GET", "clock")
        return datetime.fromtimestamp(answer["now_ms"] / 1000, UTC).astimezone(JST)

    async def advance(self, **by: float) -> None:
        """Move the time of every process: `advance(hours=1)`."""
        await self.sim("POST", "clock", {"advance": timedelta(**by).total_seconds()})

    async def fault(self, kind: str, platform: str = "line", **more: Any) -> None:
        """Let the simulator misbehave."""
        await self.sim("POST", f"{platform}/faults", {"fault": kind, **more})

    async def settle(self) -> None:
        """Wait until no webhook is on its way."""
        for platform in ("line", *(["whatsapp"] if self.has_whatsapp else [])):
            assert (await self.sim("GET", f"{platform}/webhooks?wait_idle=20"))["idle"]

    async def events(self, *events: Mapping[str, Any], **more: Any) -> Any:
        """Have events delivered: as they are if they are whole, else completed."""
        return await self.sim("POST", "line/events", {"events": [*events], **more})

    async def raw(self, body: bytes, **more: Any) -> Any:
        """Have exactly these bytes delivered, correctly signed unless `signature` says otherwise."""
        return await self.sim("POST", "line/raw", {"body_base64": base64.b64encode(body).decode(), **more})

    async def last_call(self) -> int:
        """The number of the newest call in the simulator's log."""
        return int((await self.sim("GET", f"calls?after={self.looked_at}&limit=100000"))["last_seq"])

    async def calls(self, path: str = "", after: int = 0) -> list[dict[str, Any]]:
        """The simulator's log, as far as `path` is part of it."""
        answer = await self.sim("GET", f"calls?after={after}&limit=100000&path={path}")
        calls: list[dict[str, Any]] = answer["calls"]
        return calls

    async def called(self, path: str, after: int = 0, count: int = 1) -> list[dict[str, Any]]:
        """Wait until there are so many calls of this path behind `after`."""
        found: list[dict[str, Any]] = []
        async with asyncio.timeout(STARTS_WITHIN):
            while len(found) < count:
                answer = await self.sim("GET", f"calls?after={after}&wait=10&path={path}")
                found += answer["calls"]
                after = answer["last_seq"]
        return found

    async def deliveries(self, contains: str) -> dict[str, int]:
        """How many accepted calls with these words reached each person, by user id."""
        answer = await self.sim("GET", f"line/deliveries?contains={contains}")
        counts: dict[str, int] = answer["counts"]
        return counts

    async def register(self, rows: Sequence[Sequence[str]], *, heads: Sequence[str]) -> dict[str, str]:
        """Import a roster; the registration code of each contact by 「名前」."""
        roster, codes = self.folder / "roster.csv", self.folder / "codes.csv"
        with roster.open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows([heads, *rows])
        codes.unlink(missing_ok=True)
        await self.run("members", "import", str(roster), "--codes", str(codes))
        with codes.open(encoding="utf-8-sig", newline="") as file:
            return {row["連絡先"]: row["登録コード"] for row in csv.DictReader(file)}

    async def export(self, number: int) -> dict[str, dict[str, str]]:
        """The results of a notice as an administrator gets them: a row by the member's name."""
        file = self.folder / f"results-{number}.csv"
        await self.run("export", str(number), str(file))
        with file.open(encoding="utf-8-sig", newline="") as table:
            return {row["名前"]: row for row in csv.DictReader(table)}

    @asynccontextmanager
    async def memory(self) -> AsyncIterator[Storage]:
        """What the bot remembers, opened beside it."""
        opened = await self._open()
        try:
            yield opened
        finally:
            await opened.close()

    async def _open(self) -> Storage:
        if uri := self.storage.get("MONGODB_URI"):
            return await open_mongo(uri)
        return await open_sqlite(Path(self.storage["DATA_DIR"]) / "kakunin.sqlite3")

    async def check(self) -> None:
        """Nothing happened that the test did not ask for: no message, no call that went wrong, no error in a log."""
        await self.settle()
        for phone in self.phones.values():
            await phone.expect_nothing()
        for group in self.groups:
            await group.expect_nothing()
        calls = await self.calls(after=self.looked_at)
        self.looked_at = max([call["seq"] for call in calls], default=self.looked_at)
        bad = [described for call in calls if (described := self._complaint(call))]
        bad += [line for process in (*self.bots, self.simulator) for line in self._bad_lines(process)]
        self.allowed_before, self.allowed_calls, self.allowed_errors = self.allowed_calls, [], []
        if bad:
            raise UnexpectedError("nobody expected:\n" + "\n".join(bad))

    def _complaint(self, call: Mapping[str, Any]) -> str:
        """What is wrong with a call; '' for what is right, was made wrong by a switch, or is allowed."""
        told = json.dumps(call["body"], ensure_ascii=False)
        words = f"{call['kind']} {call['method']} {call['path']} {call['status']} {call['response']}"
        if call["kind"] == "api" and "既読" in told:
            return f"somebody is said to have read: {told}"
        if call["status"] in {200, 202} or call.get("fault") or call.get("accepted"):
            return ""
        allowed = (*self.allowed_calls, *self.allowed_before)
        return "" if any(re.search(pattern, words) for pattern in allowed) else words

    def _bad_lines(self, process: Process) -> list[str]:
        start = self.lines_looked_at.get(id(process), 0)
        self.lines_looked_at[id(process)] = len(process.output)
        bad = [line for line in process.output[start:] if _BAD_LINE.search(line)]
        return [line for line in bad if not any(re.search(p, line) for p in self.allowed_errors)]

    async def close(self) -> None:
        """Stop the bot as an operator does, and look once more at everything."""
        if self.bots:
            was_running = self.bot.child.returncode is None
            if was_running and self.has_whatsapp:
                await self.settle()  # statuses follow a message for a while
            code = await self.bot.stop()
            assert code == 0 or not was_running, "".join(self.bot.output[-20:])
        await self.check()


@asynccontextmanager
async def open_world(
    folder: Path, storage: Mapping[str, str], *, has_whatsapp: bool = False, **extra: str
) -> AsyncIterator[World]:
    """A simulator and what a bot needs to start. Ends with a look at whether all went as the test says."""
    clock = folder / "clock"
    arguments = ["-m", "simulator", "--port", "0", "--clock-file", str(clock), "--name", "みどり小学校"]
    arguments += ["--line-channel-secret", SECRET, "--line-channel-access-token", TOKEN]
    arguments += ["--whatsapp-app-secret", APP_SECRET, "--whatsapp-access-token", GRAPH_TOKEN]
    arguments += ["--whatsapp-verify-token", VERIFY_TOKEN, "--whatsapp-phone-number-id", PHONE_NUMBER_ID]
    arguments += ["--whatsapp-waba-id", BUSINESS_ACCOUNT_ID]
    simulator = await start("simulator", arguments, {})
    match = await simulator.line(r"simulator listening on (http://\S+)")
    async with aiohttp.ClientSession() as http:
        world = World(folder, http, simulator, match[1], storage, extra, has_whatsapp=has_whatsapp)
        await world.sim("POST", "clock", {"offset": (MORNING - datetime.now(UTC)).total_seconds()})
        try:
            yield world
            await world.close()
        finally:
            for process in (*world.bots, simulator):
                await process.stop()
