"""A card laid out once and filled in for each person: for thousands of cards that differ in a name.

What is filled in is the very same bytes as laying out the filled card. Where a text could change more than itself
(a limit, a text message before the card, a blank line that falls away) the stencil declines, and the card is laid out.
"""

from __future__ import annotations

from dataclasses import dataclass

import orjson

from bot.channels.line import limits
from bot.channels.line.cards import alternative_text, bubble_of, needs_text
from bot.channels.line.layout import Json, flex_message
from handlers.errors import TooLongError
from handlers.replies import HOLE, NoticeCard, filled

_HOLE = HOLE.encode()


@dataclass(frozen=True, slots=True)
class Stencil:
    """The laid out card of which only title and body have holes."""

    card: NoticeCard
    messages: list[Json]
    pieces: list[bytes]
    size: int
    """Of the bubble, in bytes."""
    bubble_holes: int
    alternative: str

    @classmethod
    def of(cls, card: NoticeCard) -> Stencil | None:
        """None where such a card cannot be laid out once for all."""
        alternative, contents = alternative_text(card), bubble_of(card, card.body)
        try:
            messages = [flex_message(alternative, contents)]
        except TooLongError:
            return None
        if HOLE in alternative_text(filled(card, "")) or _HOLE in orjson.dumps(bubble_of(filled(card, ""), "")):
            return None
        bubble = orjson.dumps(contents)
        pieces = orjson.dumps(messages).split(_HOLE)
        return cls(card, messages, pieces, len(bubble), bubble.count(_HOLE), alternative)

    def filled(self, text: str) -> bytes | None:
        """The prepared messages with the text in every hole; None where that is not all that would change."""
        if not text or text != text.strip() or HOLE in text:
            return None
        card, escaped = filled(self.card, text), orjson.dumps(text)[1:-1]
        more = limits.utf16_length(text) - 1
        fits = (
            len(card.title) <= limits.TITLE  # never fewer characters than a reader takes them for
            and not needs_text(card.body)
            and limits.utf16_length(self.alternative) + self.alternative.count(HOLE) * more <= limits.ALT_TEXT
            and self.size + self.bubble_holes * (len(escaped) - len(_HOLE)) <= limits.BUBBLE_BYTES
        )
        return escaped.join(self.pieces) if fits else None
