"""Long lists of names, a page at a time, by key: a name that leaves the list between two pages moves no other."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

from handlers.buttons import pack
from handlers.commands import choose
from handlers.events import Command
from handlers.replies import Button, Panel, Row
from handlers.wording import Words
from storage.base import WINDOW, Storage
from storage.models import Notice, Receipt

MOST_ROWS = 30
"""Rows in one panel, headings and all: LINE takes at most 30 KB of JSON in a bubble (Flex Message, size limits)."""

_SEPARATOR = "\x1f"
_PREFIX = 60
_MARK = "~~"
_MOST_CHARACTERS = 40
"""Longer names and notes are cut, so that a panel of MOST_ROWS fits whatever a roster says."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some receipts in the order of names, and where the next page begins."""

    receipts: tuple[Receipt, ...]
    after: str
    """What the button of the next page carries; '' at the end."""
    has_headings: bool


async def read(storage: Storage, notice: Notice, is_open: bool, after: str, most: int = MOST_ROWS) -> Page:
    """The next page of those who have not confirmed, or who have. `after` as in `Page.after`, '' to begin."""
    key = await _key(storage, notice, after)
    receipts = await storage.receipts.page(notice.id, is_open, key, most + 1)
    has_headings = _has_headings(notice, receipts)
    shown = receipts[: _fitting(receipts, has_headings, most)]
    is_last = len(shown) == len(receipts)
    return Page(tuple(shown), "" if is_last else _token(shown[-1].sort_key), has_headings)


def rows(page: Page, row_of: Callable[[Receipt], Row], no_group: str) -> tuple[Row, ...]:
    """A row for each receipt, under the headings of their groups where there are several."""
    lines: list[Row] = []
    group: str | None = None
    for receipt in page.receipts:
        if page.has_headings and _group(receipt) != group:
            group = _group(receipt)
            lines.append(Row(f"【{group or no_group}】"))
        lines.append(row_of(receipt))
    return tuple(Row(*(choose.shorten(part, _MOST_CHARACTERS) for part in (r.left, r.right, r.note))) for r in lines)


def after(event: Command) -> str:
    """Where a pressed 「続きを見る」 goes on; '' for whatever was typed."""
    match event.arguments:
        case (_, token) if not event.text:
            return token
    return ""


def more(notice: Notice, verb: str, page: Page, words: Words) -> tuple[Button, ...]:
    """「続きを見る」, unless this is the end."""
    return (Button(words("paging-more"), pack(verb, notice.number, page.after)),) if page.after else ()


def no_more(notice: Notice, verb: str, words: Words) -> Panel:
    """Nobody is left behind the page one came from."""
    again = Button(words("paging-from-the-start"), pack(verb, notice.number))
    return Panel(choose.heading(notice, words), (words("paging-no-more"),), buttons=(again,))


def _group(receipt: Receipt) -> str:
    return receipt.groups[0] if receipt.groups else ""


def _has_headings(notice: Notice, receipts: Sequence[Receipt]) -> bool:
    audience = notice.audience
    return audience.everyone or len(audience.groups) != 1 or any(_group(r) not in audience.groups for r in receipts)


def _fitting(receipts: Sequence[Receipt], has_headings: bool, most: int) -> int:
    """How many receipts so many rows take with their headings."""
    count, group = 0, None
    for position, receipt in enumerate(receipts):
        count += 1 + (has_headings and _group(receipt) != group)
        group = _group(receipt)
        if count > most:
            return position
    return len(receipts)


def _token(key: str) -> str:
    """The sort key, in a form that always fits a button: where it is too long, its beginning and its digest."""
    plain = key.replace("~", "~0").replace(_SEPARATOR, "~1")
    try:
        pack("confirmed", 10**9, plain)
    except ValueError:
        return f"{_token(key[:_PREFIX])}{_MARK}{_digest(key)}"
    return plain


async def _key(storage: Storage, notice: Notice, token: str) -> str:
    """The sort key behind a token. A digest is looked up among the names that begin alike, open ones and others."""
    plain, _, digest = token.partition(_MARK)
    key = plain.replace("~1", _SEPARATOR).replace("~0", "~")
    for is_open in (True, False) if digest else ():
        async for receipt in _beginning_with(key, storage, notice, is_open):
            if _digest(receipt.sort_key) == digest:
                return receipt.sort_key
    return key


async def _beginning_with(prefix: str, storage: Storage, notice: Notice, is_open: bool) -> AsyncIterator[Receipt]:
    after = prefix
    while receipts := await storage.receipts.page(notice.id, is_open, after, WINDOW):
        for receipt in receipts:
            if not receipt.sort_key.startswith(prefix):
                return
            yield receipt
        after = receipts[-1].sort_key


def _digest(key: str) -> str:
    return hashlib.blake2b(key.encode(), digest_size=8).hexdigest()
