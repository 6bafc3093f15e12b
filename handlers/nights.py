"""Quiet hours in words."""

from __future__ import annotations

from datetime import datetime

from handlers.quiet import QuietHours
from handlers.wording import Words


def night(quiet: QuietHours) -> dict[str, str]:
    """From when to when it is quiet, as arguments of a sentence."""
    return {"from": f"{quiet.start.hour}:{quiet.start.minute:02}", "to": f"{quiet.end.hour}:{quiet.end.minute:02}"}


def morning_name(at: datetime, now: datetime, words: Words) -> str:
    """「明日7時」, or 「今日7時」 after midnight."""
    is_today = at.astimezone(words.zone).date() == now.astimezone(words.zone).date()
    return words("morning-today" if is_today else "morning-tomorrow", time=words.hour(at))
