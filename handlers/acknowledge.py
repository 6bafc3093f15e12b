"""A person confirms: the fold of taps into receipts, and what is said to each of them.

Repeatable: the same entries again, in any order, from any process, give the same receipts and the same outcomes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from handlers.cards import card
from handlers.context import Organization
from handlers.identity import Person, recognise
from handlers.replies import Reply, Text, reply
from handlers.wording import Words
from storage.base import Storage
from storage.models import (
    CONFIRM,
    Acknowledgement,
    Answer,
    Confirmation,
    Confirmed,
    Folded,
    Identity,
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


class Judgement(msgspec.Struct, frozen=True):
    """What one tap came to, with all that its answer needs."""

    entry: Acknowledgement
    outcome: Outcome
    person: Identity | None = None
    notice: Notice | None = None
    receipts: tuple[Receipt, ...] = ()


class _Case(msgspec.Struct, frozen=True):
    """One tap before the receipts are asked."""

    entry: Acknowledgement
    person: Identity | None
    notice: Notice | None
    refusal: Outcome | None
    """Why it cannot count, whatever the receipts say."""
    changes: tuple[Confirmed, ...] = ()
    """What is to be folded: one for each id of the person."""


def effective_at(entry: Acknowledgement, notice: Notice) -> datetime:
    """The time that counts: the platform's, unless it lies outside [sent − 5 min, received + 5 min]."""
    is_sane = notice.created_at - _TOLERANCE <= entry.at <= entry.received_at + _TOLERANCE
    return entry.at if is_sane else entry.received_at


async def settle(entries: Sequence[Acknowledgement], storage: Storage) -> list[Judgement]:
    """Fold these entries into the receipts, note each one's outcome, and say what each came to, in the order given."""
    people = await _people(entries, storage)
    notices = await storage.notices.get({e.notice for e in entries})
    cases = [_case(entry, people[entry.channel].get(entry.user), notices.get(entry.notice)) for entry in entries]
    folded = iter(await storage.receipts.fold([change for case in cases for change in case.changes]))
    judgements = [_judge(case, [next(folded) for _ in case.changes]) for case in cases]
    await storage.acknowledgements.settle({j.entry.id: j.outcome for j in judgements})
    return judgements


async def _people(entries: Sequence[Acknowledgement], storage: Storage) -> dict[str, dict[str, Identity]]:
    """Whoever is known, by channel and address; where a platform told two of somebody, by either."""
    by_channel: dict[str, set[str]] = {}
    for channel in {entry.channel for entry in entries if entry.also}:
        told = [Person(e.user, e.also, e.at) for e in entries if e.channel == channel and e.also]
        await recognise(channel, told, storage)
    for entry in entries:
        by_channel.setdefault(entry.channel, set()).add(entry.user)
    return {c: await storage.contacts.identities(c, users - {""}) for c, users in by_channel.items()}


def _case(entry: Acknowledgement, person: Identity | None, notice: Notice | None) -> _Case:
    refusal = _refusal(entry, person, notice)
    if refusal is not None or person is None or notice is None:
        return _Case(entry, person, notice, refusal)
    own = confirmation(entry, notice)
    return _Case(entry, person, notice, None, tuple([Confirmed(notice.id, i, own) for i in person.ids]))


def confirmation(entry: Acknowledgement, notice: Notice) -> Confirmation:
    """The entry as a receipt remembers it."""
    return Confirmation(effective_at(entry, notice), entry.id, entry.choice, entry.version, entry.channel)


def _refusal(entry: Acknowledgement, person: Identity | None, notice: Notice | None) -> Outcome | None:
    """Why this tap cannot count, whatever the receipts say; None if it may."""
    if notice is None:
        return Outcome.FOREIGN
    if person is None:
        return Outcome.STRANGER
    if entry.version > notice.version or entry.choice not in (notice.choices or (CONFIRM,)):
        return Outcome.FOREIGN
    if entry.version < notice.version:
        return Outcome.OUTDATED
    return _BY_STANDING.get(notice.standing_at(effective_at(entry, notice)))


def _judge(case: _Case, folded: Sequence[Folded]) -> Judgement:
    receipts = folded[0].receipts if len(folded) == 1 else _together(folded)
    return Judgement(case.entry, _outcome(case, receipts), case.person, case.notice, receipts)


def _together(folded: Sequence[Folded]) -> tuple[Receipt, ...]:
    """Each receipt once: it may name a person under several of her ids."""
    return tuple({receipt.id: receipt for found in folded for receipt in found.receipts}.values())


def _outcome(case: _Case, receipts: tuple[Receipt, ...]) -> Outcome:
    entry = case.entry
    if entry.outcome is not None:
        return Outcome(entry.outcome)
    if case.refusal is not None:
        return case.refusal
    if not receipts:
        return Outcome.NOT_RECIPIENT
    answers = _own_answers(case.person, receipts)
    if any(a.first.event == entry.id for a in answers):
        return Outcome.COUNTED
    if any(a.last.event == entry.id and a.last.choice != a.first.choice for a in answers):
        return Outcome.CHANGED
    return Outcome.REPEATED


def _own_answers(person: Identity | None, receipts: tuple[Receipt, ...]) -> list[Answer]:
    ids = person.ids if person else ()
    return [r.answers[i] for r in receipts for i in ids if i in r.answers]


def answer(judgement: Judgement, organization: Organization, now: datetime) -> Reply:
    """What the person is told. It never tells what anybody else did."""
    locale = judgement.person.locale if judgement.person else organization.locale
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
    entry = judgement.entry
    answers = _own_answers(judgement.person, judgement.receipts)
    own = confirmation(entry, notice)
    repeated = judgement.outcome is Outcome.REPEATED
    at = min((a.first for a in answers), key=lambda c: c.order).at if repeated and answers else own.at
    choice = entry.choice
    if repeated and answers:
        choice = max((a.last for a in answers), key=lambda c: c.order).choice
    key = f"tap-{judgement.outcome.value}" + ("-answer" if notice.choices else "")
    lines = [words(key, moment=words.moment(at, now), choice=choice), words("tap-title", title=notice.title)]
    if names := list(dict.fromkeys(r.name for r in judgement.receipts)):
        lines.append(_about(names, words))
    if judgement.outcome is Outcome.COUNTED and notice.is_late(own.at):
        lines.append(words("tap-late"))
    return "\n".join(lines)


def _about(names: Sequence[str], words: Words) -> str:
    listing = words.listing(names[:_NAMES])
    rest = len(names) - _NAMES
    return words("tap-about-more", names=listing, rest=rest) if rest > 0 else words("tap-about", names=listing)


_NAMES = 6
"""So many children are named in an answer; further ones are counted."""
