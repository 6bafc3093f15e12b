"""A school of any size, put into the storage directly: thousands of people cannot register by hand."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from storage.base import WINDOW, Storage
from storage.models import (
    Address,
    AddressState,
    Audience,
    Contact,
    Coverage,
    Mailing,
    Member,
    Notice,
    Purpose,
    Receipt,
)
from tests.acceptance.world import user_id

FIRST = "1年A組"
SECOND = "2年B組"
WORDS = "上ばきを持たせてください"
"""Stand on every card, and in no reply."""


@dataclass(frozen=True, slots=True)
class Family:
    """A child, whoever receives for it, and where."""

    members: tuple[Member, ...]
    contacts: tuple[Contact, ...]


@dataclass(frozen=True)
class School:
    """Everybody."""

    families: tuple[Family, ...]

    @property
    def members(self) -> list[Member]:
        return [m for family in self.families for m in family.members]

    @property
    def contacts(self) -> list[Contact]:
        return [c for family in self.families for c in family.contacts]

    def users(self, group: str = "") -> list[str]:
        """Whom a notice reaches, by address."""
        people = [c for c in self.contacts if not group or group in c.groups]
        return [value for c in people if (value := c.active("line")) is not None]

    def of_user(self, user: str) -> Contact:
        """Whose address it is."""
        return self._by_user[user]

    @cached_property
    def _by_user(self) -> dict[str, Contact]:
        return {a.value: c for c in self.contacts for a in c.addresses}


def make_school(families: int, at: datetime, *, first: int = 0) -> School:
    """So many families, the first `first` of them in a class of their own.

    One in five has a father too; one in seven a second child; one in four reads English; of fifty, one is not
    registered and one has blocked us.
    """
    return School(tuple(_family(number, FIRST if number < first else SECOND, at) for number in range(families)))


def _family(number: int, group: str, at: datetime) -> Family:
    children = 2 if number % 7 == 3 else 1
    members = tuple(
        Member(id=f"m{number:05}-{n}", name=f"児童{number}の{n}", kana=f"ジドウ{number:05}", groups=(group,))
        for n in range(children)
    )
    contacts = [_contact(number, "母", members, at)]
    if number % 5 == 1:
        contacts.append(_contact(number, "父", members, at))
    return Family(members, tuple(contacts))


def _contact(number: int, relationship: str, members: Sequence[Member], at: datetime) -> Contact:
    is_mother = relationship == "母"
    address = Address(
        channel="line",
        value=user_id(10_000 + 2 * number + is_mother),
        state=AddressState.BLOCKED if is_mother and number % 50 == 9 else AddressState.ACTIVE,
        state_at=at,
    )
    return Contact(
        id=f"c{number:05}-{relationship}",
        name=f"保護者{number}",
        relationship=relationship,
        members=tuple(m.id for m in members),
        groups=tuple({g for m in members for g in m.groups}),
        addresses=() if is_mother and number % 50 == 7 else (address,),
        locale="en" if number % 4 == 2 else "ja",
    )


async def enrol(storage: Storage, school: School) -> None:
    """Put them into the roster."""
    for start in range(0, len(school.families), WINDOW):
        part = School(school.families[start : start + WINDOW])
        await storage.members.put(part.members)
        await storage.contacts.put(part.contacts)


async def order(
    storage: Storage,
    notice: str,
    at: datetime,
    *,
    title: str = "避難訓練について",
    group: str = "",
    choices: tuple[str, ...] = (),
    expires_at: datetime | None = None,
    urgent: bool = False,
) -> Notice:
    """Order a notice as pressing 送る does; a bot does the rest."""
    audience = Audience(groups=(group,) if group else (), everyone=not group)
    stored = await storage.notices.add(
        Notice(
            id=notice,
            title=title,
            body=f"{WORDS}。",
            audience=audience,
            choices=choices,
            coverage=Coverage.ANY,
            created_at=at,
            expires_at=expires_at,
            sender="office",
            urgent=urgent,
        )
    )
    await storage.mailings.add(
        Mailing(
            id=f"{notice}/notice",
            notice=notice,
            purpose=Purpose.NOTICE,
            created_at=at,
            ordered_by="office",
            urgent=urgent,
            due_at=at,
        )
    )
    return stored


async def receipts_of(storage: Storage, notice: str) -> AsyncIterator[Receipt]:
    """Every receipt of a notice."""
    for is_open in (True, False):
        after = ""
        while page := await storage.receipts.page(notice, is_open, after, WINDOW):
            for receipt in page:
                yield receipt
            after = page[-1].sort_key


def moment(at_ms: int) -> datetime:
    """The simulator's time as ours."""
    return datetime.fromtimestamp(at_ms / 1000, UTC)
