"""One API request and its answer, as the endpoints see them: no HTTP library here."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from simulator.jsonio import JsonObject


@dataclass(slots=True)
class ApiCall:
    """A request that came at `at_ms`, by the simulated clock, and at `started`, by the performance counter."""

    request_id: str
    raw: bytes
    at_ms: int
    started: float
    body: Any = None
    params: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    retry_key: str | None = None


@dataclass(slots=True)
class Answer:
    """What goes back, and what the call log should know besides. Status 0: nothing goes back."""

    body: JsonObject | bytes
    status: int = 200
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    delivered_to: list[str] = field(default_factory=list)
    notes: JsonObject = field(default_factory=dict)


Work: TypeAlias = Callable[[ApiCall], Answer | Awaitable[Answer]]
