"""送信 in SQLite. What is stored under a retry key is never computed anew."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from storage.models import (
    Late,
    Outgoing,
    OutgoingState,
    Progress,
    Purpose,
    Recipient,
    Report,
    Reported,
    Settlement,
    SkipReason,
)
from storage.sqlite.connection import Database
from storage.sqlite.rows import (
    among,
    from_json,
    from_ms,
    from_ms_or_none,
    insert_into,
    is_storable,
    to_json,
    to_ms,
    to_ms_or_none,
)

CLAIMED_AGAIN_AFTER = timedelta(seconds=60)

_COLUMNS = (
    "id", "mailing", "notice", "purpose", "chunk", "part", "channel", "recipients", "body", "created_at", "due_at",
    "skipped", "first_contact", "last_contact", "urgent", "gives_up_at", "state", "attempts", "first_attempt_at",
    "is_doubtful", "epoch", "settled_at", "request_id", "failure", "error", "message_id", "reported", "lane", "people",
    "blocked", "unregistered", "capped", "confirmed", "delivered", "opened",
)  # fmt: skip
_COUNTED = (SkipReason.BLOCKED, SkipReason.UNREGISTERED, SkipReason.CAPPED, SkipReason.CONFIRMED)
"""In the order of their columns."""
_ADD = insert_into("outgoing", _COLUMNS)
_DUE = """
SELECT id FROM outgoing WHERE channel = ? AND urgent = ? AND lane = ? AND due_at <= ?
AND state IN ('waiting', 'sending') AND epoch <= ? ORDER BY due_at, id LIMIT ?
"""
_BEGIN = """
UPDATE outgoing SET state = 'sending', attempts = ?, first_attempt_at = ?, epoch = ?, recipients = ?,
skipped = ?, people = ?, confirmed = ?, is_doubtful = ?, failure = NULL, error = NULL WHERE id = ?
"""
_SETTLE = """
UPDATE outgoing SET state = ?, due_at = coalesce(?, due_at), is_doubtful = is_doubtful OR ?,
request_id = coalesce(?, request_id), failure = ?, error = ?, settled_at = ?, message_id = coalesce(?, message_id),
first_attempt_at = CASE WHEN ? THEN NULL ELSE first_attempt_at END
WHERE id = ? AND epoch <= ? AND state IN ('waiting', 'sending')
"""
_SPLIT = """
UPDATE outgoing SET state = 'split', settled_at = ?
WHERE id = ? AND epoch <= ? AND state IN ('waiting', 'sending') AND is_doubtful = 0
"""
_GO_ON = """
UPDATE outgoing SET state = 'split', settled_at = coalesce(settled_at, ?)
WHERE id = ? AND state IN ('waiting', 'sending', 'refused')
"""
_DROP = """
UPDATE outgoing SET state = 'dropped', settled_at = ?, error = ? WHERE notice = ? AND state = 'waiting'
AND channel = coalesce(?, channel) RETURNING people
"""
_PROGRESS = """
SELECT state, sum(people) AS people, sum(blocked) AS blocked, sum(unregistered) AS unregistered,
sum(capped) AS capped, sum(confirmed) AS confirmed, sum(delivered) AS delivered, sum(opened) AS opened FROM outgoing
WHERE notice = ? AND purpose = ? AND mailing BETWEEN ? AND ? GROUP BY mailing, state
"""
_REPORT = """
UPDATE outgoing SET state = ?, due_at = ?, is_doubtful = ?, settled_at = ?, failure = ?, error = ?, message_id = ?,
reported = ?, delivered = ?, opened = ? WHERE id = ?
"""
_REACHED = """
SELECT count(DISTINCT recipients) FROM outgoing WHERE channel = ? AND first_attempt_at >= ? AND message_id IS NOT NULL
"""
_LATE = """
SELECT mailing, notice, channel, failure, sum(people) AS people, min(created_at) AS since FROM outgoing
WHERE created_at <= ? AND state IN ('waiting', 'sending') GROUP BY mailing, notice, channel, failure
ORDER BY since, mailing, channel, failure
"""
_MOVING = """
SELECT 1 FROM outgoing WHERE notice = ? AND purpose = ? AND mailing = ? AND state IN ('waiting', 'sending') LIMIT 1
"""
_ERRORS = """
SELECT coalesce(error, '') AS error, sum(people) AS people FROM outgoing
WHERE notice = ? AND purpose = ? AND mailing = ? AND state = ? GROUP BY 1
"""
_LAST_CHUNK = "SELECT * FROM outgoing WHERE mailing = ? AND part = '' ORDER BY chunk DESC LIMIT 1"
_CHUNK = "SELECT * FROM outgoing WHERE mailing = ? AND chunk = ? AND part = ''"
_WHOLE = """
SELECT * FROM outgoing WHERE mailing = ? AND first_contact <= ? AND part = '' ORDER BY first_contact DESC LIMIT 1
"""
_BEYOND_ALL = "\U0010ffff"
_PARTS = "SELECT contact, size, outgoing FROM part_people WHERE mailing = ? AND contact IN (...)"


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
        self, attempts: Mapping[str, Sequence[Recipient]], epoch: int, now: datetime
    ) -> dict[str, Outgoing]:
        return await self._database.write(_begin_all, attempts, epoch, now)

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


def _row(o: Outgoing) -> tuple[object, ...]:
    return (
        o.id,
        o.mailing,
        o.notice,
        str(o.purpose),
        o.chunk,
        o.part,
        o.channel,
        _recipients_json(o),
        o.body,
        to_ms(o.created_at),
        to_ms(o.due_at),
        to_json(o.skipped),
        o.first_contact,
        o.last_contact,
        int(o.urgent),
        to_ms_or_none(o.gives_up_at),
        o.state.value,
        o.attempts,
        to_ms_or_none(o.first_attempt_at),
        int(o.is_doubtful),
        o.epoch,
        to_ms_or_none(o.settled_at),
        o.request_id,
        o.failure,
        o.error,
        o.message_id,
        _reported_json(o),
        o.lane,
        len(o.recipients),
        *_skip_counts(o),
        o.people_delivered,
        o.people_opened,
    )


def _recipients_json(outgoing: Outgoing) -> str:
    return to_json([(r.contact, r.address) for r in outgoing.recipients])


def _reported_json(outgoing: Outgoing) -> str:
    return to_json({status.value: to_ms(at) for status, at in outgoing.reported.items()})


def _skip_counts(outgoing: Outgoing) -> list[int]:
    reasons = [reason for _, reason in outgoing.skipped]
    return [reasons.count(r) for r in _COUNTED]


def _outgoing(row: sqlite3.Row) -> Outgoing:
    return Outgoing(
        id=row["id"],
        mailing=row["mailing"],
        notice=row["notice"],
        purpose=Purpose(row["purpose"]),
        chunk=row["chunk"],
        part=row["part"],
        channel=row["channel"],
        recipients=tuple(Recipient(contact, address) for contact, address in from_json(row["recipients"])),
        body=row["body"],
        created_at=from_ms(row["created_at"]),
        due_at=from_ms(row["due_at"]),
        skipped=tuple((contact, SkipReason(reason)) for contact, reason in from_json(row["skipped"])),
        first_contact=row["first_contact"],
        last_contact=row["last_contact"],
        urgent=bool(row["urgent"]),
        gives_up_at=from_ms_or_none(row["gives_up_at"]),
        state=OutgoingState(row["state"]),
        attempts=row["attempts"],
        first_attempt_at=from_ms_or_none(row["first_attempt_at"]),
        is_doubtful=bool(row["is_doubtful"]),
        epoch=row["epoch"],
        settled_at=from_ms_or_none(row["settled_at"]),
        request_id=row["request_id"],
        failure=row["failure"],
        error=row["error"],
        message_id=row["message_id"],
        reported={Reported(status): from_ms(at) for status, at in from_json(row["reported"]).items()},
    )


def _get(db: sqlite3.Connection, ids: Collection[str]) -> dict[str, Outgoing]:
    return {row["id"]: _outgoing(row) for row in among(db, "SELECT * FROM outgoing WHERE id IN (...)", ids)}


def _one(db: sqlite3.Connection, statement: str, *values: object) -> Outgoing | None:
    row = db.execute(statement, values).fetchone()
    return None if row is None else _outgoing(row)


def _add(db: sqlite3.Connection, outgoing: Sequence[Outgoing]) -> list[Outgoing]:
    ids = {o.id for o in outgoing}
    there = {row["id"] for row in among(db, "SELECT id FROM outgoing WHERE id IN (...)", ids)}
    fresh: dict[str, Outgoing] = {}
    for item in outgoing:
        if item.id not in there:
            fresh.setdefault(item.id, item)
    db.executemany(_ADD, [_row(item) for item in fresh.values()])
    db.executemany("INSERT INTO part_people VALUES (?, ?, ?, ?)", [row for o in fresh.values() for row in _people(o)])
    stored = _get(db, ids)
    return [stored[item.id] for item in outgoing]


def _people(part: Outgoing) -> Iterator[tuple[str, str, int, str]]:
    if part.part:
        people = {*(r.contact for r in part.recipients), *(contact for contact, _ in part.skipped)}
        size = len(people) - part.part.count(">")  # what was sent another way comes before what was refused
        yield from ((part.mailing, contact, size, part.id) for contact in people)


def _claim(db: sqlite3.Connection, channel: str, epoch: int, now: datetime, limit: int) -> list[Outgoing]:
    moment, ids = to_ms(now), list[str]()
    for urgent, lane in ((1, 0), (1, 1), (0, 0), (0, 1)):
        rows = db.execute(_DUE, (channel, urgent, lane, moment, epoch, limit - len(ids)))
        ids += [row["id"] for row in rows]
    again = to_ms(now + CLAIMED_AGAIN_AFTER)
    db.executemany("UPDATE outgoing SET epoch = ?, due_at = ? WHERE id = ?", [(epoch, again, i) for i in ids])
    claimed = _get(db, ids)
    return [claimed[i] for i in ids]


def _begin_all(
    db: sqlite3.Connection, attempts: Mapping[str, Sequence[Recipient]], epoch: int, now: datetime
) -> dict[str, Outgoing]:
    found = _get(db, list(attempts)).values()
    live = [c for c in found if c.epoch <= epoch and c.state in (OutgoingState.WAITING, OutgoingState.SENDING)]
    begun = [_begun(call, epoch, attempts[call.id], now) for call in live]
    db.executemany(_BEGIN, [_begun_row(call) for call in begun])
    return {call.id: call for call in begun}


def _begun(call: Outgoing, epoch: int, recipients: Iterable[Recipient], now: datetime) -> Outgoing:
    fixed = _fixed(call, recipients, now) if call.first_attempt_at is None else call
    return replace(
        fixed,
        state=OutgoingState.SENDING,
        attempts=call.attempts + 1,
        epoch=epoch,
        is_doubtful=call.is_in_doubt,
        failure=None,
        error=None,
    )


def _begun_row(call: Outgoing) -> tuple[object, ...]:
    fixed = (_recipients_json(call), to_json(call.skipped), len(call.recipients), _skip_counts(call)[-1])
    tried = (call.attempts, to_ms_or_none(call.first_attempt_at), call.epoch)
    return (*tried, *fixed, int(call.is_doubtful), call.id)


def _fixed(call: Outgoing, recipients: Iterable[Recipient], now: datetime) -> Outgoing:
    """The call with its recipients fixed: those stored that are still wanted; the others have confirmed since."""
    wanted = set(recipients)
    confirmed = tuple((r.contact, SkipReason.CONFIRMED) for r in call.recipients if r not in wanted)
    return replace(
        call,
        recipients=tuple(r for r in call.recipients if r in wanted),
        skipped=(*call.skipped, *confirmed),
        first_attempt_at=now,
    )


def _settle_all(db: sqlite3.Connection, settlements: Sequence[Settlement], epoch: int) -> None:
    for settlement in settlements:
        _settle(db, settlement, epoch)


def _settle(db: sqlite3.Connection, s: Settlement, epoch: int) -> bool:
    settled_at = None if s.state in (OutgoingState.WAITING, OutgoingState.SENDING) else to_ms(s.at)
    standing = (s.state.value, to_ms_or_none(s.due_at), int(s.is_doubtful))
    values = (*standing, s.request_id, s.failure, s.error, settled_at, s.message_id)
    is_anew = s.state is OutgoingState.WAITING
    return db.execute(_SETTLE, (*values, is_anew, s.id, epoch)).rowcount == 1


def _report(db: sqlite3.Connection, report: Report) -> Outgoing | None:
    before = _one(db, "SELECT * FROM outgoing WHERE id = ?", report.outgoing) if report.outgoing else None
    before = before or _one(db, "SELECT * FROM outgoing WHERE message_id = ?", report.message)
    after = before.after(report) if before else None
    if after is not None and after != before:
        settled_at, reported = to_ms_or_none(after.settled_at), _reported_json(after)
        standing = (after.state.value, to_ms(after.due_at), int(after.is_doubtful), settled_at)
        told = (after.failure, after.error, after.message_id, reported, after.people_delivered, after.people_opened)
        db.execute(_REPORT, (*standing, *told, after.id))
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
        for row in db.execute(_PROGRESS, (notice, str(one), first, last)):
            if row["state"] != OutgoingState.SPLIT.value:
                people[OutgoingState(row["state"])] += row["people"]
            skipped.update({reason: row[reason.value] for reason in SkipReason})
            told.update({name: row[name] for name in ("delivered", "opened")})
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
    parts = [(row["size"], row["contact"], row["outgoing"]) for row in among(db, _PARTS, contacts, mailing)]
    calls = _get(db, {outgoing for *_, outgoing in parts})
    for _, contact, outgoing in sorted(parts, key=lambda part: (-part[0], len(calls[part[2]].part))):
        found[contact] = calls[outgoing]
    return found


def _wholes(db: sqlite3.Connection, mailing: str, contacts: Collection[str]) -> Iterator[tuple[str, Outgoing]]:
    """In the order of contacts each chunk is read once, however many of them it covers."""
    whole: Outgoing | None = None
    people: set[str] = set()
    for contact in sorted(filter(is_storable, set(contacts))):
        if whole is None or contact > whole.last_contact:
            whole = _one(db, _WHOLE, mailing, contact)
            people = set() if whole is None else _carried(whole)
        if whole is not None and contact in people:
            yield contact, whole


def _carried(whole: Outgoing) -> set[str]:
    return {*(r.contact for r in whole.recipients), *(contact for contact, _ in whole.skipped)}
