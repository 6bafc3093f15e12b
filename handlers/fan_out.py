"""Fan-out: a mailing becomes chunks in the outbox, in the order of contacts.

It may stop at any line and goes on from the last chunk.

A chunk freezes its recipients as it is stored; its retry key follows from (mailing, chunk, part), so whoever does the
same step again, in another process or another life, stores nothing new. A chunk is stored only after the receipts of
everyone it covers, so no tap can come too early.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from msgspec.structs import replace

from handlers.beginning import Due, hindrance
from handlers.cards import card
from handlers.context import Organization, Platform
from handlers.personal import is_personal, personal_cards
from handlers.reminding import Kind, Page, Rules, reminder_page, rules, unreached
from handlers.replies import NoticeCard
from handlers.resending import again_page, is_again
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
    Recipient,
    Target,
)

_KEYS = uuid.UUID("6e0bfb2e-6f0b-5c5e-9d50-6b616b756e69")
"""Namespace of retry keys. Never to be changed: a different key is a different message to the platform."""

_REST = 1_000_000_000
"""Windows of receipts without a contact begin here."""
_FIRST = 100
"""Calls with which a mailing begins at once: a class does not wait behind a town, and a town holds up no class for
longer than these take (WhatsApp, at 80 a second: 1.3 s)."""


@dataclass(frozen=True, slots=True)
class _Place:
    """How far a mailing has come: a chunk, and the last contact it covers."""

    chunk: int = -1
    contact: str = ""

    @staticmethod
    def of(last: Outgoing | None) -> _Place:
        return _Place(last.chunk, last.last_contact) if last is not None else _Place()


@dataclass(frozen=True, slots=True)
class Publisher:
    """What fan-out works with."""

    storage: Storage
    organization: Organization
    platforms: Mapping[str, Platform]
    stored: dict[str, _Place] = field(default_factory=dict)
    """By mailing: how far this process has stored it, parts and all. What another process left is looked at anew."""


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
    place = publisher.stored.get(mailing.id)
    if place is None:
        last = await storage.outbox.last_chunk(mailing.id)
        if last is None and await _is_held(notice, mailing, publisher, now):
            return True
        if last is not None:
            await _store_parts(last, notice, mailing, publisher)
        place = _Place.of(last)
    page = await _page(Due(mailing, notice, publisher.organization, now), publisher, place)
    if page is not None:
        await _store_chunk(page, place.chunk + 1, notice, mailing, publisher, now)
        return False
    publisher.stored.pop(mailing.id, None)
    if _Place.of(await storage.outbox.last_chunk(mailing.id)) != place:
        return False  # another process went on from there meanwhile: so do we, from where it came to
    await _finish(storage, notice, mailing, now)
    return True


async def _is_held(notice: Notice, mailing: Mailing, publisher: Publisher, now: datetime) -> bool:
    """Whether it may not begin; then it is postponed, or finished with the reason why."""
    due = Due(mailing, notice, publisher.organization, now)
    hold = await hindrance(due, await _rules(due, publisher), publisher)
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


async def _page(due: Due, publisher: Publisher, place: _Place) -> Page | None:
    storage, notice, number = publisher.storage, due.notice, place.chunk + 1
    if due.mailing.purpose is Purpose.REMINDER:
        going_by = await _rules(due, publisher)
        if is_again(due.mailing.id):
            return await again_page(going_by, notice.id, number, due.mailing.id)
        return await reminder_page(going_by, notice.id, number)
    targets = await storage.contacts.stream(notice.audience, place.contact, WINDOW)
    if not targets:
        return None
    await storage.receipts.oblige(notice, {m for t in targets for m in t.members}, number * 1000)
    return _sort_out(targets, tuple(publisher.platforms))


def _sort_out(targets: Sequence[Target], channels: Sequence[str]) -> Page:
    recipients, skipped = [], []
    kinds: dict[str, Kind] = {}
    for target in targets:
        for channel in channels:
            if address := target.active(channel):
                recipients.append(Recipient(target.contact, address))
                kinds[target.contact] = (channel, target.locale)
                break
        else:
            skipped.append((target.contact, unreached(target.reach)))
    return Page(tuple(recipients), tuple(skipped), targets[0].contact, targets[-1].contact, kinds)


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
        lane=min(number, 1),
    )
    kinds = set(page.kinds.values())
    is_apart = is_personal(notice) or any(publisher.platforms[channel].is_one_by_one for channel, _ in kinds)
    if len(kinds) == 1 and not is_apart:
        ((channel, locale),) = kinds
        body = publisher.platforms[channel].prepare(_card(notice, mailing, publisher, locale))
        whole = replace(whole, channel=channel, body=body, state=OutgoingState.WAITING)
    (stored,) = await publisher.storage.outbox.add([whole])
    await _store_parts(
        stored, notice, mailing, publisher, page.kinds if stored.recipients == whole.recipients else None
    )
    publisher.stored[mailing.id] = _Place.of(stored)


async def _store_parts(
    whole: Outgoing,
    notice: Notice,
    mailing: Mailing,
    publisher: Publisher,
    kinds: Mapping[str, Kind] | None = None,
) -> None:
    """Where the cards of a chunk differ (channel, language, names) its parts carry them, a call for each kind of card.

    They follow from the stored whole, so a step that stopped before them is made good by the next."""
    if whole.body or not whole.recipients:
        return
    if kinds is None:
        kinds = await _kinds(whole, publisher.storage)
    of_kind: dict[Kind, list[Recipient]] = {}
    for recipient in whole.recipients:
        of_kind.setdefault(kinds[recipient.contact], []).append(recipient)
    names = await _names(publisher.storage, notice, whole) if is_personal(notice) else None
    parts = []
    for kind, recipients in of_kind.items():
        platform, card = publisher.platforms[kind[0]], _card(notice, mailing, publisher, kind[1])
        if names is None:
            body = platform.prepare(card)
            if platform.is_one_by_one:
                parts += [_part(whole, kind, r.contact, [r], body) for r in recipients]
            else:
                parts.append(_part(whole, kind, "", recipients, body))
            continue
        bodies = personal_cards(card, [names.get(r.contact, ()) for r in recipients], platform)
        parts += [_part(whole, kind, r.contact, [r], body) for r, body in zip(recipients, bodies, strict=True)]
    if whole.lane == 0:
        parts[_FIRST:] = [replace(part, lane=1) for part in parts[_FIRST:]]
    await publisher.storage.outbox.add(parts)


def _part(whole: Outgoing, kind: Kind, contact: str, recipients: Sequence[Recipient], body: bytes) -> Outgoing:
    channel, locale = kind
    part = f"{channel}/{locale}/{contact}"
    return replace(
        whole,
        id=retry_key(whole.mailing, whole.chunk, part),
        part=part,
        channel=channel,
        recipients=tuple(recipients),
        skipped=(),
        body=body,
        state=OutgoingState.WAITING,
    )


async def prepared(notice: Notice, mailing: Mailing, publisher: Publisher, channel: str, contact: Contact) -> bytes:
    """The card of this mailing for one person, as a platform takes it. Raises: TooLongError."""
    platform, made = publisher.platforms[channel], _card(notice, mailing, publisher, contact.locale)
    if not is_personal(notice):
        return platform.prepare(made)
    receipts = await publisher.storage.receipts.of(notice.id, contact.ids)
    (body,) = personal_cards(made, [[receipt.name for receipt in receipts]], platform)
    return body


async def _kinds(whole: Outgoing, storage: Storage) -> dict[str, Kind]:
    """Of a chunk that somebody else stored: by which channel each is reached, and in which language."""
    targets = await storage.contacts.targets([r.contact for r in whole.recipients])
    found = ((targets[r.contact], r.address) for r in whole.recipients)
    return {t.contact: (next(c for c, value, _ in t.addresses if value == to), t.locale) for t, to in found}


async def _names(storage: Storage, notice: Notice, whole: Outgoing) -> dict[str, tuple[str, ...]]:
    """The members of this notice that each recipient stands for, by name."""
    return await storage.receipts.names(notice.id, [r.contact for r in whole.recipients])


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
        while members := await storage.members.ids(notice.audience, after, WINDOW):
            await storage.receipts.oblige(notice, members, _REST + number)
            after, number = members[-1], number + 1
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
    done: dict[str, set[str]] = {}
    for notice in notices.values():
        if not (notice.stopped_at or notice.cancelled_at or notice.closed_at):
            people = [r.contact for call in calls if call.notice == notice.id for r in call.recipients]
            done[notice.id] = await storage.receipts.done(notice, people)
    return [_still(call, done.get(call.notice)) for call in calls]


def _still(call: Outgoing, done: Collection[str] | None) -> tuple[Recipient, ...]:
    if call.purpose is Purpose.REPORT:
        return call.recipients
    if done is None:
        return ()
    return tuple(r for r in call.recipients if r.contact not in done) if done else call.recipients
