"""送信 on MongoDB: every step is one document's, guarded by its state and by the sender's epoch.

Halves exist only if their whole is split: a sender that lost its lease between the two writes of `split` must not
get them sent. Whoever reads halves therefore looks at their whole first.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from bson import ObjectId
from msgspec.structs import replace
from pymongo import UpdateOne

from storage.models import Outgoing, OutgoingState, Recipient, Report, Settlement, SkipReason, to_moment
from storage.mongo.connection import Document, Where
from storage.mongo.outgoing import LIVE, document, people_fields, read, skipped_fields, told_fields
from storage.mongo.standing import BEFORE_ALL, MongoStanding
from storage.mongo.values import storable

_CLAIM = timedelta(seconds=60)


class MongoOutbox(MongoStanding):
    """See `storage.base.sending.Outbox`."""

    async def add(self, outgoing: Sequence[Outgoing]) -> list[Outgoing]:
        return await self._add(outgoing, whole=None)

    async def _add(self, outgoing: Sequence[Outgoing], whole: str | None) -> list[Outgoing]:
        distinct = {call.id: call for call in reversed(outgoing)}
        calls = list(distinct.values())
        there = await self._calls.insert_all([document(call, whole) for call in calls])
        if there:
            ids = [calls[place].id for place in there]
            distinct |= {d["_id"]: read(d) for d in await self._calls.find({"_id": {"$in": ids}})}
        return [distinct[call.id] for call in outgoing]

    async def add_in_order(self, chunks: Sequence[Outgoing]) -> list[Outgoing]:
        stored: list[Outgoing] = []
        for chunk in chunks:
            if await self._calls.insert_all([document(chunk, None)]):
                found = await self._calls.find({"_id": chunk.id})
                return stored + [read(d) for d in found]
            stored.append(chunk)
        return stored

    async def claim(self, channel: str, epoch: int, now: datetime, limit: int) -> list[Outgoing]:
        """Read what is due, take each by compare-and-set, read on while somebody else was faster."""
        claimed: list[Outgoing] = []
        while due := await self._due(channel, epoch, now, limit - len(claimed)):
            real = await self._real(due, now)
            taken = await self._take(real, epoch, now)
            claimed += taken
            if len(taken) == len(real):
                break
        return sorted(claimed, key=lambda call: (not call.urgent, call.lane))

    async def _due(self, channel: str, epoch: int, now: datetime, limit: int) -> list[Document]:
        where = {
            "channel": channel,
            "is_live": True,
            "urgent": {"$in": [True, False]},
            "lane": {"$in": [0, 1]},
            "due_at": {"$gte": BEFORE_ALL, "$lte": now},
            "epoch": {"$lte": epoch},
        }
        order = [("urgent", -1), ("lane", 1), ("due_at", 1), ("chunk", 1), ("part", 1), ("_id", 1)]
        return await self._calls.find(where, sort=order, limit=limit, fields=("due_at", "whole"))

    async def _take(self, due: Sequence[Document], epoch: int, now: datetime) -> list[Outgoing]:
        """One round trip to take them, one to see which of them were got, by a mark of our own."""
        token = ObjectId()
        await self._calls.bulk(
            [
                UpdateOne(
                    {"_id": d["_id"], "is_live": True, "due_at": d["due_at"], "epoch": {"$lte": epoch}},
                    {"$set": {"epoch": epoch, "due_at": now + _CLAIM, "claim": token}},
                )
                for d in due
            ]
        )
        taken = await self._calls.find({"_id": {"$in": [d["_id"] for d in due]}, "claim": token})
        place = {d["_id"]: position for position, d in enumerate(due)}
        return [read(d) for d in sorted(taken, key=lambda d: place[d["_id"]])]

    async def begin(self, outgoing: str, epoch: int, now: datetime, recipients: Sequence[Recipient]) -> Outgoing | None:
        return (await self.begin_all({outgoing: recipients}, epoch, now)).get(outgoing)

    async def begin_all(
        self,
        attempts: Mapping[str, Sequence[Recipient]],
        epoch: int,
        now: datetime,
        held: Mapping[str, Outgoing] | None = None,
    ) -> dict[str, Outgoing]:
        """Take each by compare-and-set in one round trip, as it is held; whoever was not got is read again."""
        begun: dict[str, Outgoing] = {}
        before = [call for call in (held or {}).values() if call.id in attempts and call.epoch <= epoch]
        while left := [id_ for id_ in attempts if id_ not in begun]:
            if is_fresh := not before:
                where = {"_id": {"$in": storable(left)}, "is_live": True, "epoch": {"$lte": epoch}}
                before = [read(d) for d in await self._calls.find(where)]
            got = await self._begin_as_they_stand(before, attempts, epoch, now)
            begun |= got
            if is_fresh and len(got) == len(before):
                break  # the others may not be attempted
            before = []
        return begun

    async def _begin_as_they_stand(
        self, before: Sequence[Outgoing], attempts: Mapping[str, Sequence[Recipient]], epoch: int, now: datetime
    ) -> dict[str, Outgoing]:
        """Those that nobody changed meanwhile, as they are afterwards."""
        after = {call.id: _begun(call, attempts[call.id], epoch, now) for call in before}
        token = ObjectId()
        got = await self._calls.bulk(
            [
                UpdateOne(
                    {**_held_by(call.id, epoch), **_standing(call)},
                    {"$set": {**_difference(call, after[call.id]), "begun_by": token}},
                )
                for call in before
            ]
        )
        if got == len(after):
            return after
        taken = await self._calls.find({"_id": {"$in": list(after)}, "begun_by": token}, fields=("_id",))
        return {d["_id"]: after[d["_id"]] for d in taken}

    async def settle(self, settlement: Settlement, epoch: int) -> bool:
        return await self._calls.update(_held_by(settlement.id, epoch), {"$set": _settled(settlement)})

    async def settle_all(self, settlements: Sequence[Settlement], epoch: int) -> None:
        steps = [UpdateOne(_held_by(s.id, epoch), {"$set": _settled(s)}) for s in settlements]
        await self._calls.bulk(steps, ordered=True)  # of two for one call the first holds

    async def split(self, outgoing: str, epoch: int, halves: Sequence[Outgoing], at: datetime) -> bool:
        whole = await self._held(outgoing, epoch)
        if whole is None or whole.is_doubtful:
            return False
        await self._add(halves, whole=outgoing)
        change = {"state": OutgoingState.SPLIT, "is_live": False, "settled_at": at}
        return await self._calls.update({**_held_by(outgoing, epoch), "is_doubtful": False}, {"$set": change})

    async def pass_on(self, outgoing: str, other: Outgoing) -> None:
        await self.add([other])
        where = {"_id": outgoing, "state": {"$in": [*LIVE, OutgoingState.REFUSED]}}
        change = {"state": OutgoingState.SPLIT, "is_live": False, "settled_at": other.created_at}
        await self._calls.update(where, {"$set": change})

    async def drop(self, notice: str, at: datetime, error: str, channel: str | None = None) -> int:
        token = ObjectId()
        change = {
            "state": OutgoingState.DROPPED,
            "is_live": False,
            "settled_at": at,
            "error": error,
            "dropped_by": token,
        }
        where: Document = {"notice": notice, "state": OutgoingState.WAITING}
        await self._calls.update_all(where | ({"channel": channel} if channel is not None else {}), {"$set": change})
        counted = await self._calls.aggregate(
            [
                {"$match": {"notice": notice, "state": OutgoingState.DROPPED, "dropped_by": token}},
                {"$group": {"_id": None, "people": {"$sum": "$people"}}},
            ]
        )
        return int(counted[0]["people"]) if counted else 0

    async def report(self, report: Report) -> Outgoing | None:
        """By compare-and-set on what the platform told so far and on where the call stands."""
        found = [("_id", value) for value in storable([report.outgoing]) if value] + [("message_id", report.message)]
        for field, value in found:
            while (stored := await self._calls.first({field: value})) is not None:
                before = read(stored)
                after = before.after(report)
                if after == before or await self._tell(stored, after):
                    return after
        return None

    async def _tell(self, seen: Document, after: Outgoing) -> bool:
        guard = {name: seen[name] for name in ("_id", "state", "attempts", "error", "reported")}
        change: Document = {
            "$set": {
                "state": after.state,
                "is_live": after.state in LIVE,
                "due_at": after.due_at,
                "is_doubtful": after.is_doubtful,
                "settled_at": after.settled_at,
                "failure": after.failure,
                "error": after.error,
                **told_fields(after),
            }
        }
        if after.message_id is not None:
            change["$set"]["message_id"] = after.message_id
        else:
            change["$unset"] = {"message_id": ""}
        return await self._calls.update(guard, change)

    async def _held(self, outgoing: str, epoch: int) -> Outgoing | None:
        """The call, if it may still be attempted and no later epoch claimed it."""
        found = await self._calls.first(_held_by(outgoing, epoch))
        return read(found) if found else None

    async def _real(self, due: Sequence[Document], now: datetime) -> list[Document]:
        """Without halves whose whole is not split; what came of them is over when their whole is settled otherwise."""
        wholes = {d["whole"] for d in due if "whole" in d}
        if not wholes:
            return list(due)
        split = await self._split(wholes)
        # Since then one of them may have been split by whoever sends beside this look.
        over = {"_id": {"$in": list(wholes - split)}, "is_live": False, "state": {"$ne": OutgoingState.SPLIT}}
        lost = await self._calls.find(over, fields=("_id",))
        await self._calls.update_all(
            {"whole": {"$in": [d["_id"] for d in lost]}, "state": OutgoingState.WAITING},
            {"$set": {"state": OutgoingState.DROPPED, "is_live": False, "settled_at": now}},
        )
        return [d for d in due if "whole" not in d or d["whole"] in split]


def _held_by(outgoing: str, epoch: int) -> Where:
    return {"_id": outgoing, "is_live": True, "epoch": {"$lte": epoch}}


def _standing(call: Outgoing) -> Where:
    """What its next attempt follows from."""
    return {"attempts": call.attempts, "is_doubtful": call.is_doubtful, "error": call.error}


def _begun(call: Outgoing, recipients: Collection[Recipient], epoch: int, now: datetime) -> Outgoing:
    """The call at its next attempt; the first one fixes who gets it."""
    tried = replace(
        call,
        state=OutgoingState.SENDING,
        attempts=call.attempts + 1,
        epoch=epoch,
        is_doubtful=call.is_in_doubt,
        failure=None,
        error=None,
    )
    if call.first_attempt_at is not None:
        return tried
    wanted = set(recipients)
    confirmed = tuple((r.contact, SkipReason.CONFIRMED) for r in call.recipients if r not in wanted)
    return replace(
        tried,
        first_attempt_at=to_moment(now),
        recipients=tuple(r for r in call.recipients if r in wanted),
        skipped=(*call.skipped, *confirmed),
    )


def _difference(before: Outgoing, after: Outgoing) -> Document:
    """What an attempt changes. Hundreds of recipients are written again only if somebody is left out."""
    change: Document = {
        "state": after.state,
        "attempts": after.attempts,
        "epoch": after.epoch,
        "is_doubtful": after.is_doubtful,
        "failure": after.failure,
        "error": after.error,
        "first_attempt_at": after.first_attempt_at,
    }
    if after.recipients != before.recipients:
        change |= people_fields(after.recipients) | skipped_fields(after.skipped)
    return change


def _settled(settlement: Settlement) -> Document:
    """What a settlement changes; what it does not say is kept."""
    change: Document = {
        "state": settlement.state,
        "is_live": settlement.state in LIVE,
        "settled_at": None if settlement.state in LIVE else settlement.at,
        "failure": settlement.failure,
        "error": settlement.error,
    }
    if settlement.state is OutgoingState.WAITING:
        change["first_attempt_at"] = None
    if settlement.is_doubtful:
        change["is_doubtful"] = True
    if settlement.due_at is not None:
        change["due_at"] = settlement.due_at
    if settlement.request_id is not None:
        change["request_id"] = settlement.request_id
    if settlement.message_id is not None:
        change["message_id"] = settlement.message_id
    return change
