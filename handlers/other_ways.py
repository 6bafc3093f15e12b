"""What follows when a platform clearly refused a call to one person: another platform, or an end to the like of it.

Repeatable: what is stored follows from the refused call.
"""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from handlers.fan_out import Publisher, prepared, retry_key
from storage.models import Contact, Outgoing, OutgoingState, Recipient

ANOTHER_WAY = frozenset({"unreachable", "opted_out", "broken"})
"""Kinds of failure (`Outgoing.failure`) after which she is sent to by another platform that reaches her."""
HOPELESS = "broken"
"""After it, nothing of the notice that waits for this platform fares better."""


async def follow_up(call: Outgoing, failure: str | None, publisher: Publisher, now: datetime) -> None:
    """Send the refused call another way, if there is one; and where the next would fare no better, send none."""
    if failure in ANOTHER_WAY and len(call.recipients) == 1:
        await _send_another_way(call, publisher, now)
    if failure == HOPELESS:
        await publisher.storage.outbox.drop(call.notice, now, HOPELESS, call.channel)


async def _send_another_way(call: Outgoing, publisher: Publisher, now: datetime) -> None:
    notice = (await publisher.storage.notices.get([call.notice])).get(call.notice)
    mailing = await publisher.storage.mailings.get(call.mailing)
    contact = await _person(call.recipients[0].contact, publisher)
    if notice is None or mailing is None or contact is None or notice.stopped_at or notice.cancelled_at:
        return
    tried = {call.channel, *call.part.split(">")[1:]}
    ways = ((c, a) for c in publisher.platforms if c not in tried and (a := contact.active(c)))
    channel, address = next(ways, ("", ""))
    if not channel:
        return
    part = f"{call.part}>{call.channel}"
    other = replace(
        call,
        id=retry_key(call.id, call.chunk, channel),
        part=part,
        channel=channel,
        recipients=(Recipient(call.recipients[0].contact, address),),
        skipped=(),
        body=await prepared(notice, mailing, publisher, channel, contact),
        created_at=now,
        due_at=now,
        state=OutgoingState.WAITING,
        attempts=0,
        first_attempt_at=None,
        is_doubtful=False,
        epoch=0,
        settled_at=None,
        request_id=None,
        failure=None,
        error=None,
        message_id=None,
        reported={},
    )
    await publisher.storage.outbox.pass_on(call.id, other)


async def _person(contact: str, publisher: Publisher) -> Contact | None:
    """Who the recipient is today."""
    found = (await publisher.storage.contacts.get([contact])).get(contact)
    if found is None or found.absorbed_by is None:
        return found
    return (await publisher.storage.contacts.get([found.absorbed_by])).get(found.absorbed_by)
