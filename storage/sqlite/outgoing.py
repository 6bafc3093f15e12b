"""A call to a platform as rows: how it stands in `outgoing`, what it says in `bodies`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from storage.models import Outgoing, OutgoingState, Purpose, Recipient, Reported, SkipReason
from storage.sqlite.rows import from_json, from_ms, from_ms_or_none, insert_into, to_json, to_ms, to_ms_or_none

FIELDS = (
    "id", "mailing", "notice", "purpose", "chunk", "part", "channel", "recipients", "created_at", "due_at", "skipped",
    "first_contact", "last_contact", "urgent", "gives_up_at", "state", "attempts", "first_attempt_at", "is_doubtful",
    "epoch", "settled_at", "request_id", "failure", "error", "message_id", "reported", "lane",
)  # fmt: skip
"""Of a call, in the order of `row` and `read`; what it says stands in `bodies`."""
_COUNTED = (SkipReason.BLOCKED, SkipReason.UNREGISTERED, SkipReason.CAPPED, SkipReason.CONFIRMED)
"""In the order of their columns."""
_COUNTS = ("people", *(reason.value for reason in _COUNTED), "delivered", "opened")
ADD = insert_into("outgoing", ("key", *FIELDS, "is_live", *_COUNTS))
_recipients = msgspec.json.Decoder(tuple[Recipient, ...]).decode
LIVE = (OutgoingState.WAITING, OutgoingState.SENDING)
"""Where an attempt may still be made."""


def row(key: int, o: Outgoing) -> tuple[object, ...]:
    """In the order of `ADD`."""
    return (
        key,
        o.id,
        o.mailing,
        o.notice,
        str(o.purpose),
        o.chunk,
        o.part,
        o.channel,
        recipients_json(o),
        to_ms(o.created_at),
        to_ms(o.due_at),
        skipped_json(o),
        o.first_contact,
        o.last_contact,
        int(o.urgent),
        to_ms_or_none(o.gives_up_at),
        o.state.value,
        o.attempts,
        to_ms_or_none(o.first_attempt_at),
        int(o.is_doubtful),
        o.epoch,
        to_ms_or_none(o.settled_at),
        o.request_id,
        o.failure,
        o.error,
        o.message_id,
        reported_json(o),
        o.lane,
        int(o.state in LIVE),
        len(o.recipients),
        *skip_counts(o),
        o.people_delivered,
        o.people_opened,
    )


def recipients_json(outgoing: Outgoing) -> str:
    """Pairs of contact and address."""
    return msgspec.json.encode(outgoing.recipients).decode()


def skipped_json(outgoing: Outgoing) -> str:
    """Pairs of contact and reason."""
    return to_json(outgoing.skipped) if outgoing.skipped else "[]"


def reported_json(outgoing: Outgoing) -> str:
    """When its platform told what of it."""
    return to_json({status.value: to_ms(at) for status, at in outgoing.reported.items()})


def _reported(stored: str) -> dict[Reported, datetime]:
    return {Reported(status): from_ms(at) for status, at in from_json(stored).items()}


def skip_counts(outgoing: Outgoing) -> list[int]:
    """How many were skipped for each reason, in the order of their columns."""
    if not outgoing.skipped:
        return [0] * len(_COUNTED)
    reasons = [reason for _, reason in outgoing.skipped]
    return [reasons.count(r) for r in _COUNTED]


def read(row: Sequence[Any]) -> Outgoing:
    """From the fields in their order, and the body."""
    id_, mailing, notice, purpose, chunk, part, channel, recipients, created_at, due_at, skipped, first, last, *rest = (
        row
    )
    urgent, gives_up_at, state, attempts, first_attempt_at, is_doubtful, epoch, settled_at, *told, body = rest
    request_id, failure, error, message_id, reported, lane = told
    return Outgoing(
        id=id_,
        mailing=mailing,
        notice=notice,
        purpose=Purpose(purpose),
        chunk=chunk,
        part=part,
        channel=channel,
        recipients=_recipients(recipients),
        body=body,
        created_at=from_ms(created_at),
        due_at=from_ms(due_at),
        skipped=tuple((contact, SkipReason(reason)) for contact, reason in from_json(skipped)),
        first_contact=first,
        last_contact=last,
        urgent=bool(urgent),
        gives_up_at=from_ms_or_none(gives_up_at),
        state=OutgoingState(state),
        attempts=attempts,
        first_attempt_at=from_ms_or_none(first_attempt_at),
        is_doubtful=bool(is_doubtful),
        epoch=epoch,
        settled_at=from_ms_or_none(settled_at),
        request_id=request_id,
        failure=failure,
        error=error,
        message_id=message_id,
        reported={} if reported == "{}" else _reported(reported),
        lane=lane,
    )


def carried(whole: Outgoing) -> set[str]:
    """Everybody whom it covers, sent to or skipped."""
    return {*(r.contact for r in whole.recipients), *(contact for contact, _ in whole.skipped)}
