"""Fan-out: a mailing becomes chunks in the outbox, in the order of contacts.

It may stop at any line and goes on from the last chunk.

A chunk freezes its recipients as it is stored; its retry key follows from (mailing, chunk, part), so whoever does the
same step again, in another process or another life, stores nothing new. A chunk is stored only after the receipts of
everyone it covers, so no tap can come too early.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
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
_AT_ONCE = 4
"""Chunks in one step at most: who waits for a turn of her own mailing waits for no more than these."""
_FIRST = 100
"""Calls with which a mailing begins at once: a class does not wait behind a town, and a town holds up no class for
longer than these take (WhatsApp, at 80 a second: 1.3 s)."""


@dataclass(frozen=True, slots=True)
class _Place:
    """How far a mailing has come: a chunk, and the last contact it covers."""

    chunk: int = -1
    contact: str = ""
    at_once: int = 1
    """Chunks that are stored in one step: the first comes alone, for nobody is called before it stands."""

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
    """Store the mailing's next chunks. True once everything of it stands in the outbox (or must not).

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
    pages = await _pages(Due(mailing, notice, publisher.organization, now), publisher, place)
    if pages:
        await _store_chunks(pages, place, notice, mailing, publisher, now)
        return False
    publisher.stored.pop(mailing.id, None)
    if _Place.of(await storage.outbox.last_chunk(mailing.id)).chunk != place.chunk:
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


async def _pages(due: Due, publisher: Publisher, place: _Place) -> list[Page]:
    """The next chunks' worth of contacts, with receipts for everybody whom they stand for."""
    storage, notice, number = publisher.storage, due.notice, place.chunk + 1
    if due.mailing.purpose is Purpose.REMINDER:
        page = await _reminder(await _rules(due, publisher), due, number)
        return [page] if page is not None else []
    targets = await storage.contacts.stream(notice.audience, place.contact, place.at_once * WINDOW)
    windows = [targets[start : start + WINDOW] for start in range(0, len(targets), WINDOW)]
    for next_number, window in enumerate(windows, number):
        await storage.receipts.oblige(notice, {m for t in window for m in t.members}, next_number * 1000)
    return [_sort_out(window, tuple(publisher.platforms)) for window in windows]


async def _reminder(going_by: Rules, due: Due, number: int) -> Page | None:
    if is_again(due.mailing.id):
        return await again_page(going_by, due.notice.id, number, due.mailing.id)
    return await reminder_page(going_by, due.notice.id, number)


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


async def _store_chunks(
    pages: Sequence[Page], place: _Place, notice: Notice, mailing: Mailing, publisher: Publisher, now: datetime
) -> None:
    """One after the other, up to the first that has parts: after a stop these are looked for in the last one alone."""
    wholes = []
    for number, page in enumerate(pages, place.chunk + 1):
        wholes.append(_whole(page, number, notice, mailing, publisher, now))
        if _has_parts(wholes[-1]):
            break
    stored = await publisher.storage.outbox.add_in_order(wholes)
    last, ours, page = stored[-1], wholes[len(stored) - 1], pages[len(stored) - 1]
    await _store_parts(last, notice, mailing, publisher, page.kinds if last.recipients == ours.recipients else None)
    at_once = 1 if _has_parts(last) else min(2 * place.at_once, _AT_ONCE)
    publisher.stored[mailing.id] = _Place(last.chunk, last.last_contact, at_once)


def _whole(page: Page, number: int, notice: Notice, mailing: Mailing, publisher: Publisher, now: datetime) -> Outgoing:
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
    if len(kinds) != 1 or is_apart:
        return whole
    ((channel, locale),) = kinds
    body = publisher.platforms[channel].prepare(_card(notice, mailing, publisher, locale))
    return replace(whole, channel=channel, body=body, state=OutgoingState.WAITING)


def _has_parts(whole: Outgoing) -> bool:
    """Whether it does not go out as it is: cards that differ, or that go one by one."""
    return bool(whole.recipients) and not whole.body


async def _store_parts(
    whole: Outgoing,
    notice: Notice,
    mailing: Mailing,
    publisher: Publisher,
    kinds: Mapping[str, Kind] | None = None,
) -> None:
    """Where the cards of a chunk differ (channel, language, names) its parts carry them, a call for each kind of card.

    They follow from the stored whole, so a step that stopped before them is made good by the next."""
    if not _has_parts(whole):
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
        while members := await storage.receipts.missing(notice, after, WINDOW):
            await storage.receipts.oblige(notice, members, _REST + number)
            after, number = members[-1], number + 1
        await storage.notices.mark(notice.id, NoticeMark.FANNED_OUT, now)
    await storage.mailings.finish(mailing.id, now)
