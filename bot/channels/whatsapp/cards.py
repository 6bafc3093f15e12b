"""A notice as its recipients see it → what WhatsApp takes: a template for any time, buttons within the 24 hours.

Nobody can confirm what they could not read: a text that fits neither whole goes with 「本文を読む」 in place of the
confirmation, and whoever presses it gets all of it, with the confirmation below.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from bot.channels.cutting import shorten, split, utf16_length
from bot.channels.templates import NOTICE, READ, READING, reading_name
from bot.channels.whatsapp import limits
from bot.channels.whatsapp.layout import Json, lines, pressable, text_message
from handlers.buttons import pack, unpack_confirm
from handlers.errors import TooLongError
from handlers.replies import Button, Emphasis, Message, NoticeCard, Panel
from handlers.wording import Words
from storage.models import CONFIRM

TITLE = 80
BODY = 18_000
"""Ours, the same on every channel: what is written once must be sendable everywhere."""
_START = 300
_BREAK = "／"
_NOTHING = "―"
"""A variable must not be empty."""
_BLANKS = re.compile(r"[^\S\n]{2,}")


@dataclass(frozen=True, slots=True)
class Template:
    """A template with its variables filled in."""

    name: str
    language: str
    text: str
    """As it arrives, without the button."""
    parameters: tuple[str, ...]
    button: Button

    def message(self) -> Json:
        """The message object."""
        body = [{"type": "text", "text": parameter} for parameter in self.parameters]
        if utf16_length(self.button.data) > limits.PAYLOAD:
            raise ValueError(f"a template's button carries at most {limits.PAYLOAD} characters")
        payload = {"type": "payload", "payload": self.button.data}
        components = [
            {"type": "body", "parameters": body},
            {"type": "button", "sub_type": "quick_reply", "index": "0", "parameters": [payload]},
        ]
        language = {"code": self.language}
        return {
            "type": "template",
            "template": {"name": self.name, "language": language, "components": components},
        }


def template(card: NoticeCard, name: str, words: Words) -> Template:
    """The card in the template `name`, whole; else its beginning in `name`_read. Raises: TooLongError."""
    _check(card)
    if len(card.buttons) == 1 and _is_plain(card):
        rest = (one_line(card.headline + card.title), one_line(_text(card)), _facts(card))
        whole = _filled(card, name, NOTICE, rest, words)
        if utf16_length(whole.text) <= limits.BODY:
            return whole
    return _reading(card, name, words)


def report(panel: Panel, name: str, words: Words) -> Template:
    """What somebody is told without asking: its first button, or help, stands behind 「本文を読む」."""
    button = next((b for b in panel.buttons if b.data), Button("", pack("help")))
    start = shorten(one_line(lines(*panel.paragraphs)), _START)
    parameters = (one_line(words("whatsapp-report-sender")), one_line(shorten(panel.title, TITLE)), start, _NOTHING)
    text = template_text(READING, words, *parameters)
    return Template(reading_name(name), words.locale, text, parameters, replace(button, label=words(READ)))


def _facts(card: NoticeCard) -> str:
    return one_line(lines(card.about, card.sender, card.deadline, card.ask))


def _reading(card: NoticeCard, name: str, words: Words) -> Template:
    """The card's beginning in `name`_read."""
    title, facts = one_line(card.headline + card.title), _facts(card)
    start = shorten(one_line(_text(card)), _START)
    spare = limits.BODY - utf16_length(template_text(READING, words, "", title, start, ""))
    facts = shorten(facts, max(1, spare - utf16_length(card.organization) - 20))
    return _filled(card, reading_name(name), READING, (title, start, facts), words)


def _is_plain(card: NoticeCard) -> bool:
    """Only 「確認しました」 can be a template's button: its label was fixed when it was approved."""
    confirmed = unpack_confirm(card.buttons[0].data)
    return confirmed is None or confirmed[2] == CONFIRM


def _filled(card: NoticeCard, name: str, key: str, rest: tuple[str, str, str], words: Words) -> Template:
    parameters = (one_line(card.organization), *rest)
    is_reading = key == READING
    button = reading_button(card, words) if is_reading else card.buttons[0]
    return Template(name, words.locale, template_text(key, words, *parameters), parameters, button)


def template_text(key: str, words: Words, organization: str, title: str, text: str, facts: str) -> str:
    """The body of a template with these variables."""
    return words(key, organization=organization, title=title, text=text, facts=facts)


def reading_button(card: NoticeCard, words: Words) -> Button:
    """「本文を読む」: it carries which notice, and confirms nothing."""
    confirmed = unpack_confirm(card.buttons[0].data)
    data = pack("read", confirmed[0], confirmed[1]) if confirmed else card.buttons[0].data
    return Button(words(READ), data, emphasis=Emphasis.PRIMARY)


def interactive(card: NoticeCard, words: Words) -> Json:
    """The card in one message within the 24 hours: with its own buttons where all of it fits, else with 「本文を読む」.

    Raises: TooLongError.
    """
    _check(card)
    whole = _whole(card)
    if utf16_length(whole) <= limits.BODY and len(card.buttons) <= limits.ROWS:
        return pressable(whole, card.buttons, words)[0]
    return pressable(_beginning(card), [reading_button(card, words)], words)[0]


def full(card: NoticeCard, words: Words) -> list[Json]:
    """The card as an answer, in as many messages as it takes: all of the text, the buttons last."""
    whole = _whole(card)
    if utf16_length(whole) <= limits.BODY:
        return pressable(whole, card.buttons, words)
    pieces = [text_message(piece) for piece in split(whole, limits.TEXT)]
    below = lines(card.headline + card.title, words("full-text-above"), card.deadline)
    return [*pieces, *pressable(shorten(below, limits.BODY), card.buttons, words)]


def sample(card: NoticeCard, name: str, words: Words) -> tuple[Message, ...]:
    """What arrives outside the 24 hours, in our words, for a preview on any channel. Raises: TooLongError."""
    filled = template(card, name, words)
    shown = Panel(words("whatsapp-sample-title"), (filled.text,), buttons=(filled.button,))
    return (shown,) if filled.name == name else (shown, card)


def one_line(text: str) -> str:
    """As a template takes it: no line breaks, tabs or runs of blanks ("Param text cannot have new-line/tab characters
    or more than 4 consecutive spaces")."""
    rows = (_BLANKS.sub(" ", row.replace("\t", " ")).strip() for row in text.splitlines())
    joined = _BREAK.join(row for row in rows if row)
    return "".join(c for c in joined if c.isprintable() or c in "\u3000\u200d\ufe0f") or _NOTHING


def _text(card: NoticeCard) -> str:
    return lines(card.lead, card.body)


def _whole(card: NoticeCard) -> str:
    top = lines(card.lead, card.organization, f"{card.headline}*{card.title.strip()}*", card.about, card.sender)
    end = lines(card.deadline, card.ask, card.hint)
    return "\n\n".join(part for part in (top, card.body.strip(), end) if part)


def _beginning(card: NoticeCard) -> str:
    top = lines(card.lead, card.organization, f"{card.headline}*{card.title.strip()}*")
    start = shorten(card.body.strip(), _START)
    end = lines(card.deadline, card.ask)
    return shorten("\n\n".join(part for part in (top, start, end) if part), limits.BODY)


def _check(card: NoticeCard) -> None:
    for key, text, limit in (("too-long-title", card.title, TITLE), ("too-long-body", card.body, BODY)):
        if utf16_length(text) > limit:
            raise TooLongError(key, limit=limit, length=utf16_length(text))
