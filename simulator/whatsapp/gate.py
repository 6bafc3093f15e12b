"""Webhook switches: lose, duplicate, hold, shuffle, batch, omit, sign wrongly. Decides what leaves, in what order."""

import asyncio
import itertools
import random
from dataclasses import dataclass, field, replace
from typing import Any

from simulator.jsonio import JsonObject
from simulator.replies import ControlError
from simulator.whatsapp.events import SPREADS, omit
from simulator.whatsapp.settings import OMISSIONS

SWITCHES = (
    "webhook_lost",
    "webhook_duplicate",
    "webhook_hold",
    "webhook_release",
    "webhook_shuffle",
    "webhook_batch",
    "webhook_omit",
    "webhook_signature",
)
SIGNATURES = ("right", "wrong", "missing", "other_secret", "not_ascii", "no_prefix")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one attempt ended: OK (a 200 came), ERROR_STATUS_CODE, REQUEST_TIMEOUT, COULD_NOT_CONNECT, UNCLASSIFIED;
    or LOST, HELD (a switch) and NOT_SENT (no address).
    """

    status: int
    reason: str
    detail: str = ""
    elapsed_ms: float = 0.0

    @property
    def is_ok(self) -> bool:
        """A 200 came in time: any other answer, 201 as well, means that Meta tries again."""
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
    """One webhook body on its way. `lane` keeps order: deliveries of one lane go one after another."""

    changes: list[Any]
    lane: str
    spread: str = "changes"
    signature: str = "right"
    attempt: int = 0
    began_ms: int | None = None
    due_ms: int | None = None
    held: bool = False
    parts: list["Delivery"] = field(default_factory=list)
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

    def copy(self) -> "Delivery":
        """The same changes once more."""
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        return replace(self, first=future, parts=[], held=False)


class Gate:
    """What happens to deliveries before they leave."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self.clear()

    def clear(self) -> None:
        """All switches off; what is held is dropped."""
        self._lose = 0
        self._duplicate, self._copies = 0, 1
        self._omit: list[tuple[int, list[str]]] = []
        self._signatures: list[tuple[int, str]] = []
        self._holding = False
        self._collecting = ""
        self._wanted = 0
        self._spread = "mixed"
        self._dice = random.Random(0)  # noqa: S311 - repeatable on purpose
        self._held: list[Delivery] = []

    def turn(self, wish: JsonObject) -> list[Delivery]:
        """Turn a switch; returns what may leave now. Raises: ControlError."""
        switch, times = wish.get("fault"), _whole(wish, "times", 1)
        if switch == "webhook_release":
            released = self._released(str(wish.get("order", "reverse")), _whole(wish, "seed", 0))
            self._holding, self._collecting = False, ""
            return released
        if switch == "webhook_lost":
            self._lose += times
        elif switch == "webhook_duplicate":
            self._duplicate, self._copies = self._duplicate + times, _whole(wish, "copies", 1)
        elif switch == "webhook_hold":
            self._holding = True
        elif switch == "webhook_omit":
            self._omit.append((times, _named(wish)))
        elif switch == "webhook_signature":
            self._signatures.append((times, _one_of(wish, "kind", "wrong", SIGNATURES)))
        elif switch in {"webhook_batch", "webhook_shuffle"}:
            self._spread = _one_of(wish, "spread", "mixed", SPREADS)
            self._collecting, self._wanted = str(switch), _whole(wish, "times", 2)
            self._dice = random.Random(_whole(wish, "seed", 0))  # noqa: S311 - repeatable on purpose
        else:
            raise ControlError(400, f"no switch {switch!r}", switches=list(SWITCHES))
        return []

    def admit(self, delivery: Delivery) -> list[Delivery]:
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
        on += [{"fault": "webhook_omit", "times": times, "names": names} for times, names in self._omit]
        on += [{"fault": "webhook_signature", "times": times, "kind": kind} for times, kind in self._signatures]
        if self._holding:
            on.append({"fault": "webhook_hold", "held": len(self._held)})
        if self._collecting:
            on.append({"fault": self._collecting, "times": self._wanted, "held": len(self._held)})
        return on

    @property
    def held(self) -> int:
        """How many deliveries are kept back."""
        return len(self._held)

    def _mark(self, delivery: Delivery) -> None:
        if self._omit:
            times, names = self._omit.pop(0)
            delivery.changes = omit(delivery.changes, names)
            if times > 1:
                self._omit.insert(0, (times - 1, names))
        if self._signatures:
            times, delivery.signature = self._signatures.pop(0)
            if times > 1:
                self._signatures.insert(0, (times - 1, delivery.signature))

    def _collected(self) -> list[Delivery]:
        if len(self._held) < self._wanted:
            return []
        collecting, self._collecting = self._collecting, ""
        if collecting == "webhook_shuffle":
            return self._in_one_lane(self._dice.sample(self._held, len(self._held)))
        batch, self._held = self._held, []
        changes = [change for part in batch for change in part.changes]
        return [Delivery(changes, f"batch-{next(self._numbers)}", self._spread, parts=batch)]

    def _released(self, order: str, seed: int) -> list[Delivery]:
        if order == "shuffle":
            return self._in_one_lane(random.Random(seed).sample(self._held, len(self._held)))  # noqa: S311
        if order not in {"same", "reverse"}:
            raise ControlError(400, "order is 'reverse', 'same' or 'shuffle'")
        return self._in_one_lane(self._held[:: -1 if order == "reverse" else 1])

    def _in_one_lane(self, deliveries: list[Delivery]) -> list[Delivery]:
        self._held = []
        lane = f"release-{next(self._numbers)}"
        for delivery in deliveries:
            delivery.lane = lane
        return deliveries


def _whole(wish: JsonObject, name: str, default: int) -> int:
    value: Any = wish.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ControlError(400, f"{name} must be a whole number")
    return value


def _one_of(wish: JsonObject, name: str, default: str, allowed: tuple[str, ...]) -> str:
    value = str(wish.get(name, default))
    if value not in allowed:
        raise ControlError(400, f"{name} must be one of {', '.join(allowed)}")
    return value


def _named(wish: JsonObject) -> list[str]:
    names: Any = wish.get("names")
    if not isinstance(names, list) or not all(name in OMISSIONS for name in names):
        raise ControlError(400, f"names must be a list of {', '.join(OMISSIONS)}")
    return names
