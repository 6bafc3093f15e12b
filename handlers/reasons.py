"""Why somebody is part of 未確認: exactly one reason for every open receipt, from what is known and never from a guess.

`explain` is pure; `explain_all` reads what it needs for one page. Accepted is not delivered, and neither is opened.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from storage.base import Storage
from storage.models import (
    Contact,
    Coverage,
    Mailing,
    Notice,
    Outgoing,
    OutgoingState,
    Purpose,
    Reach,
    Receipt,
    SkipReason,
)


class Reason(StrEnum):
    """Why a member is unconfirmed, from the nearest to a confirmation to the farthest."""

    OPENED = "opened"
    """Its words stood on her screen; nobody has pressed the button. Whether she understood them is not known."""
    DELIVERED = "delivered"
    """It came to her telephone."""
    NOT_PRESSED = "not-pressed"
    """A platform accepted a copy; nobody has pressed the button. Whether it was read is not known."""
    SENDING = "sending"
    WAITING = "waiting"
    UNKNOWN = "unknown"
    """Attempted and never clearly answered."""
    CAPPED = "capped"
    """Nothing was sent yet but would have been, had she not got enough messages that day."""
    NOT_SENT = "not-sent"
    """Can be reached now, but could not when the notice went out: nothing was sent yet."""
    REFUSED = "refused"
    DROPPED = "dropped"
    BLOCKED = "blocked"
    UNREGISTERED = "unregistered"
    NO_CONTACT = "no-contact"


ON_HER_SIDE = frozenset({Reason.OPENED, Reason.DELIVERED, Reason.NOT_PRESSED})
"""A platform took a copy: any of the family may simply press the button."""

_ORDER = {reason: position for position, reason in enumerate(Reason)}

_BY_STATE = {
    OutgoingState.ACCEPTED: Reason.NOT_PRESSED,
    OutgoingState.SENDING: Reason.SENDING,
    OutgoingState.WAITING: Reason.WAITING,
    OutgoingState.SPLIT: Reason.WAITING,
    OutgoingState.UNKNOWN: Reason.UNKNOWN,
    OutgoingState.REFUSED: Reason.REFUSED,
    OutgoingState.DROPPED: Reason.DROPPED,
}

_BY_REACH = {Reach.BLOCKED: Reason.BLOCKED, Reach.UNREGISTERED: Reason.UNREGISTERED}


@dataclass(frozen=True, slots=True)
class Explanation:
    """The one reason, whom it concerns, and what the sender noted with the call, in a platform's words or ours."""

    reason: Reason
    people: tuple[Contact, ...] = ()
    error: str = ""


def explain(
    receipt: Receipt, people: Mapping[str, Contact], calls: Mapping[str, Sequence[Outgoing]], uncarried: Reason
) -> Explanation:
    """The one reason why `receipt` is open.

    `people` has, by contact id of the receipt, who that is today; `calls` every call that may carry a contact, by the
    contact's id; `uncarried` is what it means that no call carries a reachable contact.

    While any contact's tap is enough, the one nearest to a confirmation speaks for the receipt; where every contact's
    is needed, the one who holds it up.

    Raises: ValueError, if the receipt is fulfilled.
    """
    if not receipt.is_open:
        raise ValueError("a fulfilled receipt needs no reason")
    wanted = {people[i].id: people[i] for i in receipt.contacts if i in people and i not in receipt.answers}
    if not wanted:
        return Explanation(Reason.NO_CONTACT)
    found = [(_of_contact(person, calls, uncarried), person) for person in wanted.values()]
    choose = max if receipt.coverage is Coverage.EVERY else min
    (reason, error), _ = choose(found, key=lambda one: _ORDER[one[0][0]])
    return Explanation(reason, tuple(person for (own, _), person in found if own is reason), error)


def _of_contact(person: Contact, calls: Mapping[str, Sequence[Outgoing]], uncarried: Reason) -> tuple[Reason, str]:
    if person.reach is not Reach.REACHABLE:
        return _BY_REACH[person.reach], ""
    carried = [
        (_of_call(call), call.error or "")
        for i in person.ids
        for call in calls.get(i, ())
        if any(r.contact in person.ids for r in call.recipients)
    ]
    return min(carried, key=lambda one: _ORDER[one[0]], default=(_left_out(person, calls, uncarried), ""))


def _left_out(person: Contact, calls: Mapping[str, Sequence[Outgoing]], uncarried: Reason) -> Reason:
    skipped = {skip for i in person.ids for call in calls.get(i, ()) for skip in call.skipped}
    is_capped = any((i, SkipReason.CAPPED) in skipped for i in person.ids)
    return Reason.CAPPED if is_capped and uncarried is Reason.NOT_SENT else uncarried


def _of_call(call: Outgoing) -> Reason:
    """A call that was clearly refused so far, and is to be tried again, waits; one without a clear answer is on its
    way."""
    if call.state is OutgoingState.SENDING and call.error and not call.is_doubtful:
        return Reason.WAITING
    if call.state is OutgoingState.SENDING and call.failure == "held":
        return Reason.WAITING
    if call.state is OutgoingState.ACCEPTED and call.people_opened:
        return Reason.OPENED
    if call.state is OutgoingState.ACCEPTED and call.people_delivered:
        return Reason.DELIVERED
    return _BY_STATE[call.state]


def whose(person: Contact | None, receipt: Receipt) -> str:
    """How an administrator knows this contact: 母, else the name; '' for the member herself or nobody known."""
    if person is None:
        return ""
    return person.relationship or ("" if person.name == receipt.name else person.name)


def concerned(explanation: Explanation, receipt: Receipt) -> tuple[str, ...]:
    """Whom one would have to speak to, as far as needed: nobody while any of the family may simply press the button."""
    if explanation.reason in ON_HER_SIDE and receipt.coverage is Coverage.ANY:
        return ()
    return tuple(dict.fromkeys(name for person in explanation.people if (name := whose(person, receipt))))


async def explain_all(receipts: Sequence[Receipt], notice: Notice, storage: Storage) -> dict[str, Explanation]:
    """The reasons of one page of open receipts of a notice, by member id. A handful of reads, at any size."""
    people = await people_of([i for r in receipts for i in r.contacts], storage)
    mailings = await storage.mailings.of_notice(notice.id)
    calls = await _calls({i for p in people.values() for i in p.ids}, mailings, storage)
    uncarried = _uncarried(notice, mailings)
    return {r.member: explain(r, people, calls, uncarried) for r in receipts}


async def people_of(ids: Collection[str], storage: Storage) -> dict[str, Contact]:
    """Who each contact id is today: a contact that turned out to be somebody else is that person."""
    known = await storage.contacts.get(set(ids))
    found = dict(known)
    while missing := {c.absorbed_by for c in found.values() if c.absorbed_by and c.absorbed_by not in found}:
        heads = await storage.contacts.get(missing)
        if not heads:
            break
        found.update(heads)
    return {i: _head(known[i], found) for i in known}


def _head(contact: Contact, found: Mapping[str, Contact]) -> Contact:
    seen = {contact.id}
    while (head := found.get(contact.absorbed_by or "")) is not None and head.id not in seen:
        contact = head
        seen.add(head.id)
    return contact


async def _calls(ids: set[str], mailings: Iterable[Mailing], storage: Storage) -> dict[str, list[Outgoing]]:
    """The calls that may carry each contact. Whoever has an accepted copy is not looked for in later mailings."""
    calls: dict[str, list[Outgoing]] = {}
    wanted = set(ids)
    for mailing in mailings:
        for contact, call in (await storage.outbox.covering(mailing.id, wanted)).items() if wanted else ():
            calls.setdefault(contact, []).append(call)
            if call.state is OutgoingState.ACCEPTED and any(r.contact == contact for r in call.recipients):
                wanted.discard(contact)
    return calls


def _uncarried(notice: Notice, mailings: Iterable[Mailing]) -> Reason:
    """What it means that no call carries a reachable contact."""
    if notice.stopped_at or notice.cancelled_at:
        return Reason.DROPPED
    going_out = any(m.purpose is Purpose.NOTICE and m.finished_at is None for m in mailings)
    return Reason.WAITING if going_out else Reason.NOT_SENT
