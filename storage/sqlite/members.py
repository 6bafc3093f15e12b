"""名簿 in SQLite. An audience is a key of an index: '*' for everyone, '=group' for a group."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from storage.models import Audience, Member, fold_kana
from storage.sqlite.connection import Database
from storage.sqlite.rows import Shape, among, is_storable, smallest

EVERYONE = "*"

_MEMBER = "member"
_MEMBERS = Shape("members", Member, "sort_key")


def group_key(group: str) -> str:
    """The audience of one group."""
    return f"={group}"


def audience_keys(audience: Audience) -> list[str]:
    """The index keys whose entries together are the audience."""
    if audience.everyone:
        return [EVERYONE]
    return [group_key(group) for group in dict.fromkeys(audience.groups) if is_storable(group)]


def resize(db: sqlite3.Connection, added: Iterable[tuple[str, str]], removed: Iterable[tuple[str, str]]) -> None:
    """Keep the sizes of audiences: (audience, kind) of each entry that came and of each that went."""
    change = Counter(added)
    change.subtract(removed)
    db.executemany(
        "INSERT INTO audience_sizes VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET size = size + excluded.size",
        [(*place, by) for place, by in change.items() if by],
    )


class SqliteMembers:
    """See `storage.base.Members`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, members: Sequence[Member]) -> None:
        await self._database.write(_put, members)

    async def get(self, ids: Collection[str]) -> dict[str, Member]:
        return await self._database.read(_get, ids)

    async def page(self, audience: Audience, after: str, limit: int) -> list[Member]:
        return await self._database.read(_page, audience, after, limit)

    async def sample(self, audience: Audience, limit: int) -> list[Member]:
        return await self._database.read(_sample, audience, limit)

    async def count(self, audience: Audience) -> int:
        return await self._database.read(_count, audience)

    async def groups(self) -> dict[str, int]:
        return await self._database.read(_groups)


def _put(db: sqlite3.Connection, members: Sequence[Member]) -> None:
    last = {member.id: member for member in members}
    before = {place for member in _get(db, last).values() for place in _places(member)}
    after = {place for member in last.values() for place in _places(member)}
    db.executemany(_MEMBERS.put, [_MEMBERS.row(member, member.sort_key) for member in last.values()])
    db.executemany(
        "DELETE FROM member_audiences WHERE audience = ? AND member = ? AND sort_key = ?", sorted(before - after)
    )
    db.executemany("INSERT INTO member_audiences VALUES (?, ?, ?)", sorted(after - before))
    resize(db, ((p[0], _MEMBER) for p in after - before), ((p[0], _MEMBER) for p in before - after))


def _places(member: Member) -> list[tuple[str, str, str]]:
    keys = (EVERYONE, *(group_key(group) for group in member.groups))
    return [(key, member.id, member.sort_key) for key in keys]


def _get(db: sqlite3.Connection, ids: Collection[str]) -> dict[str, Member]:
    rows = among(db, "SELECT * FROM members WHERE id IN (...)", ids)
    return {row["id"]: _MEMBERS.record(row) for row in rows}


def _page(db: sqlite3.Connection, audience: Audience, after: str, limit: int) -> list[Member]:
    return sorted(_get(db, _ids(db, audience, after, limit)).values(), key=lambda m: m.id)


def _ids(db: sqlite3.Connection, audience: Audience, after: str, limit: int) -> list[str]:
    ranges = (
        [
            row["member"]
            for row in db.execute(
                "SELECT member FROM member_audiences WHERE audience = ? AND member > ? ORDER BY member LIMIT ?",
                (key, after, limit),
            )
        ]
        for key in audience_keys(audience)
    )
    return smallest(ranges, limit)


def _sample(db: sqlite3.Connection, audience: Audience, limit: int) -> list[Member]:
    first = {
        (row["sort_key"], row["member"])
        for key in audience_keys(audience)
        for row in db.execute(
            "SELECT sort_key, member FROM member_audiences WHERE audience = ? ORDER BY sort_key, member LIMIT ?",
            (key, limit),
        )
    }
    ids = [member for _, member in sorted(first)[:limit]]
    found = _get(db, ids)
    return [found[member] for member in ids]


def _count(db: sqlite3.Connection, audience: Audience) -> int:
    match audience_keys(audience):
        case [key]:
            row = db.execute(
                "SELECT size FROM audience_sizes WHERE audience = ? AND kind = ?", (key, _MEMBER)
            ).fetchone()
            return int(row["size"]) if row is not None else 0
        case keys:
            counts = among(db, "SELECT DISTINCT member FROM member_audiences WHERE audience IN (...)", keys)
            return len({row["member"] for row in counts})


def _groups(db: sqlite3.Connection) -> dict[str, int]:
    counted = {
        row["audience"].removeprefix("="): row["size"]
        for row in db.execute(
            "SELECT audience, size FROM audience_sizes WHERE kind = ? AND audience <> ? AND size > 0",
            (_MEMBER, EVERYONE),
        )
    }
    return {group: counted[group] for group in sorted(counted, key=lambda g: (fold_kana(g), g))}
