"""What stands in for the bot: a webhook endpoint that keeps whatever comes, and answers as it is told."""

from collections.abc import Awaitable, Callable
from typing import Any, ClassVar

from aiohttp import web


class Endpoint:
    """`answer`, or else `status`, decides what it says to a POST; a body that is not JSON counts as `unreadable`."""

    path: ClassVar[str]
    unreadable: ClassVar[dict[str, Any]]

    def __init__(self) -> None:
        self.url = ""
        self.bodies: list[Any] = []
        self.raw: list[bytes] = []
        self.headers: list[dict[str, str]] = []
        self.answer: Callable[[], Awaitable[int]] | None = None
        self.status = 200
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        app = web.Application(client_max_size=8 * 1024 * 1024)
        self.serve(app)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}{self.path}"

    async def stop(self) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    def serve(self, app: web.Application) -> None:
        app.router.add_post(self.path, self._receive)

    async def _receive(self, request: web.Request) -> web.Response:
        raw = await request.read()
        self.raw.append(raw)
        self.headers.append({name.lower(): value for name, value in request.headers.items()})
        try:
            self.bodies.append(await request.json())
        except ValueError:
            self.bodies.append(self.unreadable)
        status = await self.answer() if self.answer else self.status
        return web.Response(status=status, headers={"Location": self.path})
