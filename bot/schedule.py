"""The ticker: what is due. Fan-outs become chunks in the outbox; old inbox entries are forgotten."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

from bot.clock import Clock
from bot.leases import Keeper
from handlers.beginning import Note
from handlers.errors import RefusedError
from handlers.fan_out import Publisher, fan_out
from storage.base import Storage
from storage.models import Mailing, NoticeMark

log = logging.getLogger(__name__)

INBOX_KEPT = timedelta(days=14)
_MAILINGS = 100
"""Looked at in one turn."""
_LOOKS_AGAIN = 0.2
"""Seconds after which it is looked again what is due: a class must not wait while ten towns get a chunk each."""


class Schedule:
    """Decides nothing itself: asks storage what is due and handlers to do it."""

    def __init__(
        self, publisher: Publisher, storage: Storage, clock: Clock, keeper: Keeper, wake: Callable[[], None]
    ) -> None:
        self._publisher = publisher
        self._storage = storage
        self._clock = clock
        self._keeper = keeper
        self._wake = wake
        self._is_closing = False

    def close(self) -> None:
        """Begin no further chunk."""
        self._is_closing = True

    async def round(self) -> int:
        """Bring every due mailing into the outbox, one chunk of each in turn; how many chunks. What is urgent comes
        first, then whatever has had the fewest turns: what has just been ordered."""
        chunks = 0
        turns: Counter[str] = Counter()
        while self._is_going_on and (mailings := await self._storage.mailings.due(self._clock.now(), _MAILINGS)):
            looked_at = self._clock.monotonic()
            for mailing in sorted(mailings, key=lambda mailing: (not mailing.urgent, turns[mailing.id])):
                await self._step(mailing)
                turns[mailing.id] += 1
                self._wake()  # the sender need not wait for the last chunk, nor for its next look
                chunks += 1
                if not self._is_going_on or self._clock.monotonic() - looked_at > _LOOKS_AGAIN:
                    break
        return chunks

    @property
    def _is_going_on(self) -> bool:
        return not self._is_closing and self._keeper.epoch is not None

    async def _step(self, mailing: Mailing) -> None:
        now = self._clock.now()
        try:
            await fan_out(mailing, self._publisher, now)
        except RefusedError as refused:
            # The card could be made when the preview was shown, and cannot any more: no use in trying for ever.
            log.exception("card.refused", extra={"mailing": mailing.id, "reason": refused.key})
            await self._storage.notices.mark(mailing.notice, NoticeMark.STOPPED, now)
            await self._storage.mailings.finish(mailing.id, now, Note.UNREADY)

    async def tidy(self) -> None:
        """Forget what was handled two weeks ago."""
        await self._storage.inbox.forget(self._clock.now() - INBOX_KEPT)
