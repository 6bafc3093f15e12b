"""Webhook bodies on their way, how an attempt ended, and what waits to be offered again.

Knows nothing about any platform.
"""

import asyncio
import heapq
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, Self, TypeVar

from simulator.jsonio import JsonObject

CAPACITY = 100_000  # what is not delivered after that is not kept


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one attempt ended. `reason`: OK, COULD_NOT_CONNECT, REQUEST_TIMEOUT, ERROR_STATUS_CODE, UNCLASSIFIED (LINE's
    words), or ours: LOST, NOT_SENT (no address), HELD (a switch keeps it back).
    """

    status: int
    reason: str
    detail: str = ""
    elapsed_ms: float = 0.0

    @property
    def is_ok(self) -> bool:
        """An answer came in time that the platform takes for a success."""
        return self.reason == "OK"

    def as_json(self) -> JsonObject:
        """The control API's shape; status 0 means that no answer came."""
        return {
            "status": self.status,
            "reason": self.reason,
            "detail": self.detail,
            "elapsed_ms": round(self.elapsed_ms, 2),
        }


HELD = Outcome(0, "HELD", "kept back by a switch")
LOST = Outcome(0, "LOST", "lost by a switch")


@dataclass(eq=False)
class Delivery:
    """One webhook body on its way: LINE's events, or WhatsApp's changes.

    Deliveries of one `lane` go one after another. After a failure it is offered again by itself at `due_ms`; without
    one, when it is asked for.
    """

    events: list[Any]
    lane: str
    attempt: int = 0
    due_ms: int | None = None
    held: bool = False
    parts: "list[Delivery]" = field(default_factory=list)
    first: "asyncio.Future[Outcome]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def settle(self, outcome: Outcome) -> None:
        """Tell whoever waits how the first attempt went."""
        for delivery in (self, *self.parts):
            if not delivery.first.done():
                delivery.first.set_result(outcome)

    async def outcome(self) -> Outcome:
        """How the first attempt went; HELD at once when a switch keeps it back."""
        if self.held and not self.first.done():
            return HELD
        return await asyncio.shield(self.first)

    def copy(self) -> Self:
        """The same once more."""
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        return replace(self, first=future, parts=[], held=False, due_ms=None)


D = TypeVar("D", bound=Delivery)


class Undelivered(Generic[D]):
    """Those that come again by themselves, and those that wait to be asked for.

    Finding what is due costs nothing while nothing is.
    """

    def __init__(self) -> None:
        self._due: list[tuple[int, int, D]] = []
        self._parked: list[D] = []
        self._numbers = itertools.count()

    def __len__(self) -> int:
        return len(self._due) + len(self._parked)

    def add(self, delivery: D) -> None:
        """Keep it: until its `due_ms`, or parked when it has none."""
        if len(self) >= CAPACITY:
            return
        if delivery.due_ms is None:
            self._parked.append(delivery)
        else:
            heapq.heappush(self._due, (delivery.due_ms, next(self._numbers), delivery))

    def take(self, due_ms: int | None = None) -> list[D]:
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


async def outcomes(sent: Sequence[Delivery], body: JsonObject) -> list[JsonObject]:
    """How the first attempts went; waits for them unless the control request says `"wait": false`."""
    if body.get("wait", True) is False:
        return []
    return [outcome.as_json() for outcome in await asyncio.gather(*(delivery.outcome() for delivery in sent))]
