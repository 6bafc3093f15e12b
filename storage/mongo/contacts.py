"""連絡先 on MongoDB. What depends on several contacts is a row of steps, each of which may be the last before a crash.

A document keeps what was last put for the contact (`own_members`, `own_groups`) apart from what the contact stands
for (`members`, `groups`: that and the own of all it absorbed). Whoever changes an own recounts afterwards, so the last
to change it is seen, whatever the order. Changes of one contact are compare-and-set on its `revision`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import chain

from pymongo import UpdateOne

from storage.errors import NotFoundError
from storage.models import Address, AddressState, Audience, Contact, Identity, Reach, Role, Target, to_moment
from storage.mongo.channels import count_by_channel, note_heard
from storage.mongo.connection import Connection, Document, TakenError
from storage.mongo.values import TOP, storable

_OWN = ("own_members", "own_groups")
_IDENTITY = ("keys", "absorbed", "locale")
_TARGET = ("members", "absorbed", "addresses", "locale", "absorbed_by")


def _read(document: Document) -> Contact:
    return Contact.model_validate({**document, "id": document["_id"]})


def _target(document: Document) -> Target:
    return Target(
        contact=document["_id"],
        members=tuple(document["members"]),
        absorbed=tuple(document["absorbed"]),
        addresses=tuple((a["channel"], a["value"], a["state"]) for a in document["addresses"]),
        locale=document["locale"],
        absorbed_by=document["absorbed_by"],
    )


def _identity(document: Document) -> Identity:
    return Identity((document["_id"], *document["absorbed"]), document["locale"])


def _own(contact: Contact) -> Document:
    """What was last put for the contact itself."""
    return {
        "name": contact.name,
        "relationship": contact.relationship,
        "own_members": list(contact.members),
        "own_groups": list(contact.groups),
    }


def _stands_for(contact: Contact) -> Document:
    return {
        "members": list(contact.members),
        "groups": list(contact.groups),
        "listed": bool(contact.members) and contact.absorbed_by is None,
    }


def _standing(contact: Contact) -> Document:
    """All that changes other than by `put` and `set_role`. What follows from other fields is written with them."""
    fields: Document = {
        **_stands_for(contact),
        "absorbed": list(contact.absorbed),
        "absorbed_by": contact.absorbed_by,
        "addresses": [a.model_dump() for a in contact.addresses],
        "reach": contact.reach,
    }
    if contact.addresses:
        fields["keys"] = [a.key for a in contact.addresses]
    return fields


def _new(contact: Contact) -> Document:
    """The first form of a contact's document."""
    rest = {"locale": contact.locale, "role": contact.role, "revision": 0}
    return {"_id": contact.id, **_own(contact), **_standing(contact), **rest}


def _within(audience: Audience) -> Document:
    where: Document = {"listed": True}
    if not audience.everyone:
        where["groups"] = {"$in": storable(audience.groups)}
    return where


def _absorbed_by(contact: Contact, holder: str) -> Contact:
    """Two that absorb each other at the same moment would both vanish: the smaller id stays."""
    stays = holder in contact.absorbed and contact.id < holder
    return contact if stays else contact.but(absorbed_by=holder)


def _union(parts: Iterable[Iterable[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(chain.from_iterable(parts)))


class MongoContacts:
    """See `storage.base.people.Contacts`."""

    def __init__(self, connection: Connection) -> None:
        self._contacts = connection.table("contacts")

    async def get(self, ids: Collection[str]) -> dict[str, Contact]:
        return {d["_id"]: _read(d) for d in await self._contacts.find({"_id": {"$in": storable(ids)}})}

    async def by_address(self, channel: str, values: Collection[str]) -> dict[str, Contact]:
        wanted = set(storable(values))
        found = await self._contacts.find({"keys": {"$in": [f"{channel}:{value}" for value in wanted]}})
        return {
            address.value: contact
            for contact in map(_read, found)
            for address in contact.addresses
            if address.channel == channel and address.value in wanted
        }

    async def identities(self, channel: str, values: Collection[str]) -> dict[str, Identity]:
        wanted = {f"{channel}:{value}": value for value in storable(values)}
        found = await self._contacts.find({"keys": {"$in": list(wanted)}}, fields=_IDENTITY)
        return {wanted[key]: _identity(d) for d in found for key in d["keys"] if key in wanted}

    async def stream(self, audience: Audience, after: str, limit: int) -> list[Target]:
        where = {**_within(audience), "_id": {"$gt": after, "$lt": TOP}}
        return [_target(d) for d in await self._contacts.find(where, sort=[("_id", 1)], limit=limit, fields=_TARGET)]

    async def targets(self, ids: Collection[str]) -> dict[str, Target]:
        where = {"_id": {"$in": storable(ids)}}
        return {d["_id"]: _target(d) for d in await self._contacts.find(where, fields=_TARGET)}

    async def of_members(self, members: Collection[str]) -> dict[str, list[Target]]:
        found = await self._contacts.find(
            {"members": {"$in": storable(members)}, "listed": True}, sort=[("_id", 1)], fields=_TARGET
        )
        answer: dict[str, list[Target]] = {member: [] for member in members}
        for target in map(_target, found):
            for member in answer.keys() & set(target.members):
                answer[member].append(target)
        return answer

    async def page(self, audience: Audience, reach: Reach, after: str, limit: int) -> list[Contact]:
        where = {**_within(audience), "reach": reach, "_id": {"$gt": after, "$lt": TOP}}
        return [_read(d) for d in await self._contacts.find(where, sort=[("_id", 1)], limit=limit)]

    async def count(self, audience: Audience) -> dict[Reach, int]:
        counted = await self._contacts.aggregate(
            [{"$match": _within(audience)}, {"$group": {"_id": "$reach", "contacts": {"$sum": 1}}}]
        )
        return dict.fromkeys(Reach, 0) | {Reach(d["_id"]): d["contacts"] for d in counted}

    async def count_by_channel(self, audience: Audience, channels: Sequence[str]) -> dict[str, int]:
        return await count_by_channel(self._contacts, _within(audience), channels)

    async def administrators(self) -> list[Contact]:
        return [_read(d) for d in await self._contacts.find({"role": Role.ADMINISTRATOR}, sort=[("_id", 1)])]

    async def put(self, contacts: Sequence[Contact]) -> None:
        wanted = {contact.id: contact for contact in contacts}
        known = {d["_id"] for d in await self._contacts.find({"_id": {"$in": list(wanted)}}, fields=["_id"])}
        new = [contact for contact in wanted.values() if contact.id not in known]
        await self._contacts.insert_all([_new(contact) for contact in new if not contact.addresses])
        for contact in new:
            if contact.addresses:
                await self._add(contact)
        await self._replace([wanted[id_] for id_ in wanted.keys() & known])

    async def _add(self, contact: Contact) -> None:
        """Insert it with those of its addresses that nobody holds, whoever else registers meanwhile."""
        while True:
            held = await self._by_keys([a.key for a in contact.addresses])
            taken = {a.key for holder in held for a in holder.addresses}
            free = tuple(a for a in contact.addresses if a.key not in taken)
            try:
                await self._contacts.insert(_new(contact.but(addresses=free)))
            except TakenError:
                continue
            return

    async def _replace(self, contacts: Sequence[Contact]) -> None:
        """One step for whoever stands for nobody else; own, then recount, for the others."""
        replaced = await self._contacts.bulk(
            [
                UpdateOne(
                    {"_id": contact.id, "absorbed": [], "absorbed_by": None},
                    {"$set": {**_own(contact), **_stands_for(contact)}, "$inc": {"revision": 1}},
                )
                for contact in contacts
            ]
        )
        if replaced == len(contacts):
            return
        standing = await self._contacts.find(
            {"_id": {"$in": [contact.id for contact in contacts]}}, fields=("absorbed", "absorbed_by")
        )
        others = {d["_id"] for d in standing if d["absorbed"] or d["absorbed_by"]}
        for contact in contacts:
            if contact.id not in others:
                continue
            await self._contacts.update({"_id": contact.id}, {"$set": _own(contact), "$inc": {"revision": 1}})
            await self._recount(contact.id)

    async def attach(self, contact: str, address: Address) -> Contact:
        while True:
            known = await self._root(contact)
            if known is None:
                raise NotFoundError(f"no contact {contact}")
            holders = await self._by_keys([address.key])
            holder = await self._root(holders[0].id) if holders else None
            if holder is not None and holder.id == known.id:
                return await self._mark_absorbed(known.id)
            if holder is not None:
                await self._recount(holder.id, also=known.ids)
                for person in (holder, known):  # of two that absorb each other one stays, and takes the other
                    await self._mark_absorbed(person.id)
                continue
            try:
                given = await self._change(
                    known.id, lambda c: c if c.absorbed_by else c.but(addresses=(*c.addresses, address))
                )
            except TakenError:
                continue
            if given is not None and given.absorbed_by is None:
                return given

    async def _mark_absorbed(self, holder: str) -> Contact:
        """Mark whoever the holder took over, also before a stop. The holder, or whoever it turned out to be.

        Then recount: a `put` that came in before the mark had not seen it.
        """
        person = await self._root(holder)
        if person is None:
            raise NotFoundError(f"no contact {holder}")
        unmarked = {"_id": {"$in": list(person.absorbed)}, "absorbed_by": {"$ne": person.id}}
        for absorbed in await self._contacts.find(unmarked, fields=("_id",)) if person.absorbed else []:
            await self._change(absorbed["_id"], lambda c: _absorbed_by(c, person.id))
        if person.absorbed:
            await self._recount(person.id)
        return await self._root(person.id) or person

    async def set_state(self, channel: str, value: str, state: AddressState, at: datetime) -> Contact | None:
        key = f"{channel}:{value}"
        holders = await self._by_keys([key])
        if not holders:
            return None

        def step(contact: Contact) -> Contact:
            return contact.but(
                addresses=tuple(
                    a.but(state=state, state_at=at) if a.key == key and a.state_at < at else a
                    for a in contact.addresses
                )
            )

        return await self._change(holders[0].id, step)

    async def hear(self, channel: str, heard: Mapping[str, datetime]) -> None:
        """One round trip, however many wrote; each is changed for itself."""
        steps = [note_heard(channel, value, to_moment(heard[value])) for value in storable(heard)]
        await self._contacts.bulk(steps)

    async def set_role(self, contact: str, role: Role) -> None:
        if not await self._contacts.update({"_id": contact}, {"$set": {"role": role}}):
            raise NotFoundError(f"no contact {contact}")

    async def _by_keys(self, keys: Collection[str]) -> list[Contact]:
        """Whoever holds any of the addresses, by their keys."""
        return [_read(d) for d in await self._contacts.find({"keys": {"$in": list(keys)}})]

    async def _root(self, contact: str) -> Contact | None:
        """The contact that this id means: itself, or whoever absorbed it in the end."""
        seen: set[str] = set()
        document = await self._contacts.first({"_id": contact})
        while document is not None and document["absorbed_by"] and contact not in seen:
            seen.add(contact)
            contact = document["absorbed_by"]
            document = await self._contacts.first({"_id": contact})
        return _read(document) if document else None

    async def _change(self, contact: str, step: Callable[[Contact], Contact]) -> Contact | None:
        """Apply a pure step by compare-and-set, again and again until nobody came in between. Raises: TakenError."""
        while (document := await self._contacts.first({"_id": contact})) is not None:
            before = _read(document)
            after = step(before)
            if after == before or await self._write(document, after):
                return after
        return None

    async def _write(self, seen: Document, contact: Contact) -> bool:
        guard = {"_id": seen["_id"], "revision": seen["revision"]}
        return await self._contacts.update(guard, {"$set": _standing(contact), "$inc": {"revision": 1}})

    async def _recount(self, contact: str, also: Collection[str] = (), seen: Collection[str] = ()) -> Contact | None:
        """What it, and whoever absorbed it, stands for: its own and the own of all it absorbed, as it is now."""
        while (document := await self._contacts.first({"_id": contact})) is not None:
            before = _read(document)
            absorbed = tuple(id_ for id_ in _union((before.absorbed, also)) if id_ != contact)
            found = await self._contacts.find({"_id": {"$in": absorbed}}, fields=_OWN) if absorbed else []
            owns = {d["_id"]: d for d in found}
            parts = [document, *(owns[id_] for id_ in absorbed if id_ in owns)]
            after = before.but(
                absorbed=absorbed,
                members=_union(d["own_members"] for d in parts),
                groups=_union(d["own_groups"] for d in parts),
            )
            if after != before and not await self._write(document, after):
                continue
            if after.absorbed_by and after.absorbed_by not in seen:
                await self._recount(after.absorbed_by, seen=(*seen, contact))
            return after
        return None
