"""Joins the parts of the WhatsApp simulation. One account, one business number."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from aiohttp import web

from simulator.calls import CallLog
from simulator.clock import Clock
from simulator.whatsapp.account import Account
from simulator.whatsapp.api import Api, endpoints
from simulator.whatsapp.book import Book
from simulator.whatsapp.events import Builder
from simulator.whatsapp.faults import WhatsAppFaults
from simulator.whatsapp.gestures import Gestures
from simulator.whatsapp.messages import Reader
from simulator.whatsapp.sending import Dispatcher
from simulator.whatsapp.settings import Settings
from simulator.whatsapp.statuses import Postman
from simulator.whatsapp.webhooks import WhatsAppCourier
from simulator.whatsapp.world import World


class WhatsAppPlatform:
    """Everything simulated about WhatsApp. `changed` is told the id of each chat that looks different."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        log: CallLog,
        changed: Callable[[str], None],
        stopping: asyncio.Event,
    ) -> None:
        self._initial = replace(settings)
        self.settings = settings
        self.clock = clock
        self.log = log
        self.book = Book()
        self.world = World(clock, changed)
        self.faults = WhatsAppFaults()
        self.builder = Builder(settings, clock)
        self.courier = WhatsAppCourier(settings, clock, log, self.builder)
        self.postman = Postman(settings, clock, self.world, self.builder, self.courier)
        self.gestures = Gestures(settings, self.world, self.builder, self.courier, self.postman)
        self.account = Account(settings, self.book, self.courier)
        reader = Reader(settings, self.book)
        self.dispatcher = Dispatcher(settings, clock, self.world, reader, self.postman, self.faults)
        self._api = Api(settings, clock, log, self.faults, stopping)

    def routes(self) -> list[web.RouteDef]:
        """The Graph API under /whatsapp."""
        return self._api.routes(endpoints(self.dispatcher, self.account))

    def reset(self) -> None:
        """Back to the first minute: nobody, no templates, nothing sent, the settings of the start."""
        for name, value in vars(replace(self._initial)).items():
            setattr(self.settings, name, value)
        self.world.clear()
        self.book.clear()
        self.faults.clear()
        self.courier.clear()
        self.dispatcher.clear()
        self.account.clear()
