"""Webhooks that got no 200: each is offered again, less and less often, until it is too old."""

import heapq
import itertools

from simulator.whatsapp.gate import Delivery

CAPACITY = 100_000  # what comes after that is not kept


class Undelivered:
    """Finding what is due costs nothing while nothing is."""

    def __init__(self) -> None:
        self._due: list[tuple[int, int, Delivery]] = []
        self._numbers = itertools.count()

    def __len__(self) -> int:
        return len(self._due)

    def add(self, delivery: Delivery, due_ms: int) -> None:
        """Keep it until then."""
        if len(self) < CAPACITY:
            heapq.heappush(self._due, (due_ms, next(self._numbers), delivery))

    def take(self, due_ms: int | None = None) -> list[Delivery]:
        """What is due by that time, or, without a time, everything."""
        taken = []
        while self._due and (due_ms is None or self._due[0][0] <= due_ms):
            taken.append(heapq.heappop(self._due)[2])
        return taken

    def clear(self) -> None:
        """Forget all of it."""
        self._due.clear()
