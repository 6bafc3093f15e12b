"""The null wire: MongoDB's protocol without a database. Writes are acknowledged, `find` gets canned documents.

What it isolates is the cost on our side of the wire; it is a replica set's primary that never waits and never fails.
It remembers the ids that were inserted (a second insert is E11000, as it would be) and which entries were settled.

`python -m benchmarks.fakes.mongo` prints its two ports: the protocol's, and the one for `/_bench/…`.
"""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import bson
import orjson

from benchmarks.people import NOTICE, contact_of, notice_record, receipt_of
from benchmarks.wire import Request, Respond, listen

Document = dict[str, Any]
_HEADER = struct.Struct("<iiii")
_MSG, _QUERY, _REPLY = 2013, 2004, 1
_HOLE = "0" * 32
"""Where a person's number stands in a canned document."""
_ID = b"\x02_id\x00"


class Canned:
    """Documents of people, made from one template each: only the number differs."""

    def __init__(self) -> None:
        from storage.mongo.contacts import _new
        from storage.mongo.notices import _document as notice_document
        from storage.mongo.receipts import _document as receipt_document

        self.notice = bson.encode(notice_document(notice_record().but(number=1)))
        self._contact = _new(contact_of(_HOLE))
        self._contacts: dict[tuple[str, ...], bytes] = {}
        self._receipt = bson.encode(receipt_document(receipt_of(_HOLE)))

    def contact(self, number: str, fields: tuple[str, ...] = ()) -> bytes:
        """The contact whose LINE id bears the number: these of its fields, or all."""
        if fields not in self._contacts:
            wanted = {"_id", *fields} if fields else self._contact.keys()
            self._contacts[fields] = bson.encode({k: v for k, v in self._contact.items() if k in wanted})
        return self._contacts[fields].replace(_HOLE.encode(), number.encode())

    def receipt(self, number: str) -> bytes:
        """That contact's receipt, still open."""
        return self._receipt.replace(_HOLE.encode(), number.encode())


class Server:
    """What it knows, and how late it answers inserts."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.late = 0.0
        self.inserted: set[bytes] = set()
        self.acknowledged = 0
        self.settled: set[str] = set()
        self.commands = 0
        self._single: dict[tuple[str, Any], bytes] = {}
        self._canned = Canned()

    def stats(self, request: Request, respond: Respond) -> None:
        """The other port."""
        if request.path == b"/_bench/settings":
            self.late = orjson.loads(request.body)["late"]
        elif request.path == b"/_bench/reset":
            self.inserted, self.settled, self.acknowledged, self.commands = set(), set(), 0, 0
        told = {"stored": self.acknowledged, "settled": len(self.settled), "commands": self.commands}
        respond(200, orjson.dumps(told), b"")

    def answer(self, command: Document, documents: list[bytes]) -> bytes:
        """The answer to one command, as BSON. `documents` came beside it."""
        self.commands += 1
        name = next(iter(command))
        if name == "find":
            return self._found(command)
        if name == "insert":
            return self._insert(command["insert"], documents)
        if name == "update":
            return self._update(command["update"], documents)
        if name == "findAndModify":
            return self._swap(command)
        if name in {"hello", "ismaster", "isMaster"}:
            return bson.encode(self.hello())
        if name in {"aggregate", "listCollections", "getMore"}:
            cursor = {"id": 0, "ns": "kakunin.x", "firstBatch": list[Document]()}
            return bson.encode({"cursor": cursor, "ok": 1})
        return bson.encode({"n": 0, "ok": 1})

    def hello(self) -> Document:
        """A primary, alone in its set."""
        me = f"127.0.0.1:{self.port}"
        return {
            "helloOk": True,
            "ismaster": True,
            "isWritablePrimary": True,
            "setName": "rs0",
            "setVersion": 1,
            "hosts": [me],
            "me": me,
            "primary": me,
            "maxBsonObjectSize": 16_777_216,
            "maxMessageSizeBytes": 48_000_000,
            "maxWriteBatchSize": 100_000,
            "localTime": datetime.now(UTC),
            "logicalSessionTimeoutMinutes": 30,
            "minWireVersion": 0,
            "maxWireVersion": 21,
            "readOnly": False,
            "ok": 1,
        }

    def _insert(self, table: str, documents: list[bytes]) -> bytes:
        errors = []
        for index, document in enumerate(documents):
            key = _id_of(document)
            if table != "acknowledgements":
                self._single.setdefault((table, key), document)
            elif key in self.inserted:
                pattern = {"_id": 1}
                errors.append({"index": index, "code": 11000, "keyPattern": pattern, "errmsg": "E11000 duplicate key"})
            else:
                self.inserted.add(key)
                self.acknowledged += 1
        told: Document = {"n": len(documents) - len(errors), "ok": 1}
        return bson.encode(told | ({"writeErrors": errors} if errors else {}))

    def _update(self, table: str, documents: list[bytes]) -> bytes:
        count = len(documents)
        if table == "acknowledgements":
            count = 0
            for update in map(bson.decode, documents):
                ids = update["q"]["_id"]["$in"]
                self.settled.update(ids)
                count += len(ids)
        elif table == "acks":  # the tutorial bot's: one document each, by its id
            for update in map(bson.decode, documents):
                self.inserted.add(update["q"]["_id"].encode())
            self.acknowledged = len(self.inserted)
        return bson.encode({"n": count, "nModified": count, "ok": 1})

    def _swap(self, command: Document) -> bytes:
        document = self._single.get((command["findAndModify"], command["query"]["_id"].encode()))
        if document is None:
            return bson.encode({"value": None, "ok": 1})
        value = bson.decode(document)
        for name, by in command["update"].get("$inc", {}).items():
            value[name] += by
        self._single[command["findAndModify"], command["query"]["_id"].encode()] = bson.encode(value)
        return bson.encode({"value": value, "ok": 1})

    def _found(self, command: Document) -> bytes:
        return _cursor(f"kakunin.{command['find']}", list(self._matching(command)))

    def _matching(self, command: Document) -> Iterator[bytes]:
        table, where = command["find"], command["filter"]
        wanted = where.get("_id")
        if table == "contacts" and "keys" in where:
            fields = tuple(command.get("projection") or ())
            yield from (self._canned.contact(key[-32:], fields) for key in where["keys"]["$in"])
        elif table == "receipts" and "contacts" in where:
            yield from (self._canned.receipt(contact[-32:]) for contact in where["contacts"]["$in"])
        elif table == "notices" and wanted and NOTICE in wanted["$in"]:
            yield self._canned.notice
        elif table == "acknowledgements" and wanted:
            entry = {"applied": True, "outcome": "counted"}
            known = (i for i in wanted["$in"] if i.encode() in self.inserted)
            yield from (bson.encode({"_id": i, **entry}) for i in known)
        elif isinstance(wanted, str):
            document = self._single.get((table, wanted.encode()))
            if document is not None:
                yield document


def _id_of(document: bytes) -> bytes:
    """The text under `_id`, which drivers put first."""
    if document[4:9] == _ID:
        length = int.from_bytes(document[9:13], "little")
        return document[13 : 12 + length]
    return str(bson.decode(document)["_id"]).encode()


def _cursor(namespace: str, documents: list[bytes]) -> bytes:
    """The answer to `find`, put together from whole documents."""
    items = b"".join(b"\x03%d\x00%s" % (index, document) for index, document in enumerate(documents))
    batch = b"\x04firstBatch\x00" + struct.pack("<i", len(items) + 5) + items + b"\x00"
    rest = bson.encode({"id": bson.Int64(0), "ns": namespace})[4:-1]
    cursor = struct.pack("<i", len(rest) + len(batch) + 5) + rest + batch + b"\x00"
    body = b"\x03cursor\x00" + cursor + b"\x01ok\x00" + struct.pack("<d", 1.0)
    return struct.pack("<i", len(body) + 5) + body + b"\x00"


class Connection(asyncio.Protocol):
    """One connection of a driver."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer = self._buffer + data if self._buffer else data
        while len(self._buffer) >= 16:
            length, request_id, _, opcode = _HEADER.unpack_from(self._buffer)
            if len(self._buffer) < length:
                return
            message, self._buffer = self._buffer[16:length], self._buffer[length:]
            if opcode == _QUERY:
                reply = struct.pack("<iqii", 8, 0, 0, 1) + bson.encode(self._server.hello())
                self._write(_HEADER.pack(16 + len(reply), 0, request_id, _REPLY) + reply)
            elif opcode == _MSG:
                self._message(message, request_id)

    def _message(self, message: bytes, request_id: int) -> None:
        command, documents = _sections(message)
        body = self._server.answer(command, documents)
        answer = _HEADER.pack(21 + len(body), 0, request_id, _MSG) + b"\0\0\0\0\0" + body
        if self._server.late and command.get("insert") == "acknowledgements":
            asyncio.get_running_loop().call_later(self._server.late, self._write, answer)
        else:
            self._write(answer)

    def _write(self, answer: bytes) -> None:
        if self._transport is not None:
            self._transport.write(answer)


def _sections(message: bytes) -> tuple[Document, list[bytes]]:
    """(the command, the documents that came beside it in a sequence or within it)."""
    at, command, documents = 4, Document(), list[bytes]()
    while at < len(message):
        kind, size = message[at], int.from_bytes(message[at + 1 : at + 5], "little")
        if kind == 0:
            command = bson.decode(message[at + 1 : at + 1 + size])
        else:
            within = message.index(b"\0", at + 5) + 1
            while within < at + 1 + size:
                length = int.from_bytes(message[within : within + 4], "little")
                documents.append(message[within : within + length])
                within += length
        at += 1 + size
    if not documents:
        inline = command.get("documents") or command.get("updates") or []
        documents = [bson.encode(document) for document in inline]
    return command, documents


async def _main() -> None:
    loop = asyncio.get_running_loop()
    servers: list[Server] = []
    make: Callable[[], Connection] = lambda: Connection(servers[0])  # noqa: E731 - the port is known only afterwards
    wire = await loop.create_server(make, "127.0.0.1", 0)
    servers.append(Server(int(wire.sockets[0].getsockname()[1])))
    control, port = await listen(servers[0].stats)
    print(f"listening {servers[0].port} {port}", flush=True)
    with contextlib.suppress(asyncio.CancelledError):
        async with wire, control:
            await wire.serve_forever()


if __name__ == "__main__":
    asyncio.run(_main())
