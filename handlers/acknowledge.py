"""A person confirms: the fold of taps into receipts, and what is said to each of them.

Repeatable: the same entries again, in any order, from any process, give the same receipts and the same outcomes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from handlers.cards import card
from handlers.context import Organization
from handlers.identity import Person, recognise
from handlers.replies import Reply, Text, reply
from handlers.wording import Words
from storage.base import Storage
from storage.models import (
    CONFIRM,
    Acknowledgement,
    Confirmation,
    Confirmed,
    Contact,
    Notice,
    Outcome,
    Receipt,
    Standing,
)

_TOLERANCE = timedelta(minutes=5)
"""Clocks differ: a tap may seem to come this much before the notice, or after we received it."""

_BY_STANDING = {
    Standing.CLOSED: Outcome.CLOSED,
    Standing.CANCELLED: Outcome.CANCELLED,
    Standing.EXPIRED: Outcome.EXPIRED,
}


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one tap came to, with all that its answer needs."""

    entry: Acknowledgement
    outcome: Outcome
    contact: Contact | None = None
    notice: Notice | None = None
    receipts: tuple[Receipt, ...] = ()


def effective_at(entry: Acknowledgement, notice: Notice) -> datetime:
    """The time that counts: the platform's, unless it lies outside [sent − 5 min, received + 5 min]."""
    is_sane = notice.created_at - _TOLERANCE <= entry.at <= entry.received_at + _TOLERANCE
    return entry.at if is_sane else entry.received_at


async def settle(entries: Sequence[Acknowledgement], storage: Storage) -> list[Judgement]:
    """Fold these entries into the receipts, note each one's outcome, and say what each came to, in the order given."""
    contacts = await _contacts(entries, storage)
    notices = await storage.notices.get({e.notice for e in entries})
    changes = [
        Confirmed(notice.id, i, confirmation(entry, notice))
        for entry, contact in zip(entries, contacts, strict=True)
        if contact and (notice := notices.get(entry.notice)) and _refusal(entry, notice) is None
        for i in contact.ids
    ]
    found: dict[tuple[str, str, str], tuple[Receipt, ...]] = {
        (f.change.notice, f.change.contact, f.change.confirmation.event): f.receipts
        for f in await storage.receipts.fold(changes)
        if isinstance(f.change, Confirmed)
    }
    judgements = []
    for entry, contact in zip(entries, contacts, strict=True):
        ids = contact.ids if contact else ()
        receipts = {r.id: r for i in ids for r in found.get((entry.notice, i, entry.id), ())}
        judgements.append(_judge(entry, contact, notices.get(entry.notice), tuple(receipts.values())))
    await storage.acknowledgements.settle({j.entry.id: j.outcome for j in judgements})
    return judgements


async def _contacts(entries: Sequence[Acknowledgement], storage: Storage) -> list[Contact | None]:
    by_channel: dict[str, list[Person]] = {}
    for entry in entries:
        by_channel.setdefault(entry.channel, []).append(Person(entry.user, entry.also, entry.at))
    known = {channel: await recognise(channel, people, storage) for channel, people in by_channel.items()}
    return [known[entry.channel].get(entry.user) for entry in entries]


def confirmation(entry: Acknowledgement, notice: Notice) -> Confirmation:
    """The entry as a receipt remembers it."""
    return Confirmation(effective_at(entry, notice), entry.id, entry.choice, entry.version, entry.channel)


def _refusal(entry: Acknowledgement, notice: Notice) -> Outcome | None:
    """Why this tap cannot count, whoever made it; None if it may."""
    if entry.version > notice.version or entry.choice not in (notice.choices or (CONFIRM,)):
        return Outcome.FOREIGN
    if entry.version < notice.version:
        return Outcome.OUTDATED
    return _BY_STANDING.get(notice.standing_at(effective_at(entry, notice)))


def _judge(
    entry: Acknowledgement, contact: Contact | None, notice: Notice | None, receipts: tuple[Receipt, ...]
) -> Judgement:
    return Judgement(entry, _outcome(entry, contact, notice, receipts), contact, notice, receipts)


def _outcome(
    entry: Acknowledgement, contact: Contact | None, notice: Notice | None, receipts: tuple[Receipt, ...]
) -> Outcome:
    if entry.outcome is not None:
        return Outcome(entry.outcome)
    if notice is None:
        return Outcome.FOREIGN
    if contact is None:
        return Outcome.STRANGER
    if refusal := _refusal(entry, notice):
        return refusal
    if not receipts:
        return Outcome.NOT_RECIPIENT
    answers = [r.answers[i] for r in receipts for i in contact.ids if i in r.answers]
    if any(a.first.event == entry.id for a in answers):
        return Outcome.COUNTED
    if any(a.last.event == entry.id and a.last.choice != a.first.choice for a in answers):
        return Outcome.CHANGED
    return Outcome.REPEATED


def answer(judgement: Judgement, organization: Organization, now: datetime) -> Reply:
    """What the person is told. It never tells what anybody else did."""
    locale = judgement.contact.locale if judgement.contact else organization.locale
    words = Words(locale, organization.zone)
    notice = judgement.notice
    if judgement.outcome is Outcome.OUTDATED and notice is not None:
        return reply(Text(words("tap-outdated")), card(notice, organization, words))
    return reply(Text(_sentence(judgement, organization, words, now)))


def _sentence(judgement: Judgement, organization: Organization, words: Words, now: datetime) -> str:
    outcome, notice = judgement.outcome, judgement.notice
    ask = words("tap-ask", contact=organization.contact) if organization.contact else ""
    if notice is None or outcome is Outcome.FOREIGN:
        text = words("tap-foreign", organization=organization.name)
    elif outcome in {Outcome.COUNTED, Outcome.CHANGED, Outcome.REPEATED}:
        return _thanks(judgement, notice, words, now)
    elif outcome is Outcome.STRANGER:
        text = words("tap-stranger")
    else:
        text = words(f"tap-{outcome.value.replace('_', '-')}", title=notice.title)
    return "\n".join(part for part in (text, ask) if part)


def _thanks(judgement: Judgement, notice: Notice, words: Words, now: datetime) -> str:
    """「受け付けました」 with the time. The answer named is the person's own."""
    contact, entry = judgement.contact, judgement.entry
    ids = contact.ids if contact else ()
    answers = [r.answers[i] for r in judgement.receipts for i in ids if i in r.answers]
    own = confirmation(entry, notice)
    repeated = judgement.outcome is Outcome.REPEATED
    at = min((a.first for a in answers), key=lambda c: c.order).at if repeated and answers else own.at
    choice = entry.choice
    if repeated and answers:
        choice = max((a.last for a in answers), key=lambda c: c.order).choice
    key = f"tap-{judgement.outcome.value}" + ("-answer" if notice.choices else "")
    lines = [words(key, moment=words.moment(at, now), choice=choice), words("tap-title", title=notice.title)]
    if names := list(dict.fromkeys(r.name for r in judgement.receipts)):
        lines.append(words("tap-about", names=words.listing(names[:_NAMES]), rest=max(0, len(names) - _NAMES)))
    if judgement.outcome is Outcome.COUNTED and notice.is_late(own.at):
        lines.append(words("tap-late"))
    return "\n".join(lines)


_NAMES = 6
"""So many children are named in an answer; further ones are counted."""
