"""受領 in SQLite, by the chunk: made for hundreds of members in one statement, and asked about in small.

No receipt is taken apart in Python here: a fan-out does this for everybody.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterator

from storage.models import Coverage, Notice
from storage.sqlite.members import audience_keys
from storage.sqlite.rows import among, from_json, is_storable, smallest, to_json

_ADD = """
INSERT INTO receipts
(notice, member, name, sort_key, groups, contacts, coverage, answers, cut_off, totals_window, revision, is_open)
SELECT :tally, m.id, m.name, m.sort_key, m.groups,
(SELECT json_group_array(c.contact) FROM contact_members AS c WHERE c.member = m.id), :coverage, '{}',
(SELECT json_group_array(c.contact) FROM contact_members AS c
 CROSS JOIN contacts AS p INDEXED BY contacts_cut_off ON p.id = c.contact
 WHERE c.member = m.id AND p.reach <> 'reachable'),
:window + wanted.key / :size, 0, 1
FROM json_each(:members) AS wanted CROSS JOIN members AS m ON m.id = wanted.value
WHERE EXISTS (SELECT 1 FROM member_audiences AS a
              WHERE a.audience IN (SELECT value FROM json_each(:keys)) AND a.member = m.id)
ON CONFLICT DO NOTHING
"""
_ADD_CONTACTS = """
INSERT INTO receipt_contacts SELECT c.contact, r.notice, r.key
FROM receipts AS r CROSS JOIN contact_members AS c ON c.member = r.member WHERE r.key > ?
"""
_COUNT = "SELECT count(*), coalesce(sum(contacts = cut_off), 0) FROM receipts WHERE key > ?"
_MISSING = """
SELECT a.member FROM member_audiences AS a WHERE a.audience = ? AND a.member > ? AND NOT EXISTS (
    SELECT 1 FROM receipts AS r WHERE r.notice = ? AND r.member = a.member)
ORDER BY a.member LIMIT ?
"""
_STANDING = """
SELECT c.contact, max(r.is_open AND (r.answers = '{}' OR NOT EXISTS (
    SELECT 1 FROM json_each(r.answers) AS a WHERE a.key = c.contact)))
FROM receipt_contacts AS c CROSS JOIN receipts AS r ON r.key = c.receipt
WHERE c.notice = ? AND c.contact IN (...) GROUP BY c.contact
"""
_FULFILLED = "SELECT contacts FROM receipts WHERE notice = ? AND is_open = 0 LIMIT ?"
_NAMES = """
SELECT c.contact, r.sort_key, r.key, r.name FROM receipt_contacts AS c CROSS JOIN receipts AS r ON r.key = c.receipt
WHERE c.notice = ? AND c.contact IN (...)
"""
_HEADS = "SELECT absorbed_by FROM contacts WHERE absorbed_by IS NOT NULL AND id IN (...)"
_ABSORBED = "SELECT id, absorbed FROM contacts WHERE absorbed <> '[]' AND id IN (...)"


def oblige(db: sqlite3.Connection, notice: Notice, members: Collection[str], window: int, size: int) -> None:
    """See `storage.base.Receipts.oblige`; `size` receipts to a window."""
    wanted = sorted(member for member in set(members) if is_storable(member))
    db.execute("INSERT INTO tallies (notice) VALUES (?) ON CONFLICT DO NOTHING", (notice.id,))
    (tally,) = db.execute("SELECT key FROM tallies WHERE notice = ?", (notice.id,)).fetchone()
    (last,) = db.execute("SELECT coalesce(max(key), 0) FROM receipts").fetchone()
    named = {"tally": tally, "coverage": notice.coverage.value, "window": window, "size": size}
    if not db.execute(
        _ADD, {**named, "members": to_json(wanted), "keys": to_json(audience_keys(notice.audience))}
    ).rowcount:
        return
    db.execute(_ADD_CONTACTS, (last,))
    added, unreached = db.execute(_COUNT, (last,)).fetchone()
    db.execute(
        "UPDATE tallies SET receipts = receipts + ?, unreached = unreached + ? WHERE key = ?", (added, unreached, tally)
    )


def missing(db: sqlite3.Connection, notice: Notice, after: str, limit: int) -> list[str]:
    """See `storage.base.Receipts.missing`."""
    tally = db.execute("SELECT key FROM tallies WHERE notice = ?", (notice.id,)).fetchone()
    known = 0 if tally is None else tally["key"]
    ranges = (db.execute(_MISSING, (key, after, known, limit)).fetchall() for key in audience_keys(notice.audience))
    return smallest(([row["member"] for row in rows] for rows in ranges), limit)


def waiting(db: sqlite3.Connection, notice: str, contacts: Collection[str]) -> dict[str, bool]:
    """See `storage.base.Receipts.waiting`."""
    standing: dict[str, bool] = {}
    heads = _heads(db, contacts)
    for contact, is_waiting in _of_notice(db, _STANDING, notice, {*contacts, *heads}):
        for head in heads.get(contact, (contact,)):
            standing[head] = standing.get(head, False) or bool(is_waiting)
    return standing


def done(db: sqlite3.Connection, notice: Notice, contacts: Collection[str]) -> set[str]:
    """See `storage.base.Receipts.done`."""
    asked = set(contacts)
    if notice.coverage is Coverage.ANY and (named := _fulfilled(db, notice.id, len(asked))) is not None:
        heads = (row["absorbed_by"] for row in among(db, _HEADS, named))
        asked &= {*named, *heads}
    standing = waiting(db, notice.id, asked) if asked else {}
    return {contact for contact, is_waiting in standing.items() if not is_waiting}


def _fulfilled(db: sqlite3.Connection, notice: str, most: int) -> set[str] | None:
    """Whom the notice's fulfilled receipts name; None where there are more of them than `most`. A tap fulfils what
    anybody may fulfil: of such a notice whoever is named nowhere here has not confirmed."""
    tally = db.execute("SELECT key FROM tallies WHERE notice = ?", (notice,)).fetchone()
    rows = db.execute(_FULFILLED, (tally["key"], most + 1)).fetchall() if tally is not None else []
    return {contact for row in rows for contact in from_json(row["contacts"])} if len(rows) <= most else None


def names(db: sqlite3.Connection, notice: str, contacts: Collection[str]) -> dict[str, tuple[str, ...]]:
    """See `storage.base.Receipts.names`."""
    heads = _heads(db, contacts)
    found: dict[str, set[tuple[str, int, str]]] = defaultdict(set)
    for contact, *named in _of_notice(db, _NAMES, notice, {*contacts, *heads}):
        for head in heads.get(contact, (contact,)):
            found[head].add(tuple(named))
    return {head: tuple(name for _, _, name in sorted(of_head)) for head, of_head in found.items()}


def _of_notice(db: sqlite3.Connection, statement: str, notice: str, contacts: Collection[str]) -> Iterator[sqlite3.Row]:
    if is_storable(notice):
        tally = db.execute("SELECT key FROM tallies WHERE notice = ?", (notice,)).fetchone()
        if tally is not None:
            yield from among(db, statement, contacts, tally["key"])


def _heads(db: sqlite3.Connection, contacts: Collection[str]) -> dict[str, set[str]]:
    """Of every id that one of the contacts absorbed: who of the contacts bears it."""
    asked = set(contacts)
    heads: dict[str, set[str]] = {}
    for row in among(db, _ABSORBED, asked):
        for other in from_json(row["absorbed"]):
            heads.setdefault(other, {other} & asked).add(row["id"])
    return heads
