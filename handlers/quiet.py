"""Quiet hours (夜間): when nothing that can wait is begun. Pure; the settings say which hours (`QUIET_HOURS`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from handlers.dates import local

LATE_AFTER: Final = timedelta(minutes=10)
"""What should have begun so long before, by day, and meets the night, waits for the morning. What was ordered a moment
before the quiet hours still goes: its sender was told so."""


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `start` to `end` of the organisation's day, over midnight if need be, no notice is begun."""

    start: time
    end: time

    def includes(self, at: time) -> bool:
        """Whether a time of day is quiet; the start is, the end is not."""
        if self.start <= self.end:
            return self.start <= at < self.end
        return at >= self.start or at < self.end

    def begun_at(self, at: datetime, zone: ZoneInfo) -> datetime:
        """When the quiet hours began that hold `at`."""
        here = at.astimezone(zone)
        return _on(here.date() if here.time() >= self.start else here.date() - timedelta(days=1), self.start, zone)

    def over_at(self, at: datetime, zone: ZoneInfo) -> datetime:
        """When the quiet hours that hold `at` are over: the morning."""
        here = at.astimezone(zone)
        return _on(here.date() if here.time() < self.end else here.date() + timedelta(days=1), self.end, zone)


def is_quiet(at: datetime, quiet: QuietHours | None, zone: ZoneInfo) -> bool:
    """Whether a moment falls into the quiet hours; never, where there are none."""
    return quiet is not None and quiet.includes(at.astimezone(zone).time())


def morning(at: datetime, quiet: QuietHours | None, zone: ZoneInfo) -> datetime | None:
    """When the night that holds `at` is over; None by day."""
    return quiet.over_at(at, zone) if quiet is not None and is_quiet(at, quiet, zone) else None


def waits_until(due_at: datetime, now: datetime, quiet: QuietHours | None, zone: ZoneInfo) -> datetime | None:
    """Until when something must wait that was due by day and has not begun; None: it may begin.

    What was due in the quiet hours was wanted there: whoever ordered it was asked.
    """
    if now - due_at < LATE_AFTER or is_quiet(due_at, quiet, zone):
        return None
    return morning(now, quiet, zone)


def _on(day: date, at: time, zone: ZoneInfo) -> datetime:
    return local(day, at.hour, at.minute, zone)
