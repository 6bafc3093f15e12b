"""`/終了`: from now on no tap on a notice counts."""

from __future__ import annotations

from handlers.auditing import note
from handlers.buttons import pack
from handlers.commands import choose, status
from handlers.context import Context
from handlers.events import Command
from handlers.replies import Button, Emphasis, Panel, Reply, reply
from storage.models import NoticeMark


async def close(event: Command, context: Context) -> Reply:
    """Say what closing means, and ask. Changes nothing."""
    notice = await choose.to_change(event, context)
    if isinstance(notice, Reply):
        return notice
    words = context.words
    totals = await context.storage.receipts.totals(notice.id)
    return reply(
        Panel(
            words("close-title", number=str(notice.number), title=notice.title),
            (choose.head_count(notice, context), status.counts(totals, words), words("close-means")),
            buttons=(
                Button(words("close-button"), pack("close-now", notice.id), emphasis=Emphasis.PRIMARY),
                choose.status_button(notice, words),
            ),
        )
    )


async def close_now(event: Command, context: Context) -> Reply:
    """Close it, once. Taps made before this moment still count when they arrive later."""
    notice = await choose.to_change(event, context)
    if isinstance(notice, Reply):
        return notice
    await note(event, context, "close", notice.id, number=str(notice.number))
    notice = await context.storage.notices.mark(notice.id, NoticeMark.CLOSED, context.now)
    words = context.words
    totals = await context.storage.receipts.totals(notice.id)
    return reply(
        Panel(
            words("close-done", number=str(notice.number), title=notice.title),
            (status.counts(totals, words), words("close-done-means")),
            buttons=(choose.status_button(notice, words),),
        )
    )
