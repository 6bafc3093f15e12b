"""Free replies: behind the taps, never in their way. Record always, answer when one can.

Between a few replies begun and the next few the event loop goes round, and in a round whatever came in takes its next
step. How long a round takes tells how much there is to do, here and on the machine: replies get what is left.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

from bot import metrics
from bot.channels.base import Channel, Failure, SendError
from bot.clock import Clock
from bot.loops import survive
from bot.pacing import Bucket
from handlers.events import Event, Tap
from handlers.replies import Reply

log = logging.getLogger(__name__)

TOO_LATE = 50.0
"""Seconds after which a reply is not tried. LINE: its token serves for one minute (reference, reply message)."""

LOOKED_FOR = 2.0
"""Seconds for which somebody who tapped looks for the answer. Once anybody has waited longer, there are more replies
than can be given, and in the order of tapping everybody would get theirs when the phone is put away: then the newest
goes first, and who has waited anyway gets hers when the storm is over."""

_IN_A_ROUND = 4
"""Replies begun in a round: half a millisecond. One at a time would cost a look at every connection for each."""

_SHORT_ROUND = 0.001
_RESTS = 4
_LONGEST_REST = 0.05
"""Seconds. After a round that was not short no reply is begun for four times as long: four fifths of a busy time belong
to the taps. However long it was, replies go on after the longest rest."""

_AT_ONCE = 200
"""Replies under way at once: 2,000 a second at 100 ms each."""
_BURST = 20
_MOST_WAITING = 20_000
"""In a line; the oldest leaves it, whose turn would come last."""


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
        self._desks = {name: _Desk(channel, clock, processes) for name, channel in channels.items()}

    def give(self, event: Event, reply: Reply) -> asyncio.Future[bool]:
        """Order a reply. The future tells whether it was given; nobody needs to wait for it."""
        return self._desks[event.channel].give(event, reply)

    async def run(self) -> None:
        """Work until `close`; what is ordered by then is still given or dropped."""
        async with asyncio.TaskGroup() as desks:
            for name, desk in self._desks.items():
                desks.create_task(desk.run(), name=f"replier-{name}")

    def close(self) -> None:
        """Let `run` end behind what is ordered."""
        for desk in self._desks.values():
            desk.close()


class _Desk:
    """The replies of one channel: a few begun in a round, many under way."""

    def __init__(self, channel: Channel, clock: Clock, processes: int) -> None:
        self._channel = channel
        self._clock = clock
        self._bucket = Bucket(channel.pace.replies / processes, clock, _BURST)
        self._asked: deque[_Order] = deque()
        """Answers to what somebody wrote: before all thanks, for her next message waits for them in `bot.acting`."""
        self._thanks: deque[_Order] = deque()
        self._free = asyncio.Semaphore(_AT_ONCE)
        self._wake = asyncio.Event()
        self._is_closing = False

    def give(self, event: Event, reply: Reply) -> asyncio.Future[bool]:
        given: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        order = _Order(event, reply, self._clock.monotonic(), given)
        if event.reply_token is None:
            self._drop(order)
            return given
        line = self._thanks if isinstance(event, Tap) else self._asked
        line.append(order)
        if len(line) > _MOST_WAITING:
            self._drop(line.popleft())
        self._wake.set()
        return given

    def close(self) -> None:
        self._is_closing = True
        self._wake.set()

    async def run(self) -> None:
        async with asyncio.TaskGroup() as under_way:
            while await self._is_wanted():
                for _ in range(min(_IN_A_ROUND, len(self._asked) + len(self._thanks))):
                    await self._bucket.take()
                    await self._free.acquire()
                    if (order := self._next()) is not None:
                        under_way.create_task(self._serve(order), name="reply")
                    else:
                        self._free.release()
                await self._give_way()
        self._is_closing = False

    async def _give_way(self) -> None:
        """A round for everybody else, and more than one where they need it. At the end nobody taps any more."""
        began = self._clock.monotonic()
        await asyncio.sleep(0)
        took = self._clock.monotonic() - began
        if took > _SHORT_ROUND and not self._is_closing:
            await asyncio.sleep(min(took * _RESTS, _LONGEST_REST))

    async def _is_wanted(self) -> bool:
        """Wait until there is something to give; False when there will be nothing more."""
        while not (self._asked or self._thanks):
            if self._is_closing:
                return False
            self._wake.clear()
            await self._wake.wait()
        return True

    def _next(self) -> _Order | None:
        """Whose turn it is; None if all that waited are too late."""
        now = self._clock.monotonic()
        for line in (self._asked, self._thanks):
            while line and now - line[0].taken_at > TOO_LATE:
                self._drop(line.popleft())
        if self._asked:
            return self._asked.popleft()
        if self._thanks and now - self._thanks[0].taken_at > LOOKED_FOR:
            return self._thanks.pop()
        return self._thanks.popleft() if self._thanks else None

    async def _serve(self, order: _Order) -> None:
        try:
            await survive("reply", self._try(order))
        finally:
            self._free.release()
            if not order.given.done():
                order.given.set_result(False)

    async def _try(self, order: _Order) -> None:
        event = order.event
        try:
            await self._channel.reply(event, order.reply)
        except SendError as error:
            result = "dropped" if error.failure is Failure.RATE_LIMITED else "refused"
            metrics.REPLIES.labels(event.channel, result).inc()
            log.warning("reply.failed", extra={"failure": error.failure, "reason": error.reason})
            return
        metrics.REPLIES.labels(event.channel, "given").inc()
        if not order.given.done():
            order.given.set_result(True)

    def _drop(self, order: _Order) -> None:
        metrics.REPLIES.labels(order.event.channel, "dropped").inc()
        if not order.given.done():
            order.given.set_result(False)
