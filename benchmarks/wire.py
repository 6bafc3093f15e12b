"""HTTP/1.1 by content-length alone, as raw protocols: what measures and what is called must cost next to nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

Respond = Callable[[int, bytes, bytes], None]
"""(status, body, further header lines)."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request. `head` is everything above the empty line, as it came."""

    method: bytes
    path: bytes
    head: bytes
    body: bytes

    def header(self, name: bytes) -> bytes:
        """The value of a header; b'' if there is none. `name` in lower case."""
        at = self.head.lower().find(b"\r\n" + name + b":")
        if at < 0:
            return b""
        start = at + len(name) + 3
        end = self.head.find(b"\r\n", start)
        return self.head[start : end if end >= 0 else None].strip()


def content_length(head: bytes) -> int:
    """The length of the body that belongs to a head."""
    lowered = head.lower()
    at = lowered.find(b"\r\ncontent-length:")
    if at < 0:
        return 0
    end = lowered.find(b"\r\n", at + 2)
    return int(lowered[at + 17 : end if end >= 0 else None])


def response(status: int, body: bytes = b"", headers: bytes = b"") -> bytes:
    """A whole response; `headers` are lines that each end with CRLF."""
    return b"HTTP/1.1 %d -\r\nContent-Type: application/json\r\nContent-Length: %d\r\n%s\r\n%s" % (
        status,
        len(body),
        headers,
        body,
    )


class ServerConnection(asyncio.Protocol):
    """Hands each request to `handle`, which answers through its second argument, at once or later."""

    def __init__(self, handle: Callable[[Request, Respond], None]) -> None:
        self._handle = handle
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None

    def data_received(self, data: bytes) -> None:
        self._buffer = self._buffer + data if self._buffer else data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end]
            whole = end + 4 + content_length(head)
            if len(self._buffer) < whole:
                return
            body, self._buffer = self._buffer[end + 4 : whole], self._buffer[whole:]
            method, path, _ = head.split(b" ", 2)
            self._handle(Request(method, path, head, body), self._respond)

    def _respond(self, status: int, body: bytes = b"", headers: bytes = b"") -> None:
        if self._transport is not None:
            self._transport.write(response(status, body, headers))


async def listen(handle: Callable[[Request, Respond], None], port: int = 0) -> tuple[asyncio.Server, int]:
    """Serve on 127.0.0.1; the server and its port."""
    server = await asyncio.get_running_loop().create_server(lambda: ServerConnection(handle), "127.0.0.1", port)
    return server, int(server.sockets[0].getsockname()[1])


class ClientConnection(asyncio.Protocol):
    """One keep-alive connection with at most one request under way."""

    def __init__(self, on_answer: Callable[[ClientConnection, int], None]) -> None:
        self._on_answer = on_answer
        self._buffer = b""
        self._transport: asyncio.Transport | None = None
        self.is_open = False
        self.is_busy = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self.is_open = True

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_open = False
        if self.is_busy:
            self._done(0)

    def send(self, request: bytes) -> None:
        """Send a whole request. The answer's status comes to `on_answer`; 0 if the connection broke."""
        assert self._transport is not None
        self.is_busy = True
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._buffer = self._buffer + data if self._buffer else data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._buffer[:end]
        if len(self._buffer) < end + 4 + content_length(head):
            return
        self._buffer = b""
        self._done(int(head[9:12]))

    def _done(self, status: int) -> None:
        self.is_busy = False
        self._on_answer(self, status)

    def close(self) -> None:
        """Let go of it."""
        if self._transport is not None:
            self._transport.close()


async def connect(port: int, on_answer: Callable[[ClientConnection, int], None]) -> ClientConnection:
    """A connection to a port of this machine."""
    loop = asyncio.get_running_loop()
    _, protocol = await loop.create_connection(lambda: ClientConnection(on_answer), "127.0.0.1", port)
    return protocol
