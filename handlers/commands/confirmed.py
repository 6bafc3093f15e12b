"""`/確認済`: who has confirmed, when, by what means, and what was answered."""

from __future__ import annotations

from collections.abc import Mapping

from handlers.commands import choose, paging
from handlers.context import Context
from handlers.events import Command
from handlers.reasons import people_of
from handlers.replies import Panel, Reply, Row, reply
from handlers.wording import Words
from storage.models import CONFIRM, Contact, Notice, Receipt, Totals

_MEANS = ("line", "whatsapp", "sms", "email", "voice")


async def confirmed(event: Command, context: Context) -> Reply:
    """Name those who have confirmed, a page at a time."""
    notice = await choose.to_read(event, context)
    if isinstance(notice, Reply):
        return notice
    page = await paging.read(context.storage, notice, False, paging.after(event))
    totals = await context.storage.receipts.totals(notice.id)
    if not page.receipts:
        return reply(_nobody(notice, totals, context))
    who = [r.fulfilment[0] for r in page.receipts if r.fulfilment]
    people = await people_of(who, context.storage)
    return reply(_names(notice, totals, page, people, context))


def _nobody(notice: Notice, totals: Totals, context: Context) -> Panel:
    words = context.words
    if totals.confirmed:
        return paging.no_more(notice, "confirmed", words)
    return choose.say(notice, words("confirmed-none", all=totals.all), words)


def _names(notice: Notice, totals: Totals, page: paging.Page, people: Mapping[str, Contact], context: Context) -> Panel:
    words = context.words
    return Panel(
        words("confirmed-title", number=str(notice.number), title=notice.title),
        (words("confirmed-count", confirmed=totals.confirmed, all=totals.all),),
        rows=paging.rows(page, lambda r: _row(r, notice, people, context), words("paging-no-group")),
        buttons=(*paging.more(notice, "confirmed", page, words), choose.status_button(notice, words)),
    )


def _row(receipt: Receipt, notice: Notice, people: Mapping[str, Contact], context: Context) -> Row:
    words = context.words
    if receipt.fulfilment is None:
        return Row(receipt.name)
    contact, confirmation = receipt.fulfilment
    notes = (
        answer_words(receipt.answer, words) if notice.choices else "",
        words("confirmed-late") if notice.is_late(confirmation.at) else "",
        relationship(people.get(contact)),
        means_words(confirmation.via, words),
    )
    moment = words.moment(confirmation.at, context.now)
    return Row(receipt.name, moment, words("paging-and").join(n for n in notes if n))


def relationship(person: Contact | None) -> str:
    """母, 父; '' where it is not known."""
    return person.relationship if person else ""


def means_words(via: str, words: Words) -> str:
    """By what means: LINE, 電話; a means without a word of ours is shown as it is called."""
    return words(f"means-{via}") if via in _MEANS else via


def answer_words(answer: str | None, words: Words) -> str:
    """The answer as its button said it."""
    return words("confirm-button") if answer == CONFIRM else answer or ""
