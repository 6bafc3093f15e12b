"""Totals of receipts on MongoDB: never incremented, always set from a recount of what changed.

Receipts are counted per window, windows are added up per block, blocks per notice. Whoever changed a receipt marks its
window and then its block with a fresh token, which makes them dirty. Whoever wants totals recounts what is dirty and
cleans it by compare-and-set on the token it had read before counting: a change that came in between keeps it dirty.
Stopping between the change and the mark leaves a total behind, and the change's log entry unsettled: it is folded
again, and marks again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from bson import ObjectId
from pymongo import UpdateOne

from storage.models import CONFIRM, Totals
from storage.mongo.connection import Connection, Document

_WINDOW, _BLOCK = 0, 1
_WINDOWS_PER_BLOCK = 64


def _id(level: int, number: int, notice: str) -> str:
    return f"{level}/{number}/{notice}"


def _counts(totals: Totals) -> Document:
    """Answers are people's words, so they are values here, never keys."""
    return {
        "all": totals.all,
        "confirmed": totals.confirmed,
        "unreached": totals.unreached,
        "answers": [{"choice": choice, "receipts": count} for choice, count in totals.answers.items()],
    }


def _read(document: Document) -> Totals:
    answers = {a["choice"]: a["receipts"] for a in document["answers"]}
    return Totals(document["all"], document["confirmed"], document["unreached"], answers)


def _sum(parts: Iterable[Totals]) -> Totals:
    count, confirmed, unreached = 0, 0, 0
    answers: defaultdict[str, int] = defaultdict(int)
    for part in parts:
        count += part.all
        confirmed += part.confirmed
        unreached += part.unreached
        for choice, receipts in part.answers.items():
            answers[choice] += receipts
    return Totals(count, confirmed, unreached, dict(answers))


def _group(key: Mapping[str, object], receipts: int) -> Totals:
    """Receipts of one kind as totals."""
    if key["is_open"]:
        return Totals(receipts, 0, receipts if key["is_unreached"] else 0)
    return Totals(receipts, receipts, 0, {str(key.get("answer") or CONFIRM): receipts})


def _mark(level: int, number: int, notice: str, token: ObjectId) -> UpdateOne:
    born = {
        "notice": notice,
        "level": level,
        "number": number,
        "parent": number // _WINDOWS_PER_BLOCK if level == _WINDOW else 0,
        **_counts(Totals()),
    }
    return UpdateOne({"_id": _id(level, number, notice)}, {"$set": {"dirty": token}, "$setOnInsert": born}, upsert=True)


def _clean(seen: Document, totals: Totals) -> UpdateOne:
    return UpdateOne({"_id": seen["_id"], "dirty": seen["dirty"]}, {"$set": {"dirty": None, **_counts(totals)}})


class Windows:
    """How the receipts of each notice stand."""

    def __init__(self, connection: Connection) -> None:
        self._windows = connection.table("windows")
        self._receipts = connection.table("receipts")

    async def mark(self, touched: Collection[tuple[str, int]]) -> None:
        """Note that receipts of these windows (notice, number) changed. To be called after they did.

        In order: a block that is marked before its windows could be cleaned while they still look clean.
        """
        token = ObjectId()
        blocks = {(notice, number // _WINDOWS_PER_BLOCK) for notice, number in touched}
        marks = [_mark(_WINDOW, number, notice, token) for notice, number in sorted(touched)]
        marks += [_mark(_BLOCK, number, notice, token) for notice, number in sorted(blocks)]
        await self._windows.bulk(marks, ordered=True)

    async def totals(self, notice: str) -> Totals:
        """Recount what is dirty, add up what is known."""
        blocks = await self._windows.find({"notice": notice, "level": _BLOCK})
        dirty = [b for b in blocks if b["dirty"]]
        known = [_read(b) for b in blocks if not b["dirty"]]
        return _sum([*known, *await self._recount(notice, dirty)])

    async def _recount(self, notice: str, blocks: Collection[Document]) -> list[Totals]:
        """Totals of these blocks, from their windows; those of dirty windows from their receipts."""
        if not blocks:
            return []
        where = {"notice": notice, "level": _WINDOW, "parent": {"$in": [b["number"] for b in blocks]}}
        windows = await self._windows.find(where)
        counted = await self._count(notice, [w["number"] for w in windows if w["dirty"]])
        by_window = {w["number"]: counted[w["number"]] if w["dirty"] else _read(w) for w in windows}
        by_block = {
            b["number"]: _sum(by_window[w["number"]] for w in windows if w["parent"] == b["number"]) for b in blocks
        }
        await self._windows.bulk(
            [_clean(w, by_window[w["number"]]) for w in windows if w["dirty"]]
            + [_clean(b, by_block[b["number"]]) for b in blocks]
        )
        return list(by_block.values())

    async def _count(self, notice: str, windows: Collection[int]) -> dict[int, Totals]:
        """A full recount of these windows by the server, from an index alone."""
        counted = (
            await self._receipts.aggregate(
                [
                    {"$match": {"notice": notice, "window": {"$in": list(windows)}}},
                    {
                        "$group": {
                            "_id": {
                                "window": "$window",
                                "is_open": "$is_open",
                                "is_unreached": "$is_unreached",
                                "answer": "$answer",
                            },
                            "receipts": {"$sum": 1},
                        }
                    },
                ]
            )
            if windows
            else []
        )
        parts: defaultdict[int, list[Totals]] = defaultdict(list)
        for group in counted:
            parts[group["_id"]["window"]].append(_group(group["_id"], group["receipts"]))
        return {number: _sum(parts[number]) for number in windows}
