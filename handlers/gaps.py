"""Times in which nobody could take a webhook: the administrators are told from when to when taps may be missing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from handlers.buttons import pack
from handlers.replies import Button, Panel
from handlers.reporting import Report, Reporter, report
from handlers.wording import Words
from storage.base import WINDOW
from storage.models import Standing

WEBHOOK: Final = "webhook"
"""The pulse of processes that can take and store what platforms send."""
GAP: Final = timedelta(seconds=60)
"""A shorter time than this is a restart."""


async def look_back(reporter: Reporter, now: datetime) -> datetime | None:
    """To be asked before the first beat, and before the next one after a long time without: since when nobody took
    anything, told if taps may be missing; None: somebody did.

    Any number of processes may ask: it is told once, by when it began.
    """
    last = await reporter.storage.pulses.read(WEBHOOK)
    if last is None or now - last <= GAP:
        return None
    notices = await reporter.storage.notices.unsettled(WINDOW)
    if any(notice.standing_at(last) is Standing.OPEN and notice.created_at < now for notice in notices):
        told = Report(f"report/gap/{int(last.timestamp() * 1000)}", lambda words: _gap(last, now, words))
        await report(told, await reporter.storage.contacts.administrators(), reporter, now)
    return last


def _gap(since: datetime, until: datetime, words: Words) -> Panel:
    from_to = {"since": words.brief(since, until), "until": words.brief(until, until)}
    status = Button(words("choose-see-status"), pack("status"))
    return Panel(words("gap-title"), (words("gap-what", **from_to), words("gap-do")), buttons=(status,))
