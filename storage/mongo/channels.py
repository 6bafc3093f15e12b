"""What the addresses of contacts are asked and told in bulk on MongoDB: whom each channel reaches, who wrote when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pymongo import UpdateOne

from storage.models import AddressState, Reach
from storage.mongo.connection import Document, Table

_ACTIVE = {"$filter": {"input": "$addresses", "as": "a", "cond": {"$eq": ["$$a.state", AddressState.ACTIVE]}}}
_CHANNELS = {"$map": {"input": _ACTIVE, "as": "a", "in": "$$a.channel"}}


async def count_by_channel(contacts: Table, where: Document, channels: Sequence[str]) -> dict[str, int]:
    """See `storage.base.Contacts.count_by_channel`: the server groups people by what they can be reached on."""
    groups: list[Mapping[str, Any]] = [
        {"$match": {**where, "reach": Reach.REACHABLE}},
        {"$group": {"_id": _CHANNELS, "people": {"$sum": 1}}},
    ]
    found: Counter[str] = Counter()
    for group in await contacts.aggregate(groups):
        first = next((channel for channel in channels if channel in group["_id"]), None)
        if first is not None:
            found[first] += group["people"]
    return {channel: found[channel] for channel in channels}


def note_heard(channel: str, value: str, at: datetime) -> UpdateOne:
    """Note that this address was written from, unless something later is known. Whoever changes the same contact at the
    same moment sees by its revision that it did."""
    is_older = {"channel": channel, "value": value, "heard_at": {"$not": {"$gte": at}}}
    return UpdateOne(
        {"keys": f"{channel}:{value}", "addresses": {"$elemMatch": is_older}},
        {"$set": {"addresses.$[held].heard_at": at}, "$inc": {"revision": 1}},
        array_filters=[{"held.channel": channel, "held.value": value}],
    )
