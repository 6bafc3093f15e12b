"""The demo's school: read by the very code that reads real rosters, most of its people registered already."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from bot.importing import Wish, import_file
from handlers.context import Organization
from handlers.wording import Words
from storage.base import Storage
from storage.models import Address, AddressState, Audience, Contact, Member, Reach, Role

TEACHER = "T1-0"
_COLLEAGUE = "T2-0"
_UNREGISTERED = ("G13", "G17")
_BLOCKED = ("G14",)
_BY_WHATSAPP = ("G03", "G05", "G07")
_FIRST = (TEACHER, "G01", "G03", "G02", "G05", *_UNREGISTERED, *_BLOCKED, "G07")
"""Whose phones come first: the teacher, a couple with two children, who has WhatsApp, who has not registered, who
blocks."""
_ROSTER = Path(__file__).with_name("demo_roster.csv")
_EVERYONE = Audience(everyone=True)


@dataclass(frozen=True, slots=True)
class Phone:
    """A person's phone, as the simulator is to show it."""

    user: str
    name: str
    title: str
    is_friend: bool
    blocks: bool
    platform: str = "line"
    code: str = ""
    """The registration code this person was given and has not used yet."""


async def build(storage: Storage, organization: Organization, folder: Path, now: datetime) -> list[Phone]:
    """Read the roster, register most of its people; their phones, the teacher's first. Again: nothing changes."""
    codes = folder / "codes.csv"
    if not await storage.members.count(_EVERYONE):
        await import_file(Wish(_ROSTER), storage, organization, now, lambda _: None)
        await _register(storage, now)
        wish = Wish(_ROSTER, codes, new_codes=True)
        await import_file(wish, storage, organization, now, lambda _: None)
    return await _phones(storage, organization, _codes(codes))


async def _register(storage: Storage, now: datetime) -> None:
    before = now - timedelta(days=30)
    for contact in await _contacts(storage):
        if contact not in _UNREGISTERED:
            address = Address(channel=_platform(contact), value=_address(contact), state_at=before, source="code")
            await storage.contacts.attach(contact, address)
    for contact in _BLOCKED:
        await storage.contacts.set_state("line", _user(contact), AddressState.BLOCKED, now)
    await storage.contacts.set_role(TEACHER, Role.ADMINISTRATOR)


async def _phones(storage: Storage, organization: Organization, codes: dict[str, str]) -> list[Phone]:
    words = Words(organization.locale, organization.zone)
    ids = await _contacts(storage)
    contacts = await storage.contacts.get(ids)
    members = await storage.members.get({member for contact in contacts.values() for member in contact.members})
    order = [*_FIRST, *sorted(set(ids) - {*_FIRST, _COLLEAGUE}), _COLLEAGUE]
    return [
        Phone(
            user=_address(contact),
            platform=_platform(contact),
            name=contacts[contact].name,
            title=_title(contacts[contact], members, words),
            is_friend=contacts[contact].reach is not Reach.UNREGISTERED,
            blocks=contacts[contact].reach is Reach.BLOCKED,
            code=codes.get(contacts[contact].name, "") if contacts[contact].reach is Reach.UNREGISTERED else "",
        )
        for contact in order
        if contact in contacts
    ]


def _title(contact: Contact, members: dict[str, Member], words: Words) -> str:
    if not contact.relationship:
        return words("demo-teacher" if contact.id == TEACHER else "demo-colleague")
    names = words.listing([members[member].name for member in contact.members])
    return words("demo-title", names=names, relationship=contact.relationship)


async def _contacts(storage: Storage) -> list[str]:
    """Everybody who receives, whoever absorbed whom since."""
    return [target.contact for target in await storage.contacts.stream(_EVERYONE, "", 500)]


def _platform(contact: str) -> str:
    return "whatsapp" if contact in _BY_WHATSAPP else "line"


def _address(contact: str) -> str:
    """The address value: of WhatsApp a telephone number that nobody has."""
    return f"+81900000{int(contact[1:]):04}" if contact in _BY_WHATSAPP else _user(contact)


def _user(contact: str) -> str:
    """A LINE user id that is the same at every start."""
    return f"U{contact.encode().hex():0>32}"


def _codes(file: Path) -> dict[str, str]:
    """By name, as they were printed for the paper."""
    if not file.exists():
        return {}
    with file.open(encoding="utf-8-sig", newline="") as stream:
        rows: Sequence[Sequence[str]] = list(csv.reader(stream))[1:]
    return {contact: code for _, contact, _, code, _ in rows}
