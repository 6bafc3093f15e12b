"""Worlds for the acceptance tests: one simulator and one bot each."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.acceptance.school import HEADS, Room, School, admins, rows
from tests.acceptance.world import World, open_world


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """A simulator and what a bot needs to start, on the embedded home. Ends by asking whether all was as expected."""
    async with open_world(tmp_path, {"DATA_DIR": str(tmp_path / "data")}) as world:
        yield world


@pytest.fixture
async def alone(world: World) -> Room:
    """A class in a world of its own, whose bot a test may stop and whose time it may move as far as it likes."""
    codes = await world.register(rows(1), heads=HEADS)
    await world.serve()
    return await School(world, codes).room()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_school(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[School]:
    """One big school, with its bot running, for every test that needs no world of its own."""
    folder = tmp_path_factory.mktemp("school")
    async with open_world(folder, {"DATA_DIR": str(folder / "data")}, ADMINS=admins()) as world:
        codes = await world.register(rows(), heads=HEADS)
        await world.serve()
        yield School(world, codes)


@pytest_asyncio.fixture(loop_scope="session")
async def school(shared_school: School) -> AsyncIterator[School]:
    """The shared school, by day. Ends by asking whether all was as this test says."""
    world = shared_school.world
    await shared_school.daytime()
    yield shared_school
    try:
        await world.check()
    finally:
        world.phones.clear()
        world.groups.clear()


@pytest_asyncio.fixture(loop_scope="session")
async def room(school: School) -> Room:
    """A class of this test's own in the shared school."""
    return await school.room()
