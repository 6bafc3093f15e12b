"""Fan-out: a mailing becomes chunks in the outbox, in the order of contacts.

It may stop at any line and goes on from the last chunk.

A chunk freezes its recipients as it is stored; its retry key follows from (mailing, chunk, part), so whoever does the
same step again, in another process or another life, stores nothing new. A chunk is stored only after the receipts of
everyone it covers, so no tap can come too early.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from handlers.beginning import Due, hindrance
from handlers.cards import card
from handlers.context import Organization, Platform
from handlers.personal import is_personal, personal_card
from handlers.reminding import Page, Rules, reminder_page, rules, unreached, waiting_contacts
from handlers.replies import NoticeCard
from handlers.wording import Words
from storage.base import WINDOW, Storage
from storage.models import (
    Contact,
    Mailing,
    Notice,
    NoticeMark,
    Outgoing,
    OutgoingState,
    Purpose,
    Reach,
    Receipt,
    Recipient,
    Target,
)

_KEYS = uuid.UUID("6e0bfb2e-6f0b-5c5e-9d50-6b616b756e69")
"""Namespace of retry keys. Never to be changed: a different key is a different message to the platform."""

_REST = 1_000_000_000
"""Windows of receipts without a contact begin here."""


@dataclass(frozen=True, slots=True)
class Publisher:
    """What fan-out works with."""

    storage: Storage
    organization: Organization
    platforms: Mapping[str, Platform]
    complete: dict[str, int] = field(default_factory=dict)
    """By mailing: its last chunk whose parts this process has stored. What another process left is looked at anew."""


def retry_key(mailing: str, chunk: int, part: str = "") -> str:
    """The key under which a platform knows a call: derived, so that it is the same in every life."""
    return str(uuid.uuid5(_KEYS, f"{mailing}/{chunk}/{part}"))


async def fan_out(mailing: Mailing, publisher: Publisher, now: datetime) -> bool:
    """Store the mailing's next chunk. True once everything of it stands in the outbox (or must not).

    Raises: RefusedError, if the card cannot be made (it could when the preview was shown).
    """
    storage = publisher.storage
    notice = (await storage.notices.get([mailing.notice])).get(mailing.notice)
    if notice is None:
        await storage.mailings.finish(mailing.id, now)
        return True
    if stopped_at := notice.stopped_at or notice.cancelled_at:
        # Whoever stopped it did not come as far as its mailings.
        await storage.mailings.stop(notice.id, stopped_at)
        return True
    last = await storage.outbox.last_chunk(mailing.id)
    if last is None and await _is_held(notice, mailing, publisher, now):
        return True
    if last is not None and publisher.complete.get(mailing.id) != last.chunk:
        await _store_parts(last, notice, mailing, publisher)
    number = 0 if last is None else last.chunk + 1
    page = await _page(Due(mailing, notice, publisher.organization, now), publisher, number, last)
    if page is None:
        await _finish(storage, notice, mailing, now)
        publisher.complete.pop(mailing.id, None)
        return True
    await _store_chunk(page, number, notice, mailing, publisher, now)
    return False


async def _is_held(notice: Notice, mailing: Mailing, publisher: Publisher, now: datetime) -> bool:
    """Whether it may not begin; then it is postponed, or finished with the reason why."""
    due = Due(mailing, notice, publisher.organization, now)
    hold = await hindrance(due, await _rules(due, publisher), tuple(publisher.platforms.values()))
    if hold is None:
        return False
    if hold.until is not None:
        await publisher.storage.mailings.postpone(mailing.id, hold.until)
    else:
        await publisher.storage.mailings.finish(mailing.id, now, hold.note)
    return True


async def _rules(due: Due, publisher: Publisher) -> Rules:
    zone = publisher.organization.zone
    if due.mailing.purpose is Purpose.NOTICE:
        return Rules(publisher.storage, tuple(publisher.platforms))
    return await rules(due.notice, publisher.storage, publisher.platforms, due.now, zone, besides=due.mailing.id)


async def _page(due: Due, publisher: Publisher, number: int, last: Outgoing | None) -> Page | None:
    storage, notice = publisher.storage, due.notice
    if due.mailing.purpose is Purpose.REMINDER:
        return await reminder_page(await _rules(due, publisher), notice.id, number)
    targets = await storage.contacts.stream(notice.audience, last.last_contact if last else "", WINDOW)
    if not targets:
        return None
    await _add_receipts(storage, notice, {m for t in targets for m in t.members}, number * 1000)
    return _sort_out(targets, tuple(publisher.platforms))


def _sort_out(targets: Sequence[Target], channels: Sequence[str]) -> Page:
    recipients, skipped = [], []
    for target in targets:
        address = next((a for c in channels if (a := target.active(c))), None)
        if address is not None:
            recipients.append(Recipient(target.contact, address))
        else:
            skipped.append((target.contact, unreached(target.reach)))
    return Page(tuple(recipients), tuple(skipped), targets[0].contact, targets[-1].contact)


async def _add_receipts(storage: Storage, notice: Notice, member_ids: Iterable[str], first_window: int) -> None:
    """Receipts of these members as far as the audience holds them; existing ones stay as they are."""
    members = await storage.members.get(list(member_ids))
    inside = [m for m in members.values() if notice.audience.everyone or set(m.groups) & set(notice.audience.groups)]
    inside.sort(key=lambda m: m.sort_key)
    contacts = await storage.contacts.of_members([m.id for m in inside])
    await storage.receipts.add(
        [
            Receipt(
                notice=notice.id,
                member=member.id,
                name=member.name,
                sort_key=member.sort_key,
                groups=member.groups,
                contacts=tuple(t.contact for t in contacts[member.id]),
                coverage=notice.coverage,
                cut_off=frozenset(t.contact for t in contacts[member.id] if t.reach is not Reach.REACHABLE),
                window=first_window + position // WINDOW,
            )
            for position, member in enumerate(inside)
        ]
    )


async def _store_chunk(
    page: Page, number: int, notice: Notice, mailing: Mailing, publisher: Publisher, now: datetime
) -> None:
    whole = Outgoing(
        id=retry_key(mailing.id, number),
        mailing=mailing.id,
        notice=notice.id,
        purpose=mailing.purpose,
        chunk=number,
        part="",
        channel="",
        recipients=page.recipients,
        body=b"",
        created_at=now,
        due_at=max(mailing.due_at, now),
        skipped=page.skipped,
        first_contact=page.first_contact,
        last_contact=page.last_contact,
        urgent=mailing.urgent,
        gives_up_at=notice.expires_at,
        state=OutgoingState.SPLIT,
    )
    parts = await _parts(whole, notice, publisher)
    if len(parts) == 1 and not is_personal(notice):
        ((channel, locale, _),) = parts
        body = publisher.platforms[channel].prepare(_card(notice, mailing, publisher, locale))
        whole = replace(whole, channel=channel, body=body, state=OutgoingState.WAITING)
    (stored,) = await publisher.storage.outbox.add([whole])
    await _store_parts(stored, notice, mailing, publisher)
    publisher.complete[mailing.id] = stored.chunk


_Part = tuple[str, str, str]
"""(channel, locale, contact or ''): what makes cards differ."""


async def _parts(whole: Outgoing, notice: Notice, publisher: Publisher) -> dict[_Part, list[Recipient]]:
    contacts = await publisher.storage.contacts.get([r.contact for r in whole.recipients])
    parts: dict[_Part, list[Recipient]] = {}
    for recipient in whole.recipients:
        contact = contacts[recipient.contact]
        channel = next(a.channel for a in contact.addresses if a.value == recipient.address)
        part = (channel, contact.locale, contact.id if is_personal(notice) else "")
        parts.setdefault(part, []).append(recipient)
    return parts


async def _store_parts(whole: Outgoing, notice: Notice, mailing: Mailing, publisher: Publisher) -> None:
    """Where the cards of a chunk differ (channel, language, names) its parts carry them, a call for each kind of card.

    They follow from the stored whole, so a step that stopped before them is made good by the next."""
    if whole.body or not whole.recipients:
        return
    names = await _names(publisher.storage, notice, whole) if is_personal(notice) else {}
    parts = await _parts(whole, notice, publisher)
    cards = {kind: _card(notice, mailing, publisher, kind[1]) for kind in {part[:2] for part in parts}}
    await publisher.storage.outbox.add(
        [
            replace(
                whole,
                id=retry_key(mailing.id, whole.chunk, "/".join(part)),
                part="/".join(part),
                channel=part[0],
                recipients=tuple(recipients),
                skipped=(),
                body=publisher.platforms[part[0]].prepare(personal_card(cards[part[:2]], names.get(part[2], ()))),
                state=OutgoingState.WAITING,
            )
            for part, recipients in parts.items()
        ]
    )


async def _names(storage: Storage, notice: Notice, whole: Outgoing) -> dict[str, list[str]]:
    """The members of this notice that each recipient stands for, by name."""
    contacts = await storage.contacts.get([r.contact for r in whole.recipients])
    names: dict[str, list[str]] = {contact: [] for contact in contacts}
    owner = {i: c.id for c in contacts.values() for i in c.ids}
    for receipt in await storage.receipts.of(notice.id, list(owner)):
        for contact in dict.fromkeys(owner[i] for i in receipt.contacts if i in owner):
            names[contact].append(receipt.name)
    return names


def _card(notice: Notice, mailing: Mailing, publisher: Publisher, locale: str) -> NoticeCard:
    organization = publisher.organization
    words = Words(locale, organization.zone)
    lead = words("card-lead-reminder") if mailing.purpose is Purpose.REMINDER else ""
    return card(notice, organization, words, lead=lead)


async def _finish(storage: Storage, notice: Notice, mailing: Mailing, now: datetime) -> None:
    """Members whom no chunk covers (they have no contact) get their receipts too: nobody is
    left out silently."""
    if mailing.purpose is Purpose.NOTICE:
        after, number = "", 0
        while members := await storage.members.page(notice.audience, after, WINDOW):
            await _add_receipts(storage, notice, [m.id for m in members], _REST + number)
            after, number = members[-1].id, number + 1
        await storage.notices.mark(notice.id, NoticeMark.FANNED_OUT, now)
    await storage.mailings.finish(mailing.id, now)


async def still_wanted(outgoing: Outgoing, storage: Storage) -> tuple[Recipient, ...]:
    """Of a call that was never attempted, the recipients it is still for.

    Nobody, once the notice is stopped, taken back or closed; else those whose tap is still wanted. A recipient without
    any receipt is kept: what has no obligation is not held back by one. A report is always for whom it was made.
    """
    (wanted,) = await all_still_wanted([outgoing], storage)
    return wanted


async def all_still_wanted(calls: Sequence[Outgoing], storage: Storage) -> list[tuple[Recipient, ...]]:
    """As `still_wanted`, of several calls together, in their order: each thing is read once."""
    notices = await storage.notices.get({call.notice for call in calls})
    going = {i for i, n in notices.items() if not (n.stopped_at or n.cancelled_at or n.closed_at)}
    people = await storage.contacts.get({r.contact for call in calls if call.notice in going for r in call.recipients})
    ids = {r.contact: _ids(people, r.contact) for call in calls for r in call.recipients}
    standing = {
        notice: await storage.receipts.of(
            notice,
            list({i for call in calls if call.notice == notice for r in call.recipients for i in ids[r.contact]}),
        )
        for notice in going
    }
    named = {notice: {c for r in receipts for c in r.contacts} for notice, receipts in standing.items()}
    waiting = {notice: waiting_contacts(receipts) for notice, receipts in standing.items()}
    return [
        call.recipients
        if call.purpose is Purpose.REPORT
        else tuple(
            r
            for r in call.recipients
            if call.notice in going
            and (
                waiting[call.notice].intersection(ids[r.contact]) or not named[call.notice].intersection(ids[r.contact])
            )
        )
        for call in calls
    ]


def _ids(people: Mapping[str, Contact], contact: str) -> tuple[str, ...]:
    return people[contact].ids if contact in people else (contact,)
