"""What is looked at again and again, so that whoever sends need not: has everyone confirmed, has the deadline passed,
did all of it go out. What must be told is told once; each step may stop at any line and be done again, in any process.

At night nothing is told that can wait: in the morning it is told as it stands then.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from handlers import telling
from handlers.beginning import Note
from handlers.commands import paging
from handlers.plan import SOONEST
from handlers.quiet import is_quiet
from handlers.reasons import explain_all
from handlers.replies import Panel
from handlers.reporting import OUT_OF_QUOTA, Report, Reporter, answerable, report
from handlers.wording import Words
from storage.base import WINDOW, Storage
from storage.models import Mailing, Notice, NoticeMark, OutgoingState, Purpose, Standing

GRACE: Final = timedelta(minutes=1)
"""After the deadline, before anybody is named: a tap in its last second may be on its way, or left for a sweep."""
KEPT: Final = timedelta(days=30)
"""So long after its deadline a notice that nobody closed is waited for."""

_NAMES: Final = 10
_PAGE: Final = 100
_MAILINGS: Final = 500

_NO_LOSS: Final = frozenset({"", "not wanted any more", "stopped"})
"""Errors of dropped calls (`bot.delivery`, `handlers.publish`) that took nothing from anybody."""


@dataclass(frozen=True, slots=True)
class Matter:
    """What is told about: a notice, or one of its mailings."""

    notice: Notice
    mailing: Mailing | None = None

    @property
    def name(self) -> str:
        """What its reports are known by."""
        return self.mailing.id if self.mailing else self.notice.id

    @property
    def who(self) -> str:
        """Who wanted it, and is told."""
        return self.mailing.ordered_by if self.mailing else self.notice.sender


async def watch(reporter: Reporter, now: datetime) -> None:
    """Tell what is due to be told of notices and mailings, and settle those of which nothing will be."""
    for mailing in await reporter.storage.mailings.unsettled(now, _MAILINGS):
        await _look_at_mailing(mailing, reporter, now)
    number = 0
    while notices := await reporter.storage.notices.unsettled(_PAGE, number):
        for notice in notices:
            await _look_at_notice(notice, reporter, now)
        number = notices[-1].number


async def watch_quota(reporter: Reporter, now: datetime) -> None:
    """Tell of every mailing whose calls the platform refuses because the month is used up."""
    storage = reporter.storage
    late = await storage.outbox.late(now, OUT_OF_QUOTA)
    for name in dict.fromkeys(call.mailing for call in late if call.notice):
        mailing = await storage.mailings.get(name)
        notice = await _notice_of(mailing, storage) if mailing else None
        if mailing is not None and notice is not None:
            waiting = await _waiting(mailing, notice, storage)
            await _tell(Matter(notice, mailing), "quota", telling.Used(notice, waiting).panel, reporter, now)


async def _tell(matter: Matter, which: str, say: Callable[[Words], Panel], reporter: Reporter, now: datetime) -> None:
    told = Report(f"report/{matter.name}/{which}", say, matter.notice.urgent)
    await report(told, await answerable(matter.who, reporter), reporter, now)


def _can_wait(notice: Notice, reporter: Reporter, now: datetime) -> bool:
    organization = reporter.organization
    return not notice.urgent and is_quiet(now, organization.quiet, organization.zone)


async def _look_at_notice(notice: Notice, reporter: Reporter, now: datetime) -> None:
    storage = reporter.storage
    is_cut_short = notice.stopped_at is not None and notice.fanned_out_at is None
    if notice.standing_at(now) is not Standing.OPEN or is_cut_short:
        await storage.notices.mark(notice.id, NoticeMark.SETTLED, now)
    elif notice.fanned_out_at is None or _can_wait(notice, reporter, now):
        return
    elif not await storage.receipts.page(notice.id, True, "", 1):
        await _tell_completed(notice, reporter, now)
        await storage.notices.mark(notice.id, NoticeMark.SETTLED, now)
    elif notice.overdue_at is None and notice.deadline_at is not None and now >= notice.deadline_at + GRACE:
        await _tell_overdue(notice, reporter, now)
        await storage.notices.mark(notice.id, NoticeMark.OVERDUE, now)
    elif now >= (notice.deadline_at or notice.fanned_out_at) + KEPT:
        await storage.notices.mark(notice.id, NoticeMark.SETTLED, now)


async def _tell_completed(notice: Notice, reporter: Reporter, now: datetime) -> None:
    totals = await reporter.storage.receipts.totals(notice.id)
    if notice.completed_at is None and totals.all:
        last = await _last_confirmed_at(notice, reporter.storage)
        say = telling.Completed(notice, totals, last or now, now).panel
        await _tell(Matter(notice), "completed", say, reporter, now)
        await reporter.storage.notices.mark(notice.id, NoticeMark.COMPLETED, now)


async def _last_confirmed_at(notice: Notice, storage: Storage) -> datetime | None:
    """Read once in the life of a notice: no index need be kept for it."""
    last, after = None, ""
    while receipts := await storage.receipts.page(notice.id, False, after, WINDOW):
        at = max(r.fulfilment[1].at for r in receipts if r.fulfilment)
        last, after = max(last or at, at), receipts[-1].sort_key
    return last


async def _tell_overdue(notice: Notice, reporter: Reporter, now: datetime) -> None:
    storage = reporter.storage
    page = await paging.read(storage, notice, True, "", _NAMES)
    mailings = await storage.mailings.of_notice(notice.id)
    say = telling.Overdue(
        notice,
        await storage.receipts.totals(notice.id),
        page,
        await explain_all(page.receipts, notice, storage),
        tuple(m for m in mailings if m.note in telling.UNSENT),
        now,
    ).panel
    await _tell(Matter(notice), "overdue", say, reporter, now)


async def _look_at_mailing(mailing: Mailing, reporter: Reporter, now: datetime) -> None:
    storage = reporter.storage
    if mailing.finished_at is None and mailing.stopped_at is None:
        return
    if await storage.outbox.is_moving(mailing.notice, mailing.purpose, mailing.id):
        return
    notice = await _notice_of(mailing, storage)
    if notice is not None:
        if _can_wait(notice, reporter, now):
            return
        if (say := await _outcome(mailing, notice, storage, now)) is not None:
            await _tell(Matter(notice, mailing), "outcome", say, reporter, now)
    await storage.mailings.settle(mailing.id, now)


async def _notice_of(mailing: Mailing, storage: Storage) -> Notice | None:
    return (await storage.notices.get([mailing.notice])).get(mailing.notice)


async def _outcome(
    mailing: Mailing, notice: Notice, storage: Storage, now: datetime
) -> Callable[[Words], Panel] | None:
    """What must be told of a mailing that is over; None: nothing. Whoever ended or stopped it knows how it stood."""
    if mailing.note == Note.UNREADY:
        return telling.Unready(notice).panel
    if notice.stopped_at or notice.cancelled_at or notice.closed_at:
        return None
    if mailing.note in telling.UNSENT:
        return await _unsent(mailing, notice, storage, now)
    trouble = await _trouble(mailing, notice, storage, now)
    return trouble.panel if trouble.is_any else None


async def _unsent(mailing: Mailing, notice: Notice, storage: Storage, now: datetime) -> Callable[[Words], Panel] | None:
    """An automatic reminder that was sent to nobody. Where a later one is over, or comes within the hour, that one
    makes up for it or tells of both; and so does the report of the deadline."""
    if notice.standing_at(now) is not Standing.OPEN or notice.is_late(now):
        return None
    mailings = await storage.mailings.of_notice(notice.id)
    later = [m for m in mailings if m.is_planned and m.due_at > mailing.due_at]
    totals = await storage.receipts.totals(notice.id)
    if any(m.finished_at or m.due_at <= now + SOONEST for m in later) or not totals.unconfirmed:
        return None
    unsent = tuple(m for m in mailings if m.note in telling.UNSENT)
    return telling.Unsent(notice, mailing.note, unsent, totals, now).panel


async def _trouble(mailing: Mailing, notice: Notice, storage: Storage, now: datetime) -> telling.Trouble:
    people = (await storage.outbox.progress(notice.id, mailing.purpose, mailing.id)).people
    lost: dict[str, int] = {}
    if people.get(OutgoingState.DROPPED):
        errors = await storage.outbox.errors(notice.id, mailing.purpose, mailing.id, OutgoingState.DROPPED)
        lost = {error: count for error, count in errors.items() if error not in _NO_LOSS}
    return telling.Trouble(
        notice, mailing, people, lost, has_expired=notice.expires_at is not None and now >= notice.expires_at
    )


async def _waiting(mailing: Mailing, notice: Notice, storage: Storage) -> int:
    """How many people a mailing has still to be sent to, as far as that is known."""
    progress = await storage.outbox.progress(notice.id, mailing.purpose, mailing.id)
    waiting = sum(progress.people.get(s, 0) for s in (OutgoingState.WAITING, OutgoingState.SENDING))
    if mailing.purpose is Purpose.NOTICE and mailing.finished_at is None:
        waiting += max(0, notice.contacts - sum(progress.people.values()) - sum(progress.skipped.values()))
    return waiting
