"""What can go wrong with calls of the Graph API, and what becomes of accepted messages.

Webhook switches live in `gate.py`.
"""

from collections.abc import Collection
from dataclasses import dataclass, field

from simulator.faults import Fault, Faults, http_status
from simulator.jsonio import JsonObject
from simulator.replies import ControlError

# before: the request is refused or lost, nothing happens. fate: it is accepted, and its statuses are scripted.
# after: it is accepted, then the answer is lost or odd.
KINDS = {
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
class WhatsAppFault(Fault):
    """A switch that may mean one recipient only: `to`."""

    to: str | None = None
    code: int = 131000
    details: str = ""
    status: int | None = None
    order: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)

    def as_json(self) -> JsonObject:
        """The switch as it stands; `times` is what remains."""
        known = super().as_json()
        if self.to is not None:
            known["to"] = self.to
        if self.kind in {"error", "statuses"}:
            known["code"] = self.code
        if self.kind == "statuses":
            known["order"] = self.order
        return known

    def concerns(self, endpoint: str, addresses: Collection[str]) -> bool:
        """Whether it means such a call, and this recipient."""
        return super().concerns(endpoint, addresses) and (self.to is None or self.to in addresses)


class WhatsAppFaults(Faults[WhatsAppFault]):
    """The switches, used in the order in which they were set."""

    def __init__(self) -> None:
        super().__init__(WhatsAppFault, KINDS, _own)


def _own(kind: str, wish: JsonObject) -> JsonObject:
    names = _listed(wish, "names", ANSWER_PARTS)
    if kind == "answer_without" and not names:
        raise ControlError(400, f"names must be a list of {', '.join(ANSWER_PARTS)}")
    return {
        "endpoint": str(wish.get("endpoint", "messages" if KINDS[kind] == "fate" else "*")),
        "to": None if wish.get("to") is None else str(wish["to"]),
        "code": int(wish.get("code", 131000)),
        "details": str(wish.get("details", "")),
        "status": None if wish.get("status") is None else http_status(wish["status"]),
        "order": _listed(wish, "order", ORDER),
        "names": names,
    }


def _listed(wish: JsonObject, name: str, allowed: tuple[str, ...]) -> list[str]:
    given = wish.get(name, [])
    if not isinstance(given, list) or not all(one in allowed for one in given):
        raise ControlError(400, f"{name} must be a list of {', '.join(allowed)}")
    return given
