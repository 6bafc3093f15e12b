"""A notice as its recipients see it → LINE's message objects: a card, and before it the text if that is long."""

from __future__ import annotations

import re

import orjson

from bot.channels.line import limits
from bot.channels.line.layout import (
    ALERT,
    QUIET,
    Json,
    box,
    bubble,
    button,
    flex_message,
    lines,
    separator,
    text_message,
    texts,
)
from handlers.errors import TooLongError
from handlers.replies import NoticeCard
from handlers.wording import Words

_LONG = 600
_MANY_LINES = 12
_START = 120
_START_LINES = 4
_ADDRESS = re.compile(
    r"https?://|(?:tel|mailto):|[\w.+-]+@[\w-]+\.\w|(?<!\d)0\d{1,4}-\d{1,4}-\d{3,4}(?!\d)", re.IGNORECASE
)
"""What LINE makes tappable in a text message and not in a card: web and mail addresses, telephone numbers."""


def card_messages(card: NoticeCard, words: Words, room: int = limits.MESSAGES) -> list[Json]:
    """The message objects, at most `room`, the card last so that its button is the nearest.

    A text that is long or holds addresses goes before the card as plain text. Where that needs more messages than
    there is room for (in a preview, which has more to say), it is shown as far as it fits, and says so.

    Raises: TooLongError.
    """
    limits.check_title(card.title)
    limits.check_body(card.body)
    alternative = alternative_text(card)
    if not needs_text(card.body):
        contents = bubble_of(card, card.body)
        if len(orjson.dumps(contents)) <= limits.BUBBLE_BYTES:
            return [flex_message(alternative, contents)]
    before = _text_messages(card, words, room - 1)
    where = words("full-text-above" if before else "sample-ends-here")
    return [*before, flex_message(alternative, bubble_of(card, _start(card.body), where))]


def needs_text(body: str) -> bool:
    """Whether it goes before the card as plain text, too."""
    return len(body) > _LONG or body.count("\n") >= _MANY_LINES or _has_address(body)


def _has_address(text: str) -> bool:
    """Every kind has one of three characters in it that most texts have not: quicker looked for than all of them."""
    return (":" in text or "@" in text or "-" in text) and _ADDRESS.search(text) is not None


def _text_messages(card: NoticeCard, words: Words, room: int) -> list[Json]:
    whole = lines(card.lead, card.headline + card.title) + "\n\n" + card.body.strip()
    pieces = limits.split(whole, limits.TEXT)
    if len(pieces) > limits.BODY_MESSAGES:
        raise TooLongError("too-long-body", limit=limits.BODY, length=limits.utf16_length(card.body))
    if len(pieces) > room:
        end = "\n" + words("sample-ends-here")
        last = [
            limits.shorten(piece, limits.TEXT - limits.utf16_length(end)) + end for piece in pieces[room - 1 : room]
        ]
        pieces = [*pieces[: room - 1], *last] if room > 0 else []
    return [text_message(piece) for piece in pieces]


def bubble_of(card: NoticeCard, body: str, where: str = "") -> Json:
    """The card with `body` as its text, and `where` the whole of it is if that is only the start."""
    top = [
        *texts(card.lead, weight="bold", size="sm"),
        *texts(card.organization, size="sm", color=QUIET),
        *texts(card.mark, weight="bold", size="md", color=ALERT),
        *texts(card.title, weight="bold", size="xl"),
        *texts(card.about, card.sender, size="sm", color=QUIET),
    ]
    said = [*texts(body.strip(), size="md", lineSpacing="4px", margin="lg"), *texts(where, weight="bold", size="sm")]
    middle = [separator(), *said] if said else []
    facts = [*texts(card.deadline, weight="bold", size="md"), *texts(card.ask, size="sm")]
    end = [separator(), box(facts, spacing="sm", margin="lg")] if facts else []
    footer = [*map(button, card.buttons), *texts(card.hint, size="sm", color=QUIET)]
    return bubble([*top, *middle, *end], footer)


def _start(body: str) -> str:
    """Where the text begins, so that one knows which message is meant."""
    whole = body.strip()
    start = limits.shorten("\n".join(whole.split("\n")[:_START_LINES]), _START)
    return start if start == whole or start.endswith("…") else start + "…"


def alternative_text(card: NoticeCard) -> str:
    """What lists, notifications and screen readers say, however long."""
    about = lines(card.organization, card.about, card.sender)
    return lines(card.headline + card.title, card.lead, card.body, card.deadline, card.ask, about, card.hint)
