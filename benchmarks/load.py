"""Load: closed loop (as fast as it is served) for cost, open loop (at a fixed rate, whatever happens) for latency."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from benchmarks.wire import ClientConnection, connect

CONNECTIONS = 64
_ANSWERED_WITHIN = 30.0
"""Seconds after the last request within which an answer still counts as an answer."""


@dataclass(frozen=True, slots=True)
class Shot:
    """One request, what must come back, and what the caller knows it by."""

    data: bytes
    status: int = 200
    tag: str = ""


@dataclass(slots=True)
class Outcome:
    """What came back."""

    accepted: list[str] = field(default_factory=list)
    """Tags of what was answered 200."""
    wrong: Counter[int] = field(default_factory=Counter)
    """Statuses that were not the expected ones; 0 is a broken connection."""
    latencies: list[float] = field(default_factory=list)
    """Seconds, from the scheduled instant (open loop) or from sending (closed loop)."""
    earliest: float = 0.0
    sent: int = 0
    answered: int = 0

    def percentile(self, share: float) -> float:
        """The latency that this share of the requests did not exceed."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0

    @property
    def late(self) -> int:
        """Answers after LINE's two seconds, or none at all."""
        return sum(latency > 2 for latency in self.latencies) + self.sent - self.answered

    @property
    def is_clean(self) -> bool:
        """Everything was answered, as expected."""
        return self.answered == self.sent and not self.wrong


class Guns:
    """Keep-alive connections with a queue before them, first in first out."""

    def __init__(self, port: int, outcome: Outcome, on_free: Callable[[], Shot | None]) -> None:
        self._port = port
        self._outcome = outcome
        self._on_free = on_free
        self._queue: deque[tuple[Shot, float]] = deque()
        self._under_way: dict[ClientConnection, tuple[Shot, float]] = {}
        self._idle: list[ClientConnection] = []
        self._reconnecting: set[asyncio.Task[None]] = set()

    async def open(self, connections: int) -> None:
        """Connect."""
        for _ in range(connections):
            self._idle.append(await connect(self._port, self._answered))

    def fire(self, shot: Shot, at: float) -> None:
        """Send as soon as a connection is free; its latency counts from `at`."""
        self._outcome.sent += 1
        self._queue.append((shot, at))
        self._next()

    def _next(self) -> None:
        while self._queue and self._idle:
            connection = self._idle.pop()
            if not connection.is_open:
                self._reconnect()
                continue
            entry = self._queue.popleft()
            self._under_way[connection] = entry
            connection.send(entry[0].data)

    def _reconnect(self) -> None:
        async def again() -> None:
            try:
                self._idle.append(await connect(self._port, self._answered))
            except OSError:
                return
            self._next()

        task = asyncio.ensure_future(again())
        self._reconnecting.add(task)
        task.add_done_callback(self._reconnecting.discard)

    def _answered(self, connection: ClientConnection, status: int) -> None:
        if (entry := self._under_way.pop(connection, None)) is None:
            return  # nobody waits for it any more
        (shot, at), outcome = entry, self._outcome
        outcome.answered += status != 0
        outcome.latencies.append(time.monotonic() - at)
        if status != shot.status:
            outcome.wrong[status] += 1
        elif status == 200:
            outcome.accepted.append(shot.tag)
        if connection.is_open:
            self._idle.append(connection)
        else:
            self._reconnect()
        if (more := self._on_free()) is not None:
            self.fire(more, time.monotonic())
        else:
            self._next()

    @property
    def is_done(self) -> bool:
        """Nothing waits and nothing is under way."""
        return not self._queue and not self._under_way

    async def close(self) -> None:
        """Wait for what is under way, and let go."""
        end = time.monotonic() + _ANSWERED_WITHIN
        while not self.is_done and time.monotonic() < end:  # noqa: ASYNC110 - an event would cost on every answer
            await asyncio.sleep(0.005)
        for connection in (*self._idle, *self._under_way):
            connection.close()
        self._under_way.clear()


async def closed_loop(
    port: int, shots: Iterator[Shot], *, seconds: float = 0.0, count: int = 0, connections: int = CONNECTIONS
) -> Outcome:
    """Every connection sends its next request when the last one is answered, for so long or so many."""
    outcome = Outcome()
    end = time.monotonic() + seconds

    def more() -> Shot | None:
        if outcome.sent >= count if count else time.monotonic() >= end:
            return None
        return next(shots, None)

    guns = Guns(port, outcome, more)
    await guns.open(connections)
    for _ in range(connections):
        if (shot := more()) is not None:
            guns.fire(shot, time.monotonic())
    await asyncio.sleep(end - time.monotonic() if seconds else 0)
    await guns.close()
    return outcome


async def open_loop(port: int, shots: Iterable[Shot], rate: float, *, connections: int = CONNECTIONS) -> Outcome:
    """`rate` requests a second, each at its own instant, until there are no more."""
    outcome = Outcome()
    guns = Guns(port, outcome, lambda: None)
    await guns.open(connections)
    begin = time.monotonic() + 0.05
    for position, shot in enumerate(shots):
        due = begin + position / rate
        if (wait := due - time.monotonic()) > 0:
            await asyncio.sleep(wait)
        elif position % 50 == 0:
            await asyncio.sleep(0)
        guns.fire(shot, due)
    await guns.close()
    return outcome
