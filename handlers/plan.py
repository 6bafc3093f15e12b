"""When those who have not confirmed are reminded by themselves. Pure: times in, times out.

The usual plan is the evening before the deadline and the morning of it: in the evening one has time, and in the
morning it can still be done. Nothing of it falls into quiet hours, or so near to the deadline that it is of no use.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from handlers.dates import local
from handlers.quiet import QuietHours, is_quiet

EVENING: Final = time(18, 0)
MORNING: Final = time(7, 30)
LATEST_EVENING: Final = time(20, 30)
"""Where a reminder moves that would come too near to the deadline: the evening before, and still no night."""
NEAREST: Final = timedelta(minutes=30)
"""So long before the deadline a reminder must go out at the latest."""
SOONEST: Final = timedelta(hours=1)
"""So long after the notice the usual plan begins: nobody is chased for what she has just got."""
MOST: Final = 3
"""Reminders of one notice; by hand there may be more."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What a plan must fit into."""

    zone: ZoneInfo
    quiet: QuietHours | None
    sent_at: datetime
    """When the notice goes out."""
    deadline_at: datetime | None = None
    expires_at: datetime | None = None


def usual(frame: Frame) -> tuple[datetime, ...]:
    """The evening before the deadline and the morning of it, as far as they fit; nothing without a deadline."""
    return _fitted((_evening_before(EVENING, frame), _on_the_day(MORNING, frame)), frame)


def evening_only(frame: Frame) -> tuple[datetime, ...]:
    """The evening before the deadline, if it fits."""
    return _fitted((_evening_before(EVENING, frame),), frame)


def kept(times: Iterable[datetime], frame: Frame) -> tuple[datetime, ...]:
    """Of times that somebody chose, in order and each once: those ahead, in time before the deadline, before the
    expiry, and not in quiet hours."""
    return tuple(sorted({at for at in times if why_not(at, frame) == ""}))


def why_not(at: datetime, frame: Frame) -> str:
    """Why no reminder may be planned for a time, in one word; '' if it may."""
    if at <= frame.sent_at:
        return "past"
    if frame.deadline_at is not None and at > frame.deadline_at - NEAREST:
        return "deadline"
    if frame.expires_at is not None and at >= frame.expires_at:
        return "expiry"
    return "quiet" if is_quiet(at, frame.quiet, frame.zone) else ""


def is_too_late(now: datetime, deadline_at: datetime | None) -> bool:
    """Whether a planned reminder that has not begun is of no use any more."""
    return deadline_at is not None and now > deadline_at - NEAREST


def _evening_before(at: time, frame: Frame) -> datetime | None:
    if frame.deadline_at is None:
        return None
    day = frame.deadline_at.astimezone(frame.zone).date() - timedelta(days=1)
    return local(day, at.hour, at.minute, frame.zone)


def _on_the_day(at: time, frame: Frame) -> datetime | None:
    if frame.deadline_at is None:
        return None
    return local(frame.deadline_at.astimezone(frame.zone).date(), at.hour, at.minute, frame.zone)


def _fitted(wanted: Iterable[datetime | None], frame: Frame) -> tuple[datetime, ...]:
    moved = {_moved(at, frame) for at in wanted if at is not None}
    return kept((at for at in moved if at >= frame.sent_at + SOONEST), frame)


def _moved(at: datetime, frame: Frame) -> datetime:
    """Out of the night, into its morning; where that is too near to the deadline, to the evening before."""
    awake = _awake(at, frame)
    late = _evening_before(LATEST_EVENING, frame)
    if late is None or not is_too_late(awake, frame.deadline_at):
        return awake
    if frame.quiet is not None and is_quiet(late, frame.quiet, frame.zone):
        return frame.quiet.begun_at(late, frame.zone) - NEAREST
    return late


def _awake(at: datetime, frame: Frame) -> datetime:
    if frame.quiet is None or not is_quiet(at, frame.quiet, frame.zone):
        return at
    return frame.quiet.over_at(at, frame.zone)
