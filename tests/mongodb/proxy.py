"""A TCP proxy between driver and server that breaks on command: fail-over without a replica set.

It runs on a loop and a thread of its own, because the driver's calls must not wait for it. It knows just enough of
the wire protocol (OP_MSG) to tell one command from another.
"""

from __future__ import annotations

import asyncio
import struct
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Self, TypeVar

import bson

T = TypeVar("T")

_HEADER = struct.Struct("<iiii")
_OP_MSG = 2013
WRITES = frozenset({"insert", "update", "findAndModify", "delete"})


class Fault(Enum):
    """What befalls one command."""

    CUT_BEFORE = "the connection ends before the server has seen it"
    CUT_AFTER = "the server applies it, then the connection ends"
    SWALLOW = "the server applies it, and no answer ever comes"
    HOLD = "the server applies it, and the answer comes when it is released"
    NOT_WRITABLE_PRIMARY = 10107
    INTERRUPTED = 11602
    STEPPED_DOWN = 189

    @property
    def is_answer(self) -> bool:
        """The proxy answers in the server's stead, and the server never sees it."""
        return isinstance(self.value, int)


@dataclass(slots=True)
class _Order:
    fault: Fault
    commands: frozenset[str]
    skip: int
    met: threading.Event = field(default_factory=threading.Event)


class Proxy:
    """Use as a context manager. `port` is where the driver connects to."""

    def __init__(self, server_port: int) -> None:
        self._server_port = server_port
        self.port = 0
        self.seen: list[str] = []
        self._orders: list[_Order] = []
        self._lock = threading.Lock()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="mongodb-proxy", daemon=True)
        self._listener: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self._held: list[Callable[[], None]] = []

    def __enter__(self) -> Self:
        self._thread.start()
        self.come_back()
        return self

    def __exit__(self, *_: object) -> None:
        self.go_away()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def fail(self, fault: Fault, commands: frozenset[str] | set[str] = WRITES, *, skip: int = 0) -> threading.Event:
        """The next of these commands (after `skip` of them) meets the fault, once; the event tells when it has."""
        order = _Order(fault, frozenset(commands), skip)
        with self._lock:
            self._orders.append(order)
        return order.met

    def release(self) -> None:
        """Let go of every answer that is held."""
        with self._lock:
            held, self._held = self._held, []
        for let_go in held:
            self._loop.call_soon_threadsafe(let_go)

    def go_away(self) -> None:
        """Like a database that is down: connections end, new ones are refused."""
        self._run(self._close())

    def come_back(self) -> None:
        """Listen again, where it listened before."""
        self._run(self._open())

    def _run(self, step: Coroutine[Any, Any, T]) -> T:
        future: Future[T] = asyncio.run_coroutine_threadsafe(step, self._loop)
        return future.result(10)

    async def _open(self) -> None:
        self._listener = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        self.port = self._listener.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None:
            return
        self._connections.add(task)
        try:
            await _Way(self, reader, writer).go(self._server_port)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._connections.discard(task)
            writer.transport.abort()

    def _order_for(self, command: str) -> Fault | None:
        with self._lock:
            self.seen.append(command)
            for order in self._orders:
                if command in order.commands:
                    if order.skip:
                        order.skip -= 1
                        return None
                    self._orders.remove(order)
                    order.met.set()
                    return order.fault
        return None

    def _hold(self, let_go: Callable[[], None]) -> None:
        with self._lock:
            self._held.append(let_go)


class _Way:
    """One connection of the driver, and its own to the server."""

    def __init__(self, proxy: Proxy, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._proxy = proxy
        self._reader = reader
        self._writer = writer
        self._faults: dict[int, Fault] = {}

    async def go(self, port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        pumps = [asyncio.ensure_future(self._requests(writer)), asyncio.ensure_future(self._answers(reader))]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            writer.transport.abort()

    async def _requests(self, server: asyncio.StreamWriter) -> None:
        while True:
            number, _, message = await _read(self._reader)
            command = _command(message)
            fault = self._proxy._order_for(command) if command else None
            if fault is Fault.CUT_BEFORE:
                return
            if fault is not None and fault.is_answer:
                self._writer.write(_refusal(number, fault))
                continue
            if fault is not None:
                self._faults[number] = fault
            server.write(message)
            await server.drain()

    async def _answers(self, server: asyncio.StreamReader) -> None:
        while True:
            _, to, message = await _read(server)
            fault = self._faults.pop(to, None)
            if fault is Fault.CUT_AFTER:
                return
            if fault is Fault.SWALLOW:
                continue
            if fault is Fault.HOLD:
                released = asyncio.Event()
                self._proxy._hold(released.set)
                await released.wait()
            self._writer.write(message)
            await self._writer.drain()


async def _read(reader: asyncio.StreamReader) -> tuple[int, int, bytes]:
    """(id of the message, id of what it answers, the whole message)."""
    header = await reader.readexactly(_HEADER.size)
    length, number, to, _ = _HEADER.unpack(header)
    return number, to, header + await reader.readexactly(length - _HEADER.size)


def _command(message: bytes) -> str:
    """The name of the command: the first field of the body, which the driver sends as the first section."""
    if _HEADER.unpack_from(message)[3] != _OP_MSG:
        return ""
    start = _HEADER.size + 4 + 1 + 4 + 1
    return message[start : message.index(0, start)].decode()


def _refusal(number: int, fault: Fault) -> bytes:
    """What a server says that is no primary any more; the label is what makes the driver try again."""
    words = {"ok": 0.0, "errmsg": "not primary", "code": fault.value, "errorLabels": ["RetryableWriteError"]}
    body = struct.pack("<IB", 0, 0) + bson.encode(words)
    return _HEADER.pack(_HEADER.size + len(body), 1, number, _OP_MSG) + body
