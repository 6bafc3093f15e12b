"""More people than one could register by hand."""

from __future__ import annotations

from storage.models import Address, Audience
from tests.acceptance.school import HEADS
from tests.acceptance.world import MORNING, World, user_id

PEOPLE = 1_020
FIRST = 10_000


async def populate(world: World) -> None:
    """A thousand guardians who have registered, as if each had done so with her phone."""
    table = [[f"{n:04}", f"児童 {n:04}", "", "全校集会", f"保護者 {n:04}", "母", "", ""] for n in range(PEOPLE)]
    await world.register(table, heads=HEADS)
    people = [{"id": user_id(FIRST + n), "name": f"保護者 {n:04}", "friend": True} for n in range(PEOPLE)]
    await world.sim("POST", "line/users", {"users": people})
    async with world.memory() as memory:
        after, number = "", FIRST
        while page := await memory.contacts.stream(Audience(everyone=True), after, 500):
            for target in page:
                address = Address(channel="line", value=user_id(number), state_at=MORNING)
                await memory.contacts.attach(target.contact, address)
                number += 1
            after = page[-1].contact
    assert number == FIRST + PEOPLE
