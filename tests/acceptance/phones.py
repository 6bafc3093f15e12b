"""Phones to write chats with: what a person sees, types and taps, over the simulator's own HTTP."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import aiohttp

PATIENCE = 15.0
"""Seconds for which something expected may still come; far longer than it ever takes on a quiet machine."""


class UnexpectedError(AssertionError):
    """The chat did not go as the test says; the text tells what was on the screen."""


@dataclass(frozen=True, slots=True)
class Bubble:
    """One message from the bot on a phone."""

    phone: Phone
    item: dict[str, Any]

    @property
    def text(self) -> str:
        """Everything visible, a line for each piece of text."""
        return "\n".join(self.item["texts"])

    @property
    def buttons(self) -> list[str]:
        """Labels, from top to bottom."""
        return [button["label"] for button in self.item["buttons"]]

    @property
    def via(self) -> str:
        """reply, push or multicast."""
        return str(self.item["via"])

    async def tap(self, label: str, times: int = 1) -> None:
        """Press one of this very message's buttons; a part of the label is enough."""
        full = next((b for b in self.buttons if label in b), None)
        if full is None:
            raise UnexpectedError(f"no button {label!r} among {self.buttons} in:\n{self.text}")
        await self.phone.post("tap", {"label": full, "messageId": self.item["id"], "times": times})


@dataclass(slots=True)
class Phone:
    """A person's LINE on the simulator."""

    http: aiohttp.ClientSession
    base: str
    user: str
    name: str
    seen: int = 0
    waiting: list[dict[str, Any]] = field(default_factory=list)

    async def post(self, action: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Do something on this phone; the simulator's answer."""
        async with self.http.post(f"{self.base}/_sim/line/users/{self.user}/{action}", json=body or {}) as response:
            answer: dict[str, Any] = await response.json()
            if response.status >= 400:
                raise UnexpectedError(f"{self.name} cannot {action}: {answer}")
            return answer

    async def add(self) -> None:
        """Add the bot as a friend."""
        await self.post("follow")

    async def block(self) -> None:
        """Block the bot."""
        await self.post("block")

    async def unblock(self) -> None:
        """Unblock the bot."""
        await self.post("unblock")

    async def say(self, text: str) -> None:
        """Type and send."""
        await self.post("text", {"text": text})

    async def expect(self, *parts: str, patience: float = PATIENCE) -> Bubble:
        """The first message not expected yet that shows all these parts. Others stay waiting to be expected."""
        loop = asyncio.get_running_loop()
        end = loop.time() + patience
        while True:
            for item in self.waiting:
                if all(any(part in text for text in ["\n".join(item["texts"]), *item["texts"]]) for part in parts):
                    self.waiting.remove(item)
                    return Bubble(self, item)
            left = end - loop.time()
            if left <= 0:
                shown = "\n---\n".join("\n".join(item["texts"]) for item in self.waiting) or "(nothing)"
                raise UnexpectedError(f"{self.name} waited for {parts!r} and has on the screen:\n{shown}")
            await self.look(wait=min(left, 5.0))

    async def look(self, wait: float = 0) -> None:
        """Fetch what is new, waiting so many seconds for the first of it."""
        url = f"{self.base}/_sim/line/users/{self.user}/messages"
        async with self.http.get(url, params={"after": self.seen, "wait": wait}) as response:
            answer = await response.json()
        for item in answer["messages"]:
            self.seen = max(self.seen, item["seq"])
            if item["from"] == "bot":
                self.waiting.append(item)

    async def expect_nothing(self) -> None:
        """Nothing is on the screen that was not expected."""
        await self.look()
        if self.waiting:
            shown = "\n---\n".join("\n".join(item["texts"]) for item in self.waiting)
            raise UnexpectedError(f"{self.name} got what nobody expected:\n{shown}")

    def ignore(self) -> None:
        """What stands on the screen now is of no interest to this test."""
        self.waiting.clear()
