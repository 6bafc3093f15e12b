"""What follows from what arrived: taps are folded in batches, everything else is handled in order for each person.

Done at once by the process that took it; whatever was left undone is done again by any process after a minute
(`sweep`). Both ways are the same repeatable steps.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from msgspec.structs import replace

from bot import metrics
from bot.channels.base import Channel
from bot.clock import Clock
from bot.intake import Arrival
from bot.loops import survive
from bot.replying import Replier
from handlers import acknowledge, replies
from handlers.context import Context, Organization
from handlers.dispatch import dispatch
from handlers.events import Event, Tap
from handlers.identity import Person, recognise
from handlers.replies import Reply
from handlers.wording import Words
from storage.base import WINDOW, Storage
from storage.models import Acknowledgement, InboxEntry

UNDONE_AFTER = timedelta(seconds=60)
"""An entry that is not applied after this was left behind by a process that stopped."""

_GATHERED = 0.1
_BUSY = 8
"""While so many taps come at once, they gather for so many seconds: much of a fold is shared by all of them."""

_LANES = 16
"""Events of one person stay in one lane, and so in order."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What acting works with."""

    storage: Storage
    organization: Organization
    channels: Mapping[str, Channel]
    clock: Clock
    wake: Callable[[], None]


class Actor:
    """Acts on arrivals; `submit` never waits."""

    def __init__(self, around: Surroundings, replier: Replier) -> None:
        self._around = around
        self._replier = replier
        self._taps: list[Arrival] = []
        self._tapped = asyncio.Event()
        self._is_closing = False
        self._lanes: list[asyncio.Queue[Event | None]] = [asyncio.Queue() for _ in range(_LANES)]
        self._in_hand: set[str] = set()

    def submit(self, arrivals: Sequence[Arrival]) -> None:
        """Act on these as soon as possible. What is applied already, or in hand, is not begun again."""
        for arrival in arrivals:
            event = arrival.event
            if isinstance(event, Tap):
                self._taps.append(arrival)
            elif not arrival.arrived.applied and event.id not in self._in_hand:
                self._in_hand.add(event.id)
                self._lanes[zlib.crc32(event.user.encode(errors="replace")) % _LANES].put_nowait(event)
        if self._taps:
            self._tapped.set()

    async def act_on(self, arrivals: Sequence[Arrival]) -> None:
        """Act on these now, to the end, the answers included: for tests, which have no time to pass."""
        if taps := [a for a in arrivals if isinstance(a.event, Tap)]:
            await self._fold(taps)
        for arrival in arrivals:
            if not isinstance(arrival.event, Tap) and not arrival.arrived.applied:
                await self._act(arrival.event)

    async def run(self) -> None:
        """Work until `close`; what was submitted by then is still done."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._fold_taps(), name="taps")
            for number, lane in enumerate(self._lanes):
                tasks.create_task(self._follow(lane), name=f"lane-{number}")

    def close(self) -> None:
        """Let `run` end behind what was submitted."""
        self._is_closing = True
        self._tapped.set()
        for lane in self._lanes:
            lane.put_nowait(None)

    async def sweep(self, now: datetime) -> int:
        """Do what a process that stopped left undone; how many entries. Nobody can be answered any more at once."""
        before = now - UNDONE_AFTER
        storage = self._around.storage
        entries = await storage.acknowledgements.pending(before, WINDOW)
        if entries:
            judgements = await acknowledge.settle(entries, storage)
            metrics.count(metrics.TAPS, ((judgement.outcome,) for judgement in judgements))
        left = await storage.inbox.pending(before, WINDOW)
        for entry in left:
            if not await survive("sweep", self._act(self._reread(entry))):
                await storage.inbox.settle(entry.id, replies.dump(self._apology()) if entry.user else None)
        return len(entries) + len(left)

    def _apology(self) -> Reply:
        organization = self._around.organization
        return replies.reply(replies.Text(Words(organization.locale, organization.zone)("went-wrong")))

    def _reread(self, entry: InboxEntry) -> Event:
        return self._around.channels[entry.channel].reread(entry.id, entry.raw, entry.received_at)

    async def _fold_taps(self) -> None:
        is_busy = False
        while self._taps or not self._is_closing:
            await self._tapped.wait()
            if is_busy and len(self._taps) < WINDOW and not self._is_closing:
                await asyncio.sleep(_GATHERED)
            batch = self._taps[:WINDOW]
            del self._taps[:WINDOW]
            is_busy = len(batch) >= _BUSY
            if not self._taps and not self._is_closing:
                self._tapped.clear()
            if batch:
                await survive("fold", self._fold(batch))

    async def _fold(self, arrivals: list[Arrival]) -> None:
        judgements = await acknowledge.settle([*_entries(arrivals)], self._around.storage)
        metrics.count(metrics.TAPS, ((judgement.outcome,) for judgement in judgements))
        now = self._around.clock.now()
        for arrival, judgement in zip(arrivals, judgements, strict=True):
            if arrival.event.reply_token is not None:
                is_answered = self._around.channels[arrival.event.channel].is_answered(judgement.outcome)
                answer = acknowledge.answer(judgement, self._around.organization, now) if is_answered else Reply(())
                self._replier.give(arrival.event, answer)
        await self._hear([arrival.event for arrival in arrivals])

    async def _hear(self, events: Sequence[Event]) -> None:
        """Note from whom we heard, where a platform lets us write freely only for a while after that."""
        for name, channel in self._around.channels.items():
            told = [e for e in events if e.channel == name and e.reply_token is not None] if channel.has_window else []
            if told:
                await self._around.storage.contacts.hear(name, {e.user: e.at for e in sorted(told, key=lambda e: e.at)})

    async def _follow(self, lane: asyncio.Queue[Event | None]) -> None:
        while (event := await lane.get()) is not None:
            if not await survive("act", self._act(event)) and event.reply_token is not None:
                self._replier.give(event, self._apology())
            self._in_hand.discard(event.id)

    async def _act(self, event: Event) -> None:
        """Handle one event, answer it, and note that it is done; an answer that could not be given is owed."""
        context = await self._context(event)
        await self._hear([event])
        answer = await dispatch(event, context)
        if event.reply_token is not None and event.user:
            for owed in await self._around.storage.inbox.take_owed(event.channel, event.user):
                answer = replies.together(answer, replies.load(owed))
        owes = answer is not None and not await self._answer(event, answer)
        await self._around.storage.inbox.settle(event.id, replies.dump(answer) if owes and answer else None)

    async def _answer(self, event: Event, answer: Reply) -> bool:
        return event.reply_token is not None and await self._replier.give(event, answer)

    async def _context(self, event: Event) -> Context:
        around = self._around
        told = [Person(event.user, event.also, event.at)] if event.user else []
        speaker = (await recognise(event.channel, told, around.storage)).get(event.user)
        return Context(
            storage=around.storage,
            organization=around.organization,
            platforms=around.channels,
            now=around.clock.now(),
            speaker=speaker,
            words=Words(speaker.locale if speaker else around.organization.locale, around.organization.zone),
            wake=around.wake,
        )


def _entries(taps: Sequence[Arrival]) -> Iterator[Acknowledgement]:
    """The entries of taps, each with what became of it the first time if it was delivered before."""
    for tap in taps:
        entry, arrived = tap.entry, tap.arrived
        if isinstance(entry, Acknowledgement):
            yield entry if arrived.is_new else replace(entry, applied=arrived.applied, outcome=arrived.outcome)
