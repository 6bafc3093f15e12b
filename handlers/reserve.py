"""緊急用の残り: a message for each person of the roster stays for what is urgent, unless somebody says otherwise.

Only a plan that holds two messages for everybody has room for it. Where a single notice to all takes most of the
month, a reserve would stand against every notice.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from handlers.context import Organization, Quota
from storage.base import Storage
from storage.models import Audience, Reach

_ROOM_FOR: Final = 2
"""Messages a month for each person, from which on one of them is kept."""


async def reserved(quotas: Iterable[Quota | None], organization: Organization, storage: Storage) -> int:
    """Messages that what is not urgent leaves alone; 0 where nothing is kept."""
    limits = [quota.limit for quota in quotas if quota is not None and quota.limit is not None]
    if not organization.keeps_reserve or not limits:
        return 0
    people = (await storage.contacts.count(Audience(everyone=True)))[Reach.REACHABLE]
    return people if min(limits) >= _ROOM_FOR * people else 0


def touches(left: int | None, messages: int, kept: int) -> bool:
    """Whether so many messages fit into what is left, but not without the reserve."""
    return left is not None and messages <= left < messages + kept
