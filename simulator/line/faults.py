"""What can go wrong with calls of LINE's API. Webhook switches live in `simulator/gate.py`."""

from collections.abc import Collection
from dataclasses import dataclass

from simulator.faults import Fault, Faults, http_status
from simulator.jsonio import JsonObject

# before: the request is refused or lost, nothing happens. after: it is accepted and delivered, then the answer is lost.
KINDS = {
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
class LineFault(Fault):
    """A switch that may answer with any `status`."""

    status: int = 500

    def as_json(self) -> JsonObject:
        """The switch as it stands; `times` is what remains."""
        return {**super().as_json(), "status": self.status, "seconds": self.seconds}

    def concerns(self, endpoint: str, addresses: Collection[str]) -> bool:
        """LINE documents the flood's 429 for push only."""
        return super().concerns(endpoint, addresses) and (self.kind != "flood_429" or endpoint == "push")


class LineFaults(Faults[LineFault]):
    """The switches, used in the order in which they were set."""

    def __init__(self) -> None:
        super().__init__(LineFault, KINDS, lambda _, wish: {"status": http_status(wish.get("status", 500))})
