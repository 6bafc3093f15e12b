"""The results of a notice as a table, a row a member, in the order of names; for files that people open elsewhere.

Streams by pages. A confirmation that comes in while the table is made loses nobody and repeats nobody.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from handlers.commands.confirmed import answer_words, means_words
from handlers.commands.pending import error_words, reason_words
from handlers.reasons import Explanation, concerned, explain_all, people_of, whose
from handlers.wording import Words
from storage.base import WINDOW, Storage
from storage.models import Contact, Notice, Receipt

_COLUMNS = ("code", "name", "groups", "state", "at", "means", "who", "answer", "late", "reason")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
"""A spreadsheet may run a cell that begins like this (OWASP, CSV Injection)."""


@dataclass(frozen=True, slots=True)
class Result:
    """How one member stands. Sentences are in the language that was asked for."""

    member: str
    """The organisation's own code."""
    name: str
    groups: tuple[str, ...]
    is_confirmed: bool
    at: datetime | None = None
    """When it was confirmed, in the organisation's time zone."""
    means: str = ""
    who: str = ""
    """Whose tap it was, or who would have to be spoken to: 母; '' for the member herself or where it is not known."""
    answer: str = ""
    is_late: bool = False
    reason: str = ""
    """Why it is not confirmed."""


async def results(notice: Notice, storage: Storage, words: Words) -> AsyncIterator[Result]:
    """Every member of the notice once, by sort key."""
    after = ""
    while True:
        window, after, is_last = await _window(notice, storage, after)
        unconfirmed = await explain_all([r for r in window if r.is_open], notice, storage)
        people = await people_of([r.fulfilment[0] for r in window if r.fulfilment], storage)
        for receipt in window:
            yield _result(receipt, notice, people, unconfirmed, words)
        if is_last:
            return


async def _window(notice: Notice, storage: Storage, after: str) -> tuple[list[Receipt], str, bool]:
    """(receipts behind `after` in order, where they end, whether these are the last).

    Open ones are read first: who confirms between the two reads is found in both, and taken as confirmed.
    """
    pages = [await storage.receipts.page(notice.id, is_open, after, WINDOW) for is_open in (True, False)]
    ends = [page[-1].sort_key for page in pages if len(page) == WINDOW]
    end = min(ends, default="")
    found = {r.member: r for page in pages for r in page if not ends or r.sort_key <= end}
    return sorted(found.values(), key=lambda r: r.sort_key), end, not ends


def _result(
    receipt: Receipt,
    notice: Notice,
    people: Mapping[str, Contact],
    unconfirmed: Mapping[str, Explanation],
    words: Words,
) -> Result:
    if receipt.fulfilment is None:
        explanation = unconfirmed[receipt.member]
        reason = (reason_words(explanation.reason, words), error_words(explanation.error, words))
        return Result(
            receipt.member,
            receipt.name,
            receipt.groups,
            is_confirmed=False,
            who=words.listing(concerned(explanation, receipt)),
            reason=words("paging-and").join(part for part in reason if part),
        )
    contact, confirmation = receipt.fulfilment
    return Result(
        receipt.member,
        receipt.name,
        receipt.groups,
        is_confirmed=True,
        at=confirmation.at.astimezone(words.zone),
        means=means_words(confirmation.via, words),
        who=whose(people.get(contact), receipt),
        answer=answer_words(receipt.answer, words) if notice.choices else "",
        is_late=notice.is_late(confirmation.at),
    )


def header(words: Words) -> tuple[str, ...]:
    """The names of the columns."""
    return tuple(words(f"results-{column}") for column in _COLUMNS)


def cells(result: Result, words: Words) -> tuple[str, ...]:
    """A row of the table, as text that no spreadsheet takes for a formula."""
    row: Sequence[str] = (
        result.member,
        result.name,
        words.listing(result.groups),
        words("results-confirmed" if result.is_confirmed else "results-unconfirmed"),
        f"{result.at:%Y-%m-%d %H:%M:%S}" if result.at else "",
        result.means,
        result.who,
        result.answer,
        words("confirmed-late") if result.is_late else "",
        result.reason,
    )
    return tuple(defuse(cell) for cell in row)


def defuse(cell: str) -> str:
    """The cell with an apostrophe before it where a spreadsheet might take it for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
