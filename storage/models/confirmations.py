"""Taps as they happened, and the receipts that are their pure fold.

Structs and not dataclasses: a tap makes a dozen of these, and a frozen dataclass takes four to fifteen times as long.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum

import msgspec
from msgspec.structs import replace

from storage.models.notices import CONFIRM, Coverage


class Outcome(StrEnum):
    """What a tap came to. Kept with the entry, so that a redelivered event gets its original reply."""

    COUNTED = "counted"
    CHANGED = "changed"
    REPEATED = "repeated"
    STRANGER = "stranger"
    NOT_RECIPIENT = "not_recipient"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    OUTDATED = "outdated"
    FOREIGN = "foreign"


class Acknowledgement(msgspec.Struct, frozen=True):
    """確認の記録: a tap as it happened, counted or not. Append-only but for `applied` and `outcome`."""

    id: str
    """The platform's event id."""
    channel: str
    user: str
    notice: str
    version: int
    choice: str
    at: datetime
    """When the person tapped (platform's event time)."""
    received_at: datetime
    time_replaced: bool = False
    """The event time was absurd, and the receive time stands in for it."""
    also: str = ""
    """Another address value of the same person, where the platform told two."""
    applied: bool = False
    outcome: str | None = None


class InboxEntry(msgspec.Struct, frozen=True):
    """受信: any other accepted platform event, kept until handled and 14 days on."""

    id: str
    channel: str
    user: str
    """Sender's address value; empty where the event has none."""
    kind: str
    at: datetime
    received_at: datetime
    raw: bytes
    """The event's own bytes: nothing that a platform can send fails to be kept."""
    applied: bool = False
    owed: bytes | None = None
    """Answers that could not be given in time; they go with the person's next message."""


class Confirmation(msgspec.Struct, frozen=True):
    """A contact's tap as the receipt remembers it. Compares as (time in ms, event id): the smallest is the first."""

    at: datetime
    event: str
    choice: str = CONFIRM
    version: int = 1
    via: str = "line"

    @property
    def order(self) -> tuple[datetime, str]:
        """What *first* and *last* mean, whatever the order of arrival."""
        return (self.at, self.event)


class Answer(msgspec.Struct, frozen=True):
    """One contact's part in a receipt: the first confirmation and the last answer."""

    first: Confirmation
    last: Confirmation

    def after(self, confirmation: Confirmation) -> Answer:
        """The same answer with one more confirmation folded in, in any order, any number of times."""
        return Answer(
            min(self.first, confirmation, key=lambda c: c.order), max(self.last, confirmation, key=lambda c: c.order)
        )


class Receipt(msgspec.Struct, frozen=True):
    """受領: member × notice, the obligation. A pure fold of its log of confirmations."""

    notice: str
    member: str
    name: str
    sort_key: str
    groups: tuple[str, ...] = ()
    contacts: tuple[str, ...] = ()
    """Who may fulfil it, frozen when the notice went out."""
    coverage: Coverage = Coverage.ANY
    answers: Mapping[str, Answer] = msgspec.field(default_factory=dict)
    """By contact id."""
    cut_off: frozenset[str] = frozenset()
    """Contacts among `contacts` whom nothing reaches."""
    window: int = 0
    """Totals are kept per window of at most 500 receipts."""
    revision: int = 0
    """Raised with every change: the guard of compare-and-set."""

    @property
    def id(self) -> str:
        """`notice/member`, the natural key."""
        return f"{self.notice}/{self.member}"

    @property
    def fulfilment(self) -> tuple[str, Confirmation] | None:
        """(contact, confirmation) that fulfilled it by the coverage rule, or None while it is open.

        *any*: the earliest of the contacts' firsts; *every*: the latest of them, once all are there.
        """
        if not self.answers:
            return None
        firsts = [(contact, self.answers[contact].first) for contact in self.contacts if contact in self.answers]
        if not firsts or (self.coverage is Coverage.EVERY and len(firsts) < len(self.contacts)):
            return None
        if len(firsts) == 1:
            return firsts[0]
        pick = max if self.coverage is Coverage.EVERY else min
        return pick(firsts, key=lambda pair: pair[1].order)

    @property
    def is_open(self) -> bool:
        """Nobody fulfilled it yet: the member is part of 未確認."""
        return self.fulfilment is None

    @property
    def is_unreached(self) -> bool:
        """Nothing reaches any of its contacts (or it has none)."""
        return self.cut_off.issuperset(self.contacts)

    @property
    def answer(self) -> str | None:
        """The latest answer of any contact, once fulfilled."""
        return None if self.is_open else self.last_choice

    @property
    def last_choice(self) -> str | None:
        """The latest answer of any contact, None if there is none; whether it fulfils anything is not asked."""
        lasts = [answer.last for answer in self.answers.values()]
        if len(lasts) < 2:
            return lasts[0].choice if lasts else None
        return max(lasts, key=lambda c: c.order).choice

    def after(self, change: Change) -> Receipt:
        """The receipt with one change folded in; the receipt itself when nothing changes."""
        if change.contact not in self.contacts:
            return self
        if isinstance(change, Reached):
            return self._after_reach(change)
        old = self.answers.get(change.contact)
        new = old.after(change.confirmation) if old else Answer(change.confirmation, change.confirmation)
        if new == old:
            return self
        return replace(self, answers={**self.answers, change.contact: new}, revision=self.revision + 1)

    def _after_reach(self, change: Reached) -> Receipt:
        cut_off = self.cut_off - {change.contact} if change.is_reached else self.cut_off | {change.contact}
        return self if cut_off == self.cut_off else replace(self, cut_off=cut_off, revision=self.revision + 1)


class Confirmed(msgspec.Struct, frozen=True):
    """A change to fold: a contact confirmed a notice. Touches every receipt of that notice that names the contact."""

    notice: str
    contact: str
    confirmation: Confirmation


class Reached(msgspec.Struct, frozen=True):
    """A change to fold: a contact of a notice can, or can no longer, be reached."""

    notice: str
    contact: str
    is_reached: bool


Change = Confirmed | Reached


class Folded(msgspec.Struct, frozen=True):
    """What a change found: every receipt it concerns as it stands after the whole batch."""

    change: Change
    receipts: tuple[Receipt, ...]


class Totals(msgspec.Struct, frozen=True):
    """How a notice stands, in receipts. `all == confirmed + unconfirmed`; `unreached` is part of `unconfirmed`."""

    all: int = 0
    confirmed: int = 0
    unreached: int = 0
    answers: Mapping[str, int] = msgspec.field(default_factory=dict)
    """Fulfilled receipts by latest answer."""

    @property
    def unconfirmed(self) -> int:
        """Who has not, reached or not."""
        return self.all - self.confirmed

    @staticmethod
    def of(receipts: Iterable[Receipt]) -> Totals:
        """A full recount: what every kept total must equal."""
        count, confirmed, unreached = 0, 0, 0
        answers: dict[str, int] = {}
        for receipt in receipts:
            count += 1
            if receipt.is_open:
                unreached += receipt.is_unreached
            else:
                confirmed += 1
                answer = receipt.last_choice or CONFIRM
                answers[answer] = answers.get(answer, 0) + 1
        return Totals(count, confirmed, unreached, answers)
