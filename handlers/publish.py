"""A notice goes out: what is announced, and the order to carry it out. The fan-out itself is `handlers.fan_out`."""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime, timedelta
from typing import Final

from handlers.auditing import note
from handlers.cards import audience_name, card
from handlers.context import Context
from handlers.events import Event
from handlers.plan import Frame, kept, usual
from handlers.reminding import Reminded, reminded, rules
from storage.models import PLANNED, Audience, Draft, Mailing, Notice, NoticeMark, Purpose, Reach

__all__ = [
    "audience_name",
    "card",
    "frame_of",
    "notice_id",
    "notice_of",
    "order_reminder",
    "publish",
    "reminder_targets",
    "stop",
]

BRAKE: Final = timedelta(seconds=30)
"""Between 送る and the first copy of a large notice: long enough to see what one has just done (a wrong class, a wrong
date) and to press 止める, and short enough that nobody minds the wait."""
_BRAKED_ABOVE: Final = 30
"""People. About a class: an error that reaches no more of them can be put right by telephone."""


def notice_id(organization: str, draft: str) -> str:
    """The id that buttons carry: the same draft always makes the same notice, no other organisation has it."""
    digest = hashlib.blake2b(f"{organization}/{draft}".encode(), digest_size=10).digest()
    return base64.b32encode(digest).decode().lower()


def notice_of(draft: Draft, context: Context) -> Notice:
    """The notice as the draft stands now, not yet numbered."""
    speaker = context.speaker
    frame = frame_of(draft, context)
    return Notice(
        id=notice_id(context.organization.id, draft.id),
        title=draft.title,
        body=draft.body,
        choices=draft.choices,
        audience=Audience(groups=draft.groups, everyone=draft.everyone),
        coverage=draft.coverage,
        urgent=draft.urgent,
        deadline_at=draft.deadline_at,
        expires_at=draft.expires_at,
        send_at=draft.send_at,
        remind_at=usual(frame) if draft.reminders is None else kept(draft.reminders, frame),
        created_at=context.now,
        sender=draft.owner,
        sender_name=speaker.name if speaker else "",
    )


def frame_of(draft: Draft, context: Context) -> Frame:
    """What the draft's reminders must fit into, were it sent now or when it says."""
    organization = context.organization
    return Frame(
        organization.zone, organization.quiet, draft.send_at or context.now, draft.deadline_at, draft.expires_at
    )


async def publish(draft: Draft, event: Event, context: Context) -> Notice:
    """Make the notice of a draft in state SENDING and order its mailing. Again, after a crash: the same notice."""
    storage = context.storage
    notice = notice_of(draft, context)
    members = await storage.members.count(notice.audience)
    reached = await storage.contacts.count(notice.audience)
    contacts = sum(reached.values())
    notice = await storage.notices.add(notice.but(members=members, contacts=contacts))
    begins_at = notice.created_at
    if reached[Reach.REACHABLE] > _BRAKED_ABOVE and not notice.urgent:
        begins_at += BRAKE
    for place, at in enumerate(notice.remind_at, 1):
        await storage.mailings.add(_mailing(notice, f"reminder/{PLANNED}{place}", at))
    # Last: whoever finds it there knows that the reminders are there too.
    await storage.mailings.add(_mailing(notice, "notice", max(begins_at, notice.send_at or begins_at)))
    await note(event, context, "publish", notice.id, members=str(members), contacts=str(contacts))
    context.wake()
    return notice


def _mailing(notice: Notice, which: str, due_at: datetime) -> Mailing:
    return Mailing(
        id=f"{notice.id}/{which}",
        notice=notice.id,
        purpose=Purpose.NOTICE if which == "notice" else Purpose.REMINDER,
        created_at=notice.created_at,
        ordered_by=notice.sender,
        urgent=notice.urgent,
        due_at=due_at,
    )


async def order_reminder(
    notice: Notice, event: Event, context: Context, *, token: str = "", due_at: datetime | None = None
) -> Mailing:
    """Order a reminder to those who have not confirmed, for now or for `due_at`.

    The same event, or the same `token` (the id of the event whose preview was answered), orders it once.
    """
    mailing = Mailing(
        id=f"{notice.id}/reminder/{token or event.id}",
        notice=notice.id,
        purpose=Purpose.REMINDER,
        created_at=context.now,
        ordered_by=context.speaker.id if context.speaker else "",
        urgent=notice.urgent,
        due_at=due_at or context.now,
    )
    # The audit first: whoever finds the mailing there knows that all of the order was carried out.
    await note(event, context, "remind", notice.id, mailing=mailing.id)
    mailing = await context.storage.mailings.add(mailing)
    context.wake()
    return mailing


async def reminder_targets(notice: Notice, context: Context) -> Reminded:
    """Whom a reminder would go to now."""
    going_by = await rules(notice, context.storage, context.platforms, context.now, context.organization.zone)
    return await reminded(going_by, notice.id)


async def stop(notice: Notice, context: Context) -> int:
    """Stop sending at once: no further call of the notice is attempted for the first time. How many people were spared
    (as far as they stood in the outbox)."""
    storage = context.storage
    await storage.notices.mark(notice.id, NoticeMark.STOPPED, context.now)
    await storage.mailings.stop(notice.id, context.now)
    return await storage.outbox.drop(notice.id, context.now, "stopped")
