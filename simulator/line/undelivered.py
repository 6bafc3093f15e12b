"""Webhooks that got no 2xx: those that come again by themselves, and those that wait to be asked for."""

import heapq
import itertools

from simulator.line.gate import Delivery

CAPACITY = 100_000  # what comes after that is not kept


class Undelivered:
    """Finding what is due costs nothing while nothing is."""

    def __init__(self) -> None:
        self._due: list[tuple[int, int, Delivery]] = []
        self._parked: list[Delivery] = []
        self._numbers = itertools.count()

    def __len__(self) -> int:
        return len(self._due) + len(self._parked)

    def add(self, delivery: Delivery) -> None:
        """Keep it: until its `due_ms`, or parked when it has none."""
        if len(self) >= CAPACITY:
            return
        if delivery.due_ms is None:
            self._parked.append(delivery)
        else:
            heapq.heappush(self._due, (delivery.due_ms, next(self._numbers), delivery))

    def take(self, due_ms: int | None = None) -> list[Delivery]:
        """What is due by that time, or, without a time, everything."""
        taken = []
        while self._due and (due_ms is None or self._due[0][0] <= due_ms):
            taken.append(heapq.heappop(self._due)[2])
        if due_ms is None:
            taken += self._parked
            self._parked = []
        return taken

    def clear(self) -> None:
        """Forget all of it."""
        self._due.clear()
        self._parked.clear()
