"""Append, then 200, then act: makes what arrived durable, in batches, by a task of its own.

Requests wait for the batch that holds their events; what arrives meanwhile becomes the next one. Whoever stops waiting
loses nothing: the events are stored all the same, and delivered again they are found.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections import deque
from collections.abc import Callable, Sequence

import msgspec

from bot import metrics
from handlers.events import Event, Tap
from storage.base import WINDOW, Arrived, Storage
from storage.errors import StorageDownError
from storage.models import Acknowledgement, InboxEntry

log = logging.getLogger(__name__)

PATIENCE = 1.5
"""Seconds that a request waits to be durable. LINE gives up after 2 s (webhook error statistics)."""

_GATHERED = 0.005
"""While several requests come at once, they gather for so many seconds: a commit, and the way to the store and back,
cost the same for one as for all of them."""

_MOST_WAITING = 10_000
"""Events waiting for the store; beyond that a request is answered at once that we cannot take it."""


class Arrival(msgspec.Struct, frozen=True):
    """An event that is durable now, and what the store knew of it before."""

    event: Event
    entry: Acknowledgement | InboxEntry
    arrived: Arrived


class Intake:
    """The one way in. `act` is told of every batch once it is durable; it must not wait."""

    def __init__(self, storage: Storage, act: Callable[[Sequence[Arrival]], None]) -> None:
        self._storage = storage
        self._act = act
        self._waiting: list[tuple[Sequence[Event], asyncio.Future[None]]] = []
        self._count = 0
        self._wake = asyncio.Event()
        self._deadlines: deque[tuple[float, asyncio.Future[None]]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._is_closing = False

    async def take(self, events: Sequence[Event]) -> None:
        """Return once the events are durable.

        Raises: StorageDownError, when they are not within `PATIENCE` seconds, or cannot be.
        """
        if not events:
            return
        if self._is_closing or self._count > _MOST_WAITING:
            raise StorageDownError("too much is waiting to be stored")
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        self._waiting.append((events, done))
        self._count += len(events)
        self._wake.set()
        self._deadlines.append((loop.time() + PATIENCE, done))
        if self._timer is None:
            self._timer = loop.call_later(PATIENCE, self._lose_patience)
        await done

    def _lose_patience(self) -> None:
        """Tell whoever waited long enough. One timer serves all, for one each costs as much as reading the request."""
        loop, deadlines = asyncio.get_running_loop(), self._deadlines
        while deadlines and (deadlines[0][1].done() or deadlines[0][0] <= loop.time()):
            _, done = deadlines.popleft()
            if not done.done():
                done.set_exception(StorageDownError("storing took too long"))
        self._timer = loop.call_at(deadlines[0][0], self._lose_patience) if deadlines else None

    async def run(self) -> None:
        """Store batch after batch until `close`; what is in hand then is still stored."""
        is_busy = False
        while self._waiting or not self._is_closing:
            await self._wake.wait()
            if is_busy and self._count < WINDOW and not self._is_closing:
                await asyncio.sleep(_GATHERED)
            batch = self._next_batch()
            is_busy = len(batch) > 1
            if not self._waiting and not self._is_closing:
                self._wake.clear()
            if batch:
                await self._store(batch)

    def close(self) -> None:
        """Take nothing more, and let `run` end."""
        self._is_closing = True
        self._wake.set()

    def _next_batch(self) -> list[tuple[Sequence[Event], asyncio.Future[None]]]:
        size, taken = 0, 0
        for events, _ in self._waiting:
            if taken and size + len(events) > WINDOW:
                break
            size, taken = size + len(events), taken + 1
        batch, self._waiting = self._waiting[:taken], self._waiting[taken:]
        self._count -= size
        return batch

    async def _store(self, batch: list[tuple[Sequence[Event], asyncio.Future[None]]]) -> None:
        events = [event for group, _ in batch for event in group]
        try:
            with metrics.APPEND_SECONDS.time():
                arrivals = await append(self._storage, events)
        except StorageDownError as error:
            log.warning("append.failed", extra={"events": len(events), "error": str(error)})
            for _, done in batch:
                if not done.done():
                    done.set_exception(StorageDownError(str(error)))
            return
        for _, done in batch:
            if not done.done():
                done.set_result(None)
        self._act(arrivals)


async def append(storage: Storage, events: Sequence[Event]) -> list[Arrival]:
    """Make events durable, taps first; those that are, and what the store knew of each. Raises: StorageDownError."""
    taps = [event for event in events if isinstance(event, Tap)]
    others = [event for event in events if not isinstance(event, Tap)]
    acknowledgements = [acknowledgement(tap) for tap in taps]
    entries = [inbox_entry(event) for event in others]
    arrived = await storage.append(acknowledgements, entries)
    noted: Sequence[Acknowledgement | InboxEntry] = [*acknowledgements, *entries]
    arrivals = [Arrival(*parts) for parts in zip((*taps, *others), noted, arrived, strict=True)]
    metrics.count(metrics.ARRIVALS, ((event.channel, kind_of(event)) for event in events))
    if unstored := [a.event for a in arrivals if not a.arrived.is_stored]:
        await storage.append([], [_bare(event) for event in unstored])
        return [a for a in arrivals if a.arrived.is_stored]
    return arrivals


def kind_of(event: Event) -> str:
    """The word under which an event is kept: tap, text, followed …"""
    return type(event).__name__.lower()


def acknowledgement(tap: Tap) -> Acknowledgement:
    """The entry a tap makes."""
    return Acknowledgement(
        id=tap.id,
        channel=tap.channel,
        user=tap.user,
        notice=tap.notice,
        version=tap.version,
        choice=tap.choice,
        at=tap.at,
        received_at=tap.received_at,
        time_replaced=tap.time_replaced,
        also=tap.also,
    )


def inbox_entry(event: Event) -> InboxEntry:
    """The entry any other event makes."""
    return InboxEntry(
        id=event.id,
        channel=event.channel,
        user=event.user,
        kind=kind_of(event),
        at=event.at,
        received_at=event.received_at,
        raw=event.raw,
    )


def _bare(event: Event) -> InboxEntry:
    """What no database can hold as it is: its bytes alone, under a name made from them."""
    return InboxEntry(
        id=hashlib.sha256(event.raw).hexdigest(),
        channel=event.channel,
        user="",
        kind="unhandled",
        at=event.received_at,
        received_at=event.received_at,
        raw=event.raw,
        applied=True,
    )
