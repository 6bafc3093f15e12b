"""What those who send, or see to the bot, are told without asking: one message to one person, once by its name.

A report is a call of its own in the outbox and belongs to no notice: neither a stop nor the end of a notice keeps it
back. It never takes a message from a recipient: while what is left of the month is spoken for, it goes with the free
answer to whatever its reader writes next. So too when the platform says only at the push that the month is used up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from msgspec.structs import replace

from handlers import replies
from handlers.context import Organization, Platform
from handlers.dates import local
from handlers.fan_out import retry_key
from handlers.quiet import morning
from handlers.reasons import people_of
from handlers.replies import Panel, Reply
from handlers.wording import Words
from storage.base import Storage
from storage.models import (
    Address,
    AddressState,
    Contact,
    InboxEntry,
    Mailing,
    Notice,
    Outgoing,
    OutgoingState,
    Purpose,
    Recipient,
    Role,
    Settlement,
)

OUT_OF_QUOTA: Final = "out_of_quota"
"""The month's messages are used up, in the channels' own word (`Outgoing.failure`)."""

WITH_THE_NEXT_ANSWER: Final = "given with the next answer"
"""Of a report that is not pushed (`Outgoing.error`)."""
_MAILINGS: Final = 200


@dataclass(frozen=True, slots=True)
class Reporter:
    """What reports are made with."""

    storage: Storage
    organization: Organization
    platforms: Mapping[str, Platform]
    wake: Callable[[], None] = lambda: None


@dataclass(frozen=True, slots=True)
class Report:
    """Something to tell."""

    id: str
    """`report/what it is about/which one`: the same report is told once to each person, whoever makes it again."""
    say: Callable[[Words], Panel]
    """It, in the language of who is told."""
    urgent: bool = False
    """It does not wait for the morning."""


async def report(told: Report, people: Sequence[Contact], reporter: Reporter, now: datetime) -> None:
    """Tell each of these people once; at night in the morning, unless it is urgent. Repeatable at any line.

    Who has no active address is told nothing. Raises: TooLongError, if the panel does not fit into a message.
    """
    calls = [
        _call(told, person, address, reporter, now) for person in people if (address := _address(person, reporter))
    ]
    costly = {channel: await _is_spoken_for(channel, reporter, now) for channel in sorted({c.channel for c in calls})}
    wanted = [_held(call, now) if costly[call.channel] else call for call in calls]
    told_to = {call.part for call in calls}
    said = {p.id: replies.dump(_said(told, p, reporter.organization)) for p in people if p.id in told_to}
    # First: whoever finds that it cannot be pushed finds its words too.
    await reporter.storage.append([], [_words_of(call, said[call.part]) for call in calls])
    # Whether it is pushed is decided once, by whoever stores it first.
    stored = await reporter.storage.outbox.add(wanted)
    owed = [_owed(call, said[call.part]) for call in stored if call.error == WITH_THE_NEXT_ANSWER]
    if owed:
        await reporter.storage.append([], owed)
    reporter.wake()


async def given_freely(call: Outgoing, settlement: Settlement, storage: Storage) -> Settlement:
    """A report that the platform clearly refused to push because the month is used up is kept for its reader's next
    message, and is over; anything else is settled as it was to be.

    Repeatable; to be done before the settlement is written: whoever finds the call unsettled asks `is_owed`, and does
    not push it again.
    """
    is_refused = settlement.state is OutgoingState.WAITING and settlement.failure == OUT_OF_QUOTA
    if call.purpose is not Purpose.REPORT or not is_refused:
        return settlement
    name = _name_of_words(call)
    if (words := (await storage.inbox.get([name])).get(name)) is None:
        return settlement
    await storage.append([], [_owed(call, words.raw)])
    return Settlement(call.id, OutgoingState.DROPPED, settlement.at, failure=OUT_OF_QUOTA, error=WITH_THE_NEXT_ANSWER)


async def is_owed(call: Outgoing, storage: Storage) -> bool:
    """Whether a report is given with an answer, or was."""
    return bool(await storage.inbox.get([call.id]))


async def answerable(who: str, reporter: Reporter) -> list[Contact]:
    """Who is told what came of something that `who` wanted (a contact's id): herself; all administrators, if she cannot
    be reached or may not see it any more."""
    sender = (await people_of([who], reporter.storage)).get(who)
    if sender is not None and sender.role is not Role.NONE and _address(sender, reporter):
        return [sender]
    return await reporter.storage.contacts.administrators()


def _address(person: Contact, reporter: Reporter) -> Address | None:
    """The newest that is active, on whatever channel."""
    active = (a for a in reversed(person.addresses) if a.state is AddressState.ACTIVE)
    return next((a for a in active if a.channel in reporter.platforms), None)


def _call(told: Report, person: Contact, address: Address, reporter: Reporter, now: datetime) -> Outgoing:
    organization = reporter.organization
    until = None if told.urgent else morning(now, organization.quiet, organization.zone)
    return Outgoing(
        id=retry_key(told.id, 0, person.id),
        mailing=told.id,
        notice="",
        purpose=Purpose.REPORT,
        chunk=0,
        part=person.id,
        channel=address.channel,
        recipients=(Recipient(person.id, address.value),),
        body=reporter.platforms[address.channel].prepare_reply(_said(told, person, organization)),
        created_at=now,
        due_at=until or now,
        first_contact=person.id,
        last_contact=person.id,
        urgent=told.urgent,
    )


def _said(told: Report, person: Contact, organization: Organization) -> Reply:
    return replies.reply(told.say(Words(person.locale, organization.zone)))


def _held(call: Outgoing, now: datetime) -> Outgoing:
    return replace(call, state=OutgoingState.DROPPED, settled_at=now, error=WITH_THE_NEXT_ANSWER)


def _name_of_words(call: Outgoing) -> str:
    return f"{call.id}/words"


def _words_of(call: Outgoing, said: bytes) -> InboxEntry:
    """A report as it can be given with any answer. The call holds it as its platform takes it alone."""
    return _entry(_name_of_words(call), call, raw=said)


def _owed(call: Outgoing, said: bytes) -> InboxEntry:
    """What waits for the person's next message."""
    return _entry(call.id, call, owed=said)


def _entry(name: str, call: Outgoing, raw: bytes = b"", owed: bytes | None = None) -> InboxEntry:
    return InboxEntry(
        id=name,
        channel=call.channel,
        user=call.recipients[0].address,
        kind="report",
        at=call.created_at,
        received_at=call.created_at,
        raw=raw,
        applied=True,
        owed=owed,
    )


async def _is_spoken_for(channel: str, reporter: Reporter, now: datetime) -> bool:
    """Whether every message that is left on the channel this month may be needed for recipients."""
    calls = [late for late in await reporter.storage.outbox.late(now) if late.channel == channel and late.notice]
    if any(call.failure == OUT_OF_QUOTA for call in calls):
        return True
    quota = await reporter.platforms[channel].quota()
    if quota is None or quota.left is None:
        return False
    return await _spare(quota.left - sum(call.people for call in calls), reporter, now) <= 0


async def _spare(left: int, reporter: Reporter, now: datetime) -> int:
    """What remains of so many messages once this month's mailings that are not all in the outbox yet have gone. A
    planned reminder that does not fit is sent to nobody."""
    storage = reporter.storage
    mailings = await storage.mailings.due(_end_of_month(now, reporter.organization), _MAILINGS)
    notices = await storage.notices.get({m.notice for m in mailings})
    for mailing in (m for m in mailings if m.notice in notices):
        needed = await _people(mailing, notices[mailing.notice], storage)
        if needed <= left or not mailing.is_planned:
            left -= needed
    return left


async def _people(mailing: Mailing, notice: Notice, storage: Storage) -> int:
    """To how many it goes; rather too many than too few."""
    if mailing.purpose is Purpose.NOTICE:
        return notice.contacts
    totals = await storage.receipts.totals(notice.id)
    return -(-notice.contacts * totals.unconfirmed // totals.all) if totals.all else notice.contacts


def _end_of_month(now: datetime, organization: Organization) -> datetime:
    day = now.astimezone(organization.zone).date().replace(day=1)
    first = day.replace(year=day.year + 1, month=1) if day.month == 12 else day.replace(month=day.month + 1)
    return local(first, 0, 0, organization.zone)
