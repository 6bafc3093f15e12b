"""The outbox worker: claim, ask, send, settle. Everything it does can stop at any line and be done again."""

from __future__ import annotations

import asyncio
import logging
import math
import random
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from bot import metrics
from bot.channels.base import Channel, Failure, SendError
from bot.clock import Clock
from bot.halving import halves, must_split
from bot.leases import Keeper
from bot.loops import survive
from bot.pacing import Bucket, Holds, after_failure, ended, ends_at, unreported
from handlers.fan_out import Publisher
from handlers.other_ways import follow_up
from handlers.reporting import given_freely, is_owed
from handlers.selfcheck import ACCEPTING
from handlers.still_wanted import all_still_wanted, still_wanted
from storage.base import Storage
from storage.models import Outgoing, OutgoingState, Purpose, Recipient, Settlement

log = logging.getLogger(__name__)

_UNDER_WAY = 0.42
"""Seconds of a channel's pace that are in hand at once: an answer takes 100 ms, being begun and settled as much again.
What is in hand is not overtaken by what is urgent."""
_AT_ONCE = 40
"""Multicasts in hand at most: each holds 500 people in memory."""
_TOGETHER = 0.05
"""Seconds of a channel's pace that are asked about, begun and settled in one step each: 100 pushes, 10 multicasts."""
_MOST_TOGETHER = 100
_LOOKS_AGAIN = 0.25
"""Seconds after which more is asked for while the last calls are under way: one that hangs must not hold up others."""
_PULSE = 10.0
"""Seconds after which it is noted again that calls are accepted."""
_SETTLED_EVERY = 0.25
"""Seconds for which what has come of a call may wait for the others of its step: LINE's answers come in 150 ms."""
_QUIET = {Failure.RATE_LIMITED: 1.0, Failure.PAUSED: 60.0}
"""Seconds for which nothing is sent after such an answer."""
_UNREPORTED = frozenset({Failure.UNKNOWN, Failure.HELD})
_LEFT_BEHIND = "left behind"
_NO_REPORT = "no report"
_ASKED_AGAIN_AFTER = 1.0
"""Seconds for which a call may wait for its turn without being asked about again."""


class Delivery:
    """Sends what the outbox of one channel holds, while `keeper` holds its lease."""

    def __init__(
        self,
        name: str,
        channel: Channel,
        storage: Storage,
        clock: Clock,
        keeper: Keeper,
        publisher: Publisher,
    ) -> None:
        self._name = name
        self._publisher = publisher
        self._channel = channel
        self._storage = storage
        self._clock = clock
        self._keeper = keeper
        self._people_sent = metrics.PEOPLE_SENT.labels(name)
        self._multicasts = Bucket(channel.pace.several, clock)
        self._pushes = Bucket(channel.pace.single, clock, burst=20)
        self._holds = Holds()
        self._is_closing = False
        self._noted_at: float | None = None

    def close(self) -> None:
        """Claim nothing more: what is in hand is finished, the rest is the next one's."""
        self._is_closing = True

    async def round(self) -> int:
        """Send what is due now; how many calls were taken in hand. Shielded: what is begun is settled."""
        under_way: dict[asyncio.Task[bool], int] = {}
        sent, most = 0, self._most(is_pushes=False)
        try:
            while (epoch := self._keeper.epoch) is not None and not self._is_closing:
                room = min(most - sum(under_way.values()), 2 * _MOST_TOGETHER)
                claimed = await self._storage.outbox.claim(self._name, epoch, self._clock.now(), room)
                sent += len(claimed)
                for batch in self._batches(claimed):
                    work = survive("send", self._handle(batch, epoch))
                    under_way[asyncio.create_task(work, name=f"send-{batch[0].id}")] = len(batch)
                if not under_way:
                    break
                if claimed:
                    most = self._most(is_pushes=all(map(_is_push, claimed)))
                    await _wait(under_way, most // 2)
                else:
                    await asyncio.wait(under_way, timeout=_LOOKS_AGAIN, return_when=asyncio.FIRST_COMPLETED)
                    _collect(under_way)
        finally:
            if under_way:
                await asyncio.shield(asyncio.wait(under_way))
        return sent

    def _most(self, *, is_pushes: bool) -> int:
        """Calls in hand at once. At a slow pace few: what is urgent must not wait behind them."""
        pace = self._channel.pace
        calls = math.ceil(_UNDER_WAY * (pace.single if is_pushes else pace.several))
        return calls if is_pushes else min(calls, _AT_ONCE)

    def _batches(self, claimed: Sequence[Outgoing]) -> list[list[Outgoing]]:
        """What goes through its steps together. What can never be repeated is begun alone: the fewer are under way when
        a process dies, the fewer end as unknown."""
        batches = []
        for is_push, per_second in ((True, self._channel.pace.single), (False, self._channel.pace.several)):
            calls = [call for call in claimed if _is_push(call) is is_push]
            most = min(max(1, round(_TOGETHER * per_second)), _MOST_TOGETHER) if self._channel.has_retry_keys else 1
            batches += [calls[start : start + most] for start in range(0, len(calls), most)]
        return batches

    async def _handle(self, batch: Sequence[Outgoing], epoch: int) -> None:
        """Wait for the first one's turn, ask whether they are still wanted, begin, send each in its turn, settle.

        What was not settled when we stop is somebody else's, and in doubt."""
        bucket = self._pushes if _is_push(batch[0]) else self._multicasts
        batch = await self._free(batch, epoch)
        if not batch:
            return
        await bucket.take()
        asked_at = self._clock.monotonic()
        begun = await self._begin(await self._free(batch, epoch), epoch)
        posts = {
            asyncio.create_task(self._in_turn(call, bucket, asked_at if place else None, epoch)): call
            for place, call in enumerate(begun)
        }
        while posts:
            done, _ = await asyncio.wait(posts, timeout=_SETTLED_EVERY)
            results = [(posts.pop(task), task.result()) for task in done]
            await self._settle([(call, settled) for call, settled in results if settled is not None], epoch)

    async def _free(self, batch: Sequence[Outgoing], epoch: int) -> list[Outgoing]:
        """Those that need not wait for what another call was refused for; the others do, unattempted."""
        now = self._clock.now()
        held = {call.id: hold for call in batch if not call.is_in_doubt and (hold := self._holds.on(call, now))}
        if held:
            waiting = [held[call.id].settle(call, now) for call in batch if call.id in held]
            await self._storage.outbox.settle_all(waiting, epoch)
            log.info("calls.held", extra={"calls": len(waiting), "failure": waiting[0].failure})
        return [call for call in batch if call.id not in held]

    async def _begin(self, batch: Sequence[Outgoing], epoch: int) -> list[Outgoing]:
        """Those that may be attempted now, as they are to be sent. What is over is settled."""
        now = self._clock.now()
        answers = await self._wanted(batch, now)
        over = [(c, _over(c, now, why)) for c, why in zip(batch, answers, strict=True) if isinstance(why, str)]
        await self._settle(over, epoch)
        attempts = {c.id: w for c, w in zip(batch, answers, strict=True) if not isinstance(w, str)}
        if not attempts or self._keeper.epoch != epoch:
            return []
        begun = await self._storage.outbox.begin_all(attempts, epoch, now, {call.id: call for call in batch})
        return [begun[call.id] for call in batch if call.id in begun]

    async def _in_turn(self, begun: Outgoing, bucket: Bucket, asked_at: float | None, epoch: int) -> Settlement | None:
        """Post it when its turn comes; at once without `asked_at`. None: it is somebody else's by now, or failed in a
        way that nobody foresaw, and will be repeated."""
        if asked_at is not None:
            await bucket.take()
            if self._keeper.epoch != epoch:
                return None
            if self._clock.monotonic() - asked_at > _ASKED_AGAIN_AFTER and (why := await self._is_over(begun)):
                return ended(begun, self._clock.now(), why, is_doubtful=begun.is_doubtful)
        if not begun.is_doubtful and (hold := self._holds.on(begun, self._clock.now())):
            return hold.settle(begun, self._clock.now())
        found: list[Settlement] = []

        async def post() -> None:
            found.append(await self._post(begun))

        await survive("send", post())
        return found[0] if found else None

    async def _is_over(self, begun: Outgoing) -> str:
        """Why it is not wanted any more, of one that was begun but not posted yet; '' if it is."""
        if begun.is_doubtful:
            return "stopped" if await self._is_called_off(begun) else ""
        still = await still_wanted(begun, self._storage)
        return "" if still == begun.recipients else "not wanted any more"

    async def _settle(self, results: Sequence[tuple[Outgoing, Settlement]], epoch: int) -> None:
        """Note what came of these attempts, in one step but for those that are to be split."""
        if self._keeper.epoch == epoch:
            results = [(call, await given_freely(call, settlement, self._storage)) for call, settlement in results]
        self._tell(results)
        for outgoing, settlement in results:
            if settlement.state is OutgoingState.REFUSED:
                await follow_up(outgoing, settlement.failure, self._publisher, settlement.at)
        whole = [settlement for outgoing, settlement in results if not must_split(outgoing, settlement)]
        if whole:
            await self._storage.outbox.settle_all(whole, epoch)
            await self._note_pulse(whole)
        for outgoing, settlement in results:
            if must_split(outgoing, settlement):
                await self._storage.outbox.split(outgoing.id, epoch, halves(outgoing, settlement.at), settlement.at)

    def _tell(self, results: Sequence[tuple[Outgoing, Settlement]]) -> None:
        """A line for each state, and one for each call that did not go well: of the others the storage keeps all."""
        people: Counter[OutgoingState] = Counter()
        for outgoing, settlement in results:
            people[settlement.state] += len(outgoing.recipients)
            level = logging.DEBUG if settlement.state is OutgoingState.ACCEPTED else logging.INFO
            if log.isEnabledFor(level):
                log.log(level, "call.settled", extra=_fields(outgoing, settlement))
        for state, calls in Counter(settlement.state for _, settlement in results).items():
            metrics.ATTEMPTS.labels(self._name, state).inc(calls)
            log.info("calls.settled", extra={"state": state.value, "calls": calls, "people": people[state]})

    async def _note_pulse(self, settled: Sequence[Settlement]) -> None:
        """Note now and then that the platform takes what it is given: what waits then only waits for its turn."""
        last = max((s.at for s in settled if s.state is OutgoingState.ACCEPTED), default=None)
        now = self._clock.monotonic()
        if last is not None and (self._noted_at is None or now - self._noted_at >= _PULSE):
            self._noted_at = now
            await self._storage.pulses.beat(f"{ACCEPTING}{self._name}", last)

    async def _wanted(self, batch: Sequence[Outgoing], now: datetime) -> list[Sequence[Recipient] | str]:
        """Whom each is still for, or why it is over. What may have been accepted is repeated whole."""
        answers: dict[str, Sequence[Recipient] | str] = {}
        fresh = []
        for call in batch:
            if call.is_in_doubt and not self._channel.has_retry_keys:
                answers[call.id] = _NO_REPORT if call.is_doubtful else _LEFT_BEHIND
            elif (last := ends_at(call)) is not None and now >= last:
                answers[call.id] = "expired"
            elif call.is_in_doubt:
                answers[call.id] = "stopped" if await self._is_called_off(call) else call.recipients
            else:
                fresh.append(call)
        if fresh:
            for call, wanted in zip(fresh, await all_still_wanted(fresh, self._storage), strict=True):
                answers[call.id] = wanted or "not wanted any more"
        return [answers[call.id] for call in batch]

    async def _is_called_off(self, outgoing: Outgoing) -> bool:
        if outgoing.purpose is Purpose.REPORT:
            return await is_owed(outgoing, self._storage)
        notice = (await self._storage.notices.get([outgoing.notice])).get(outgoing.notice)
        return notice is None or bool(notice.stopped_at or notice.cancelled_at)

    async def _post(self, outgoing: Outgoing) -> Settlement:
        try:
            request_id = await self._channel.send(outgoing)
        except SendError as error:
            if (quiet := _QUIET.get(error.failure)) is not None:
                (self._pushes if _is_push(outgoing) else self._multicasts).pause(quiet)
            if error.failure in _UNREPORTED and not self._channel.has_retry_keys:
                waiting = unreported(outgoing, error.failure, error.reason, self._clock.now())
                is_held = error.failure is Failure.HELD
                message_id = error.request_id if is_held else None
                return replace(waiting, request_id=error.request_id, message_id=message_id)
            settlement = after_failure(outgoing, error.failure, error.reason, self._clock.now(), random.random())  # noqa: S311
            self._holds.note(outgoing, error.failure, settlement)
            return replace(settlement, request_id=error.request_id)
        self._people_sent.inc(len(outgoing.recipients))
        message_id = None if self._channel.has_retry_keys else request_id
        return Settlement(
            outgoing.id, OutgoingState.ACCEPTED, self._clock.now(), request_id=request_id, message_id=message_id
        )


async def _wait(under_way: dict[asyncio.Task[bool], int], calls: int) -> None:
    """Wait until at most so many calls are under way."""
    while sum(under_way.values()) > calls:
        await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
        _collect(under_way)


def _collect(under_way: dict[asyncio.Task[bool], int]) -> None:
    """Forget what has ended."""
    for task in [task for task in under_way if task.done()]:
        del under_way[task]
        task.result()


def _over(outgoing: Outgoing, now: datetime, why: str) -> Settlement:
    """What is not attempted (again): over, or left behind by a process that stopped and to be reported on."""
    if why == _LEFT_BEHIND:
        return unreported(outgoing, Failure.UNKNOWN, why, now)
    return ended(outgoing, now, why)


def _is_push(call: Outgoing) -> bool:
    return len(call.recipients) == 1


def _fields(outgoing: Outgoing, settlement: Settlement) -> dict[str, object]:
    return {
        "outgoing": outgoing.id,
        "state": settlement.state.value,
        "people": len(outgoing.recipients),
        "attempts": outgoing.attempts,
        "request_id": settlement.request_id,
        "error": settlement.error,
    }
