"""名簿 on MongoDB."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from pymongo import UpdateOne

from storage.models import Audience, Member, fold_kana
from storage.mongo.connection import Connection, Document, Where
from storage.mongo.values import TOP, storable


def _read(document: Document) -> Member:
    return Member.model_validate({**document, "id": document["_id"]})


def within(audience: Audience) -> Where:
    """Members of the audience."""
    return {} if audience.everyone else {"groups": {"$in": storable(audience.groups)}}


class MongoMembers:
    """See `storage.base.people.Members`."""

    def __init__(self, connection: Connection) -> None:
        self._members = connection.table("members")

    async def put(self, members: Sequence[Member]) -> None:
        await self._members.bulk(
            [
                UpdateOne(
                    {"_id": member.id},
                    {
                        "$set": {
                            "name": member.name,
                            "kana": member.kana,
                            "groups": list(member.groups),
                            "sort_key": member.sort_key,
                        }
                    },
                    upsert=True,
                )
                for member in {m.id: m for m in members}.values()
            ]
        )

    async def get(self, ids: Collection[str]) -> dict[str, Member]:
        return {d["_id"]: _read(d) for d in await self._members.find({"_id": {"$in": storable(ids)}})}

    async def page(self, audience: Audience, after: str, limit: int) -> list[Member]:
        where = {**within(audience), "_id": {"$gt": after, "$lt": TOP}}
        return [_read(d) for d in await self._members.find(where, sort=[("_id", 1)], limit=limit)]

    async def sample(self, audience: Audience, limit: int) -> list[Member]:
        return [_read(d) for d in await self._members.find(within(audience), sort=[("sort_key", 1)], limit=limit)]

    async def count(self, audience: Audience) -> int:
        return await self._members.count(within(audience))

    async def groups(self) -> dict[str, int]:
        counted = await self._members.aggregate(
            [
                {"$project": {"groups": {"$setUnion": "$groups"}}},  # each once, as an audience counts them
                {"$unwind": "$groups"},
                {"$group": {"_id": "$groups", "members": {"$sum": 1}}},
            ]
        )
        return {d["_id"]: d["members"] for d in sorted(counted, key=lambda d: (fold_kana(d["_id"]), d["_id"]))}
