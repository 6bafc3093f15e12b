"""受領 in SQLite. Each fold reads what its changes concern, folds with `Receipt.after`, and writes what differs.

Totals stand in the notice's row of `tallies`, moved in the same transaction by the difference between the receipts
before and after, so they equal a recount after any stop.
"""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from storage.base import WINDOW
from storage.models import Answer, Change, Confirmation, Coverage, Folded, Notice, Receipt, Totals
from storage.sqlite import obligations
from storage.sqlite.connection import Database
from storage.sqlite.rows import among, from_json, from_ms, insert_into, is_storable, to_json, to_ms

_ADD = insert_into(
    "receipts",
    ("key", "notice", "member", "name", "sort_key", "groups", "contacts", "coverage", "answers", "cut_off",
     "totals_window", "revision", "is_open"),
)  # fmt: skip
_UPDATE = "UPDATE receipts SET answers = ?, cut_off = ?, revision = ? WHERE key = ?"
_UPDATE_STANDING = "UPDATE receipts SET answers = ?, cut_off = ?, revision = ?, is_open = ? WHERE key = ?"
_CONCERNED = """
SELECT r.* FROM receipt_contacts AS c CROSS JOIN receipts AS r ON r.key = c.receipt
WHERE c.notice = ? AND c.contact IN (...)
"""
_OPEN = """
SELECT r.*, t.notice AS notice_id FROM receipt_contacts AS c
CROSS JOIN receipts AS r ON r.key = c.receipt CROSS JOIN tallies AS t ON t.key = r.notice
WHERE r.is_open = 1 AND c.contact IN (...) ORDER BY c.contact DESC, c.notice DESC, c.receipt DESC
"""
_PAGE = "SELECT * FROM receipts WHERE notice = ? AND is_open = ? AND sort_key > ? ORDER BY sort_key LIMIT ?"


class SqliteReceipts:
    """See `storage.base.Receipts`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, receipts: Sequence[Receipt]) -> None:
        await self._database.write(_add, receipts)

    async def oblige(self, notice: Notice, members: Collection[str], window: int) -> None:
        await self._database.write(obligations.oblige, notice, members, window, WINDOW)

    async def missing(self, notice: Notice, after: str, limit: int) -> list[str]:
        return await self._database.read(obligations.missing, notice, after, limit)

    async def fold(self, changes: Sequence[Change]) -> list[Folded]:
        return await self._database.write(_fold, changes)

    async def of(self, notice: str, contacts: Collection[str]) -> list[Receipt]:
        return await self._database.read(_of, notice, contacts)

    async def waiting(self, notice: str, contacts: Collection[str]) -> dict[str, bool]:
        return await self._database.read(obligations.waiting, notice, contacts)

    async def done(self, notice: Notice, contacts: Collection[str]) -> set[str]:
        return await self._database.read(obligations.done, notice, contacts)

    async def names(self, notice: str, contacts: Collection[str]) -> dict[str, tuple[str, ...]]:
        return await self._database.read(obligations.names, notice, contacts)

    async def open_of(self, contacts: Collection[str], limit: int) -> list[Receipt]:
        return await self._database.read(_open_of, contacts, limit)

    async def page(self, notice: str, is_open: bool, after: str, limit: int) -> list[Receipt]:
        return await self._database.read(_page, notice, is_open, after, limit)

    async def totals(self, notice: str) -> Totals:
        return await self._database.read(_totals, notice)


_COVERAGES = {str(coverage): coverage for coverage in Coverage}


def _row(key: int, tally: int, r: Receipt) -> tuple[object, ...]:
    collections = (to_json(r.groups), to_json(r.contacts), r.coverage.value, _answers_json(r), _cut_off_json(r))
    standing = (r.window, r.revision, int(r.is_open))
    return (key, tally, r.member, r.name, r.sort_key, *collections, *standing)


def _receipt(row: sqlite3.Row, notice: str) -> Receipt:
    return Receipt(
        notice=notice,
        member=row["member"],
        name=row["name"],
        sort_key=row["sort_key"],
        groups=tuple(from_json(row["groups"])),
        contacts=tuple(from_json(row["contacts"])),
        coverage=_COVERAGES[row["coverage"]],
        answers={contact: _answer(given) for contact, given in from_json(row["answers"]).items()},
        cut_off=frozenset(from_json(row["cut_off"])),
        window=row["totals_window"],
        revision=row["revision"],
    )


def _answers_json(receipt: Receipt) -> str:
    """{contact: [first, last]}; one entry where they are the same, as they nearly always are."""
    return to_json(
        {
            contact: [_given(c) for c in ((a.first,) if a.first == a.last else (a.first, a.last))]
            for contact, a in receipt.answers.items()
        }
    )


def _cut_off_json(receipt: Receipt) -> str:
    return to_json(sorted(receipt.cut_off))


def _given(c: Confirmation) -> tuple[object, ...]:
    return (to_ms(c.at), c.event, c.choice, c.version, c.via)


def _answer(given: Sequence[Sequence[Any]]) -> Answer:
    first = _confirmation(given[0])
    return Answer(first, first if len(given) == 1 else _confirmation(given[1]))


def _confirmation(given: Sequence[Any]) -> Confirmation:
    at, event, choice, version, via = given
    return Confirmation(from_ms(at), event, choice, version, via)


def _tally(db: sqlite3.Connection, notice: str) -> int | None:
    """The short number of a notice, if it has receipts."""
    if not is_storable(notice):
        return None
    row = db.execute("SELECT key FROM tallies WHERE notice = ?", (notice,)).fetchone()
    return None if row is None else int(row["key"])


def _add(db: sqlite3.Connection, receipts: Sequence[Receipt]) -> None:
    by_notice: dict[str, dict[str, Receipt]] = defaultdict(dict)
    for receipt in receipts:
        by_notice[receipt.notice].setdefault(receipt.member, receipt)
    for notice, wanted in by_notice.items():
        db.execute("INSERT INTO tallies (notice) VALUES (?) ON CONFLICT DO NOTHING", (notice,))
        (tally,) = db.execute("SELECT key FROM tallies WHERE notice = ?", (notice,)).fetchone()
        rows = among(db, "SELECT member FROM receipts WHERE notice = ? AND member IN (...)", wanted, tally)
        there = {row["member"] for row in rows}
        _add_fresh(db, tally, [receipt for member, receipt in wanted.items() if member not in there])


def _add_fresh(db: sqlite3.Connection, tally: int, receipts: Sequence[Receipt]) -> None:
    (last,) = db.execute("SELECT coalesce(max(key), 0) FROM receipts").fetchone()
    keyed = list(enumerate(receipts, last + 1))
    db.executemany(_ADD, [_row(key, tally, receipt) for key, receipt in keyed])
    db.executemany(
        "INSERT INTO receipt_contacts VALUES (?, ?, ?)",
        [(contact, tally, key) for key, receipt in keyed for contact in set(receipt.contacts)],
    )
    _move_totals(db, tally, [], receipts)


def _fold(db: sqlite3.Connection, changes: Sequence[Change]) -> list[Folded]:
    by_notice: dict[str, list[Change]] = defaultdict(list)
    for change in changes:
        by_notice[change.notice].append(change)
    standing = {notice: _fold_notice(db, notice, concerning) for notice, concerning in by_notice.items()}
    return [Folded(change, tuple(standing[change.notice].get(change.contact, ()))) for change in changes]


def _fold_notice(db: sqlite3.Connection, notice: str, changes: Sequence[Change]) -> dict[str, list[Receipt]]:
    """Fold the changes of one notice. The receipts of each contact afterwards, by sort key."""
    tally = _tally(db, notice)
    if tally is None:
        return {}
    before = {row["key"]: _receipt(row, notice) for row in among(db, _CONCERNED, {c.contact for c in changes}, tally)}
    keys: dict[str, list[int]] = defaultdict(list)
    for key, receipt in sorted(before.items(), key=lambda item: item[1].sort_key):
        for contact in set(receipt.contacts):
            keys[contact].append(key)
    after = dict(before)
    for change in changes:
        for key in keys[change.contact]:
            after[key] = after[key].after(change)
    _write(db, tally, [(key, before[key], now) for key, now in after.items() if now is not before[key]])
    return {contact: [after[key] for key in found] for contact, found in keys.items()}


def _write(db: sqlite3.Connection, tally: int, changed: Sequence[tuple[int, Receipt, Receipt]]) -> None:
    same: list[tuple[object, ...]] = []
    turned: list[tuple[object, ...]] = []
    for key, old, new in changed:
        values = (_answers_json(new), _cut_off_json(new), new.revision)
        if old.is_open == new.is_open:
            same.append((*values, key))
        else:
            turned.append((*values, int(new.is_open), key))
    db.executemany(_UPDATE, same)
    db.executemany(_UPDATE_STANDING, turned)
    _move_totals(db, tally, [old for _, old, _ in changed], [new for _, _, new in changed])


def _move_totals(db: sqlite3.Connection, tally: int, before: Sequence[Receipt], after: Sequence[Receipt]) -> None:
    old, new = Totals.of(before), Totals.of(after)
    if old == new:
        return
    (text,) = db.execute("SELECT answers FROM tallies WHERE key = ?", (tally,)).fetchone()
    answers = Counter(from_json(text))
    answers.update(new.answers)
    answers.subtract(old.answers)
    db.execute(
        "UPDATE tallies SET receipts = receipts + ?, confirmed = confirmed + ?, unreached = unreached + ?, answers = ?"
        " WHERE key = ?",
        (
            new.all - old.all,
            new.confirmed - old.confirmed,
            new.unreached - old.unreached,
            to_json({choice: count for choice, count in answers.items() if count}),
            tally,
        ),
    )


def _of(db: sqlite3.Connection, notice: str, contacts: Collection[str]) -> list[Receipt]:
    tally = _tally(db, notice)
    if tally is None:
        return []
    found = {row["key"]: _receipt(row, notice) for row in among(db, _CONCERNED, contacts, tally)}
    return _sorted(found.values())


def _sorted(receipts: Iterable[Receipt]) -> list[Receipt]:
    return sorted(receipts, key=lambda receipt: receipt.sort_key)


def _open_of(db: sqlite3.Connection, contacts: Collection[str], limit: int) -> list[Receipt]:
    found: dict[int, Receipt] = {}
    for row in among(db, _OPEN, contacts):
        if len(found) == limit:
            break
        found[row["key"]] = _receipt(row, row["notice_id"])
    return list(found.values())


def _page(db: sqlite3.Connection, notice: str, is_open: bool, after: str, limit: int) -> list[Receipt]:
    tally = _tally(db, notice)
    if tally is None:
        return []
    return [_receipt(row, notice) for row in db.execute(_PAGE, (tally, int(is_open), after, limit))]


def _totals(db: sqlite3.Connection, notice: str) -> Totals:
    if not is_storable(notice):
        return Totals()
    row = db.execute("SELECT * FROM tallies WHERE notice = ?", (notice,)).fetchone()
    if row is None:
        return Totals()
    return Totals(row["receipts"], row["confirmed"], row["unreached"], from_json(row["answers"]))
