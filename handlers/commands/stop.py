"""`/送信中止`: what was not sent yet is not sent any more. Accepted, not sent and unknown are told apart."""

from __future__ import annotations

from msgspec.structs import replace

from handlers import publish
from handlers.auditing import note
from handlers.buttons import pack
from handlers.commands import choose
from handlers.commands.planned import is_unfinished
from handlers.context import Context
from handlers.events import Command
from handlers.replies import Button, Emphasis, Panel, Reply, reply
from storage.models import Notice, OutgoingState, Purpose

_NOT_SENT = (OutgoingState.WAITING, OutgoingState.DROPPED)
_UNKNOWN = (OutgoingState.SENDING, OutgoingState.UNKNOWN)


async def stop(event: Command, context: Context) -> Reply:
    """Show how far the sending is, and ask. Changes nothing."""
    notice = await choose.to_change(event, context, choose.ended_or_stopped)
    return notice if isinstance(notice, Reply) else reply(await _question(notice, context))


async def ask(event: Command, context: Context) -> Reply:
    """Answer a bare 「中止」: is the sending to be stopped, or is it news that an event is off?"""
    words = context.words
    found = await choose.to_change(replace(event, name="stop", arguments=(), text=""), context, choose.ended_or_stopped)
    notice = found if isinstance(found, Notice) else None
    return reply(
        Panel(
            words("stop-which"),
            (choose.heading(notice, words), choose.head_count(notice, context)) if notice else (),
            buttons=(
                Button(words("stop-button"), pack("stop-now", notice.id) if notice else pack("stop")),
                Button(words("stop-announce"), pack("notice"), emphasis=Emphasis.PRIMARY),
            ),
        )
    )


async def stop_now(event: Command, context: Context) -> Reply:
    """Stop the sending, once, and say what was accepted, what was not sent, and what nobody knows."""
    notice = await choose.to_change(event, context, choose.ended_or_stopped)
    if isinstance(notice, Reply):
        return notice
    await note(event, context, "stop", notice.id, number=str(notice.number))
    await publish.stop(notice, context)
    words = context.words
    reached = await _reached(notice, context)
    means = words("stop-done-means" if reached else "stop-done-nobody")
    return reply(
        Panel(
            words("stop-done", number=str(notice.number), title=notice.title),
            (*await standing(notice, context), means),
            buttons=(
                Button(words("stop-withdraw"), pack("withdraw", notice.number)),
                choose.status_button(notice, words),
            ),
        )
    )


async def brake(event: Command, context: Context) -> Reply:
    """「止める」 in the answer to 送る: while nothing has begun it stops at once; then it asks, as 送信中止 does."""
    notice = await choose.to_change(event, context, choose.ended_or_stopped)
    if isinstance(notice, Reply):
        return notice
    if await context.storage.outbox.last_chunk(f"{notice.id}/notice") is not None:
        return reply(await _question(notice, context))
    return await stop_now(event, context)


async def _reached(notice: Notice, context: Context) -> bool:
    """Whether anybody got a copy, or may have. Once it is stopped, nobody can be added to them."""
    people = (await context.storage.outbox.progress(notice.id)).people
    return any(people.get(state, 0) for state in (OutgoingState.ACCEPTED, *_UNKNOWN))


async def _question(notice: Notice, context: Context) -> Panel:
    words = context.words
    title = words("stop-title", number=str(notice.number), title=notice.title)
    lines = (choose.head_count(notice, context), *await standing(notice, context))
    withdraw = Button(words("stop-withdraw"), pack("withdraw", notice.number))
    see = choose.status_button(notice, words)
    if not await _is_going_on(notice, context):
        return Panel(choose.heading(notice, words), (*lines, words("stop-nothing")), buttons=(withdraw, see))
    stop_it = Button(words("stop-button"), pack("stop-now", notice.id), emphasis=Emphasis.PRIMARY)
    return Panel(title, (*lines, words("stop-means")), buttons=(stop_it, see))


async def _is_going_on(notice: Notice, context: Context) -> bool:
    progress = await context.storage.outbox.progress(notice.id)
    mailings = await context.storage.mailings.of_notice(notice.id)
    return bool(progress.people.get(OutgoingState.WAITING)) or any(map(is_unfinished, mailings))


async def standing(notice: Notice, context: Context) -> tuple[str, ...]:
    """Accepted, not sent and unknown, in people: a line for the notice, and one for its reminders if there were any."""
    mailings = await context.storage.mailings.of_notice(notice.id)
    ordered = [p for p in Purpose if p is Purpose.NOTICE or any(m.purpose is p for m in mailings)]
    return tuple([await _line(notice, purpose, context) for purpose in ordered])


async def _line(notice: Notice, purpose: Purpose, context: Context) -> str:
    words = context.words
    progress = await context.storage.outbox.progress(notice.id, purpose)
    people = progress.people
    not_sent = sum(people.get(state, 0) for state in _NOT_SENT)
    if purpose is Purpose.NOTICE and notice.fanned_out_at is None:
        not_sent += max(0, notice.contacts - sum(people.values()) - sum(progress.skipped.values()))
    return words(
        f"stop-standing-{purpose.value}",
        accepted=people.get(OutgoingState.ACCEPTED, 0),
        not_sent=not_sent,
        unknown=sum(people.get(state, 0) for state in _UNKNOWN),
        refused=people.get(OutgoingState.REFUSED, 0),
    )
