"""Append, then 200: what comes together is stored together, and nobody waits for ever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import cast

import pytest

from bot import intake
from bot.intake import Arrival, Intake
from handlers.events import Tap
from storage.base import WINDOW, Arrived, Storage
from storage.errors import StorageDownError
from storage.models import Acknowledgement, InboxEntry
from tests.factories import NOW


class Shelf:
    """A storage that stores when it is let."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.begun = asyncio.Event()
        self.batches: list[list[str]] = []

    async def append(self, acknowledgements: Sequence[Acknowledgement], _: Sequence[InboxEntry]) -> list[Arrived]:
        self.batches.append([entry.id for entry in acknowledgements])
        self.begun.set()
        await self.open.wait()
        return [Arrived(is_new=True, applied=False) for _ in acknowledgements]


class Room:
    """An intake at work before a shelf, and whom it told."""

    def __init__(self) -> None:
        self.shelf = Shelf()
        self.acted: list[str] = []
        self.intake = Intake(cast("Storage", self.shelf), self._act)

    def _act(self, arrivals: Sequence[Arrival]) -> None:
        self.acted += [arrival.event.id for arrival in arrivals]

    def take(self, *names: str) -> asyncio.Task[None]:
        """One request with taps of these names."""
        return asyncio.ensure_future(self.intake.take([tap(name) for name in names]))

    async def close(self) -> None:
        self.shelf.open.set()
        self.intake.close()


def tap(name: str) -> Tap:
    return Tap(id=name, channel="line", user="U1", at=NOW, received_at=NOW, notice="n1", version=1, choice="ok")


@asynccontextmanager
async def working() -> AsyncIterator[Room]:
    room = Room()
    running = asyncio.ensure_future(room.intake.run())
    yield room
    await room.close()
    await running


async def test_what_comes_while_another_batch_is_stored_is_stored_together() -> None:
    async with working() as room:
        first = room.take("a")
        await room.shelf.begun.wait()
        others = [room.take(f"b{n}", f"c{n}") for n in range(30)]
        await asyncio.sleep(0)
        assert not any(request.done() for request in (first, *others)), "nothing is durable yet"
        room.shelf.open.set()
        await asyncio.gather(first, *others)
    assert [len(batch) for batch in room.shelf.batches] == [1, 60]
    assert len(set(room.acted)) == 61


async def test_no_batch_is_larger_than_a_window() -> None:
    async with working() as room:
        room.shelf.open.set()
        await asyncio.gather(*(room.take(*(f"{n}-{i}" for i in range(100))) for n in range(12)))
    assert max(len(batch) for batch in room.shelf.batches) == WINDOW
    assert sum(len(batch) for batch in room.shelf.batches) == 1_200


async def test_whoever_waits_too_long_is_told_so_and_what_came_is_stored_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(intake, "PATIENCE", 0.01)
    async with working() as room:
        late = [room.take("a"), room.take("b")]
        results = await asyncio.gather(*late, return_exceptions=True)
        assert [type(result) for result in results] == [StorageDownError, StorageDownError]
        assert not room.acted
    assert sorted(room.acted) == ["a", "b"]


async def test_who_was_served_does_not_keep_the_next_from_being_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "PATIENCE", 0.05)
    async with working() as room:
        room.shelf.open.set()
        await room.take("a")
        room.shelf.open.clear()
        for name in ("b", "c"):
            with pytest.raises(StorageDownError):
                await asyncio.wait_for(room.take(name), 5)
    assert room.acted == ["a", "b", "c"]


async def test_after_closing_nothing_is_taken_and_what_was_taken_is_stored() -> None:
    async with working() as room:
        taken = room.take("a")
        await room.shelf.begun.wait()
        waiting = room.take("b")
        await asyncio.sleep(0)
        await room.close()
        with pytest.raises(StorageDownError):
            await room.take("c")
        await asyncio.gather(taken, waiting)
    assert room.acted == ["a", "b"]
