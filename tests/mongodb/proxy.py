"""A TCP proxy between driver and server that breaks on command: fail-over without a replica set.

It runs on threads of its own, never in the loop whose calls wait for it, and knows just enough of the wire protocol
(OP_MSG) to tell one command from another.
"""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Self

import bson

Document = dict[str, Any]

_HEADER = struct.Struct("<iiii")
_INT = struct.Struct("<i")
_OP_MSG = 2013
WRITES = frozenset({"insert", "update", "findAndModify", "delete"})


class Fault(Enum):
    """What befalls one command."""

    CUT_BEFORE = "the connection ends before the server has seen it"
    CUT_AFTER = "the server applies it, then the connection ends"
    SWALLOW = "the server applies it, and no answer ever comes"
    HOLD = "the server applies it, and the answer comes when it is released"
    NO_MAJORITY = "the server applies it, and says that the majority did not take it in time"
    NOT_WRITABLE_PRIMARY = 10107
    INTERRUPTED = 11602
    STEPPED_DOWN = 189
    TIMED_OUT = 50
    """No driver tries again after this one: as if the process stopped before the write."""

    @property
    def is_answer(self) -> bool:
        """The proxy answers in the server's stead, and the server never sees it."""
        return isinstance(self.value, int)


@dataclass(slots=True)
class _Order:
    fault: Fault
    commands: frozenset[str]
    skip: int
    is_lasting: bool
    met: threading.Event = field(default_factory=threading.Event)


class Proxy:
    """Use as a context manager. `port` is where the driver connects to."""

    def __init__(self, server_port: int) -> None:
        self._server = ("127.0.0.1", server_port)
        self.port = 0
        self._seen: list[bytes] = []
        self._orders: list[_Order] = []
        self._lock = threading.Lock()
        self._listener: socket.socket | None = None
        self._threads: list[threading.Thread] = []
        self._ways: list[_Way] = []
        self._released = threading.Event()

    def __enter__(self) -> Self:
        self.come_back()
        return self

    def __exit__(self, *_: object) -> None:
        self.go_away()

    def fail(
        self, fault: Fault, commands: Collection[str] = WRITES, *, skip: int = 0, is_lasting: bool = False
    ) -> threading.Event:
        """The next of these commands (after `skip` of them) meets the fault, once, or every one from there on.

        The event tells when it has happened.
        """
        order = _Order(fault, frozenset(commands), skip, is_lasting)
        with self._lock:
            self._orders.append(order)
            self._released.clear()
        return order.met

    def heal(self) -> None:
        """No further faults."""
        with self._lock:
            self._orders.clear()

    def release(self) -> None:
        """Let go of every answer that is held."""
        self._released.set()

    def go_away(self) -> None:
        """Like a database that is down: connections end, new ones are refused."""
        listener, self._listener = self._listener, None
        self.release()
        if listener is not None:
            with suppress(OSError):  # wakes whoever waits in `accept`
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        with self._lock:
            threads, self._threads = self._threads, []
        for thread in threads:
            thread.join(10)
        with self._lock:
            ways, self._ways = self._ways, []
        for way in ways:
            way.end()

    def come_back(self) -> None:
        """Listen again, where it listened before."""
        self._listener = listener = socket.create_server(("127.0.0.1", self.port))
        self.port = listener.getsockname()[1]
        accepting = threading.Thread(target=self._accept, args=(listener,), name="mongodb-proxy", daemon=True)
        with self._lock:
            self._threads.append(accepting)
        accepting.start()

    def _accept(self, listener: socket.socket) -> None:
        with listener:
            while True:
                driver, _ = listener.accept()
                if self._listener is not listener:
                    driver.close()
                    return
                way = _Way(self, driver, socket.create_connection(self._server))
                with self._lock:
                    self._ways.append(way)
                way.begin()

    def commands(self) -> list[Document]:
        """What the driver sent so far, but for its own talk with the server."""
        with self._lock:
            return [_decoded(message) for message in self._seen]

    def order_for(self, command: str, message: bytes) -> Fault | None:
        """What this command meets. Each order is carried out once."""
        with self._lock:
            self._seen.append(message)
            for order in self._orders:
                if command in order.commands:
                    if order.skip:
                        order.skip -= 1
                        return None
                    if not order.is_lasting:
                        self._orders.remove(order)
                    order.met.set()
                    return order.fault
        return None

    def wait_for_release(self) -> None:
        """Until `release`, or the end."""
        self._released.wait()


class _Way:
    """One connection of the driver, and its own to the server: a thread for each direction."""

    def __init__(self, proxy: Proxy, driver: socket.socket, server: socket.socket) -> None:
        self._proxy = proxy
        self._driver = driver
        self._server = server
        self._faults: dict[int, Fault] = {}
        self._threads = [
            threading.Thread(target=self._pump, args=(turn,), daemon=True) for turn in (self._request, self._answer)
        ]

    def begin(self) -> None:
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """Cut it, and wait until both directions noticed."""
        self._cut()
        for thread in self._threads:
            thread.join(10)
        self._driver.close()
        self._server.close()

    def _cut(self) -> None:
        for side in (self._driver, self._server):
            with suppress(OSError):
                side.shutdown(socket.SHUT_RDWR)

    def _pump(self, turn: Callable[[], bool]) -> None:
        with suppress(OSError, EOFError):
            while turn():
                pass
        self._cut()

    def _request(self) -> bool:
        """Pass one message of the driver on. False: the connection ends here."""
        number, _, message = _read(self._driver)
        command = _command(message)
        fault = self._proxy.order_for(command, message) if command else None
        if fault is Fault.CUT_BEFORE:
            return False
        if fault is not None and fault.is_answer:
            self._driver.sendall(_refusal(number, fault))
            return True
        if fault is not None:
            self._faults[number] = fault
        self._server.sendall(message)
        return True

    def _answer(self) -> bool:
        """Pass one message of the server back. False: the connection ends here."""
        _, to, message = _read(self._server)
        fault = self._faults.pop(to, None)
        if fault is Fault.CUT_AFTER:
            return False
        if fault is Fault.SWALLOW:
            return True
        if fault is Fault.HOLD:
            self._proxy.wait_for_release()
        self._driver.sendall(_doubted(message) if fault is Fault.NO_MAJORITY else message)
        return True


def _read(source: socket.socket) -> tuple[int, int, bytes]:
    """(id of the message, id of what it answers, the whole message). Raises: EOFError."""
    header = _exactly(source, _HEADER.size)
    length, number, to, _ = _HEADER.unpack(header)
    return number, to, header + _exactly(source, length - _HEADER.size)


def _exactly(source: socket.socket, size: int) -> bytes:
    received = bytearray()
    while len(received) < size:
        piece = source.recv(size - len(received))
        if not piece:
            raise EOFError
        received += piece
    return bytes(received)


def _command(message: bytes) -> str:
    """The name of the command: the first field of the body, which the driver sends as the first section."""
    if _HEADER.unpack_from(message)[3] != _OP_MSG:
        return ""
    start = _HEADER.size + 4 + 1 + 4 + 1
    return message[start : message.index(0, start)].decode()


def _decoded(message: bytes) -> Document:
    """A command with the sequences of documents that the driver sent beside its body, in their place."""
    body, position = bson.decode(_document(message, _HEADER.size + 5)), _HEADER.size + 5
    position += len(_document(message, position))
    while position < len(message) and message[position] == 1:
        end = position + 1 + _INT.unpack_from(message, position + 1)[0]
        name_end = message.index(0, position + 5)
        body[message[position + 5 : name_end].decode()] = bson.decode_all(message[name_end + 1 : end])
        position = end
    return body


def _document(message: bytes, start: int) -> bytes:
    return message[start : start + _INT.unpack_from(message, start)[0]]


def _refusal(number: int, fault: Fault) -> bytes:
    """What a server says that cannot do it; the label is what makes the driver try again."""
    labels = [] if fault is Fault.TIMED_OUT else ["RetryableWriteError"]
    words = {"ok": 0.0, "errmsg": fault.name, "code": fault.value, "errorLabels": labels}
    body = struct.pack("<IB", 0, 0) + bson.encode(words)
    return _HEADER.pack(_HEADER.size + len(body), 1, number, _OP_MSG) + body


def _doubted(message: bytes) -> bytes:
    """The same answer, with the word that not enough members have it."""
    start = _HEADER.size + 5
    answer = bson.decode(message[start:])
    error = {"code": 64, "codeName": "WriteConcernFailed", "errmsg": "waiting for replication timed out"}
    body = message[_HEADER.size : start] + bson.encode(answer | {"writeConcernError": error})
    _, number, to, kind = _HEADER.unpack_from(message)
    return _HEADER.pack(_HEADER.size + len(body), number, to, kind) + body
