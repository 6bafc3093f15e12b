"""The protocols that both homes keep. A verb is a whole step, never a bare insert that a caller must follow up.

Every verb may raise `StorageDownError`. Every writing verb is repeatable: the same call again, after a crash or from
another process, leaves the same state. Times come in as values; no verb asks a clock. "Durable" means: majority,
journalled on MongoDB; committed with `synchronous=FULL` on SQLite.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from storage.base.conversation import Audit, Codes, Drafts
from storage.base.notices import Mailings, Notices
from storage.base.people import Contacts, Members
from storage.base.receipts import Acknowledgements, Arrived, Inbox, Receipts
from storage.base.sending import Leases, Outbox, Pulses
from storage.models import Acknowledgement, InboxEntry

WINDOW = 500
"""Receipts per window of totals, arrivals per append, contacts per page of a stream."""


class Storage(Protocol):
    """One organisation's memory: the protocols together, opened once for the life of the process."""

    @property
    def members(self) -> Members: ...
    @property
    def contacts(self) -> Contacts: ...
    @property
    def notices(self) -> Notices: ...
    @property
    def mailings(self) -> Mailings: ...
    @property
    def receipts(self) -> Receipts: ...
    @property
    def acknowledgements(self) -> Acknowledgements: ...
    @property
    def inbox(self) -> Inbox: ...
    @property
    def outbox(self) -> Outbox: ...
    @property
    def drafts(self) -> Drafts: ...
    @property
    def codes(self) -> Codes: ...
    @property
    def leases(self) -> Leases: ...
    @property
    def pulses(self) -> Pulses: ...
    @property
    def audit(self) -> Audit: ...

    async def append(self, acknowledgements: Sequence[Acknowledgement], inbox: Sequence[InboxEntry]) -> list[Arrived]:
        """Make what arrived durable, each once by id: one unordered insert (SQLite: one transaction).

        Returns one `Arrived` each, acknowledgements first, in the order given. An item that cannot be stored never
        spoils its neighbours: it alone comes back with `is_stored` false, and the others are durable.
        """
        ...

    async def organization_id(self) -> str:
        """A random id made with the database: part of what tells our buttons from another organisation's."""
        ...

    async def ping(self) -> None:
        """Raises StorageDownError unless a write would be durable now."""
        ...

    async def close(self) -> None: ...


__all__ = [
    "WINDOW",
    "Acknowledgements",
    "Arrived",
    "Audit",
    "Codes",
    "Contacts",
    "Drafts",
    "Inbox",
    "Leases",
    "Mailings",
    "Members",
    "Notices",
    "Outbox",
    "Pulses",
    "Receipts",
    "Storage",
]
