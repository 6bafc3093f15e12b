"""How the calls of the outbox stand in SQLite."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Collection, Iterator
from datetime import datetime

from storage.models import Late, Outgoing, OutgoingState, Progress, Purpose, SkipReason
from storage.sqlite.connection import Database
from storage.sqlite.outgoing import FIELDS, carried, read
from storage.sqlite.rows import among, from_ms, is_storable, to_ms

CALL = f"SELECT {', '.join(f'o.{f}' for f in FIELDS)}, b.body FROM"
_BY_ID = f"{CALL} outgoing AS o CROSS JOIN bodies AS b ON b.key = o.key WHERE o.id IN (...)"
_PROGRESS = """
SELECT state, sum(people) AS people, sum(blocked) AS blocked, sum(unregistered) AS unregistered,
sum(capped) AS capped, sum(confirmed) AS confirmed, sum(delivered) AS delivered, sum(opened) AS opened FROM outgoing
WHERE notice = ? AND purpose = ? AND mailing BETWEEN ? AND ? GROUP BY mailing, state
"""
_REACHED = """
SELECT count(DISTINCT recipients) FROM outgoing WHERE channel = ? AND first_attempt_at >= ? AND message_id IS NOT NULL
"""
_ADDED_UP = "SELECT mailing, notice, channel, failure, sum(people) AS people, min(created_at) AS since FROM outgoing"
_LATE = f"{_ADDED_UP} WHERE created_at <= ? AND is_live = 1 GROUP BY mailing, notice, channel, failure"
_FAILING = f"{_ADDED_UP} WHERE failure = ? AND created_at <= ? AND is_live = 1 GROUP BY mailing, notice, channel"
_MOVING = """
SELECT 1 FROM outgoing WHERE notice = ? AND purpose = ? AND mailing = ? AND state IN ('waiting', 'sending') LIMIT 1
"""
_ERRORS = """
SELECT coalesce(error, '') AS error, sum(people) AS people FROM outgoing
WHERE notice = ? AND purpose = ? AND mailing = ? AND state = ? GROUP BY 1
"""
_OF_MAILING = f"{CALL} outgoing AS o CROSS JOIN bodies AS b ON b.key = o.key WHERE o.mailing = ? AND o.part = ''"
_LAST_CHUNK = f"{_OF_MAILING} ORDER BY o.chunk DESC LIMIT 1"
_CHUNK = f"{_OF_MAILING} AND o.chunk = ?"
_WHOLE = f"{CALL} outgoing AS o CROSS JOIN bodies AS b ON b.key = o.key WHERE o.key = ?"
_PLACE = """
SELECT key FROM outgoing WHERE mailing = ? AND part = '' AND first_contact <= ? ORDER BY first_contact DESC LIMIT 1
"""
_BEYOND_ALL = "\U0010ffff"
_PARTS = "SELECT contact, outgoing FROM part_people WHERE mailing = ? AND contact IN (...) ORDER BY contact, size"


class SqliteStanding:
    """See `storage.base.Outbox`: what is read and not changed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def last_chunk(self, mailing: str) -> Outgoing | None:
        return await self._database.read(one, _LAST_CHUNK, mailing)

    async def chunk(self, mailing: str, number: int) -> Outgoing | None:
        return await self._database.read(one, _CHUNK, mailing, number)

    async def reached_since(self, channel: str, since: datetime) -> int:
        return await self._database.read(_reached_since, channel, since)

    async def late(self, stored_before: datetime, failure: str | None = None) -> list[Late]:
        return await self._database.read(_late, stored_before, failure)

    async def progress(self, notice: str, purpose: str | None = None, mailing: str | None = None) -> Progress:
        return await self._database.read(_progress, notice, purpose, mailing)

    async def is_moving(self, notice: str, purpose: str, mailing: str) -> bool:
        return await self._database.read(_is_moving, notice, purpose, mailing)

    async def errors(self, notice: str, purpose: str, mailing: str, state: OutgoingState) -> dict[str, int]:
        return await self._database.read(_errors, notice, purpose, mailing, state)

    async def covering(self, mailing: str, contacts: Collection[str]) -> dict[str, Outgoing]:
        return await self._database.read(_covering, mailing, contacts)


def get(db: sqlite3.Connection, ids: Collection[str]) -> dict[str, Outgoing]:
    """Those that are there, by id."""
    return {row[0]: read(row) for row in among(db, _BY_ID, ids)}


def one(db: sqlite3.Connection, statement: str, *values: object) -> Outgoing | None:
    """The first that a statement of `CALL` finds."""
    row = db.execute(statement, values).fetchone()
    return None if row is None else read(row)


def _reached_since(db: sqlite3.Connection, channel: str, since: datetime) -> int:
    return int(db.execute(_REACHED, (channel, to_ms(since))).fetchone()[0])


def _late(db: sqlite3.Connection, stored_before: datetime, failure: str | None) -> list[Late]:
    moment = to_ms(stored_before)
    rows = db.execute(_LATE, (moment,)) if failure is None else db.execute(_FAILING, (failure, moment))
    found = [
        Late(row["mailing"], row["notice"], row["channel"], row["failure"], row["people"], from_ms(row["since"]))
        for row in rows
    ]
    return sorted(found, key=lambda late: (late.since, late.mailing, late.channel, late.failure or ""))


def _progress(db: sqlite3.Connection, notice: str, purpose: str | None, mailing: str | None) -> Progress:
    first, last = ("", _BEYOND_ALL) if mailing is None else (mailing, mailing)
    people: Counter[OutgoingState] = Counter()
    skipped: Counter[SkipReason] = Counter()
    told: Counter[str] = Counter()
    for one in Purpose if purpose is None else [purpose]:
        for found in db.execute(_PROGRESS, (notice, str(one), first, last)):
            if found["state"] != OutgoingState.SPLIT.value:
                people[OutgoingState(found["state"])] += found["people"]
            skipped.update({reason: found[reason.value] for reason in SkipReason})
            told.update({name: found[name] for name in ("delivered", "opened")})
    return Progress(dict(+people), dict(+skipped), told["delivered"], told["opened"])


def _is_moving(db: sqlite3.Connection, notice: str, purpose: str, mailing: str) -> bool:
    return db.execute(_MOVING, (notice, str(purpose), mailing)).fetchone() is not None


def _errors(db: sqlite3.Connection, notice: str, purpose: str, mailing: str, state: OutgoingState) -> dict[str, int]:
    rows = db.execute(_ERRORS, (notice, str(purpose), mailing, state.value))
    return {row["error"]: row["people"] for row in rows if row["people"]}


def _covering(db: sqlite3.Connection, mailing: str, contacts: Collection[str]) -> dict[str, Outgoing]:
    if not is_storable(mailing):
        return {}
    found = dict(_wholes(db, mailing, contacts))
    parts: dict[str, str] = {}
    for contact, outgoing in among(db, _PARTS, contacts, mailing):
        parts.setdefault(contact, outgoing)
    calls = get(db, parts.values())
    return found | {contact: calls[part] for contact, part in parts.items()}


def _wholes(db: sqlite3.Connection, mailing: str, contacts: Collection[str]) -> Iterator[tuple[str, Outgoing]]:
    """In the order of contacts each chunk is read once, however many of them it covers, or stand behind it."""
    key: int | None = None
    whole: Outgoing | None = None
    people: set[str] = set()
    for contact in sorted(filter(is_storable, set(contacts))):
        if whole is None or contact > whole.last_contact:
            place = db.execute(_PLACE, (mailing, contact)).fetchone()
            if place is not None and place["key"] != key:
                key = place["key"]
                whole = one(db, _WHOLE, key)
                people = set() if whole is None else carried(whole)
        if whole is not None and contact in people:
            yield contact, whole
