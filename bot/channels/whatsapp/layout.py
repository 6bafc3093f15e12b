"""The few message objects our WhatsApp messages are made of. Source: Cloud API reference, messages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.channels.cutting import shorten, utf16_length
from bot.channels.whatsapp import limits
from handlers.replies import Button
from handlers.wording import Words

Json = dict[str, Any]


def lines(*words: str) -> str:
    """Those that are not blank, one under another."""
    return "\n".join(each for each in words if each.strip())


def text_message(words: str) -> Json:
    """Plain words, at most `limits.TEXT`."""
    return {"type": "text", "text": {"preview_url": False, "body": words}}


def pressable(body: str, buttons: Sequence[Button], words: Words) -> list[Json]:
    """Words with buttons below: reply buttons where they fit, else a list, else several lists.

    Raises: ValueError, for a body or a reference that is too long is a fault of ours.
    """
    if utf16_length(body) > limits.BODY:
        raise ValueError(f"the body of an interactive message has at most {limits.BODY} characters")
    pressed = [button for button in buttons if button.data]
    labels = {button.label for button in pressed}
    if len(pressed) <= limits.BUTTONS and len(labels) == len(pressed) and all(map(_fits_button, pressed)):
        return [_reply_buttons(body, pressed)]
    pages = [pressed[start : start + limits.ROWS] for start in range(0, len(pressed), limits.ROWS)]
    return [_list(body if not page else words("whatsapp-more"), rows, words) for page, rows in enumerate(pages)]


def _fits_button(button: Button) -> bool:
    return utf16_length(button.label) <= limits.LABEL


def _reply_buttons(body: str, buttons: Sequence[Button]) -> Json:
    action = {"buttons": [{"type": "reply", "reply": _reference(button, limits.REFERENCE)} for button in buttons]}
    return {"type": "interactive", "interactive": {"type": "button", "body": {"text": body}, "action": action}}


def _reference(button: Button, limit: int) -> Json:
    if utf16_length(button.data) > limit:
        raise ValueError(f"button data is longer than {limit} characters")
    return {"id": button.data, "title": button.label}


def _list(body: str, buttons: Sequence[Button], words: Words) -> Json:
    action = {"button": words("whatsapp-choose-button"), "sections": [{"rows": list(map(_row, buttons))}]}
    return {"type": "interactive", "interactive": {"type": "list", "body": {"text": body}, "action": action}}


def _row(button: Button) -> Json:
    """A label that is too long for the row's title stands whole below it."""
    row = _reference(button, limits.ROW_REFERENCE)
    if utf16_length(button.label) > limits.ROW_TITLE:
        row["title"] = shorten(button.label, limits.ROW_TITLE)
        row["description"] = shorten(button.label, limits.ROW_DESCRIPTION)
    return row
