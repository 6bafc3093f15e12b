"""Roster files in and out, around the rules of `handlers.roster`: the command line and the demo use these alike."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from bot.export import check_ending, new_table
from bot.invite import unused_code
from handlers import codes
from handlers.context import Organization
from handlers.errors import RefusedError
from handlers.roster import Plan, links
from handlers.roster_file import MOST_GUARDIANS, Line, Sheet, read_csv
from handlers.roster_known import Known, own_contact
from handlers.wording import Words
from storage.base import WINDOW, Storage
from storage.models import Audience, CodePurpose, Contact, Member, Reach

_ZIP = b"PK\x03\x04"
_EVERYONE = Audience(everyone=True)

Tell = Callable[[int, int], None]
"""Told (done, all) now and then."""


def read_lines(file: Path) -> list[Line]:
    """The lines of a CSV or XLSX file, by what is in it and not by its name. Raises: RefusedError, OSError."""
    raw = file.read_bytes()  # once: it may be /dev/stdin
    return _read_workbook(raw) if raw.startswith(_ZIP) else read_csv(raw)


async def carry_out(plan: Plan, storage: Storage, tell: Tell = lambda done, whole: None) -> None:
    """Store what the plan changes. Stopped half-way, the same file read again does the rest."""
    done, whole = 0, len(plan.members) + len(plan.contacts)
    for start in range(0, len(plan.members), WINDOW):
        window = plan.members[start : start + WINDOW]
        await storage.members.put(window)
        tell(done := done + len(window), whole)
    for start in range(0, len(plan.contacts), WINDOW):
        people = plan.contacts[start : start + WINDOW]
        await storage.contacts.put(people)
        tell(done := done + len(people), whole)


async def absent(sheet: Sheet, storage: Storage) -> int:
    """How many known members the file does not name."""
    named = await storage.members.get([entry.code for entry in sheet.entries])
    return await storage.members.count(_EVERYONE) - len(named)


@dataclass(frozen=True, slots=True)
class CodeSheet:
    """Whom to give new registration codes, and the file that will be the only place where they can ever be read."""

    file: Path
    contacts: Sequence[Contact]
    names: Mapping[str, str]
    """Of the members they receive for."""


def code_sheet(file: Path, plan: Plan, known: Known, *, renew: bool) -> CodeSheet:
    """For everybody who cannot have a code yet; `renew`: for all whom no address reaches."""
    contacts = [c for c in plan.unregistered if renew or c.id in plan.strangers]
    members = {**known.members, **{member.id: member for member in plan.members}}
    return CodeSheet(file, contacts, {member.id: member.name for member in members.values()})


async def issue_codes(sheet: CodeSheet, storage: Storage, organization: Organization, now: datetime) -> None:
    """Give each contact a registration code.

    To be done before the plan is carried out. The file is on disk before the codes are valid: when something stops in
    between, the next reading finds the same people new and makes codes again.

    Raises: RefusedError, FileExistsError, OSError.
    """
    if not sheet.contacts:
        return
    taken: set[str] = set()
    made = [(contact, await unused_code(storage, organization.secret, taken)) for contact in sheet.contacts]
    words = Words(organization.locale, organization.zone)
    until = words.date(now + codes.VALID_FOR[CodePurpose.CONTACT])
    key = "codes-how" if organization.name else "codes-how-plain"
    with new_table(sheet.file, overwrite=False) as row:
        row([words(f"codes-head-{head}") for head in ("member", "contact", "relationship", "code", "how")])
        for contact, code in made:
            shown = codes.shown(code)
            how = words(key, organization=organization.name, code=shown, until=until)
            children = words.listing([sheet.names.get(member, member) for member in contact.members])
            row([children, contact.name, contact.relationship, shown, how])
    records = [
        codes.record(code, CodePurpose.CONTACT, contact.id, secret=organization.secret, now=now, name=contact.name)
        for contact, code in made
    ]
    for start in range(0, len(records), WINDOW):
        await storage.codes.add(records[start : start + WINDOW])


async def save(file: Path, storage: Storage, words: Words) -> int:
    """Write the whole roster as a file that `members import` reads back unchanged; how many members."""
    check_ending(file)
    members = await _all_members(storage)
    count = 0
    with new_table(file) as row:
        row(_head(words))
        for start in range(0, len(members), WINDOW):
            for cells in await _rows(members[start : start + WINDOW], storage, words):
                row(cells)
                count += 1
    return count


async def _all_members(storage: Storage) -> list[Member]:
    members: list[Member] = []
    while page := await storage.members.page(_EVERYONE, members[-1].id if members else "", WINDOW):
        members += page
    return sorted(members, key=lambda member: member.sort_key)


def _head(words: Words) -> list[str]:
    heads = [words(f"roster-column-{kind}") for kind in ("code", "name", "kana", "groups", "self", "self-state")]
    for place in range(1, MOST_GUARDIANS + 1):
        kinds = ("guardian", "relationship", "guardian-code", "guardian-state")
        heads += [words(f"roster-column-{kind}", place=place) for kind in kinds]
    return heads


async def _rows(members: Sequence[Member], storage: Storage, words: Words) -> list[list[str]]:
    targets = (await storage.contacts.of_members([m.id for m in members])).values()
    reaches = {i: t.reach for found in targets for t in found for i in (t.contact, *t.absorbed)}
    contacts = await storage.contacts.get(list(reaches))
    receivers: dict[str, list[Contact]] = {}
    for contact, linked in links(contacts).items():
        for member in linked:
            receivers.setdefault(member, []).append(contacts[contact])
    return [_row(member, receivers.get(member.id, []), reaches, words) for member in members]


def _row(member: Member, receivers: Iterable[Contact], reaches: dict[str, Reach], words: Words) -> list[str]:
    own, *_ = [
        [words("roster-yes"), _state(c, reaches, words)] for c in receivers if c.id == own_contact(member.id)
    ] or [["", ""]]
    cells = [member.id, member.name, member.kana, words.listing(member.groups), *own]
    guardians = sorted((c for c in receivers if c.id != own_contact(member.id)), key=lambda c: c.id)
    for guardian in guardians[:MOST_GUARDIANS]:
        cells += [guardian.name, guardian.relationship, guardian.id, _state(guardian, reaches, words)]
    return cells


def _state(contact: Contact, reaches: dict[str, Reach], words: Words) -> str:
    return words(f"roster-state-{reaches[contact.id]}")


def _read_workbook(raw: bytes) -> list[Line]:
    try:
        book = load_workbook(io.BytesIO(raw), read_only=True, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError) as error:
        raise RefusedError("roster-encoding") from error
    try:
        rows = book.worksheets[0].iter_rows(values_only=True) if book.worksheets else ()
        return [Line(number, tuple(map(_cell, row))) for number, row in enumerate(rows, 1)]
    finally:
        book.close()


def _cell(value: object) -> str:
    """As it is shown: 7 and not 7.0, a date as a date."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime | date):
        return value.isoformat()[:10]
    return str(value)
