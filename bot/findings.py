"""What `check` finds: one line each, and whether anything has to be mended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from handlers.wording import Words


class State(StrEnum):
    """How something stands."""

    OK = "ok"
    TO_DO = "todo"
    """Something is wrong, and the sentence says what to do."""
    UNKNOWN = "unknown"
    """Nobody can be asked; the sentence says where to look."""
    NOTE = "note"
    """Good to know."""


@dataclass(frozen=True, slots=True)
class Finding:
    """`subject` is a setting's name or a platform's; `key` names the sentence (`check-…`)."""

    state: State
    subject: str
    key: str
    arguments: Mapping[str, Any] = field(default_factory=dict)

    def line(self, words: Words) -> str:
        """As it is printed."""
        return f"{words(f'check-state-{self.state}')} {self.subject}: {words(self.key, **self.arguments)}"


def ok(subject: str, key: str, **arguments: Any) -> Finding:
    """As it should be."""
    return Finding(State.OK, subject, f"check-{key}", arguments)


def to_do(subject: str, key: str, **arguments: Any) -> Finding:
    """To be mended."""
    return Finding(State.TO_DO, subject, f"check-{key}", arguments)


def unknown(subject: str, key: str, **arguments: Any) -> Finding:
    """For a person to look at."""
    return Finding(State.UNKNOWN, subject, f"check-{key}", arguments)


def note(subject: str, key: str, **arguments: Any) -> Finding:
    """Good to know."""
    return Finding(State.NOTE, subject, f"check-{key}", arguments)
