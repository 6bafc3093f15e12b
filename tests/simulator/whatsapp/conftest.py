"""A running simulator, a bot that keeps what WhatsApp tells it, and a client for both."""

import asyncio
import hashlib
import hmac
import io
import json
from collections.abc import AsyncIterator
from typing import Any, ClassVar

import aiohttp
import pytest
from aiohttp import web

from simulator.app import Options, Simulator
from simulator.whatsapp.settings import Settings
from tests.simulator.endpoint import Endpoint

SECRET = "an-app-secret"
TOKEN = "an-access-token"
VERIFY = "a-verify-token"
NUMBER_ID = "106540352242922"
WABA_ID = "102290129340398"


class Bot(Endpoint):
    """The bot as WhatsApp sees it; it echoes the challenge of the handshake."""

    path = "/webhooks/whatsapp"
    unreadable: ClassVar[dict[str, Any]] = {"entry": []}
    is_echoing = True

    def changes(self) -> list[dict[str, Any]]:
        """Every change of every entry, in the order of arrival."""
        return [change for body in self.bodies for entry in body["entry"] for change in entry["changes"]]

    def items(self, name: str = "messages") -> list[dict[str, Any]]:
        """Every message, or every status."""
        return [item for change in self.changes() for item in change["value"].get(name, [])]

    def statuses(self) -> list[str]:
        """The names of all statuses."""
        return [status["status"] for status in self.items("statuses")]

    def signed(self, index: int = -1, secret: str = SECRET) -> bool:
        """Whether the body carries the right signature, checked without the simulator's own code."""
        expected = "sha256=" + hmac.new(secret.encode(), self.raw[index], hashlib.sha256).hexdigest()
        return expected == self.headers[index].get("x-hub-signature-256", "")

    def serve(self, app: web.Application) -> None:
        super().serve(app)
        app.router.add_get(self.path, self._challenge, allow_head=False)

    async def _challenge(self, request: web.Request) -> web.Response:
        asked = request.query
        if asked.get("hub.mode") != "subscribe" or asked.get("hub.verify_token") != VERIFY:
            return web.Response(status=403)
        return web.Response(text=asked["hub.challenge"] if self.is_echoing else "ok")


class Reply:
    """Status and body of one answer; `code` is the error's."""

    def __init__(self, status: int, body: Any) -> None:
        self.status = status
        self.body = body

    @property
    def code(self) -> int | None:
        return self.body["error"]["code"] if isinstance(self.body, dict) and "error" in self.body else None

    @property
    def details(self) -> str:
        return str(self.body["error"]["error_data"]["details"])

    @property
    def id(self) -> str:
        """The id of the message that was accepted."""
        assert self.status == 200, self.body
        return str(self.body["messages"][0]["id"])


class Client:
    """Speaks to the simulator as the product would (`graph`, `send`) and as a test would (`sim`)."""

    def __init__(self, simulator: Simulator, session: aiohttp.ClientSession) -> None:
        self.simulator = simulator
        self.session = session

    async def graph(
        self, method: str, path: str, body: Any = None, *, token: str | None = TOKEN, version: str = "v26.0"
    ) -> Reply:
        """A call of the Graph API."""
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        url = f"{self.simulator.url}/whatsapp/{version}/{path}"
        async with self.session.request(method, url, json=body, headers=headers) as response:
            content = await response.read()
            is_json = response.content_type == "application/json"
            return Reply(response.status, await response.json() if is_json else content)

    async def send(self, body: dict[str, Any]) -> Reply:
        """Send any message."""
        return await self.graph("POST", f"{NUMBER_ID}/messages", body)

    async def say(self, to: str, words: str = "はい", **more: Any) -> Reply:
        """Send a text."""
        return await self.send({**address(to), "type": "text", "text": {"body": words}, **more})

    async def notice(self, to: str, *values: str, payload: str | None = "ack1:ref", **more: Any) -> Reply:
        """Send the approved template with these values and this payload."""
        return await self.send({**address(to), **template(*(values or ("避難訓練", "11/25")), payload=payload), **more})

    async def sim(self, path: str, body: Any = None, *, method: str = "", expect: int = 200) -> dict[str, Any]:
        """A call of WhatsApp's control API; GET without a body."""
        return await self.control(f"/whatsapp{path}", body, method=method, expect=expect)

    async def control(self, path: str, body: Any = None, *, method: str = "", expect: int = 200) -> dict[str, Any]:
        """A call of the control API."""
        chosen = method or ("GET" if body is None else "POST")
        data = None if body is None else io.BytesIO(json.dumps(body).encode())  # aiohttp wants large ones as a stream
        async with self.session.request(chosen, f"{self.simulator.url}/_sim{path}", data=data) as response:
            answer: dict[str, Any] = await response.json()
            assert response.status == expect, answer
            return answer

    async def fault(self, fault: str, **more: Any) -> dict[str, Any]:
        """Set a switch."""
        return await self.sim("/faults", {"fault": fault, **more})

    async def user(self, name: str = "花子", phone: str | None = "819012345678", **more: Any) -> str:
        """A new person's id."""
        return str((await self.sim("/users", {"name": name, "phone": phone, **more}))["id"])

    async def open_window(self, user: str) -> None:
        """Have the person write, so that anything may be sent."""
        await self.sim(f"/users/{user}/text", {"text": "こんにちは"})

    async def approve(self, name: str = "notice_confirm_v1", **more: Any) -> dict[str, Any]:
        """The usual template: two values and one button."""
        usual = {
            "name": name,
            "body": "{}からのお知らせです。件名は「{{{{1}}}}」、日時は{{{{2}}}}です。".format("みどり小学校"),
            "footer": "返信できます",
            "buttons": ["確認しました"],
        }
        return await self.sim("/templates", {**usual, **more})

    async def chat(self, user: str) -> list[dict[str, Any]]:
        """What stands in a person's chat."""
        messages: list[dict[str, Any]] = (await self.sim(f"/users/{user}/messages"))["messages"]
        return messages

    async def idle(self) -> dict[str, Any]:
        """Wait until no webhook is on its way."""
        return await self.sim("/webhooks?wait_idle=10")

    async def calls(self, kind: str = "api") -> list[dict[str, Any]]:
        """The log of API calls, or of webhooks."""
        calls: list[dict[str, Any]] = (await self.control(f"/calls?kind={kind}"))["calls"]
        return calls


def address(to: str) -> dict[str, Any]:
    """The beginning of every message: to a phone number, or to a BSUID."""
    who = {"recipient": to} if "." in to else {"to": to}
    return {"messaging_product": "whatsapp", "recipient_type": "individual", **who}


def template(*values: str, payload: str | None = "ack1:ref", name: str = "notice_confirm_v1") -> dict[str, Any]:
    """A template message as the facts write it down."""
    components: list[dict[str, Any]] = [
        {"type": "body", "parameters": [{"type": "text", "text": value} for value in values]}
    ]
    if payload is not None:
        button = [{"type": "payload", "payload": payload}]
        components.append({"type": "button", "sub_type": "quick_reply", "index": "0", "parameters": button})
    language = {"code": "ja"}
    return {"type": "template", "template": {"name": name, "language": language, "components": components}}


def buttons(*titles: str, body: str = "避難訓練です", ids: list[str] | None = None) -> dict[str, Any]:
    """A message with reply buttons."""
    names = ids or [f"ack1:{number}" for number in range(len(titles))]
    made = [{"type": "reply", "reply": {"id": name, "title": title}} for name, title in zip(names, titles, strict=True)]
    interactive = {"type": "button", "body": {"text": body}, "action": {"buttons": made}}
    return {"type": "interactive", "interactive": interactive}


def rows(*sections: list[dict[str, Any]], button: str = "えらぶ", body: str = "どれにしますか") -> dict[str, Any]:
    """A list message with these sections of rows."""
    made = [{"title": f"第{number}部", "rows": section} for number, section in enumerate(sections, 1)]
    interactive = {"type": "list", "body": {"text": body}, "action": {"button": button, "sections": made}}
    return {"type": "interactive", "interactive": interactive}


@pytest.fixture
async def bot() -> AsyncIterator[Bot]:
    bot = Bot()
    await bot.start()
    yield bot
    await bot.stop()


@pytest.fixture
async def simulator(bot: Bot) -> AsyncIterator[Simulator]:
    settings = Settings(
        app_secret=SECRET,
        access_tokens=[TOKEN],
        verify_token=VERIFY,
        phone_number_id=NUMBER_ID,
        waba_id=WABA_ID,
        webhook_url=bot.url,
        name="みどり小学校",
    )
    async with asyncio.timeout(60), Simulator(Options(whatsapp=settings)) as simulator:
        yield simulator


@pytest.fixture
async def client(simulator: Simulator) -> AsyncIterator[Client]:
    async with aiohttp.ClientSession() as session:
        yield Client(simulator, session)
