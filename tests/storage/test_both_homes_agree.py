"""A fan-out as it really goes, played on both homes at once: chunks in order, cards, attempts, halves of halves.

`test_twins` draws from all verbs and a small world; here the calls hang together as `Outbox` presumes, so that one can
also ask which of them carries a person.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from msgspec.structs import replace

from storage.base import Storage
from storage.models import Outgoing, OutgoingState, Purpose, Settlement, SkipReason
from tests.factories import after, make_outgoing
from tests.storage.homes import sqlite_home
from tests.storage.mongo_home import mongo_home

pytestmark = pytest.mark.usefixtures("mongodb_server")

MAILING, NOTICE = "notice-1/notice", "notice-1"
ENDS = (OutgoingState.ACCEPTED, OutgoingState.UNKNOWN, OutgoingState.REFUSED, OutgoingState.SENDING)


class FanOut(RuleBasedStateMachine):
    """Every answer of the one home is compared with the other's."""

    def __init__(self) -> None:
        super().__init__()
        self._runner = asyncio.Runner()
        self._directory = TemporaryDirectory()
        self._homes: list[Storage] = []
        self._open = AsyncExitStack()
        self._runner.run(self._begin())
        self.seconds = 0
        self.chunks = 0
        self.contacts: list[str] = []
        self.in_hand: dict[str, Outgoing] = {}

    async def _begin(self) -> None:
        directory = Path(self._directory.name)
        for home in (sqlite_home, mongo_home):
            self._homes.append(await self._open.enter_async_context(home(directory)))

    def teardown(self) -> None:
        self._runner.run(self._open.aclose())
        self._runner.close()
        self._directory.cleanup()

    def both(self, verb: Callable[[Storage], Awaitable[Any]]) -> Any:
        """The answer that both give."""

        async def ask() -> list[Any]:
            return [await verb(home) for home in self._homes]

        known, twin = self._runner.run(ask())
        assert twin == known
        return known

    @rule(people=st.lists(st.sampled_from(["line", "blocked", "sms"]), min_size=1, max_size=6), urgent=st.booleans())
    def fan_out(self, people: list[str], urgent: bool) -> None:
        """The next chunk, with a card of her own for whoever is reached by SMS."""
        first = len(self.contacts)
        contacts = [f"c{first + n:04}" for n in range(len(people))]
        self.contacts += contacts
        means = dict(zip(contacts, people, strict=True))
        whole = make_outgoing(
            f"k{self.chunks}",
            chunk=self.chunks,
            recipients=tuple(c for c in contacts if means[c] == "line"),
            skipped=tuple((c, SkipReason.BLOCKED) for c in contacts if means[c] == "blocked"),
            first_contact=contacts[0],
            last_contact=contacts[-1],
            urgent=urgent,
            due_at=after(seconds=self.seconds),
        )
        cards = [
            replace(whole, id=f"k{self.chunks}-{c}", part=c, channel="sms", skipped=(), recipients=recipients)
            for c in contacts
            if means[c] == "sms"
            for recipients in [make_outgoing(recipients=(c,)).recipients]
        ]
        self.chunks += 1
        assert self.both(lambda s: s.outbox.add([whole, *cards])) == [whole, *cards]

    @rule(seconds=st.integers(1, 70), epoch=st.integers(1, 3), limit=st.integers(1, 4))
    def claim(self, seconds: int, epoch: int, limit: int) -> None:
        self.seconds += seconds
        now = after(seconds=self.seconds)
        for call in self.both(lambda s: s.outbox.claim("line", epoch, now, limit)):
            self.in_hand[call.id] = call

    @precondition(lambda self: self.in_hand)
    @rule(which=st.integers(0, 99), confirmed=st.integers(0, 3), epoch=st.integers(1, 3))
    def attempt(self, which: int, confirmed: int, epoch: int) -> None:
        call = self.chosen(which)
        now = after(seconds=self.seconds)
        self.both(lambda s: s.outbox.begin(call.id, epoch, now, call.recipients[confirmed:]))

    @precondition(lambda self: self.in_hand)
    @rule(which=st.integers(0, 99), end=st.sampled_from(ENDS), doubtful=st.booleans(), epoch=st.integers(1, 3))
    def settle(self, which: int, end: OutgoingState, doubtful: bool, epoch: int) -> None:
        now = after(seconds=self.seconds)
        settlement = Settlement(self.chosen(which).id, end, now, due_at=now, is_doubtful=doubtful)
        self.both(lambda s: s.outbox.settle(settlement, epoch))

    @precondition(lambda self: self.in_hand)
    @rule(which=st.integers(0, 99), epoch=st.integers(1, 3))
    def split(self, which: int, epoch: int) -> None:
        """Halves of what is in hand, of halves too."""
        call = self.chosen(which)
        middle = len(call.recipients) // 2
        if not middle:
            return
        now = after(seconds=self.seconds)
        halves = [
            replace(call, id=f"{call.id}.{n}", part=f"{call.part}{n}", recipients=recipients, skipped=(), epoch=0)
            for n, recipients in enumerate((call.recipients[:middle], call.recipients[middle:]))
        ]
        self.both(lambda s: s.outbox.split(call.id, epoch, halves, now))

    @rule()
    def drop(self) -> None:
        self.both(lambda s: s.outbox.drop(NOTICE, after(seconds=self.seconds), "stopped"))

    @invariant()
    def the_same_is_said_of_everybody(self) -> None:
        asked = [*self.contacts, "c", "c9999"]
        self.both(lambda s: s.outbox.covering(MAILING, asked))
        self.both(lambda s: s.outbox.progress(NOTICE))
        self.both(lambda s: s.outbox.is_moving(NOTICE, Purpose.NOTICE, MAILING))
        for state in OutgoingState:
            self.both(lambda s, state=state: s.outbox.errors(NOTICE, Purpose.NOTICE, MAILING, state))  # type: ignore[misc]
        self.both(lambda s: s.outbox.late(after(hours=1)))
        self.both(lambda s: s.outbox.late(after(hours=1), "rate_limited"))
        self.both(lambda s: s.outbox.last_chunk(MAILING))

    def chosen(self, which: int) -> Outgoing:
        """One of the calls in hand."""
        return sorted(self.in_hand.values(), key=lambda call: call.id)[which % len(self.in_hand)]


FanOut.TestCase.settings = settings(
    max_examples=12, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
TestBothHomesAgree = FanOut.TestCase
