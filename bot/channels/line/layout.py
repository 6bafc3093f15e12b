"""The few Flex components our messages are made of. Plain dicts, readable with the largest letters and without colours.

Source: Messaging API reference, "Flex Message". Every text wraps and follows the reader's letter size (`scaling`).
"""

from __future__ import annotations

from typing import Any

import orjson

from bot.channels.line import limits
from handlers.replies import Button, Emphasis

Json = dict[str, Any]

INK = "#111111"
QUIET = "#555555"
ALERT = "#A80000"
LINE_COLOR = "#C8CDD2"
DONE = "#0B6E3D"
_BUTTON_COLORS = {Emphasis.PRIMARY: DONE, Emphasis.SECONDARY: "#DDE3E8", Emphasis.LINK: "#1D4F91"}
"""Contrast with the letters on it (or, for a link, with the white behind it) is above 6:1."""


def text(words: str, **style: Any) -> Json:
    """Words that may go over several lines."""
    return {"type": "text", "text": words, "wrap": True, "scaling": True, "color": INK, **style}


def texts(*words: str, **style: Any) -> list[Json]:
    """One component for each that is not blank: LINE refuses empty ones."""
    return [text(each, **style) for each in words if each.strip()]


def separator() -> Json:
    return {"type": "separator", "margin": "lg", "color": LINE_COLOR}


def box(contents: list[Json], layout: str = "vertical", **style: Any) -> Json:
    return {"type": "box", "layout": layout, "contents": contents, **style}


def button(it: Button) -> Json:
    """A button for a thumb: as wide as the card, and its words shrink rather than end in dots.

    Raises: TooLongError.
    """
    limits.check_label(it.label)
    return {
        "type": "button",
        "style": it.emphasis.value,
        "color": _BUTTON_COLORS[it.emphasis],
        "height": "sm" if it.emphasis is Emphasis.LINK else "md",
        "adjustMode": "shrink-to-fit",
        "scaling": True,
        "action": _action(it),
    }


def bubble(body: list[Json], footer: list[Json]) -> Json:
    """A framed message; either part may be empty, not both."""
    frame: Json = {"type": "bubble"}
    if body:
        frame["body"] = box(body, spacing="sm", paddingAll="16px")
    if footer:
        frame["footer"] = box(footer, spacing="lg", paddingAll="16px", paddingTop="4px")
    if len(frame) == 1:
        raise ValueError("a bubble needs something in it")
    return frame


def flex_message(alternative: str, contents: Json) -> Json:
    """The message object. `alternative` is what lists, notifications and screen readers say.

    Raises: TooLongError.
    """
    limits.check_bubble(len(orjson.dumps(contents)))
    return {"type": "flex", "altText": limits.shorten(alternative, limits.ALT_TEXT), "contents": contents}


def text_message(words: str) -> Json:
    return {"type": "text", "text": words}


def lines(*words: str) -> str:
    """Those that are not blank, one under another."""
    return "\n".join(each for each in words if each.strip())


def _action(it: Button) -> Json:
    if it.uri:
        limits.check_uri(it.uri)
        return {"type": "uri", "label": it.label, "uri": it.uri}
    limits.check_data(it.data)
    limits.check_echo(it.echo)
    return {"type": "postback", "label": it.label, "data": it.data, "displayText": it.echo or it.label}
