"""A tap is never lost, never counted twice, and carries the time of the tap."""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from handlers import acknowledge
from handlers.fan_out import Publisher, fan_out
from storage.base import Storage
from storage.models import (
    Acknowledgement,
    Audience,
    Notice,
    NoticeMark,
    Outcome,
    Receipt,
    Totals,
)
from tests.factories import make_mailing, make_member, make_notice
from tests.stage import ORGANIZATION, START, FakePlatform, found_school, user, words_of
from tests.storage.homes import EXAMPLES, HOMES


async def publish(storage: Storage, platform: FakePlatform | None = None, **fields: Any) -> Notice:
    """A notice to 1年A組, fanned out."""
    notice = await storage.notices.add(
        make_notice(**{"id": "n1", "created_at": START, "audience": Audience(groups=("1年A組",)), **fields})
    )
    mailing = await storage.mailings.add(make_mailing(notice.id, created_at=START, due_at=START))
    publisher = Publisher(storage, ORGANIZATION, {"line": platform or FakePlatform()})
    while not await fan_out(mailing, publisher, START):
        pass
    return notice


def tap(number: int, *, event: str = "", minutes: float = 1, **fields: Any) -> Acknowledgement:
    """`user(number)` taps so many minutes after the notice."""
    at = START + timedelta(minutes=minutes)
    given = {"channel": "line", "user": user(number), "notice": "n1", "version": 1, "choice": "ok"}
    return Acknowledgement(**{"id": event or f"tap-{number}-{minutes}", "at": at, "received_at": at, **given, **fields})


async def take(storage: Storage, *taps: Acknowledgement) -> list[acknowledge.Judgement]:
    """Append, then fold, as the bot does."""
    await storage.append(taps, [])
    return await acknowledge.settle(taps, storage)


async def receipts_of(storage: Storage, notice: str = "n1") -> list[Receipt]:
    """All of them."""
    pages = [await storage.receipts.page(notice, is_open, "", 1000) for is_open in (True, False)]
    return sorted((r for page in pages for r in page), key=lambda r: r.sort_key)


def said(judgement: acknowledge.Judgement) -> str:
    """The answer."""
    return words_of(acknowledge.answer(judgement, ORGANIZATION, START))


async def test_first_tap_fulfils_at_the_time_of_the_tap(storage: Storage) -> None:
    await found_school(storage)
    await publish(storage)

    (judged,) = await take(storage, tap(1, minutes=7))

    assert judged.outcome is Outcome.COUNTED
    receipt = next(r for r in await receipts_of(storage) if r.member == "m1")
    assert receipt.fulfilment is not None
    assert receipt.fulfilment[1].at == START + timedelta(minutes=7)
    assert "受け付けました" in said(judged)
    assert "18:07" in said(judged)
    assert "児童1" in said(judged)


async def test_second_tap_is_thanked_but_not_counted(storage: Storage) -> None:
    await found_school(storage)
    await publish(storage)
    await take(storage, tap(1, minutes=3))

    (judged,) = await take(storage, tap(1, minutes=9))

    assert judged.outcome is Outcome.REPEATED
    assert "すでに受け付けています" in said(judged)
    assert "18:03" in said(judged), "the time told is that of the first tap"
    assert (await storage.receipts.totals("n1")).confirmed == 1


async def test_redelivered_tap_gets_its_original_answer(storage: Storage) -> None:
    await found_school(storage)
    await publish(storage)
    first = tap(1, minutes=3)
    await take(storage, first)
    arrived = (await storage.append([first], []))[0]

    again = replace(first, applied=arrived.applied, outcome=arrived.outcome)
    (judged,) = await acknowledge.settle([again], storage)

    assert not arrived.is_new
    assert judged.outcome is Outcome.COUNTED
    assert "ありがとうございます" in said(judged)


async def test_tap_that_arrives_late_counts_by_its_own_time(storage: Storage) -> None:
    await found_school(storage)
    await publish(storage)
    await storage.notices.mark("n1", NoticeMark.CLOSED, START + timedelta(minutes=60))

    at_17_59 = tap(1, minutes=59, received_at=START + timedelta(minutes=65))
    (counted,) = await take(storage, at_17_59)
    (late,) = await take(storage, tap(2, minutes=61))

    assert counted.outcome is Outcome.COUNTED
    assert late.outcome is Outcome.CLOSED
    assert "受付は終わっています" in said(late)


async def test_tap_after_the_deadline_counts_and_says_so(storage: Storage) -> None:
    await found_school(storage)
    await publish(storage, deadline_at=START + timedelta(minutes=30))

    (judged,) = await take(storage, tap(1, minutes=31))

    assert judged.outcome is Outcome.COUNTED
    assert "締切を過ぎています" in said(judged)


@pytest.mark.parametrize(
    ("fields", "outcome", "sentence"),
    [
        ({"user": user(999)}, Outcome.STRANGER, "登録がお済みでない"),
        ({"notice": "elsewhere"}, Outcome.FOREIGN, "いまの「みどり小学校」のお知らせのものではありません"),
        ({"version": 2}, Outcome.FOREIGN, "お知らせのものではありません"),
        ({"choice": "forged"}, Outcome.FOREIGN, "お知らせのものではありません"),
    ],
    ids=["stranger", "another-organisation", "version-not-made-yet", "choice-never-offered"],
)
async def test_tap_that_cannot_count_is_answered_kindly_and_kept(
    storage: Storage, fields: dict[str, Any], outcome: Outcome, sentence: str
) -> None:
    await found_school(storage)
    await publish(storage)
    entry = tap(1, **fields)

    (judged,) = await take(storage, entry)

    assert judged.outcome is outcome
    assert sentence in said(judged)
    assert "03-1234-5678" in said(judged)
    kept = await storage.acknowledgements.get([entry.id])
    assert kept[entry.id].outcome == outcome
    assert (await storage.receipts.totals("n1")).confirmed == 0


async def test_tap_of_somebody_who_is_no_recipient_reveals_nothing(storage: Storage) -> None:
    await found_school(storage)
    await publish(storage, audience=Audience(groups=("2年B組",)))

    (judged,) = await take(storage, tap(1))

    assert judged.outcome is Outcome.NOT_RECIPIENT
    assert "あなたあてのお知らせではない" in said(judged)


async def test_tap_on_an_old_version_brings_the_new_text(storage: Storage) -> None:
    await found_school(storage)
    await publish(storage, version=2, body="新しい本文")

    (judged,) = await take(storage, tap(1, version=1))

    assert judged.outcome is Outcome.OUTDATED
    assert "新しい本文" in said(judged)


@pytest.mark.parametrize(
    ("mark", "fields", "sentence"),
    [
        (NoticeMark.CANCELLED, {}, "取り下げられました"),
        (None, {"expires_at": START + timedelta(minutes=5)}, "期限が過ぎています"),
    ],
    ids=["cancelled", "expired"],
)
async def test_tap_on_what_is_over_is_told_so(
    storage: Storage, mark: NoticeMark | None, fields: dict[str, Any], sentence: str
) -> None:
    await found_school(storage)
    await publish(storage, **fields)
    if mark:
        await storage.notices.mark("n1", mark, START + timedelta(minutes=5))

    (judged,) = await take(storage, tap(1, minutes=6))

    assert sentence in said(judged)
    assert (await storage.receipts.totals("n1")).confirmed == 0


async def test_fathers_answer_tells_nothing_of_the_mothers(storage: Storage) -> None:
    await found_school(storage)
    await publish(storage)
    await take(storage, tap(1, minutes=2))

    (fathers,) = await take(storage, tap(100, minutes=8))

    assert fathers.outcome is Outcome.COUNTED
    assert "18:08" in said(fathers)
    assert "18:02" not in said(fathers)
    assert (await storage.receipts.totals("n1")).confirmed == 1


@pytest.mark.parametrize("minutes", [-6, 4000], ids=["before the notice", "far in the future"])
async def test_unbelievable_time_is_replaced_by_the_time_of_receipt(storage: Storage, minutes: int) -> None:
    await found_school(storage)
    await publish(storage)
    received = START + timedelta(minutes=10)

    (judged,) = await take(storage, tap(1, minutes=minutes, received_at=received))

    (receipt,) = judged.receipts
    assert receipt.answers["c1"].first.at == received


async def test_answer_can_be_changed_and_the_last_one_stands(storage: Storage) -> None:
    await found_school(storage)
    await publish(storage, choices=("出席", "欠席"))
    await take(storage, tap(1, minutes=1, choice="出席"))

    (judged,) = await take(storage, tap(1, minutes=2, choice="欠席"))

    assert judged.outcome is Outcome.CHANGED
    assert "いまのお返事は「欠席」です" in said(judged)
    assert (await storage.receipts.totals("n1")).answers == {"欠席": 1}


TAPS = st.lists(
    st.builds(
        tap,
        st.sampled_from([1, 2, 100, 999]),
        minutes=st.integers(1, 50).map(lambda n: n / 10),
    ),
    min_size=1,
    max_size=12,
)


@pytest.mark.parametrize("home", sorted(HOMES))
def test_any_order_and_duplication_of_taps_and_follows_gives_the_same_receipts(home: str) -> None:
    """Compared with the plain rule: each contact's earliest tap, whatever the order of arrival."""

    @settings(max_examples=EXAMPLES[home], deadline=None)
    @given(TAPS, st.integers(0, 2**32))
    def check(taps: list[Acknowledgement], seed: int) -> None:
        with tempfile.TemporaryDirectory() as directory:
            asyncio.run(_shuffled(home, Path(directory), taps, seed))

    check()


async def _shuffled(home: str, directory: Path, taps: Sequence[Acknowledgement], seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311
    arrivals = [*taps, *taps, *taps]
    dice.shuffle(arrivals)
    async with HOMES[home](directory) as storage:
        await found_school(storage)
        await publish(storage)
        while arrivals:
            size = dice.randint(1, 5)
            batch, arrivals = arrivals[:size], arrivals[size:]
            await take(storage, *batch)
        receipts = {r.member: r for r in await receipts_of(storage)}
        assert await storage.receipts.totals("n1") == Totals.of(receipts.values())
    people = {"c1": 1, "c2": 2, "c1f": 100}
    for contact, number in people.items():
        own = [t for t in taps if t.user == user(number)]
        answer = receipts["m2" if contact == "c2" else "m1"].answers.get(contact)
        assert (answer is None) == (not own)
        if answer and own:
            assert answer.first.order == min((t.at, t.id) for t in own)
            assert answer.last.order == max((t.at, t.id) for t in own)


async def test_every_member_has_a_receipt_even_without_a_contact(storage: Storage) -> None:
    await found_school(storage)
    await storage.members.put([make_member("alone", groups=("1年A組",))])

    await publish(storage)

    totals = await storage.receipts.totals("n1")
    assert (totals.all, totals.unconfirmed, totals.unreached) == (4, 4, 2)
