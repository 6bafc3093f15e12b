"""What a platform tells of a message after it took it: kept with the call, and acted on where it failed."""

from __future__ import annotations

from datetime import datetime, timedelta

from handlers.auditing import note
from handlers.context import Context
from handlers.events import StatusReport
from handlers.fan_out import Publisher
from handlers.other_ways import follow_up
from storage.models import OutgoingState, Report, Reported

OPTED_OUT = "opted_out"
"""She told the platform that she does not want the category that the message counts as."""
MENDABLE = {
    "window_closed": timedelta(0),
    "pair_limited": timedelta(minutes=1),
    "rate_limited": timedelta(minutes=1),
    "paused": timedelta(minutes=5),
    "unauthorized": timedelta(minutes=10),
}
"""Kinds of failure (`Outgoing.failure`) that another form, time or an operator mends: when it is tried once more."""


async def take(event: StatusReport, context: Context) -> None:
    """Keep it, however often it comes, and do what follows from a failure."""
    report = Report(
        message=event.message,
        status=event.status,
        at=event.at,
        outgoing=event.outgoing,
        failure=event.failure or None,
        error=event.error or None,
        retry_at=_retry_at(event, context.now),
    )
    call = await context.storage.outbox.report(report)
    if call is None or event.status is not Reported.FAILED:
        return
    if event.failure == OPTED_OUT:
        await _note_wish(event, call.recipients[0].contact, context)
    if call.state is OutgoingState.REFUSED:
        await follow_up(
            call, call.failure, Publisher(context.storage, context.organization, context.platforms), context.now
        )
    context.wake()


def _retry_at(event: StatusReport, now: datetime) -> datetime | None:
    pause = MENDABLE.get(event.failure) if event.status is Reported.FAILED else None
    return None if pause is None else now + pause


async def _note_wish(event: StatusReport, contact: str, context: Context) -> None:
    category = "marketing_messages"
    await note(event, context, "preference", contact, channel=event.channel, category=category, wish="stop")
