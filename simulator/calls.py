"""The log of every API call made to us and every webhook delivered by us, for tests to read.

Knows nothing about any platform.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Literal

from simulator.clock import Clock
from simulator.jsonio import JsonObject
from simulator.pulse import Pulse

CAPACITY = 200_000  # older calls are forgotten, so that a long run cannot fill the memory


@dataclass(slots=True)
class Call:
    """One request, either way. `delivered_to` holds the chats in which something really appeared."""

    kind: Literal["api", "webhook"]
    method: str
    path: str
    status: int
    request_id: str | None = None
    retry_key: str | None = None
    body: Any = None
    response: Any = None
    elapsed_ms: float = 0.0
    delivered_to: list[str] = field(default_factory=list)
    notes: JsonObject = field(default_factory=dict)
    seq: int = 0
    at_ms: int = 0

    def as_json(self) -> JsonObject:
        """All fields by their own names; `notes` (replay_of, fault, reason …) become fields of their own."""
        return {
            "seq": self.seq,
            "at_ms": self.at_ms,
            "kind": self.kind,
            "method": self.method,
            "path": self.path,
            "status": self.status,
            "request_id": self.request_id,
            "retry_key": self.retry_key,
            "body": self.body,
            "response": self.response,
            "elapsed_ms": round(self.elapsed_ms, 2),
            "delivered_to": self.delivered_to,
            **self.notes,
        }


class CallLog:
    """Append-only; numbered from 1."""

    def __init__(self, clock: Clock, capacity: int = CAPACITY) -> None:
        self._clock = clock
        self._capacity = capacity
        self._calls: list[Call] = []
        self._forgotten = 0
        self._counts: Counter[tuple[str, str, str, int]] = Counter()
        self.pulse = Pulse()

    def add(self, call: Call) -> Call:
        """Number the call and date it, unless it carries its own time already."""
        call.seq = self._forgotten + len(self._calls) + 1
        call.at_ms = call.at_ms or self._clock.now_ms()
        self._calls.append(call)
        self._counts[call.kind, call.method, call.path, call.status] += 1
        if len(self._calls) > self._capacity:
            half = self._capacity // 2
            del self._calls[:half]
            self._forgotten += half
        self.pulse.beat()
        return call

    def after(self, seq: int, limit: int | None = None) -> list[Call]:
        """The calls numbered above `seq`, oldest first."""
        start = max(0, seq - self._forgotten)
        return self._calls[start : None if limit is None else start + limit]

    def summary(self) -> list[JsonObject]:
        """How many calls per kind, method, path and status, since the last reset."""
        return [
            {"kind": kind, "method": method, "path": path, "status": status, "count": count}
            for (kind, method, path, status), count in sorted(self._counts.items())
        ]

    def clear(self) -> None:
        """Forget everything, and number from 1 again."""
        self._calls.clear()
        self._counts.clear()
        self._forgotten = 0
        self.pulse.beat()
