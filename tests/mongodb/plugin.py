"""Fixtures over a MongoDB, and plain words about which one it is and what was not run without it."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.mongodb import server
from tests.mongodb.proxy import Proxy
from tests.mongodb.server import Server, Source, UnusableError

_NOT_RUN = "MongoDB half NOT RUN"
_source = pytest.StashKey[Source | None]()
_left_out = pytest.StashKey[dict[str, int]]()


def pytest_configure(config: pytest.Config) -> None:
    try:
        config.stash[_source] = server.find()
    except UnusableError as exc:
        raise pytest.UsageError(str(exc)) from exc
    config.stash[_left_out] = {}


def pytest_report_header(config: pytest.Config) -> str:
    source = config.stash[_source]
    return f"mongodb: {source or 'none: ' + _NOT_RUN}"


def _is_real(source: Source | None) -> bool:
    """Whether explain tells the truth. An address is asked; a mongod is one."""
    if source is None or source.kind != "uri":
        return source is not None and source.kind == "mongod"
    given = server.start(source)
    try:
        return given.is_real
    finally:
        given.stop()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what cannot run here, counted and told at the end. Where the stand-in is merely missing nothing is left
    out: the fixture fails and says what to install."""
    source = config.stash[_source]
    if any(item.get_closest_marker("real_mongod") for item in items) and not _is_real(source):
        _leave_out(config, items, "real_mongod", [i for i in items if i.get_closest_marker("real_mongod")])
    if source is None and not server.has_stand_in():
        _leave_out(config, items, "mongodb", [i for i in items if _needs_mongodb(i)])


def _needs_mongodb(item: pytest.Item) -> bool:
    """By fixture, or by the name of the home that it is tried on."""
    of_home = item.callspec.params.values() if isinstance(item, pytest.Function) and hasattr(item, "callspec") else ()
    return "mongodb_server" in getattr(item, "fixturenames", ()) or "mongo" in of_home


def _leave_out(config: pytest.Config, items: list[pytest.Item], why: str, out: list[pytest.Item]) -> None:
    config.hook.pytest_deselected(items=out)
    config.stash[_left_out][why] = len(out)
    items[:] = [item for item in items if item not in out]
    if hasattr(config, "workeroutput"):  # a worker of pytest-xdist tells the process that reports
        config.workeroutput["mongodb_left_out"] = config.stash[_left_out]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    node.config.stash[_left_out].update(getattr(node, "workeroutput", {}).get("mongodb_left_out", {}))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> Generator[None]:
    """The last lines of a run, after everybody else's."""
    left_out = session.config.stash[_left_out]
    yield
    if left_out.get("mongodb") and os.environ.get("CI") == "true":
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or hasattr(session.config, "workeroutput"):
        return
    if count := left_out.get("real_mongod"):
        reporter.write_line(
            f"{count} tests of query plans need a real mongod, and were left out: set MONGOD_BIN or TEST_MONGODB_URI"
        )
    if count := left_out.get("mongodb"):
        reporter.write_line(f"{_NOT_RUN}: {count} tests. {server.NO_STAND_IN}", red=True, bold=True)


def pytest_unconfigure() -> None:
    server.stop_running()


@pytest.fixture(scope="session")
def mongodb_server() -> Server:
    """One server for the run (with pytest-xdist: one for each worker)."""
    try:
        return server.running()
    except UnusableError as exc:
        pytest.fail(str(exc), pytrace=False)


@pytest.fixture
def mongodb(mongodb_server: Server) -> Iterator[str]:
    """The address of a database of the test's own, dropped afterwards."""
    name = server.new_name()
    yield mongodb_server.database_uri(name)
    mongodb_server.drop(name)


@pytest.fixture
def proxy(mongodb_server: Server) -> Iterator[Proxy]:
    """A way to the server that breaks on command; `proxied` leads through it."""
    with Proxy(mongodb_server.port) as running:
        yield running


@pytest.fixture
def proxied(mongodb: str, mongodb_server: Server, proxy: Proxy) -> str:
    """The address of the test's own database through `proxy`, with short time-outs."""
    name = urlsplit(mongodb).path.lstrip("/")
    return mongodb_server.database_uri_through(
        proxy.port, name, serverSelectionTimeoutMS=2000, socketTimeoutMS=2000, heartbeatFrequencyMS=500
    )
