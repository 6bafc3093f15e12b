"""What should have been done by now and is not: looked for every minute, told to the administrators once.

A difference between what was stored and what came of it is looked for too, a little at a time. Nothing here mends
anything: what is late is found and done by those whose work it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from storage.base import WINDOW, Storage
from storage.models import Late, Mailing

ACCEPTING: Final = "accepting/"
"""Before a channel's name: the pulse of calls that its platform accepts."""

NOTED_AFTER: Final = timedelta(minutes=2)
TOLD_AFTER: Final = timedelta(minutes=5)
_MAILINGS: Final = 20


class Kind(StrEnum):
    """What is late, by what one can do about it."""

    SENDER = "sender"
    """Notices or calls wait, and no process holds the lease alive."""
    MAILINGS = "mailings"
    """Notices or reminders that are due do not become calls."""
    CALLS = "calls"
    """Calls wait, and the platform accepts none."""
    PLATFORM = "platform"
    """Calls that the platform did not answer, or not yet take."""
    QUOTA = "quota"
    """Calls that wait for the next month or a bigger plan."""
    TOKEN = "token"  # noqa: S105 - a word, not a secret
    """Calls that the platform refuses because of our token."""
    ARRIVALS = "arrivals"
    """Taps and messages that were stored, of which nothing came yet."""


AT_ONCE: Final = frozenset({Kind.QUOTA, Kind.TOKEN})
"""Nothing that time alone mends within minutes: told when it is seen."""

_BY_FAILURE: Final = {"out_of_quota": Kind.QUOTA, "unauthorized": Kind.TOKEN}
"""`Outgoing.failure`, in the channels' own words."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What is late for one reason."""

    kind: Kind
    since: datetime
    """Of the oldest of it."""
    count: int
    """People, mailings or arrivals; of arrivals at most a window is counted."""
    notices: tuple[str, ...] = ()

    def joined(self, other: Finding) -> Finding:
        """Both together."""
        notices = tuple(dict.fromkeys((*self.notices, *other.notices)))
        return Finding(self.kind, min(self.since, other.since), self.count + other.count, notices)

    @property
    def told_from(self) -> datetime:
        """From when on it is theirs to know."""
        return self.since if self.kind in AT_ONCE else self.since + TOLD_AFTER


async def look(storage: Storage, now: datetime, *, is_still: bool) -> dict[Kind, Finding]:
    """What is late by two minutes and more, by kind; `is_still`: whoever holds the lease gives no sign of life."""
    found: dict[Kind, Finding] = {}
    late = [row for row in await storage.outbox.late(now) if row.notice]
    mailings = await _mailings(storage, now, is_still=is_still)
    calls = [await _of_calls(row, storage, now, is_still=is_still) for row in late]
    for finding in (*calls, *mailings, await _arrivals(storage, now)):
        if finding is not None and (finding.kind in AT_ONCE or now - finding.since >= NOTED_AFTER):
            before = found.get(finding.kind)
            found[finding.kind] = before.joined(finding) if before else finding
    return found


async def _of_calls(row: Late, storage: Storage, now: datetime, *, is_still: bool) -> Finding | None:
    kind = _BY_FAILURE.get(row.failure or "", Kind.PLATFORM)
    if row.failure is None:
        accepted = await storage.pulses.read(f"{ACCEPTING}{row.channel}")
        if accepted is not None and now - accepted < NOTED_AFTER:
            return None  # it only waits for its turn: at the platform's own pace a town takes minutes
        kind = Kind.SENDER if is_still else Kind.CALLS
    return Finding(kind, row.since, row.people, (row.notice,))


async def _mailings(storage: Storage, now: datetime, *, is_still: bool) -> list[Finding]:
    kind = Kind.SENDER if is_still else Kind.MAILINGS
    due = (await storage.mailings.due(now - NOTED_AFTER, _MAILINGS))[:_MAILINGS]
    return [Finding(kind, await _moved_at(mailing, storage), 1, (mailing.notice,)) for mailing in due]


async def _moved_at(mailing: Mailing, storage: Storage) -> datetime:
    """When it went on last: a large one is not late while its chunks are being made."""
    last = await storage.outbox.last_chunk(mailing.id)
    return max(mailing.due_at, last.created_at) if last else mailing.due_at


async def _arrivals(storage: Storage, now: datetime) -> Finding | None:
    before = now - NOTED_AFTER
    taps = await storage.acknowledgements.pending(before, WINDOW)
    others = await storage.inbox.pending(before, WINDOW)
    times = [tap.received_at for tap in taps] + [entry.received_at for entry in others]
    return Finding(Kind.ARRIVALS, min(times), len(times)) if times else None
