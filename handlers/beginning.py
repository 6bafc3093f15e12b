"""Whether a mailing that is due may begin. Asked until its first chunk is stored, and never of its remainder."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from handlers.context import Organization
from handlers.plan import SOONEST, is_too_late
from handlers.quiet import LATE_AFTER, waits_until
from handlers.reminding import Reminded, Rules, growing
from handlers.shares import House, Share, shares_of
from storage.models import Mailing, Notice, Purpose, Standing


class Note(StrEnum):
    """Why nothing of a mailing was sent (`Mailing.note`)."""

    OVER = "over"
    """The notice was closed, taken back, or had expired."""
    NOBODY = "nobody"
    """Everybody had confirmed, or nobody of the rest can be reached."""
    OUT_OF_QUOTA = "out-of-quota"
    """What is left this month, but for what stays for urgent notices, is too little for all of them, and half a
    reminder would be unjust."""
    LATE = "late"
    """It could not begin in time: the bot did not run, or the notice itself was still going out."""
    UNREADY = "unready"
    """The card could be made when the preview was shown, and cannot any more."""


@dataclass(frozen=True, slots=True)
class Hold:
    """It may not begin: not before `until`; or, with a note, not at all."""

    until: datetime | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Due:
    """A mailing whose time has come, and what is asked about it."""

    mailing: Mailing
    notice: Notice
    organization: Organization
    now: datetime


async def hindrance(due: Due, rules: Rules, house: House) -> Hold | None:
    """What stands against beginning; None: nothing."""
    mailing, notice, now = due.mailing, due.notice, due.now
    is_reminder = mailing.purpose is Purpose.REMINDER
    if is_reminder and notice.standing_at(now) is not Standing.OPEN:
        return Hold(note=Note.OVER)
    if mailing.is_planned and notice.fanned_out_at is None:
        return Hold(note=Note.LATE)
    until = None if mailing.urgent else _night(due)
    if mailing.is_planned and await _has_no_time_left(due, until or now, rules):
        return Hold(note=Note.LATE)
    if until is not None:
        return Hold(until)
    return await _unaffordable(due, rules, house) if mailing.is_planned else None


def _night(due: Due) -> datetime | None:
    return waits_until(due.mailing.due_at, due.now, due.organization.quiet, due.organization.zone)


async def _has_no_time_left(due: Due, begins_at: datetime, rules: Rules) -> bool:
    """A late reminder gives way to the next one: nobody gets two of them within the hour."""
    if is_too_late(begins_at, due.notice.deadline_at):
        return True
    if due.now - due.mailing.due_at < LATE_AFTER:
        return False
    mailings = await rules.storage.mailings.of_notice(due.notice.id)
    return any(m.is_planned and due.mailing.due_at < m.due_at <= begins_at + SOONEST for m in mailings)


async def _unaffordable(due: Due, rules: Rules, house: House) -> Hold | None:
    """Looks no further than the answer takes: where there is room for everybody, to the first who would get it."""
    notice, storage = due.notice.id, rules.storage
    if not await storage.receipts.page(notice, True, "", 1):
        return Hold(note=Note.NOBODY)
    shares = await shares_of(dict.fromkeys(rules.channels, 0), house, urgent=due.mailing.urgent)
    covered = await storage.outbox.progress(notice, Purpose.NOTICE, f"{notice}/notice")
    all_of_them = sum(covered.people.values()) + sum(covered.skipped.values())
    found = Reminded({}, 0)
    async with aclosing(growing(rules, notice)) as steps:
        async for found in steps:
            if found.people and _has_room(shares, found, max(0, all_of_them - found.looked_at)):
                return None
            if not _has_room(shares, found):
                return Hold(note=Note.OUT_OF_QUOTA)
    return None if found.people or found.capped else Hold(note=Note.NOBODY)


def _has_room(shares: Sequence[Share], found: Reminded, others: int = 0) -> bool:
    """Whether each channel could carry its part, and all the others too."""
    parts = ((share, found.by_channel.get(share.channel, 0) + others) for share in shares)
    return all(replace(share, people=people).fits for share, people in parts if people)
