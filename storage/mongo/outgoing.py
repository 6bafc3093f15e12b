"""A call to a platform as a document. Recipients are pairs in lists: a chunk has 500 of them."""

from __future__ import annotations

from collections.abc import Sequence

from storage.models import Outgoing, OutgoingState, Purpose, Recipient, Reported, SkipReason
from storage.mongo.connection import Document

LIVE = (OutgoingState.WAITING, OutgoingState.SENDING)
"""Where an attempt may still be made."""


def people_fields(recipients: Sequence[Recipient]) -> Document:
    """Who is sent to, with the count that progress adds up."""
    return {"recipients": [[r.contact, r.address] for r in recipients], "people": len(recipients)}


def skipped_field(reason: SkipReason) -> str:
    """Where the number of those skipped for this reason stands."""
    return f"skipped_{reason.value}"


def skipped_fields(skipped: Sequence[tuple[str, SkipReason]]) -> Document:
    """Who is not sent to and why, with the counts that progress adds up."""
    reasons = [reason for _, reason in skipped]
    return {
        "skipped": [[contact, reason] for contact, reason in skipped],
        **{skipped_field(reason): reasons.count(reason) for reason in SkipReason},
    }


def told_fields(call: Outgoing) -> Document:
    """What the platform told of it, with the counts that progress adds up."""
    reported = {status.value: at for status, at in call.reported.items()}
    return {"reported": reported, "delivered": call.people_delivered, "opened": call.people_opened}


def document(call: Outgoing, whole: str | None) -> Document:
    """The stored form; `whole` is the call that it is a half of."""
    return {
        "_id": call.id,
        "mailing": call.mailing,
        "notice": call.notice,
        "purpose": call.purpose,
        "chunk": call.chunk,
        "part": call.part,
        "channel": call.channel,
        **people_fields(call.recipients),
        "body": call.body,
        "created_at": call.created_at,
        "due_at": call.due_at,
        **skipped_fields(call.skipped),
        "first_contact": call.first_contact,
        "last_contact": call.last_contact,
        "urgent": call.urgent,
        "gives_up_at": call.gives_up_at,
        "state": call.state,
        "is_live": call.state in LIVE,
        "attempts": call.attempts,
        "first_attempt_at": call.first_attempt_at,
        "is_doubtful": call.is_doubtful,
        "epoch": call.epoch,
        "settled_at": call.settled_at,
        "lane": call.lane,
        "request_id": call.request_id,
        "failure": call.failure,
        "error": call.error,
        **told_fields(call),
        # Absent where there is none: the indexes over them are sparse.
        **({"message_id": call.message_id} if call.message_id is not None else {}),
        **({"whole": whole} if whole is not None else {}),
    }


def read(stored: Document) -> Outgoing:
    return Outgoing(
        id=stored["_id"],
        mailing=stored["mailing"],
        notice=stored["notice"],
        purpose=Purpose(stored["purpose"]),
        chunk=stored["chunk"],
        part=stored["part"],
        channel=stored["channel"],
        recipients=tuple(Recipient(contact, address) for contact, address in stored["recipients"]),
        body=stored["body"],
        created_at=stored["created_at"],
        due_at=stored["due_at"],
        skipped=tuple((contact, SkipReason(reason)) for contact, reason in stored["skipped"]),
        first_contact=stored["first_contact"],
        last_contact=stored["last_contact"],
        urgent=stored["urgent"],
        gives_up_at=stored["gives_up_at"],
        state=OutgoingState(stored["state"]),
        attempts=stored["attempts"],
        first_attempt_at=stored["first_attempt_at"],
        is_doubtful=stored["is_doubtful"],
        epoch=stored["epoch"],
        settled_at=stored["settled_at"],
        request_id=stored["request_id"],
        failure=stored["failure"],
        error=stored["error"],
        message_id=stored.get("message_id"),
        reported={Reported(status): at for status, at in stored["reported"].items()},
        lane=stored["lane"],
    )
