"""Who somebody is on a platform that knows her under several values: whoever holds one of them gets the others too.

The values of one event are told by the platform, never by the person; nothing is taken from anybody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from storage.base import Storage
from storage.models import Address, AddressState, Contact


@dataclass(frozen=True, slots=True)
class Person:
    """Under which values a platform told of somebody at a moment: what identifies her first."""

    user: str
    also: str
    at: datetime


async def recognise(channel: str, people: Iterable[Person], storage: Storage) -> dict[str, Contact]:
    """The contacts of these people by `user`. A value that nobody held is from now on its person's."""
    told = list(people)
    values = {value for person in told for value in (person.user, person.also) if value}
    known = await storage.contacts.by_address(channel, values) if values else {}
    for person in told:
        for new, old in ((person.user, person.also), (person.also, person.user)):
            if new and new not in known and old in known:
                known[new] = await _give(channel, known[old], old, new, person.at, storage)
    return known


async def _give(channel: str, contact: Contact, old: str, new: str, at: datetime, storage: Storage) -> Contact:
    """The new value stands as the old one does: who stopped one of them stopped both."""
    held = next(a for a in contact.addresses if a.channel == channel and a.value == old)
    return await storage.contacts.attach(contact.id, held.but(value=new, heard_at=held.heard_at or at))


async def rename(channel: str, old: str, new: Iterable[str], at: datetime, storage: Storage) -> Contact | None:
    """Follow somebody to her new values, and send nothing to the old one any more. None: nobody we know."""
    contact = (await storage.contacts.by_address(channel, [old])).get(old)
    if contact is None:
        return None
    held = next(a for a in contact.addresses if a.channel == channel and a.value == old)
    taken: Mapping[str, Contact] = await storage.contacts.by_address(channel, list(new))
    for value in new:
        if value not in taken:
            state = AddressState.ACTIVE if held.state is AddressState.GONE else held.state
            contact = await storage.contacts.attach(
                contact.id,
                Address(
                    channel=channel,
                    value=value,
                    state=state,
                    state_at=at,
                    source=held.source,
                    agreed_at=held.agreed_at,
                    heard_at=held.heard_at,
                ),
            )
    return await storage.contacts.set_state(channel, old, AddressState.GONE, at) or contact
