"""Whom a notice would reach, and whom not and why: what the preview shows before anything is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from storage.base import WINDOW, Storage
from storage.models import Audience, Contact, Member, Reach

NAMES: Final = 10
"""So many names of people who cannot be reached are shown."""
_SAMPLE: Final = 5
_MOST_LOOKED_AT: Final = 10 * WINDOW
"""Members of larger audiences are not looked through one by one; the people are counted at any size."""


@dataclass(frozen=True, slots=True)
class Audited:
    """An audience as it is now."""

    members: int
    contacts: dict[Reach, int]
    sample: tuple[Member, ...]
    unreachable: tuple[tuple[Contact, Reach], ...]
    """The first of them."""
    left_out: tuple[Member, ...] = ()
    """Members whom no notice reaches through anybody."""
    by_channel: Mapping[str, int] = field(default_factory=dict)
    """People who are sent to, by the channel that is taken; in the order of the channels."""

    @property
    def reachable(self) -> int:
        """People who are sent to: one message each."""
        return self.contacts[Reach.REACHABLE]

    @property
    def hidden(self) -> int:
        """People who cannot be reached and are not among the names."""
        return sum(n for reach, n in self.contacts.items() if reach is not Reach.REACHABLE) - len(self.unreachable)


async def audit(audience: Audience, storage: Storage, channels: Sequence[str]) -> Audited:
    """Count the audience, by the first of the channels that reaches each, and name whom it does not reach."""
    unreachable: list[tuple[Contact, Reach]] = []
    for reach in (Reach.UNREGISTERED, Reach.BLOCKED):
        room = NAMES - len(unreachable)
        if room:
            unreachable += [(c, reach) for c in await storage.contacts.page(audience, reach, "", room)]
    members = await storage.members.count(audience)
    counted = await storage.contacts.count(audience)
    return Audited(
        members,
        counted,
        tuple(await storage.members.sample(audience, _SAMPLE)),
        tuple(unreachable),
        await _left_out(audience, storage) if members <= _MOST_LOOKED_AT else (),
        await by_channel(audience, storage, channels),
    )


async def by_channel(audience: Audience, storage: Storage, channels: Sequence[str]) -> dict[str, int]:
    """People who are sent to, by the first of the channels that reaches each. Where there is one way, the kept number
    of those who can be reached is taken."""
    if len(channels) < 2:
        reachable = (await storage.contacts.count(audience))[Reach.REACHABLE]
        return {channel: reachable for channel in channels if reachable}
    found = await storage.contacts.count_by_channel(audience, channels)
    return {channel: people for channel, people in found.items() if people}


async def _left_out(audience: Audience, storage: Storage) -> tuple[Member, ...]:
    found: list[Member] = []
    after = ""
    while page := await storage.members.page(audience, after, WINDOW):
        contacts = await storage.contacts.of_members([member.id for member in page])
        found += [m for m in page if all(target.reach is not Reach.REACHABLE for target in contacts[m.id])]
        after = page[-1].id
    return tuple(found)
