"""`storage`: every home in turn. What the homes promise is said in `storage/base`; here it is tried."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.base import Storage
from tests.storage.homes import HOMES


@pytest.fixture(params=sorted(HOMES))
async def storage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Storage]:
    """An empty home, of each kind in turn."""
    async with HOMES[request.param](tmp_path) as home:
        yield home
