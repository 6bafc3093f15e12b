"""`/一覧`: the notices, newest first, each with how it stands."""

from __future__ import annotations

from handlers.buttons import pack
from handlers.commands import choose
from handlers.commands.planned import is_scheduled
from handlers.context import Context
from handlers.events import Command
from handlers.replies import Button, Panel, Reply, Row, reply
from storage.models import Notice, Standing

_ON_A_PAGE = 10
_WITH_BUTTON = 3
_TITLE = 40


async def listing(event: Command, context: Context) -> Reply:
    """Show ten notices; older ones than the number that a pressed 「続きを見る」 carries."""
    words = context.words
    before = None if event.text else choose.read_number(event.arguments)
    notices = await context.storage.notices.latest(_ON_A_PAGE + 1, before=before)
    if not notices:
        return choose.none_yet(words) if before is None else reply(Panel(words("list-no-more")))
    shown = notices[:_ON_A_PAGE]
    more = (Button(words("paging-more"), pack("list", shown[-1].number)),) if len(notices) > len(shown) else ()
    return reply(
        Panel(
            words("list-title"),
            rows=tuple([await _row(n, context) for n in shown]),
            buttons=(*(_button(n, context) for n in shown[:_WITH_BUTTON]), *more),
        )
    )


async def _row(notice: Notice, context: Context) -> Row:
    words = context.words
    totals = await context.storage.receipts.totals(notice.id)
    return Row(
        choose.shorten(choose.heading(notice, words), _TITLE),
        words("list-count", confirmed=totals.confirmed, all=totals.all),
        words("list-note", date=words.date(notice.created_at), state=_state_words(notice, context)),
    )


def _state_words(notice: Notice, context: Context) -> str:
    moment = context.words.brief(notice.send_at, context.now) if notice.send_at else ""
    return context.words(f"list-{state(notice, context)}", moment=moment)


def state(notice: Notice, context: Context) -> str:
    """One word for how a notice stands: what ended it comes before what is going on."""
    standing = notice.standing_at(context.now)
    if standing is not Standing.OPEN:
        return standing.value
    if notice.stopped_at:
        return "stopped"
    if is_scheduled(notice, context.now):
        return "scheduled"
    if notice.fanned_out_at is None:
        return "sending"
    return "late" if notice.is_late(context.now) else "open"


def _button(notice: Notice, context: Context) -> Button:
    number = str(notice.number)
    return Button(context.words("list-status-of", number=number), pack("status", notice.number))
