"""Which MongoDB the tests run on, and one of our own for the length of a run. Knows nothing of pytest."""

from __future__ import annotations

import ipaddress
import os
import platform
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from pymongo import MongoClient
from pymongo.errors import PyMongoError
from pymongo.uri_parser import parse_uri

PREFIX = "t_"
"""Databases of tests begin like this, and nothing else is ever dropped."""

_START_S = 60


class UnusableError(Exception):
    """There is no MongoDB to test on; the words say what to do."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where the MongoDB comes from: an address, or a program to start."""

    kind: str
    """uri, mongod or stand-in"""
    place: str

    def __str__(self) -> str:
        words = {"uri": "TEST_MONGODB_URI", "mongod": self.place, "stand-in": "secantusd-py, a stand-in for mongod"}
        return words[self.kind]


def find(environment: Mapping[str, str] = os.environ) -> Source | None:
    """TEST_MONGODB_URI, else MONGOD_BIN, else `mongod` on PATH, else the stand-in beside this Python, else None.

    Raises: UnusableError, if what the environment names cannot be used.
    """
    if uri := environment.get("TEST_MONGODB_URI"):
        _check_loopback(uri)
        return Source("uri", uri)
    if named := environment.get("MONGOD_BIN"):
        if not os.access(named, os.X_OK):
            raise UnusableError(f"MONGOD_BIN names {named}, which is no program that can be started")
        return Source("mongod", named)
    if mongod := shutil.which("mongod", path=environment.get("PATH", "")):
        return Source("mongod", mongod)
    stand_in = Path(sys.executable).with_name("secantusd-py")
    return Source("stand-in", str(stand_in)) if stand_in.exists() else None


def has_stand_in(
    python: tuple[int, ...] = sys.version_info[:2], system: str = platform.system(), machine: str = platform.machine()
) -> bool:
    """Whether the stand-in can be installed here: there is no wheel for Python 3.14 and for Intel Macs."""
    return python < (3, 14) and not (system == "Darwin" and machine == "x86_64")


HELP = (
    "No MongoDB to test on. `make setup` installs a stand-in; "
    "or set MONGOD_BIN to a mongod, or TEST_MONGODB_URI to one that runs on this machine."
)


NO_STAND_IN = (
    "The stand-in has no package for this Python on this machine: "
    "set MONGOD_BIN to a mongod, or TEST_MONGODB_URI to one that runs here."
)


def _check_loopback(uri: str) -> None:
    """Tests write and drop databases: never on anything that is not this machine's own."""
    try:
        if uri.startswith("mongodb+srv:"):
            raise UnusableError("TEST_MONGODB_URI must name this machine, not a cluster")
        hosts = [host for host, _ in parse_uri(uri)["nodelist"]]
    except (ValueError, PyMongoError) as exc:
        raise UnusableError(f"TEST_MONGODB_URI cannot be read: {exc}") from exc
    for host in hosts:
        if host != "localhost" and not _is_loopback(host):
            raise UnusableError(f"TEST_MONGODB_URI must name this machine (127.0.0.1), not {host}")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Server:
    """A MongoDB that runs. `is_real` is false for the stand-in."""

    def __init__(self, uri: str, stop: Callable[[], None] = lambda: None) -> None:
        self.uri = uri
        self._stop = stop
        self._client: MongoClient[dict[str, Any]] = MongoClient(uri, serverSelectionTimeoutMS=_START_S * 1000)
        hello = self._client.admin.command("hello")
        self.is_real = hello.get("setName") != "secantus"

    def database_uri(self, name: str) -> str:
        """The address of a database here."""
        return urlunsplit(urlsplit(self.uri)._replace(path=f"/{name}"))

    def drop(self, name: str) -> None:
        """Drop a test's database."""
        if not name.startswith(PREFIX):
            raise ValueError(f"{name} is not a test's database")
        self._client.drop_database(name)

    def database(self, name: str) -> Any:
        """A plain, synchronous view, for what a test wants to see or spoil."""
        return self._client[name]

    def database_uri_through(self, port: int, name: str, **options: int) -> str:
        """The address of a database by way of a proxy. Direct, as the server's own word for its place leads past."""
        parts = urlsplit(self.uri)
        login = f"{parts.username}:{parts.password}@" if parts.username else ""
        query = "&".join(["directConnection=true", *(f"{option}={value}" for option, value in options.items())])
        return f"mongodb://{login}127.0.0.1:{port}/{name}?{query}" + ("&authSource=admin" if login else "")

    @property
    def port(self) -> int:
        """Where it listens."""
        return urlsplit(self.uri).port or 27017

    def stop(self) -> None:
        """The client first: its sockets keep a server waiting."""
        self._client.close()
        self._stop()


_running: list[Server] = []


def running() -> Server:
    """The one server of this process, started when it is first asked for. Raises: UnusableError."""
    if not _running:
        source = find()
        if source is None:
            raise UnusableError(HELP)
        _running.append(start(source))
    return _running[0]


def stop_running() -> None:
    """End it, if it was started."""
    while _running:
        _running.pop().stop()


def new_name() -> str:
    """A database name of its own for a test."""
    return f"{PREFIX}{uuid.uuid4().hex}"


def start(source: Source, *, is_replica_set: bool = True) -> Server:
    """The server that `source` means, ready. Raises: UnusableError, with what it said, if it does not come up."""
    if source.kind == "uri":
        return Server(source.place)
    directory = tempfile.mkdtemp(prefix="kakunin-mongodb-")
    program = _start_mongod if source.kind == "mongod" else _start_stand_in
    try:
        return program(source.place, Path(directory), is_replica_set)
    except BaseException:
        shutil.rmtree(directory, ignore_errors=True)
        raise


def _start_mongod(binary: str, directory: Path, is_replica_set: bool) -> Server:
    """A replica set of one, by the address it is reached at, not by the machine's name."""
    (directory / "db").mkdir()
    options = ["--replSet", "rs0"] if is_replica_set else []
    options += ["--port", "0", "--bind_ip", "127.0.0.1", "--dbpath", str(directory / "db")]
    options += ["--nounixsocket", "--oplogSize", "64", "--wiredTigerCacheSizeGB", "0.25"]
    process = _Process([binary, *options], directory)
    port = process.wait_for(r'"Waiting for connections".*?"port":\s*(\d+)')
    if not is_replica_set:
        return Server(f"mongodb://127.0.0.1:{port}/", process.stop)
    with MongoClient[dict[str, Any]](f"mongodb://127.0.0.1:{port}/?directConnection=true") as client:
        members = [{"_id": 0, "host": f"127.0.0.1:{port}"}]
        client.admin.command("replSetInitiate", {"_id": "rs0", "members": members})
    # Not directly: the client then waits until there is a primary.
    return Server(f"mongodb://127.0.0.1:{port}/?replicaSet=rs0", process.stop)


def _start_stand_in(binary: str, directory: Path, is_replica_set: bool) -> Server:
    (directory / "empty.toml").touch()
    options = ["--config", str(directory / "empty.toml"), "--host", "127.0.0.1", "--port", "0"]
    # Without --sync-on-commit: no test pulls the server's plug, and dropping a database would sync for each document.
    options += ["--storage-path", str(directory / "db")]
    options += [] if is_replica_set else ["--standalone"]
    process = _Process([binary, *options], directory)
    port = process.wait_for(r"listening on 127\.0\.0\.1:(\d+)")
    return Server(f"mongodb://127.0.0.1:{port}/", process.stop)


class _Process:
    """A server program, its words, and its end."""

    def __init__(self, command: Sequence[str], directory: Path) -> None:
        self._directory = directory
        self._words: list[str] = []
        self._port: int | None = None
        environment = {name: value for name, value in os.environ.items() if not name.startswith("SECANTUS_")}
        self._process = subprocess.Popen(
            command,
            cwd=directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        self._reader: threading.Thread | None = None

    def wait_for(self, pattern: str) -> int:
        """The port that a line of the log tells."""
        output = self._process.stdout
        if output is None:
            raise UnusableError("no log to read")
        too_long = threading.Timer(_START_S, self._process.kill)
        too_long.start()
        try:
            for line in output:
                self._words.append(line)
                if found := re.search(pattern, line):
                    self._port = int(found[1])
                    break
        finally:
            too_long.cancel()
        if self._port is None:
            self.stop()
            raise UnusableError("the MongoDB for the tests did not start:\n" + "".join(self._words[-20:]))
        # Read on, or the pipe fills and the server stands still.
        self._reader = threading.Thread(target=lambda: [None for _ in output], daemon=True)
        self._reader.start()
        return self._port

    def stop(self) -> None:
        """Ask it to end; the stand-in looks up only when somebody connects."""
        self._process.terminate()
        for _ in range(12):
            if self._port is not None:
                with suppress(OSError):  # it has ended already
                    socket.create_connection(("127.0.0.1", self._port), timeout=1).close()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(0.25)
                break
        else:
            self._process.kill()
            self._process.wait()
        if self._reader is not None:
            self._reader.join(3)
        if self._process.stdout is not None:
            self._process.stdout.close()
        shutil.rmtree(self._directory, ignore_errors=True)
