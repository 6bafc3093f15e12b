"""A simulator, any number of bots that may die, and what the simulator's own log says of it all."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import signal
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp

from storage.base import Storage
from storage.models import Notice
from tests.acceptance.world import SECRET, SERVE, TOKEN, Process, World, start
from tests.torture.homes import PATIENCE, Home

_AT_ONCE = 5_000
_SENDING = ("/message/push", "/message/multicast")


@dataclass(frozen=True, slots=True)
class SentTap:
    """A tap as the simulator made it."""

    event: str
    user: str
    at_ms: int
    choice: str


@dataclass(slots=True)
class Log:
    """The simulator's log, as far as it has been read: the only witness of what LINE saw."""

    seq: int = 0
    answers: dict[str, list[int]] = field(default_factory=dict)
    """By event: the status of each delivery; 0 where none came."""
    posts: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """By retry key: every attempt to send, in order."""
    lost: list[dict[str, Any]] = field(default_factory=list)
    """Attempts without a retry key, which must not be."""

    def add(self, call: dict[str, Any]) -> None:
        """Read one more line."""
        if call["kind"] == "webhook":
            for event in call["body"]["events"]:
                self.answers.setdefault(event["webhookEventId"], []).append(call["status"])
        elif call["path"].endswith(_SENDING):
            (self.posts.setdefault(call["retry_key"], []) if call["retry_key"] else self.lost).append(call)

    @property
    def attempts(self) -> int:
        """How often anything was sent."""
        return sum(map(len, self.posts.values()))

    def is_answered(self, tap: SentTap) -> bool:
        """Whether LINE was told once that this tap is taken."""
        return 200 in self.answers.get(tap.event, ())

    def reached(self) -> Counter[str]:
        """How often something that was not a reply appeared on each person's phone."""
        return Counter(user for calls in self.posts.values() for call in calls for user in call["delivered_to"])

    @property
    def arrivals(self) -> int:
        """How often anything that was not a reply appeared on a phone."""
        return sum(len(call["delivered_to"]) for calls in self.posts.values() for call in calls)

    def addressed(self) -> set[str]:
        """Everybody for whom an attempt was made."""
        bodies = [call["body"] for calls in self.posts.values() for call in calls if isinstance(call["body"], dict)]
        return {user for body in bodies for user in (body["to"] if isinstance(body["to"], list) else [body["to"]])}


@dataclass(slots=True)
class Rig:
    """What a fault test holds in its hands."""

    world: World
    home: Home
    log: Log = field(default_factory=Log)
    bots: list[Process] = field(default_factory=list)
    """Every bot there was."""

    async def serve(self, **settings: str) -> Process:
        """Start a bot, with settings of its own if need be, and send webhooks to it."""
        bot = await start("serve", SERVE, {**self.world.settings, **self.home.settings, **settings})
        self.bots.append(bot)
        address = await bot.line(r"serve\.ready .*address=\"?(http://[\d.]+:\d+)")
        await self.settings(webhook_url=f"{address[1]}/webhooks/line")
        return bot

    async def kill(self, bot: Process | None = None) -> None:
        """Kill -9. What the bot had accepted and not answered is LINE's to deliver again."""
        await (bot or self.bots[-1]).stop(signal.SIGKILL)

    async def end(self) -> None:
        """Every bot is gone, also one that stands still."""
        for bot in self.bots:
            if bot.child.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    bot.child.send_signal(signal.SIGCONT)
                await bot.stop()

    async def read(self, wait: float = 0) -> None:
        """Read the log on, waiting so many seconds for its next line."""
        while True:
            query = urlencode({"after": self.log.seq, "wait": wait, "limit": 1000})
            answer = await self.world.sim("GET", f"calls?{query}")
            for call in answer["calls"]:
                self.log.add(call)
            self.log.seq = answer["last_seq"]
            if len(answer["calls"]) < 1000:
                return
            wait = 0

    async def until(self, what: str, condition: Callable[[], bool], patience: float = PATIENCE) -> None:
        """Read the log on until it says so."""
        loop = asyncio.get_running_loop()
        end = loop.time() + patience
        await self.read()
        while not condition():
            left = end - loop.time()
            assert left > 0, f"waited {patience} s in vain: {what}"
            await self.read(wait=min(left, 1.0))

    async def until_attempts(self, attempts: int, patience: float = PATIENCE) -> None:
        """So many attempts to send were made in all."""
        await self.until(f"{attempts} attempts", lambda: self.log.attempts >= attempts, patience)

    async def until_arrivals(self, arrivals: int, patience: float = PATIENCE) -> None:
        """So many messages that are no replies appeared on phones in all."""
        await self.until(f"{arrivals} arrivals", lambda: self.log.arrivals >= arrivals, patience)

    async def settings(self, **changes: Any) -> None:
        """Change the simulated channel."""
        await self.world.sim("POST", "line/settings", changes)

    async def people(self, users: Iterable[str]) -> None:
        """Create these people, friends of the bot."""
        every = [{"name": f"人{number}", "id": user, "friend": True} for number, user in enumerate(users)]
        for first in range(0, len(every), _AT_ONCE):
            await self.world.sim("POST", "line/users", {"users": every[first : first + _AT_ONCE]})

    async def now_ms(self) -> int:
        """The simulated time."""
        return int((await self.world.sim("GET", "clock"))["now_ms"])

    async def card_data(self, user: str, label: str) -> str:
        """What the newest button of that label on somebody's phone carries."""
        answer = await self.world.sim("GET", f"line/users/{user}/messages")
        for item in reversed(answer["messages"]):
            for button in item["buttons"]:
                if label in button["label"]:
                    return str(button["action"]["data"])
        raise AssertionError(f"{user} has no button {label!r}")

    async def tap(self, bodies: Sequence[Sequence[Mapping[str, Any]]], choices: Mapping[str, str]) -> list[SentTap]:
        """Let LINE deliver these taps, each inner list in one body, without waiting for answers.

        A tap is `{"userId", "data", "timestamp"}`; `choices` says which data means which choice.
        """
        answers = await asyncio.gather(
            *(self.world.sim("POST", "line/events", {"events": list(body), "wait": False}) for body in bodies)
        )
        return [
            SentTap(
                event["webhookEventId"],
                event["source"]["userId"],
                event["timestamp"],
                choices[event["postback"]["data"]],
            )
            for answer in answers
            for event in answer["events"]
        ]

    async def until_answered(self, taps: Sequence[SentTap], patience: float = 60.0) -> None:
        """Every tap was taken."""
        await self.until("all taps answered", lambda: all(map(self.log.is_answered, taps)), patience)

    async def until_delivered(self, expected: Mapping[str, int], patience: float = 60.0) -> None:
        """Everybody has at least so many messages that are no replies."""
        await self.until(
            "all delivered", lambda: all(self.log.reached()[u] >= n for u, n in expected.items()), patience
        )

    async def received(self, words: str) -> Counter[str]:
        """How many accepted requests brought each person a message with these words: the simulator's own count."""
        answer = await self.world.sim("GET", f"line/deliveries?{urlencode({'contains': words})}")
        return Counter(answer["counts"])

    def errors(self) -> list[str]:
        """What any bot logged at ERROR or worse, or left behind as a traceback."""
        bad = re.compile(r" (ERROR|CRITICAL) |Traceback|ResourceWarning|never retrieved|never awaited|was destroyed")
        told = [(bot.output, number) for bot in self.bots for number, line in enumerate(bot.output) if bad.search(line)]
        return [line for output, number in told for line in output[number : number + 20]]

    def check_repeats(self) -> int:
        """Every attempt under one key was the same, byte for byte as far as JSON tells; how many were repeats."""
        assert self.log.lost == []
        for key, calls in self.log.posts.items():
            known = {json.dumps(call["body"], sort_keys=True) for call in calls if call["body"] is not None}
            assert len(known) <= 1, f"other people or words under {key}"
            assert not any(call.get("key_reused_with_other_body") for call in calls), key
        return self.log.attempts - len(self.log.posts)


@asynccontextmanager
async def open_rig(folder: Path, home: Home) -> AsyncIterator[Rig]:
    """A simulator that delivers again what was not taken, and no bot yet. At the end nothing is left running."""
    arguments = ["-m", "simulator", "--port", "0", "--clock-file", str(folder / "clock")]
    arguments += ["--line-channel-secret", SECRET, "--line-channel-access-token", TOKEN]
    simulator = await start("simulator", arguments, {})
    try:
        match = await simulator.line(r"simulator listening on (http://\S+)")
        async with aiohttp.ClientSession() as http:
            world = World(folder, http, simulator, match[1], home.settings, {"QUIET_HOURS": "off"})
            rig = Rig(world, home)
            await rig.settings(webhook_redelivery=True, redelivery_intervals_s=[1.0] * 3600)
            try:
                yield rig
            finally:
                await rig.end()
    finally:
        await simulator.stop()
    if errors := rig.errors():
        raise AssertionError("a bot logged errors:\n" + "".join(errors))


async def is_settled(storage: Storage, notice: Notice) -> bool:
    """Whether nothing of the notice is on its way any more."""
    mailings = await storage.mailings.of_notice(notice.id)
    progress = await storage.outbox.progress(notice.id)
    return all(m.finished_at for m in mailings) and not {"waiting", "sending"} & progress.people.keys()
