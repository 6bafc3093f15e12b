"""送信権: which process sends on a channel. Fenced: every claim and settlement carries the epoch of its lease."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from bot import metrics
from bot.clock import Clock
from storage.base import Storage
from storage.models import Lease

log = logging.getLogger(__name__)

PATIENCE = 10.0
"""Seconds, by our own monotonic clock, for which a beat must stand still before its holder is taken for gone."""

FRESH_FOR = 5.0
"""The holder sends only while its own last renewal is younger than this many seconds."""


@dataclass(slots=True)
class _Seen:
    lease: Lease | None
    since: float


class Keeper:
    """Takes the lease when it is free, renews it while held. `patience` 0 where nobody else can hold it."""

    def __init__(self, name: str, holder: str, storage: Storage, clock: Clock, patience: float = PATIENCE) -> None:
        self._name = name
        self._holder = holder
        self._storage = storage
        self._clock = clock
        self._patience = patience
        self._held: Lease | None = None
        self._renewed_at = 0.0
        self._seen: _Seen | None = None

    @property
    def epoch(self) -> int | None:
        """The epoch under which we may send now; None while we may not."""
        is_fresh = self._clock.monotonic() - self._renewed_at < FRESH_FOR
        return self._held.epoch if self._held is not None and is_fresh else None

    async def beat(self) -> None:
        """Renew what we hold, or take what stands still. To be called about once a second."""
        asked_at = self._clock.monotonic()
        if self._held is not None:
            self._held = await self._storage.leases.renew(self._held)
            if self._held is None:
                log.warning("lease.lost", extra={"lease": self._name})
        else:
            self._held = await self._try()
            if self._held is not None:
                log.info("lease.taken", extra={"lease": self._name, "epoch": self._held.epoch})
        if self._held is not None:
            self._renewed_at = asked_at
        metrics.IS_SENDING.labels(self._name).set(self._held is not None)

    async def release(self) -> None:
        """Let go of it, with nothing left in hand and no further beat to come: the next one need not wait."""
        held, self._held = self._held, None
        metrics.IS_SENDING.labels(self._name).set(0)
        if held is not None and await self._storage.leases.release(held):
            log.info("lease.released", extra={"lease": self._name, "epoch": held.epoch})

    async def _try(self) -> Lease | None:
        lease = await self._storage.leases.read(self._name)
        now = self._clock.monotonic()
        if self._seen is None or self._seen.lease != lease:
            self._seen = _Seen(lease, now)
        if lease is not None and lease.holder and now - self._seen.since < self._patience:
            return None
        self._seen = None
        return await self._storage.leases.take(self._name, self._holder, lease)
