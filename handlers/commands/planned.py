"""What `/状況` says about time: when a notice goes out, what reminders are planned, and which were not sent and why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from handlers.beginning import Note
from handlers.context import Context
from storage.models import Mailing, Notice, Progress, Purpose, SkipReason, Standing

_TOLD = (Note.OUT_OF_QUOTA, Note.LATE)
"""Reasons why a reminder was not sent that its sender should know; the others are good news, or her own doing."""


def is_unfinished(mailing: Mailing) -> bool:
    """Not everything of it stands in the outbox yet, and it is not stopped: now or later, something may go out."""
    return mailing.finished_at is None and mailing.stopped_at is None


def is_going_on(mailing: Mailing, now: datetime) -> bool:
    """It is unfinished, and its time has come."""
    return is_unfinished(mailing) and mailing.due_at <= now


def is_scheduled(notice: Notice, now: datetime) -> bool:
    """Nothing of it has gone out, because it was to go out later."""
    waits = notice.send_at is not None and now < notice.send_at and notice.fanned_out_at is None
    return waits and not notice.stopped_at and notice.standing_at(now) is Standing.OPEN


def begun_reminders(mailings: Sequence[Mailing], now: datetime) -> list[Mailing]:
    """Reminders that went out, or were ordered for now; by their time. What was stopped before its time never was, and
    of an automatic one it is only known at its end."""
    due = [m for m in mailings if m.purpose is Purpose.REMINDER and m.due_at <= now and not m.note]
    begun = [m for m in due if not m.is_planned or m.finished_at is not None]
    return sorted((m for m in begun if m.stopped_at is None or m.stopped_at > m.due_at), key=lambda m: m.due_at)


def lines(notice: Notice, mailings: Sequence[Mailing], context: Context) -> tuple[str, ...]:
    """Sentences about what is still to come, and about what was not sent."""
    words, now = context.words, context.now
    is_open = notice.standing_at(now) is Standing.OPEN
    to_come = [m for m in mailings if is_open and is_unfinished(m) and m.due_at > now]
    if is_scheduled(notice, now) and notice.send_at is not None:
        starts = [words("status-scheduled", moment=words.brief(notice.send_at, now))]
    else:
        later = [m for m in to_come if not m.is_planned]
        starts = [words(f"status-starts-{m.purpose.value}", moment=words.moment(m.due_at, now)) for m in later]
    ahead = [m.due_at for m in to_come if m.is_planned]
    planned = words.listing([words.brief(at, now) for at in sorted(ahead)])
    unsent = sorted((m for m in mailings if m.is_planned and m.note in set(_TOLD)), key=lambda m: m.due_at)
    return (
        *starts,
        words("status-planned", times=planned) if planned else "",
        *(words(f"status-unsent-{m.note}", moment=words.brief(m.due_at, now)) for m in unsent),
    )


def capped(progress: Progress, context: Context) -> str:
    """How many were left alone because they got enough that day."""
    count = progress.skipped.get(SkipReason.CAPPED, 0)
    return context.words("status-capped", count=count) if count else ""
