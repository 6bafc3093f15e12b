"""もう一度送る: after sends that nobody answered for. Asked first: whoever did get the first one gets another."""

from __future__ import annotations

from handlers import publish
from handlers.buttons import pack
from handlers.commands import choose
from handlers.context import Context
from handlers.events import Command
from handlers.reminding import rules
from handlers.replies import Button, Emphasis, Panel, Reply, reply
from handlers.resending import AGAIN, unknown_people
from storage.models import Notice


async def again(event: Command, context: Context) -> Reply:
    """Say to how many it would go, and ask. Sends nothing."""
    notice = await choose.to_change(event, context, choose.ended_or_stopped)
    if isinstance(notice, Reply):
        return notice
    words, people = context.words, await _people(notice, context)
    if not people:
        return reply(choose.say(notice, words("again-nobody"), words))
    button = Button(
        words("again-send", people=people), pack("again-now", notice.number, event.id[-60:]), emphasis=Emphasis.PRIMARY
    )
    sentences = (words("again-question", people=people), words("again-means"))
    return reply(Panel(choose.heading(notice, words), sentences, buttons=(button, choose.status_button(notice, words))))


async def again_now(event: Command, context: Context) -> Reply:
    """Order it, once for each question."""
    match event.arguments:
        case (_, token):
            notice = await choose.to_change(event, context, choose.ended_or_stopped)
            if isinstance(notice, Reply):
                return notice
            words, people = context.words, await _people(notice, context)
            known = await context.storage.mailings.get(f"{notice.id}/reminder/{AGAIN}{token}")
            if known is None and not people:
                return reply(choose.say(notice, words("again-nobody"), words))
            await publish.order_reminder(notice, event, context, token=f"{AGAIN}{token}")
            return reply(choose.say(notice, words("again-ordered"), words))
    return await again(event, context)


async def _people(notice: Notice, context: Context) -> int:
    going_by = await rules(notice, context.storage, context.platforms, context.now, context.organization.zone)
    return await unknown_people(going_by, notice.id)
