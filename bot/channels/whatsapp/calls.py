"""Talks to the Graph API over one pool of connections. Knows paths and answers, not what a message says."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from time import perf_counter
from typing import Any

import aiohttp
import orjson

from bot.channels.base import Failure, SendError
from bot.channels.calling import new_session, note_call
from bot.channels.whatsapp.classify import WhatsAppAnswer, failure_of
from bot.channels.whatsapp.config import WhatsAppConfig

_log = logging.getLogger(__name__)


class Calls:
    """One session for the life of the process. Must be made inside the running loop."""

    def __init__(self, config: WhatsAppConfig) -> None:
        self._url = config.api_url.rstrip("/")
        self._session = new_session(config.access_token, config.connections, config.timeout)

    async def post(self, path: str, body: bytes, shown: str) -> WhatsAppAnswer:
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
    ) -> WhatsAppAnswer:
        started, answer = perf_counter(), None
        try:
            async with self._session.request(
                method, self._url + path, data=body, params=query, allow_redirects=False
            ) as response:
                answer = WhatsAppAnswer(response.status, await response.read(), response.headers)
        except aiohttp.ClientConnectorError as error:
            raise SendError(Failure.RATE_LIMITED, "no connection") from error
        except aiohttp.ConnectionTimeoutError as error:
            raise SendError(Failure.RATE_LIMITED, "no connection") from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise SendError(Failure.UNKNOWN, _reason(error)) from error
        finally:
            note_call(_log, "whatsapp.call", method, shown, started, answer)
        return answer

    async def close(self) -> None:
        await self._session.close()


def _reason(error: Exception) -> str:
    return "time-out" if isinstance(error, TimeoutError) else type(error).__name__


def dumps(message: Mapping[str, Any]) -> bytes:
    """JSON as it is posted."""
    return orjson.dumps(message)
