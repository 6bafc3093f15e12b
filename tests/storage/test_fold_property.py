"""A receipt equals the pure fold of its log, whatever the order, the repetition and the batches, in every home."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from storage.base import Storage
from storage.models import Change, Confirmation, Confirmed, Coverage, Reached, Receipt, Totals
from tests.factories import after, make_receipt
from tests.storage.homes import EXAMPLES, HOMES

CONTACTS = ("mother", "father", "grandmother", "a.b", "$x")


@dataclass(frozen=True)
class Story:
    """What is obliged, and what happens in which batches. Its notice is put in when it is told."""

    receipts: tuple[Receipt, ...]
    batches: tuple[tuple[Change, ...], ...]

    def of(self, notice: str) -> Story:
        """The same story about another notice, so that one home hears many."""
        return Story(
            tuple(replace(r, notice=notice) for r in self.receipts),
            tuple(tuple(replace(change, notice=notice) for change in batch) for batch in self.batches),
        )

    @property
    def log(self) -> list[Change]:
        """Every change as it was played."""
        return [change for batch in self.batches for change in batch]

    @property
    def outcome(self) -> list[Receipt]:
        """The pure fold: each confirmation once, in no order that was played; what reaches people, as it was played."""
        confirmed = {c.confirmation.event: c for c in self.log if isinstance(c, Confirmed)}
        once: list[Change] = [confirmed[event] for event in sorted(confirmed)]
        folded = []
        for receipt in self.receipts:
            for change in (*once, *(c for c in self.log if isinstance(c, Reached))):
                receipt = receipt.after(change)
            folded.append(bare(receipt))
        return sorted(folded, key=lambda r: r.sort_key)


def bare(receipt: Receipt) -> Receipt:
    """Without the count of its changes, which tells the order."""
    return replace(receipt, revision=0)


@st.composite
def receipts(draw: st.DrawFn) -> Receipt:
    member = draw(st.integers(1000, 9999))
    family = draw(st.lists(st.sampled_from(CONTACTS), unique=True, max_size=4))
    return make_receipt(
        str(member),
        "",
        contacts=tuple(family),
        coverage=draw(st.sampled_from(Coverage)),
        cut_off=frozenset(draw(st.lists(st.sampled_from(family), max_size=2))) if family else frozenset(),
        sort_key=f"{draw(st.sampled_from(['あ', 'い', '1年a組']))}\x1f{member}",
        window=draw(st.integers(0, 2)),
    )


@st.composite
def confirmations(draw: st.DrawFn) -> list[Confirmed]:
    """Taps, each with an event of its own, close enough in time to collide."""
    taps = draw(
        st.lists(
            st.tuples(
                st.sampled_from(CONTACTS),
                st.integers(0, 3),
                st.sampled_from(["ok", "出席", "欠.席", ""]),
                st.sampled_from(["line", "web"]),
            ),
            max_size=12,
        )
    )
    return [
        Confirmed("", contact, Confirmation(after(milliseconds=ms), f"event-{n:02}", choice, 1, via))
        for n, (contact, ms, choice, via) in enumerate(taps)
    ]


@st.composite
def stories(draw: st.DrawFn, *, with_reach: bool = True) -> Story:
    obliged = draw(st.lists(receipts(), max_size=6, unique_by=lambda r: r.member))
    taps = draw(confirmations())
    played: list[Change] = [*taps, *draw(st.lists(st.sampled_from(taps), max_size=6))] if taps else []
    if with_reach:
        reached = st.builds(Reached, st.just(""), st.sampled_from(CONTACTS), st.booleans())
        played += draw(st.lists(reached, max_size=6))
    played = draw(st.permutations(played))
    cuts = sorted(draw(st.lists(st.integers(0, len(played)), max_size=4)))
    bounds = zip([0, *cuts], [*cuts, len(played)], strict=True)
    return Story(tuple(obliged), tuple(tuple(played[start:end]) for start, end in bounds))


async def paged(storage: Storage, notice: str, is_open: bool) -> list[Receipt]:
    found: list[Receipt] = []
    while page := await storage.receipts.page(notice, is_open, found[-1].sort_key if found else "", 2):
        found += page
    return found


async def check(storage: Storage, story: Story, notice: str) -> None:
    open_, fulfilled = [await paged(storage, notice, is_open) for is_open in (True, False)]
    assert all(r.is_open for r in open_)
    assert not any(r.is_open for r in fulfilled)
    assert [r.sort_key for r in open_] == sorted(r.sort_key for r in open_)
    assert [r.sort_key for r in fulfilled] == sorted(r.sort_key for r in fulfilled)
    assert sorted(map(bare, open_ + fulfilled), key=lambda r: r.sort_key) == story.outcome
    assert await storage.receipts.totals(notice) == Totals.of(story.outcome)


async def one_after_the_other(storage: Storage, story: Story, notice: str) -> None:
    await storage.receipts.add(story.receipts)
    for batch in story.batches:
        answers = await storage.receipts.fold(batch)
        assert [answer.change for answer in answers] == list(batch)
    await check(storage, story, notice)


async def all_at_once(storage: Storage, story: Story, notice: str) -> None:
    await storage.receipts.add(story.receipts)
    await asyncio.gather(*(storage.receipts.fold(batch) for batch in story.batches))
    await check(storage, story, notice)


async def in_the_middle_of_fan_out(storage: Storage, story: Story, notice: str) -> None:
    """Receipts arrive in two halves, the second beside the taps; what came too early for one is folded again."""
    half = len(story.receipts) // 2
    await storage.receipts.add(story.receipts[:half])
    folds = (storage.receipts.fold(batch) for batch in story.batches)
    await asyncio.gather(storage.receipts.add(story.receipts[half:]), *folds)
    await asyncio.gather(*(storage.receipts.fold(batch) for batch in reversed(story.batches)))
    await check(storage, story, notice)


Telling = Callable[[Storage, Story, str], Coroutine[Any, Any, None]]


def tell(home: str, directory: Path, telling: Telling, told: st.SearchStrategy[Story]) -> None:
    """Tell many stories to one home, each about a notice of its own."""
    numbers = count()
    with asyncio.Runner() as runner:
        opened = HOMES[home](directory)
        storage = runner.run(_enter(opened))
        try:

            @settings(max_examples=EXAMPLES[home], deadline=None, suppress_health_check=list(HealthCheck))
            @given(told)
            def play(story: Story) -> None:
                notice = f"notice-{next(numbers)}"
                runner.run(telling(storage, story.of(notice), notice))

            play()
        finally:
            runner.run(_leave(opened))


async def _enter(opened: Any) -> Storage:
    storage: Storage = await opened.__aenter__()
    return storage


async def _leave(opened: Any) -> None:
    await opened.__aexit__(None, None, None)


@pytest.mark.parametrize("home", sorted(HOMES))
def test_any_order_repetition_and_batching_gives_the_pure_fold(home: str, tmp_path: Path) -> None:
    tell(home, tmp_path, one_after_the_other, stories())


@pytest.mark.parametrize("home", sorted(HOMES))
def test_taps_folded_by_many_at_once_give_the_pure_fold(home: str, tmp_path: Path) -> None:
    tell(home, tmp_path, all_at_once, stories(with_reach=False))


@pytest.mark.parametrize("home", sorted(HOMES))
def test_taps_beside_the_fan_out_give_the_pure_fold(home: str, tmp_path: Path) -> None:
    tell(home, tmp_path, in_the_middle_of_fan_out, stories(with_reach=False))


def test_the_story_itself_does_not_depend_on_the_order_of_taps() -> None:
    """The ruler is straight: the pure fold of the models gives one outcome for every order."""

    @given(stories(with_reach=False), st.randoms(use_true_random=False))
    def play(story: Story, random: Any) -> None:
        shuffled: list[Change] = list(story.log)
        random.shuffle(shuffled)
        assert [fold(r, shuffled) for r in story.receipts] == [fold(r, story.log) for r in story.receipts]

    play()


def fold(receipt: Receipt, changes: Sequence[Change]) -> Receipt:
    for change in changes:
        receipt = receipt.after(change)
    return bare(receipt)
