"""Free replies: behind the taps, never in their way. Record always, answer when one can."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass

from bot import metrics
from bot.channels.base import Channel, Failure, SendError
from bot.clock import Clock
from bot.loops import survive
from bot.pacing import Bucket
from handlers.events import Event
from handlers.replies import Reply

log = logging.getLogger(__name__)

TOO_LATE = 50.0
"""Seconds after which a reply is not tried. LINE: its token serves for one minute (reference, reply message)."""

_WORKERS = 200
"""Replies under way at once: 2,000 a second at 100 ms each."""
_BURST = 20
_MOST_WAITING = 20_000


@dataclass(frozen=True, slots=True)
class _Order:
    event: Event
    reply: Reply
    taken_at: float
    given: asyncio.Future[bool]


class Replier:
    """Gives replies at each platform's pace, shared by so many processes. Every order ends as given or dropped; dropped
    ones are counted."""

    def __init__(self, channels: Mapping[str, Channel], clock: Clock, processes: int) -> None:
        self._channels = channels
        self._clock = clock
        self._buckets = {n: Bucket(c.pace.replies / processes, clock, _BURST) for n, c in channels.items()}
        self._orders: asyncio.Queue[_Order | None] = asyncio.Queue()

    def give(self, event: Event, reply: Reply) -> asyncio.Future[bool]:
        """Order a reply. The future tells whether it was given; nobody needs to wait for it."""
        given: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        if event.reply_token is None or self._orders.qsize() >= _MOST_WAITING:
            self._drop(event, given)
        else:
            self._orders.put_nowait(_Order(event, reply, self._clock.monotonic(), given))
        return given

    async def run(self) -> None:
        """Work until `close`; what is ordered by then is still given or dropped."""
        async with asyncio.TaskGroup() as workers:
            for number in range(_WORKERS):
                workers.create_task(self._work(), name=f"replier-{number}")

    def close(self) -> None:
        """Let the workers end behind what is ordered."""
        for _ in range(_WORKERS):
            self._orders.put_nowait(None)

    async def _work(self) -> None:
        while (order := await self._orders.get()) is not None:
            await self._buckets[order.event.channel].take()
            if self._clock.monotonic() - order.taken_at > TOO_LATE:
                self._drop(order.event, order.given)
                continue
            await survive("reply", self._try(order))
            if not order.given.done():
                order.given.set_result(False)

    async def _try(self, order: _Order) -> None:
        event = order.event
        try:
            await self._channels[event.channel].reply(event, order.reply)
        except SendError as error:
            result = "dropped" if error.failure is Failure.RATE_LIMITED else "refused"
            metrics.REPLIES.labels(event.channel, result).inc()
            log.warning("reply.failed", extra={"failure": error.failure, "reason": error.reason})
            return
        metrics.REPLIES.labels(event.channel, "given").inc()
        order.given.set_result(True)

    def _drop(self, event: Event, given: asyncio.Future[bool]) -> None:
        metrics.REPLIES.labels(event.channel, "dropped").inc()
        given.set_result(False)
