"""「本文を読む」: all of a notice, with its buttons, for whoever got only its beginning. Confirms nothing."""

from __future__ import annotations

from handlers.cards import card
from handlers.context import Context
from handlers.events import Press
from handlers.personal import personalise
from handlers.replies import Reply, Text, reply
from storage.models import Notice, Standing


async def read(event: Press, context: Context) -> Reply:
    """The whole card to a recipient of the notice; else what stands against it."""
    words = context.words
    notice = await _notice(event, context)
    contact = context.speaker
    receipts = await context.storage.receipts.of(notice.id, contact.ids) if notice and contact else []
    if notice is None or not receipts:
        return reply(Text(words("press-unknown", organization=context.organization.name)))
    standing = notice.standing_at(context.now)
    if standing is not Standing.OPEN:
        return reply(Text(words(f"reading-{standing.value}", title=notice.title)))
    return reply(card(personalise(notice, [r.name for r in receipts]), context.organization, words))


async def _notice(event: Press, context: Context) -> Notice | None:
    match event.arguments:
        case (notice, *_):
            return (await context.storage.notices.get([notice])).get(notice)
    return None
