"""How fast, and when again. The decisions are pure; the bucket keeps the platform's own limits."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from msgspec.structs import replace

from bot.channels.base import Failure
from bot.clock import Clock
from storage.models import Outgoing, OutgoingState, Purpose, Settlement

GIVES_UP_AFTER = timedelta(hours=20)
"""A retry key is remembered for 24 hours (LINE: retrying failed API requests); we stop well before."""

REPORTED_WITHIN = timedelta(minutes=30)
"""So long after an unclear call to a platform without retry keys its report may still come; then nobody knows."""
LOOKED_AT_WITHIN = timedelta(hours=30)
"""So long a platform may look at a message before it sends it or drops it."""

_FINAL = frozenset(
    {
        Failure.REFUSED,
        Failure.FLOODED,
        Failure.UNREACHABLE,
        Failure.OPTED_OUT,
        Failure.BROKEN,
        Failure.WINDOW_CLOSED,
    }
)
_FIRST_PAUSE = timedelta(seconds=1)
"""At the most, as with every pause: half of each is left to chance, so that calls that failed together come apart."""
_LONGEST_PAUSE = timedelta(minutes=5)
_PAUSES = {
    Failure.RATE_LIMITED: timedelta(seconds=2),
    Failure.UNAUTHORIZED: timedelta(minutes=1),
    Failure.OUT_OF_QUOTA: timedelta(minutes=10),
    Failure.PAIR_LIMITED: timedelta(seconds=6),
    Failure.PAUSED: timedelta(minutes=2),
}
"""Clear refusals that time, or an operator, can mend."""

_BEHIND = timedelta(seconds=30)
"""One call asks whether it was mended; the others follow so long after, or wait for its next try."""


_TOGETHER = 0.005
"""Seconds whose turns are given at one moment: to wake up for each of 2,000 a second costs as much as to send it."""


class Bucket:
    """At most `per_second` permissions a second, given evenly: platforms do not publish how big a burst they bear."""

    def __init__(self, per_second: float, clock: Clock, burst: int = 1) -> None:
        self._interval = 1 / per_second
        self._slack = burst * self._interval
        self._clock = clock
        self._next = 0.0
        self._resumes = 0.0
        self._paused = 0.0

    async def take(self) -> None:
        """Return when one more may go. Whoever waits when a pause begins waits so much longer."""
        now = self._clock.monotonic()
        self._next = max(self._next, now - self._slack) + self._interval
        turn = self._next - self._interval
        if turn > now and self._interval < _TOGETHER:
            turn = math.ceil(turn / _TOGETHER) * _TOGETHER
        wait, paused = turn - now, self._paused
        while wait > 0:
            await asyncio.sleep(wait)
            wait, paused = self._paused - paused, self._paused

    def pause(self, seconds: float) -> None:
        """Nothing more for so long: the platform said we are too fast. During a pause it begins no other."""
        now = self._clock.monotonic()
        if now < self._resumes:
            return
        self._resumes = now + seconds
        self._paused += seconds
        self._next = max(self._next, now) + seconds


@dataclass(frozen=True, slots=True)
class Hold:
    """A clear refusal that holds for other calls too: none of them need be refused for itself."""

    failure: Failure
    reason: str
    until: datetime
    asks: str
    """The refused call: it is tried again before the others."""

    def settle(self, outgoing: Outgoing, now: datetime) -> Settlement:
        """A call that waits with the refused one, and was not attempted."""
        if (last := ends_at(outgoing)) is not None and self.until >= last:
            return replace(ended(outgoing, now, self.reason, is_doubtful=False), failure=self.failure)
        return Settlement(outgoing.id, OutgoingState.WAITING, now, self.until, failure=self.failure, error=self.reason)


class Holds:
    """What the calls of one channel wait for: a mailing for the month's limit (a smaller one may still fit), all of
    them for a token. One call asks now and then whether it was mended."""

    def __init__(self) -> None:
        self._holds: dict[str, Hold] = {}

    def note(self, refused: Outgoing, failure: Failure, settlement: Settlement) -> None:
        """A call was refused: others like it need not be. A report waits for no month (`handlers.reporting`)."""
        if refused.purpose is Purpose.REPORT and failure is Failure.OUT_OF_QUOTA:
            return
        if failure in {Failure.OUT_OF_QUOTA, Failure.UNAUTHORIZED} and settlement.due_at is not None:
            self._holds = {key: hold for key, hold in self._holds.items() if settlement.at < hold.until}
            key = refused.mailing if failure is Failure.OUT_OF_QUOTA else ""
            self._holds[key] = Hold(failure, settlement.error or "", settlement.due_at + _BEHIND, refused.id)

    def on(self, outgoing: Outgoing, now: datetime) -> Hold | None:
        """What a call must wait for now, if it is in no doubt: what may have been accepted is repeated whatever
        happens."""
        found = (self._holds.get(key) for key in ("", outgoing.mailing))
        holds = [hold for hold in found if hold is not None and now < hold.until]
        return None if any(hold.asks == outgoing.id for hold in holds) else next(iter(holds), None)


def after_failure(outgoing: Outgoing, failure: Failure, reason: str, now: datetime, jitter: float) -> Settlement:
    """What becomes of a call whose attempt failed. `outgoing` counts the attempt; `jitter` is in [0, 1).

    Unknown results are repeated unchanged, with exponential back-off, until they may no longer be; what was clearly
    refused waits for what can mend it, or is over.
    """
    is_doubtful = outgoing.is_doubtful or failure is Failure.UNKNOWN
    if failure in _FINAL:
        state = OutgoingState.UNKNOWN if outgoing.is_doubtful else OutgoingState.REFUSED
        return Settlement(outgoing.id, state, now, is_doubtful=is_doubtful, failure=failure, error=reason)
    due_at = now + _pause(outgoing, failure, jitter)
    if (last := ends_at(outgoing)) is not None and due_at >= last:
        return replace(ended(outgoing, now, reason, is_doubtful=is_doubtful), failure=failure)
    # What was clearly refused so far waits as if it had never been tried: it can be stopped, and counts as not sent.
    state = OutgoingState.SENDING if is_doubtful else OutgoingState.WAITING
    return Settlement(outgoing.id, state, now, due_at, is_doubtful, failure=failure, error=reason)


def unreported(outgoing: Outgoing, failure: Failure, reason: str, now: datetime) -> Settlement:
    """An attempt that nobody can repeat and of which nobody knows: it waits for its report, and then ends."""
    patience = LOOKED_AT_WITHIN if failure is Failure.HELD else REPORTED_WITHIN
    return Settlement(
        outgoing.id,
        OutgoingState.SENDING,
        now,
        now + patience,
        is_doubtful=True,
        failure=failure,
        error=reason,
    )


def ended(outgoing: Outgoing, now: datetime, reason: str, *, is_doubtful: bool | None = None) -> Settlement:
    """No further attempt: unknown if any attempt may have been accepted, else not sent."""
    doubt = outgoing.is_in_doubt if is_doubtful is None else is_doubtful
    state = OutgoingState.UNKNOWN if doubt else OutgoingState.DROPPED
    return Settlement(outgoing.id, state, now, is_doubtful=doubt, error=reason)


def ends_at(outgoing: Outgoing) -> datetime | None:
    """From here on no attempt is made: the notice's expiry, or 20 hours after the first attempt."""
    ends = [outgoing.gives_up_at]
    if outgoing.first_attempt_at is not None:
        ends.append(outgoing.first_attempt_at + GIVES_UP_AFTER)
    return min((end for end in ends if end is not None), default=None)


def _pause(outgoing: Outgoing, failure: Failure, jitter: float) -> timedelta:
    if failure in _PAUSES:
        return _PAUSES[failure] * (1 + jitter)
    doublings: int = 2 ** min(outgoing.attempts - 1, 20)
    longest = min(_FIRST_PAUSE * doublings, _LONGEST_PAUSE)
    return longest * (0.5 + jitter / 2)
