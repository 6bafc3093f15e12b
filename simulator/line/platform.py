"""Joins the parts of the LINE simulation. One channel, one official account."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from aiohttp import web

from simulator.calls import CallLog
from simulator.clock import Clock
from simulator.line.account import Account
from simulator.line.api import Api, endpoints
from simulator.line.events import EventBuilder
from simulator.line.faults import LineFaults
from simulator.line.gestures import Gestures
from simulator.line.memory import ReplyTokens
from simulator.line.sending import Dispatcher
from simulator.line.settings import Settings
from simulator.line.webhooks import LineCourier
from simulator.line.world import World


class LinePlatform:
    """Everything simulated about LINE. `changed` is told the id of each chat that looks different."""

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
        self.tokens = ReplyTokens()
        self.world = World(clock, changed)
        self.faults = LineFaults()
        self.courier = LineCourier(settings, clock, log, self.tokens)
        self.builder = EventBuilder(clock, self.tokens)
        self.gestures = Gestures(settings, self.world, self.builder, self.courier)
        self._dispatcher = Dispatcher(settings, clock, self.world, self.tokens)
        self._account = Account(settings, clock, self.world, self._dispatcher.meter, self.courier)
        self._api = Api(settings, clock, log, self.faults, stopping)

    def routes(self) -> list[web.RouteDef]:
        """The Messaging API under /line."""
        return self._api.routes(endpoints(self._dispatcher, self._account))

    def reset(self) -> None:
        """Back to the first minute: nobody, nothing sent, the settings of the start."""
        for name, value in vars(replace(self._initial)).items():
            setattr(self.settings, name, value)
        self.world.clear()
        self.tokens.clear()
        self.faults.clear()
        self.courier.clear()
        self._dispatcher.clear()
        self._api.pace.clear()
