"""What follows from contacts in SQLite: what they stand for, how they are reached, and where they are found.

`members` and `groups` of a contact, its reach, its target as fan-out reads it, and its entries in the indexes by
audience and by member follow from what was put for it and for those it absorbed, and from the states of its addresses.
`derive` is the one place that writes them, in the transaction of the verb that changed their ground.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from storage.models import AddressState, Reach
from storage.sqlite.members import EVERYONE, group_key, resize
from storage.sqlite.rows import among, from_json, to_json


def addresses_of(db: sqlite3.Connection, contacts: Collection[str]) -> dict[str, list[sqlite3.Row]]:
    """The addresses of each, oldest first."""
    held: dict[str, list[sqlite3.Row]] = defaultdict(list)
    for row in among(db, "SELECT * FROM addresses WHERE contact IN (...) ORDER BY contact, key", contacts):
        held[row["contact"]].append(row)
    return held


def derive(db: sqlite3.Connection, ids: Collection[str]) -> None:
    """Write what follows for these contacts; only what differs is touched."""
    rows = list(among(db, "SELECT * FROM contacts WHERE id IN (...)", ids))
    others = {other for row in rows for other in from_json(row["absorbed"])}
    put = {row["id"]: row for row in (*rows, *among(db, "SELECT * FROM contacts WHERE id IN (...)", others))}
    addresses = addresses_of(db, [row["id"] for row in rows])
    changed, before, after = [], _Places(), _Places()
    for row in rows:
        absorbed = from_json(row["absorbed"])
        ground = [put[i] for i in (row["id"], *absorbed) if i in put]
        members = to_json(_union(g["put_members"] for g in ground))
        groups = to_json(_union(g["put_groups"] for g in ground))
        reach = _reach(addresses[row["id"]]).value
        before.add(row["id"], row["members"], row["groups"], row["reach"])
        if row["absorbed_by"] is None:
            after.add(row["id"], members, groups, reach)
        held = [(a["channel"], a["value"], a["state"]) for a in addresses[row["id"]]]
        target = to_json((row["id"], from_json(members), absorbed, held, row["locale"], row["absorbed_by"]))
        changed.append((members, groups, reach, target, row["id"]))
    db.executemany("UPDATE contacts SET members = ?, groups = ?, reach = ?, target = ? WHERE id = ?", changed)
    after.replace(db, before)


def _union(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(item for text in texts for item in from_json(text)))


def _reach(addresses: Sequence[sqlite3.Row]) -> Reach:
    if any(a["state"] == AddressState.ACTIVE.value for a in addresses):
        return Reach.REACHABLE
    return Reach.BLOCKED if addresses else Reach.UNREGISTERED


class _Places:
    """Where contacts stand in the indexes: by audience and reach, and by member."""

    def __init__(self) -> None:
        self._audiences: set[tuple[str, str, str]] = set()
        self._members: set[tuple[str, str]] = set()

    def add(self, contact: str, members: str, groups: str, reach: str) -> None:
        standing_for = from_json(members)
        keys = (EVERYONE, *map(group_key, from_json(groups))) if standing_for else ()
        self._audiences.update((key, reach, contact) for key in keys)
        self._members.update((member, contact) for member in standing_for)

    def replace(self, db: sqlite3.Connection, before: _Places) -> None:
        leaving = "DELETE FROM contact_audiences WHERE audience = ? AND reach = ? AND contact = ?"
        added = sorted(self._audiences - before._audiences)
        # Whoever was absorbed before stood in no index any more.
        removed = [p for p in sorted(before._audiences - self._audiences) if db.execute(leaving, p).rowcount]
        db.executemany("INSERT INTO contact_audiences VALUES (?, ?, ?)", added)
        resize(db, (place[:2] for place in added), (place[:2] for place in removed))
        db.executemany(
            "DELETE FROM contact_members WHERE member = ? AND contact = ?", sorted(before._members - self._members)
        )
        db.executemany("INSERT INTO contact_members VALUES (?, ?)", sorted(self._members - before._members))
