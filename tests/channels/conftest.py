"""A stand-in for LINE at the outermost seam: a server that records what arrives and answers as told."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import orjson
import pytest
from aiohttp import web

from bot.channels.line import LineChannel, LineConfig
from handlers.wording import Words

TOKEN = "test-token-0123456789"
SECRET = "8c570fa6dd201bb328f1c1eac23a96d8"


@dataclass(frozen=True)
class Call:
    """One request as it arrived."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, object]:
        value = orjson.loads(self.body)
        assert isinstance(value, dict)
        return value


@dataclass
class FakeLine:
    """Answers from `answers` in turn, each a response or a word: "hang", "disconnect"; else 200 {}."""

    url: str = ""
    calls: list[Call] = field(default_factory=list)
    answers: deque[web.Response | str] = field(default_factory=deque)
    by_path: dict[str, object] = field(default_factory=dict)
    closing: asyncio.Event = field(default_factory=asyncio.Event)

    def will_answer(self, status: int, body: object = None, **headers: str) -> None:
        raw = body if isinstance(body, bytes) else orjson.dumps({} if body is None else body)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers.append(web.Response(status=status, body=raw, headers=named, content_type="application/json"))

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.calls.append(Call(request.method, request.raw_path, request.headers, await request.read()))
        answer = self.answers.popleft() if self.answers else web.json_response(self.by_path.get(request.path, {}))
        if answer == "hang":
            await self.closing.wait()
        if isinstance(answer, web.Response):
            return answer
        assert request.transport
        request.transport.close()
        return web.Response()


@pytest.fixture
def words() -> Words:
    return Words("ja", ZoneInfo("Asia/Tokyo"))


@pytest.fixture
async def line() -> AsyncIterator[FakeLine]:
    fake = FakeLine()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", fake.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    fake.url = f"http://{host}:{port}"
    yield fake
    fake.closing.set()
    await runner.cleanup()


@pytest.fixture
async def channel(line: FakeLine, words: Words) -> AsyncIterator[LineChannel]:
    config = LineConfig(secrets=(SECRET,), access_token=TOKEN, api_url=line.url + "/", timeout=0.5)
    channel = LineChannel(config, words)
    yield channel
    await channel.close()
