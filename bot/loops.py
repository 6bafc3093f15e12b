"""Loops that end only when they are told to, and go on after an error that nobody foresaw."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from bot import metrics
from storage.errors import StorageDownError

log = logging.getLogger(__name__)

_AFTER_ERROR = 1.0
"""Seconds to wait before a failed round is tried again."""


async def survive(where: str, work: Awaitable[object]) -> bool:
    """Do the work; False if it failed, with the failure logged. What is durable is found again and done later."""
    try:
        await work
    except StorageDownError as error:
        log.warning("storage.down", extra={"where": where, "error": str(error)})
        return False
    except Exception:
        metrics.FAILURES.labels(where).inc()
        log.exception("unexpected.error", extra={"where": where})
        return False
    return True


class Ticker:
    """Calls `work` every `seconds`, at once when woken, until closed. The round in hand is finished."""

    def __init__(self, name: str, seconds: float, work: Callable[[], Awaitable[object]]) -> None:
        self.name = name
        self._seconds = seconds
        self._work = work
        self._wake = asyncio.Event()
        self._is_closing = False

    def wake(self) -> None:
        """Do not wait for the next round."""
        self._wake.set()

    def close(self) -> None:
        """End after the round in hand."""
        self._is_closing = True
        self._wake.set()

    async def run(self) -> None:
        """Round after round until `close`."""
        while not self._is_closing:
            self._wake.clear()
            is_well = await survive(self.name, self._work())
            await self._rest(self._seconds if is_well else max(self._seconds, _AFTER_ERROR))

    async def _rest(self, seconds: float) -> None:
        if self._is_closing:
            return
        try:
            await asyncio.wait_for(self._wake.wait(), seconds)
        except TimeoutError:
            return
