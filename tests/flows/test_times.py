"""Time, over the whole bot in one process: scheduled sends, quiet hours, automatic reminders, the brake, expiry."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bot.channels.base import Failure, SendError
from handlers.buttons import pack_confirm
from handlers.context import Quota
from handlers.replies import NoticeCard, Panel, load
from storage.base import Storage
from storage.models import Contact, Member, Notice, OutgoingState, Purpose, SkipReason
from tests.factories import make_address
from tests.flows.test_stops import button
from tests.flows.test_taps import publish
from tests.stage import ADMIN, START, Stage, found_school, make_stage, user

TOKYO = ZoneInfo("Asia/Tokyo")
LETTER = "お知らせ\n宛先:1年A組\n締切:11/30 18時\n件名:避難訓練\n\n上ばきを持たせてください。"
EVERYBODY = sorted([user(1), user(2), user(100)])


async def school(storage: Storage, children: int = 3) -> Stage:
    await found_school(storage, children)
    return make_stage(storage)


def until(stage: Stage, month: int, day: int, hour: int, minute: int = 0) -> None:
    """Time goes on to this moment in Tokyo, 2026."""
    at = datetime(2026, month, day, hour, minute, tzinfo=TOKYO)
    assert at >= stage.clock.now()
    stage.clock.advance(seconds=(at - stage.clock.now()).total_seconds())


async def press(stage: Stage, part: str, who: str = ADMIN) -> str:
    await stage.arrive(stage.press(who, button(stage, part)))
    return stage.platform.said()


async def press_report(stage: Stage, part: str) -> str:
    """A button of the newest report."""
    key, _ = stage.platform.unasked[-1]
    (panel,) = load(stage.platform.bodies[key]).messages
    assert isinstance(panel, Panel)
    (data,) = [b.data for b in panel.buttons if part in b.label]
    await stage.arrive(stage.press(ADMIN, data))
    return stage.platform.said()


async def send(stage: Stage, letter: str = LETTER) -> Notice:
    """Written, pressed, gone out."""
    await stage.say(ADMIN, letter)
    await press(stage, "に送る")
    await stage.run_due()
    return await newest(stage)


async def newest(stage: Stage) -> Notice:
    return (await stage.storage.notices.latest(1))[0]


async def confirm(stage: Stage, notice: Notice, *numbers: int) -> None:
    for number in numbers:
        await stage.arrive(stage.press(user(number), pack_confirm(notice.id, 1, "ok")))


def cards(stage: Stage) -> list[NoticeCard]:
    """The cards that went out, in the order of sending."""
    bodies = [load(stage.platform.bodies[key]) for key in stage.platform.sent]
    return [m for body in bodies for m in body.messages if isinstance(m, NoticeCard)]


# Scheduled sends


async def test_a_scheduled_notice_goes_out_at_its_time_and_not_before(storage: Storage) -> None:
    stage = await school(storage)
    await stage.say(ADMIN, LETTER.replace("件名", "送信:11/24 8時\n件名"))
    assert "11/24(火) 8:00 に送ります" in await press(stage, "へ送る")

    until(stage, 11, 24, 7, 59)
    await stage.run_due()
    assert stage.platform.delivered() == []
    assert "11/24 8:00 に送信予定です" in await stage.say(ADMIN, "/状況")
    assert "11/24 8:00 に送信予定" in await stage.say(ADMIN, "/一覧")
    assert "11/24(火) 8:00 に送る予定です" in await stage.say(ADMIN, "/催促")

    until(stage, 11, 24, 8, 0)
    await stage.run_due()
    assert stage.platform.delivered() == EVERYBODY
    said = await stage.say(ADMIN, "/状況")
    assert "送信予定" not in said
    assert "全 3" in said


async def test_the_roster_at_the_time_of_sending_counts(storage: Storage) -> None:
    stage = await school(storage)
    await stage.say(ADMIN, LETTER.replace("件名", "送信:11/24 8時\n件名"))
    await press(stage, "へ送る")
    await storage.members.put([Member(id="m9", name="児童9", groups=("1年A組",))])
    await storage.contacts.put([Contact(id="c9", name="母9", members=("m9",), groups=("1年A組",))])
    await storage.contacts.attach("c9", make_address(user(9), state_at=stage.clock.now()))

    until(stage, 11, 24, 8, 0)
    await stage.run_due()
    assert stage.platform.delivered() == sorted([*EVERYBODY, user(9)])


async def test_a_scheduled_notice_is_called_off_before_anybody_got_it(storage: Storage) -> None:
    stage = await school(storage)
    await stage.say(ADMIN, LETTER.replace("件名", "送信:11/24 8時\n件名"))
    await press(stage, "へ送る")
    await stage.say(ADMIN, "/送信中止")
    assert "だれにも届きません" in await press(stage, "送信を止める")

    until(stage, 11, 30, 12, 0)
    await stage.run_due()
    assert stage.platform.delivered() == []
    assert "送信予定" not in await stage.say(ADMIN, "/状況")


# Quiet hours


async def test_a_notice_that_was_late_waits_for_the_morning(storage: Storage) -> None:
    stage = await school(storage)
    await stage.say(ADMIN, LETTER.replace("件名", "送信:11/24 20時\n件名"))
    await press(stage, "へ送る")

    until(stage, 11, 24, 23, 0)  # the bot did not run
    await stage.run_due()
    assert stage.platform.delivered() == []
    assert "11/25(水) 7:00 から送ります" in await stage.say(ADMIN, "/状況")

    until(stage, 11, 25, 7, 0)
    await stage.run_due()
    assert stage.platform.delivered() == EVERYBODY


async def test_what_has_begun_goes_on_through_the_night(storage: Storage) -> None:
    stage = await school(storage)
    stage.platform.failures = [(SendError(Failure.OUT_OF_QUOTA, "429"), False)]
    until(stage, 11, 20, 20, 30)
    await send(stage)
    assert stage.platform.delivered() == []

    until(stage, 11, 20, 23, 0)
    await stage.run_due()
    assert stage.platform.delivered() == EVERYBODY


async def test_a_notice_for_which_the_night_was_chosen_goes_out_at_night(storage: Storage) -> None:
    stage = await school(storage)
    until(stage, 11, 20, 22, 0)
    await stage.say(ADMIN, LETTER)
    await press(stage, "今すぐ送る")
    stage.clock.advance(minutes=30)
    await stage.run_due()
    assert stage.platform.delivered() == EVERYBODY


async def test_a_reminder_by_hand_at_night_asks_for_the_morning(storage: Storage) -> None:
    stage = await school(storage)
    await publish(storage, sender="admin")
    await stage.run_due()
    until(stage, 11, 21, 22, 0)
    said = await stage.say(ADMIN, "/催促")
    assert "いまは夜間(21:00–7:00)です" in said
    assert said.index("明日7時に送る(3人)") < said.index("今すぐ送る(3人)")
    assert "11/22(日) 7:00 から送ります" in await press(stage, "明日7時に送る")
    assert "前の催促は 11/22(日) 7:00 に送る予定です" in await stage.say(ADMIN, "/催促")
    assert "催促を 11/22(日) 7:00 から送ります" in await stage.say(ADMIN, "/状況")
    await stage.run_due()
    assert stage.platform.delivered() == EVERYBODY

    await confirm(stage, await newest(stage), 1)
    until(stage, 11, 22, 7, 0)
    await stage.run_due()
    assert stage.platform.delivered() == sorted([*EVERYBODY, user(2)])


async def test_a_reminder_by_hand_can_go_out_at_night(storage: Storage) -> None:
    stage = await school(storage)
    await publish(storage, sender="admin")
    await stage.run_due()
    until(stage, 11, 21, 20, 50)
    await stage.say(ADMIN, "/催促")
    until(stage, 11, 21, 21, 5)
    assert "いまは夜間" in await press(stage, "もう一度送る"), "the night fell since"
    await press(stage, "今すぐ送る")
    await stage.run_due()
    assert stage.platform.delivered() == sorted(2 * EVERYBODY)


# Automatic reminders


async def test_automatic_reminders_go_to_those_who_have_not_confirmed(storage: Storage) -> None:
    stage = await school(storage)
    notice = await send(stage)
    assert "これからの自動催促:11/29 18:00、11/30 7:30" in await stage.say(ADMIN, "/状況")
    await confirm(stage, notice, 1)

    until(stage, 11, 29, 17, 59)
    await stage.run_due()
    assert stage.platform.delivered() == EVERYBODY

    until(stage, 11, 29, 18, 0)
    await stage.run_due()
    assert stage.platform.delivered() == sorted([*EVERYBODY, user(2)])
    again = cards(stage)[-1]
    assert again.lead == "再送です。行きちがいでしたらご容赦ください。"
    assert (again.title, again.body) == ("避難訓練", "上ばきを持たせてください。")
    assert again.buttons[0].data == pack_confirm(notice.id, 1, "ok")
    said = await stage.say(ADMIN, "/状況")
    assert "これからの自動催促:11/30 7:30" in said
    assert "催促:1回(最後は 11/29(日) 18:00)" in said

    await confirm(stage, notice, 2)
    until(stage, 11, 30, 7, 30)
    await stage.run_due()
    assert stage.platform.delivered() == sorted([*EVERYBODY, user(2)])


@pytest.mark.parametrize(
    ("command", "label"), [("/終了", "終了"), ("/送信中止", "送信を止める"), ("/取り下げ", "取り下げ")]
)
async def test_no_reminder_goes_out_once_the_notice_is_over(storage: Storage, command: str, label: str) -> None:
    stage = await school(storage)
    await send(stage)
    await stage.say(ADMIN, command)
    await press(stage, label)
    assert "自動催促" not in await stage.say(ADMIN, "/状況")
    until(stage, 11, 30, 12, 0)
    await stage.run_due()
    assert stage.platform.delivered() == EVERYBODY
    assert "自動催促" not in await stage.say(ADMIN, "/状況")


async def test_no_reminder_goes_out_once_everybody_has_confirmed(storage: Storage) -> None:
    stage = await school(storage, children=2)
    notice = await send(stage)
    await confirm(stage, notice, 1)
    await storage.contacts.attach("c2", make_address(user(2), state_at=stage.clock.now()))
    await confirm(stage, notice, 2)
    until(stage, 11, 29, 18, 0)
    await stage.run_due()
    assert len(stage.platform.sent) == 2
    assert [report.partition("\n")[0] for report in stage.platform.reports()] == ["全員が確認しました"]
    assert "自動催促は" not in await stage.say(ADMIN, "/状況")


async def test_no_reminder_goes_out_once_the_notice_has_expired(storage: Storage) -> None:
    stage = await school(storage)
    await stage.say(ADMIN, LETTER.replace("件名", "有効期限:12/1 9時\n件名"))
    await press(stage, "に送る")
    await stage.run_due()
    until(stage, 12, 1, 9, 0)
    await stage.run_due()
    assert stage.platform.delivered() == EVERYBODY


async def test_a_reminder_for_which_the_month_is_too_short_goes_to_nobody_and_status_says_so(storage: Storage) -> None:
    stage = await school(storage)
    await send(stage)
    stage.platform.month = Quota(200, 198)
    until(stage, 11, 29, 18, 0)
    await stage.run_due()
    assert stage.platform.delivered() == sorted([*EVERYBODY, ADMIN])
    (report,) = stage.platform.reports()
    unsent = (
        "11/29 18:00 の自動催促は、今月の残り(緊急用の分をのぞく)では全員分に足りないため、だれにも送りませんでした"
    )
    assert unsent in report
    assert "まだの人は 3人です" in report
    assert "まだの 3人 · 送る相手 3人 = 3通" in await press_report(stage, "今すぐ催促")
    said = await stage.say(ADMIN, "/状況")
    assert unsent in said
    assert "催促:1回" not in said

    stage.platform.month = Quota(200, 194)
    until(stage, 11, 30, 7, 30)
    await stage.run_due()
    assert stage.platform.delivered() == sorted([*2 * EVERYBODY, ADMIN])


@pytest.mark.parametrize(("used", "urgent", "goes"), [(195, False, False), (195, True, True), (194, False, True)])
async def test_an_automatic_reminder_leaves_one_message_for_everybody_unless_it_is_urgent(
    storage: Storage, used: int, urgent: bool, goes: bool
) -> None:
    stage = await school(storage)
    await send(stage, LETTER.replace("件名", "緊急:はい\n件名") if urgent else LETTER)
    stage.platform.month = Quota(200, used)
    until(stage, 11, 29, 18, 0)
    await stage.run_due()
    assert [a for a in stage.platform.delivered() if a != ADMIN] == sorted((1 + goes) * EVERYBODY)
    assert bool(stage.platform.reports()) is not goes


async def test_a_reminder_that_is_too_late_is_not_sent_and_status_says_so(storage: Storage) -> None:
    stage = await school(storage)
    await send(stage)
    until(stage, 11, 30, 17, 45)  # the bot did not run
    await stage.run_due()
    assert stage.platform.delivered() == sorted([*EVERYBODY, ADMIN])
    unsent = "11/30 7:30 の自動催促は、時刻に間に合わなかったため、送りませんでした"
    assert unsent in stage.platform.reports()[0]
    assert unsent in await stage.say(ADMIN, "/状況")


@pytest.mark.parametrize("hour", [22, 34])
async def test_a_late_reminder_gives_way_to_the_next_one(storage: Storage, hour: int) -> None:
    """At 22:00 the next morning's is near; at 10:00 both are due: in either case everybody gets one, and not two."""
    stage = await school(storage)
    await send(stage)
    until(stage, 11, 29 + hour // 24, hour % 24, 0)
    await stage.run_due()
    assert "11/29 18:00 の自動催促は、時刻に間に合わなかったため" in await stage.say(ADMIN, "/状況")
    until(stage, 11, 30, max(hour - 24, 8), 0)
    await stage.run_due()
    assert stage.platform.delivered() == sorted(2 * EVERYBODY)


async def test_a_late_reminder_that_meets_the_night_waits_for_the_morning(storage: Storage) -> None:
    stage = await school(storage)
    await stage.say(ADMIN, LETTER)
    await press(stage, "催促を変える")
    await press(stage, "前日の夕方だけ")
    await press(stage, "に送る")
    await stage.run_due()
    until(stage, 11, 29, 22, 0)  # the bot did not run from 18:00 on
    await stage.run_due()
    assert stage.platform.delivered() == EVERYBODY
    until(stage, 11, 30, 7, 0)
    await stage.run_due()
    assert stage.platform.delivered() == sorted(2 * EVERYBODY)


async def test_a_reminder_by_hand_does_not_wait_for_the_automatic_ones(storage: Storage) -> None:
    stage = await school(storage)
    await send(stage)
    await stage.say(ADMIN, "/催促")
    await press(stage, "もう一度送る")
    await stage.run_due()
    assert stage.platform.delivered() == sorted(2 * EVERYBODY)


# At most three a day


async def test_who_got_three_messages_today_is_not_reminded(storage: Storage) -> None:
    stage = await school(storage)
    until(stage, 11, 21, 9, 0)
    notice = await send(stage)
    for _ in range(2):
        await stage.say(ADMIN, LETTER.replace("1年A組", "2年B組").replace("締切:11/30 18時", "締切:なし"))
        await storage.members.put([Member(id="m8", name="児童8", groups=("2年B組",))])
        await storage.contacts.put(
            [Contact(id="c2", name="母2", relationship="母", members=("m2", "m8"), groups=("1年A組", "2年B組"))]
        )
        await stage.say(ADMIN, LETTER.replace("1年A組", "2年B組").replace("締切:11/30 18時", "締切:なし"))
        await press(stage, "に送る")
        await stage.run_due()
    assert stage.platform.delivered().count(user(2)) == 3

    said = await stage.say(ADMIN, f"/催促 {notice.number}")
    assert "3通受け取っている人が 1人います" in said
    await press(stage, "もう一度送る")
    await stage.run_due()
    assert stage.platform.delivered().count(user(2)) == 3
    assert stage.platform.delivered().count(user(1)) == 2
    progress = await storage.outbox.progress(notice.id, Purpose.REMINDER)
    assert progress.skipped[SkipReason.CAPPED] == 1
    assert "催促を送りませんでした:1人" in await stage.say(ADMIN, f"/状況 {notice.number}")

    until(stage, 11, 22, 9, 0)
    await stage.say(ADMIN, f"/催促 {notice.number}")
    await press(stage, "もう一度送る")
    await stage.run_due()
    assert stage.platform.delivered().count(user(2)) == 4, "another day"


# The brake


async def test_the_brake_stops_a_large_notice_before_anybody_got_it(storage: Storage) -> None:
    stage = await school(storage, children=40)
    await stage.say(ADMIN, LETTER)
    assert "30秒後に送りはじめます" in await press(stage, "に送る")
    await stage.run_due()
    stage.clock.advance(seconds=29)
    await stage.run_due()
    assert stage.platform.delivered() == []
    assert "だれにも届きません" in await press(stage, "止める")
    stage.clock.advance(days=10)
    await stage.run_due()
    assert stage.platform.delivered() == []


async def test_after_the_brake_it_goes_out_and_the_button_asks_as_stopping_does(storage: Storage) -> None:
    stage = await school(storage, children=40)
    await stage.say(ADMIN, LETTER)
    await press(stage, "に送る")
    stage.clock.advance(seconds=30)
    await stage.run_due()
    assert len(stage.platform.delivered()) == 40
    said = await press(stage, "止める")
    assert "の送信を止めますか" in said
    assert "受け付け 40人" in said
    assert (await newest(stage)).stopped_at is None


# Expiry


async def test_copies_not_sent_because_of_the_expiry_are_counted_in_status(storage: Storage) -> None:
    stage = await school(storage)
    await publish(storage, sender="admin", expires_at=START.replace(hour=10))
    stage.clock.advance(hours=2)
    await stage.run_due()
    assert stage.platform.delivered() == [ADMIN]
    assert "期限が来たため 3人には送りませんでした" in stage.platform.reports()[0]
    said = await stage.say(ADMIN, "/状況")
    assert "有効期限が過ぎています" in said
    assert "取りやめ 3" in said
    progress = await storage.outbox.progress("n1")
    assert progress.people == {OutgoingState.DROPPED: 3}


# Enough for one day


async def several(stage: Stage, notices: int) -> None:
    """So many notices to the class, of which all have gone out this afternoon."""
    stage.platform.month = Quota(200, 20)
    for number in range(notices):
        await stage.say(ADMIN, LETTER.replace("避難訓練", f"お知らせ{number}"))
        await press(stage, "に送る")
        await stage.run_due()


async def test_who_would_get_a_fourth_notice_today_is_counted_and_tomorrow_is_offered(storage: Storage) -> None:
    stage = await school(storage)
    await several(stage, 2)
    assert "4通目" not in await stage.say(ADMIN, LETTER)
    await press(stage, "取り消す")
    await several(stage, 1)
    said = await stage.say(ADMIN, LETTER)
    assert "きょう、これで4通目以上になる人が 3人います" in said
    labels = [line for line in said.splitlines() if "送る(" in line]
    assert labels == ["[明日7時に送る(1年A組 3人)]", "[今すぐ送る(1年A組 3人)]"]
    await press(stage, "明日7時に送る")
    await stage.run_due()
    assert len(stage.platform.sent) == 3
    until(stage, 11, 21, 7)
    await stage.run_due()
    assert len(stage.platform.sent) == 4


async def test_a_fourth_notice_goes_out_today_to_everybody_if_its_sender_wants_it(storage: Storage) -> None:
    stage = await school(storage)
    await several(stage, 3)
    await stage.say(ADMIN, LETTER)
    await press(stage, "今すぐ送る")
    await stage.run_due()
    assert stage.platform.delivered() == sorted(4 * EVERYBODY)


async def test_a_fourth_notice_that_must_be_answered_today_has_no_tomorrow(storage: Storage) -> None:
    stage = await school(storage)
    await several(stage, 3)
    said = await stage.say(ADMIN, LETTER.replace("11/30 18時", "今日 22時"))
    assert "4通目" in said
    assert "明日7時" not in said


async def test_urgent_and_scheduled_notices_are_not_weighed_against_today(storage: Storage) -> None:
    stage = await school(storage)
    await several(stage, 3)
    assert "4通目" not in await stage.say(ADMIN, "/緊急 1年A組\n締切:なし\n停電\n\n下校します。")
    await press(stage, "取り消す")
    assert "4通目" not in await stage.say(ADMIN, LETTER.replace("件名", "送信:11/24 8時\n件名"))


async def test_the_preview_says_what_the_reports_can_cost(storage: Storage) -> None:
    stage = await school(storage)
    assert "ほかに、あなたへの報告が最大5通" in await stage.say(ADMIN, LETTER)  # 2 of the notice, deadline, 2 reminders
    assert "ほかに、あなたへの報告が最大2通" in await stage.say(ADMIN, LETTER.replace("11/30 18時", "なし"))
    stage.platform.month = Quota(None, 0)
    assert "あなたへの報告" not in await stage.say(ADMIN, LETTER)
