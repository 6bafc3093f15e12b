"""What is remembered already, as far as a roster file touches it; and the ids by which a file's people are known."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from handlers.roster_file import MOST_GUARDIANS, Sheet
from storage.base import WINDOW, Storage
from storage.models import Contact, Member

_Found = TypeVar("_Found")

_LONGEST_PADDED = 10
_PLACES = 2 * MOST_GUARDIANS
"""Of a member's own guardians; more than a line can name, so that a new one never takes a former one's place."""


@dataclass(frozen=True, slots=True)
class Known:
    """Members and contacts that the file may mean or change."""

    members: Mapping[str, Member] = field(default_factory=dict)
    contacts: Mapping[str, Contact] = field(default_factory=dict)
    """By id; absorbed ones under their own."""


def own_contact(member: str) -> str:
    """Id under which a member receives for herself."""
    return f"{member}-0"


def guardian_contact(member: str, place: int) -> str:
    """Id of a guardian whom the roster gives no code: this member's own contact."""
    return f"{member}-{place}"


def guardian_contacts(member: str) -> list[str]:
    """Every id of that kind, by place."""
    return [guardian_contact(member, place) for place in range(1, _PLACES + 1)]


def padded(code: str) -> list[str]:
    """For a code of digits: the longer ones from which a spreadsheet may have cut the zeros."""
    return [code.zfill(length) for length in range(len(code) + 1, _LONGEST_PADDED + 1)] if code.isdigit() else []


async def learn(sheet: Sheet, storage: Storage) -> Known:
    """Read all that `handlers.roster.plan` needs for this file, and nothing besides."""
    codes = [entry.code for entry in sheet.entries]
    members = await _get(storage.members.get, codes)
    unknown = [code for code in codes if code not in members]
    members |= await _get(storage.members.get, {longer for code in unknown for longer in padded(code)})

    ids = {guardian.code for entry in sheet.entries for guardian in entry.guardians if guardian.code}
    for code in codes:
        ids |= {own_contact(code), *guardian_contacts(code)}
    for window in _windows(codes):
        for targets in (await storage.contacts.of_members(window)).values():
            ids |= {contact for target in targets for contact in (target.contact, *target.absorbed)}
    contacts = await _get(storage.contacts.get, ids)
    # Whom a contact was absorbed by, and whom they absorbed: together they stand for one person's members.
    contacts |= await _get(storage.contacts.get, {c.absorbed_by for c in contacts.values() if c.absorbed_by} - ids)
    contacts |= await _get(storage.contacts.get, {i for c in contacts.values() for i in c.absorbed} - set(contacts))

    others = {member for contact in contacts.values() for member in contact.members}
    members |= await _get(storage.members.get, others - set(members))
    return Known(members, contacts)


async def _get(get: Callable[[Collection[str]], Awaitable[dict[str, _Found]]], ids: Iterable[str]) -> dict[str, _Found]:
    found: dict[str, _Found] = {}
    for window in _windows(sorted(ids)):
        found |= await get(window)
    return found


def _windows(ids: list[str]) -> Iterator[list[str]]:
    yield from (ids[start : start + WINDOW] for start in range(0, len(ids), WINDOW))
