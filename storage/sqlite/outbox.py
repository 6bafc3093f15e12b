"""送信 in SQLite. What is stored under a retry key is never computed anew."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from storage.models import Late, Outgoing, OutgoingState, Progress, Purpose, Recipient, Report, Settlement, SkipReason
from storage.sqlite.connection import Database
from storage.sqlite.outgoing import (
    ADD,
    FIELDS,
    LIVE,
    carried,
    read,
    recipients_json,
    reported_json,
    row,
    skip_counts,
    skipped_json,
)
from storage.sqlite.rows import among, from_ms, is_storable, to_json, to_ms, to_ms_or_none

CLAIMED_AGAIN_AFTER = timedelta(seconds=60)

_CALL = f"SELECT {', '.join(f'o.{f}' for f in FIELDS)}, b.body FROM"
_BY_ID = f"{_CALL} outgoing AS o CROSS JOIN bodies AS b ON b.key = o.key WHERE o.id IN (...)"
_BY_KEY = f"""{_CALL} json_each(?) AS k CROSS JOIN outgoing AS o ON o.key = k.value
CROSS JOIN bodies AS b ON b.key = o.key
"""
_DUE = """
SELECT key FROM outgoing WHERE channel = ? AND urgent = ? AND lane = ? AND due_at <= ?
AND is_live = 1 AND epoch <= ? ORDER BY due_at, id LIMIT ?
"""
_TAKE = "UPDATE outgoing SET epoch = ?, due_at = ? WHERE key IN (SELECT value FROM json_each(?))"
_STANDING = "SELECT id, attempts, is_doubtful, error, epoch, is_live FROM outgoing WHERE id IN (...)"
_BEGIN = """
UPDATE outgoing SET state = 'sending', attempts = ?, first_attempt_at = ?, epoch = ?, is_doubtful = ?, failure = NULL,
error = NULL WHERE id = ?
"""
_FIX = "UPDATE outgoing SET recipients = ?, skipped = ?, people = ?, confirmed = ? WHERE id = ?"
_SETTLE = """
UPDATE outgoing SET state = ?, is_live = ?, due_at = coalesce(?, due_at), is_doubtful = is_doubtful OR ?,
request_id = coalesce(?, request_id), failure = ?, error = ?, settled_at = ?, message_id = coalesce(?, message_id),
first_attempt_at = CASE WHEN ? THEN NULL ELSE first_attempt_at END
WHERE id = ? AND epoch <= ? AND is_live = 1
"""
_SPLIT = """
UPDATE outgoing SET state = 'split', is_live = 0, settled_at = ?
WHERE id = ? AND epoch <= ? AND is_live = 1 AND is_doubtful = 0
"""
_GO_ON = """
UPDATE outgoing SET state = 'split', is_live = 0, settled_at = coalesce(settled_at, ?)
WHERE id = ? AND state IN ('waiting', 'sending', 'refused')
"""
_DROP = """
UPDATE outgoing SET state = 'dropped', is_live = 0, settled_at = ?, error = ? WHERE notice = ? AND state = 'waiting'
AND channel = coalesce(?, channel) RETURNING people
"""
_PROGRESS = """
SELECT state, sum(people) AS people, sum(blocked) AS blocked, sum(unregistered) AS unregistered,
sum(capped) AS capped, sum(confirmed) AS confirmed, sum(delivered) AS delivered, sum(opened) AS opened FROM outgoing
WHERE notice = ? AND purpose = ? AND mailing BETWEEN ? AND ? GROUP BY mailing, state
"""
_REPORT = """
UPDATE outgoing SET state = ?, is_live = ?, due_at = ?, is_doubtful = ?, settled_at = ?, failure = ?, error = ?,
message_id = ?, reported = ?, delivered = ?, opened = ? WHERE id = ?
"""
_REACHED = """
SELECT count(DISTINCT recipients) FROM outgoing WHERE channel = ? AND first_attempt_at >= ? AND message_id IS NOT NULL
"""
_LATE = """
SELECT mailing, notice, channel, failure, sum(people) AS people, min(created_at) AS since FROM outgoing
WHERE created_at <= ? AND is_live = 1 GROUP BY mailing, notice, channel, failure
ORDER BY since, mailing, channel, failure
"""
_MOVING = """
SELECT 1 FROM outgoing WHERE notice = ? AND purpose = ? AND mailing = ? AND state IN ('waiting', 'sending') LIMIT 1
"""
_ERRORS = """
SELECT coalesce(error, '') AS error, sum(people) AS people FROM outgoing
WHERE notice = ? AND purpose = ? AND mailing = ? AND state = ? GROUP BY 1
"""
_BY_MESSAGE = f"{_CALL} outgoing AS o CROSS JOIN bodies AS b ON b.key = o.key WHERE o.message_id = ?"
_OF_MAILING = f"{_CALL} outgoing AS o CROSS JOIN bodies AS b ON b.key = o.key WHERE o.mailing = ? AND o.part = ''"
_LAST_CHUNK = f"{_OF_MAILING} ORDER BY o.chunk DESC LIMIT 1"
_CHUNK = f"{_OF_MAILING} AND o.chunk = ?"
_WHOLE = f"{_OF_MAILING} AND o.first_contact <= ? ORDER BY o.first_contact DESC LIMIT 1"
_BEYOND_ALL = "\U0010ffff"
_PARTS = "SELECT contact, outgoing FROM part_people WHERE mailing = ? AND contact IN (...) ORDER BY contact, size"


class SqliteOutbox:
    """See `storage.base.Outbox`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, outgoing: Sequence[Outgoing]) -> list[Outgoing]:
        return await self._database.write(_add, outgoing)

    async def last_chunk(self, mailing: str) -> Outgoing | None:
        return await self._database.read(_one, _LAST_CHUNK, mailing)

    async def chunk(self, mailing: str, number: int) -> Outgoing | None:
        return await self._database.read(_one, _CHUNK, mailing, number)

    async def claim(self, channel: str, epoch: int, now: datetime, limit: int) -> list[Outgoing]:
        return await self._database.write(_claim, channel, epoch, now, limit)

    async def begin(self, outgoing: str, epoch: int, now: datetime, recipients: Sequence[Recipient]) -> Outgoing | None:
        return (await self.begin_all({outgoing: recipients}, epoch, now)).get(outgoing)

    async def begin_all(
        self,
        attempts: Mapping[str, Sequence[Recipient]],
        epoch: int,
        now: datetime,
        held: Mapping[str, Outgoing] | None = None,
    ) -> dict[str, Outgoing]:
        return await self._database.write(_begin_all, attempts, epoch, now, held or {})

    async def settle(self, settlement: Settlement, epoch: int) -> bool:
        return await self._database.write(_settle, settlement, epoch)

    async def settle_all(self, settlements: Sequence[Settlement], epoch: int) -> None:
        await self._database.write(_settle_all, settlements, epoch)

    async def report(self, report: Report) -> Outgoing | None:
        return await self._database.write(_report, report)

    async def reached_since(self, channel: str, since: datetime) -> int:
        return await self._database.read(_reached_since, channel, since)

    async def split(self, outgoing: str, epoch: int, halves: Sequence[Outgoing], at: datetime) -> bool:
        return await self._database.write(_split, outgoing, epoch, halves, at)

    async def pass_on(self, outgoing: str, other: Outgoing) -> None:
        await self._database.write(_pass_on, outgoing, other)

    async def drop(self, notice: str, at: datetime, error: str, channel: str | None = None) -> int:
        return await self._database.write(_drop, notice, at, error, channel)

    async def late(self, stored_before: datetime) -> list[Late]:
        return await self._database.read(_late, stored_before)

    async def progress(self, notice: str, purpose: str | None = None, mailing: str | None = None) -> Progress:
        return await self._database.read(_progress, notice, purpose, mailing)

    async def is_moving(self, notice: str, purpose: str, mailing: str) -> bool:
        return await self._database.read(_is_moving, notice, purpose, mailing)

    async def errors(self, notice: str, purpose: str, mailing: str, state: OutgoingState) -> dict[str, int]:
        return await self._database.read(_errors, notice, purpose, mailing, state)

    async def covering(self, mailing: str, contacts: Collection[str]) -> dict[str, Outgoing]:
        return await self._database.read(_covering, mailing, contacts)


def _get(db: sqlite3.Connection, ids: Collection[str]) -> dict[str, Outgoing]:
    return {row[0]: read(row) for row in among(db, _BY_ID, ids)}


def _one(db: sqlite3.Connection, statement: str, *values: object) -> Outgoing | None:
    row = db.execute(statement, values).fetchone()
    return None if row is None else read(row)


def _add(db: sqlite3.Connection, outgoing: Sequence[Outgoing]) -> list[Outgoing]:
    there = _get(db, {item.id for item in outgoing})
    fresh: dict[str, Outgoing] = {}
    for item in outgoing:
        if item.id not in there:
            fresh.setdefault(item.id, item)
    (last,) = db.execute("SELECT coalesce(max(key), 0) FROM outgoing").fetchone()
    keyed = list(enumerate(fresh.values(), last + 1))
    db.executemany(ADD, [row(key, item) for key, item in keyed])
    db.executemany("INSERT INTO bodies VALUES (?, ?)", [(key, item.body) for key, item in keyed])
    db.executemany("INSERT INTO part_people VALUES (?, ?, ?, ?)", [row for o in fresh.values() for row in _people(o)])
    stored = there | fresh
    return [stored[item.id] for item in outgoing]


def _people(part: Outgoing) -> Iterator[tuple[str, str, int, str]]:
    if part.part:
        people = carried(part)
        size = len(people) - part.part.count(">")  # what was sent another way comes before what was refused
        yield from ((part.mailing, contact, size, part.id) for contact in people)


def _claim(db: sqlite3.Connection, channel: str, epoch: int, now: datetime, limit: int) -> list[Outgoing]:
    moment, keys = to_ms(now), list[int]()
    for urgent, lane in ((1, 0), (1, 1), (0, 0), (0, 1)):
        rows = db.execute(_DUE, (channel, urgent, lane, moment, epoch, limit - len(keys)))
        keys += [row["key"] for row in rows]
    if not keys:
        return []
    wanted = to_json(keys)
    db.execute(_TAKE, (epoch, to_ms(now + CLAIMED_AGAIN_AFTER), wanted))
    return [read(row) for row in db.execute(_BY_KEY, (wanted,))]


def _begin_all(
    db: sqlite3.Connection,
    attempts: Mapping[str, Sequence[Recipient]],
    epoch: int,
    now: datetime,
    held: Mapping[str, Outgoing],
) -> dict[str, Outgoing]:
    live: list[Outgoing] = []
    changed: list[str] = []
    for id_, *standing, of_epoch, is_live in among(db, _STANDING, list(attempts)):
        if is_live and of_epoch <= epoch:
            call = held.get(id_)
            if call is not None and standing == [call.attempts, call.is_doubtful, call.error]:
                live.append(call)
            else:
                changed.append(id_)
    live += _get(db, changed).values()
    begun = [_begun(call, epoch, attempts[call.id], now) for call in live]
    db.executemany(_BEGIN, [_begun_row(call) for call in begun])
    fewer = [new for old, new in zip(live, begun, strict=True) if new.recipients != old.recipients]
    db.executemany(_FIX, [_fixed_row(call) for call in fewer])
    return {call.id: call for call in begun}


def _begun(call: Outgoing, epoch: int, recipients: Sequence[Recipient], now: datetime) -> Outgoing:
    """The call at its next attempt. The first one fixes who gets it: those stored who are still wanted; the others have
    confirmed since."""
    tried = replace(
        call,
        state=OutgoingState.SENDING,
        attempts=call.attempts + 1,
        first_attempt_at=call.first_attempt_at or now,
        epoch=epoch,
        is_doubtful=call.is_in_doubt,
        failure=None,
        error=None,
    )
    if call.first_attempt_at is not None or tuple(recipients) == call.recipients:
        return tried
    wanted = set(recipients)
    confirmed = tuple((r.contact, SkipReason.CONFIRMED) for r in call.recipients if r not in wanted)
    return replace(
        tried,
        recipients=tuple(r for r in call.recipients if r in wanted),
        skipped=(*call.skipped, *confirmed),
    )


def _begun_row(call: Outgoing) -> tuple[object, ...]:
    return (call.attempts, to_ms_or_none(call.first_attempt_at), call.epoch, int(call.is_doubtful), call.id)


def _fixed_row(call: Outgoing) -> tuple[object, ...]:
    counts = (len(call.recipients), skip_counts(call)[-1])
    return (recipients_json(call), skipped_json(call), *counts, call.id)


def _settle_all(db: sqlite3.Connection, settlements: Sequence[Settlement], epoch: int) -> None:
    db.executemany(_SETTLE, [_settled_row(settlement, epoch) for settlement in settlements])


def _settle(db: sqlite3.Connection, settlement: Settlement, epoch: int) -> bool:
    return db.execute(_SETTLE, _settled_row(settlement, epoch)).rowcount == 1


def _settled_row(s: Settlement, epoch: int) -> tuple[object, ...]:
    is_live = s.state in LIVE
    settled_at = None if is_live else to_ms(s.at)
    values = (
        s.state.value,
        int(is_live),
        to_ms_or_none(s.due_at),
        int(s.is_doubtful),
        s.request_id,
        s.failure,
        s.error,
        settled_at,
        s.message_id,
        s.state is OutgoingState.WAITING,
    )
    return (*values, s.id, epoch)


def _report(db: sqlite3.Connection, report: Report) -> Outgoing | None:
    before = _get(db, [report.outgoing]).get(report.outgoing) if report.outgoing else None
    before = before or _one(db, _BY_MESSAGE, report.message)
    after = before.after(report) if before else None
    if after is not None and after != before:
        standing = (after.state.value, int(after.state in LIVE), to_ms(after.due_at), int(after.is_doubtful))
        told = (to_ms_or_none(after.settled_at), after.failure, after.error, after.message_id, reported_json(after))
        db.execute(_REPORT, (*standing, *told, after.people_delivered, after.people_opened, after.id))
    return after


def _reached_since(db: sqlite3.Connection, channel: str, since: datetime) -> int:
    return int(db.execute(_REACHED, (channel, to_ms(since))).fetchone()[0])


def _split(db: sqlite3.Connection, outgoing: str, epoch: int, halves: Sequence[Outgoing], at: datetime) -> bool:
    if db.execute(_SPLIT, (to_ms(at), outgoing, epoch)).rowcount == 0:
        return False
    _add(db, halves)
    return True


def _pass_on(db: sqlite3.Connection, outgoing: str, other: Outgoing) -> None:
    _add(db, [other])
    db.execute(_GO_ON, (to_ms(other.created_at), outgoing))


def _drop(db: sqlite3.Connection, notice: str, at: datetime, error: str, channel: str | None) -> int:
    return sum(row["people"] for row in db.execute(_DROP, (to_ms(at), error, notice, channel)).fetchall())


def _late(db: sqlite3.Connection, stored_before: datetime) -> list[Late]:
    return [
        Late(row["mailing"], row["notice"], row["channel"], row["failure"], row["people"], from_ms(row["since"]))
        for row in db.execute(_LATE, (to_ms(stored_before),))
    ]


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
    calls = _get(db, parts.values())
    return found | {contact: calls[part] for contact, part in parts.items()}


def _wholes(db: sqlite3.Connection, mailing: str, contacts: Collection[str]) -> Iterator[tuple[str, Outgoing]]:
    """In the order of contacts each chunk is read once, however many of them it covers."""
    whole: Outgoing | None = None
    people: set[str] = set()
    for contact in sorted(filter(is_storable, set(contacts))):
        if whole is None or contact > whole.last_contact:
            whole = _one(db, _WHOLE, mailing, contact)
            people = set() if whole is None else carried(whole)
        if whole is not None and contact in people:
            yield contact, whole
