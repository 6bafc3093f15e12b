"""People: members of the roster, the contacts who receive for them, and their addresses."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from storage.models.record import Moment, Record, fold_kana


class Role(StrEnum):
    """What a contact may do in the chat."""

    ADMINISTRATOR = "administrator"
    SENDER = "sender"
    VIEWER = "viewer"
    NONE = "none"


class Reach(StrEnum):
    """Whether a contact can be sent to, over any address."""

    REACHABLE = "reachable"
    BLOCKED = "blocked"
    UNREGISTERED = "unregistered"


class AddressState(StrEnum):
    """What the platform last told us of an address."""

    ACTIVE = "active"
    BLOCKED = "blocked"
    STOPPED = "stopped"
    """She asked us to send nothing there."""
    GONE = "gone"
    """She has another number or id now."""


class Address(Record):
    """One way to reach a contact. `value` is the platform's own id, unique within `channel`."""

    channel: str
    value: str
    state: AddressState = AddressState.ACTIVE
    state_at: Moment
    """When the state came about, by the platform's event time: older events never overrule it."""
    source: str = ""
    """How she agreed to be sent to there: code, settings, platform; '' where nobody noted it."""
    agreed_at: Moment | None = None
    heard_at: Moment | None = None
    """When she last wrote or pressed something there, where the platform makes that matter."""

    @property
    def is_active(self) -> bool:
        """Whether it may be sent to."""
        return self.state is AddressState.ACTIVE

    @property
    def key(self) -> str:
        """`channel:value`, unique over the whole organisation."""
        return f"{self.channel}:{self.value}"


class Member(Record):
    """名簿の人: whom a notice is about. `id` is the organisation's own code."""

    id: str
    name: str
    kana: str = ""
    groups: tuple[str, ...] = ()

    @property
    def sort_key(self) -> str:
        """Where the name stands in lists: first group, then kana, then code; unique in the organisation."""
        return "\x1f".join(
            (fold_kana(self.groups[0]) if self.groups else "", fold_kana(self.kana or self.name), self.id)
        )


class Contact(Record):
    """連絡先: who receives and taps, on behalf of `members`."""

    id: str
    name: str
    relationship: str = ""
    members: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    """The union of the members' groups: what an audience is matched against."""
    absorbed: tuple[str, ...] = ()
    """Ids of contacts that turned out to be this person (a mother who registered a second child's code)."""
    absorbed_by: str | None = None
    """The contact this one turned out to be; it is no longer sent to under its own id."""
    addresses: tuple[Address, ...] = ()
    """In the order in which they were registered."""
    locale: str = "ja"
    role: Role = Role.NONE

    @property
    def reach(self) -> Reach:
        """Reachable when any address is active."""
        if any(a.state is AddressState.ACTIVE for a in self.addresses):
            return Reach.REACHABLE
        return Reach.BLOCKED if self.addresses else Reach.UNREGISTERED

    @property
    def ids(self) -> tuple[str, ...]:
        """Every id under which receipts may know this person."""
        return (self.id, *self.absorbed)

    def address(self, channel: str) -> Address | None:
        """The contact's address on a channel: an active one before others, then the one registered last."""
        on_channel = [a for a in reversed(self.addresses) if a.channel == channel]
        return min(on_channel, key=lambda a: a.state is not AddressState.ACTIVE, default=None)

    def active(self, channel: str) -> str | None:
        """The active address on a channel that was registered last (a new telephone takes the place of the old)."""
        address = self.address(channel)
        return address.value if address and address.state is AddressState.ACTIVE else None


class Target(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A contact as fan-out needs it: a plain, small row, because a million of them stream by. As JSON a list."""

    contact: str
    members: tuple[str, ...]
    absorbed: tuple[str, ...]
    addresses: tuple[tuple[str, str, str], ...]
    """(channel, value, state) of each address."""
    locale: str
    absorbed_by: str | None = None

    @property
    def ids(self) -> tuple[str, ...]:
        """As `Contact.ids`."""
        return (self.contact, *self.absorbed)

    def active(self, channel: str) -> str | None:
        """As `Contact.active`."""
        for of_channel, value, state in reversed(self.addresses):
            if of_channel == channel and state == "active":
                return value
        return None

    @property
    def reach(self) -> Reach:
        """As `Contact.reach`."""
        if any(state == AddressState.ACTIVE for _, _, state in self.addresses):
            return Reach.REACHABLE
        return Reach.BLOCKED if self.addresses else Reach.UNREGISTERED


class Identity(msgspec.Struct, frozen=True):
    """What a tap needs to know of the contact behind an address: a plain, small row, because storms of them come."""

    ids: tuple[str, ...]
    """As `Contact.ids`."""
    locale: str


class Audience(Record):
    """宛先: members of any of the groups, or everyone in the roster."""

    groups: tuple[str, ...] = ()
    everyone: bool = False
