"""送信 in SQLite. What is stored under a retry key is never computed anew.

A step for hundreds of calls is one statement: between two rows of it no thread waits for Python.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import takewhile

from msgspec.structs import replace

from storage.models import Outgoing, OutgoingState, Recipient, Report, Settlement, SkipReason
from storage.sqlite.outgoing import (
    ADD,
    LIVE,
    carried,
    read,
    recipients_json,
    reported_json,
    row,
    skip_counts,
    skipped_json,
)
from storage.sqlite.rows import from_json, is_storable, to_json, to_ms, to_ms_or_none
from storage.sqlite.standing import CALL, SqliteStanding, get, one

CLAIMED_AGAIN_AFTER = timedelta(seconds=60)

_BY_KEY = f"""{CALL} json_each(?) AS k CROSS JOIN outgoing AS o ON o.key = k.value
CROSS JOIN bodies AS b ON b.key = o.key
"""
_DUE = """
SELECT key FROM outgoing WHERE channel = ? AND urgent = ? AND lane = ? AND due_at <= ?
AND is_live = 1 AND epoch <= ? ORDER BY due_at, chunk, part, id LIMIT ?
"""
_TAKE = "UPDATE outgoing SET epoch = ?, due_at = ? WHERE key IN (SELECT value FROM json_each(?))"
_STANDING = """
SELECT json_group_array(json_array(o.id, o.attempts, o.is_doubtful, o.error))
FROM json_each(?) AS wanted CROSS JOIN outgoing AS o ON o.id = wanted.value WHERE o.is_live AND o.epoch <= ?
"""
_BEGIN = """
UPDATE outgoing SET state = 'sending', attempts = attempts + 1, first_attempt_at = coalesce(first_attempt_at, ?),
epoch = ?, is_doubtful = is_doubtful OR (attempts > 0 AND error IS NULL), failure = NULL, error = NULL
WHERE id IN (SELECT value FROM json_each(?))
"""
_FIX = "UPDATE outgoing SET recipients = ?, skipped = ?, people = ?, confirmed = ? WHERE id = ?"
_SETTLE = """
UPDATE outgoing SET state = json_extract(s.value, '$[1]'), is_live = json_extract(s.value, '$[2]'),
due_at = coalesce(json_extract(s.value, '$[3]'), due_at), is_doubtful = is_doubtful OR json_extract(s.value, '$[4]'),
request_id = coalesce(json_extract(s.value, '$[5]'), request_id), failure = json_extract(s.value, '$[6]'),
error = json_extract(s.value, '$[7]'), settled_at = json_extract(s.value, '$[8]'),
message_id = coalesce(json_extract(s.value, '$[9]'), message_id),
first_attempt_at = CASE WHEN json_extract(s.value, '$[1]') = 'waiting' THEN NULL ELSE first_attempt_at END
FROM json_each(?) AS s WHERE outgoing.id = json_extract(s.value, '$[0]') AND +epoch <= ? AND +is_live = 1
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
_REPORT = """
UPDATE outgoing SET state = ?, is_live = ?, due_at = ?, is_doubtful = ?, settled_at = ?, failure = ?, error = ?,
message_id = ?, reported = ?, delivered = ?, opened = ? WHERE id = ?
"""
_BY_MESSAGE = f"{CALL} outgoing AS o CROSS JOIN bodies AS b ON b.key = o.key WHERE o.message_id = ?"


class SqliteOutbox(SqliteStanding):
    """See `storage.base.Outbox`."""

    async def add(self, outgoing: Sequence[Outgoing]) -> list[Outgoing]:
        return await self._database.write(_add, outgoing)

    async def add_in_order(self, chunks: Sequence[Outgoing]) -> list[Outgoing]:
        return await self._database.write(_add_in_order, chunks)

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
        return await self._database.write(_settle, [settlement], epoch) == 1

    async def settle_all(self, settlements: Sequence[Settlement], epoch: int) -> None:
        await self._database.write(_settle_all, settlements, epoch)

    async def report(self, report: Report) -> Outgoing | None:
        return await self._database.write(_report, report)

    async def split(self, outgoing: str, epoch: int, halves: Sequence[Outgoing], at: datetime) -> bool:
        return await self._database.write(_split, outgoing, epoch, halves, at)

    async def pass_on(self, outgoing: str, other: Outgoing) -> None:
        await self._database.write(_pass_on, outgoing, other)

    async def drop(self, notice: str, at: datetime, error: str, channel: str | None = None) -> int:
        return await self._database.write(_drop, notice, at, error, channel)


def _add(db: sqlite3.Connection, outgoing: Sequence[Outgoing]) -> list[Outgoing]:
    there = get(db, {item.id for item in outgoing})
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


def _add_in_order(db: sqlite3.Connection, chunks: Sequence[Outgoing]) -> list[Outgoing]:
    there = get(db, [chunk.id for chunk in chunks])
    free = list(takewhile(lambda chunk: chunk.id not in there, chunks))
    return [*_add(db, free), *(there[chunk.id] for chunk in chunks[len(free) : len(free) + 1])]


def _people(part: Outgoing) -> Iterator[tuple[str, str, int, str]]:
    if part.part:
        people = carried(part)
        size = len(people) - part.part.count(">")  # what was sent another way comes before what was refused
        yield from ((part.mailing, contact, size, part.id) for contact in people)


def _claim(db: sqlite3.Connection, channel: str, epoch: int, now: datetime, limit: int) -> list[Outgoing]:
    moment, keys = to_ms(now), list[int]()
    for urgent, lane in ((1, 0), (1, 1), (0, 0), (0, 1)):
        keys += [key for (key,) in db.execute(_DUE, (channel, urgent, lane, moment, epoch, limit - len(keys)))]
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
    (found,) = db.execute(_STANDING, (to_json([*filter(is_storable, attempts)]), epoch)).fetchone()
    for id_, *standing in from_json(found):
        call = held.get(id_)
        if call is not None and standing == [call.attempts, call.is_doubtful, call.error]:
            live.append(call)
        else:
            changed.append(id_)
    live += get(db, changed).values()
    begun = [_begun(call, epoch, attempts[call.id], now) for call in live]
    db.execute(_BEGIN, (to_ms(now), epoch, to_json([call.id for call in begun])))
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


def _fixed_row(call: Outgoing) -> tuple[object, ...]:
    counts = (len(call.recipients), skip_counts(call)[-1])
    return (recipients_json(call), skipped_json(call), *counts, call.id)


def _settle_all(db: sqlite3.Connection, settlements: Sequence[Settlement], epoch: int) -> None:
    left = list(settlements)
    while left:  # of two for one call the second follows upon the first
        first = {s.id: s for s in reversed(left)}
        _settle(db, first.values(), epoch)
        left = [s for s in left if first[s.id] is not s]


def _settle(db: sqlite3.Connection, settlements: Iterable[Settlement], epoch: int) -> int:
    return db.execute(_SETTLE, (to_json([*map(_settled_row, settlements)]), epoch)).rowcount


def _settled_row(s: Settlement) -> tuple[object, ...]:
    is_live = s.state in LIVE
    standing = (s.state.value, int(is_live), to_ms_or_none(s.due_at), int(s.is_doubtful))
    return (s.id, *standing, s.request_id, s.failure, s.error, None if is_live else to_ms(s.at), s.message_id)


def _report(db: sqlite3.Connection, report: Report) -> Outgoing | None:
    before = get(db, [report.outgoing]).get(report.outgoing) if report.outgoing else None
    before = before or one(db, _BY_MESSAGE, report.message)
    after = before.after(report) if before else None
    if after is not None and after != before:
        standing = (after.state.value, int(after.state in LIVE), to_ms(after.due_at), int(after.is_doubtful))
        told = (to_ms_or_none(after.settled_at), after.failure, after.error, after.message_id, reported_json(after))
        db.execute(_REPORT, (*standing, *told, after.people_delivered, after.people_opened, after.id))
    return after


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
