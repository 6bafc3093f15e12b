"""Refusals: errors that the user should read. Dispatch turns them into a reply."""

from __future__ import annotations

from typing import Any


class RefusedError(Exception):
    """It cannot be done, for a reason the person can act on. `key` names the sentence in `handlers.wording`."""

    def __init__(self, key: str, **arguments: Any) -> None:
        super().__init__(key)
        self.key = key
        self.arguments = arguments


class TooLongError(RefusedError):
    """A text does not fit what the platform takes; the sentence says which, the limit and the length."""
