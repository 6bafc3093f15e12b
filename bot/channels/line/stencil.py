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
    alternative_length: int
    alternative_holes: int

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
        length = limits.utf16_length(alternative)
        return cls(card, messages, pieces, len(bubble), bubble.count(_HOLE), length, alternative.count(HOLE))

    def filled(self, text: str) -> bytes | None:
        """The prepared messages with the text in every hole; None where that is not all that would change."""
        if not text or text != text.strip() or HOLE in text:
            return None
        title, escaped = self.card.title, orjson.dumps(text)[1:-1]
        more = limits.utf16_length(text) - 1
        fits = (
            # Never fewer characters than a reader takes them for.
            len(title) + title.count(HOLE) * (len(text) - 1) <= limits.TITLE
            and not needs_text(self.card.body.replace(HOLE, text))
            and self.alternative_length + self.alternative_holes * more <= limits.ALT_TEXT
            and self.size + self.bubble_holes * (len(escaped) - len(_HOLE)) <= limits.BUBBLE_BYTES
        )
        return escaped.join(self.pieces) if fits else None
