"""What a platform tells of our own account: kept, logged, and told to the administrators once."""

from __future__ import annotations

import logging

from handlers.context import Context
from handlers.events import AccountNews
from handlers.replies import Panel
from handlers.reporting import Report, Reporter, report
from handlers.wording import Words

log = logging.getLogger(__name__)


async def take(event: AccountNews, context: Context) -> None:
    """Tell the administrators, however often it comes."""
    log.warning("account.news", extra={"channel": event.channel, "what": event.what, "state": event.state})
    reporter = Reporter(context.storage, context.organization, context.platforms, context.wake)
    told = Report(f"report/news/{event.id}", lambda words: _panel(event, words))
    await report(told, await context.storage.contacts.administrators(), reporter, context.now)


def _panel(event: AccountNews, words: Words) -> Panel:
    sentence = words(f"news-{event.what}", name=event.name, state=event.state)
    return Panel(words("news-title"), (sentence, words(f"news-do-{event.what}")))
