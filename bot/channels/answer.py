"""What a platform answered to a call of ours, before anybody has said what it means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: `headers` are looked up without regard to case."""

    status: int
    body: bytes
    headers: Mapping[str, str]
    id_headers: ClassVar[tuple[str, ...]]
    """Where the platform's name for the request stands, the best one first."""

    @property
    def request_id(self) -> str | None:
        """The platform's name for this request: its support asks for it."""
        return next((self.headers[name] for name in self.id_headers if self.headers.get(name)), None)

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300
