"""A notice goes out: what is announced, and the order to carry it out. The fan-out itself is `handlers.fan_out`."""

from __future__ import annotations

import base64
import hashlib

from handlers.auditing import note
from handlers.cards import audience_name, card
from handlers.context import Context
from handlers.events import Event
from handlers.fan_out import reminder_page
from storage.models import Audience, Draft, Mailing, Notice, NoticeMark, Purpose

__all__ = ["audience_name", "card", "notice_id", "notice_of", "order_reminder", "publish", "reminder_targets", "stop"]


def notice_id(organization: str, draft: str) -> str:
    """The id that buttons carry: the same draft always makes the same notice, no other organisation has it."""
    digest = hashlib.blake2b(f"{organization}/{draft}".encode(), digest_size=10).digest()
    return base64.b32encode(digest).decode().lower()


def notice_of(draft: Draft, context: Context) -> Notice:
    """The notice as the draft stands now, not yet numbered."""
    speaker = context.speaker
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
        created_at=context.now,
        sender=draft.owner,
        sender_name=speaker.name if speaker else "",
    )


async def publish(draft: Draft, event: Event, context: Context) -> Notice:
    """Make the notice of a draft in state SENDING and order its mailing. Again, after a crash: the same notice."""
    storage = context.storage
    notice = notice_of(draft, context)
    members = await storage.members.count(notice.audience)
    contacts = sum((await storage.contacts.count(notice.audience)).values())
    notice = await storage.notices.add(notice.but(members=members, contacts=contacts))
    await storage.mailings.add(
        Mailing(
            id=f"{notice.id}/notice",
            notice=notice.id,
            purpose=Purpose.NOTICE,
            created_at=notice.created_at,
            ordered_by=draft.owner,
            urgent=notice.urgent,
            due_at=notice.created_at,
        )
    )
    await note(event, context, "publish", notice.id, members=str(members), contacts=str(contacts))
    context.wake()
    return notice


async def order_reminder(notice: Notice, event: Event, context: Context, *, token: str = "") -> Mailing:
    """Order a reminder to those who have not confirmed. The same event, or the same `token` (the id of the event whose
    preview was answered), orders it once."""
    mailing = Mailing(
        id=f"{notice.id}/reminder/{token or event.id}",
        notice=notice.id,
        purpose=Purpose.REMINDER,
        created_at=context.now,
        ordered_by=context.speaker.id if context.speaker else "",
        urgent=notice.urgent,
        due_at=context.now,
    )
    # The audit first: whoever finds the mailing there knows that all of the order was carried out.
    await note(event, context, "remind", notice.id, mailing=mailing.id)
    mailing = await context.storage.mailings.add(mailing)
    context.wake()
    return mailing


async def reminder_targets(notice: Notice, context: Context) -> tuple[int, int]:
    """(members who have not confirmed, people a reminder would go to now)."""
    people, number = 0, 0
    while (page := await reminder_page(context.storage, tuple(context.platforms), notice.id, number)) is not None:
        people += len(page.recipients)
        number += 1
    totals = await context.storage.receipts.totals(notice.id)
    return totals.unconfirmed, people


async def stop(notice: Notice, context: Context) -> int:
    """Stop sending at once: no further call of the notice is attempted for the first time. How many people were spared
    (as far as they stood in the outbox)."""
    storage = context.storage
    await storage.notices.mark(notice.id, NoticeMark.STOPPED, context.now)
    await storage.mailings.stop(notice.id, context.now)
    return await storage.outbox.drop(notice.id, context.now, "stopped")
