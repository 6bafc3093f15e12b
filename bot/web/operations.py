"""For whoever runs the server: is the process alive, can it store, what has it counted; and the last net for errors."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from bot import metrics
from storage.base import Storage
from storage.errors import StorageDownError

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def add_health(app: web.Application, storage: Storage) -> None:
    """`GET /healthz` (the process) and `GET /readyz` (the database too)."""

    async def healthz(_: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def readyz(_: web.Request) -> web.Response:
        try:
            await storage.ping()
        except StorageDownError:
            return web.Response(status=503, text="storage is down\n")
        return web.Response(text="ok\n")

    app.router.add_get("/healthz", last_net(healthz))
    app.router.add_get("/readyz", last_net(readyz))


def metrics_app() -> web.Application:
    """`GET /metrics` in Prometheus' text form. For a port of its own that is not public."""

    async def show(_: web.Request) -> web.Response:
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    app = web.Application()
    app.router.add_get("/metrics", show)
    return app


def last_net(handler: Handler) -> Handler:
    """An error that nobody foresaw answers 500, so that a platform delivers again; its text stays in the log.

    Around each handler and no middleware of the application: aiohttp puts three layers around every request for one.
    """

    async def caught(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPException:
            raise
        except Exception:
            metrics.FAILURES.labels("web").inc()
            log.exception("unexpected.error", extra={"where": "web"})
            return web.Response(status=500)

    return caught
