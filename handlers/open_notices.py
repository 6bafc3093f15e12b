"""What a person has still to confirm, as cards for a free reply."""

from __future__ import annotations

from handlers.cards import card
from handlers.context import Context
from handlers.personal import personalise
from handlers.reminding import waiting_contacts
from handlers.replies import Message, Text
from storage.models import Contact, Notice, Standing

_MOST_CARDS = 3
_MOST_RECEIPTS = 200


async def open_cards(contact: Contact, context: Context) -> tuple[Message, ...]:
    """At most four messages: a sentence, and the newest three notices that still wait for this person's tap."""
    receipts = await context.storage.receipts.open_of(contact.ids, _MOST_RECEIPTS)
    wanted = [r for r in receipts if waiting_contacts([r]).intersection(contact.ids)]
    notices = await context.storage.notices.get({r.notice for r in wanted})
    open_now = sorted(
        (n for n in notices.values() if n.standing_at(context.now) is Standing.OPEN), key=lambda n: -n.number
    )
    if not open_now:
        return ()
    names: dict[str, list[str]] = {n.id: [r.name for r in wanted if r.notice == n.id] for n in open_now}
    key = "open-more" if len(open_now) > _MOST_CARDS else "open-some"
    return (
        Text(context.words(key, count=len(open_now), shown=_MOST_CARDS)),
        *(_card(n, names[n.id], context) for n in open_now[:_MOST_CARDS]),
    )


def _card(notice: Notice, names: list[str], context: Context) -> Message:
    return card(personalise(notice, names), context.organization, context.words)
