"""N: the durable bot that tutorials teach: the SDK's parser, a motor update for each tap, the SDK's reply, all awaited.

`python -m benchmarks.rivals.tutorial MONGODB_URI LINE_URL reply|silent` prints its port.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime
from typing import Any

from aiohttp import web
from linebot.v3 import WebhookParser
from linebot.v3.exceptions import InvalidSignatureError
from linebot.v3.messaging import AsyncApiClient, AsyncMessagingApi, Configuration, ReplyMessageRequest, TextMessage
from linebot.v3.webhooks import PostbackEvent
from motor.motor_asyncio import AsyncIOMotorClient

from benchmarks.people import SECRET, TOKEN


class Bot:
    """The whole bot."""

    def __init__(self, acks: Any, api: AsyncMessagingApi | None) -> None:
        self._parser = WebhookParser(SECRET)
        self._acks = acks
        self._api = api

    async def receive(self, request: web.Request) -> web.Response:
        """One delivery."""
        body = await request.text()
        try:
            events = self._parser.parse(body, request.headers.get("X-Line-Signature", ""))
        except InvalidSignatureError:
            return web.Response(status=401)
        for event in events:
            if isinstance(event, PostbackEvent):
                await self._confirm(event)
        return web.Response()

    async def _confirm(self, event: Any) -> None:
        key = f"{event.postback.data}:{event.source.user_id}"
        await self._acks.update_one({"_id": key, "acked_at": None}, {"$set": {"acked_at": datetime.now(UTC)}})
        if self._api is not None:
            message = TextMessage(text="受け付けました。")
            await self._api.reply_message(ReplyMessageRequest(reply_token=event.reply_token, messages=[message]))


async def main(uri: str, line: str, mode: str) -> None:
    """Serve until killed."""
    acks: Any = AsyncIOMotorClient(uri, w="majority", journal=True)["kakunin"]["acks"]
    async with AsyncApiClient(Configuration(access_token=TOKEN, host=line)) as client:
        bot = Bot(acks, AsyncMessagingApi(client) if mode == "reply" else None)
        app = web.Application()
        app.router.add_post("/webhooks/line", bot.receive)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        print(f"listening {runner.addresses[0][1]}", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:4]))
