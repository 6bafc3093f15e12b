"""Faults on demand, counting down: which of the next API calls go wrong. What each fault means is the platform's."""

import itertools
import random
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from simulator.jsonio import JsonObject
from simulator.replies import ControlError


@dataclass
class Fault:
    """One switch: `times` more calls of `endpoint` ("*" for all) go wrong in that manner, after `skip` that do not."""

    number: int
    kind: str
    endpoint: str = "*"
    times: int = 1
    skip: int = 0
    seconds: float = 30.0
    body: Any = None
    rate: float = 1.0
    seed: int = 0
    dice: random.Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)  # noqa: S311 - repeatable on purpose

    @property
    def is_silence(self) -> bool:
        """No answer at all, at least for a while."""
        return self.kind.startswith(("timeout", "disconnect"))

    def as_json(self) -> JsonObject:
        """The switch as it stands; `times` is what remains."""
        return {
            "id": self.number,
            "fault": self.kind,
            "endpoint": self.endpoint,
            "times": self.times,
            "skip": self.skip,
            "rate": self.rate,
        }

    def concerns(self, endpoint: str, addresses: Collection[str]) -> bool:
        """Whether it means such a call at all; `addresses` is every name of the recipient."""
        return self.endpoint in {"*", endpoint}

    def strike(self) -> bool:
        """Whether it hits this call; uses one of its times if so."""
        if self.times <= 0:
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        if self.rate < 1.0 and self.dice.random() >= self.rate:
            return False
        self.times -= 1
        return True


F = TypeVar("F", bound=Fault)


class Faults(Generic[F]):
    """The switches, used in the order in which they were set. `kinds`: at which stage of a call each one strikes."""

    def __init__(self, kind: type[F], kinds: dict[str, str], own: Callable[[str, JsonObject], JsonObject]) -> None:
        self._kind = kind
        self._kinds = kinds
        self._own = own
        self._faults: list[F] = []
        self._numbers = itertools.count(1)

    def add(self, wish: JsonObject) -> F:
        """Set a switch; `own` reads the fields that only this platform has. Raises: ControlError."""
        kind = wish.get("fault")
        if kind not in self._kinds:
            raise ControlError(400, f"no fault {kind!r}", faults=list(self._kinds))
        try:
            shared = {
                "endpoint": str(wish.get("endpoint", "*")),
                "times": int(wish.get("times", 1)),
                "skip": int(wish.get("skip", 0)),
                "seconds": float(wish.get("seconds", 30.0)),
                "body": wish.get("body"),
                "rate": float(wish.get("rate", 1.0)),
                "seed": int(wish.get("seed", 0)),
            }
            fault = self._kind(next(self._numbers), kind, **{**shared, **self._own(kind, wish)})
        except (TypeError, ValueError) as error:
            raise ControlError(400, f"not a fault: {error}") from error
        self._faults.append(fault)
        return fault

    def take(self, endpoint: str, stage: str, addresses: Collection[str] = ()) -> F | None:
        """The fault that hits this call, if any."""
        for fault in self._faults:
            if self._kinds[fault.kind] == stage and fault.concerns(endpoint, addresses) and fault.strike():
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


def http_status(value: Any) -> int:
    """A status to answer with. Raises: ControlError, TypeError, ValueError."""
    status = int(value)
    if not 200 <= status <= 599:
        raise ControlError(400, "status must be between 200 and 599")
    return status
