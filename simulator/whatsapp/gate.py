"""The webhook switches that only WhatsApp has: leave things out, sign wrongly, and how a batch is spread."""

from dataclasses import dataclass
from typing import Any

from simulator.deliveries import Delivery
from simulator.gate import SWITCHES, Gate, whole
from simulator.jsonio import JsonObject
from simulator.replies import ControlError
from simulator.whatsapp.events import SPREADS, omit
from simulator.whatsapp.settings import OMISSIONS

SIGNATURES = ("right", "wrong", "missing", "other_secret", "not_ascii", "no_prefix")


@dataclass(eq=False)
class WhatsAppDelivery(Delivery):
    """Changes on their way. `began_ms` is the first attempt, from which Meta counts its seven days."""

    spread: str = "changes"
    signature: str = "right"
    began_ms: int | None = None


class WhatsAppGate(Gate[WhatsAppDelivery]):
    """The common switches, and two more."""

    switches = (*SWITCHES, "webhook_omit", "webhook_signature")

    def clear(self) -> None:
        """All switches off; what is held is dropped."""
        super().clear()
        self._omit: list[tuple[int, list[str]]] = []
        self._signatures: list[tuple[int, str]] = []
        self._spread = "mixed"

    def turn(self, wish: JsonObject) -> list[WhatsAppDelivery]:
        """Turn a switch; returns what may leave now. Raises: ControlError."""
        switch, times = wish.get("fault"), whole(wish, "times", 1)
        if switch == "webhook_omit":
            self._omit.append((times, _named(wish)))
            return []
        if switch == "webhook_signature":
            self._signatures.append((times, _one_of(wish, "kind", "wrong", SIGNATURES)))
            return []
        if switch in {"webhook_batch", "webhook_shuffle"}:
            self._spread = _one_of(wish, "spread", "mixed", SPREADS)
        return super().turn(wish)

    def _own_state(self) -> list[JsonObject]:
        omitted = [{"fault": "webhook_omit", "times": times, "names": names} for times, names in self._omit]
        signed = [{"fault": "webhook_signature", "times": times, "kind": kind} for times, kind in self._signatures]
        return [*omitted, *signed]

    def _mark(self, delivery: WhatsAppDelivery) -> None:
        if self._omit:
            times, names = self._omit.pop(0)
            delivery.events = omit(delivery.events, names)
            if times > 1:
                self._omit.insert(0, (times - 1, names))
        if self._signatures:
            times, delivery.signature = self._signatures.pop(0)
            if times > 1:
                self._signatures.insert(0, (times - 1, delivery.signature))

    def _joined(self, batch: list[WhatsAppDelivery], lane: str) -> WhatsAppDelivery:
        joined = super()._joined(batch, lane)
        joined.spread = self._spread
        return joined


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
