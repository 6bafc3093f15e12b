"""What should have been sent and folded, against what was: a little with every self-check, so that it never costs much.

What does not add up cannot be mended here; it is a fault of ours, and said aloud.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from storage.base import WINDOW, Storage
from storage.models import Mailing, Notice, Receipt, Totals

_CHUNKS: Final = 20
"""Looked at in one go: ten thousand people."""
_RECENT: Final = timedelta(hours=3)
"""Mailings that were due so long ago are looked at no more."""
_LARGEST: Final = 10 * WINDOW
"""Receipts of a notice that are counted anew; larger notices are passed over."""
_REMEMBERED: Final = 1_000


class What(StrEnum):
    """What does not add up."""

    SENT = "sent"
    """The people of a mailing's chunks, and those in its calls."""
    FOLDED = "folded"
    """A notice's totals, and its receipts."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Two numbers that should be one."""

    what: What
    notice: str
    where: str
    """The mailing, or the notice."""
    expected: int
    found: int


@dataclass(slots=True)
class _Counted:
    chunks: int = 0
    people: int = 0


class Comparison:
    """Goes round for the life of a process. Each mailing is compared once, when everything of it is in the outbox."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._counted: dict[str, _Counted] = {}
        self._done: dict[str, None] = {}
        self._last_notice = 0
        self._suspect: Difference | None = None

    async def go_on(self, now: datetime) -> list[Difference]:
        """The next few; what does not add up."""
        found = [await self._next_mailing(now), await self._next_notice()]
        return [difference for difference in found if difference is not None]

    async def _next_mailing(self, now: datetime) -> Difference | None:
        recent = await self._storage.mailings.between(now - _RECENT, now)
        mailing = next((m for m in recent if m.finished_at and not m.note and m.id not in self._done), None)
        return await self._sent(mailing) if mailing else None

    async def _sent(self, mailing: Mailing) -> Difference | None:
        """Chunk by chunk; None until the last, or if it adds up."""
        counted = self._counted.setdefault(mailing.id, _Counted())
        for _ in range(_CHUNKS):
            chunk = await self._storage.outbox.chunk(mailing.id, counted.chunks)
            if chunk is None:
                break
            counted.chunks += 1
            counted.people += len(chunk.recipients) + len(chunk.skipped)
        else:
            return None
        del self._counted[mailing.id]
        self._remember(mailing.id)
        progress = await self._storage.outbox.progress(mailing.notice, mailing.purpose, mailing.id)
        people = sum(progress.people.values()) + sum(progress.skipped.values())
        if people == counted.people:
            return None
        return Difference(What.SENT, mailing.notice, mailing.id, counted.people, people)

    def _remember(self, mailing: str) -> None:
        self._done[mailing] = None
        if len(self._done) > _REMEMBERED:
            del self._done[next(iter(self._done))]

    async def _next_notice(self) -> Difference | None:
        suspect, self._suspect = self._suspect, None
        if suspect is not None:
            notice = (await self._storage.notices.get([suspect.notice])).get(suspect.notice)
        else:
            notice = next(iter(await self._storage.notices.unsettled(1, self._last_notice)), None)
            self._last_notice = notice.number if notice else 0
        found = await self._folded(notice) if notice else None
        if suspect is None:
            self._suspect = found  # taps come in while it is counted: it is said when it is so twice
            return None
        return found

    async def _folded(self, notice: Notice) -> Difference | None:
        if notice.members > _LARGEST:
            return None
        before = await self._storage.receipts.totals(notice.id)
        counted = Totals.of([r for is_open in (True, False) for r in await self._receipts(notice.id, is_open=is_open)])
        after = await self._storage.receipts.totals(notice.id)
        if counted == after or before != after:
            return None
        return Difference(What.FOLDED, notice.id, notice.id, counted.confirmed, after.confirmed)

    async def _receipts(self, notice: str, *, is_open: bool) -> list[Receipt]:
        found: list[Receipt] = []
        while page := await self._storage.receipts.page(notice, is_open, found[-1].sort_key if found else "", WINDOW):
            found += page
        return found
