"""The home as a whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage.base import Storage
from storage.errors import StorageDownError
from tests.factories import make_acknowledgement
from tests.storage.homes import HOMES


async def test_the_organization_id_stays(storage: Storage) -> None:
    organization = await storage.organization_id()
    assert len(organization) >= 8
    assert await storage.organization_id() == organization


@pytest.mark.parametrize("home", sorted(HOMES))
async def test_every_database_has_an_organization_of_its_own(home: str, tmp_path: Path) -> None:
    seen = set()
    for name in ("a", "b"):
        directory = tmp_path / name
        directory.mkdir()
        async with HOMES[home](directory) as storage:
            seen.add(await storage.organization_id())
    assert len(seen) == 2


async def test_ping_is_silent_while_all_is_well(storage: Storage) -> None:
    await storage.ping()
    await storage.ping()


async def test_what_is_closed_says_so(storage: Storage) -> None:
    await storage.close()
    with pytest.raises(StorageDownError):
        await storage.ping()
    with pytest.raises(StorageDownError):
        await storage.append([make_acknowledgement()], [])
    with pytest.raises(StorageDownError):
        await storage.acknowledgements.get(["event-1"])


async def test_closing_twice_is_no_error(storage: Storage) -> None:
    await storage.close()
    await storage.close()
