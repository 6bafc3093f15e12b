"""連絡先 in SQLite. What is put, attached and absorbed is the truth; what follows from it is in `deriving`."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from operator import attrgetter

import msgspec

from storage.errors import NotFoundError
from storage.models import Address, AddressState, Audience, Contact, Identity, Reach, Role, Target
from storage.sqlite.channels import count_by_channel
from storage.sqlite.connection import Database
from storage.sqlite.deriving import addresses_of, derive
from storage.sqlite.members import audience_keys
from storage.sqlite.rows import (
    among,
    from_json,
    from_ms,
    from_ms_or_none,
    is_storable,
    smallest,
    to_json,
    to_ms,
    to_ms_or_none,
)

_PUT = """
INSERT INTO contacts (id, name, relationship, put_members, put_groups, absorbed, absorbed_by, locale, role)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET name = excluded.name, relationship = excluded.relationship,
put_members = excluded.put_members, put_groups = excluded.put_groups
"""
_ADD_ADDRESS = """
INSERT INTO addresses (channel, value, contact, state, state_at, source, agreed_at, heard_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (channel, value) DO NOTHING
"""
_IDENTITIES = """
SELECT a.value, c.id, c.absorbed, c.locale FROM addresses AS a CROSS JOIN contacts AS c ON c.id = a.contact
WHERE a.channel = ? AND a.value IN (...)
"""
_TARGETS = """
SELECT group_concat(c.target) FROM json_each(?) AS wanted CROSS JOIN contacts AS c ON c.id = wanted.value
"""
_NEWER_STATE = """
UPDATE addresses SET state = ?, state_at = ? WHERE channel = ? AND value = ? AND state_at < ? RETURNING contact
"""
_HEARD = """
UPDATE addresses SET heard_at = ? WHERE channel = ? AND value = ? AND coalesce(heard_at, 0) < ?
"""
_read_targets = msgspec.json.Decoder(list[Target]).decode


class SqliteContacts:
    """See `storage.base.Contacts`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, contacts: Sequence[Contact]) -> None:
        await self._database.write(_put, contacts)

    async def get(self, ids: Collection[str]) -> dict[str, Contact]:
        return await self._database.read(_get, ids)

    async def by_address(self, channel: str, values: Collection[str]) -> dict[str, Contact]:
        return await self._database.read(_by_address, channel, values)

    async def identities(self, channel: str, values: Collection[str]) -> dict[str, Identity]:
        return await self._database.read(_identities, channel, values)

    async def stream(self, audience: Audience, after: str, limit: int) -> list[Target]:
        return await self._database.read(_stream, audience, after, limit)

    async def targets(self, ids: Collection[str]) -> dict[str, Target]:
        return {target.contact: target for target in await self._database.read(_targets, ids)}

    async def of_members(self, members: Collection[str]) -> dict[str, list[Target]]:
        return await self._database.read(_of_members, members)

    async def page(self, audience: Audience, reach: Reach, after: str, limit: int) -> list[Contact]:
        return await self._database.read(_page, audience, reach, after, limit)

    async def count(self, audience: Audience) -> dict[Reach, int]:
        return await self._database.read(_count, audience)

    async def count_by_channel(self, audience: Audience, channels: Sequence[str]) -> dict[str, int]:
        return await self._database.read(count_by_channel, audience, channels)

    async def attach(self, contact: str, address: Address) -> Contact:
        return await self._database.write(_attach, contact, address)

    async def set_state(self, channel: str, value: str, state: AddressState, at: datetime) -> Contact | None:
        return await self._database.write(_set_state, channel, value, state, at)

    async def hear(self, channel: str, heard: Mapping[str, datetime]) -> None:
        await self._database.write(_hear, channel, heard)

    async def set_role(self, contact: str, role: Role) -> None:
        await self._database.write(_set_role, contact, role)

    async def administrators(self) -> list[Contact]:
        return await self._database.read(_administrators)


def _put(db: sqlite3.Connection, contacts: Sequence[Contact]) -> None:
    last = {contact.id: contact for contact in contacts}
    known = {row["id"]: row["absorbed_by"] for row in among(db, _WHO_ABSORBED, last)}
    db.executemany(_PUT, [_put_row(contact) for contact in last.values()])
    fresh = (c for c in last.values() if c.id not in known)
    db.executemany(_ADD_ADDRESS, [_address_row(c.id, address) for c in fresh for address in c.addresses])
    derive(db, {*last, *filter(None, (*known.values(), *(c.absorbed_by for c in last.values())))})


_WHO_ABSORBED = "SELECT id, absorbed_by FROM contacts WHERE id IN (...)"


def _put_row(c: Contact) -> tuple[object, ...]:
    collections = (to_json(c.members), to_json(c.groups), to_json(c.absorbed))
    return (c.id, c.name, c.relationship, *collections, c.absorbed_by, c.locale, c.role.value)


def _address_row(contact: str, address: Address) -> tuple[object, ...]:
    state = (address.state.value, to_ms(address.state_at))
    known = (address.source, to_ms_or_none(address.agreed_at), to_ms_or_none(address.heard_at))
    return (address.channel, address.value, contact, *state, *known)


def _address(row: sqlite3.Row) -> Address:
    return Address(
        channel=row["channel"],
        value=row["value"],
        state=row["state"],
        state_at=from_ms(row["state_at"]),
        source=row["source"],
        agreed_at=from_ms_or_none(row["agreed_at"]),
        heard_at=from_ms_or_none(row["heard_at"]),
    )


def _contacts(db: sqlite3.Connection, rows: Iterable[sqlite3.Row]) -> list[Contact]:
    """Whole records of rows of `contacts`, in their order."""
    found = list(rows)
    addresses = addresses_of(db, [row["id"] for row in found])
    return [
        Contact(
            id=row["id"],
            name=row["name"],
            relationship=row["relationship"],
            members=tuple(from_json(row["members"])),
            groups=tuple(from_json(row["groups"])),
            absorbed=tuple(from_json(row["absorbed"])),
            absorbed_by=row["absorbed_by"],
            addresses=tuple(map(_address, addresses[row["id"]])),
            locale=row["locale"],
            role=Role(row["role"]),
        )
        for row in found
    ]


def _targets(db: sqlite3.Connection, ids: Iterable[str]) -> list[Target]:
    return _targets_of(db, sorted(filter(is_storable, set(ids))))


def _targets_of(db: sqlite3.Connection, known: Sequence[str]) -> list[Target]:
    """By id. One text for all of them: to take a row apart in Python costs more than to find it."""
    (texts,) = db.execute(_TARGETS, (to_json(known),)).fetchone()
    return sorted(_read_targets(f"[{texts or ''}]"), key=attrgetter("contact"))


def _get(db: sqlite3.Connection, ids: Collection[str]) -> dict[str, Contact]:
    return {c.id: c for c in _contacts(db, among(db, "SELECT * FROM contacts WHERE id IN (...)", ids))}


def _by_address(db: sqlite3.Connection, channel: str, values: Collection[str]) -> dict[str, Contact]:
    if not is_storable(channel):
        return {}
    statement = "SELECT value, contact FROM addresses WHERE channel = ? AND value IN (...)"
    held = {row["value"]: row["contact"] for row in among(db, statement, values, channel)}
    people = _get(db, held.values())
    return {value: people[contact] for value, contact in held.items()}


def _identities(db: sqlite3.Connection, channel: str, values: Collection[str]) -> dict[str, Identity]:
    if not is_storable(channel):
        return {}
    return {
        value: Identity((contact, *from_json(absorbed)), locale)
        for value, contact, absorbed, locale in among(db, _IDENTITIES, values, channel)
    }


def _ids(db: sqlite3.Connection, audience: Audience, reaches: Iterable[Reach], after: str, limit: int) -> list[str]:
    statement = """
    SELECT contact FROM contact_audiences WHERE audience = ? AND reach = ? AND contact > ? ORDER BY contact LIMIT ?
    """
    places = [(key, reach.value) for key in audience_keys(audience) for reach in reaches]
    ranges = ([contact for (contact,) in db.execute(statement, (*place, after, limit))] for place in places)
    return smallest(ranges, limit)


def _stream(db: sqlite3.Connection, audience: Audience, after: str, limit: int) -> list[Target]:
    return _targets_of(db, _ids(db, audience, Reach, after, limit))


def _of_members(db: sqlite3.Connection, members: Collection[str]) -> dict[str, list[Target]]:
    statement = "SELECT member, contact FROM contact_members WHERE member IN (...) ORDER BY member, contact"
    pairs = [(row["member"], row["contact"]) for row in among(db, statement, members)]
    targets = {target.contact: target for target in _targets(db, {contact for _, contact in pairs})}
    found: dict[str, list[Target]] = {member: [] for member in members}
    for member, contact in pairs:
        found[member].append(targets[contact])
    return found


def _page(db: sqlite3.Connection, audience: Audience, reach: Reach, after: str, limit: int) -> list[Contact]:
    found = _get(db, _ids(db, audience, [reach], after, limit))
    return [found[contact] for contact in sorted(found)]


def _count(db: sqlite3.Connection, audience: Audience) -> dict[Reach, int]:
    counts = dict.fromkeys(Reach, 0)
    keys = audience_keys(audience)
    one = "SELECT kind, size FROM audience_sizes WHERE audience = ?"
    if len(keys) == 1:
        sizes = {row["kind"]: row["size"] for row in db.execute(one, keys)}
        return {reach: sizes.get(reach.value, 0) for reach in Reach}
    several = "SELECT DISTINCT reach, contact FROM contact_audiences WHERE audience IN (...)"
    for reach, _ in {(row["reach"], row["contact"]) for row in among(db, several, keys)}:
        counts[Reach(reach)] += 1
    return counts


def _attach(db: sqlite3.Connection, contact: str, address: Address) -> Contact:
    claimant = _living(db, contact)
    db.execute(_ADD_ADDRESS, _address_row(claimant, address))
    holder = db.execute(
        "SELECT contact FROM addresses WHERE channel = ? AND value = ?", (address.channel, address.value)
    ).fetchone()["contact"]
    person = _living(db, holder)
    absorbed = _absorb(db, person, claimant) if person != claimant else []
    derive(db, {person, claimant, *absorbed})
    return _get(db, [person])[person]


def _living(db: sqlite3.Connection, contact: str) -> str:
    """The id under which this person is sent to."""
    for row in among(db, _WHO_ABSORBED, [contact]):
        return str(row["absorbed_by"] or row["id"])
    raise NotFoundError(f"there is no contact {contact!r}")


def _absorb(db: sqlite3.Connection, person: str, other: str) -> list[str]:
    """Every id whose person is another one now."""
    absorbed = {c: from_json(row["absorbed"]) for c in (person, other) for row in among(db, _ABSORBED, [c])}
    ids = [other, *absorbed[other]]
    db.executemany("UPDATE contacts SET absorbed_by = ? WHERE id = ?", [(person, i) for i in ids])
    kept = list(dict.fromkeys([*absorbed[person], *ids]))
    db.execute("UPDATE contacts SET absorbed = ? WHERE id = ?", (to_json(kept), person))
    return ids


_ABSORBED = "SELECT absorbed FROM contacts WHERE id IN (...)"


def _set_state(db: sqlite3.Connection, channel: str, value: str, state: AddressState, at: datetime) -> Contact | None:
    moment = to_ms(at)
    for row in db.execute(_NEWER_STATE, (state.value, moment, channel, value, moment)).fetchall():
        derive(db, {row["contact"]})
    return _by_address(db, channel, [value]).get(value)


def _hear(db: sqlite3.Connection, channel: str, heard: Mapping[str, datetime]) -> None:
    moments = {value: to_ms(at) for value, at in heard.items() if is_storable(value)}
    db.executemany(_HEARD, [(at, channel, value, at) for value, at in moments.items()])


def _set_role(db: sqlite3.Connection, contact: str, role: Role) -> None:
    if not db.execute("UPDATE contacts SET role = ? WHERE id = ?", (role.value, contact)).rowcount:
        raise NotFoundError(f"there is no contact {contact!r}")


def _administrators(db: sqlite3.Connection) -> list[Contact]:
    rows = db.execute("SELECT * FROM contacts WHERE role = 'administrator' AND role <> 'none' ORDER BY id")
    return _contacts(db, rows)
