"""What is announced, and the fan-outs that carry it out. See the package for what every verb keeps."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from storage.models import Mailing, Notice, NoticeMark


class Notices(Protocol):
    """お知らせ."""

    async def add(self, notice: Notice) -> Notice:
        """Store once by id and give it the next number; the stored one when it was there already."""
        ...

    async def get(self, ids: Collection[str]) -> dict[str, Notice]:
        """Those of the ids that exist."""
        ...

    async def by_number(self, number: int) -> Notice | None:
        """#42."""
        ...

    async def latest(self, limit: int, before: int | None = None, sender: str | None = None) -> list[Notice]:
        """Newest first by number; below number `before`; of one sender if given."""
        ...

    async def unsettled(self, limit: int, after: int = 0) -> list[Notice]:
        """Not marked SETTLED: their senders may still have to be told something. Above number `after`, by number."""
        ...

    async def mark(self, notice: str, mark: NoticeMark, at: datetime) -> Notice:
        """Set the mark's time if it has none; the notice as it stands then. Raises: NotFoundError."""
        ...


class Mailings(Protocol):
    """発送: the fan-outs that are to be done."""

    async def add(self, mailing: Mailing) -> Mailing:
        """Store once by id; the stored one when it was there already."""
        ...

    async def get(self, mailing: str) -> Mailing | None: ...

    async def of_notice(self, notice: str) -> list[Mailing]:
        """By creation."""
        ...

    async def due(self, now: datetime, limit: int) -> list[Mailing]:
        """Neither finished nor stopped and due: urgent ones first, then by due time."""
        ...

    async def between(self, start: datetime, end: datetime) -> list[Mailing]:
        """Due from `start` on and before `end`, whatever became of them: by due time."""
        ...

    async def postpone(self, mailing: str, until: datetime) -> None:
        """Not due before `until`. What is finished or stopped, or due later already, stays as it is."""
        ...

    async def finish(self, mailing: str, at: datetime, note: str = "") -> None:
        """Everything of it stands in the outbox, or with a `note`: will not, and why. Set once."""
        ...

    async def unsettled(self, now: datetime, limit: int) -> list[Mailing]:
        """Due, and not settled: by due time."""
        ...

    async def settle(self, mailing: str, at: datetime) -> None:
        """What came of it is known, and told. Set once."""
        ...

    async def stop(self, notice: str, at: datetime) -> None:
        """No further chunk of any unfinished mailing of the notice is made. Set once."""
        ...
