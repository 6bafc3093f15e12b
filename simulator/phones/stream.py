"""Tells open pages that something looks different, by Server-Sent Events. Says what, not how: the page asks again."""

import asyncio
from collections.abc import AsyncGenerator

from simulator.jsonio import JsonObject, dumps

_GATHER_S = 0.03  # changes within this time go out together
_NAMED_AT_MOST = 300  # more chats than that are announced as "all"
_QUIET_S = 10.0  # a comment after this long, so that both sides notice a lost connection


class Stream:
    """Costs next to nothing while no page is open."""

    def __init__(self) -> None:
        self._listeners: set[asyncio.Queue[bytes | None]] = set()
        self._changed: set[str] = set()
        self._timer: asyncio.TimerHandle | None = None

    def changed(self, chat_id: str) -> None:
        """A chat, or its owner, looks different."""
        if not self._listeners:
            return
        self._changed.add(chat_id)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_GATHER_S, self._flush)

    def say(self, event: str, content: JsonObject) -> None:
        """Send an event to every open page."""
        line = b"event: " + event.encode() + b"\ndata: " + dumps(content) + b"\n\n"
        for queue in self._listeners:
            queue.put_nowait(line)

    async def listen(self) -> AsyncGenerator[bytes, None]:
        """The lines for one page, until `close`."""
        queue: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._listeners.add(queue)
        try:
            yield b"retry: 500\nevent: hello\ndata: {}\n\n"
            while True:
                try:
                    async with asyncio.timeout(_QUIET_S):
                        line = await queue.get()
                except TimeoutError:
                    line = b": still here\n\n"
                if line is None:
                    return
                yield line
        finally:
            self._listeners.discard(queue)

    def close(self) -> None:
        """End all streams."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for queue in self._listeners:
            queue.put_nowait(None)

    def _flush(self) -> None:
        self._timer = None
        changed, self._changed = self._changed, set()
        self.say("chats", {"ids": sorted(changed) if len(changed) <= _NAMED_AT_MOST else None})
