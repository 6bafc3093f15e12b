"""Posts prepared bytes to LINE over one pool of connections. Knows paths and answers, not what a message says."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import partial
from time import perf_counter

import aiohttp
from yarl import URL

from bot.channels.base import Failure, SendError
from bot.channels.calling import Tally, new_session, note_call
from bot.channels.line.classify import LineAnswer
from bot.channels.line.config import LineConfig

DISCONNECTED = "disconnected"
"""Reason when a connection broke: after idle times normal, for aiohttp never repeats a POST by itself."""

_log = logging.getLogger(__name__)
log_call = partial(note_call, _log, "line.call")


class Calls:
    """One session for the life of the process. Must be made inside the running loop."""

    def __init__(self, config: LineConfig) -> None:
        self._base = config.api_url.rstrip("/")
        self._urls: dict[str, URL] = {}
        self._tally = Tally(_log, "line.calls")
        self.session = new_session(config.access_token, config.connections, config.timeout)

    async def post(
        self, path: str, body: bytes, headers: Mapping[str, str] | None = None, *, is_one_of_many: bool = False
    ) -> LineAnswer:
        """One POST, never repeated here and never redirected (our token stays with LINE). `is_one_of_many`: if it was
        taken, it stands in the log within a second, in one line with others.

        Raises: SendError (unknown), if no whole answer came.
        """
        started = perf_counter()
        answer = None
        try:
            async with self.session.post(
                self._url(path), data=body, headers=headers, allow_redirects=False
            ) as response:
                answer = LineAnswer(response.status, await response.read(), response.headers)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise broken(error) from error
        finally:
            if is_one_of_many and answer is not None and answer.is_success:
                self._tally.note("POST", path, started, answer)
            else:
                log_call("POST", path, started, answer)
        return answer

    def _url(self, path: str) -> URL:
        """Read once: a handful of paths serves millions of calls."""
        url = self._urls.get(path)
        if url is None:
            url = self._urls[path] = URL(self._base + path)
        return url

    async def close(self) -> None:
        self._tally.tell()
        await self.session.close()


def broken(error: Exception) -> SendError:
    """A call that brought no whole answer: it may or may not have been accepted."""
    if isinstance(error, TimeoutError):
        return SendError(Failure.UNKNOWN, "time-out")
    if isinstance(error, (aiohttp.ServerDisconnectedError, ConnectionResetError)):
        return SendError(Failure.UNKNOWN, DISCONNECTED)
    return SendError(Failure.UNKNOWN, type(error).__name__)
