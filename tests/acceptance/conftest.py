"""Worlds for the acceptance tests: one simulator and one bot each."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.acceptance.world import World, errors_logged, open_world


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """A simulator and what a bot needs to start, on the embedded home. Ends by asking whether all was as expected."""
    async with open_world(tmp_path, {"DATA_DIR": str(tmp_path / "data")}) as world:
        yield world
        for phone in world.phones.values():
            await phone.expect_nothing()
    assert errors_logged(world) == []
