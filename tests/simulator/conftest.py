"""A running simulator, a bot that can be told how to answer, and a client for both."""

import asyncio
import base64
import hashlib
import hmac
import io
from collections.abc import AsyncIterator
from typing import Any, ClassVar

import aiohttp
import pytest

from simulator.app import Options, Simulator
from simulator.line.settings import Settings
from tests.simulator.endpoint import Endpoint

SECRET = "a-channel-secret"
TOKEN = "a-channel-access-token"


class Bot(Endpoint):
    """The bot as LINE sees it."""

    path = "/webhooks/line"
    unreadable: ClassVar[dict[str, Any]] = {"events": []}

    @property
    def events(self) -> list[dict[str, Any]]:
        """Every event, in the order of arrival."""
        return [event for body in self.bodies for event in body["events"]]

    def types(self) -> list[str]:
        """The types of all events."""
        return [event["type"] for event in self.events]

    def signed(self, index: int = -1, secret: str = SECRET) -> bool:
        """Whether the body carries the right signature, checked without the simulator's own code."""
        expected = base64.b64encode(hmac.new(secret.encode(), self.raw[index], hashlib.sha256).digest()).decode()
        return hmac.compare_digest(expected, self.headers[index].get("x-line-signature", ""))


class Client:
    """Speaks to the simulator as the product would (`api`) and as a test would (`sim`)."""

    def __init__(self, simulator: Simulator, session: aiohttp.ClientSession) -> None:
        self.simulator = simulator
        self.session = session

    async def api(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str | None = TOKEN,
        key: str | None = None,
        raw: bytes | None = None,
    ) -> "Reply":
        """A call of the Messaging API."""
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        if key is not None:
            headers["X-Line-Retry-Key"] = key
        if raw is not None:
            headers["Content-Type"] = "application/json"
        url = f"{self.simulator.url}/line/v2/bot{path}"
        async with self.session.request(
            method, url, json=body, data=raw and io.BytesIO(raw), headers=headers
        ) as response:
            content = await response.read()
            is_json = response.content_type == "application/json"
            return Reply(response.status, await response.json() if is_json else content, dict(response.headers))

    async def push(self, to: str, *messages: dict[str, Any], key: str | None = None) -> "Reply":
        """Push messages, or a plain text."""
        return await self.api("POST", "/message/push", {"to": to, "messages": messages or [say("はい")]}, key=key)

    async def multicast(self, to: list[str], *messages: dict[str, Any], key: str | None = None) -> "Reply":
        """Multicast messages, or a plain text."""
        body = {"to": to, "messages": messages or [say("はい")]}
        return await self.api("POST", "/message/multicast", body, key=key)

    async def reply(self, token: str, *messages: dict[str, Any]) -> "Reply":
        """Reply with messages, or a plain text."""
        body = {"replyToken": token, "messages": messages or [say("はい")]}
        return await self.api("POST", "/message/reply", body)

    async def sim(self, path: str, body: Any = None, *, method: str = "", expect: int = 200) -> dict[str, Any]:
        """A call of the control API; GET without a body."""
        chosen = method or ("GET" if body is None else "POST")
        async with self.session.request(chosen, f"{self.simulator.url}/_sim{path}", json=body) as response:
            answer: dict[str, Any] = await response.json()
            assert response.status == expect, answer
            return answer

    async def user(self, name: str = "花子", *, friend: bool = True) -> str:
        """A new person's id."""
        created = await self.sim("/line/users", {"name": name, "friend": friend})
        return str(created["id"])

    async def chat(self, user_id: str) -> list[dict[str, Any]]:
        """What stands in a person's chat."""
        found = await self.sim(f"/line/users/{user_id}/messages")
        messages: list[dict[str, Any]] = found["messages"]
        return messages

    async def texts(self, user_id: str) -> list[str]:
        """Every visible text in a person's chat."""
        return [text for item in await self.chat(user_id) for text in item["texts"]]

    async def calls(self) -> list[dict[str, Any]]:
        """The whole log."""
        calls: list[dict[str, Any]] = (await self.sim("/calls"))["calls"]
        return calls


class Reply:
    """Status, body and headers of one answer."""

    def __init__(self, status: int, body: Any, headers: dict[str, str]) -> None:
        self.status = status
        self.body = body
        self.headers = headers


def say(words: str) -> dict[str, Any]:
    """A text message."""
    return {"type": "text", "text": words}


def card(*buttons: dict[str, Any], texts: tuple[str, ...] = ("避難訓練",), alt: str = "避難訓練") -> dict[str, Any]:
    """A Flex card with texts in its body and buttons in its footer."""
    bubble: dict[str, Any] = {
        "type": "bubble",
        "body": {
            "type": "box",
            "layout": "vertical",
            "contents": [{"type": "text", "text": words, "wrap": True} for words in texts],
        },
    }
    if buttons:
        bubble["footer"] = {
            "type": "box",
            "layout": "vertical",
            "contents": [{"type": "button", "style": "primary", "action": button} for button in buttons],
        }
    return {"type": "flex", "altText": alt, "contents": bubble}


def confirm(label: str = "確認しました", data: str = "v=1&n=42", **more: Any) -> dict[str, Any]:
    """A postback action."""
    return {"type": "postback", "label": label, "data": data, **more}


@pytest.fixture
async def bot() -> AsyncIterator[Bot]:
    bot = Bot()
    await bot.start()
    yield bot
    await bot.stop()


@pytest.fixture
async def simulator(bot: Bot) -> AsyncIterator[Simulator]:
    settings = Settings(channel_secrets=[SECRET], access_tokens=[TOKEN], webhook_url=bot.url, name="みどり小学校")
    async with asyncio.timeout(60), Simulator(Options(line=settings)) as simulator:
        yield simulator


@pytest.fixture
async def client(simulator: Simulator) -> AsyncIterator[Client]:
    async with aiohttp.ClientSession() as session:
        yield Client(simulator, session)
