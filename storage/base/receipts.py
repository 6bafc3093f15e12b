"""What comes in, and what follows from it. See the package for what every verb keeps."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from storage.models import Acknowledgement, Change, Folded, InboxEntry, Notice, Outcome, Receipt, Totals


class Arrived(msgspec.Struct, frozen=True):
    """What `append` made of one arrival: is it new, and if not, what became of it the first time."""

    is_new: bool
    applied: bool
    outcome: str | None = None
    is_stored: bool = True
    """False: no database can hold it (a lone surrogate, a number beyond 64 bits); whoever has its bytes keeps those."""


class Acknowledgements(Protocol):
    """確認の記録: append-only (see `Storage.append`)."""

    async def get(self, ids: Collection[str]) -> dict[str, Acknowledgement]: ...

    async def pending(self, received_before: datetime, limit: int) -> list[Acknowledgement]:
        """Entries not applied yet, oldest first."""
        ...

    async def settle(self, outcomes: Mapping[str, Outcome]) -> None:
        """Mark as applied, with the outcome; an entry settled before keeps its first outcome."""
        ...

    def log(self, notice: str) -> AsyncIterator[Acknowledgement]:
        """Every entry of the notice, in any order: what the receipts must equal the fold of."""
        ...


class Inbox(Protocol):
    """受信 (see `Storage.append`)."""

    async def get(self, ids: Collection[str]) -> dict[str, InboxEntry]: ...

    async def pending(self, received_before: datetime, limit: int) -> list[InboxEntry]:
        """Entries not applied yet, oldest event first."""
        ...

    async def settle(self, entry: str, owed: bytes | None = None) -> None:
        """Mark as applied; `owed` keeps an answer that could not be given."""
        ...

    async def take_owed(self, channel: str, user: str) -> list[bytes]:
        """Answers still owed to a person, oldest first; each is handed out once."""
        ...

    async def since(self, channel: str, user: str, kinds: Collection[str], after: datetime) -> list[InboxEntry]:
        """What a person did after a moment, by event time."""
        ...

    async def forget(self, received_before: datetime) -> int:
        """Delete applied entries older than this; how many."""
        ...


class Receipts(Protocol):
    """受領. Who has, and who has not, is read here and nowhere else."""

    async def add(self, receipts: Sequence[Receipt]) -> None:
        """Add those that are not there yet (by notice and member); existing ones are left as they are."""
        ...

    async def oblige(self, notice: Notice, members: Collection[str], window: int) -> None:
        """Add receipts of those of the members who belong to the notice's audience, with the contacts who stand for
        each now, cut off where nothing reaches them; existing ones are left as they are. By member id, WINDOW of them
        to a window of totals, from `window` on."""
        ...

    async def missing(self, notice: Notice, after: str, limit: int) -> list[str]:
        """The first members of the notice's audience, by id from beyond `after`, who have no receipt of it."""
        ...

    async def fold(self, changes: Sequence[Change]) -> list[Folded]:
        """Fold each change into every receipt of its notice that names its contact (`Receipt.after`).

        One step each by compare-and-set; any order, any repetition, any process gives the same receipts. Totals follow.
        One `Folded` for each change, in the order of `changes`; that of a change that concerns no receipt is empty.
        """
        ...

    async def of(self, notice: str, contacts: Collection[str]) -> list[Receipt]:
        """Receipts of the notice that name any of the contacts, by sort key."""
        ...

    async def waiting(self, notice: str, contacts: Collection[str]) -> dict[str, bool]:
        """For each contact whom receipts of the notice name, under any of her ids: is an open one among them that she
        has not answered? Plain small rows."""
        ...

    async def done(self, notice: Notice, contacts: Collection[str]) -> set[str]:
        """Those of the contacts for whom `waiting` says no. While few receipts of the notice are fulfilled (fewer than
        contacts are asked about) it costs a look at these, not one at everybody."""
        ...

    async def names(self, notice: str, contacts: Collection[str]) -> dict[str, tuple[str, ...]]:
        """For each contact whom receipts of the notice name, under any of her ids: the names on them, by sort key."""
        ...

    async def open_of(self, contacts: Collection[str], limit: int) -> list[Receipt]:
        """Open receipts of any notice that name any of the contacts; newest notices need not come first."""
        ...

    async def page(self, notice: str, is_open: bool, after: str, limit: int) -> list[Receipt]:
        """Open or fulfilled receipts with sort key > `after`, by sort key. Reads one page by key, at any size."""
        ...

    async def totals(self, notice: str) -> Totals:
        """Equal to a full recount of what is folded, without making one."""
        ...
