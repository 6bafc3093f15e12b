"""差し込み: 「{名前}」 in a notice stands for the members a recipient receives it for; such cards go out one by one."""

from __future__ import annotations

from collections.abc import Sequence

from storage.models import Notice

PLACEHOLDERS = ("{名前}", "｛名前｝", "{name}")


def is_personal(notice: Notice) -> bool:
    """Does the card differ from person to person?"""
    return any(p in notice.title or p in notice.body for p in PLACEHOLDERS)


def personalise(notice: Notice, names: Sequence[str]) -> Notice:
    """The notice with its placeholders filled in; the notice itself when it has none."""
    if not is_personal(notice):
        return notice
    together = "、".join(names)
    title, body = notice.title, notice.body
    for placeholder in PLACEHOLDERS:
        title, body = title.replace(placeholder, together), body.replace(placeholder, together)
    return notice.but(title=title, body=body)
