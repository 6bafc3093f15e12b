"""The outbox worker: claim, ask, send, settle. Everything it does can stop at any line and be done again."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot import metrics
from bot.channels.base import Channel, Failure, SendError
from bot.clock import Clock
from bot.leases import Keeper
from bot.loops import survive
from bot.pacing import Bucket, after_failure, ended, ends_at
from handlers.fan_out import retry_key, still_wanted
from storage.base import Storage
from storage.models import Outgoing, OutgoingState, Recipient, Settlement

log = logging.getLogger(__name__)

MULTICASTS_A_SECOND = 180
"""LINE: 200 a second per channel (Messaging API reference, rate limits); we stay below."""
PUSHES_A_SECOND = 1900
"""LINE: 2,000 a second."""

_AT_ONCE = 40
"""Calls under way: 200 a second at 100 ms each, twice over."""


class Delivery:
    """Sends what the outbox of one channel holds, while `keeper` holds its lease."""

    def __init__(self, name: str, channel: Channel, storage: Storage, clock: Clock, keeper: Keeper) -> None:
        self._name = name
        self._channel = channel
        self._storage = storage
        self._clock = clock
        self._keeper = keeper
        self._multicasts = Bucket(MULTICASTS_A_SECOND, clock)
        self._pushes = Bucket(PUSHES_A_SECOND, clock, burst=20)

    async def round(self) -> int:
        """Send what is due now; how many calls were taken in hand. Shielded: what is begun is settled."""
        sent = 0
        while (epoch := self._keeper.epoch) is not None:
            claimed = await self._storage.outbox.claim(self._name, epoch, self._clock.now(), _AT_ONCE)
            if not claimed:
                break
            await asyncio.shield(self._send_all(claimed, epoch))
            sent += len(claimed)
        return sent

    async def _send_all(self, claimed: list[Outgoing], epoch: int) -> None:
        async with asyncio.TaskGroup() as calls:
            for outgoing in claimed:
                calls.create_task(survive("send", self._handle(outgoing, epoch)), name=f"send-{outgoing.id}")

    async def _handle(self, claimed: Outgoing, epoch: int) -> None:
        attempt = await self._attempt(claimed, epoch)
        if attempt is None:
            return
        outgoing, settlement = attempt
        metrics.ATTEMPTS.labels(self._name, settlement.state).inc()
        log.info("call.settled", extra=_fields(outgoing, settlement))
        if _must_split(outgoing, settlement):
            await self._storage.outbox.split(outgoing.id, epoch, _halves(outgoing, settlement.at), settlement.at)
        else:
            await self._storage.outbox.settle(settlement, epoch)

    async def _attempt(self, claimed: Outgoing, epoch: int) -> tuple[Outgoing, Settlement] | None:
        """Wait for its turn, ask whether it is still wanted, begin, send: the call as it was sent, and what came of
        it. None: it is somebody else's by now."""
        await (self._pushes if len(claimed.recipients) == 1 else self._multicasts).take()
        now = self._clock.now()
        wanted = await self._wanted(claimed, now)
        if isinstance(wanted, str):
            return claimed, ended(claimed, now, wanted)
        if self._keeper.epoch != epoch:
            return None
        begun = await self._storage.outbox.begin(claimed.id, epoch, now, wanted)
        return None if begun is None else (begun, await self._post(begun))

    async def _wanted(self, claimed: Outgoing, now: datetime) -> Sequence[Recipient] | str:
        """Whom it is still for; or why it is not attempted any more. What may have been accepted is repeated whole."""
        if (last := ends_at(claimed)) is not None and now >= last:
            return "expired"
        if claimed.is_in_doubt:
            return "stopped" if await self._is_called_off(claimed) else claimed.recipients
        return await still_wanted(claimed, self._storage) or "not wanted any more"

    async def _is_called_off(self, outgoing: Outgoing) -> bool:
        notice = (await self._storage.notices.get([outgoing.notice])).get(outgoing.notice)
        return notice is None or bool(notice.stopped_at or notice.cancelled_at)

    async def _post(self, outgoing: Outgoing) -> Settlement:
        try:
            request_id = await self._channel.send(outgoing)
        except SendError as error:
            if error.failure is Failure.RATE_LIMITED:
                (self._pushes if len(outgoing.recipients) == 1 else self._multicasts).pause(1)
            settlement = after_failure(outgoing, error.failure, error.reason, self._clock.now(), random.random())  # noqa: S311
            return replace(settlement, request_id=error.request_id)
        metrics.PEOPLE_SENT.labels(self._name).inc(len(outgoing.recipients))
        return Settlement(outgoing.id, OutgoingState.ACCEPTED, self._clock.now(), request_id=request_id)


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
