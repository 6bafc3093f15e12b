"""`/催促`: once more to those who have not confirmed, after one has seen how many and what it costs."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from handlers import publish
from handlers.buttons import pack
from handlers.commands import choose
from handlers.commands.status import MOVING, is_going_on
from handlers.context import Context
from handlers.events import Command
from handlers.replies import Button, Emphasis, Panel, Reply, Text, reply
from storage.models import Mailing, Notice, Purpose, Totals


async def remind(event: Command, context: Context) -> Reply:
    """Show whom a reminder would go to and what it costs. Sends nothing."""
    notice = await choose.to_change(event, context, choose.ended_or_stopped)
    return notice if isinstance(notice, Reply) else reply(await _preview(notice, event, context))


async def remind_now(event: Command, context: Context) -> Reply:
    """Order the reminder that a preview showed, once, however often and from wherever its button is pressed.

    When it would cost more than the preview showed, or no longer fits the quota, a new preview is shown instead.
    """
    match event.arguments:
        case (_, token, shown, *warned) if shown.isascii() and shown.isdigit():
            notice = await choose.to_change(event, context, lambda *_: "")
            if isinstance(notice, Reply):
                return notice
            if answer := await _answer_again(notice, token, context):
                return answer
            return await _order(notice, event, _Shown(token, int(shown[:9]), bool(warned)), context)
    return await remind(event, context)


@dataclass(frozen=True, slots=True)
class _Shown:
    """What the preview said whose button was pressed."""

    token: str
    people: int
    was_short: bool


async def _answer_again(notice: Notice, token: str, context: Context) -> Reply | None:
    """What a second press is told; None for the first."""
    ordered = await context.storage.mailings.get(f"{notice.id}/reminder/{token}")
    if ordered is None:
        return None
    return reply(
        Text(context.words("remind-ordered-already", moment=context.words.moment(ordered.created_at, context.now)))
    )


async def _order(notice: Notice, event: Command, shown: _Shown, context: Context) -> Reply:
    words = context.words
    mailings = await context.storage.mailings.of_notice(notice.id)
    if sentence := await _obstacle(notice, mailings, context):
        return reply(choose.say(notice, sentence, words))
    _, people = await publish.reminder_targets(notice, context)
    left, _ = await _left(context)
    is_short = left is not None and left < people
    if not people or people > shown.people or (is_short and not shown.was_short):
        return reply(Text(words("remind-changed")), await _preview(notice, event, context))
    mailing = await publish.order_reminder(notice, event, context, token=shown.token)
    key = "remind-ordered-later" if mailing.due_at > context.now else "remind-ordered"
    sentence = words(key, people=people, moment=words.moment(mailing.due_at, context.now))
    return reply(choose.say(notice, sentence, words))


async def _obstacle(notice: Notice, mailings: Sequence[Mailing], context: Context) -> str:
    """Why no reminder may be ordered now; '' if one may."""
    if sentence := choose.ended_or_stopped(notice, context):
        return sentence
    for purpose in Purpose:
        progress = await context.storage.outbox.progress(notice.id, purpose)
        on_the_way = sum(progress.people.get(state, 0) for state in MOVING)
        if on_the_way or any(is_going_on(m) for m in mailings if m.purpose is purpose):
            return context.words(f"remind-sending-{purpose.value}", count=on_the_way)
    return ""


async def _preview(notice: Notice, event: Command, context: Context) -> Panel:
    words = context.words
    mailings = await context.storage.mailings.of_notice(notice.id)
    if sentence := await _obstacle(notice, mailings, context):
        return choose.say(notice, sentence, words)
    unconfirmed, people = await publish.reminder_targets(notice, context)
    totals = await context.storage.receipts.totals(notice.id)
    if not unconfirmed:
        return choose.say(notice, words("remind-all-confirmed", all=totals.all), words)
    if not people:
        return choose.say(notice, words("remind-nobody-reachable", unconfirmed=unconfirmed), words)
    return await _offer(notice, event, totals, people, context)


async def _offer(notice: Notice, event: Command, totals: Totals, people: int, context: Context) -> Panel:
    words = context.words
    left, is_known = await _left(context)
    is_short = left is not None and left < people
    data = pack("remind-now", notice.id, _token(event), people, *(("short",) if is_short else ()))
    label = words("remind-try-anyway" if is_short else "remind-send", people=people)
    send = Button(label, data, emphasis=Emphasis.PRIMARY)
    see = Button(words("status-see-pending", count=totals.unconfirmed), pack("pending", notice.number))
    paragraphs = (
        choose.head_count(notice, context),
        words("remind-cost", unconfirmed=totals.unconfirmed, people=people),
        _left_words(left, is_known, context),
        words("remind-short", left=left, people=people) if is_short else "",
        words("remind-unreached", unreached=totals.unreached) if totals.unreached else "",
        await _last(notice, context),
    )
    return Panel(
        words("remind-title", number=str(notice.number), title=notice.title),
        tuple(p for p in paragraphs if p),
        buttons=(see, send) if is_short else (send, see),
    )


async def _left(context: Context) -> tuple[int | None, bool]:
    """(messages left this month on the scarcest channel, None without a limit; whether any channel could say)."""
    quotas = [q for p in context.platforms.values() if (q := await p.quota()) is not None]
    return min((q.left for q in quotas if q.left is not None), default=None), bool(quotas)


def _left_words(left: int | None, is_known: bool, context: Context) -> str:
    if not is_known:
        return context.words("remind-left-unknown")
    return context.words("remind-left", left=left) if left is not None else context.words("remind-left-unlimited")


async def _last(notice: Notice, context: Context) -> str:
    """When the last reminder was ordered: nobody should be chased twice by mistake."""
    mailings = await context.storage.mailings.of_notice(notice.id)
    reminders = [m for m in mailings if m.purpose is Purpose.REMINDER]
    if not reminders:
        return ""
    moment = context.words.moment(reminders[-1].created_at, context.now)
    return context.words("remind-last", count=len(reminders), moment=moment)


def _token(event: Command) -> str:
    """What makes a preview's button act once: it follows from the event behind the preview, and fits a button."""
    return hashlib.blake2b(event.id.encode(), digest_size=10).hexdigest()
