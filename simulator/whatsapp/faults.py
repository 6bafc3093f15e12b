"""Faults on demand: what goes wrong with the next API calls, and what becomes of accepted messages.

Webhook switches live in `gate.py`.
"""

import itertools
import random
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from simulator.jsonio import JsonObject
from simulator.replies import ControlError

Stage: TypeAlias = Literal["before", "fate", "after"]

# before: the request is refused or lost, nothing happens. fate: it is accepted, and its statuses are scripted.
# after: it is accepted, then the answer is lost or odd.
KINDS: dict[str, Stage] = {
    "error": "before",
    "error_before": "before",
    "timeout_before": "before",
    "disconnect_before": "before",
    "status": "before",
    "statuses": "fate",
    "held_for_quality": "fate",
    "error_after": "after",
    "timeout_after": "after",
    "disconnect_after": "after",
    "bad_body_after": "after",
    "answer_without": "after",
    "answer_late": "after",
}
ORDER = ("sent", "delivered", "read", "played", "failed")
ANSWER_PARTS = ("contacts", "wa_id", "message_status")


@dataclass
class Fault:
    """One switch: `times` more calls of `endpoint` ("*" for all), to `to` if given, go wrong in that manner."""

    number: int
    kind: str
    endpoint: str = "*"
    to: str | None = None
    times: int = 1
    skip: int = 0
    code: int = 131000
    details: str = ""
    status: int | None = None
    seconds: float = 30.0
    body: Any = None
    order: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    rate: float = 1.0
    seed: int = 0
    dice: random.Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)  # noqa: S311 - repeatable on purpose

    def as_json(self) -> JsonObject:
        """The switch as it stands; `times` is what remains."""
        known = {
            "id": self.number,
            "fault": self.kind,
            "endpoint": self.endpoint,
            "times": self.times,
            "skip": self.skip,
            "rate": self.rate,
        }
        if self.to is not None:
            known["to"] = self.to
        if self.kind in {"error", "statuses"}:
            known["code"] = self.code
        if self.kind == "statuses":
            known["order"] = self.order
        return known

    def applies(self, endpoint: str, stage: Stage, addresses: set[str]) -> bool:
        """Whether it concerns such a call at all."""
        if KINDS[self.kind] != stage or self.times <= 0 or self.endpoint not in {"*", endpoint}:
            return False
        return self.to is None or self.to in addresses

    def strike(self) -> bool:
        """Whether it hits this call; uses one of its times if so."""
        if self.skip > 0:
            self.skip -= 1
            return False
        if self.rate < 1.0 and self.dice.random() >= self.rate:
            return False
        self.times -= 1
        return True

    @property
    def is_silence(self) -> bool:
        """No answer at all, at least for a while."""
        return self.kind.startswith(("timeout", "disconnect"))


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
                endpoint=str(wish.get("endpoint", "messages" if KINDS[kind] == "fate" else "*")),
                to=None if wish.get("to") is None else str(wish["to"]),
                times=int(wish.get("times", 1)),
                skip=int(wish.get("skip", 0)),
                code=int(wish.get("code", 131000)),
                details=str(wish.get("details", "")),
                status=None if wish.get("status") is None else int(wish["status"]),
                seconds=float(wish.get("seconds", 30.0)),
                body=wish.get("body"),
                order=_listed(wish, "order", ORDER),
                names=_listed(wish, "names", ANSWER_PARTS),
                rate=float(wish.get("rate", 1.0)),
                seed=int(wish.get("seed", 0)),
            )
        except (TypeError, ValueError) as error:
            raise ControlError(400, f"not a fault: {error}") from error
        if fault.status is not None and not 200 <= fault.status <= 599:
            raise ControlError(400, "status must be between 200 and 599")
        if kind == "answer_without" and not fault.names:
            raise ControlError(400, f"names must be a list of {', '.join(ANSWER_PARTS)}")
        self._faults.append(fault)
        return fault

    def take(self, endpoint: str, stage: Stage, addresses: set[str] | None = None) -> Fault | None:
        """The fault that hits this call, if any."""
        for fault in self._faults:
            if fault.applies(endpoint, stage, addresses or set()) and fault.strike():
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


def _listed(wish: JsonObject, name: str, allowed: tuple[str, ...]) -> list[str]:
    given = wish.get(name, [])
    if not isinstance(given, list) or not all(one in allowed for one in given):
        raise ControlError(400, f"{name} must be a list of {', '.join(allowed)}")
    return given
