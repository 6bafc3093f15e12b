"""The SDK's models look at every kind of message we make, once: they know LINE's words, we may have misspelt one.

They drop what they do not know without a sound, so what comes back is compared with what went in.
"""

from __future__ import annotations

from typing import Any

from linebot.v3.messaging import FlexMessage, TextMessage

from bot.channels.line.layout import Json

_FREE = frozenset({"text", "altText", "label", "displayText", "data", "uri"})
_MODELS = {"flex": FlexMessage, "text": TextMessage}
_MOST_KINDS = 1_000
_proven: set[object] = set()


def prove(messages: list[Json]) -> None:
    """Return if LINE's SDK takes each message whole. Messages that differ in their words alone are proven once.

    Raises: ValueError, for such a message is a fault of ours.
    """
    for message in messages:
        kind = _kind(message)
        if kind not in _proven:
            if _MODELS[message["type"]].from_dict(message).to_dict() != message:
                raise ValueError("the SDK does not know a part of this message")
            if len(_proven) < _MOST_KINDS:
                _proven.add(kind)


def _kind(value: Any, name: str = "") -> object:
    """The message without its words, comparable and hashable."""
    if isinstance(value, dict):
        return tuple((key, _kind(part, key)) for key, part in value.items())
    if isinstance(value, list):
        return tuple(_kind(part) for part in value)
    return type(value) if name in _FREE else value
