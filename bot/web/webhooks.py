"""The HTTP shell of what platforms send us: bytes in, verify and read, make durable, 200. Acting comes behind."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from aiohttp import web

from bot import metrics
from bot.channels.base import Asked, Channel, RejectedError
from bot.clock import Clock
from bot.intake import Intake
from bot.web.operations import last_net
from storage.errors import StorageDownError

log = logging.getLogger(__name__)

LARGEST_BODY = 4 * 2**20
"""Bytes. WhatsApp sends up to 3 MB; LINE's bodies of a hundred events stay below 100 kB."""


class Webhooks:
    """`POST /webhooks/{channel}`: 200 means durable; 503 asks for another delivery; other 4xx store nothing."""

    def __init__(self, channels: Mapping[str, Channel], intake: Intake, clock: Clock) -> None:
        self._channels = channels
        self._intake = intake
        self._clock = clock

    def add_routes(self, app: web.Application) -> None:
        """One route for each channel that is on."""
        for name in self._channels:
            app.router.add_post(f"/webhooks/{name}", last_net(self.receive))
            if isinstance(self._channels[name], Asked):
                app.router.add_get(f"/webhooks/{name}", last_net(self.answer))

    async def answer(self, request: web.Request) -> web.Response:
        """A platform asks whether this address is ours."""
        name = request.path.rpartition("/")[2]
        channel = self._channels[name]
        try:
            return web.Response(text=channel.challenge(request.query) if isinstance(channel, Asked) else "")
        except RejectedError as rejected:
            return self._rejected(name, rejected.status, rejected.reason)

    async def receive(self, request: web.Request) -> web.Response:
        """Take one delivery."""
        name = request.path.rpartition("/")[2]
        try:
            body = await request.read()
            events = self._channels[name].read(body, request.headers, self._clock.now())
            await self._intake.take(events)
        except web.HTTPRequestEntityTooLarge:
            return self._rejected(name, 413, "size")
        except RejectedError as rejected:
            return self._rejected(name, rejected.status, rejected.reason)
        except StorageDownError:
            metrics.UNAVAILABLE.labels(name).inc()
            return web.Response(status=503)
        return web.Response()

    def _rejected(self, name: str, status: int, reason: str) -> web.Response:
        metrics.REJECTED.labels(name, reason).inc()
        log.warning("webhook.rejected", extra={"channel": name, "reason": reason})
        return web.Response(status=status)
