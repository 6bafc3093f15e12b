"""What the chat leaves behind. See the package for what every verb keeps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from storage.models import AuditEntry, Code, Draft


class Drafts(Protocol):
    """下書き. One is current for an owner: the newest that is neither sent nor cancelled."""

    async def start(self, draft: Draft) -> Draft:
        """Store once by id, cancelling the owner's older open drafts; the stored one when it was there already.

        Cancelling raises their revision, so that nobody who read one before saves it open again.
        """
        ...

    async def get(self, draft: str) -> Draft | None: ...

    async def current(self, owner: str) -> Draft | None: ...

    async def save(self, draft: Draft) -> Draft:
        """Replace if the stored revision still equals `draft.revision`; the stored one, its revision raised by one.

        Raises: ConflictError, if it was changed in between; NotFoundError.
        """
        ...


class Codes(Protocol):
    """登録コード, hashed."""

    async def add(self, codes: Sequence[Code]) -> None:
        """Store once by id. Older unused codes for the same contact and purpose (by `created_at`) stop being valid:
        they expire when the new one was made."""
        ...

    async def get(self, code: str) -> Code | None: ...

    async def offer(self, code: str, user: str) -> Code | None:
        """Note who was asked, if nobody has used it; the code as it stands, None if unknown."""
        ...

    async def take(self, code: str, user: str, at: datetime) -> Code | None:
        """Use it, if unused, unexpired and offered to this user; then, and for the same user again, `used_by` is the
        user. The code as it stands, None if unknown."""
        ...

    async def fail(self, user: str, event: str, at: datetime) -> int:
        """Note a wrong try once per event; how many the user made in the hour up to `at`."""
        ...

    async def failures(self, user: str, since: datetime) -> list[datetime]:
        """Times of the user's wrong tries from `since` on, oldest first."""
        ...


class Audit(Protocol):
    """監査: insert-only."""

    async def add(self, entry: AuditEntry) -> None:
        """Once per id."""
        ...

    async def page(self, limit: int, before: str | None = None) -> list[AuditEntry]:
        """Newest first by (at, id); older than the entry `before`."""
        ...
