"""`/取り下げ`: a notice is taken back. What a platform accepted cannot be called back, and this says so."""

from __future__ import annotations

from handlers import publish
from handlers.auditing import note
from handlers.buttons import pack
from handlers.commands import choose, stop
from handlers.context import Context
from handlers.events import Command
from handlers.replies import Button, Emphasis, Panel, Reply, reply
from storage.models import NoticeMark


async def withdraw(event: Command, context: Context) -> Reply:
    """Say what taking back means, and ask. Changes nothing."""
    notice = await choose.to_change(event, context)
    if isinstance(notice, Reply):
        return notice
    words = context.words
    return reply(
        Panel(
            words("withdraw-title", number=str(notice.number), title=notice.title),
            (choose.head_count(notice, context), *await stop.standing(notice, context), words("withdraw-means")),
            buttons=(
                Button(words("withdraw-button"), pack("withdraw-now", notice.id), emphasis=Emphasis.PRIMARY),
                choose.status_button(notice, words),
            ),
        )
    )


async def withdraw_now(event: Command, context: Context) -> Reply:
    """Take it back, once: whoever presses is told so, and what was not sent yet is not sent any more."""
    notice = await choose.to_change(event, context)
    if isinstance(notice, Reply):
        return notice
    await note(event, context, "withdraw", notice.id, number=str(notice.number))
    await publish.stop(notice, context)
    notice = await context.storage.notices.mark(notice.id, NoticeMark.CANCELLED, context.now)
    words = context.words
    return reply(
        Panel(
            words("withdraw-done", number=str(notice.number), title=notice.title),
            (*await stop.standing(notice, context), words("withdraw-done-means")),
            buttons=(Button(words("choose-begin"), pack("notice")), choose.status_button(notice, words)),
        )
    )
