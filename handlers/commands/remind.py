"""`/催促`: once more to those who have not confirmed, after one has seen how many and what it costs."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from handlers import progress, publish
from handlers.buttons import pack
from handlers.commands import choose
from handlers.commands.planned import begun_reminders, is_going_on, is_unfinished
from handlers.commands.status import MOVING
from handlers.context import Context
from handlers.events import Command
from handlers.nights import morning_name, night
from handlers.quiet import morning
from handlers.reminding import Reminded
from handlers.replies import Button, Emphasis, Panel, Reply, Text, reply
from handlers.shares import Share, shares_of
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
        case (_, token, shown, *more) if shown.isascii() and shown.isdigit():
            notice = await choose.to_change(event, context, lambda *_: "")
            if isinstance(notice, Reply):
                return notice
            if answer := await _answer_again(notice, token, context):
                return answer
            return await _order(notice, event, _shown(token, int(shown[:9]), more), context)
    return await remind(event, context)


@dataclass(frozen=True, slots=True)
class _Shown:
    """What the preview said whose button was pressed."""

    token: str
    people: int
    was_short: bool
    was_night: bool
    took_reserve: bool
    send_at: datetime | None = None
    """「明日7時に送る」; None: at once."""


def _shown(token: str, people: int, more: Sequence[str]) -> _Shown:
    at = next((int(word[2:13]) for word in more if re.fullmatch(r"at\d{1,11}", word, re.ASCII)), None)
    send_at = None if at is None else datetime.fromtimestamp(at, UTC)
    return _Shown(token, people, "short" in more, "night" in more, "reserve" in more, send_at)


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
    targets = await publish.reminder_targets(notice, context)
    people, month = targets.people, await _month(notice, targets, context)
    is_dearer = people > shown.people or (month.is_short and not shown.was_short)
    is_dearer = is_dearer or (month.takes_reserve and not shown.took_reserve)
    if not people or is_dearer or _is_out_of_time(shown, notice, context):
        return reply(Text(words("remind-changed")), await _preview(notice, event, context))
    mailing = await publish.order_reminder(notice, event, context, token=shown.token, due_at=shown.send_at)
    is_later = mailing.due_at > context.now
    key = "remind-ordered-later" if is_later else "remind-ordered"
    sentence = words(key, people=people, moment=words.moment(mailing.due_at, context.now))
    said = choose.say(notice, sentence, words)
    look_on = () if is_later else progress.look_on(notice, people, words)
    return reply(replace(said, buttons=(*said.buttons, *look_on)))


async def _obstacle(notice: Notice, mailings: Sequence[Mailing], context: Context) -> str:
    """Why no reminder may be ordered now; '' if one may."""
    if sentence := choose.ended_or_stopped(notice, context):
        return sentence
    for purpose in Purpose:
        waiting = [m for m in mailings if m.purpose is purpose and is_unfinished(m) and not m.is_planned]
        if later := [m.due_at for m in waiting if m.due_at > context.now]:
            moment = context.words.moment(min(later), context.now)
            return context.words(f"remind-later-{purpose.value}", moment=moment)
        found = await context.storage.outbox.progress(notice.id, purpose)
        on_the_way = sum(found.people.get(state, 0) for state in MOVING)
        if on_the_way or any(is_going_on(m, context.now) for m in mailings if m.purpose is purpose):
            return context.words(f"remind-sending-{purpose.value}", count=on_the_way)
    return ""


async def _preview(notice: Notice, event: Command, context: Context) -> Panel:
    words = context.words
    mailings = await context.storage.mailings.of_notice(notice.id)
    if sentence := await _obstacle(notice, mailings, context):
        return choose.say(notice, sentence, words)
    totals = await context.storage.receipts.totals(notice.id)
    if not totals.unconfirmed:
        return choose.say(notice, words("remind-all-confirmed", all=totals.all), words)
    targets = await publish.reminder_targets(notice, context)
    if not targets.people and targets.capped:
        return choose.say(notice, words("remind-capped", count=targets.capped), words)
    if not targets.people:
        return choose.say(notice, words("remind-nobody-reachable", unconfirmed=totals.unconfirmed), words)
    return await _offer(notice, event, totals, targets, context)


@dataclass(frozen=True, slots=True)
class _Month:
    """How a reminder stands to what is left on each channel."""

    shares: tuple[Share, ...]

    @property
    def is_short(self) -> bool:
        return any(share.missing for share in self.shares)

    @property
    def takes_reserve(self) -> bool:
        return any(share.takes_reserve for share in self.shares)

    @property
    def marks(self) -> tuple[str, ...]:
        """What a button carries of it: whoever presses it was told."""
        return (*(("short",) if self.is_short else ()), *(("reserve",) if self.takes_reserve else ()))


async def _month(notice: Notice, targets: Reminded, context: Context) -> _Month:
    return _Month(await shares_of(targets.by_channel, context, urgent=notice.urgent))


async def _offer(notice: Notice, event: Command, totals: Totals, targets: Reminded, context: Context) -> Panel:
    words, people = context.words, targets.people
    month = await _month(notice, targets, context)
    send = _send_buttons(notice, _token(event), people, month, context)
    see = Button(words("status-see-pending", count=totals.unconfirmed), pack("pending", notice.number))
    paragraphs = (
        choose.head_count(notice, context),
        words("remind-cost", unconfirmed=totals.unconfirmed, people=people),
        *(_left_words(share, context, is_one_of_several=len(month.shares) > 1) for share in month.shares),
        *(_short_words(share, context) for share in month.shares),
        words("remind-unreached", unreached=totals.unreached) if totals.unreached else "",
        words("remind-capped", count=targets.capped) if targets.capped else "",
        await _last(notice, context),
        _night_words(notice, context),
    )
    return Panel(
        words("remind-title", number=str(notice.number), title=notice.title),
        tuple(p for p in paragraphs if p),
        buttons=(see, *send) if month.is_short else (*send, see),
    )


def _send_buttons(notice: Notice, token: str, people: int, month: _Month, context: Context) -> tuple[Button, ...]:
    """One button by day; at night first 「明日7時に送る」."""
    words = context.words
    marks = month.marks
    tomorrow = _morning(notice, context)
    if tomorrow is None:
        key = "remind-try-anyway" if month.is_short else "remind-send"
        label = words("remind-send-reserve" if month.takes_reserve else key, people=people)
        return (Button(label, pack("remind-now", notice.id, token, people, *marks), emphasis=Emphasis.PRIMARY),)
    now_data = pack("remind-now", notice.id, token, people, *marks, "night")
    at_once = Button(words("remind-send-at-once", people=people), now_data)
    if notice.expires_at is not None and tomorrow >= notice.expires_at:
        return (at_once,)
    name = morning_name(tomorrow, context.now, words)
    data = pack("remind-now", notice.id, token, people, *marks, f"at{int(tomorrow.timestamp())}")
    return (Button(words("remind-send-morning", at=name, people=people), data, emphasis=Emphasis.PRIMARY), at_once)


def _morning(notice: Notice, context: Context) -> datetime | None:
    """The end of the night that it is now; None by day, and for what is urgent."""
    organization = context.organization
    return None if notice.urgent else morning(context.now, organization.quiet, organization.zone)


def _night_words(notice: Notice, context: Context) -> str:
    quiet = context.organization.quiet
    if quiet is None or _morning(notice, context) is None:
        return ""
    return context.words("remind-night", **night(quiet))


def _is_out_of_time(shown: _Shown, notice: Notice, context: Context) -> bool:
    """Night fell since, or the morning that was offered has come."""
    if shown.send_at is not None:
        return shown.send_at <= context.now
    return _morning(notice, context) is not None and not shown.was_night


def _left_words(share: Share, context: Context, *, is_one_of_several: bool) -> str:
    words = context.words
    if share.quota is None:
        left = words("remind-left-unknown")
    elif share.left is None:
        left = words("remind-left-unlimited")
    else:
        left = words("remind-left-today" if share.quota.is_daily else "remind-left", left=share.left)
    if not is_one_of_several:
        return left
    return words("remind-share", channel=words(f"means-{share.channel}"), people=share.people, left=left)


def _short_words(share: Share, context: Context) -> str:
    if share.missing:
        is_daily = share.quota is not None and share.quota.is_daily
        return context.words("remind-short-today" if is_daily else "remind-short", left=share.left, people=share.people)
    if share.takes_reserve:
        return context.words("remind-reserve", people=share.reserved, left=(share.left or 0) - share.people)
    return ""


async def _last(notice: Notice, context: Context) -> str:
    """When the last reminder was ordered: nobody should be chased twice by mistake."""
    reminders = begun_reminders(await context.storage.mailings.of_notice(notice.id), context.now)
    if not reminders:
        return ""
    moment = context.words.moment(reminders[-1].due_at, context.now)
    return context.words("remind-last", count=len(reminders), moment=moment)


def _token(event: Command) -> str:
    """What makes a preview's button act once: it follows from the event behind the preview, and fits a button."""
    return hashlib.blake2b(event.id.encode(), digest_size=10).hexdigest()
