"""差し込み: 「{名前}」 in a notice stands for the members a recipient receives it for; such cards go out one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from handlers.context import Platform
from handlers.replies import HOLE, NoticeCard
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


def personal_cards(card: NoticeCard, names: Sequence[Sequence[str]], platform: Platform) -> list[bytes]:
    """The prepared card of such a notice for each of these people: nothing on it differs but their names."""
    if HOLE in card.title + card.body:  # no character that anybody types
        return [platform.prepare(replace(card, title=fill(card.title, n), body=fill(card.body, n))) for n in names]
    blank = replace(card, title=fill(card.title, [HOLE]), body=fill(card.body, [HOLE]))
    return platform.prepare_each(blank, [_together(n) for n in names])


def fill(text: str, names: Sequence[str]) -> str:
    """The text with its placeholders filled in."""
    for placeholder in PLACEHOLDERS:
        text = text.replace(placeholder, _together(names))
    return text


def _together(names: Sequence[str]) -> str:
    return "、".join(names)
