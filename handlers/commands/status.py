"""`/状況`: how a notice stands, in numbers. What a platform accepted is shown apart from what people confirmed."""

from __future__ import annotations

from collections.abc import Sequence

from handlers import progress
from handlers.buttons import pack
from handlers.commands import choose, planned
from handlers.context import Context
from handlers.events import Command
from handlers.replies import Bar, Button, Emphasis, Panel, Reply, Row, reply
from handlers.wording import Words
from storage.models import CONFIRM, Mailing, Notice, OutgoingState, Progress, Purpose, Totals

_TOLD = (
    OutgoingState.ACCEPTED,
    OutgoingState.WAITING,
    OutgoingState.SENDING,
    OutgoingState.UNKNOWN,
    OutgoingState.REFUSED,
    OutgoingState.DROPPED,
)
MOVING = frozenset({OutgoingState.WAITING, OutgoingState.SENDING})
"""Not settled: something may still go out."""
_TROUBLE = frozenset({OutgoingState.UNKNOWN, OutgoingState.REFUSED})


async def status(event: Command, context: Context) -> Reply:
    """Show the counts of a notice, and lead on to the names."""
    notice = await choose.to_read(event, context)
    return notice if isinstance(notice, Reply) else reply(await panel(notice, context))


async def panel(notice: Notice, context: Context) -> Panel:
    """Counts, bar, deadline, answers; and the sending while it is going on or left something to know. While many are
    sent to, the bar is that of the sending."""
    words = context.words
    totals = await context.storage.receipts.totals(notice.id)
    mailings = await context.storage.mailings.of_notice(notice.id)
    on_the_way = await _on_the_way(notice, mailings, context)
    paragraphs = (
        *(on_the_way.paragraphs if on_the_way else await progress.lateness(notice, mailings, context)),
        counts(totals, words),
        choose.head_count(notice, context),
        deadline(notice, context),
        choose.ended_or_stopped(notice, context),
        *await _sending(notice, totals, mailings, context),
    )
    return Panel(
        choose.heading(notice, words),
        tuple(p for p in paragraphs if p),
        bar=on_the_way.bar if on_the_way else Bar(totals.confirmed, totals.all) if totals.all else None,
        rows=_answers(notice, totals, words),
        buttons=(
            *(on_the_way.buttons if on_the_way else ()),
            *_buttons(notice, totals, await context.storage.outbox.progress(notice.id), context),
        ),
    )


async def _on_the_way(notice: Notice, mailings: Sequence[Mailing], context: Context) -> Panel | None:
    """How far a large sending is."""
    if notice.contacts <= progress.LARGE:
        return None
    return next(iter(await progress.panels(notice, mailings, context)), None)


def counts(totals: Totals, words: Words) -> str:
    """「確認済み 3 · 未確認 2(うち届いていない 1) · 全 5」."""
    key = "status-counts-unreached" if totals.unreached else "status-counts"
    return words(
        key,
        confirmed=totals.confirmed,
        unconfirmed=totals.unconfirmed,
        unreached=totals.unreached,
        all=totals.all,
    )


def deadline(notice: Notice, context: Context) -> str:
    """「締切:11/30(月) 18:00」, and whether it has passed; '' without one."""
    if notice.deadline_at is None:
        return ""
    key = "status-deadline-passed" if notice.is_late(context.now) else "status-deadline"
    return context.words(key, moment=context.words.moment(notice.deadline_at, context.now))


def _answers(notice: Notice, totals: Totals, words: Words) -> tuple[Row, ...]:
    if not notice.choices:
        return ()
    others = [choice for choice in totals.answers if choice not in notice.choices]
    return tuple(
        Row(
            words("confirm-button") if choice == CONFIRM else choice,
            words("status-people", count=totals.answers.get(choice, 0)),
        )
        for choice in (*notice.choices, *others)
    )


def _buttons(notice: Notice, totals: Totals, progress: Progress, context: Context) -> tuple[Button, ...]:
    words = context.words
    buttons = []
    if totals.unconfirmed:
        label = words("status-see-pending", count=totals.unconfirmed)
        buttons.append(Button(label, pack("pending", notice.number), emphasis=Emphasis.PRIMARY))
    if totals.confirmed:
        buttons.append(Button(words("status-see-confirmed", count=totals.confirmed), pack("confirmed", notice.number)))
    if totals.unconfirmed and not choose.ended_or_stopped(notice, context):
        buttons.append(Button(words("status-remind"), pack("remind", notice.number)))
        if progress.people.get(OutgoingState.UNKNOWN):
            buttons.append(Button(words("status-again"), pack("again", notice.number)))
    return tuple(buttons)


async def _sending(notice: Notice, totals: Totals, mailings: Sequence[Mailing], context: Context) -> tuple[str, ...]:
    """How the sending stands, as far as there is anything to know; with what the words mean."""
    words, outbox = context.words, context.storage.outbox
    lines = []
    for purpose in Purpose:
        of_purpose = [m for m in mailings if m.purpose is purpose]
        if of_purpose:
            people = await outbox.progress(notice.id, purpose)
            is_moving = any(planned.is_going_on(m, context.now) for m in of_purpose)
            lines += [_sending_line(purpose, is_moving, people, words), planned.capped(people, context)]
    told = [line for line in lines if line]
    reminders = planned.begun_reminders(mailings, context.now)
    return (
        _preparing(notice, totals, context),
        *planned.lines(notice, mailings, context),
        words("status-reminded", count=len(reminders), moment=words.moment(reminders[-1].due_at, context.now))
        if reminders
        else "",
        *told,
        words("status-accepted-means") if told else "",
        *(_came(await outbox.progress(notice.id), words)),
    )


def _came(progress: Progress, words: Words) -> tuple[str, ...]:
    """What some platforms tell beyond that they took it; each under its own word, and none of them a confirmation."""
    if not progress.delivered:
        return ()
    return (words("status-came", delivered=progress.delivered, opened=progress.opened), words("status-came-means"))


def _preparing(notice: Notice, totals: Totals, context: Context) -> str:
    """Not everyone of the roster is counted yet, or ever will be."""
    if notice.fanned_out_at is not None or planned.is_scheduled(notice, context.now):
        return ""
    is_cut_short = notice.stopped_at or notice.cancelled_at
    key = "status-cut-short" if is_cut_short else "status-preparing"
    return context.words(key, members=notice.members, counted=totals.all)


def _sending_line(purpose: Purpose, is_moving: bool, people: Progress, words: Words) -> str:
    if not is_moving and not _is_worth_telling(purpose, people):
        return ""
    return words(f"status-sending-{purpose.value}", parts=parts(people, words))


def _is_worth_telling(purpose: Purpose, found: Progress) -> bool:
    """A reminder that was dropped because everyone had confirmed is no trouble; a dropped notice is."""
    telling = MOVING | _TROUBLE | ({OutgoingState.DROPPED} if purpose is Purpose.NOTICE else set())
    return any(found.people.get(state, 0) for state in telling)


def parts(found: Progress, words: Words) -> str:
    """「受け付け 300 · 送信待ち 20 · 不明 1」: each state under its own word, accepted always."""
    return words("status-and").join(
        words(f"status-{state.value}", count=count)
        for state in _TOLD
        if (count := found.people.get(state, 0)) or state is OutgoingState.ACCEPTED
    )
