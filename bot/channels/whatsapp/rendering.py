"""Replies → WhatsApp's message objects, as many as they take."""

from __future__ import annotations

from bot.channels.cutting import shorten, split, utf16_length
from bot.channels.whatsapp import limits
from bot.channels.whatsapp.cards import full
from bot.channels.whatsapp.layout import Json, lines, pressable, text_message
from handlers.replies import Bar, Leave, Message, NoticeCard, Panel, Reply, Row, Text
from handlers.wording import Words


def render(reply: Reply, words: Words) -> list[Json]:
    """The message objects of one reply, in its order. There are no groups to leave."""
    return [rendered for message in reply.messages for rendered in _message(message, words)]


def brief(panel: Panel, words: Words) -> Json:
    """The panel in a single message, cut where it is longer."""
    messages = _panel(panel, words)
    if len(messages) == 1:
        return messages[0]
    whole = shorten(lines(f"*{panel.title.strip()}*", *panel.paragraphs), limits.BODY)
    return pressable(whole, panel.buttons, words)[0] if any(b.data for b in panel.buttons) else text_message(whole)


def _message(message: Message, words: Words) -> list[Json]:
    match message:
        case NoticeCard():
            return full(message, words)
        case Panel():
            return _panel(message, words)
        case Text():
            return [text_message(piece) for piece in split(message.text, limits.TEXT)]
        case Leave():
            return []


def _panel(panel: Panel, words: Words) -> list[Json]:
    """Title in bold, then everything else a line each; the buttons below the last of it."""
    links = (f"{button.label} {button.uri}" for button in panel.buttons if button.uri)
    rest = (*panel.paragraphs, _bar(panel.bar) if panel.bar else "", *map(_row, panel.rows), *links)
    whole = lines(f"*{panel.title.strip()}*" if panel.title.strip() else "", *rest)
    if not any(button.data for button in panel.buttons):
        return [text_message(piece) for piece in split(whole, limits.TEXT)]
    if utf16_length(whole) <= limits.BODY:
        return pressable(whole, panel.buttons, words)
    pieces = [text_message(piece) for piece in split(whole, limits.TEXT)]
    return [
        *pieces,
        *pressable(shorten(panel.title.strip() or words("whatsapp-more"), limits.BODY), panel.buttons, words),
    ]


def _bar(bar: Bar) -> str:
    share = 100 * bar.done // bar.all if bar.all > 0 else 0
    return f"{bar.done:,} / {bar.all:,} ({share}%)"


def _row(row: Row) -> str:
    return " ".join(filter(None, (f"・{row.left}", row.right, f"({row.note})" * bool(row.note))))
