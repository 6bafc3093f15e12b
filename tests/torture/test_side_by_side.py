"""A large notice, a small one and an urgent one at the same time: who begins when, by the simulator's own log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from storage.base import Storage
from storage.models import Notice
from tests.torture.conftest import Say
from tests.torture.rig import Rig
from tests.torture.school import FIRST, SECOND, enrol, make_school, moment, order

CLASS = 80
"""Families; a hundred people with the second guardians."""
TOWN = pytest.mark.parametrize(
    ("home", "a_second", "families"),
    [
        pytest.param("sqlite", 100, 2_600, id="sqlite"),
        pytest.param("mongo", 30, 900, id="mongo", marks=pytest.mark.torture),
    ],
    indirect=["home"],
)
"""As much as each home's server takes in the time of a test, and more than is sent meanwhile."""
ALREADY = 150
"""Cards of the large notice that are on phones when the small one is ordered."""
BEGINS_WITHIN_MS = 5_000
IN_HAND = 60
"""Calls that may be on their way when something urgent comes: less than a second of the pace."""
BIG, SMALL, URGENT = "学校だより", "遠足について", "引きわたしについて"


@dataclass(slots=True)
class Beside:
    """Personal cards, so that each person is a call of her own."""

    rig: Rig
    storage: Storage

    async def order(self, title: str, group: str, *, urgent: bool = False) -> tuple[Notice, int]:
        """One more notice, and when it was ordered."""
        now = await self.rig.now_ms()
        titled = f"{title}・{{名前}}"
        return await order(self.storage, title, moment(now), title=titled, group=group, urgent=urgent), now

    def calls(self, title: str) -> list[dict[str, Any]]:
        """Its calls so far, in order."""
        calls = [call for calls in self.rig.log.posts.values() for call in calls]
        return sorted((c for c in calls if title in str(c["body"])), key=lambda call: int(call["seq"]))

    async def until(self, title: str, count: int) -> Sequence[dict[str, Any]]:
        """Its calls, once there are so many."""
        await self.rig.until(f"{count} of {title}", lambda: len(self.calls(title)) >= count)
        return self.calls(title)


@TOWN
@pytest.mark.timeout(180)
async def test_a_class_begins_within_five_seconds_beside_a_town_and_what_is_urgent_passes_both(
    rig: Rig, a_second: int, families: int, say: Say
) -> None:
    rig.world.extra["LINE_PUSHES_PER_SECOND"] = str(a_second)
    school = make_school(families, moment(await rig.now_ms()), first=CLASS)
    town, people = school.users(SECOND), school.users(FIRST)
    await rig.people([a.value for c in school.contacts for a in c.addresses])
    async with rig.home.open() as storage:
        await enrol(storage, school)
        beside = Beside(rig, storage)
        await rig.serve()
        await beside.order(BIG, SECOND)
        await beside.until(BIG, ALREADY)
        _, small_at = await beside.order(SMALL, FIRST)
        await beside.until(SMALL, 1)
        _, urgent_at = await beside.order(URGENT, FIRST, urgent=True)
        urgent = await beside.until(URGENT, len(people))
        small = await beside.until(SMALL, len(people))

        took = int(small[0]["at_ms"]) - small_at, int(urgent[0]["at_ms"]) - urgent_at
        between = range(int(urgent[0]["seq"]), int(urgent[-1]["seq"]))
        passed = [c for title in (BIG, SMALL) for c in beside.calls(title) if int(c["seq"]) in between]
        sent = len(beside.calls(BIG))
        say(
            f"{len(people)} people beside {len(town)} at {a_second}/s: began after {took[0] / 1000:.1f} s;"
            f" urgent after {took[1] / 1000:.1f} s, {len(passed)} other calls before its last"
        )
        assert max(took) <= BEGINS_WITHIN_MS
        assert len(passed) <= IN_HAND
        assert sent < len(town), "the large one was still going on"
        assert await rig.received(SMALL) == dict.fromkeys(people, 1)
        assert await rig.received(URGENT) == dict.fromkeys(people, 1)
