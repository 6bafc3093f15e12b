"""Webhook switches: lose, duplicate, hold and release, shuffle, batch. Decides what leaves, and in what order."""

import itertools
import random
from typing import Any, ClassVar, Generic

from simulator.deliveries import LOST, D
from simulator.jsonio import JsonObject
from simulator.replies import ControlError

SWITCHES = ("webhook_lost", "webhook_duplicate", "webhook_hold", "webhook_release", "webhook_shuffle", "webhook_batch")


class Gate(Generic[D]):
    """What happens to deliveries before they leave. A platform with switches of its own extends it."""

    switches: ClassVar[tuple[str, ...]] = SWITCHES

    def __init__(self, kind: type[D]) -> None:
        self._kind = kind
        self._numbers = itertools.count(1)
        self.clear()

    def clear(self) -> None:
        """All switches off; what is held is dropped."""
        self._lose = 0
        self._duplicate, self._copies = 0, 1
        self._holding = False
        self._collecting = ""
        self._wanted = 0
        self._dice = random.Random(0)  # noqa: S311 - repeatable on purpose
        self._held: list[D] = []

    def turn(self, wish: JsonObject) -> list[D]:
        """Turn a switch; returns what may leave now. Raises: ControlError."""
        switch, times = wish.get("fault"), whole(wish, "times", 1)
        if switch not in self.switches:
            raise ControlError(400, f"no switch {switch!r}", switches=list(self.switches))
        if switch == "webhook_release":
            released = self._released(str(wish.get("order", "reverse")), whole(wish, "seed", 0))
            self._holding, self._collecting = False, ""
            return released
        if switch == "webhook_lost":
            self._lose += times
        elif switch == "webhook_duplicate":
            self._duplicate, self._copies = self._duplicate + times, whole(wish, "copies", 1)
        elif switch == "webhook_hold":
            self._holding = True
        else:
            self._collecting, self._wanted = str(switch), whole(wish, "times", 2)
            self._dice = random.Random(whole(wish, "seed", 0))  # noqa: S311 - repeatable on purpose
        return []

    def admit(self, delivery: D) -> list[D]:
        """What leaves now that this delivery has come, in this order."""
        if self._lose > 0:
            self._lose -= 1
            delivery.settle(LOST)
            return []
        self._mark(delivery)
        if self._holding or self._collecting:
            delivery.held = True
            self._held.append(delivery)
            return [] if self._holding else self._collected()
        if self._duplicate > 0:
            self._duplicate -= 1
            return [delivery, *(delivery.copy() for _ in range(self._copies))]
        return [delivery]

    def state(self) -> list[JsonObject]:
        """The switches that are on."""
        on: list[JsonObject] = []
        if self._lose:
            on.append({"fault": "webhook_lost", "times": self._lose})
        if self._duplicate:
            on.append({"fault": "webhook_duplicate", "times": self._duplicate, "copies": self._copies})
        on += self._own_state()
        if self._holding:
            on.append({"fault": "webhook_hold", "held": len(self._held)})
        if self._collecting:
            on.append({"fault": self._collecting, "times": self._wanted, "held": len(self._held)})
        return on

    @property
    def held(self) -> int:
        """How many deliveries are kept back."""
        return len(self._held)

    def _own_state(self) -> list[JsonObject]:
        """The platform's own switches that are on."""
        return []

    def _mark(self, delivery: D) -> None:
        """What the platform's own switches do to a delivery that is not lost."""

    def _joined(self, batch: list[D], lane: str) -> D:
        """Several in one body."""
        return self._kind([event for part in batch for event in part.events], lane, parts=[*batch])

    def _collected(self) -> list[D]:
        if len(self._held) < self._wanted:
            return []
        collecting, self._collecting = self._collecting, ""
        if collecting == "webhook_batch":
            batch, self._held = self._held, []
            return [self._joined(batch, f"batch-{next(self._numbers)}")]
        return self._in_one_lane(self._dice.sample(self._held, len(self._held)))

    def _released(self, order: str, seed: int) -> list[D]:
        if order == "shuffle":
            return self._in_one_lane(random.Random(seed).sample(self._held, len(self._held)))  # noqa: S311
        if order not in {"same", "reverse"}:
            raise ControlError(400, "order is 'reverse', 'same' or 'shuffle'")
        return self._in_one_lane(self._held[:: -1 if order == "reverse" else 1])

    def _in_one_lane(self, deliveries: list[D]) -> list[D]:
        self._held = []
        lane = f"release-{next(self._numbers)}"
        for delivery in deliveries:
            delivery.lane = lane
        return deliveries


def whole(wish: JsonObject, name: str, default: int) -> int:
    """A number of the wish that counts something. Raises: ControlError."""
    value: Any = wish.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ControlError(400, f"{name} must be a whole number")
    return value
