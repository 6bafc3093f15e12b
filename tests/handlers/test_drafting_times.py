"""When a notice goes out and when it reminds, as the administrator decides it: heads, questions, preview, answer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from handlers.buttons import unpack
from handlers.context import Quota
from handlers.publish import BRAKE
from storage.models import DraftState, Notice
from tests.handlers.drafting_house import ZONE, House, family, open_house

TEXT = "\n避難訓練のお知らせ\n行います。"


def tokyo(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=ZONE)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as opened:
        yield opened


async def notice_of(house: House) -> Notice:
    (notice,) = await house.notices()
    return notice


async def due_times(house: House) -> dict[str, datetime]:
    notice = await notice_of(house)
    mailings = await house.storage.mailings.of_notice(notice.id)
    return {m.id.removeprefix(notice.id): m.due_at.astimezone(ZONE) for m in mailings}


@pytest.mark.parametrize("head", ["送信:12/1 8時", "送信日時:12/1 8:00", "send: 12/1 8:00"])
async def test_a_head_says_when_it_goes_out(house: House, head: str) -> None:
    await house.say(f"お知らせ\n宛先:1年A組\n締切:12/3 18時\n{head}\n件名:避難訓練\n\n行います。")
    assert "12/1(火) 8:00 に送ります" in house.said()
    assert "いまの名簿のものです。送るときの名簿で送ります" in house.said()
    await house.press("12/1 8:00 に1年A組 3人へ送る")
    assert "#1「避難訓練」を 12/1(火) 8:00 に送ります" in house.said()
    assert "「/送信中止 1」" in house.said()
    assert unpack(house.button("送るのをやめる").data) == ("stop", ("1",))
    assert (await due_times(house))["/notice"] == tokyo(12, 1, 8)
    assert await house.storage.mailings.due(house.now, 10) == []


async def test_a_scheduled_send_on_the_commands_own_line(house: House) -> None:
    await house.say("/お知らせ 1年A組 送信=12/1 8時 締切=12/3" + TEXT)
    assert "12/1(火) 8:00 に送ります" in house.said()


async def test_a_send_time_is_chosen_in_the_preview(house: House) -> None:
    await house.say("/お知らせ 1年A組 締切=11/30" + TEXT)
    await house.press("送る時刻を決める")
    assert house.labels()[:3] == ["今日 11/24(火) 17:00", "明日 11/25(水) 8:00", "明日 11/25(水) 17:00"]
    await house.press("明日 11/25(水) 8:00")
    assert "11/25(水) 8:00 に送ります" in house.said()
    await house.press("送る時刻を決める")
    await house.say("11/26 9時")
    assert "11/26(木) 9:00 に送ります" in house.said()
    await house.press("送る時刻を決める")
    await house.press("すぐに送る")
    assert "9:00 に送ります" not in house.said()
    await house.press("に送る")
    assert (await notice_of(house)).send_at is None


@pytest.mark.parametrize(
    ("typed", "heard"),
    [("11/20 8時", "もう過ぎています"), ("11/28(金) 8時", "カレンダーでは"), ("そのうち", "読み取れませんでした")],
)
async def test_a_doubtful_send_time_is_asked_about(house: House, typed: str, heard: str) -> None:
    await house.say(f"/お知らせ 1年A組 締切=11/30 送信={typed}" + TEXT)
    assert heard in house.said()
    await house.say("11/25 8時")
    assert "11/25(水) 8:00 に送ります" in house.said()


async def test_a_day_without_a_time_is_asked_about(house: House) -> None:
    await house.say("/お知らせ 1年A組 締切=11/30 送信=11/27" + TEXT)
    assert "11/27 の何時に送りますか" in house.said()
    await house.press("11/27(金) 8:00")
    assert "11/27(金) 8:00 に送ります" in house.said()


@pytest.mark.parametrize(
    ("heads", "heard"),
    [
        ("締切=11/30 18時", "締切(11/30(月) 18:00)より前"),
        ("締切=なし 有効期限=11/30 18時", "有効期限(11/30(月) 18:00)より前"),
    ],
)
async def test_a_send_time_after_the_deadline_or_the_expiry_is_refused_kindly(
    house: House, heads: str, heard: str
) -> None:
    await house.say(f"/お知らせ 1年A組 {heads} 送信=12/1 8時" + TEXT)
    assert heard in house.said()
    assert (await house.draft()).state is DraftState.ASKING
    await house.press("すぐに送る")
    assert (await house.draft()).state is DraftState.PREVIEW


async def test_a_send_time_at_night_is_asked_about_and_can_be_meant(house: House) -> None:
    await house.say("/お知らせ 1年A組 締切=11/30 送信=11/25 23時" + TEXT)
    assert "11/25(水) 23:00 は夜間(21:00–7:00)です" in house.said()
    assert house.labels()[:2] == ["11/26(木) 7:00", "明日 11/25(水) 23:00"]
    await house.press("明日 11/25(水) 23:00")
    assert "11/25(水) 23:00 に送ります" in house.said()
    await house.press("に1年A組")
    assert (await due_times(house))["/notice"] == tokyo(11, 25, 23)


async def test_a_send_time_that_passed_in_the_preview_is_asked_about_again(house: House) -> None:
    await house.say("/お知らせ 1年A組 締切=11/30 送信=11/24 10:20" + TEXT)
    house.later(minutes=25)
    await house.press("に1年A組")
    assert "もう過ぎています" in house.said()
    assert await house.notices() == []


async def test_at_night_the_preview_offers_the_morning_first(house: House) -> None:
    house.now = tokyo(11, 24, 22).astimezone(UTC)
    await house.say("/お知らせ 1年A組 締切=11/30" + TEXT)
    assert "いまは夜間(21:00–7:00)です" in house.said()
    assert house.labels()[:2] == ["明日7時に送る(1年A組 3人)", "今すぐ送る(1年A組 3人)"]
    await house.press("明日7時に送る")
    assert "11/25(水) 7:00 に送ります" in house.said()
    assert (await due_times(house))["/notice"] == tokyo(11, 25, 7)


async def test_at_night_it_can_go_out_all_the_same(house: House) -> None:
    house.now = tokyo(11, 25, 1).astimezone(UTC)
    await house.say("/お知らせ 1年A組 締切=11/30" + TEXT)
    assert house.labels()[0] == "今日7時に送る(1年A組 3人)"
    await house.press("今すぐ送る")
    assert "送りはじめました" in house.said()
    assert (await due_times(house))["/notice"] <= house.now


async def test_the_morning_is_not_offered_behind_the_deadline(house: House) -> None:
    house.now = tokyo(11, 24, 22).astimezone(UTC)
    await house.say("/お知らせ 1年A組 締切=11/25 06:30" + TEXT)
    assert house.labels()[0] == "今すぐ送る(1年A組 3人)"


async def test_a_night_that_fell_over_the_preview_is_said_before_anything_is_sent(house: House) -> None:
    house.now = tokyo(11, 24, 20, 50).astimezone(UTC)
    await house.say("/お知らせ 1年A組 締切=11/30" + TEXT)
    assert "夜間" not in house.said()
    house.later(minutes=15)
    await house.press("1年A組 3人に送る")
    assert "いまは夜間(21:00–7:00)です" in house.said()
    assert await house.notices() == []


async def test_urgent_notices_know_no_night(house: House) -> None:
    house.now = tokyo(11, 24, 22).astimezone(UTC)
    await house.say("/緊急 1年A組" + TEXT)
    assert "夜間" not in house.said()
    await house.press("1年A組 3人に送る")
    assert "送りはじめました" in house.said()


async def test_the_preview_shows_the_plan_and_the_most_it_can_cost(house: House) -> None:
    house.platform.month = Quota(limit=5, used=0)
    await house.say("/お知らせ 1年A組 締切=11/30 18時" + TEXT)
    assert "自動催促:11/29 18:00、11/30 7:30" in house.said()
    assert "対象 3人・送る相手 3人=3通、自動催促 最大6通、今月の残り5通" in house.said()
    assert "足りないときは、その催促はだれにも送らず" in house.said()
    await house.press("1年A組 3人に送る")
    assert (await notice_of(house)).remind_at == (tokyo(11, 29, 18), tokyo(11, 30, 7, 30))
    assert (await due_times(house))["/reminder/plan-2"] == tokyo(11, 30, 7, 30)


async def test_without_a_deadline_nothing_is_planned(house: House) -> None:
    await house.say("/お知らせ 1年A組 締切=なし" + TEXT)
    assert "自動催促" not in house.said()


@pytest.mark.parametrize(
    ("answer", "shown", "expected"),
    [
        ("なし", "自動催促:なし", ()),
        ("前日の夕方だけ", "自動催促:11/29 18:00", (tokyo(11, 29, 18),)),
        ("前日の夕方と当日の朝", "自動催促:11/29 18:00、11/30 7:30", (tokyo(11, 29, 18), tokyo(11, 30, 7, 30))),
    ],
)
async def test_the_plan_is_changed_or_turned_off_by_a_button(
    house: House, answer: str, shown: str, expected: tuple[datetime, ...]
) -> None:
    await house.say("/お知らせ 1年A組 締切=11/30 18時" + TEXT)
    await house.press("催促を変える")
    await house.press(answer)
    assert shown in house.said()
    await house.press("1年A組 3人に送る")
    assert (await notice_of(house)).remind_at == expected


async def test_other_times_are_typed(house: House) -> None:
    await house.say("/お知らせ 1年A組 締切=11/30 18時" + TEXT)
    await house.press("催促を変える")
    await house.say("11/30 12時、11/28 12時")
    assert "自動催促:11/28 12:00、11/30 12:00" in house.said()


@pytest.mark.parametrize(
    ("typed", "heard"),
    [
        ("11/29 22時", "夜間(21:00–7:00)には、自動の催促を送りません"),
        ("11/30 17:45", "締切の30分前まで"),
        ("11/20 12時", "もう過ぎた時刻"),
        ("11/26 9時、11/27 9時、11/28 9時、11/29 9時", "3回まで"),
        ("こまめに", "読み取れませんでした"),
    ],
)
async def test_times_that_do_not_fit_are_asked_about(house: House, typed: str, heard: str) -> None:
    await house.say("/お知らせ 1年A組 締切=11/30 18時" + TEXT)
    await house.press("催促を変える")
    await house.say(typed)
    assert heard in house.said()
    await house.press("なし")
    assert "自動催促:なし" in house.said()


LETTER = "お知らせ\n宛先:1年A組\n{heads}\n件名:避難訓練\n\n行います。"


@pytest.mark.parametrize(
    ("heads", "shown", "expected"),
    [
        ("締切:11/30 18時\n催促:なし", "自動催促:なし", ()),
        ("催促：なし\n締切:11/30 18時", "自動催促:なし", ()),
        ("催促:11/29 12時\n締切:11/30 18時", "自動催促:11/29 12:00", (tokyo(11, 29, 12),)),
        (
            "締切:11/30 18時\n自動催促:11/30 7時半、11/28 12時",
            "自動催促:11/28 12:00、11/30 7:30",
            (tokyo(11, 28, 12), tokyo(11, 30, 7, 30)),
        ),
        ("締切:11/30 18時\nreminders: 11/29 12:00", "自動催促:11/29 12:00", (tokyo(11, 29, 12),)),
    ],
)
async def test_a_head_sets_the_plan_wherever_it_stands(
    house: House, heads: str, shown: str, expected: tuple[datetime, ...]
) -> None:
    await house.say(LETTER.format(heads=heads))
    assert shown in house.said()
    await house.press("1年A組 3人に送る")
    assert (await notice_of(house)).remind_at == expected
    assert "催促" not in (await notice_of(house)).body


async def test_the_plan_on_the_commands_own_line(house: House) -> None:
    await house.say("/お知らせ 1年A組 締切=11/30 18時 催促=11/29 12時、11/30 12時" + TEXT)
    assert "自動催促:11/29 12:00、11/30 12:00" in house.said()


async def test_the_plan_of_the_head_waits_for_the_deadline_that_it_must_fit(house: House) -> None:
    await house.say(LETTER.format(heads="催促:11/29 12時"))
    assert "締切" in house.said()
    await house.say("11/30 18時")
    assert "自動催促:11/29 12:00" in house.said()


@pytest.mark.parametrize(
    ("head", "heard"),
    [
        ("催促:11/30 17:45", "締切の30分前まで"),
        ("催促:11/29 22時", "夜間(21:00–7:00)には、自動の催促を送りません"),
        ("催促:こまめに", "「こまめに」を、催促の時刻として読み取れませんでした"),
    ],
)
async def test_a_plan_at_the_head_that_cannot_be_taken_is_asked_about(house: House, head: str, heard: str) -> None:
    await house.say(LETTER.format(heads=f"{head}\n締切:11/30 18時"))
    assert heard in house.said()
    await house.say("11/29 12時")
    assert "自動催促:11/29 12:00" in house.said()


async def test_a_plan_at_the_head_of_a_pasted_text_is_never_sent_to_parents(house: House) -> None:
    await house.say("宛先:1年A組\n締切:11/30 18時\n催促:こまめに\n\n避難訓練のお知らせ\n行います。")
    await house.press("お知らせにする")
    assert "催促の時刻として読み取れませんでした" in house.said()
    await house.press("なし")
    await house.press("1年A組 3人に送る")
    notice = await notice_of(house)
    assert (notice.remind_at, "こまめに" in notice.body) == ((), False)


async def test_a_line_about_reminding_without_a_colon_is_text(house: House) -> None:
    await house.say("/お知らせ 1年A組 締切=11/30 18時\n件名:避難訓練\n催促 しないでください。\n行います。")
    assert "自動催促:11/29 18:00、11/30 7:30" in house.said()
    await house.press("1年A組 3人に送る")
    assert (await notice_of(house)).body == "催促 しないでください。\n行います。"


async def test_another_deadline_brings_the_usual_plan_back_unless_there_is_to_be_none(house: House) -> None:
    for answer, expected in (("前日の夕方だけ", "自動催促:12/1 18:00、12/2 7:30"), ("なし", "自動催促:なし")):
        await house.say("/お知らせ 1年A組 締切=11/30 18時" + TEXT)
        await house.press("催促を変える")
        await house.press(answer)
        await house.press("直す")
        await house.press("締切を直す")
        await house.say("12/2 18時")
        assert expected in house.said()


async def test_a_scheduled_notice_plans_behind_its_own_time(house: House) -> None:
    await house.say("/お知らせ 1年A組 締切=11/30 18時 送信=11/30 6:30" + TEXT)
    await house.press("11/30(月) 6:30")
    assert "自動催促:11/30 7:30" in house.said()


async def many(house: House) -> None:
    await house.families([family(f"9{n:02}", "2年B組", registered=1) for n in range(31)])


async def test_a_large_notice_waits_behind_a_brake(house: House) -> None:
    await many(house)
    await house.say("/お知らせ 2年B組 締切=なし" + TEXT)
    await house.press("2年B組 31人に送る")
    assert "30秒後に送りはじめます" in house.said()
    assert house.labels() == ["止める", "状況を見る"]
    notice = await notice_of(house)
    assert unpack(house.button("止める").data) == ("brake", (notice.id,))
    assert (await due_times(house))["/notice"] == notice.created_at + BRAKE


async def test_what_is_urgent_or_small_or_scheduled_has_no_brake(house: House) -> None:
    await many(house)
    for written in ("/緊急 2年B組", "/お知らせ 1年A組 締切=なし", "/お知らせ 2年B組 締切=なし 送信=11/25 8時"):
        await house.say(written + TEXT)
        await house.press("に送る" if "送信" not in written else "へ送る")
        assert "止める" not in house.labels()
        newest = (await house.notices())[0]
        (mailing,) = await house.storage.mailings.of_notice(newest.id)
        assert mailing.due_at == (newest.send_at or newest.created_at)


async def test_english_says_the_same(house: House) -> None:
    house.locale = "en"
    house.now = tokyo(11, 24, 22).astimezone(UTC)
    await house.say("/send 1年A組 deadline=11/30 18:00" + TEXT)
    assert "It is night now (21:00–7:00)" in house.said()
    assert house.labels()[:2] == ["Send tomorrow 7:00: 1年A組 (3)", "Send now: 1年A組 (3)"]
    assert "Automatic reminders: 11/29 18:00, 11/30 7:30" in house.said()
    await house.press("Choose when to send")
    await house.press("11/30(Mon) 8:00")
    await house.press("send to 1年A組")
    assert "goes out on 11/30(Mon) 8:00" in house.said()
