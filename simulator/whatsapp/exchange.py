"""One Graph API request and its answer, as the endpoints see them: no HTTP library here."""

from dataclasses import dataclass, field
from typing import Any

from simulator.jsonio import JsonObject


@dataclass(slots=True)
class ApiCall:
    """A request that was authorised and read."""

    request_id: str
    raw: bytes
    body: Any
    params: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Answer:
    """What goes back, and what the call log should know besides."""

    body: JsonObject | bytes
    status: int = 200
    content_type: str = "application/json"
    delivered_to: list[str] = field(default_factory=list)
    notes: JsonObject = field(default_factory=dict)
