"""The roster and the people who receive. See the package for what every verb keeps."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from storage.models import Address, AddressState, Audience, Contact, Identity, Member, Reach, Role, Target


class Members(Protocol):
    """名簿."""

    async def put(self, members: Sequence[Member]) -> None:
        """Add or replace by id."""
        ...

    async def get(self, ids: Collection[str]) -> dict[str, Member]:
        """Those of the ids that exist."""
        ...

    async def page(self, audience: Audience, after: str, limit: int) -> list[Member]:
        """Members of the audience with id > `after` ('' to begin), by id."""
        ...

    async def sample(self, audience: Audience, limit: int) -> list[Member]:
        """The first members of the audience by sort key."""
        ...

    async def count(self, audience: Audience) -> int:
        """How many members the audience holds."""
        ...

    async def groups(self) -> dict[str, int]:
        """Every group with its number of members, in the order of `fold_kana`."""
        ...


class Contacts(Protocol):
    """連絡先. An address belongs to at most one contact. Who stands for no member belongs to no audience."""

    async def put(self, contacts: Sequence[Contact]) -> None:
        """Add, or replace name, relationship, members and groups; addresses, role, locale and absorbed ids are kept.

        An address that somebody else holds stays with them. Whoever absorbed others stands for what was last put for
        them too, so that reading the roster again takes no child from the parent who registered for two.
        """
        ...

    async def get(self, ids: Collection[str]) -> dict[str, Contact]:
        """Those of the ids that exist (an absorbed contact is found under its own id, with `absorbed_by`)."""
        ...

    async def by_address(self, channel: str, values: Collection[str]) -> dict[str, Contact]:
        """Contacts by address value."""
        ...

    async def identities(self, channel: str, values: Collection[str]) -> dict[str, Identity]:
        """As `by_address`, but of each contact only what a tap needs. Plain small rows."""
        ...

    async def stream(self, audience: Audience, after: str, limit: int) -> list[Target]:
        """Contacts of the audience with id > `after`, by id, absorbed ones left out. Plain small rows."""
        ...

    async def targets(self, ids: Collection[str]) -> dict[str, Target]:
        """As `get`, in small."""
        ...

    async def of_members(self, members: Collection[str]) -> dict[str, list[Target]]:
        """Every contact of each member, by contact id, absorbed ones left out; every member asked for is a key."""
        ...

    async def page(self, audience: Audience, reach: Reach, after: str, limit: int) -> list[Contact]:
        """As `stream`, whole records, of one reach only."""
        ...

    async def count(self, audience: Audience) -> dict[Reach, int]:
        """How many contacts (absorbed ones left out) the audience has, by reach; every reach is a key."""
        ...

    async def count_by_channel(self, audience: Audience, channels: Sequence[str]) -> dict[str, int]:
        """How many contacts of the audience have an active address on a channel, by the first such of `channels`; each
        of these is a key. Counted in the home: nothing streams by."""
        ...

    async def attach(self, contact: str, address: Address) -> Contact:
        """Give the contact an address, taking it from nobody.

        When another contact holds the address already, that one absorbs `contact` (members, groups, ids; never an
        address of its own), and is returned. An id that was absorbed means whoever absorbed it. The same call again
        changes nothing.

        Raises: NotFoundError, if there is no such contact.
        """
        ...

    async def set_state(self, channel: str, value: str, state: AddressState, at: datetime) -> Contact | None:
        """Blocked or active again, by event time: applied only if newer than what is known. The contact, or None."""
        ...

    async def hear(self, channel: str, heard: Mapping[str, datetime]) -> None:
        """Note when each address value was last written from. Earlier times than known change nothing, nor do
        addresses that nobody holds."""
        ...

    async def set_role(self, contact: str, role: Role) -> None:
        """Raises: NotFoundError."""
        ...

    async def administrators(self) -> list[Contact]:
        """Contacts with the role of administrator."""
        ...
