"""How the calls of the outbox stand on MongoDB. Halves whose whole is not split count nowhere."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TypeVar

from storage.models import Late, Outgoing, OutgoingState, Progress, SkipReason
from storage.mongo.connection import Connection, Document, together
from storage.mongo.outgoing import LIVE, read, skipped_field
from storage.mongo.values import storable

K = TypeVar("K")

_PLACE = ("chunk", "first_contact")
_ONE_BY_ONE = 16
"""Contacts that are looked for each for itself."""

BEFORE_ALL = datetime(1970, 1, 1, tzinfo=UTC)


class MongoStanding:
    """See `storage.base.Outbox`: what is read and not changed."""

    def __init__(self, connection: Connection) -> None:
        self._calls = connection.table("outgoing")

    async def last_chunk(self, mailing: str) -> Outgoing | None:
        found = await self._calls.first({"mailing": mailing, "part": ""}, sort=[("chunk", -1)])
        return read(found) if found else None

    async def chunk(self, mailing: str, number: int) -> Outgoing | None:
        found = await self._calls.first({"mailing": mailing, "part": "", "chunk": number})
        return read(found) if found else None

    async def late(self, stored_before: datetime, failure: str | None = None) -> list[Late]:
        where: Document = {"is_live": True, "created_at": {"$gte": BEFORE_ALL, "$lte": stored_before}}
        if failure is not None:
            where["failure"] = failure
        kinds = {field: f"${field}" for field in ("mailing", "notice", "channel", "failure", "whole")}
        sums = {"people": {"$sum": "$people"}, "since": {"$min": "$created_at"}}
        groups = await self._calls.aggregate([{"$match": where}, {"$group": {"_id": kinds, **sums}}])
        split = await self._split({g["_id"].get("whole") for g in groups})
        found: dict[tuple[str, str, str | None], Late] = {}
        for group in groups:
            whole = group["_id"].pop("whole", None)
            if whole is None or whole in split:
                late = Late(**group["_id"], people=group["people"], since=group["since"])
                kind = (late.mailing, late.channel, late.failure)
                found[kind] = _added(found[kind], late) if kind in found else late
        return sorted(found.values(), key=lambda late: (late.since, late.mailing, late.channel, late.failure or ""))

    async def reached_since(self, channel: str, since: datetime) -> int:
        counted = await self._calls.aggregate(
            [
                {
                    "$match": {
                        "channel": channel,
                        "message_id": {"$gt": ""},
                        "first_attempt_at": {"$gte": since},
                    }
                },
                {"$group": {"_id": "$recipients"}},
                {"$group": {"_id": None, "people": {"$sum": 1}}},
            ]
        )
        return int(counted[0]["people"]) if counted else 0

    async def progress(self, notice: str, purpose: str | None = None, mailing: str | None = None) -> Progress:
        given = {"notice": notice, "purpose": purpose, "mailing": mailing}
        where: Document = {field: value for field, value in given.items() if value is not None}
        sums = {name: {"$sum": f"${name}"} for name in ("people", "delivered", "opened")} | {
            reason.value: {"$sum": f"${skipped_field(reason)}"} for reason in SkipReason
        }
        groups = await self._calls.aggregate(
            [{"$match": where}, {"$group": {"_id": {"state": "$state", "whole": "$whole"}, **sums}}]
        )
        split = await self._split({g["_id"].get("whole") for g in groups})
        people: defaultdict[OutgoingState, int] = defaultdict(int)
        skipped: defaultdict[SkipReason, int] = defaultdict(int)
        delivered = opened = 0
        for group in groups:
            state, whole = OutgoingState(group["_id"]["state"]), group["_id"].get("whole")
            if whole is not None and whole not in split:
                continue
            if state is not OutgoingState.SPLIT:
                people[state] += group["people"]
            for reason in SkipReason:
                skipped[reason] += group[reason.value]
            delivered, opened = delivered + group["delivered"], opened + group["opened"]
        return Progress(_nonzero(people), _nonzero(skipped), delivered, opened)

    async def is_moving(self, notice: str, purpose: str, mailing: str) -> bool:
        where = {"notice": notice, "purpose": purpose, "mailing": mailing, "state": {"$in": list(LIVE)}}
        return await self._calls.first(where, fields=("_id",)) is not None

    async def errors(self, notice: str, purpose: str, mailing: str, state: OutgoingState) -> dict[str, int]:
        where = {"notice": notice, "purpose": purpose, "mailing": mailing, "state": state}
        sums = {"_id": {"error": "$error", "whole": "$whole"}, "people": {"$sum": "$people"}}
        groups = await self._calls.aggregate([{"$match": where}, {"$group": sums}])
        split = await self._split({g["_id"].get("whole") for g in groups})
        found: defaultdict[str, int] = defaultdict(int)
        for group in groups:
            whole = group["_id"].get("whole")
            if whole is None or whole in split:
                found[group["_id"].get("error") or ""] += group["people"]
        return _nonzero(found)

    async def covering(self, mailing: str, contacts: Collection[str]) -> dict[str, Outgoing]:
        """Which chunks they fall into is read in one look at an index, then these: the same few steps at any size."""
        numbers = await self._chunks_of(mailing, sorted(set(storable(contacts))))
        found = await self._calls.find({"mailing": mailing, "chunk": {"$in": numbers}}) if numbers else []
        split = await self._split({d.get("whole") for d in found})
        calls = [read(d) for d in found if "whole" not in d or d["whole"] in split]
        answer: dict[str, Outgoing] = {}
        for call in sorted(calls, key=lambda c: (-len(c.recipients) - len(c.skipped), len(c.part))):
            for contact in _carried(call) & set(contacts):
                answer[contact] = call
        return answer

    async def _chunks_of(self, mailing: str, contacts: Sequence[str]) -> list[int]:
        """The last chunk that begins at or before each of the contacts, which are given in order. A few are looked for
        one by one; of many, every chunk from the first one's to the last one's: they mostly are neighbours."""
        if len(contacts) <= _ONE_BY_ONE:
            found = await together(*(self._chunk_of(mailing, contact) for contact in contacts))
            return sorted({place["chunk"] for place in found if place is not None})
        before = await self._chunk_of(mailing, contacts[0])
        where = {
            "mailing": mailing,
            "part": "",
            "first_contact": {"$gte": before["first_contact"] if before else "", "$lte": contacts[-1]},
        }
        places = await self._calls.find(where, sort=[("first_contact", 1)], fields=_PLACE)
        begins = [bisect_left(contacts, place["first_contact"]) for place in places]
        return [
            place["chunk"]
            for place, begin, end in zip(places, begins, [*begins[1:], len(contacts)], strict=True)
            if begin < end
        ]

    async def _chunk_of(self, mailing: str, contact: str) -> Document | None:
        """The last chunk that begins at or before this contact."""
        return await self._calls.first(
            {"mailing": mailing, "part": "", "first_contact": {"$gte": "", "$lte": contact}},
            sort=[("first_contact", -1)],
            fields=_PLACE,
        )

    async def _split(self, wholes: Collection[str | None]) -> set[str]:
        """Those of the ids that are split."""
        named = [whole for whole in wholes if whole is not None]
        if not named:
            return set()
        found = await self._calls.find({"_id": {"$in": named}, "state": OutgoingState.SPLIT}, fields=("_id",))
        return {d["_id"] for d in found}


def _added(one: Late, other: Late) -> Late:
    return replace(one, people=one.people + other.people, since=min(one.since, other.since))


def _carried(call: Outgoing) -> set[str]:
    return {r.contact for r in call.recipients} | {contact for contact, _ in call.skipped}


def _nonzero(counts: Mapping[K, int]) -> dict[K, int]:
    return {key: count for key, count in counts.items() if count}
