"""Talks to the Graph API over one pool of connections. Knows paths and answers, not what a message says."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from time import perf_counter
from typing import Any

import aiohttp
import orjson

from bot.channels.base import Failure, SendError
from bot.channels.whatsapp.classify import Answer, failure_of
from bot.channels.whatsapp.config import WhatsAppConfig

_log = logging.getLogger(__name__)


class Calls:
    """One session for the life of the process. Must be made inside the running loop."""

    def __init__(self, config: WhatsAppConfig) -> None:
        self._url = config.api_url.rstrip("/")
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=config.connections, ttl_dns_cache=60),
            timeout=aiohttp.ClientTimeout(total=config.timeout, sock_connect=config.timeout / 2),
            headers={"Authorization": f"Bearer {config.access_token}", "Content-Type": "application/json"},
            trust_env=False,  # an HTTP_PROXY meant for something else, and two hops through the thread pool
        )

    async def post(self, path: str, body: bytes, shown: str) -> Answer:
        """One POST, never repeated here: WhatsApp knows no retry key. `shown` is the path as logs may show it.

        Raises: SendError: unknown, if no whole answer came; rate limited, if no connection was made at all.
        """
        return await self._call("POST", path, shown, body=body)

    async def get(self, path: str, shown: str, **query: str) -> Mapping[str, Any]:
        """The JSON object at `path`. Raises: SendError."""
        answer = await self._call("GET", path, shown, query=query)
        if not answer.is_success or not answer.fields:
            raise failure_of(answer)
        return answer.fields

    async def _call(
        self, method: str, path: str, shown: str, *, body: bytes | None = None, query: Mapping[str, str] | None = None
    ) -> Answer:
        started, answer = perf_counter(), None
        try:
            async with self._session.request(
                method, self._url + path, data=body, params=query, allow_redirects=False
            ) as response:
                answer = Answer(response.status, await response.read(), response.headers)
        except aiohttp.ClientConnectorError as error:
            raise SendError(Failure.RATE_LIMITED, "no connection") from error
        except aiohttp.ConnectionTimeoutError as error:
            raise SendError(Failure.RATE_LIMITED, "no connection") from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise SendError(Failure.UNKNOWN, _reason(error)) from error
        finally:
            _log_call(method, shown, started, answer)
        return answer

    async def close(self) -> None:
        await self._session.close()


def _reason(error: Exception) -> str:
    return "time-out" if isinstance(error, TimeoutError) else type(error).__name__


def _log_call(method: str, path: str, started: float, answer: Answer | None) -> None:
    fields = {
        "method": method,
        "path": path,
        "status": answer.status if answer else 0,
        "request_id": (answer.request_id if answer else None) or "-",
        "ms": round((perf_counter() - started) * 1_000),
    }
    _log.info("whatsapp.call", extra=fields)


def dumps(message: Mapping[str, Any]) -> bytes:
    """JSON as it is posted."""
    return orjson.dumps(message)
