"""Phones to write chats with: what a person sees, types and taps, over the simulator's own HTTP."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from typing import Any

import aiohttp

PATIENCE = 20.0
"""Seconds for which something expected may still come; far longer than it ever takes on a quiet machine."""


class UnexpectedError(AssertionError):
    """The chat did not go as the test says; the text tells what was on the screen."""


@dataclass(frozen=True, slots=True)
class Bubble:
    """One message from the bot on a phone."""

    chat: Chat
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

    @property
    def number(self) -> int:
        """The first #number in it."""
        match = re.search(r"#(\d+)", self.text)
        assert match, self.text
        return int(match[1])

    def data(self, label: str) -> str:
        """What a button carries."""
        return str(next(b for b in self.item["buttons"] if label in b["label"])["action"]["data"])

    async def tap(self, label: str, times: int = 1, **more: Any) -> list[dict[str, Any]]:
        """Press one of this very message's buttons; a part of the label is enough. The events that it made."""
        full = next((b for b in self.buttons if label in b), None)
        if full is None:
            raise UnexpectedError(f"no button {label!r} among {self.buttons} in:\n{self.text}")
        gesture = {"label": full, "messageId": self.item["id"], "times": times, **more}
        events: list[dict[str, Any]] = (await self.chat.post("tap", gesture))["events"]
        return events


@dataclass(slots=True)
class Chat:
    """A chat on the simulator: what came into it, and what somebody does there."""

    http: aiohttp.ClientSession
    base: str
    user: str
    name: str
    platform: str = "line"
    seen: int = 0
    waiting: list[dict[str, Any]] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The chat in the simulator's control API."""
        return f"{self.base}/_sim/{self.platform}/users/{self.user}"

    async def post(self, action: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Do something in this chat; the simulator's answer."""
        async with self.http.post(f"{self.url}/{action}", json=body or {}) as response:
            answer: dict[str, Any] = await response.json()
            if response.status >= 400:
                raise UnexpectedError(f"{self.name} cannot {action}: {answer}")
            return answer

    async def expect(self, *parts: str, patience: float = PATIENCE) -> Bubble:
        """The first message not expected yet that shows all these parts. Others stay waiting to be expected."""
        __tracebackhide__ = True
        loop = asyncio.get_running_loop()
        end = loop.time() + patience
        while True:
            for item in self.waiting:
                whole = "\n".join(item["texts"])
                if all(part in whole for part in parts):
                    self.waiting.remove(item)
                    return Bubble(self, item)
            left = end - loop.time()
            if left <= 0:
                raise UnexpectedError(f"{self.name} waited for {parts!r} and has on the screen:\n{self.shown()}")
            await self.look(wait=min(left, 5.0))

    def shown(self) -> str:
        """What nobody expected yet."""
        return "\n---\n".join("\n".join(item["texts"]) for item in self.waiting) or "(nothing)"

    async def look(self, wait: float = 0) -> None:
        """Fetch what is new, waiting so many seconds for the first of it."""
        async with self.http.get(f"{self.url}/messages", params={"after": self.seen, "wait": wait}) as response:
            answer = await response.json()
        for item in answer["messages"]:
            self.seen = max(self.seen, item["seq"])
            if item["from"] == "bot":
                self.waiting.append(item)

    async def expect_nothing(self) -> None:
        """Nothing is on the screen that was not expected."""
        await self.look()
        if self.waiting:
            raise UnexpectedError(f"{self.name} got what nobody expected:\n{self.shown()}")

    def ignore(self) -> None:
        """What stands on the screen now is of no interest to this test."""
        self.waiting.clear()


@dataclass(slots=True)
class Phone(Chat):
    """A person's 1:1 chat with the bot."""

    async def add(self) -> None:
        """Add the bot as a friend."""
        await self.post("follow")

    async def block(self) -> None:
        """Block the bot."""
        await self.post("block")

    async def unblock(self) -> None:
        """Unblock the bot."""
        await self.post("unblock")

    async def say(self, text: str, **more: Any) -> list[dict[str, Any]]:
        """Type and send. The events that it made."""
        events: list[dict[str, Any]] = (await self.post("text", {"text": text, **more}))["events"]
        return events

    async def ask(self, text: str, *parts: str) -> Bubble:
        """Type, and expect an answer that shows all these parts."""
        await self.say(text)
        return await self.expect(*parts)

    async def ask_until(self, text: str, *parts: str) -> Bubble:
        """Type again and again, each time when an answer is there, until one shows all these parts. The answers to what
        was typed before are of no interest."""
        __tracebackhide__ = True
        loop = asyncio.get_running_loop()
        end = loop.time() + PATIENCE
        first, asked = len(self.waiting), 0
        while loop.time() < end:
            shown = len(self.waiting)
            await self.say(text)
            asked += 1
            while len(self.waiting) == shown and loop.time() < end:
                await self.look(wait=5.0)
            for item in self.waiting[first:]:
                if all(part in "\n".join(item["texts"]) for part in parts):
                    del self.waiting[first : first + asked]
                    return Bubble(self, item)
        raise UnexpectedError(f"{self.name} asked {text!r} and waited for {parts!r}:\n{self.shown()}")

    async def join(self, code: str) -> None:
        """Add the bot, send the code from the paper, and say that it is right."""
        await self.add()
        await self.expect("友だち追加ありがとうございます")
        await self.register(code)

    async def register(self, code: str) -> Bubble:
        """Send the code from the paper, and say that it is right; what the bot says then."""
        question = await self.ask(f"登録 {code}", "まちがいありませんか")
        await question.tap("はい")
        return await self.expect("登録しました")


@dataclass(slots=True)
class Group(Chat):
    """A group chat. `user` is the group's id."""

    @property
    def url(self) -> str:
        """The chat in the simulator's control API."""
        return f"{self.base}/_sim/line/groups/{self.user}"

    async def invite(self) -> None:
        """Somebody invites the bot."""
        await self.post("invite")

    async def say(self, who: Phone, text: str) -> None:
        """A member types."""
        await self.post("text", {"userId": who.user, "text": text})
