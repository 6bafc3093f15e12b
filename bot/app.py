"""The one place that builds and joins the parts."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import secrets
import signal
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Literal

from aiohttp import web

from bot.acting import Actor, Surroundings
from bot.channels.base import Channel
from bot.clock import Clock
from bot.delivery import Delivery
from bot.intake import Intake
from bot.leases import PATIENCE, Keeper
from bot.loops import Ticker, survive
from bot.replying import Replier
from bot.schedule import Schedule
from bot.settings import Settings
from bot.watch import Pulse, SelfCheck
from bot.web.operations import add_health, metrics_app
from bot.web.webhooks import LARGEST_BODY, Webhooks
from handlers.context import Organization
from handlers.fan_out import Publisher
from handlers.reporting import Reporter
from handlers.watching import watch, watch_quota
from storage.base import Storage

log = logging.getLogger(__name__)

Only = Literal["web", "work"] | None

_LEASE = "sending"
_BEAT = 1.0
_WATCH = 5.0
_WATCH_QUOTA = 10.0
_POLL = 0.5
_SWEEP = 10.0
_TIDY = 3600.0
_PULSE = 10.0
_SELF_CHECK = 60.0
_INTRODUCE = 300.0
_STOP_WITHIN = 20.0
"""Seconds for what is in hand to be finished when the process is told to stop."""
_YOUNG = 20_000
"""Objects made before the youngest are looked through for garbage: a batch of taps makes some thousands that all go
away by themselves, and at Python's 700 looking for more took a twelfth of the time."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What a running bot is made of, opened by the caller."""

    settings: Settings
    storage: Storage
    clock: Clock
    channels: Mapping[str, Channel]
    organization: Organization
    is_alone: bool
    """No other process can hold the lease: the embedded file is locked."""


class Service:
    """A running bot: the web side takes and answers, the work side sends. Either may be left out."""

    def __init__(self, parts: Parts, only: Only = None) -> None:
        self._parts = parts
        settings, storage, clock = parts.settings, parts.storage, parts.clock
        self.replier = Replier(parts.channels, clock, settings.web_processes)
        around = Surroundings(storage, parts.organization, parts.channels, clock, self.wake)
        self.actor = Actor(around, self.replier)
        self.intake = Intake(storage, self.actor.submit)
        holder = f"{os.uname().nodename}-{os.getpid()}-{secrets.token_hex(4)}"
        self.keeper = Keeper(_LEASE, holder, storage, clock, 0.0 if parts.is_alone else PATIENCE)
        publisher = Publisher(storage, parts.organization, parts.channels)
        self.schedule = Schedule(publisher, storage, clock, self.keeper, self.wake)
        self.deliveries = [
            Delivery(name, c, storage, clock, self.keeper, publisher) for name, c in parts.channels.items()
        ]
        self._reporter = reporter = Reporter(storage, parts.organization, parts.channels, self.wake)
        self.pulse = Pulse(reporter, clock)
        self.self_check = SelfCheck(_LEASE, reporter, clock, compares=only != "web")
        self._tickers = [
            Ticker("schedule", _POLL, self._scheduled),
            *(Ticker("delivery", _POLL, delivery.round) for delivery in self.deliveries),
        ]
        chores = [
            Ticker("sweep", _SWEEP, self._sweep),
            Ticker("introduce", _INTRODUCE, self._introduce),
            Ticker("self-check", _SELF_CHECK, self.self_check.round),
        ]
        if only != "work":
            chores.append(Ticker("pulse", _PULSE, self.pulse.beat))
        if only != "web":
            chores += [Ticker("lease", _BEAT, self.keeper.beat), Ticker("tidy", _TIDY, self.schedule.tidy)]
            chores += [Ticker("watch", _WATCH, self._watch), Ticker("watch-quota", _WATCH_QUOTA, self._watch_quota)]
            chores += self._tickers
        self._chores = chores
        self._takers: list[asyncio.Task[None]] = []
        self._workers: list[asyncio.Task[None]] = []

    def web_app(self) -> web.Application:
        """The public addresses."""
        app = web.Application(client_max_size=LARGEST_BODY)
        add_health(app, self._parts.storage)
        Webhooks(self._parts.channels, self.intake, self._parts.clock).add_routes(app)
        return app

    def wake(self) -> None:
        """There is something to send: do not wait for the next round."""
        for ticker in self._tickers:
            ticker.wake()

    async def start(self) -> None:
        """Begin to work. The lease is asked for at once."""
        runs: dict[str, Callable[[], Awaitable[None]]] = {
            "intake": self.intake.run,
            "actor": self.actor.run,
            "replier": self.replier.run,
        }
        self._takers = [_task(name, run) for name, run in runs.items()]
        self._workers = [_task(ticker.name, ticker.run) for ticker in self._chores]

    async def stop(self) -> None:
        """Finish what is in hand, in the order in which it flows: intake, acting, replies; then the senders."""
        closings = (self.intake.close, self.actor.close, self.replier.close)
        for close, task in zip(closings, self._takers, strict=True):
            close()
            await _end(task)
        self.schedule.close()
        for delivery in self.deliveries:
            delivery.close()
        for ticker in self._chores:
            ticker.close()
        ended = [await _end(task) for task in self._workers]
        if all(ended):
            await survive("release", self.keeper.release())

    async def run_due(self) -> None:
        """Do everything that is due now, to the end: for tests and for nobody else's clock."""
        await self.keeper.beat()
        await self._sweep()
        await self._scheduled()
        await self._deliver()
        await self._watch()
        await self._watch_quota()
        await self._deliver()

    async def _deliver(self) -> None:
        for delivery in self.deliveries:
            await delivery.round()

    async def _watch(self) -> None:
        if self.keeper.epoch is not None:
            await watch(self._reporter, self._parts.clock.now())

    async def _watch_quota(self) -> None:
        if self.keeper.epoch is not None:
            await watch_quota(self._reporter, self._parts.clock.now())

    async def _scheduled(self) -> None:
        await self.schedule.round()

    async def _introduce(self) -> None:
        """Learn from each platform who we are: from then on, webhooks meant for another bot are refused."""
        for channel in self._parts.channels.values():
            await channel.friend_link()

    async def _sweep(self) -> None:
        await self.actor.sweep(self._parts.clock.now())


def _task(name: str, run: Callable[[], Awaitable[None]]) -> asyncio.Task[None]:
    async def body() -> None:
        await run()

    return asyncio.create_task(body(), name=name)


async def _end(task: asyncio.Task[None]) -> bool:
    """Wait for a part to finish what is in hand, and cut it off if it does not: then False."""
    try:
        await asyncio.wait_for(task, _STOP_WITHIN)
    except TimeoutError:
        log.warning("stop.cut_off", extra={"task": task.get_name()})
        return False
    return True


async def serve(parts: Parts, only: Only = None, *, ready: Callable[[str], None] = lambda _: None) -> None:
    """Run until SIGTERM or SIGINT. `ready` is told the address once requests are taken."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    settings = parts.settings
    service = Service(parts, only)
    await service.start()
    async with AsyncExitStack() as stack:
        stack.push_async_callback(service.stop)
        address = ""
        if only != "work":
            port = await _listen(stack, service.web_app(), settings.host, settings.port)
            address = f"http://{settings.host}:{port}"
        if settings.metrics_port is not None:
            await _listen(stack, metrics_app(), settings.host, settings.metrics_port)
        # What was imported and opened stays for good: never to be looked through again while taps wait.
        gc.collect()
        gc.freeze()
        gc.set_threshold(_YOUNG)
        log.info("serve.ready", extra={"address": address, "only": only or "all"})
        ready(address)
        await stopping.wait()
        log.info("serve.stopping")


async def _listen(stack: AsyncExitStack, app: web.Application, host: str, port: int) -> int:
    """Serve an application until the stack closes; the port it got. Raises: OSError, if the port is taken."""
    runner = web.AppRunner(app, access_log=None, handle_signals=False)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    site = web.TCPSite(runner, host, port, reuse_port=None)
    await site.start()
    return int(runner.addresses[0][1])
