"""Who gets the next chunk: what is urgent, then whoever has had the fewest."""

from __future__ import annotations

from datetime import datetime, timedelta

from storage.base import Storage
from storage.models import Audience
from tests.factories import make_mailing, make_notice
from tests.stage import START, Moved, Stage, found_school, make_stage


class Running(Moved):
    """A clock that goes on whenever it is looked at: after every step it is looked again what is due."""

    def now(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at

    def monotonic(self) -> float:
        self.ticks += 0.11
        return self.ticks


async def ordered(stage: Stage, notice: str, *, minute: int, urgent: bool = False) -> None:
    """A notice, due at that minute."""
    audience, due_at = Audience(groups=("1年A組",)), START + timedelta(minutes=minute)
    await stage.storage.notices.add(make_notice(notice, created_at=START, audience=audience, urgent=urgent))
    await stage.storage.mailings.add(make_mailing(notice, created_at=START, due_at=due_at, urgent=urgent))


async def steps(stage: Stage) -> list[tuple[str, str]]:
    """What was done, in order: chunks stored, and mailings finished."""
    clock = stage.clock
    clock.at = START + timedelta(hours=1)
    await stage.service.keeper.beat()
    clock.ticks = 0
    await stage.service.schedule.round()
    done = []
    for name in ("a", "b", "c"):
        mailing, chunk = await stage.storage.mailings.get(f"{name}/notice"), None
        if mailing is not None and mailing.finished_at is not None:
            chunk = await stage.storage.outbox.chunk(mailing.id, 0)
            assert chunk is not None
            done += [(chunk.created_at, name, "chunk"), (mailing.finished_at, name, "end")]
    return [(name, what) for _, name, what in sorted(done)]


async def test_one_chunk_of_each_in_turn(storage: Storage) -> None:
    await found_school(storage)
    stage = make_stage(storage, clock=Running())
    await ordered(stage, "a", minute=1)
    await ordered(stage, "b", minute=2)
    assert await steps(stage) == [("a", "chunk"), ("b", "chunk"), ("a", "end"), ("b", "end")]


async def test_what_is_urgent_comes_first_to_its_end(storage: Storage) -> None:
    await found_school(storage)
    stage = make_stage(storage, clock=Running())
    await ordered(stage, "a", minute=1)
    await ordered(stage, "c", minute=3, urgent=True)
    assert await steps(stage) == [("c", "chunk"), ("c", "end"), ("a", "chunk"), ("a", "end")]
