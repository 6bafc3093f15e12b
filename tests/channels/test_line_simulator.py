"""A stranger who knows LINE's rules looks at all we send: the simulator, in its own process, over HTTP alone."""

from __future__ import annotations

import asyncio
import sys
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import aiohttp
import orjson
import pytest

from bot.channels.base import Failure, SendError
from bot.channels.line import LineChannel, LineConfig
from bot.channels.line.rendering import render
from handlers.context import Quota
from handlers.replies import NoticeCard, reply
from handlers.wording import Words
from storage.models import Outgoing, Recipient
from tests.channels.cards import CARD
from tests.channels.samples import samples
from tests.factories import make_outgoing


@dataclass
class Stranger:
    """The simulator's control API."""

    url: str
    session: aiohttp.ClientSession

    async def ask(self, path: str, body: object = None) -> Any:
        method = "GET" if body is None else "POST"
        async with self.session.request(method, f"{self.url}/_sim{path}", json=body) as response:
            answer = await response.json()
            assert response.status == 200, answer
            return answer

    async def person(self, name: str) -> str:
        return str((await self.ask("/line/users", {"name": name, "friend": True}))["id"])

    async def texts(self, user: str) -> list[str]:
        messages = (await self.ask(f"/line/users/{user}/messages"))["messages"]
        return [text for message in messages for text in message["texts"]]


@pytest.fixture
async def stranger() -> AsyncIterator[Stranger]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "simulator", "--line-channel-access-token", "tok", "--quota", "1000",
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout
    url = (await process.stdout.readline()).decode().split()[-1]
    async with aiohttp.ClientSession() as session:
        yield Stranger(url, session)
    process.terminate()
    await process.communicate()


@pytest.fixture
async def line_channel(stranger: Stranger, words: Words) -> AsyncIterator[LineChannel]:
    channel = LineChannel(LineConfig(secrets=("s",), access_token="tok", api_url=f"{stranger.url}/line"), words)
    yield channel
    await channel.close()


def _outgoing(body: bytes, *users: str) -> Outgoing:
    recipients = tuple(Recipient(f"c{number}", user) for number, user in enumerate(users))
    return make_outgoing(str(uuid.uuid4()), recipients=recipients, body=body)


async def test_everything_we_say_is_taken_by_who_knows_the_rules(
    stranger: Stranger, line_channel: LineChannel, words: Words
) -> None:
    users = [await stranger.person("花子"), await stranger.person("太郎")]
    longest = replace(CARD, title="👨‍👩‍👧" * 80, body="👍" * 9_000, about="対象:" + "山田花子さん、" * 200)
    for sample in (*samples(), longest):
        if isinstance(sample, NoticeCard):
            body = line_channel.prepare(sample)
        else:
            body = orjson.dumps(render(reply(sample), words))
        assert await line_channel.send(_outgoing(body, *users))
        assert await line_channel.send(_outgoing(body, users[0]))
    assert await stranger.texts(users[1])


async def test_same_call_again_reaches_nobody_twice(stranger: Stranger, line_channel: LineChannel) -> None:
    user = await stranger.person("花子")
    outgoing = _outgoing(line_channel.prepare(CARD), user)
    first = await line_channel.send(outgoing)
    assert first
    assert await line_channel.send(outgoing) == first
    assert sum(text == CARD.title for text in await stranger.texts(user)) == 1


async def test_quota_and_account_are_told(stranger: Stranger, line_channel: LineChannel) -> None:
    await stranger.person("花子")
    assert await line_channel.quota() == Quota(1_000, 0)
    info = await line_channel.bot_info()
    assert info.user_id.startswith("U")
    assert (await line_channel.friend_link()).startswith("https://line.me/R/ti/p/%40")
    await line_channel.set_webhook_endpoint("http://127.0.0.1:9/webhooks/line")
    endpoint = await line_channel.webhook_endpoint()
    assert endpoint
    assert endpoint.url == "http://127.0.0.1:9/webhooks/line"
    assert not (await line_channel.test_webhook()).success


async def test_wrong_token_is_told(stranger: Stranger, words: Words) -> None:
    config = LineConfig(secrets=("s",), access_token="another", api_url=f"{stranger.url}/line")
    channel = LineChannel(config, words)
    with pytest.raises(SendError) as error:
        await channel.bot_info()
    assert error.value.failure is Failure.UNAUTHORIZED
    await channel.close()
