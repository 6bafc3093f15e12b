"""What whoever sends is told without asking: everyone has confirmed, the deadline passed, something did not go out."""

from __future__ import annotations

from typing import Any

import pytest

from bot.channels.base import Failure, SendError
from handlers.buttons import pack
from handlers.context import Quota
from handlers.errors import TooLongError
from handlers.replies import NoticeCard, Panel, load
from storage.base import Storage
from storage.models import Notice, NoticeMark, OutgoingState, Role
from tests.factories import make_address
from tests.flows.test_taps import publish
from tests.flows.test_times import LETTER, confirm, newest, press, press_report, school, send, until
from tests.stage import ADMIN, START, FakePlatform, Stage, found_school, make_stage, user


async def sent(storage: Storage, children: int = 3, **fields: Any) -> tuple[Stage, Notice]:
    """A notice that has gone out; all mothers but the last one's are registered."""
    await found_school(storage, children)
    stage = make_stage(storage)
    notice = await publish(storage, **{"sender": "admin", **fields})
    await stage.run_due()
    return stage, notice


async def register_the_last(stage: Stage, number: int = 3) -> None:
    await stage.storage.contacts.attach(f"c{number}", make_address(user(number), state_at=stage.clock.now()))


async def later(stage: Stage, **by: float) -> list[str]:
    """Time passes; what was reported by then."""
    stage.clock.advance(**by)
    await stage.run_due()
    return stage.platform.reports()


def last_panel(stage: Stage) -> Panel:
    key, _ = stage.platform.unasked[-1]
    (panel,) = load(stage.platform.bodies[key]).messages
    assert isinstance(panel, Panel)
    return panel


async def reread(stage: Stage, notice: Notice) -> Notice:
    return (await stage.storage.notices.get([notice.id]))[notice.id]


# Everyone has confirmed


async def test_the_sender_is_told_once_that_everyone_has_confirmed_and_when(storage: Storage) -> None:
    stage, notice = await sent(storage)
    await register_the_last(stage)
    await confirm(stage, notice, 1, 2)
    assert await later(stage, minutes=1) == []

    await confirm(stage, notice, 3)
    stage.clock.advance(minutes=7)
    (said,) = await later(stage, minutes=1)
    assert said.splitlines() == [
        "全員が確認しました",
        "#1 避難訓練",
        "全 3人が確認しました。最後の確認は 11/20(金) 18:01 です。",
        "[確認した人を見る]",
    ]
    assert "確認済み" in await press_report(stage, "確認した人")
    await later(stage, days=40)
    assert len(stage.platform.reports()) == 1
    assert (await reread(stage, notice)).settled_at is not None


async def test_a_tap_that_comes_again_reports_nothing_again(storage: Storage) -> None:
    stage, notice = await sent(storage, 2)
    await register_the_last(stage, 2)
    await confirm(stage, notice, 1, 2)
    await later(stage, seconds=5)
    await confirm(stage, notice, 1, 100)
    assert len(await later(stage, minutes=9)) == 1


async def test_at_night_it_waits_for_the_morning(storage: Storage) -> None:
    stage, notice = await sent(storage, 2)
    await register_the_last(stage, 2)
    until(stage, 11, 20, 22)
    await confirm(stage, notice, 1, 2)
    assert await later(stage, hours=8) == []
    (said,) = await later(stage, hours=1)
    assert "最後の確認は 11/20(金) 22:00 です" in said


async def test_of_an_urgent_notice_it_is_told_at_night_too(storage: Storage) -> None:
    stage, notice = await sent(storage, 2, urgent=True)
    await register_the_last(stage, 2)
    until(stage, 11, 20, 22)
    await confirm(stage, notice, 1, 2)
    assert len(await later(stage, seconds=5)) == 1


async def test_two_processes_tell_it_once(storage: Storage) -> None:
    stage, notice = await sent(storage, 2)
    await register_the_last(stage, 2)
    await confirm(stage, notice, 1, 2)
    for _ in range(2):
        await make_stage(storage, stage.platform, stage.clock).run_due()
    assert len(stage.platform.reports()) == 1


async def test_a_notice_to_nobody_is_reported_to_nobody(storage: Storage) -> None:
    await found_school(storage)
    stage = make_stage(storage)
    notice = await publish(storage, audience={"groups": ("9年Z組",)})
    assert await later(stage, hours=1) == []
    assert (await reread(stage, notice)).settled_at is not None


# The deadline


async def test_after_the_deadline_the_sender_gets_the_names_and_the_next_steps(storage: Storage) -> None:
    stage, notice = await sent(storage, 15, deadline_at=START.replace(hour=10))
    await confirm(stage, notice, 1)
    assert await later(stage, hours=1) == []

    (said,) = await later(stage, minutes=1)
    assert said.startswith("締切になりました\n#1 避難訓練\n確認済み 1 · 未確認 14(うち届いていない 1) · 全 15\n")
    assert "児童2 まだ押していない" in said
    assert said.count("児童") == 10
    assert "ほか 4人" in said
    assert "未確認 14人" in await press_report(stage, "まだの人を見る")
    assert "送る相手 13人 = 13通" in await press_report(stage, "催促する")
    assert len(await later(stage, hours=1)) == 1


async def test_with_few_left_all_are_named_with_their_reasons(storage: Storage) -> None:
    stage, notice = await sent(storage, 3, deadline_at=START.replace(hour=10))
    await confirm(stage, notice, 1)
    (said,) = await later(stage, hours=1, minutes=1)
    assert "児童2 まだ押していない" in said
    assert "児童3 未登録" in said
    assert "ほか" not in said


async def test_when_nobody_is_left_the_deadline_brings_no_second_report(storage: Storage) -> None:
    stage, notice = await sent(storage, 2, deadline_at=START.replace(hour=10))
    await register_the_last(stage, 2)
    await confirm(stage, notice, 1, 2)
    stage.clock.advance(hours=1, minutes=2)
    (said,) = await later(stage, minutes=1)
    assert "全員が確認しました" in said


async def test_who_confirms_last_after_the_deadline_is_told_too(storage: Storage) -> None:
    stage, notice = await sent(storage, 2, deadline_at=START.replace(hour=10))
    await register_the_last(stage, 2)
    await confirm(stage, notice, 1)
    await later(stage, hours=1, minutes=5)
    await confirm(stage, notice, 2)
    overdue, completed = await later(stage, seconds=5)
    assert overdue.startswith("締切になりました")
    assert completed.startswith("全員が確認しました")


async def test_a_deadline_in_the_night_is_reported_in_the_morning_as_it_stands_then(storage: Storage) -> None:
    stage, notice = await sent(storage, 2, deadline_at=START.replace(hour=13))
    await register_the_last(stage, 2)
    until(stage, 11, 20, 22, 30)
    assert await later(stage, minutes=1) == []
    await confirm(stage, notice, 1)
    until(stage, 11, 21, 7)
    (said,) = await later(stage, seconds=1)
    assert "確認済み 1 · 未確認 1" in said


@pytest.mark.parametrize("mark", [NoticeMark.CLOSED, NoticeMark.CANCELLED])
async def test_a_notice_that_ended_is_not_reported_on(storage: Storage, mark: NoticeMark) -> None:
    stage, notice = await sent(storage, deadline_at=START.replace(hour=10))
    await storage.notices.mark(notice.id, mark, stage.clock.now())
    assert await later(stage, hours=2) == []
    assert (await reread(stage, notice)).settled_at is not None


async def test_a_notice_that_expired_is_not_reported_on(storage: Storage) -> None:
    at = START.replace(hour=10)
    stage, notice = await sent(storage, deadline_at=at, expires_at=at)
    assert await later(stage, hours=2) == []
    assert (await reread(stage, notice)).settled_at is not None


async def test_a_notice_stopped_half_way_is_not_reported_on(storage: Storage) -> None:
    stage = await school(storage)
    await stage.say(ADMIN, LETTER)
    await press(stage, "に送る")
    notice = await newest(stage)
    await storage.notices.mark(notice.id, NoticeMark.STOPPED, stage.clock.now())
    assert await later(stage, days=11) == []
    assert (await reread(stage, notice)).settled_at is not None


async def test_a_notice_stopped_after_it_went_out_is_reported_on_but_not_chased(storage: Storage) -> None:
    stage, notice = await sent(storage, deadline_at=START.replace(hour=10))
    await storage.notices.mark(notice.id, NoticeMark.STOPPED, stage.clock.now())
    assert len(await later(stage, hours=2)) == 1
    assert [b.label for b in last_panel(stage).buttons] == ["まだの人を見る"]


@pytest.mark.parametrize(("deadline", "days"), [(None, 30), (START.replace(day=22), 32)])
async def test_a_notice_is_watched_for_thirty_days(storage: Storage, deadline: Any, days: int) -> None:
    stage, notice = await sent(storage, deadline_at=deadline)
    await later(stage, days=days, seconds=-1)
    assert (await reread(stage, notice)).settled_at is None
    await later(stage, seconds=1)
    assert (await reread(stage, notice)).settled_at is not None


# What did not go out


async def test_who_was_refused_is_reported_when_the_last_call_is_settled(storage: Storage) -> None:
    await found_school(storage)
    stage = make_stage(storage, FakePlatform(bad=user(2)))
    await publish(storage, sender="admin")
    await stage.run_due()
    (said,) = await later(stage, seconds=1)
    assert said.splitlines() == [
        "送れなかった人がいます",
        "#1 避難訓練",
        "お知らせの送信が終わりました。受け付け 2人",
        "1人には、LINEなどに断られて送れませんでした。",
        "[まだの人と理由を見る]",
    ]
    assert "児童2 送れませんでした" in await press_report(stage, "まだの人と理由")
    assert len(await later(stage, hours=1)) == 1
    assert await storage.mailings.unsettled(stage.clock.now(), 10) == []


async def test_who_confirmed_before_her_own_copy_went_is_no_trouble(storage: Storage) -> None:
    await found_school(storage)
    stage = make_stage(storage)
    notice = await publish(storage, sender="admin", body="{名前}さんの上ばき")
    await confirm(stage, notice, 2)
    assert await later(stage, seconds=1) == []
    assert (await storage.outbox.progress("n1")).people == {OutgoingState.ACCEPTED: 2, OutgoingState.DROPPED: 1}


async def test_nothing_is_told_while_a_call_may_still_be_repeated(storage: Storage) -> None:
    await found_school(storage)
    stage = make_stage(storage, FakePlatform(failures=[(SendError(Failure.UNKNOWN, "timeout"), False)]))
    await publish(storage, sender="admin")
    await stage.run_due()
    assert stage.platform.reports() == []
    assert await later(stage, minutes=10) == []
    assert await storage.mailings.unsettled(stage.clock.now(), 10) == []


async def test_what_was_given_up_is_told_with_the_reason(storage: Storage) -> None:
    await found_school(storage)
    wrong = SendError(Failure.UNAUTHORIZED, "401; wrong token"), False
    stage = make_stage(storage, FakePlatform(failures=[wrong] * 2000))
    await publish(storage, sender="admin")
    await stage.run_due()
    assert await storage.outbox.drop("n1", stage.clock.now(), "broken") == 3
    stage.platform.failures.clear()
    (said,) = await later(stage, hours=1)
    assert "テンプレートかアカウントに問題があり、3人には送りませんでした" in said


async def test_a_stop_is_not_reported_to_who_stopped(storage: Storage) -> None:
    await found_school(storage)
    stage = make_stage(storage, FakePlatform(failures=[(SendError(Failure.RATE_LIMITED, "429"), False)]))
    await publish(storage, sender="admin")
    await stage.run_due()
    await stage.say(ADMIN, "/送信中止")
    await press(stage, "送信を止める")
    assert await later(stage, hours=1) == []
    assert await storage.mailings.unsettled(stage.clock.now(), 10) == []


async def test_who_ordered_a_reminder_is_told_what_came_of_it(storage: Storage) -> None:
    stage, _ = await sent(storage)
    await storage.contacts.set_role("c2", Role.SENDER)
    await stage.say(user(2), "/催促 1")
    await press(stage, "もう一度送る", user(2))
    stage.platform.bad = user(1)
    await stage.run_due()
    await later(stage, seconds=1)
    assert stage.platform.reports() == []
    (said,) = stage.platform.reports(user(2))
    assert "催促の送信が終わりました。受け付け 2人" in said
    assert "1人には、LINEなどに断られて" in said


async def test_two_reminders_that_were_missed_are_told_together(storage: Storage) -> None:
    stage = await school(storage)
    await send(stage)
    until(stage, 11, 30, 17, 45)  # the bot did not run
    (said,) = await later(stage, seconds=1)
    assert "11/29 18:00 の自動催促は" in said
    assert "11/30 7:30 の自動催促は" in said
    assert "まだの人は 3人です" in said
    await later(stage, minutes=20)
    assert "11/30 7:30 の自動催促は" in stage.platform.reports()[1]  # that of the deadline


async def test_a_notice_that_cannot_be_made_any_more_is_told(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = await school(storage)
    await stage.say(ADMIN, LETTER)
    await press(stage, "に送る")

    def too_long(self: FakePlatform, card: NoticeCard) -> bytes:
        raise TooLongError("too-long-card", limit=30, length=31)

    monkeypatch.setattr(FakePlatform, "prepare", too_long)
    (said,) = await later(stage, seconds=1)
    assert "お知らせが長すぎて作れなかったため" in said
    assert len(await later(stage, days=1)) == 1


# The month is used up


async def test_when_the_month_is_used_up_the_sender_learns_who_waits_and_what_to_do(storage: Storage) -> None:
    await found_school(storage)
    used_up = SendError(Failure.OUT_OF_QUOTA, "429; You have reached your monthly limit."), False
    stage = make_stage(storage, FakePlatform(failures=[used_up] * 100, month=Quota(200, 200)))
    await publish(storage, sender="admin")
    await stage.run_due()
    assert stage.platform.delivered() == []

    said = await stage.say(ADMIN, "/ヘルプ")  # it goes with whatever answer is free
    assert "今月の通数を使い切りました\n#1 避難訓練\n3人への送信が待っています。" in said
    assert "プランを上げるか、月が変わると" in said
    assert "電話" in said
    await later(stage, hours=1)
    assert "使い切りました" not in await stage.say(ADMIN, "/ヘルプ")

    stage.platform.failures.clear()
    await later(stage, hours=2)
    assert (await storage.outbox.progress("n1")).people == {OutgoingState.ACCEPTED: 3}


async def test_buttons_of_reports_name_the_notice(storage: Storage) -> None:
    stage, notice = await sent(storage, deadline_at=START.replace(hour=10))
    await later(stage, hours=2)
    assert [b.data for b in last_panel(stage).buttons] == [
        pack("pending", notice.number),
        pack("remind", notice.number),
    ]
