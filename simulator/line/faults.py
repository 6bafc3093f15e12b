"""Faults on demand: what goes wrong with the next API calls. Webhook switches live in `gate.py`."""

import itertools
import random
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from simulator.jsonio import JsonObject
from simulator.replies import ControlError

Stage: TypeAlias = Literal["before", "after"]

# before: the request is refused or lost, nothing happens. after: it is accepted and delivered, then the answer is lost.
KINDS: dict[str, Stage] = {
    "rate_limit_429": "before",
    "monthly_429": "before",
    "flood_429": "before",
    "error_before": "before",
    "timeout_before": "before",
    "disconnect_before": "before",
    "status": "before",
    "error_after": "after",
    "timeout_after": "after",
    "disconnect_after": "after",
    "bad_body_after": "after",
}


@dataclass
class Fault:
    """One switch: `times` more calls of `endpoint` ("*" for all) go wrong in that manner."""

    number: int
    kind: str
    endpoint: str = "*"
    times: int = 1
    skip: int = 0
    status: int = 500
    seconds: float = 30.0
    body: Any = None
    rate: float = 1.0
    seed: int = 0
    dice: random.Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)  # noqa: S311 - repeatable on purpose

    def as_json(self) -> JsonObject:
        """The switch as it stands; `times` is what remains."""
        return {
            "id": self.number,
            "fault": self.kind,
            "endpoint": self.endpoint,
            "times": self.times,
            "skip": self.skip,
            "status": self.status,
            "seconds": self.seconds,
            "rate": self.rate,
        }

    def applies(self, endpoint: str, stage: Stage) -> bool:
        """Whether it concerns such a call at all."""
        if KINDS[self.kind] != stage or self.times <= 0 or self.endpoint not in {"*", endpoint}:
            return False
        return self.kind != "flood_429" or endpoint == "push"  # LINE documents this 429 for push only

    def strike(self) -> bool:
        """Whether it hits this call; uses one of its times if so."""
        if self.skip > 0:
            self.skip -= 1
            return False
        if self.rate < 1.0 and self.dice.random() >= self.rate:
            return False
        self.times -= 1
        return True


class Faults:
    """The switches, used in the order in which they were set."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._numbers = itertools.count(1)

    def add(self, wish: JsonObject) -> Fault:
        """Set a switch. Raises: ControlError."""
        kind = wish.get("fault")
        if kind not in KINDS:
            raise ControlError(400, f"no fault {kind!r}", faults=list(KINDS))
        try:
            fault = Fault(
                number=next(self._numbers),
                kind=kind,
                endpoint=str(wish.get("endpoint", "*")),
                times=int(wish.get("times", 1)),
                skip=int(wish.get("skip", 0)),
                status=int(wish.get("status", 500)),
                seconds=float(wish.get("seconds", 30.0)),
                body=wish.get("body"),
                rate=float(wish.get("rate", 1.0)),
                seed=int(wish.get("seed", 0)),
            )
        except (TypeError, ValueError) as error:
            raise ControlError(400, f"not a fault: {error}") from error
        if not 200 <= fault.status <= 599:
            raise ControlError(400, "status must be between 200 and 599")
        self._faults.append(fault)
        return fault

    def take(self, endpoint: str, stage: Stage) -> Fault | None:
        """The fault that hits this call, if any."""
        for fault in self._faults:
            if fault.applies(endpoint, stage) and fault.strike():
                if fault.times <= 0:
                    self._faults.remove(fault)
                return fault
        return None

    def remaining(self) -> list[JsonObject]:
        """What has not happened yet."""
        return [fault.as_json() for fault in self._faults]

    def clear(self) -> None:
        """Nothing goes wrong any more."""
        self._faults.clear()
