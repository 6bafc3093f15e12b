"""`/未確認`: who has not confirmed, each with exactly one reason, and what can be done about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from handlers.buttons import pack
from handlers.commands import choose, paging
from handlers.context import Context
from handlers.events import Command
from handlers.reasons import Explanation, Reason, concerned, explain_all
from handlers.replies import Button, Emphasis, Panel, Reply, Row, reply
from handlers.wording import Words
from storage.models import Notice, Receipt, Totals

_ERRORS = {
    "monthly limit": "out-of-quota",
    "401": "unauthorized",
    "403": "unauthorized",
    "429": "rate-limited",
    "expired": "expired",
    "stopped": "stopped",
    "131026": "unreachable",
    "131050": "opted-out",
    "no report": "no-report",
    "broken": "broken",
}
"""What the sender notes with a call (`bot.pacing`, `bot.channels`), by the words it is known from."""


async def pending(event: Command, context: Context) -> Reply:
    """Name those who have not confirmed, a page at a time."""
    notice = await choose.to_read(event, context)
    if isinstance(notice, Reply):
        return notice
    page = await paging.read(context.storage, notice, True, paging.after(event))
    totals = await context.storage.receipts.totals(notice.id)
    if not page.receipts:
        return reply(_nobody(notice, totals, paging.after(event), context))
    explanations = await explain_all(page.receipts, notice, context.storage)
    return reply(_names(notice, totals, page, explanations, context))


def _nobody(notice: Notice, totals: Totals, after: str, context: Context) -> Panel:
    words = context.words
    if totals.unconfirmed and after:
        return paging.no_more(notice, "pending", words)
    is_counted = notice.fanned_out_at or notice.stopped_at or notice.cancelled_at
    key = "choose-preparing" if not is_counted else "pending-none" if totals.all else "choose-nobody"
    return choose.say(notice, words(key, all=totals.all), words)


def _names(
    notice: Notice, totals: Totals, page: paging.Page, explanations: Mapping[str, Explanation], context: Context
) -> Panel:
    words = context.words
    return Panel(
        words("pending-title", number=str(notice.number), title=notice.title),
        (
            words("pending-count", unconfirmed=totals.unconfirmed, all=totals.all),
            *hints(explanations.values(), words),
        ),
        rows=paging.rows(page, lambda r: _row(r, explanations[r.member], words), words("paging-no-group")),
        buttons=_buttons(notice, page, context),
    )


def _row(receipt: Receipt, explanation: Explanation, words: Words) -> Row:
    notes = (words.listing(concerned(explanation, receipt)), error_words(explanation.error, words))
    return Row(receipt.name, reason_words(explanation.reason, words), words("paging-and").join(n for n in notes if n))


def reason_words(reason: Reason, words: Words) -> str:
    """The reason, as lists and tables show it."""
    return words(f"reason-{reason.value}")


def error_words(error: str, words: Words) -> str:
    """Why a call is held up, as far as there is a sentence for what the sender noted; else ''."""
    key = next((key for known, key in _ERRORS.items() if known in error), "")
    return words(f"reason-error-{key}") if key else ""


def hints(explanations: Iterable[Explanation], words: Words) -> tuple[str, ...]:
    """What each reason on the page means, or what to do about it; nearest to a confirmation first."""
    present = {e.reason for e in explanations}
    return tuple(words(f"reason-{reason.value}-hint") for reason in Reason if reason in present)


def _buttons(notice: Notice, page: paging.Page, context: Context) -> tuple[Button, ...]:
    words = context.words
    can_remind = not choose.ended_or_stopped(notice, context)
    return (
        *paging.more(notice, "pending", page, words),
        *(
            (Button(words("status-remind"), pack("remind", notice.number), emphasis=Emphasis.PRIMARY),)
            if can_remind
            else ()
        ),
        choose.status_button(notice, words),
    )
