"""受領 on MongoDB: the fold by compare-and-set. Totals are next door, and follow from what stands here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from operator import attrgetter

from pymongo import UpdateOne

from storage.base import WINDOW
from storage.models import Answer, Change, Confirmation, Coverage, Folded, Notice, Reach, Receipt, Totals
from storage.mongo.connection import Connection, Document, together
from storage.mongo.members import within
from storage.mongo.totals import Windows
from storage.mongo.values import TOP, storable

_COVERAGES = {str(coverage): coverage for coverage in Coverage}


def _confirmation(confirmation: Confirmation) -> Document:
    return {
        "at": confirmation.at,
        "event": confirmation.event,
        "choice": confirmation.choice,
        "version": confirmation.version,
        "via": confirmation.via,
    }


def _answer(contact: str, answer: Answer) -> Document:
    """People's ids are values, never keys: a key cannot hold every id. One confirmation is stored once."""
    document: Document = {"contact": contact, "first": _confirmation(answer.first)}
    if answer.last != answer.first:
        document["last"] = _confirmation(answer.last)
    return document


def _state(receipt: Receipt) -> Document:
    """What a fold changes, with what pages and totals are read by."""
    is_open = receipt.is_open
    return {
        "answers": [_answer(contact, answer) for contact, answer in receipt.answers.items()],
        "cut_off": sorted(receipt.cut_off),
        "revision": receipt.revision,
        "is_open": is_open,
        "is_unreached": receipt.is_unreached,
        "answer": None if is_open else receipt.last_choice,
    }


def _document(receipt: Receipt) -> Document:
    return {
        "_id": receipt.id,
        "notice": receipt.notice,
        "member": receipt.member,
        "name": receipt.name,
        "sort_key": receipt.sort_key,
        "groups": receipt.groups,
        "contacts": receipt.contacts,
        "coverage": receipt.coverage,
        "window": receipt.window,
        **_state(receipt),
    }


def _read_confirmation(document: Document) -> Confirmation:
    return Confirmation(
        at=document["at"],
        event=document["event"],
        choice=document["choice"],
        version=document["version"],
        via=document["via"],
    )


def _read_answer(document: Document) -> Answer:
    first = _read_confirmation(document["first"])
    return Answer(first, _read_confirmation(document["last"]) if "last" in document else first)


def _read(document: Document) -> Receipt:
    return Receipt(
        notice=document["notice"],
        member=document["member"],
        name=document["name"],
        sort_key=document["sort_key"],
        groups=tuple(document["groups"]),
        contacts=tuple(document["contacts"]),
        coverage=_COVERAGES[document["coverage"]],
        answers={a["contact"]: _read_answer(a) for a in document["answers"]},
        cut_off=frozenset(document["cut_off"]),
        window=document["window"],
        revision=document["revision"],
    )


def _after(receipt: Receipt, changes: Mapping[str, Sequence[Change]]) -> Receipt:
    """The receipt with all changes of its contacts folded in."""
    for contact in receipt.contacts:
        for change in changes.get(contact, ()):
            receipt = receipt.after(change)
    return receipt


class MongoReceipts:
    """See `storage.base.receipts.Receipts`."""

    def __init__(self, connection: Connection) -> None:
        self._receipts = connection.table("receipts")
        self._members = connection.table("members")
        self._contacts = connection.table("contacts")
        self._windows = Windows(connection)

    async def add(self, receipts: Sequence[Receipt]) -> None:
        await self._receipts.insert_all([_document(r) for r in {r.id: r for r in reversed(receipts)}.values()])
        await self._windows.mark({(r.notice, r.window) for r in receipts})

    async def oblige(self, notice: Notice, members: Collection[str], window: int) -> None:
        wanted = sorted(storable(set(members)))
        found, contacts = await together(
            self._members.find({"_id": {"$in": wanted}, **within(notice.audience)}),
            self._contacts.find(
                {"members": {"$in": wanted}, "listed": True}, sort=[("_id", 1)], fields=("members", "reach")
            ),
        )
        obliged = {d["_id"]: d for d in found}
        of: defaultdict[str, dict[str, bool]] = defaultdict(dict)
        for contact in contacts:
            for member in obliged.keys() & set(contact["members"]):
                of[member][contact["_id"]] = contact["reach"] == Reach.REACHABLE
        await self.add(
            [
                Receipt(
                    notice=notice.id,
                    member=member,
                    name=obliged[member]["name"],
                    sort_key=obliged[member]["sort_key"],
                    groups=tuple(obliged[member]["groups"]),
                    contacts=tuple(of[member]),
                    coverage=notice.coverage,
                    cut_off=frozenset(contact for contact, is_reached in of[member].items() if not is_reached),
                    window=window + position // WINDOW,
                )
                for position, member in enumerate(wanted)
                if member in obliged
            ]
        )

    async def missing(self, notice: Notice, after: str, limit: int) -> list[str]:
        found: list[str] = []
        while len(found) < limit:
            where = {**within(notice.audience), "_id": {"$gt": after, "$lt": TOP}}
            members = await self._members.find(where, sort=[("_id", 1)], limit=WINDOW, fields=("_id",))
            if not members:
                break
            ids = {f"{notice.id}/{member['_id']}": member["_id"] for member in members}
            obliged = {d["_id"] for d in await self._receipts.find({"_id": {"$in": list(ids)}}, fields=("_id",))}
            found += [member for id_, member in ids.items() if id_ not in obliged]
            after = members[-1]["_id"]
        return found[:limit]

    async def fold(self, changes: Sequence[Change]) -> list[Folded]:
        by_notice: defaultdict[str, defaultdict[str, list[Change]]] = defaultdict(lambda: defaultdict(list))
        for change in changes:
            by_notice[change.notice][change.contact].append(change)
        folded = await together(*(self._fold(notice, of) for notice, of in by_notice.items()))
        # Also where nothing changed: whoever changed it may have stopped before this line.
        await self._windows.mark({(r.notice, r.window) for receipts in folded for r in receipts})
        return _answers(changes, [r for receipts in folded for r in receipts])

    async def _fold(self, notice: str, changes: Mapping[str, Sequence[Change]]) -> list[Receipt]:
        """The receipts of one notice that these contacts' changes concern, as they stand after them.

        Whoever did not get through read a receipt that somebody else changed: it is read again, and what it has by then
        is folded again, which changes nothing.
        """
        done: dict[str, Receipt] = {}
        documents = await self._receipts.find({"notice": notice, "contacts": {"$in": storable(changes)}})
        while documents:
            before = [_read(d) for d in documents]
            after = [_after(receipt, changes) for receipt in before]
            done |= {receipt.member: receipt for receipt in after}
            written = [(old, new) for old, new in zip(before, after, strict=True) if new is not old]
            changed = await self._receipts.bulk(
                [UpdateOne({"_id": new.id, "revision": old.revision}, {"$set": _state(new)}) for old, new in written]
            )
            if changed == len(written):
                break
            documents = await self._receipts.find({"_id": {"$in": [new.id for _, new in written]}})
        return list(done.values())

    async def of(self, notice: str, contacts: Collection[str]) -> list[Receipt]:
        where = {"notice": notice, "contacts": {"$in": storable(contacts)}}
        return [_read(d) for d in await self._receipts.find(where, sort=[("sort_key", 1), ("_id", 1)])]

    async def waiting(self, notice: str, contacts: Collection[str]) -> dict[str, bool]:
        standing: dict[str, bool] = {}
        heads = await self._heads(contacts)
        where = {"notice": notice, "contacts": {"$in": storable({*contacts, *heads})}}
        for receipt in await self._receipts.find(where, fields=("contacts", "is_open", "answers.contact")):
            answered = {answer["contact"] for answer in receipt["answers"]}
            for contact in receipt["contacts"]:
                for head in heads.get(contact, {contact}):
                    is_waiting = receipt["is_open"] and contact not in answered
                    standing[head] = standing.get(head, False) or is_waiting
        return {contact: standing[contact] for contact in contacts if contact in standing}

    async def done(self, notice: Notice, contacts: Collection[str]) -> set[str]:
        asked = set(contacts)
        if notice.coverage is Coverage.ANY:
            fulfilled = await self._receipts.find(
                {"notice": notice.id, "is_open": False}, limit=len(asked) + 1, fields=("contacts",)
            )
            if len(fulfilled) <= len(asked):  # such a tap fulfils: whoever is named nowhere here has not confirmed
                named = {contact for receipt in fulfilled for contact in receipt["contacts"]}
                heads = await self._heads(asked) if named else {}
                asked &= {head for contact in named for head in heads.get(contact, {contact})}
        standing = await self.waiting(notice.id, asked) if asked else {}
        return {contact for contact, is_waiting in standing.items() if not is_waiting}

    async def names(self, notice: str, contacts: Collection[str]) -> dict[str, tuple[str, ...]]:
        heads = await self._heads(contacts)
        named: defaultdict[str, list[str]] = defaultdict(list)
        where = {"notice": notice, "contacts": {"$in": storable({*contacts, *heads})}}
        for receipt in await self._receipts.find(where, sort=[("sort_key", 1)], fields=("contacts", "name")):
            for head in {head for contact in receipt["contacts"] for head in heads.get(contact, {contact})}:
                named[head].append(receipt["name"])
        return {contact: tuple(named[contact]) for contact in contacts if contact in named}

    async def _heads(self, contacts: Collection[str]) -> dict[str, set[str]]:
        """Of every id that one of the contacts absorbed: who of the contacts bears it."""
        asked = set(contacts)
        heads: dict[str, set[str]] = {}
        where = {"_id": {"$in": storable(asked)}, "absorbed": {"$ne": []}}
        for person in await self._contacts.find(where, fields=("absorbed",)):
            for other in person["absorbed"]:
                heads.setdefault(other, {other} & asked).add(person["_id"])
        return heads

    async def open_of(self, contacts: Collection[str], limit: int) -> list[Receipt]:
        where = {"contacts": {"$in": storable(contacts)}, "is_open": True}
        return [_read(d) for d in await self._receipts.find(where, limit=limit)]

    async def page(self, notice: str, is_open: bool, after: str, limit: int) -> list[Receipt]:
        where = {"notice": notice, "is_open": is_open, "sort_key": {"$gt": after, "$lt": TOP}}
        return [_read(d) for d in await self._receipts.find(where, sort=[("sort_key", 1)], limit=limit)]

    async def totals(self, notice: str) -> Totals:
        return await self._windows.totals(notice)


_PLACE = attrgetter("sort_key", "notice", "member")


def _answers(changes: Sequence[Change], receipts: Iterable[Receipt]) -> list[Folded]:
    concerned: defaultdict[tuple[str, str], list[Receipt]] = defaultdict(list)
    for receipt in sorted(receipts, key=_PLACE):
        for contact in dict.fromkeys(receipt.contacts):
            concerned[receipt.notice, contact].append(receipt)
    return [Folded(change, tuple(concerned[change.notice, change.contact])) for change in changes]
