"""「進みぐあいを見る」: how far the sending is; once it is over, how the notice stands."""

from __future__ import annotations

from handlers import progress as sending
from handlers.commands import choose, status
from handlers.context import Context
from handlers.events import Command
from handlers.replies import Reply, reply

_MOST = 3
"""Panels in one answer: the notice's own sending, and reminders."""


async def progress(event: Command, context: Context) -> Reply:
    """Show how far each sending of a notice is."""
    notice = await choose.to_read(event, context)
    if isinstance(notice, Reply):
        return notice
    mailings = await context.storage.mailings.of_notice(notice.id)
    panels = await sending.panels(notice, mailings, context)
    return reply(*panels[:_MOST]) if panels else reply(await status.panel(notice, context))
