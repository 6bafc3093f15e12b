"""Bisection: a multicast that is clearly refused goes on as its two halves, until the bad address is alone."""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from handlers.fan_out import retry_key
from storage.models import Outgoing, OutgoingState, Settlement


def must_split(outgoing: Outgoing, settlement: Settlement) -> bool:
    """One refused address must not cost the others theirs; what may have been accepted is never split."""
    return settlement.state is OutgoingState.REFUSED and len(outgoing.recipients) > 1 and not settlement.is_doubtful


def halves(outgoing: Outgoing, at: datetime) -> list[Outgoing]:
    """The two halves of a refused call, under keys derived from its own."""
    middle = len(outgoing.recipients) // 2
    return [
        replace(
            outgoing,
            id=retry_key(outgoing.id, outgoing.chunk, part),
            part=f"{outgoing.part}.{part}",
            recipients=people,
            skipped=(),
            due_at=at,
            state=OutgoingState.WAITING,
            attempts=0,
            first_attempt_at=None,
            epoch=0,
            request_id=None,
            error=None,
        )
        for part, people in (("0", outgoing.recipients[:middle]), ("1", outgoing.recipients[middle:]))
    ]
