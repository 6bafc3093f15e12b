"""差し込み: 「{名前}」 in a notice stands for the members a recipient receives it for; such cards go out one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from handlers.replies import NoticeCard
from storage.models import Notice

PLACEHOLDERS = ("{名前}", "｛名前｝", "{name}")


def is_personal(notice: Notice) -> bool:
    """Does the card differ from person to person?"""
    return any(p in notice.title or p in notice.body for p in PLACEHOLDERS)


def personalise(notice: Notice, names: Sequence[str]) -> Notice:
    """The notice with its placeholders filled in; the notice itself when it has none."""
    if not is_personal(notice):
        return notice
    return notice.but(title=fill(notice.title, names), body=fill(notice.body, names))


def personal_card(card: NoticeCard, names: Sequence[str]) -> NoticeCard:
    """The card of such a notice with its placeholders filled in: nothing else on it differs from person to person."""
    return replace(card, title=fill(card.title, names), body=fill(card.body, names))


def fill(text: str, names: Sequence[str]) -> str:
    """The text with its placeholders filled in."""
    together = "、".join(names)
    for placeholder in PLACEHOLDERS:
        text = text.replace(placeholder, together)
    return text
