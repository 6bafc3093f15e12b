"""What reading a roster will change: every line's fate, and the records to store. Pure.

Nobody is deleted by a file. Who a line names as guardians are the member's guardians from then on: whoever is named no
more keeps their record and registration, but no longer receives for this member, and the line says so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from handlers.roster_file import Complaint, Entry, Guardian, Sheet, same_name
from handlers.roster_known import Known, guardian_contact, guardian_contacts, own_contact, padded
from storage.models import Contact, Member


class Fate(StrEnum):
    """What becomes of a line."""

    ADDED = "added"
    CHANGED = "changed"
    SAME = "same"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class LineFate:
    """A line's fate, and what is to be said of it."""

    line: int
    fate: Fate
    code: str
    name: str
    notes: tuple[Complaint, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What reading the file does."""

    lines: tuple[LineFate, ...]
    members: tuple[Member, ...]
    """To put: those added or changed."""
    contacts: tuple[Contact, ...]
    """To put: those added or changed."""
    unregistered: tuple[Contact, ...]
    """Contacts the file names whom no address reaches yet, as they will stand."""
    strangers: frozenset[str]
    """Ids among `unregistered` who cannot hold a code of ours yet: they are new, or have become somebody else."""

    def count(self, fate: Fate) -> int:
        """How many lines share a fate."""
        return sum(line.fate is fate for line in self.lines)


def plan(sheet: Sheet, known: Known) -> Plan:
    """What reading the file does, given what is known."""
    return _Planning(sheet, known).plan()


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A contact as one line wants it."""

    id: str
    name: str
    relationship: str = ""


class _RefusedLineError(Exception):
    def __init__(self, key: str, **arguments: str | int) -> None:
        super().__init__(key)
        self.complaint = Complaint(f"roster-{key}", arguments)


class _Planning:
    """One run over the file."""

    def __init__(self, sheet: Sheet, known: Known) -> None:
        self._sheet = sheet
        self._known = known
        self._members: dict[str, Member] = {}
        self._said: dict[str, tuple[_Wanted, int]] = {}
        """What the file says of a contact, and in which line first."""
        self._links = links(known.contacts)
        self._before = {contact: tuple(members) for contact, members in self._links.items()}
        self._of_member: dict[str, list[str]] = defaultdict(list)
        for contact, members in self._links.items():
            for member in members:
                self._of_member[member].append(contact)

    def plan(self) -> Plan:
        fates = [LineFate(line, Fate.ERROR, "", name, (said,)) for line, name, said in self._sheet.complaints]
        for entry in self._sheet.entries:
            try:
                fates.append(self._read(entry))
            except _RefusedLineError as error:
                fates.append(LineFate(entry.line, Fate.ERROR, entry.code, entry.name, (error.complaint,)))
        contacts = {contact: self._contact(contact) for contact in self._links}
        unregistered = [contacts[c] for c in self._said if not (self._is_registered(c) or not self._links[c])]
        return Plan(
            lines=tuple(sorted(fates, key=lambda fate: fate.line)),
            members=tuple(m for m in self._members.values() if m != self._known.members.get(m.id)),
            contacts=tuple(contact for contact in contacts.values() if self._is_changed(contact)),
            unregistered=tuple(unregistered),
            strangers=frozenset(contact.id for contact in unregistered if self._is_stranger(contact)),
        )

    def _read(self, entry: Entry) -> LineFate:
        self._check_zeros(entry)
        wanted = self._wanted(entry)
        for contact in wanted:
            self._check_one_person(entry.code, contact)
        member = self._member(entry)
        before = self._known.members.get(entry.code)
        notes = [*_member_notes(before, member), *self._contact_notes(entry, wanted)]
        self._members[entry.code] = member
        for contact in wanted:
            self._said.setdefault(contact.id, (contact, entry.line))
            if entry.code not in self._links.setdefault(contact.id, []):
                self._links[contact.id].append(entry.code)
        for contact_id in self._dropped(entry, wanted):
            self._links[contact_id].remove(entry.code)
        fate = Fate.ADDED if before is None else Fate.CHANGED if notes else Fate.SAME
        return LineFate(entry.line, fate, entry.code, entry.name, tuple(notes) if before else ())

    # The member

    def _member(self, entry: Entry) -> Member:
        before = self._known.members.get(entry.code)
        groups = entry.groups if self._sheet.has_groups or before is None else before.groups
        kana = entry.kana or (before.kana if before else "")
        return Member(id=entry.code, name=entry.name, kana=kana, groups=groups)

    def _check_zeros(self, entry: Entry) -> None:
        if entry.code in self._known.members:
            return
        for longer in padded(entry.code):
            if longer in self._known.members and same_name(self._known.members[longer].name, entry.name):
                raise _RefusedLineError("zeros", code=entry.code, known=longer)

    # Who receives for her

    def _wanted(self, entry: Entry) -> list[_Wanted]:
        others = [c for c in self._of_member[entry.code] if c != own_contact(entry.code)]
        wanted = list(self._guardians(entry))
        if entry.is_own and not (self._sheet.is_bare and others):
            wanted.insert(0, _Wanted(own_contact(entry.code), entry.name))
        return wanted

    def _guardians(self, entry: Entry) -> Iterator[_Wanted]:
        """In the line's order. Who has no code is found by name among the member's contacts, else by place."""
        found = {guardian.place: guardian.code for guardian in entry.guardians if guardian.code}
        for guardian in entry.guardians:
            match = self._by_name(entry.code, guardian.name, set(found.values()))
            if match and guardian.place not in found:
                found[guardian.place] = match
        for guardian in entry.guardians:
            if guardian.place not in found:
                found[guardian.place] = self._by_place(entry.code, guardian, set(found.values()))
        return (_Wanted(found[g.place], g.name, g.relationship) for g in entry.guardians)

    def _by_name(self, member: str, name: str, taken: set[str]) -> str | None:
        ids = dict.fromkeys([*self._of_member[member], *guardian_contacts(member)])
        known = [self._known.contacts[i] for i in ids if i in self._known.contacts and i != own_contact(member)]
        return next((c.id for c in known if same_name(c.name, name) and c.id not in taken), None)

    def _by_place(self, member: str, guardian: Guardian, taken: set[str]) -> str:
        """The contact at the guardian's own place, or the next free one when somebody else of the line has it."""
        mine = guardian_contact(member, guardian.place)
        if mine in taken:
            free = (c for c in guardian_contacts(member) if c not in taken and c not in self._known.contacts)
            mine = next(free, "")
        if not mine:
            raise _RefusedLineError("places", place=guardian.place, name=guardian.name)
        if self._is_registered(mine):
            known = self._known.contacts[mine].name
            raise _RefusedLineError("renamed", place=guardian.place, known=known, name=guardian.name, id=mine)
        return mine

    def _check_one_person(self, member: str, wanted: _Wanted) -> None:
        """An id means one person: in the whole file, and unless this member knows them, in memory too."""
        if wanted.id in self._said:
            said, line = self._said[wanted.id]
            if not same_name(said.name, wanted.name):
                raise _RefusedLineError(
                    "guardian-differs", code=wanted.id, line=str(line), known=said.name, name=wanted.name
                )
        known = self._known.contacts.get(wanted.id)
        if known is None or same_name(known.name, wanted.name) or member in self._before[known.id]:
            return
        if self._before[known.id] or self._is_registered(known.id):
            raise _RefusedLineError("guardian-taken", code=wanted.id, known=known.name, name=wanted.name)

    def _dropped(self, entry: Entry, wanted: Sequence[_Wanted]) -> list[str]:
        if not entry.guardians:
            return []
        kept = {own_contact(entry.code), *(contact.id for contact in wanted)}
        return [c for c in self._of_member[entry.code] if c not in kept and entry.code in self._links[c]]

    def _contact_notes(self, entry: Entry, wanted: Sequence[_Wanted]) -> Iterator[Complaint]:
        for contact in wanted:
            before = self._known.contacts.get(contact.id)
            if entry.code not in (*self._links.get(contact.id, ()), *(before.members if before else ())):
                yield Complaint("roster-note-contact", {"name": contact.name})
            elif before and before.name != contact.name:
                yield Complaint("roster-note-renamed", {"known": before.name, "name": contact.name})
            elif before and contact.relationship and before.relationship != contact.relationship:
                yield Complaint(
                    "roster-note-relationship", {"name": contact.name, "relationship": contact.relationship}
                )
        for contact_id in self._dropped(entry, wanted):
            yield Complaint("roster-note-dropped", {"name": self._known.contacts[contact_id].name})

    # The contacts, once every line is read

    def _contact(self, contact: str) -> Contact:
        before = self._known.contacts.get(contact)
        said = self._said[contact][0] if contact in self._said else None
        members = tuple(self._links[contact])
        if before and set(members) == set(self._before.get(contact, ())):
            members = self._before[contact]
        groups = tuple(dict.fromkeys(group for member in members for group in self._groups(member)))
        if before is None:
            assert said is not None  # noqa: S101 - what nobody knew, the file says
            return Contact(id=contact, name=said.name, relationship=said.relationship, members=members, groups=groups)
        name, relationship = (
            (said.name, said.relationship or before.relationship) if said else (before.name, before.relationship)
        )
        return before.but(name=name, relationship=relationship, members=members, groups=groups)

    def _groups(self, member: str) -> tuple[str, ...]:
        record = self._members.get(member) or self._known.members.get(member)
        return record.groups if record else ()

    def _is_changed(self, contact: Contact) -> bool:
        before = self._known.contacts.get(contact.id)
        if before is None:
            return True
        if (contact.name, contact.relationship) != (before.name, before.relationship):
            return True
        if set(contact.members) != set(self._before[contact.id]):
            return True
        stands_for = {member for i in before.ids for member in self._links.get(i, ())}
        return {group for member in stands_for for group in self._groups(member)} != set(before.groups)

    def _is_registered(self, contact: str) -> bool:
        known = self._known.contacts.get(contact)
        return known is not None and bool(known.addresses or known.absorbed_by)

    def _is_stranger(self, contact: Contact) -> bool:
        before = self._known.contacts.get(contact.id)
        return before is None or not same_name(before.name, contact.name)


def links(contacts: Mapping[str, Contact]) -> dict[str, list[str]]:
    """Whom each contact receives for under its own id: not what it took over from those it absorbed."""
    links = {}
    for contact in contacts.values():
        taken_over = {m for i in contact.absorbed if i in contacts for m in contacts[i].members}
        links[contact.id] = [member for member in contact.members if member not in taken_over]
    return links


def _member_notes(before: Member | None, member: Member) -> Iterator[Complaint]:
    if before is None:
        return
    if before.name != member.name:
        yield Complaint("roster-note-renamed", {"known": before.name, "name": member.name})
    if before.kana != member.kana:
        yield Complaint("roster-note-kana", {"kana": member.kana})
    if before.groups != member.groups:
        yield Complaint(
            "roster-note-groups", {"known": "、".join(before.groups) or "-", "groups": "、".join(member.groups) or "-"}
        )
