"""A program that only sends: the SDK's loop (S), bare posts of ready bytes, or the shipped channel without its outbox.

`python -m benchmarks.sending MODE URL CALLS CONCURRENCY` prints {cpu, wall, calls}, after a tenth more for warm-up.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
import orjson
from msgspec.structs import replace

from benchmarks.people import SECRET, TOKEN, notice_record, user_of
from storage.models import Outgoing, Purpose, Recipient, to_moment

Call = Callable[[int], Awaitable[object]]
_GROUP = 500


def _messages() -> bytes:
    """The card as the product prepares it."""
    from bot.channels.line.cards import card_messages
    from handlers.cards import card
    from handlers.context import Organization
    from handlers.wording import Words

    zone = ZoneInfo("Asia/Tokyo")
    organization = Organization("bench", "みどり小学校", "03-1234-5678", zone)
    return orjson.dumps(card_messages(card(notice_record(), organization, Words("ja", zone)), Words("ja", zone)))


def _ids(number: int) -> list[str]:
    return [user_of(number * _GROUP + i) for i in range(_GROUP)]


async def _sdk(url: str, stack: AsyncExitStack, *, is_push: bool) -> Call:
    from linebot.v3.messaging import (
        AsyncApiClient,
        AsyncMessagingApi,
        Configuration,
        FlexContainer,
        FlexMessage,
        MulticastRequest,
        PushMessageRequest,
    )

    client = await stack.enter_async_context(AsyncApiClient(Configuration(access_token=TOKEN, host=url)))
    api = AsyncMessagingApi(client)
    (message,) = [m for m in orjson.loads(_messages()) if m["type"] == "flex"][:1]

    def flex() -> Any:
        return FlexMessage(altText=message["altText"], contents=FlexContainer.from_dict(message["contents"]))

    once = flex()

    async def push(number: int) -> object:
        return await api.push_message(
            PushMessageRequest(to=user_of(number), messages=[flex()]), x_line_retry_key=str(uuid.uuid4())
        )

    async def multicast(number: int) -> object:
        return await api.multicast(
            MulticastRequest(to=_ids(number), messages=[once]), x_line_retry_key=str(uuid.uuid4())
        )

    return push if is_push else multicast


async def _bare(url: str, stack: AsyncExitStack, *, is_push: bool) -> Call:
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    connector = aiohttp.TCPConnector(limit=400)
    session = await stack.enter_async_context(aiohttp.ClientSession(connector=connector, headers=headers))
    messages, path = _messages(), f"{url}/v2/bot/message/{'push' if is_push else 'multicast'}"

    async def call(number: int) -> object:
        to = orjson.dumps(user_of(number) if is_push else _ids(number))
        body = b'{"messages":' + messages + b',"to":' + to + b"}"
        async with session.post(path, data=body, headers={"X-Line-Retry-Key": str(uuid.uuid4())}) as response:
            return await response.read()

    return call


async def _shipped(url: str, stack: AsyncExitStack, *, is_push: bool) -> Call:
    from bot.channels.line import LineChannel, LineConfig
    from handlers.wording import Words

    config = LineConfig(secrets=(SECRET,), access_token=TOKEN, api_url=url, data_api_url=url)
    channel = LineChannel(config, Words("ja", ZoneInfo("Asia/Tokyo")))
    stack.push_async_callback(channel.close)
    now = to_moment(notice_record().created_at)
    stored = Outgoing(
        id="",
        mailing="m",
        notice="n",
        purpose=Purpose.NOTICE,
        chunk=0,
        part="",
        channel="line",
        recipients=tuple(Recipient(user, user) for user in ([user_of(0)] if is_push else _ids(0))),
        body=_messages(),
        created_at=now,
        due_at=now,
    )

    async def call(_: int) -> object:
        return await channel.send(replace(stored, id=str(uuid.uuid4())))

    return call


_MODES = {"sdk": _sdk, "bare": _bare, "shipped": _shipped}


async def main(mode: str, url: str, calls: int, concurrency: int) -> None:
    """Send so many, `concurrency` at once."""
    kind, _, what = mode.partition("-")
    async with AsyncExitStack() as stack:
        call = await _MODES[kind](url, stack, is_push=what == "push")

        async def send(turns: Iterator[int]) -> None:
            for number in turns:
                await call(number)

        async def send_all(numbers: range) -> None:
            turns = iter(numbers)
            await asyncio.gather(*(send(turns) for _ in range(concurrency)))

        await send_all(range(calls, calls + calls // 10 + 1))
        cpu, wall = time.process_time(), time.monotonic()
        await send_all(range(calls))
        told = {"cpu": time.process_time() - cpu, "wall": time.monotonic() - wall, "calls": calls}
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
