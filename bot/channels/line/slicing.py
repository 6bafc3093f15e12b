"""A webhook body → the bytes of each of its events. Knows JSON, and nothing of what an event means.

LINE's bodies are cut by msgspec. One odd event (a lone surrogate, a broken escape) makes a strict decoder refuse the
whole body, and 19 good events with it: then the body is cut here, and the odd event is one more slice.
"""

from __future__ import annotations

import json
import re
from itertools import islice
from typing import Any

import msgspec

from bot.channels.base import RejectedError

_EVENTS = re.compile(r'"events"\s*:\s*\[')
_SPACE = re.compile(r"[ \t\r\n]*")
_NEXT_OBJECT = re.compile(r',\s*(?=\{\s*")')
_MARKS = frozenset({"webhookEventId", "timestamp", "source"})
_raw_decode = json.JSONDecoder(strict=False).raw_decode
_MOST_ATTEMPTS = 500
"""How many openings are tried behind a broken event, so that no body costs more than a moment."""


class _Body(msgspec.Struct):
    events: list[msgspec.Raw]
    destination: Any = None


_strict = msgspec.json.Decoder(_Body).decode


def cut(body: bytes) -> tuple[list[bytes], object]:
    """(each event's own bytes, `destination` as it stands there).

    Raises: RejectedError, 400, if this is no JSON object with a list of events.
    """
    try:
        whole = _strict(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _cut_leniently(body)
    return [bytes(event) for event in whole.events], whole.destination


def _cut_leniently(body: bytes) -> tuple[list[bytes], object]:
    text = body.decode("latin-1")  # one character per byte: positions stay, and JSON's own signs are ASCII
    for match in islice(_EVENTS.finditer(text), 10):
        listing = _Listing(text, match.end())
        last = listing.last_possible_end()
        if last is not None:
            slices, end = listing.elements(last)
            envelope = listing.envelope(end) or {}
            return [body[a:b] for a, b in slices], envelope.get("destination")
    raise RejectedError(400, "json")


class _Listing:
    """The list of events that begins at `start`, of which some may be broken."""

    def __init__(self, text: str, start: int) -> None:
        self._text = text
        self._start = start

    def last_possible_end(self) -> int | None:
        """The last closing bracket with which the rest of the body makes sense; None if it is cut off."""
        at = len(self._text)
        for _ in range(_MOST_ATTEMPTS):
            at = self._text.rfind("]", self._start, at)
            if at < 0 or self.envelope(at) is not None:
                break
        return at if at >= 0 and self.envelope(at) is not None else None

    def envelope(self, end: int) -> dict[str, Any] | None:
        """The body without its events, if that is an object which has them at its top."""
        try:
            value = json.loads(self._text[: self._start] + self._text[end:], strict=False)
        except (ValueError, RecursionError):
            return None
        return value if isinstance(value, dict) and value.get("events") == [] else None

    def elements(self, last: int) -> tuple[list[tuple[int, int]], int]:
        """Where each element begins and ends, and where the list does."""
        slices: list[tuple[int, int]] = []
        at = self._skip(self._start)
        while at < last:
            end = self._element_end(at, last)
            follower = self._skip(end)
            slices.append((at, end))
            if follower >= last or self._text[follower] == "]":
                return slices, follower
            at = self._skip(follower + 1)
        return slices, last

    def _element_end(self, at: int, last: int) -> int:
        """The end of the element at `at`; of a broken one, where the next event begins or the list ends."""
        end = _scan(self._text, at)[1]
        if end is not None and self._may_follow(self._skip(end), last):
            return end
        for match in islice(_NEXT_OBJECT.finditer(self._text, at, last), _MOST_ATTEMPTS):
            if _is_event(_scan(self._text, match.end())[0]):
                return match.start()
        return last

    def _may_follow(self, at: int, last: int) -> bool:
        """A comma, or a bracket with which the rest of the body makes sense."""
        if at >= last:
            return at == last
        return self._text[at] == "," or (self._text[at] == "]" and self.envelope(at) is not None)

    def _skip(self, at: int) -> int:
        match = _SPACE.match(self._text, at)
        return match.end() if match else at


def _scan(text: str, at: int) -> tuple[object, int | None]:
    """(the JSON value that begins at `at`, where it ends), or (None, None)."""
    try:
        return _raw_decode(text, at)
    except (ValueError, RecursionError):
        return None, None


def _is_event(value: object) -> bool:
    """Has an event's marks. Nothing that a person typed can pass: the quotes in an event's texts are escaped."""
    return isinstance(value, dict) and "type" in value and not value.keys().isdisjoint(_MARKS)
