"""The preview and its buttons: what it shows, that it acts once, and what an old one does."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from handlers import drafting, publish
from handlers.buttons import pack, unpack
from handlers.context import Quota
from handlers.events import Press, Text
from handlers.replies import Button, NoticeCard
from storage.models import DraftState
from tests.handlers.drafting_house import START, House, empty_house, family, open_house

NOTICE = "/お知らせ 1年A組 締切=11/30\n避難訓練のお知らせ\n行います。"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as opened:
        await opened.say(NOTICE)
        yield opened


@pytest.fixture
async def empty(tmp_path: Path) -> AsyncIterator[House]:
    async with empty_house(tmp_path) as opened:
        yield opened


async def test_the_sample_is_the_card_itself_with_buttons_that_record_nothing(house: House) -> None:
    card = house.card()
    draft, context = await house.draft(), await house.context()
    real = publish.card(publish.notice_of(draft, context), context.organization, context.words, lead=card.lead)
    assert card.lead.startswith("【見本】")
    assert [b.data for b in card.buttons] == [pack("sample")]
    assert [b.label for b in card.buttons] == [b.label for b in real.buttons]
    for field in ("organization", "mark", "title", "body", "about", "sender", "deadline", "ask", "hint", "headline"):
        assert getattr(card, field) == getattr(real, field)
    assert isinstance(house.messages()[0], NoticeCard)


async def test_it_shows_whom_what_it_costs_and_what_was_understood(house: House) -> None:
    said = house.said()
    assert "宛先:1年A組" in said
    assert "対象 3人・送る相手 3人" in said
    assert "対象 3人・送る相手 3人=3通、自動催促 最大6通、今月の残り180通" in said
    assert "自動催促:11/29 18:00、11/30 7:30" in said
    assert "例:上田 三郎、石井 二子、青木 一郎" in said
    assert "締切:11/30(月) 18:00(時刻がなかったので 18:00 にしました)" in said
    assert "回答のボタン:確認しました" in said
    assert "だれか1人が押せば確認済み" in said


async def test_it_names_who_cannot_be_reached_and_why(house: House) -> None:
    said = house.said()
    assert "届かない連絡先が 2人います(未登録 1人・ブロック 1人)" in said
    assert "石井 二子の保護者2 未登録" in said
    assert "上田 三郎の保護者1 ブロック" in said
    assert "どの連絡先にも届かない人が 1人います:上田 三郎" in said


async def test_of_many_unreachable_the_first_ten_are_named_and_the_rest_counted(house: House) -> None:
    for number in range(12):
        await house.family(f"40{number:02}", "2年A組", registered=1, unregistered=1)
    await house.say("/お知らせ 2年A組 締切=11/30\n遠足のお知らせ\n行きます。")
    assert "届かない連絡先が 12人います" in house.said()
    assert house.said().count(" 未登録") == 10
    assert "ほか2人" in house.said()


@pytest.mark.parametrize(
    ("quota", "heard"),
    [
        (None, "今月の残りは確認できませんでした"),
        (Quota(None, 5), "今月の上限はありません"),
        (Quota(20, 10), "今月の残り10通"),
    ],
)
async def test_it_says_what_is_left_this_month_as_far_as_it_is_known(
    house: House, quota: Quota | None, heard: str
) -> None:
    house.platform.month = quota
    await house.say(NOTICE)
    assert heard in house.said()
    assert "1年A組 3人に送る" in house.labels()


async def test_a_short_quota_is_said_plainly_and_leaves_a_choice(house: House) -> None:
    house.platform.month = Quota(20, 19)
    await house.say(NOTICE)
    assert "2通足りません" in house.said()
    assert house.labels()[:2] == ["宛先を変える", "足りないまま1年A組 3人に送る"]
    await house.press("足りないまま")
    assert len(await house.notices()) == 1


async def test_what_stays_for_urgent_notices_is_used_only_when_somebody_says_so(house: House) -> None:
    house.platform.month = Quota(20, 15)
    await house.say(NOTICE)
    assert "送ると今月の残りは 2通です。緊急のお知らせを全員(6人)に送る分が足りなくなります。" in house.said()
    assert "自動催促は、緊急用の分を残して全員に送れるときだけ送ります" in house.said()
    assert house.labels()[0] == "緊急用の残りも使って送る"
    await house.press("緊急用の残りも使って送る")
    assert len(await house.notices()) == 1


async def test_a_notice_that_leaves_one_message_for_everybody_is_asked_nothing(house: House) -> None:
    house.platform.month = Quota(20, 11)
    await house.say(NOTICE)
    assert house.labels()[0] == "1年A組 3人に送る"
    assert "緊急のお知らせを全員" not in house.said()


async def test_what_others_used_since_the_preview_is_noticed_when_send_is_pressed(house: House) -> None:
    house.platform.month = Quota(20, 11)
    await house.say(NOTICE)
    send = house.button("に送る")
    house.platform.month = Quota(20, 15)
    await house.press(send)
    assert await house.notices() == []
    assert house.labels()[0] == "緊急用の残りも使って送る"
    await house.press("緊急用の残りも使って送る")
    assert len(await house.notices()) == 1


async def test_what_is_urgent_takes_what_was_kept_for_it(house: House) -> None:
    house.platform.month = Quota(20, 15)
    await house.say(NOTICE.replace("/お知らせ", "/緊急"))
    assert "緊急用の残り" not in house.said()
    await house.press("1年A組 3人に送る")
    assert len(await house.notices()) == 1


@pytest.mark.parametrize("quota", [Quota(5, 0), Quota(5, 2), Quota(None, 10_000)])
async def test_a_plan_without_room_for_a_reserve_or_without_a_limit_hears_nothing_of_it(
    house: House, quota: Quota
) -> None:
    house.platform.month = quota
    await house.say(NOTICE)
    assert "緊急" not in house.said()
    assert house.labels()[0] == "1年A組 3人に送る"


async def test_at_night_the_reserve_is_asked_about_in_both_buttons(house: House) -> None:
    house.platform.month = Quota(20, 15)
    house.now = house.now.replace(hour=13)
    await house.say(NOTICE)
    assert house.labels()[:2] == ["緊急用の残りも使って明日7時に送る", "緊急用の残りも使って今すぐ送る"]
    await house.press("明日7時")
    (notice,) = await house.notices()
    assert notice.send_at is not None


async def test_send_acts_and_says_so_with_the_number(house: House) -> None:
    await house.press("1年A組 3人に送る")
    assert "#1「避難訓練のお知らせ」を送りはじめました" in house.said()
    assert unpack(house.button("状況").data) == ("status", ("1",))
    (notice,) = await house.notices()
    assert (notice.members, notice.title) == (3, "避難訓練のお知らせ")
    places = [m.id.removeprefix(notice.id) for m in await house.storage.mailings.of_notice(notice.id)]
    assert places == ["/notice", "/reminder/plan-1", "/reminder/plan-2"]
    assert house.woken == 1


async def test_a_second_press_acts_once_and_answers_the_same(house: House) -> None:
    send = house.button("に送る")
    first = await house.press(send)
    house.later(hours=2)
    assert await house.press(send) == first
    assert len(await house.notices()) == 1
    assert len(await house.storage.audit.page(10)) == 1


async def test_a_redelivered_press_acts_once_and_answers_the_same(house: House) -> None:
    send = house.button("に送る")
    first = await house.press(send, event="press")
    assert await house.press(send, event="press") == first
    assert len(await house.notices()) == 1


@pytest.mark.parametrize("event", ["press", "another"])
async def test_a_crash_between_the_order_and_the_notice_is_completed(
    house: House, monkeypatch: pytest.MonkeyPatch, event: str
) -> None:
    send = house.button("に送る")

    async def crash(*_: Any) -> Any:
        raise ConnectionError("the power went out")

    with monkeypatch.context() as broken:
        broken.setattr(publish, "publish", crash)
        with pytest.raises(ConnectionError):
            await house.press(send, event="press")
    assert await house.notices() == []
    await house.press(send, event=event)
    assert "送りはじめました" in house.said()
    assert len(await house.notices()) == 1


async def test_an_older_previews_button_is_out_of_date_and_leads_to_the_newest(house: House) -> None:
    old = house.button("に送る")
    await house.press("直す")
    await house.press("締切を直す")
    await house.press("締切なし")
    newest = house.button("に送る")
    await house.press(old)
    assert "この下書きは古くなりました" in house.said()
    assert await house.notices() == []
    await house.press("最新の下書きを見る")
    assert "締切:なし" in house.said()
    await house.press("に送る")
    assert len(await house.notices()) == 1
    await house.press(newest)
    assert len(await house.notices()) == 1


async def test_a_preview_holds_for_thirty_minutes(house: House) -> None:
    send = house.button("に送る")
    house.later(minutes=30)
    await house.press(send)
    assert "この下書きは古くなりました" in house.said()
    await house.press("最新の下書きを見る")
    house.later(minutes=29)
    await house.press("に送る")
    assert len(await house.notices()) == 1


async def test_a_press_that_is_handled_hours_late_sends_nothing(house: House) -> None:
    send = house.button("に送る")
    unpacked = unpack(send.data)
    assert unpacked is not None
    at = house.now
    house.later(hours=3)
    press = Press(
        id="late", channel="line", user="U", at=at, received_at=house.now, verb="draft", arguments=unpacked[1]
    )
    house.last = await drafting.press(press, await house.context())
    assert "この下書きは古くなりました" in house.said()
    assert await house.notices() == []


async def test_a_personal_notice_says_that_names_are_filled_in(house: House) -> None:
    await house.say("/お知らせ 1年A組 締切=11/30\n面談のお知らせ\n{名前}さんの面談です。")
    assert "受け取る人ごとに" in house.said()


async def test_names_of_any_length_are_shown_as_far_as_they_fit(house: House) -> None:
    await house.families([family(f"7{n:03}", "長い組", "名" * 400, 0, 1) for n in range(12)])
    await house.family("7100", "長い組")
    await house.say("/お知らせ 長い組 締切=11/30\n遠足のお知らせ\n行きます。")
    assert "…" in house.said()


TYPED = [
    "/お知らせ",
    "/緊急",
    "/お知らせ 1年A組 締切=11/30\n避難訓練\n本文",
    "/お知らせ 全員 回答=a,b,c,d,e,f,g 有効期限=11/31\nテスト",
    "遠足のお知らせ\n行きます",
    "宛先:1C\n締切:2/30\n\n本文\n11/28(金)まで",
    *("11/30", "11/30(金)", "はい", "いいえ", "全員", "1年A組", "1年C組、ばら組", "本文はここまで", "やめる", "1A\n1B"),
    *("出席、欠席", "なし", "題です", "昨日", "あ" * 3000, "👨‍👩‍👧‍👦" * 100),
]


@pytest.mark.parametrize("seed", range(6))
async def test_nothing_is_sent_but_by_the_send_button_whatever_is_typed_and_pressed(house: House, seed: int) -> None:
    """A walk at random: new buttons and old ones, text at any moment, time passing, both languages."""
    chance = random.Random(seed)  # noqa: S311
    house.locale = chance.choice(["ja", "en"])
    house.platform.month = chance.choice([None, Quota(None, 0), Quota(10, 9), Quota(200, 0)])
    ever = house.buttons()
    for _ in range(40):
        before, is_send = len(await house.notices()), False
        if chance.random() < 0.35:
            await house.say(chance.choice(TYPED))
        else:
            button = chance.choice([b for b in house.buttons() or ever if b.data.startswith("k1:draft")] or ever)
            button = button if chance.random() < 0.8 else chance.choice(ever)
            is_send = ":send:" in button.data
            await house.press(button)
        house.later(minutes=chance.choice([0, 0, 0, 5, 31, 800]))
        ever += [b for b in house.buttons() if b.data.startswith("k1:draft")]
        after = await house.notices()
        assert len(after) - before <= is_send
        assert all(n.title and (n.audience.groups or n.audience.everyone) for n in after)


async def test_the_button_of_a_replaced_draft_leads_to_the_newer_one(house: House) -> None:
    old = house.button("に送る")
    await house.say("/お知らせ 1年B組 締切=11/30\n別のお知らせ\nです。")
    await house.press(old)
    await house.press("最新の下書きを見る")
    assert house.card().title == "別のお知らせ"
    assert await house.notices() == []


async def test_a_trial_goes_to_the_presser_and_changes_nothing(house: House) -> None:
    before = await house.draft()
    await house.press("自分に試し送り")
    assert house.card().lead.startswith("【試し送り】")
    assert [b.data for b in house.card().buttons] == [pack("sample")]
    assert await house.draft() == before
    assert await house.notices() == []
    await house.press("に送る")
    assert len(await house.notices()) == 1


async def test_cancel_can_be_taken_back(house: House) -> None:
    send = house.button("に送る")
    await house.press("取り消す")
    await house.press(send)
    assert "古くなりました" in house.said()
    await house.press("この下書きにもどる")
    await house.press("に送る")
    assert len(await house.notices()) == 1


async def test_the_title_is_mended(house: House) -> None:
    await house.press("直す")
    await house.press("題を直す")
    await house.say("避難訓練(訂正)")
    assert house.card().title == "避難訓練(訂正)"
    assert house.card().body == "行います。"


async def test_the_text_is_mended_and_stays_until_the_new_one_comes(house: House) -> None:
    await house.press("直す")
    await house.press("本文を直す")
    await house.press("直さずにもどる")
    assert house.card().body == "行います。"
    await house.press("直す")
    await house.press("本文を直す")
    await house.say("避難訓練の延期について\n12月3日に行います。")
    await house.press("本文はここまで")
    assert (house.card().title, house.card().body) == ("避難訓練の延期について", "12月3日に行います。")


async def test_audience_deadline_answers_and_rule_are_mended(house: House) -> None:
    await house.press("直す")
    await house.press("宛先を直す")
    await house.say("1年B組")
    await house.press("直す")
    await house.press("締切を直す")
    await house.say("明日 正午")
    await house.press("直す")
    await house.press("回答のボタンを直す")
    await house.press("参加、不参加")
    await house.press("直す")
    await house.press("全員に確認してもらう")
    said = house.said()
    for words in ("宛先:1年B組", "締切:11/25(水) 12:00", "参加、不参加", "連絡先の全員が押す"):
        assert words in said
    await house.press("直す")
    await house.press("だれか1人の確認")
    await house.press("直す")
    await house.press("回答のボタンを直す")
    await house.press("「確認しました」だけ")
    assert "回答のボタン:確認しました" in house.said()


async def test_mending_can_be_left_without_a_change(house: House) -> None:
    before = await house.draft()
    for field in ("題", "本文", "宛先", "締切", "回答のボタン"):
        await house.press("直す")
        await house.press(f"{field}を直す")
        await house.press("直さずにもどる")
        kept = (await house.draft()).but(revision=0, events=(), updated_at=START)
        assert kept == before.but(revision=0, events=(), updated_at=START)


async def test_a_text_that_is_too_long_is_refused_with_a_way_to_mend_it(house: House) -> None:
    long = "とても長い話です。" * 300
    await house.say(f"/お知らせ 1年A組 締切=11/30\n長いお知らせ\n{long}")
    assert "本文が長すぎます。2,000文字まで" in house.said()
    assert "下書きは残っています" in house.said()
    assert (await house.draft()).body == long
    await house.press("本文を直す")
    await house.say("短くしました。\n本文はここまで")
    assert (house.card().title, house.card().body) == ("長いお知らせ", "短くしました。")


async def test_a_text_that_became_too_long_meanwhile_is_not_sent(house: House) -> None:
    house.platform.room = 3
    await house.press("に送る")
    assert "長すぎます" in house.said()
    assert await house.notices() == []


async def test_a_roster_that_changed_meanwhile_shows_a_new_preview(house: House) -> None:
    await house.family("1004", "1年A組")
    await house.press("1年A組 3人に送る")
    assert await house.notices() == []
    await house.press("1年A組 4人に送る")
    assert len(await house.notices()) == 1


async def test_a_deadline_that_passed_meanwhile_is_asked_for_again(house: House) -> None:
    await house.say("/お知らせ 1年A組 締切=10分後\n遠足のお知らせ\n行きます。")
    house.later(minutes=15)
    await house.press("に送る")
    assert "もう過ぎています" in house.said()
    assert await house.notices() == []


async def test_nobody_reachable_is_said_with_what_to_do(house: House) -> None:
    await house.family("5001", "3年A組", registered=0, unregistered=2)
    await house.say("/お知らせ 3年A組 締切=11/30\n遠足のお知らせ\n行きます。")
    assert "いま届く連絡先がありません" in house.said()
    assert "登録コード" in house.said()
    assert not any("に送る" in label for label in house.labels())


async def test_an_audience_that_became_empty_is_said_with_what_to_do(empty: House) -> None:
    await empty.family("1001", "1年A組")
    await empty.say(NOTICE)
    send = empty.button("に送る")
    member = (await empty.storage.members.get(["1001"]))["1001"]
    await empty.storage.members.put([member.but(groups=("2年A組",))])
    await empty.press(send)
    assert "名簿の人がいません" in empty.said()
    assert "宛先を変える" in empty.labels()


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("参加届は11/27(金)までに出してください。", "本文には 11/27(金) 18:00 までとあります"),
        ("11/28(土)に行います。", "締切より前の 11/28 という日付が本文にあります"),
        ("12/3(金)に行います。", "本文に「12/3(金)」とありますが、カレンダーでは 12/3(木)"),
    ],
)
async def test_what_does_not_fit_together_is_asked_in_the_preview(house: House, text: str, heard: str) -> None:
    await house.say(f"/お知らせ 1年A組 締切=11/30\n避難訓練のお知らせ\n{text}")
    assert heard in house.said()


@pytest.mark.parametrize(
    "text", ["12/3(木)に行います。", "11/30(月)までに出してください。", "11/20に決まりました。", "1/2の確率です。"]
)
async def test_what_fits_is_not_asked_about(house: House, text: str) -> None:
    await house.say(f"/お知らせ 1年A組 締切=11/30\n避難訓練のお知らせ\n{text}")
    assert "でよいですか" not in house.said()


async def test_the_label_of_the_send_button_fits_for_many_and_long_groups(house: House) -> None:
    names = [f"とても長い名前のグループその{n}・第二体育館" for n in range(4)]
    for number, name in enumerate(names):
        await house.family(f"6{number:03}", name)
    await house.say("/お知らせ 締切=11/30\n\n遠足のお知らせ\n行きます。")
    await house.say("、".join(names))
    assert all(len(label) <= 40 for label in house.labels())
    assert house.button("4人に送る")


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("x",),
        ("event-001", "1", "send"),
        ("nobody", "1", "send", "3"),
        ("event-001", "x", "y", "z"),
        ("", "", "", ""),
    ],
)
async def test_a_button_that_makes_no_sense_does_nothing(house: House, arguments: tuple[str, ...]) -> None:
    await house.press(Button("?", pack("draft", *arguments)))
    assert "古くなりました" in house.said()
    assert (await house.draft()).state is DraftState.PREVIEW


@pytest.mark.parametrize("action", ["send", "deadline", "title", "group", "mend", "page", "join", "revive", "zzz"])
@pytest.mark.parametrize("value", ["", "-1", "99999999999", "nonsense", "٣"])
async def test_a_forged_value_breaks_nothing(house: House, action: str, value: str) -> None:
    draft = await house.draft()
    await house.press(Button("?", pack("draft", draft.id, draft.revision, action, value)))
    assert house.last is not None
    assert await house.notices() == []


async def test_two_presses_at_once_make_one_notice(house: House) -> None:
    send, context = house.button("に送る"), await house.context()
    unpacked = unpack(send.data)
    assert unpacked is not None
    presses = [
        Press(
            id=f"p{n}",
            channel="line",
            user="U",
            at=house.now,
            received_at=house.now,
            verb="draft",
            arguments=unpacked[1],
        )
        for n in range(5)
    ]
    answers = await asyncio.gather(*(drafting.press(press, context) for press in presses))
    assert len(await house.notices()) == 1
    assert len({repr(answer) for answer in answers}) == 1


async def test_two_texts_at_once_are_both_kept(house: House) -> None:
    await house.say("/お知らせ")
    context = await house.context()
    texts = [
        Text(id=f"t{n}", channel="line", user="U", at=house.now, received_at=house.now, text=f"{n}行目です。")
        for n in range(8)
    ]
    await asyncio.gather(*(drafting.resume(text, context) for text in texts))
    assert sorted((await house.draft()).lines) == sorted(text.text for text in texts)
