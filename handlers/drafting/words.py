"""Small pieces of what the drafting says: buttons that carry a draft, labels that fit."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import regex

from handlers.buttons import pack
from handlers.replies import Button, Emphasis
from handlers.wording import Words
from storage.models import Draft

LABEL: Final = 40
"""LINE: the label of a Flex button has at most 40 graphemes (Messaging API reference, action label)."""

_LISTING: Final = 200


def shorten(text: str, limit: int = LABEL) -> str:
    """The text within so many graphemes (and four times as many code points), an ellipsis where it was cut."""
    pieces = regex.findall(r"\X", text[: 4 * limit])
    if len(text) <= 4 * limit and len(pieces) <= limit:
        return text
    return "".join(pieces[: limit - 1]) + "…"


def names(members: Iterable[str], words: Words) -> str:
    """A listing within what a sentence takes (Fluent: 1,000 characters in one placeable)."""
    return shorten(words.listing(list(members)), _LISTING)


def button(
    draft: Draft,
    label: str,
    action: str,
    value: str | int = "",
    *,
    echo: str = "",
    emphasis: Emphasis = Emphasis.SECONDARY,
) -> Button:
    """A button that answers for this revision of the draft."""
    data = pack("draft", draft.id, draft.revision, action, value)
    return Button(shorten(label), data, shorten(echo or label, 2 * LABEL), emphasis=emphasis)


def cancel(draft: Draft, words: Words) -> Button:
    """取り消す."""
    return button(draft, words("draft-cancel"), "cancel", echo=words("draft-cancel-echo"), emphasis=Emphasis.LINK)


def show(draft: Draft, words: Words) -> Button:
    """To the draft as it stands now."""
    return button(draft, words("draft-show"), "show", echo=words("draft-show-echo"), emphasis=Emphasis.PRIMARY)
