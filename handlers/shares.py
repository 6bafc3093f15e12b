"""What each channel carries of a notice or a reminder, and what that takes of its plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from handlers.context import Organization, Platform, Quota
from handlers.reserve import reserved, touches
from storage.base import Storage


@dataclass(frozen=True, slots=True)
class Share:
    """One channel's part."""

    channel: str
    people: int
    quota: Quota | None
    thanks: int = 0
    """Answers to first taps, where they cost, if everybody taps."""
    reserved: int = 0
    """Messages that stay for what is urgent."""

    @property
    def left(self) -> int | None:
        """What the plan still holds; None where nobody knows, or there is no limit."""
        return self.quota.left if self.quota else None

    @property
    def missing(self) -> int:
        """Messages, or people, that are lacking for the notice itself."""
        return 0 if self.left is None else max(0, self.people - self.left)

    @property
    def takes_reserve(self) -> bool:
        """Whether it would take messages that stay for what is urgent."""
        return touches(self.left, self.people, self.reserved)

    @property
    def fits(self) -> bool:
        """Whether there is room for all of it beside what stays for what is urgent; so too where nobody knows."""
        return not self.missing and not self.takes_reserve


class House(Protocol):
    """What is asked about plans, and about how many people there are."""

    @property
    def storage(self) -> Storage: ...
    @property
    def organization(self) -> Organization: ...
    @property
    def platforms(self) -> Mapping[str, Platform]: ...


async def shares_of(people: Mapping[str, int], house: House, *, urgent: bool) -> tuple[Share, ...]:
    """The parts of what goes to so many people on each channel."""
    return tuple([await _share(channel, count, house, urgent=urgent) for channel, count in people.items()])


async def _share(channel: str, people: int, house: House, *, urgent: bool) -> Share:
    platform = house.platforms.get(channel)
    if platform is None:
        return Share(channel, people, None)
    quota = await platform.quota()
    counts = not urgent and quota is not None and not quota.is_daily
    kept = await reserved([quota], house.organization, house.storage) if counts else 0
    return Share(channel, people, quota, people if platform.costs_to_thank else 0, kept)
