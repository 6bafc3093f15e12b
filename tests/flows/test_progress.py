"""How far a large sending is, and why something is late, as whoever sends is shown it."""

from __future__ import annotations

from typing import Any

import pytest

from bot.channels.base import Failure, SendError
from handlers.progress import LARGE
from handlers.replies import Bar, Panel
from storage.base import Storage
from storage.models import Member, Notice, OutgoingState, Settlement
from tests.factories import make_address, make_contact
from tests.flows.test_stops import button
from tests.flows.test_taps import publish
from tests.flows.test_times import LETTER, press
from tests.stage import ADMIN, FakePlatform, Stage, found_school, make_stage, user

# Hundreds of people in a conversation: what each home counts is tried beside it (tests/storage).
pytestmark = pytest.mark.parametrize("storage", ["sqlite"], indirect=True)


async def crowd(storage: Storage, people: int) -> Stage:
    """1年A組 has grown to so many families, all registered."""
    await found_school(storage, 1)
    stage = make_stage(storage)
    extra = range(people - 1)
    await storage.members.put([Member(id=f"n{n:05}", name=f"児童{n}", groups=("1年A組",)) for n in extra])
    await storage.contacts.put(
        [make_contact(f"d{n:05}", members=(f"n{n:05}",), addresses=(make_address(user(1000 + n)),)) for n in extra]
    )
    return stage


async def begun(storage: Storage, people: int = 1200, **fields: Any) -> tuple[Stage, Notice]:
    """A notice to a crowd; its first call went out, and took four seconds."""
    stage = await crowd(storage, people)
    notice = await publish(storage, sender="admin", contacts=people, members=people, **fields)
    await accept(stage, 1, seconds=4)
    return stage, notice


async def accept(stage: Stage, calls: int, **by: float) -> None:
    outbox, now = stage.storage.outbox, stage.clock.now()
    claimed = await outbox.claim("line", 1, now, calls)
    for call in claimed:
        await outbox.begin(call.id, 1, now, call.recipients)
    stage.clock.advance(**by)
    for call in claimed:
        await outbox.settle(Settlement(call.id, OutgoingState.ACCEPTED, stage.clock.now()), 1)


def first_panel(stage: Stage) -> Panel:
    panel = stage.platform.given[-1][1].messages[0]
    assert isinstance(panel, Panel)
    return panel


async def test_status_shows_how_far_a_large_sending_is(storage: Storage) -> None:
    stage, _ = await begun(storage)
    said = await stage.say(ADMIN, "/状況")
    assert said.startswith(
        "#1 避難訓練\n送信中 499人 / 1,200人(41%)\nあと約10秒\n確認済み 0 · 未確認 1,200 · 全 1,200\n"
    )
    assert first_panel(stage).bar == Bar(499, 1200)
    assert "送信:受け付け 499 · 送信待ち 701" in said

    await accept(stage, 1)
    said = await press(stage, "もう一度見る")
    assert said.splitlines()[:4] == ["#1 避難訓練", "送信中 999人 / 1,200人(83%)", "あと約10秒", "[もう一度見る]"]
    await accept(stage, 1)
    said = await press(stage, "もう一度見る")
    assert "送信中" not in said
    assert "確認済み 0" in said


async def test_how_long_it_takes_is_said_when_there_is_enough_to_go_by(storage: Storage) -> None:
    stage = await crowd(storage, 1200)
    await publish(storage, contacts=1200)
    assert "あと" not in await stage.say(ADMIN, "/状況")
    await accept(stage, 1, seconds=2)
    assert "送信中 499人" in await stage.say(ADMIN, "/状況")
    assert "あと" not in await stage.say(ADMIN, "/状況")
    stage.clock.advance(seconds=98)
    assert "あと約2分" in await stage.say(ADMIN, "/状況")


async def test_who_is_not_counted_yet_is_taken_from_the_roster(storage: Storage) -> None:
    stage = await crowd(storage, 700)
    stage.platform.month = None
    await stage.say(ADMIN, LETTER)
    await press(stage, "に送る")
    stage.clock.advance(seconds=31)
    assert "送信中 0人 / 700人(0%)" in await stage.say(ADMIN, "/状況")


async def test_a_small_sending_needs_no_bar(storage: Storage) -> None:
    stage = await crowd(storage, 40)
    await publish(storage, contacts=40)
    said = await stage.say(ADMIN, "/状況")
    assert "送信:受け付け 0 · 送信待ち 40" in said
    assert "もう一度見る" not in said


@pytest.mark.parametrize(("people", "is_offered"), [(LARGE, False), (LARGE + 1, True)])
async def test_a_large_notice_and_its_reminder_offer_to_look_on(
    storage: Storage, people: int, *, is_offered: bool
) -> None:
    stage = await crowd(storage, people)
    stage.platform.month = None
    await stage.say(ADMIN, LETTER)
    said = await press(stage, "に送る")
    assert ("[進みぐあいを見る]" in said) == is_offered
    stage.clock.advance(minutes=1)
    await stage.run_due()
    await stage.say(ADMIN, "/催促")
    said = await press(stage, "もう一度送る")
    assert ("[進みぐあいを見る]" in said) == is_offered
    if is_offered:
        data = button(stage, "進みぐあい")
        await stage.arrive(stage.press(ADMIN, data))
        assert "催促を送信中 0人(全体の人数は、まだ数えています)" in stage.platform.said()


# Late


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (None, "混み合っているため、順番に送っています"),
        (Failure.RATE_LIMITED, "LINEなどが混み合っているため、間をあけて"),
        (Failure.UNKNOWN, "LINEなどが受け付けないため、くり返し"),
        (Failure.OUT_OF_QUOTA, "今月の通数を使い切りました。プランを上げると、自動で続きを"),
        (Failure.UNAUTHORIZED, "送信の設定(認証)に誤りがあります。ボットの運用担当に"),
    ],
)
async def test_what_is_two_minutes_late_is_shown_with_the_reason(
    storage: Storage, failure: Failure | None, words: str
) -> None:
    await found_school(storage)
    stage = make_stage(storage, FakePlatform(month=None))
    await publish(storage, sender="admin")
    if failure is not None:
        stage.platform.failures = [(SendError(failure, "why"), False)] * 500
        await stage.run_due()
    stage.clock.advance(seconds=119)
    assert words not in await stage.say(ADMIN, "/状況")
    stage.clock.advance(seconds=1)
    said = await stage.say(ADMIN, "/状況")
    assert words in said
    assert "3人への送信が" in said
    stage.platform.failures.clear()
    stage.clock.advance(hours=2)
    await stage.run_due()
    assert words not in await stage.say(ADMIN, "/状況")


async def test_a_late_sending_is_not_said_to_take_a_while(storage: Storage) -> None:
    stage, _ = await begun(storage)
    stage.clock.advance(minutes=3)
    await stage.say(ADMIN, "/状況")
    shown = first_panel(stage)
    assert shown.paragraphs[:2] == (
        "送信中 499人 / 1,200人(41%)",
        "701人への送信が遅れています。混み合っているため、順番に送っています。",
    )


async def test_a_sending_that_has_not_begun_in_time_is_shown(storage: Storage) -> None:
    stage = await crowd(storage, 10)
    await stage.say(ADMIN, LETTER)
    await press(stage, "に送る")
    stage.clock.advance(seconds=119)
    assert "まだ始まっていません" not in await stage.say(ADMIN, "/状況")
    stage.clock.advance(seconds=1)
    assert "11/20(金) 18:00 からの送信が、まだ始まっていません" in await stage.say(ADMIN, "/状況")


async def test_what_is_late_elsewhere_is_not_said_of_this_notice(storage: Storage) -> None:
    stage, _ = await begun(storage)
    await publish(storage, id="n2", sender="admin")
    stage.clock.advance(minutes=3)
    await storage.outbox.drop("n2", stage.clock.now(), "stopped")
    assert "遅れています" not in await stage.say(ADMIN, "/状況 2")
