"""What an administrator changes: /催促, /終了, /送信中止, /取り下げ, 中止."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from handlers import buttons
from handlers.commands import close, listing, remind, stop, withdraw
from handlers.context import Context, Quota
from handlers.events import Command
from handlers.replies import Reply
from storage.models import Audience, AuditEntry, Notice, OutgoingState, Purpose, Reach
from tests.handlers.commands_house import START, House, button, opened, panel, said

Handler = Callable[[Command, Context], Awaitable[Reply]]


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with opened(tmp_path) as house:
        for i in range(1, 5):
            await house.member(f"生徒{i}", kana=f"{i}", contacts=(f"p{i}",))
        await house.member("生徒5", kana="5")
        await house.contact("p5", ("生徒5",), is_registered=False)
        yield house


@pytest.fixture
async def notice(house: House) -> Notice:
    """Sent to four; one of them has confirmed, a fifth cannot be reached."""
    notice = await house.send()
    await house.tap(notice, "p1")
    house.later(hours=3)
    return notice


async def reminders(house: House, notice: Notice) -> list[str]:
    mailings = await house.storage.mailings.of_notice(notice.id)
    return [m.id for m in mailings if m.purpose is Purpose.REMINDER]


async def previewed(house: House) -> Reply:
    return await remind.remind(house.event("remind"), await house.context())


async def pressed(house: House, event: Command) -> Reply:
    handlers: dict[str, Handler] = {
        "remind-now": remind.remind_now,
        "close-now": close.close_now,
        "stop": stop.stop,
        "stop-now": stop.stop_now,
        "withdraw": withdraw.withdraw,
        "withdraw-now": withdraw.withdraw_now,
    }
    return await handlers[event.name](event, await house.context())


async def actions(house: House) -> list[AuditEntry]:
    return [e for e in await house.storage.audit.page(100) if e.action != "publish"]


# 催促


async def test_the_preview_shows_what_a_reminder_costs_and_sends_nothing(house: House, notice: Notice) -> None:
    answer = await previewed(house)
    text = said(answer)
    assert "まだの 4人 · 送る相手 3人 = 3通" in text
    assert "今月の残り 118通" in text
    assert "どの連絡先にも届かない人が 1人" in text
    assert "名簿の5人あて" in text
    assert [b.label for b in panel(answer).buttons] == ["3人にもう一度送る", "未確認の4人を見る"]
    assert await reminders(house, notice) == []


async def test_a_reminder_goes_to_those_who_have_not_confirmed(house: House, notice: Notice) -> None:
    answer = await pressed(house, house.press(button(await previewed(house), "もう一度送る")))
    assert "3人にもう一度送ります" in said(answer)
    await house.fan_out()
    await house.tap(notice, "p2")
    assert await house.deliver() == 2


async def test_the_button_of_a_preview_acts_once(house: House, notice: Notice) -> None:
    event = house.press(button(await previewed(house), "もう一度送る"))
    await pressed(house, event)
    await house.fan_out()
    await house.deliver()
    again = await pressed(house, replace(event, id="another press"))
    assert "二重には送りません" in said(again)
    assert len(await reminders(house, notice)) == 1
    await pressed(house, event)
    assert len(await reminders(house, notice)) == 1
    assert [e.action for e in await actions(house)] == ["remind"]


async def test_presses_at_the_same_time_send_once(house: House, notice: Notice) -> None:
    event = house.press(button(await previewed(house), "もう一度送る"))
    await asyncio.gather(*(pressed(house, replace(event, id=f"press {i}")) for i in range(5)))
    assert len(await reminders(house, notice)) == 1


async def test_a_later_preview_may_send_again_and_says_when_it_last_was(house: House, notice: Notice) -> None:
    await pressed(house, house.press(button(await previewed(house), "もう一度送る")))
    await house.fan_out()
    await house.deliver()
    house.later(hours=1)
    answer = await previewed(house)
    assert "催促は 1回送っています(最後は 11/29(日) 13:00)" in said(answer)
    await pressed(house, house.press(button(answer, "もう一度送る")))
    assert len(await reminders(house, notice)) == 2


async def test_a_reminder_that_is_still_going_out_is_not_ordered_twice(house: House, notice: Notice) -> None:
    await pressed(house, house.press(button(await previewed(house), "もう一度送る")))
    assert "前の催促をまだ送っている途中です" in said(await previewed(house))
    await house.fan_out()
    assert "前の催促をまだ送っている途中です(残り 3人)" in said(await previewed(house))


async def test_a_reminder_waits_until_the_notice_itself_has_gone_out(house: House) -> None:
    await house.order()
    assert "お知らせをまだ送っている途中です" in said(await previewed(house))
    await house.fan_out()
    await house.deliver(OutgoingState.SENDING, error="429; You have reached your monthly limit.")
    assert "お知らせをまだ送っている途中です(残り 4人)" in said(await previewed(house))


async def test_when_more_people_would_get_it_than_was_shown_a_new_preview_comes(house: House, notice: Notice) -> None:
    event = house.press(button(await previewed(house), "もう一度送る"))
    await house.register("p5")
    answer = await pressed(house, event)
    assert "もう一度お確かめください" in said(answer)
    assert await reminders(house, notice) == []
    await pressed(house, house.press(button(answer, "4人にもう一度送る")))
    assert len(await reminders(house, notice)) == 1


async def test_too_small_a_quota_is_said_with_the_choice(house: House, notice: Notice) -> None:
    house.platform.month = Quota(limit=200, used=198)
    answer = await previewed(house)
    assert "今月の残り 2通では、3人全員には足りません" in said(answer)
    assert [b.label for b in panel(answer).buttons] == ["未確認の4人を見る", "足りないが3人に送ってみる"]
    await pressed(house, house.press(button(answer, "送ってみる")))
    assert len(await reminders(house, notice)) == 1


async def test_a_reminder_that_takes_what_stays_for_urgent_notices_says_so(house: House, notice: Notice) -> None:
    everybody = (await house.storage.contacts.count(Audience(everyone=True)))[Reach.REACHABLE]
    house.platform.month = Quota(limit=200, used=200 - everybody)
    event = house.press(button(await previewed(house), "緊急用の残りも使って3人に送る"))
    assert f"緊急のお知らせを全員({everybody}人)に送る分に足りなくなります" in said(await previewed(house))
    await pressed(house, event)
    assert len(await reminders(house, notice)) == 1


async def test_a_reserve_that_was_touched_since_the_preview_is_asked_about(house: House, notice: Notice) -> None:
    event = house.press(button(await previewed(house), "もう一度送る"))
    house.platform.month = Quota(limit=200, used=196)
    assert "緊急用の残りも使って" in said(await pressed(house, event))
    assert await reminders(house, notice) == []


async def test_a_quota_that_shrank_since_the_preview_is_shown_before_anything_is_sent(
    house: House, notice: Notice
) -> None:
    event = house.press(button(await previewed(house), "もう一度送る"))
    house.platform.month = Quota(limit=200, used=199)
    assert "足りません" in said(await pressed(house, event))
    assert await reminders(house, notice) == []


@pytest.mark.parametrize(
    ("quota", "sentence"), [(None, "確かめられませんでした"), (Quota(limit=None, used=5), "上限はありません")]
)
async def test_a_quota_that_is_unknown_or_unlimited_is_said_so(
    house: House, notice: Notice, quota: Quota | None, sentence: str
) -> None:
    house.platform.month = quota
    assert sentence in said(await previewed(house))


async def test_nobody_is_reminded_when_everyone_has_confirmed(house: House) -> None:
    await house.member("一人", group="2年B組")
    await house.contact("solo", ("一人",), group="2年B組")
    notice = await house.send(groups=("2年B組",))
    await house.tap(notice, "solo")
    assert "催促する相手はいません" in said(await previewed(house))


async def test_when_nobody_left_can_be_reached_that_is_said(house: House, notice: Notice) -> None:
    for contact in ("p2", "p3", "p4"):
        await house.block(contact)
    answer = await previewed(house)
    assert "まだの 4人に、いま送れる相手がいません" in said(answer)
    assert not [b for b in panel(answer).buttons if "送る" in b.label]


@pytest.mark.parametrize("verb", [close.close_now, stop.stop_now, withdraw.withdraw_now])
async def test_nothing_that_ended_is_reminded_of(house: House, notice: Notice, verb: Handler) -> None:
    event = house.press(button(await previewed(house), "もう一度送る"))
    await verb(house.event("any", notice.id, typed=False), await house.context())
    assert "二重" not in said(await pressed(house, event))
    assert "このお知らせ" in said(await remind.remind(house.event("remind", "1"), await house.context()))
    assert await reminders(house, notice) == []


async def test_an_expired_notice_is_not_reminded_of(house: House) -> None:
    await house.send(expires_at=START + timedelta(hours=1))
    house.later(hours=2)
    answer = await remind.remind(house.event("remind", "1"), await house.context())
    assert "有効期限が過ぎています(11/29(日) 11:00)" in said(answer)


# どのお知らせを変えるか


async def test_changing_takes_the_speakers_own_latest_open_notice(house: House, notice: Notice) -> None:
    await house.administrator("other", "鈴木")
    house.speaker = "other"
    await house.send("別の人のお知らせ")
    house.speaker = "teacher"
    assert "#1 避難訓練" in panel(await close.close(house.event("close"), await house.context())).title


async def test_an_administrator_without_own_open_notices_is_asked_which(house: House, notice: Notice) -> None:
    await house.administrator("other", "鈴木")
    house.speaker = "other"
    answer = await close.close(house.event("close"), await house.context())
    assert panel(answer).title == "どのお知らせですか"
    assert buttons.unpack(button(answer, "#1").data) == ("close", ("1",))


async def test_nothing_open_is_said_so(house: House, notice: Notice) -> None:
    await close.close_now(house.event("close-now", notice.id, typed=False), await house.context())
    answer = await close.close(house.event("close"), await house.context())
    assert "いま、あてはまるお知らせはありません" in said(answer)


# 終了


async def test_closing_asks_first_and_then_closes_once(house: House, notice: Notice) -> None:
    question = await close.close(house.event("close"), await house.context())
    assert "を終了しますか" in said(question)
    assert "名簿の5人あて" in said(question)
    assert (await house.reload(notice)).closed_at is None
    event = house.press(button(question, "終了する"))
    answer = await pressed(house, event)
    assert "終了しました" in said(answer)
    assert "確認済み 1 · 未確認 4(うち届いていない 1) · 全 5" in said(answer)
    closed_at = (await house.reload(notice)).closed_at
    assert closed_at == house.now
    house.later(hours=1)
    again = await pressed(house, replace(event, id="another press"))
    assert "このお知らせは終了しています(11/29(日) 13:00)" in said(again)
    assert (await house.reload(notice)).closed_at == closed_at
    (entry,) = await actions(house)
    assert (entry.id, entry.action, entry.subject, entry.actor) == (event.id, "close", notice.id, "teacher")


async def test_a_tap_after_the_closing_does_not_count(house: House, notice: Notice) -> None:
    await close.close_now(house.event("close-now", notice.id, typed=False), await house.context())
    house.later(minutes=1)
    await house.tap(notice, "p2")
    assert (await house.storage.receipts.totals(notice.id)).confirmed == 1


# 送信中止


async def test_stopping_tells_accepted_not_sent_and_unknown_apart(house: House) -> None:
    notice = await house.order()
    await house.fan_out()
    question = await stop.stop(house.event("stop"), await house.context())
    assert "お知らせ:受け付け 0人 · 送っていない 4人 · 不明 0人" in said(question)
    event = house.press(button(question, "送信を止める"))
    answer = await pressed(house, event)
    assert "送信を止めました" in said(answer)
    assert "お知らせ:受け付け 0人 · 送っていない 4人 · 不明 0人" in said(answer)
    assert await house.deliver() == 0
    assert "止めてあります" in said(await pressed(house, replace(event, id="another press")))
    assert (await house.reload(notice)).stopped_at == START
    assert [e.action for e in await actions(house)] == ["stop"]


async def test_what_is_in_a_platforms_hands_is_called_unknown_after_a_stop(house: House) -> None:
    notice = await house.order()
    await house.fan_out()
    await house.deliver(OutgoingState.SENDING, error="time-out", is_doubtful=True)
    answer = await stop.stop_now(house.event("stop-now", notice.id, typed=False), await house.context())
    assert "受け付け 0人 · 送っていない 0人 · 不明 4人" in said(answer)


async def test_people_the_fan_out_had_not_come_to_are_counted_as_not_sent(house: House) -> None:
    notice = await house.order()
    answer = await stop.stop_now(house.event("stop-now", notice.id, typed=False), await house.context())
    assert "受け付け 0人 · 送っていない 5人 · 不明 0人" in said(answer)


async def test_nothing_is_stopped_when_everything_has_gone_out(house: House, notice: Notice) -> None:
    answer = await stop.stop(house.event("stop"), await house.context())
    assert "止められるものはありません" in said(answer)
    assert [b.label for b in panel(answer).buttons] == ["取り下げる", "状況を見る"]
    assert "を取り下げますか" in said(await pressed(house, house.press(button(answer, "取り下げる"))))


async def test_a_reminder_can_be_stopped(house: House, notice: Notice) -> None:
    await pressed(house, house.press(button(await previewed(house), "もう一度送る")))
    await house.fan_out()
    question = await stop.stop(house.event("stop"), await house.context())
    assert "催促:受け付け 0人 · 送っていない 3人 · 不明 0人" in said(question)
    await pressed(house, house.press(button(question, "送信を止める")))
    assert await house.deliver() == 0


async def test_a_bare_cancel_asks_what_is_meant(house: House, notice: Notice) -> None:
    answer = await stop.ask(house.event("cancel"), await house.context())
    assert [b.label for b in panel(answer).buttons] == ["送信を止める", "行事の中止を知らせる"]
    assert "#1 避難訓練" in said(answer)
    assert buttons.unpack(button(answer, "知らせる").data) == ("notice", ())
    assert "送信を止めました" in said(await pressed(house, house.press(button(answer, "送信を止める"))))


async def test_a_bare_cancel_without_any_notice_still_leads_on(house: House) -> None:
    answer = await stop.ask(house.event("cancel"), await house.context())
    leads_on = await pressed(house, house.press(button(answer, "送信を止める")))
    assert "まだお知らせがありません" in said(leads_on)


# 取り下げ


async def test_withdrawing_asks_first_says_what_it_means_and_acts_once(house: House, notice: Notice) -> None:
    question = await withdraw.withdraw(house.event("withdraw"), await house.context())
    assert "こちらから連絡はしません" in said(question)
    assert "受け付け 4人" in said(question)
    event = house.press(button(question, "取り下げる"))
    assert "取り下げました" in said(await pressed(house, event))
    again = await pressed(house, replace(event, id="another press"))
    assert "取り下げずみです(11/29(日) 13:00)" in said(again)
    assert [e.action for e in await actions(house)] == ["withdraw"]
    house.later(minutes=1)
    await house.tap(notice, "p2")
    assert (await house.storage.receipts.totals(notice.id)).confirmed == 1


async def test_what_was_not_sent_yet_is_not_sent_after_a_withdrawal(house: House) -> None:
    notice = await house.order()
    await house.fan_out()
    answer = await withdraw.withdraw_now(house.event("withdraw-now", notice.id, typed=False), await house.context())
    assert "受け付け 0人 · 送っていない 4人" in said(answer)
    assert await house.deliver() == 0
    assert listing.state(await house.reload(notice), await house.context()) == "cancelled"


async def test_a_withdrawn_notice_is_kindly_left_alone(house: House, notice: Notice) -> None:
    await withdraw.withdraw_now(house.event("withdraw-now", notice.id, typed=False), await house.context())
    for verb in (withdraw.withdraw, close.close, stop.stop, remind.remind):
        answer = await verb(house.event("any", "1"), await house.context())
        assert "取り下げずみです" in said(answer)
    assert [e.action for e in await actions(house)] == ["withdraw"]


async def test_a_button_that_carries_too_little_only_shows_a_preview(house: House, notice: Notice) -> None:
    answer = await remind.remind_now(house.event("remind-now", notice.id, typed=False), await house.context())
    assert "3人にもう一度送る" in said(answer)
    assert await reminders(house, notice) == []


async def test_a_button_of_a_notice_we_do_not_know_changes_nothing(house: House, notice: Notice) -> None:
    for verb in (remind.remind_now, close.close_now, stop.stop_now, withdraw.withdraw_now):
        answer = await verb(house.event("any-now", "nowhere", "token", "3", typed=False), await house.context())
        assert panel(answer).title == "どのお知らせですか"
    assert await actions(house) == []
