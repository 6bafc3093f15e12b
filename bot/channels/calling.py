"""What our calls to every platform have in common: the session they are made in, and a line in the log for each."""

from __future__ import annotations

import logging
from time import perf_counter

import aiohttp

from bot.channels.answer import Answer


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
    """A platform gives no logs: without ours nobody could ask its support. `path` is the template, never with an id."""
    fields = {
        "method": method,
        "path": path,
        "status": answer.status if answer else 0,
        "request_id": (answer.request_id if answer else None) or "-",
        "ms": round((perf_counter() - started) * 1_000),
    }
    log.info(event, extra=fields)
