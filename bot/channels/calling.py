"""What our calls to every platform have in common: the session they are made in, and their lines in the log.

A platform gives no logs: without ours nobody could ask its support. Paths are templates, never with an id.
"""

from __future__ import annotations

import asyncio
import logging
from time import perf_counter

import aiohttp

from bot.channels.answer import Answer

_TOGETHER = 100
"""Calls of one kind in a line at most."""
_TOLD_WITHIN = 1.0
"""Seconds until the line is written."""


def new_session(token: str, connections: int, timeout: float) -> aiohttp.ClientSession:
    """One pool of connections, for the life of the process; `timeout` in seconds, for a whole call."""
    return aiohttp.ClientSession(
        cookie_jar=aiohttp.DummyCookieJar(),
        connector=aiohttp.TCPConnector(limit=connections, ttl_dns_cache=60),
        timeout=aiohttp.ClientTimeout(total=timeout, sock_connect=timeout / 2),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        trust_env=False,  # an HTTP_PROXY meant for something else, and two hops through the thread pool
    )


def note_call(log: logging.Logger, event: str, method: str, path: str, started: float, answer: Answer | None) -> None:
    """A line for one call; no `answer`: none came."""
    fields = {
        "method": method,
        "path": path,
        "status": answer.status if answer else 0,
        "request_id": (answer.request_id if answer else None) or "-",
        "ms": round((perf_counter() - started) * 1_000),
    }
    log.info(event, extra=fields)


class Tally:
    """Calls that come by the thousand and went well: one line for many of one kind, with the request id of each."""

    def __init__(self, log: logging.Logger, event: str) -> None:
        self._log = log
        self._event = event
        self._kinds: dict[tuple[str, str, int], _Kind] = {}
        self._timer: asyncio.TimerHandle | None = None

    def note(self, method: str, path: str, started: float, answer: Answer) -> None:
        """Count one in. Must be called inside the running loop."""
        kind = self._kinds.setdefault((method, path, answer.status), _Kind())
        kind.requests.append(answer.request_id or "-")
        kind.slowest = max(kind.slowest, perf_counter() - started)
        if len(kind.requests) >= _TOGETHER:
            self.tell()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_TOLD_WITHIN, self.tell)

    def tell(self) -> None:
        """Write the lines of what was counted in."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        kinds, self._kinds = self._kinds, {}
        for (method, path, status), kind in kinds.items():
            fields = {
                "method": method,
                "path": path,
                "status": status,
                "calls": len(kind.requests),
                "slowest_ms": round(kind.slowest * 1_000),
                "request_ids": ",".join(kind.requests),
            }
            self._log.info(self._event, extra=fields)


class _Kind:
    __slots__ = ("requests", "slowest")

    def __init__(self) -> None:
        self.requests: list[str] = []
        self.slowest = 0.0
