"""送る: the order to send moves the draft once, and whatever happens behind it is completed, never repeated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from handlers import progress, publish
from handlers.buttons import pack
from handlers.context import Context
from handlers.drafting import fields
from handlers.drafting.preview import sample
from handlers.drafting.questions import Facts, Field, advanced, asking
from handlers.drafting.reach import by_channel
from handlers.drafting.timing import RESERVE
from handlers.drafting.words import shorten
from handlers.errors import TooLongError
from handlers.events import Event
from handlers.quiet import is_quiet
from handlers.replies import Button, Emphasis, Panel, Reply, reply
from handlers.shares import shares_of
from storage.models import Audience, Draft, DraftState, Notice, Reach


def refreshed(draft: Draft, facts: Facts) -> Draft:
    """The draft as it is due now: what it waits for, with a deadline that has passed asked about again."""
    if draft.deadline_at is not None and draft.deadline_at <= facts.at:
        draft = fields.settle_pressed(draft, Field.DEADLINE, str(int(draft.deadline_at.timestamp())), facts) or draft
    if draft.send_at is not None and draft.send_at <= facts.at:
        draft = fields.schedule_pressed(draft, str(int(draft.send_at.timestamp())), facts) or draft
    if draft.state is DraftState.PREVIEW:
        return advanced(draft)
    return _revived(draft) if draft.state is DraftState.CANCELLED else draft


def _revived(draft: Draft) -> Draft:
    """Text that was still being collected goes on being collected."""
    was_collecting = draft.asking in {Field.TEXT, Field.REWRITE}
    return asking(draft, Field(draft.asking)) if was_collecting else advanced(draft)


async def ordered(draft: Draft, shown: str, event: Event, context: Context) -> Callable[[Draft, Facts], Draft]:
    """What pressing 送る makes of a preview: SENDING, or a new preview where the old one no longer holds: the roster
    changed, the night fell, or what stays for urgent notices would be taken, and the preview did not say so. `shown` is
    the head-count, and behind slashes for 「明日7時に送る」 the time, and whether the reserve may be used."""
    shown, later, mark = (*shown.split("/"), "", "")[:3]
    send_at = fields.pressed_moment(later)
    if send_at is None and _night_fell(draft, event, context):
        return refreshed
    audience = Audience(groups=draft.groups, everyone=draft.everyone)
    holds = str(await context.storage.members.count(audience)) == shown
    people = (await context.storage.contacts.count(audience))[Reach.REACHABLE]
    can_go = holds and people > 0 and (mark == RESERVE or not await _takes_reserve(draft, audience, event, context))
    if can_go:
        try:
            sample(draft, context, "")
        except TooLongError:
            can_go = False
    return (lambda draft, facts: _send(draft, facts, send_at)) if can_go else refreshed


def _night_fell(draft: Draft, event: Event, context: Context) -> bool:
    if draft.urgent or draft.send_at is not None:
        return False
    quiet, zone = context.organization.quiet, context.organization.zone
    return is_quiet(max(event.at, context.now), quiet, zone) and not is_quiet(draft.updated_at, quiet, zone)


async def _takes_reserve(draft: Draft, audience: Audience, event: Event, context: Context) -> bool:
    if draft.urgent or not context.organization.keeps_reserve:
        return False
    people = await by_channel(audience, context.storage, tuple(context.platforms)) or {event.channel: 0}
    return any(share.takes_reserve for share in await shares_of(people, context, urgent=draft.urgent))


def _send(draft: Draft, facts: Facts, send_at: datetime | None) -> Draft:
    due = refreshed(draft.but(send_at=send_at) if send_at else draft, facts)
    return due.but(state=DraftState.SENDING) if due.state is DraftState.PREVIEW else due


async def complete(draft: Draft, event: Event, context: Context) -> Reply:
    """Publish a draft in state SENDING, or find it published; the same answer each time."""
    notice = await _published(draft, context)
    if notice is None or event.id in draft.events:
        notice = await publish.publish(draft, event, context)
    words = context.words
    begins_at = await _begins_at(notice, context)
    whom = publish.audience_name(notice.audience, words)
    contacts = (await context.storage.contacts.count(notice.audience))[Reach.REACHABLE]
    heads = words("draft-sent-heads", audience=whom, members=notice.members, contacts=contacts)
    label, echo = words("draft-sent-status"), words("draft-sent-status-echo", number=str(notice.number))
    status = Button(label, pack("status", notice.number), echo, emphasis=Emphasis.PRIMARY)
    look_on = progress.look_on(notice, contacts, words)
    said = {"number": str(notice.number), "title": shorten(notice.title)}
    if notice.send_at is not None:
        title = words("draft-sent-later", moment=words.moment(begins_at, notice.created_at), **said)
        how = words("draft-sent-later-stop", number=str(notice.number))
        call_off = Button(words("draft-sent-call-off"), pack("stop", notice.number))
        return reply(Panel(title, (heads, words("draft-roster-counts"), how), buttons=(status, call_off)))
    if begins_at > notice.created_at:
        seconds = int(publish.BRAKE.total_seconds())
        title, how = words("draft-sent-soon", seconds=seconds, **said), words("draft-sent-brake", seconds=seconds)
        brake = Button(words("draft-sent-stop"), pack("brake", notice.id), emphasis=Emphasis.PRIMARY)
        see = replace(status, emphasis=Emphasis.SECONDARY)
        return reply(Panel(title, (heads, how), buttons=(brake, see, *look_on)))
    return reply(Panel(words("draft-sent", **said), (heads, words("draft-sent-next")), buttons=(status, *look_on)))


async def _begins_at(notice: Notice, context: Context) -> datetime:
    mailing = await context.storage.mailings.get(f"{notice.id}/notice")
    return mailing.due_at if mailing else notice.created_at


async def _published(draft: Draft, context: Context) -> Notice | None:
    """The notice, if everything that publishing does was done."""
    storage = context.storage
    notice_id = publish.notice_id(context.organization.id, draft.id)
    notice = (await storage.notices.get([notice_id])).get(notice_id)
    return notice if notice is not None and await storage.mailings.get(f"{notice_id}/notice") else None
