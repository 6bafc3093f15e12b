"""Calls to a platform, and how they stand.

Structs and not dataclasses: a town has a hundred thousand recipients, and each push changes three times.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import msgspec
from msgspec.structs import replace

from storage.models.notices import Purpose


class OutgoingState(StrEnum):
    """Where a call to a platform stands."""

    WAITING = "waiting"
    """Stored, never attempted: may still be changed or dropped."""
    SENDING = "sending"
    """Attempted at least once; recipients and body are fixed; repeated unchanged until settled."""
    ACCEPTED = "accepted"
    """The platform took it (2xx, or 409 for the same retry key)."""
    UNKNOWN = "unknown"
    """Attempted, never clearly answered; never given a new key."""
    REFUSED = "refused"
    """A clear and final no from the platform."""
    DROPPED = "dropped"
    """Never attempted: stopped, expired, or nobody left to send to."""
    SPLIT = "split"
    """Clearly refused as a whole; its halves carry on under keys of their own."""


class Reported(StrEnum):
    """What a platform told us of a message after it had taken it."""

    SENT = "sent"
    DELIVERED = "delivered"
    OPENED = "opened"
    """Its words appeared on a screen; whether anybody understood them is another matter."""
    FAILED = "failed"


CAME = (Reported.DELIVERED, Reported.OPENED)
"""What proves that a message came; opened implies delivered, which may then never be told."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a platform tells of one message, for `Outbox.report`."""

    message: str
    """The platform's id of it."""
    status: Reported
    at: datetime
    outgoing: str = ""
    """Our id of its call, '' where the platform did not give it back."""
    failure: str | None = None
    error: str | None = None
    retry_at: datetime | None = None
    """Of a failure that may be tried once more: when."""


class SkipReason(StrEnum):
    """Why a contact of the chunk is not among its recipients."""

    BLOCKED = "blocked"
    UNREGISTERED = "unregistered"
    CONFIRMED = "confirmed"
    CAPPED = "capped"
    """She got as many messages this day as anybody may get that are not urgent."""


class Recipient(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One person in a call; as JSON a pair of contact and address."""

    contact: str
    address: str


class Outgoing(msgspec.Struct, frozen=True):
    """送信: one call to a platform. `id` is the retry key; recipients and body are fixed from the first attempt on."""

    id: str
    mailing: str
    notice: str
    purpose: Purpose
    chunk: int
    """Position in the fan-out; halves and personal cards of a chunk share it."""
    part: str
    """'' for the chunk itself; else which part of it (a bisection path, or a contact's id)."""
    channel: str
    recipients: tuple[Recipient, ...]
    body: bytes
    """The prepared message objects as the platform takes them."""
    created_at: datetime
    due_at: datetime
    skipped: tuple[tuple[str, SkipReason], ...] = ()
    first_contact: str = ""
    last_contact: str = ""
    """The chunk covers the contacts from `first_contact` to `last_contact` by id, sent to or skipped."""
    urgent: bool = False
    gives_up_at: datetime | None = None
    """From here on no attempt is made (expiry of the notice)."""
    state: OutgoingState = OutgoingState.WAITING
    attempts: int = 0
    first_attempt_at: datetime | None = None
    is_doubtful: bool = False
    """An attempt ended without a clear answer: it must never be split or given a new key."""
    epoch: int = 0
    settled_at: datetime | None = None
    request_id: str | None = None
    failure: str | None = None
    """The kind of the last attempt's failure, in the channels' own words; None as with `error`."""
    error: str | None = None
    """Why the last attempt failed; None while one is under way, or was left behind by a process that stopped."""
    message_id: str | None = None
    """The platform's id of the message, where it reports by it."""
    reported: Mapping[Reported, datetime] = msgspec.field(default_factory=dict)
    """What the platform told of it since, with the first time of each."""
    lane: int = 0
    """0 is claimed before 1: the beginning of each mailing, so that a small one does not wait behind a large one."""

    @property
    def people_delivered(self) -> int:
        """To how many people it is known to have come."""
        return len(self.recipients) if any(status in self.reported for status in CAME) else 0

    @property
    def people_opened(self) -> int:
        """On how many people's screens it is known to have stood."""
        return len(self.recipients) if Reported.OPENED in self.reported else 0

    def after(self, report: Report) -> Outgoing:
        """The call with one report folded in, in any order, any number of times.

        That it came outweighs that it failed. A failure that may be tried once more waits for that, once; what may be
        under way at this very moment is not tried again.
        """
        is_others = self.message_id is not None and report.message != self.message_id
        if not self.attempts or self.state is OutgoingState.SPLIT or (is_others and report.status is Reported.FAILED):
            return self
        known = self.reported.get(report.status)
        reported = {**self.reported, report.status: min(known or report.at, report.at)}
        told = replace(self, reported=reported, message_id=self.message_id or report.message)
        if any(status in reported for status in CAME):
            return _accepted(told, report)
        if report.status is Reported.FAILED:
            return told if self.state is OutgoingState.REFUSED else _failed(told, report, is_first=known is None)
        return told if Reported.FAILED in reported else _accepted(told, report)

    @property
    def is_in_doubt(self) -> bool:
        """It may have been accepted: an attempt ended without a clear answer, or never ended."""
        return self.is_doubtful or (self.attempts > 0 and self.error is None)


def _failed(call: Outgoing, report: Report, *, is_first: bool) -> Outgoing:
    is_under_way = call.state is OutgoingState.SENDING and call.error is None
    if report.retry_at is not None and is_first and not is_under_way:
        return replace(
            call,
            state=OutgoingState.WAITING,
            due_at=report.retry_at,
            is_doubtful=False,
            settled_at=None,
            message_id=None,
            failure=report.failure,
            error=report.error or "failed",
        )
    return replace(
        call,
        state=OutgoingState.REFUSED,
        is_doubtful=False,
        settled_at=report.at,
        failure=report.failure,
        error=report.error or "failed",
    )


def _accepted(call: Outgoing, report: Report) -> Outgoing:
    if call.state is OutgoingState.ACCEPTED:
        return call
    return replace(call, state=OutgoingState.ACCEPTED, settled_at=report.at, failure=None, error=None)


class Settlement(msgspec.Struct, frozen=True):
    """What an attempt came to, for `Outbox.settle`."""

    id: str
    state: OutgoingState
    """SENDING here means: try again at `due_at`."""
    at: datetime
    due_at: datetime | None = None
    is_doubtful: bool = False
    request_id: str | None = None
    failure: str | None = None
    error: str | None = None
    message_id: str | None = None


@dataclass(frozen=True, slots=True)
class Late:
    """Calls of one mailing on one channel that were not settled in time, for one kind of failure."""

    mailing: str
    notice: str
    channel: str
    failure: str | None
    """Of their last attempt; None: none was made, or it is under way."""
    people: int
    since: datetime
    """When the oldest of them was stored."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How a notice's sending stands, in people (recipients of calls), by state; skipped ones by reason."""

    people: Mapping[OutgoingState, int] = field(default_factory=dict)
    skipped: Mapping[SkipReason, int] = field(default_factory=dict)
    delivered: int = 0
    """Of those accepted: to how many it is known to have come. Most platforms never tell."""
    opened: int = 0
    """Of those delivered: on how many screens it is known to have stood."""
