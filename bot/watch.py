"""What a process says of itself: that it can take webhooks, and, every minute, what is late. Logs, figures, alarms."""

from __future__ import annotations

import logging

from bot import metrics
from bot.clock import Clock
from handlers.alarms import Alarms
from handlers.comparing import Comparison
from handlers.gaps import GAP, WEBHOOK, look_back
from handlers.reporting import Reporter
from handlers.selfcheck import Finding, Kind, look
from storage.models import Lease

log = logging.getLogger(__name__)

_OUTSIDE = frozenset({Kind.PLATFORM, Kind.QUOTA, Kind.TOKEN})
"""What is no fault of this program."""
_STILL_AFTER = 30.0
"""Seconds, by our own monotonic clock, for which the lease's beat must stand still before nobody is said to send."""


class Pulse:
    """Notes that this process can take what platforms send. To be beaten every ten seconds or so."""

    def __init__(self, reporter: Reporter, clock: Clock) -> None:
        self._reporter = reporter
        self._clock = clock
        self._beaten_at: float | None = None

    async def beat(self) -> None:
        """Beat. The first time, and after a minute in which it was not possible by the clock that nobody sets, look
        first how long nobody else could either."""
        ticks, now = self._clock.monotonic(), self._clock.now()
        if self._beaten_at is None or ticks - self._beaten_at > GAP.total_seconds():
            since = await look_back(self._reporter, now)
            if since is not None:
                log.warning("webhook.gap", extra={"since": since.isoformat(), "until": now.isoformat()})
        await self._reporter.storage.pulses.beat(WEBHOOK, now)
        self._beaten_at = ticks


class SelfCheck:
    """Looks for what is late; `compares` where this process also counts anew what was sent and folded."""

    def __init__(self, lease: str, reporter: Reporter, clock: Clock, *, compares: bool) -> None:
        self._lease = lease
        self._reporter = reporter
        self._clock = clock
        self._alarms = Alarms(reporter)
        self._comparison = Comparison(reporter.storage) if compares else None
        self._seen: Lease | None = None
        self._seen_at: float | None = None

    async def round(self) -> None:
        """One look at everything."""
        now = self._clock.now()
        found = await look(self._reporter.storage, now, is_still=await self._is_still())
        for kind in Kind:
            _measure(kind, found.get(kind), (now - found[kind].since).total_seconds() if kind in found else 0.0)
        began, ended = await self._alarms.raise_for(found, now)
        for finding in began:
            level = logging.WARNING if finding.kind in _OUTSIDE else logging.ERROR
            fields = {"kind": finding.kind, "since": finding.since.isoformat(), "count": finding.count}
            log.log(level, "alarm.begun", extra=fields)
        for kind in ended:
            log.info("alarm.over", extra={"kind": kind})
        for difference in await self._comparison.go_on(now) if self._comparison else ():
            metrics.DIFFERENCES.labels(difference.what).inc()
            fields = {"what": difference.what, "where": difference.where}
            log.error(
                "selfcheck.difference", extra=fields | {"expected": difference.expected, "found": difference.found}
            )
            await self._alarms.tell_difference(difference, now)
        metrics.CHECKED_AT.set(now.timestamp())

    async def _is_still(self) -> bool:
        """Whether the lease has stood still since the last look, at least half a minute ago."""
        lease, ticks = await self._reporter.storage.leases.read(self._lease), self._clock.monotonic()
        is_same = self._seen_at is not None and lease == self._seen
        if not is_same:
            self._seen, self._seen_at = lease, ticks
        return is_same and self._seen_at is not None and ticks - self._seen_at >= _STILL_AFTER


def _measure(kind: Kind, finding: Finding | None, seconds: float) -> None:
    metrics.LATE.labels(kind).set(finding.count if finding else 0)
    metrics.LATE_SECONDS.labels(kind).set(seconds)
