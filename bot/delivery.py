"""The outbox worker: claim, ask, send, settle. Everything it does can stop at any line and be done again."""

from __future__ import annotations

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot import metrics
from bot.channels.base import Channel, Failure, SendError
from bot.clock import Clock
from bot.leases import Keeper
from bot.loops import survive
from bot.pacing import Bucket, after_failure, ended, ends_at
from handlers.fan_out import all_still_wanted, retry_key, still_wanted
from storage.base import Storage
from storage.models import Outgoing, OutgoingState, Recipient, Settlement

log = logging.getLogger(__name__)

_AT_ONCE = 40
"""Multicasts under way: 200 a second at 100 ms each, twice over. Each holds 500 people in memory."""
_PUSHES_AT_ONCE = 800
"""Pushes under way: 2,000 a second at 100 ms each, with what is being begun and settled."""
_TOGETHER = 100
"""Pushes that are asked about, begun and settled in one step each: 50 ms of their rate."""
_SETTLED_EVERY = 0.1
"""Seconds for which what has come of a call may wait for the others of its step."""
_ASKED_AGAIN_AFTER = 1.0
"""Seconds for which a call may wait for its turn without being asked about again."""


class Delivery:
    """Sends what the outbox of one channel holds, while `keeper` holds its lease."""

    def __init__(self, name: str, channel: Channel, storage: Storage, clock: Clock, keeper: Keeper) -> None:
        self._name = name
        self._channel = channel
        self._storage = storage
        self._clock = clock
        self._keeper = keeper
        self._people_sent = metrics.PEOPLE_SENT.labels(name)
        self._multicasts = Bucket(channel.pace.several, clock)
        self._pushes = Bucket(channel.pace.single, clock, burst=20)

    async def round(self) -> int:
        """Send what is due now; how many calls were taken in hand. Shielded: what is begun is settled."""
        under_way: dict[asyncio.Task[bool], int] = {}
        sent, most = 0, _AT_ONCE
        try:
            while (epoch := self._keeper.epoch) is not None:
                room = min(most - sum(under_way.values()), 2 * _TOGETHER)
                claimed = await self._storage.outbox.claim(self._name, epoch, self._clock.now(), room)
                sent += len(claimed)
                for batch in _batches(claimed):
                    work = survive("send", self._handle(batch, epoch))
                    under_way[asyncio.create_task(work, name=f"send-{batch[0].id}")] = len(batch)
                if not under_way:
                    break
                if claimed:
                    most = _PUSHES_AT_ONCE if all(map(_is_push, claimed)) else _AT_ONCE
                await _wait(under_way, 0 if not claimed else most // 2)
        finally:
            if under_way:
                await asyncio.shield(asyncio.wait(under_way))
        return sent

    async def _handle(self, batch: Sequence[Outgoing], epoch: int) -> None:
        """Wait for the first one's turn, ask whether they are still wanted, begin, send each in its turn, settle.

        What was not settled when we stop is somebody else's, and in doubt."""
        bucket = self._pushes if _is_push(batch[0]) else self._multicasts
        await bucket.take()
        asked_at = self._clock.monotonic()
        begun = await self._begin(batch, epoch)
        posts = {
            asyncio.create_task(self._in_turn(call, bucket, asked_at if place else None, epoch)): call
            for place, call in enumerate(begun)
        }
        while posts:
            done, _ = await asyncio.wait(posts, timeout=_SETTLED_EVERY)
            results = [(posts.pop(task), task.result()) for task in done]
            await self._settle([(call, settled) for call, settled in results if settled is not None], epoch)

    async def _begin(self, batch: Sequence[Outgoing], epoch: int) -> list[Outgoing]:
        """Those that may be attempted now, as they are to be sent. What is over is settled."""
        now = self._clock.now()
        answers = await self._wanted(batch, now)
        over = [(c, ended(c, now, why)) for c, why in zip(batch, answers, strict=True) if isinstance(why, str)]
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
        for state, attempts in Counter(settlement.state for _, settlement in results).items():
            metrics.ATTEMPTS.labels(self._name, state).inc(attempts)
        if log.isEnabledFor(logging.INFO):
            for outgoing, settlement in results:
                log.info("call.settled", extra=_fields(outgoing, settlement))
        whole = [settlement for outgoing, settlement in results if not _must_split(outgoing, settlement)]
        if whole:
            await self._storage.outbox.settle_all(whole, epoch)
        for outgoing, settlement in results:
            if _must_split(outgoing, settlement):
                halves = _halves(outgoing, settlement.at)
                await self._storage.outbox.split(outgoing.id, epoch, halves, settlement.at)

    async def _wanted(self, batch: Sequence[Outgoing], now: datetime) -> list[Sequence[Recipient] | str]:
        """Whom each is still for, or why it is over. What may have been accepted is repeated whole."""
        answers: dict[str, Sequence[Recipient] | str] = {}
        fresh = []
        for call in batch:
            if (last := ends_at(call)) is not None and now >= last:
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
        notice = (await self._storage.notices.get([outgoing.notice])).get(outgoing.notice)
        return notice is None or bool(notice.stopped_at or notice.cancelled_at)

    async def _post(self, outgoing: Outgoing) -> Settlement:
        try:
            request_id = await self._channel.send(outgoing)
        except SendError as error:
            if error.failure is Failure.RATE_LIMITED:
                (self._pushes if _is_push(outgoing) else self._multicasts).pause(1)
            settlement = after_failure(outgoing, error.failure, error.reason, self._clock.now(), random.random())  # noqa: S311
            return replace(settlement, request_id=error.request_id)
        self._people_sent.inc(len(outgoing.recipients))
        return Settlement(outgoing.id, OutgoingState.ACCEPTED, self._clock.now(), request_id=request_id)


async def _wait(under_way: dict[asyncio.Task[bool], int], calls: int) -> None:
    """Wait until something ended, and until at most so many calls are under way."""
    is_first = calls == 0
    while under_way and (is_first or sum(under_way.values()) > calls):
        done, _ = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            del under_way[task]
            task.result()
        is_first = False


def _batches(claimed: Sequence[Outgoing]) -> list[list[Outgoing]]:
    """What goes through its steps together: pushes by the hundred, each multicast alone."""
    pushes = [call for call in claimed if _is_push(call)]
    batches = [pushes[start : start + _TOGETHER] for start in range(0, len(pushes), _TOGETHER)]
    return batches + [[call] for call in claimed if not _is_push(call)]


def _is_push(call: Outgoing) -> bool:
    return len(call.recipients) == 1


def _must_split(outgoing: Outgoing, settlement: Settlement) -> bool:
    """One refused address must not cost the others theirs; what may have been accepted is never split."""
    return settlement.state is OutgoingState.REFUSED and len(outgoing.recipients) > 1 and not settlement.is_doubtful


def _fields(outgoing: Outgoing, settlement: Settlement) -> dict[str, object]:
    return {
        "outgoing": outgoing.id,
        "state": settlement.state.value,
        "people": len(outgoing.recipients),
        "attempts": outgoing.attempts,
        "request_id": settlement.request_id,
        "error": settlement.error,
    }


def _halves(outgoing: Outgoing, at: datetime) -> list[Outgoing]:
    """The two halves of a refused call, under keys derived from its own."""
    middle = len(outgoing.recipients) // 2
    return [
        replace(
            outgoing,
            id=retry_key(outgoing.id, outgoing.chunk, part),
            part=f"{outgoing.part}.{part}",
            recipients=people,
            skipped=(),
            due_at=at,
            state=OutgoingState.WAITING,
            attempts=0,
            first_attempt_at=None,
            epoch=0,
            request_id=None,
            error=None,
        )
        for part, people in (("0", outgoing.recipients[:middle]), ("1", outgoing.recipients[middle:]))
    ]
