"""Homes to torment bots on, and a report that shows even where everything is well."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.mongodb.server import Server
from tests.torture.homes import Home, MongoHome, SqliteHome
from tests.torture.rig import Rig, open_rig

Say = Callable[[str], None]


@pytest.fixture
def sqlite(tmp_path: Path) -> SqliteHome:
    """A file that is not there yet."""
    return SqliteHome(tmp_path / "home")


@pytest.fixture
def mongo(mongodb: str, mongodb_server: Server) -> Iterator[MongoHome]:
    """A database of the test's own, behind a proxy."""
    home = MongoHome(mongodb_server, urlsplit(mongodb).path.lstrip("/"))
    yield home
    home.close()


@pytest.fixture(params=["sqlite", "mongo"])
def home(request: pytest.FixtureRequest) -> Home:
    """Each home in turn."""
    found: Home = request.getfixturevalue(request.param)
    return found


@pytest.fixture
async def rig(tmp_path: Path, home: Home) -> AsyncIterator[Rig]:
    """A simulator and room for bots, on each home in turn."""
    async with open_rig(tmp_path, home) as rig:
        yield rig


@pytest.fixture
async def mongo_rig(tmp_path: Path, mongo: MongoHome) -> AsyncIterator[Rig]:
    """The same on MongoDB only."""
    async with open_rig(tmp_path, mongo) as rig:
        yield rig


@pytest.fixture
def say(request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]) -> Say:
    """Show a line of figures at once, whoever captures; a worker of pytest-xdist has nothing else than its stderr."""

    def show(line: str) -> None:
        with capsys.disabled():
            print(f"\n{request.node.name}: {line}", file=sys.stderr, flush=True)

    return show
