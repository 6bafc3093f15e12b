"""Joins the parts into one running simulator, in this process or on its own."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from aiohttp import web

from simulator.calls import CallLog
from simulator.clock import Clock
from simulator.control import Control
from simulator.guard import own_pages_only
from simulator.line.control import LineControl
from simulator.line.people import PeopleControl
from simulator.line.platform import LinePlatform
from simulator.line.settings import Settings
from simulator.phones.page import Page
from simulator.phones.stream import Stream
from simulator.whatsapp.control import WhatsAppControl
from simulator.whatsapp.people import PeopleControl as WhatsAppPeopleControl
from simulator.whatsapp.platform import WhatsAppPlatform
from simulator.whatsapp.settings import Settings as WhatsAppSettings

_LARGEST_REQUEST = 64 * 1024 * 1024  # control requests that register many people; LINE's own 2 MB is checked apart


@dataclass
class Options:
    """Where to listen, and what the channels are."""

    host: str = "127.0.0.1"
    port: int = 0
    clock_file: Path | None = None
    line: Settings = field(default_factory=Settings)
    whatsapp: WhatsAppSettings = field(default_factory=WhatsAppSettings)


class Simulator:
    """`async with Simulator(options) as simulator:` serves until the block ends; `url` says where."""

    def __init__(self, options: Options | None = None) -> None:
        self._options = options or Options()
        self._stopping = asyncio.Event()
        self._runner: web.AppRunner | None = None
        self.url = ""
        self.clock = Clock(self._options.clock_file)
        self.log = CallLog(self.clock)
        self.stream = Stream()
        self.clock.on_move(lambda: self.stream.say("clock", {}))
        self.line = LinePlatform(self._options.line, self.clock, self.log, self.stream.changed, self._stopping)
        self.whatsapp = WhatsAppPlatform(
            self._options.whatsapp, self.clock, self.log, self.stream.changed, self._stopping
        )

    def reset(self) -> None:
        """Forget everybody and everything, as after a start; the clock stays."""
        self.line.reset()
        self.whatsapp.reset()
        self.log.clear()
        self.stream.say("reset", {})

    async def start(self) -> None:
        """Listen. Raises: OSError when the address is taken."""
        self._runner = web.AppRunner(self._app(), access_log=None, handle_signals=False, shutdown_timeout=0.3)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._options.host, self._options.port, backlog=1024)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        await self.line.courier.start()
        await self.whatsapp.courier.start()

    async def stop(self) -> None:
        """Stop listening and drop what is on its way; takes less than a second."""
        self._stopping.set()
        self.stream.close()
        if self._runner is not None:
            await self._runner.cleanup()
        await asyncio.gather(self.line.courier.stop(), self.whatsapp.courier.stop())

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def _app(self) -> web.Application:
        app = web.Application(middlewares=[own_pages_only], client_max_size=_LARGEST_REQUEST)
        app.add_routes(self.line.routes())
        app.add_routes(LineControl(self.line).routes())
        app.add_routes(PeopleControl(self.line).routes())
        app.add_routes(self.whatsapp.routes())
        app.add_routes(WhatsAppControl(self.whatsapp).routes())
        app.add_routes(WhatsAppPeopleControl(self.whatsapp).routes())
        app.add_routes(Control(self.clock, self.log, self.reset).routes())
        app.add_routes(Page(self.stream).routes())
        return app
