"""Making a notice in the chat: four ways in, every question, one preview."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest

from handlers.wording import LOCALES, Words
from storage.models import DraftState
from tests.handlers.drafting_house import ZONE, House, empty_house, open_house

LETTER = """令和8年11月20日
保護者各位
みどり小学校長 山田太郎

避難訓練について

12月3日(木)に避難訓練を行います。
上履きを持たせてください。"""


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as opened:
        yield opened


@pytest.fixture
async def empty(tmp_path: Path) -> AsyncIterator[House]:
    async with empty_house(tmp_path) as opened:
        yield opened


def tokyo(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZONE)  # type: ignore[misc,arg-type]


def is_preview(house: House) -> bool:
    return house.panel().title.startswith("送る前の確認")


async def test_pasted_text_then_audience_then_deadline_by_buttons(house: House) -> None:
    await house.say(LETTER)
    assert "お知らせとして送りますか" in house.said()
    assert "避難訓練について" in house.said()
    await house.press("お知らせにする")
    assert "だれに送りますか" in house.said()
    await house.press("1年A組")
    assert "いつまでに" in house.said()
    await house.press("11/27(金) 18:00")
    assert is_preview(house)
    card = house.card()
    assert card.title == "避難訓練について"
    assert card.body == LETTER.replace("避難訓練について\n\n", "")
    assert card.deadline.endswith("11/27(金) 18:00")
    await house.press("1年A組 3人に送る")
    (notice,) = await house.notices()
    assert (notice.title, notice.audience.groups) == ("避難訓練について", ("1年A組",))
    assert notice.deadline_at == tokyo(2026, 11, 27, 18)


async def test_pasted_text_that_is_no_notice_is_left_alone(house: House) -> None:
    await house.say(LETTER)
    await house.press("送りません")
    assert "取り消しました" in house.said()
    assert await house.storage.drafts.current("teacher") is None


@pytest.mark.parametrize(("answer", "heard"), [("はい", "だれに送りますか"), ("いいえ", "取り消しました")])
async def test_the_offer_is_answered_by_typing_too(house: House, answer: str, heard: str) -> None:
    await house.say(LETTER)
    await house.say(answer)
    assert heard in house.said()


async def test_other_words_behind_an_offer_are_not_for_the_draft(house: House) -> None:
    await house.say(LETTER)
    assert await house.say("ところで") is None


async def test_step_by_step_in_several_messages_until_enough_is_typed(house: House) -> None:
    await house.say("/お知らせ")
    assert "本文はここまで" in house.said()
    await house.say("遠足のお知らせ\n12月4日に行きます。")
    assert "いま2行" in house.said()
    await house.say("お弁当を持たせてください。")
    assert "いま3行" in house.said()
    await house.say("本文はここまで")
    assert "だれに送りますか" in house.said()
    await house.say("1年A組、1年B組")
    await house.say("12/2 17時")
    assert is_preview(house)
    assert house.card().title == "遠足のお知らせ"
    assert house.card().body == "12月4日に行きます。\nお弁当を持たせてください。"
    assert (await house.draft()).groups == ("1年A組", "1年B組")
    assert (await house.draft()).deadline_at == tokyo(2026, 12, 2, 17)


async def test_step_by_step_enough_is_a_button_and_may_stand_below_the_text(house: House) -> None:
    await house.say("/お知らせ")
    await house.say("休校\n明日は休校です。")
    await house.press("本文はここまで")
    assert "題はどれにしますか" in house.said()
    await house.press("休校")
    assert "だれに" in house.said()
    await house.say("/お知らせ")
    await house.say("遠足のお知らせ\n12月4日に行きます。\n本文はここまで")
    assert "だれに" in house.said()


async def test_step_by_step_presses_never_become_text(house: House) -> None:
    await house.say("/お知らせ")
    await house.press("取り消す")
    await house.press("この下書きにもどる")
    await house.say("遠足のお知らせ\n行きます。")
    await house.say("本文はここまで")
    assert (await house.draft()).lines == ("遠足のお知らせ", "行きます。")


async def test_enough_without_a_text_asks_for_it_again(house: House) -> None:
    await house.say("/お知らせ")
    await house.say("本文はここまで")
    assert "文章を送ってください" in house.said()


async def test_with_heads_as_in_a_mail(house: House) -> None:
    await house.say("お知らせ\n宛先:1年A組、1年B組\n締切:11/30 18時\n件名:避難訓練\n\n行います。")
    assert is_preview(house)
    assert (house.card().title, house.card().body) == ("避難訓練", "行います。")
    assert "1年A組、1年B組" in house.said()
    assert "締切:11/30(月) 18:00" in house.said()


async def test_on_one_line(house: House) -> None:
    await house.say("/お知らせ 1年A組 締切=11/30 回答=出席,欠席\n避難訓練\n行います。")
    assert is_preview(house)
    assert [b.label for b in house.card().buttons] == ["出席", "欠席"]
    assert "時刻がなかったので 18:00 にしました" in house.said()


async def test_on_one_line_in_english(house: House) -> None:
    house.locale = "en"
    await house.say("/send 1A deadline=11/30 answers=yes,no\nEvacuation drill\nIt is on Monday.")
    assert house.panel().title == "Before sending"
    assert house.card().title == "Evacuation drill"
    await house.press("Send to 1年A組 (3)")
    assert "on its way" in house.said()


async def test_urgent_asks_for_nothing_but_the_audience(house: House) -> None:
    await house.say("/緊急 大雨のため、本日は休校です")
    assert "だれに送りますか" in house.said()
    await house.press("1年A組")
    assert house.panel().title == "送る前の確認(緊急)"
    assert house.card().mark == "緊急・要確認"
    assert house.card().deadline == ""
    await house.press("1年A組 3人に送る")
    assert (await house.notices())[0].urgent


async def test_urgent_step_by_step_takes_one_message(house: House) -> None:
    await house.say("/緊急")
    assert "1通にまとめて" in house.said()
    await house.say("大雨のため休校します。\n外に出ないでください。")
    await house.say("1A")
    assert house.card().body == "大雨のため休校します。\n外に出ないでください。"


async def test_everyone_is_asked_about_twice_with_the_head_count(house: House) -> None:
    await house.say("/お知らせ 締切=11/30\n\n遠足のお知らせ\n行きます。")
    await house.press("全員(6人)")
    assert "全員(6人、連絡先 8人)" in house.said()
    assert not is_preview(house)
    await house.press("はい、全員 6人です")
    assert is_preview(house)
    assert "全員 6人に送る" in house.labels()


async def test_everyone_in_a_head_is_asked_about_too_and_can_be_changed(house: House) -> None:
    await house.say("/お知らせ 全員 締切=11/30\n遠足のお知らせ\n行きます。")
    assert "よろしいですか" in house.said()
    await house.press("宛先を選びなおす")
    await house.press("役員")
    assert (await house.draft()).groups == ("役員",)
    assert not (await house.draft()).everyone


@pytest.mark.parametrize(("answer", "everyone"), [("はい", True), ("いいえ", False), ("1年A組", False)])
async def test_the_question_about_everyone_is_answered_by_typing_too(house: House, answer: str, everyone: bool) -> None:
    await house.say("/お知らせ 全員 締切=11/30\n遠足のお知らせ\n行きます。")
    await house.say(answer)
    assert (await house.draft()).everyone is everyone


async def test_an_unknown_group_is_answered_with_the_nearest_as_buttons(house: House) -> None:
    await house.say("/お知らせ 1年C組 締切=11/30\n遠足のお知らせ\n行きます。")
    assert "「1年C組」というグループは名簿にありません" in house.said()
    assert {"1年A組(3人)", "1年B組(2人)"} <= set(house.labels())
    await house.press("1年B組")
    assert is_preview(house)
    assert (await house.draft()).groups == ("1年B組",)


async def test_known_groups_beside_an_unknown_one_are_kept(house: House) -> None:
    await house.say("/お知らせ 1年A組、1年C組 締切=11/30\n遠足のお知らせ\n行きます。")
    await house.press("1年B組")
    assert (await house.draft()).groups == ("1年A組", "1年B組")


async def test_one_can_go_on_with_the_known_groups_alone(house: House) -> None:
    await house.say("/お知らせ 1年A組、1年C組 締切=11/30\n遠足のお知らせ\n行きます。")
    await house.press("1年A組だけに送る")
    assert (await house.draft()).groups == ("1年A組",)
    assert is_preview(house)


async def test_an_unknown_group_can_be_typed_again_or_chosen_from_the_list(house: House) -> None:
    await house.say("/お知らせ 締切=11/30\n\n遠足のお知らせ\n行きます。")
    await house.say("ばら組")
    assert "ばら組" in house.said()
    await house.say("すみれ組")
    assert "すみれ組" in house.said()
    await house.press("一覧から選ぶ")
    assert "役員(1人)" in house.labels()


async def test_many_groups_come_in_pages(house: House) -> None:
    for number in range(1, 21):
        await house.family(f"3{number:03}", f"{number}班")
    await house.say("/お知らせ 締切=11/30\n\n遠足のお知らせ\n行きます。")
    seen: set[str] = set()
    for _ in range(3):
        seen |= set(house.labels())
        await house.press("ほかのグループ")
    assert {f"{n}班(1人)" for n in range(1, 21)} | {"1年A組(3人)", "役員(1人)"} <= seen
    await house.press("班(1人)")
    assert is_preview(house)


async def test_an_empty_roster_says_what_to_do_and_keeps_the_draft(empty: House) -> None:
    await empty.say("/お知らせ 締切=11/30\n\n遠足のお知らせ\n行きます。")
    assert "名簿がまだ空" in empty.said()
    await empty.family("1001", "1年A組")
    await empty.press("名簿を入れたので続ける")
    await empty.press("1年A組")
    assert is_preview(empty)


async def test_a_roster_without_groups_offers_everyone_alone(empty: House) -> None:
    await empty.family("1001", "1年A組")
    member = (await empty.storage.members.get(["1001"]))["1001"]
    await empty.storage.members.put([member.but(groups=())])
    await empty.say("/お知らせ 締切=11/30\n\n遠足のお知らせ\n行きます。")
    assert "グループがない" in empty.said()
    assert empty.labels()[0] == "全員(1人)"


@pytest.mark.parametrize(
    ("typed", "heard", "button"),
    [
        ("11/30(金)", "カレンダーでは 11/30(月)", "11/27(金) 18:00"),
        ("11/20", "もう過ぎています", "11/27(金) 18:00"),
        ("2/30", "という日時はありません", "11/27(金) 18:00"),
        ("なるべく早く", "読み取れませんでした", "11/27(金) 18:00"),
        ("来週の日曜", "どちらの日時ですか", "11/29(日) 18:00"),
        ("2062/11/30", "1年より先", "2062/11/30"),
        ("9時", "もう過ぎています", "明日 11/25(水) 9:00"),
    ],
)
async def test_a_doubtful_deadline_is_asked_about(house: House, typed: str, heard: str, button: str) -> None:
    await house.say("/お知らせ 1年A組\n遠足のお知らせ\n行きます。")
    await house.say(typed)
    assert heard in house.said()
    await house.press(button)
    assert is_preview(house)


async def test_a_doubtful_deadline_in_a_head_is_asked_about(house: House) -> None:
    await house.say("/お知らせ 1年A組 締切=11/30(金)\n遠足のお知らせ\n行きます。")
    assert "カレンダーでは 11/30(月)" in house.said()
    await house.press("11/30(月)")
    assert (await house.draft()).deadline_at == tokyo(2026, 11, 30, 18)


async def test_a_doubtful_expiry_or_answer_in_a_head_is_asked_about(house: House) -> None:
    await house.say("/お知らせ 1年A組 締切=11/30 有効期限=11/31 回答=a,b,c,d,e,f,g\n遠足のお知らせ\n行きます。")
    assert house.panel().title == "有効期限"
    await house.say("12/4 18時")
    assert "ボタンにできませんでした" in house.said()
    await house.press("出席、欠席")
    assert is_preview(house)
    assert "有効期限:12/4(金) 18:00" in house.said()


async def test_no_deadline_is_a_choice(house: House) -> None:
    await house.say("/お知らせ 1年A組\n遠足のお知らせ\n行きます。")
    await house.press("締切なし")
    assert "締切:なし" in house.said()
    assert house.card().deadline == ""


async def test_the_deadline_named_in_the_text_is_offered_first(house: House) -> None:
    await house.say("/お知らせ 1年A組\n遠足のお知らせ\n参加届は12/1(火)17時までに出してください。")
    assert house.labels()[0] == "12/1(火) 17:00"


async def test_a_button_for_a_time_that_has_passed_meanwhile_is_asked_about(house: House) -> None:
    await house.say("/お知らせ 1年A組\n遠足のお知らせ\n行きます。")
    button = house.button("今日 11/24(火) 18:00")
    house.later(hours=9)
    await house.press(button)
    assert "もう過ぎています" in house.said()


async def test_the_title_is_asked_for_when_it_is_not_clear(house: House) -> None:
    await house.say("/お知らせ 1年A組\n\n保護者各位\nあすなろ発表会\n12/5に行います。\n体育館")
    assert "題はどれにしますか" in house.said()
    assert house.labels()[:1] == ["あすなろ発表会"]
    assert not any("保護者各位" in label for label in house.labels())
    await house.say("発表会があります")
    assert (await house.draft()).title == "発表会があります"
    assert "あすなろ発表会" in (await house.draft()).body


async def test_a_text_of_sentences_gets_a_title_typed_or_the_plain_one(house: House) -> None:
    await house.say("/お知らせ\nおはようございます。\n明日は遠足です。")
    assert "題を送ってください" in house.said()
    await house.press("大切なお知らせ")
    assert (await house.draft()).title == "大切なお知らせ"
    assert (await house.draft()).body == "おはようございます。\n明日は遠足です。"


async def test_typing_cancel_cancels_and_nothing_is_lost(house: House) -> None:
    await house.say("/お知らせ 1年A組\n遠足のお知らせ\n行きます。")
    await house.say("やめる")
    assert "取り消しました" in house.said()
    await house.press("この下書きにもどる")
    assert "いつまでに" in house.said()


async def test_a_second_paste_can_continue_the_first(house: House) -> None:
    await house.say("遠足のお知らせ\n12月4日に行きます。")
    await house.say("持ち物です。\nお弁当、水筒")
    assert "前の文章につなげる" in house.labels()
    await house.press("前の文章につなげる")
    assert (await house.draft()).lines == ("遠足のお知らせ", "12月4日に行きます。", "持ち物です。", "お弁当、水筒")
    assert (await house.draft()).title == "遠足のお知らせ"


async def test_a_paste_while_a_preview_is_open_loses_neither(house: House) -> None:
    await house.say("/お知らせ 1年A組 締切=11/30\n遠足のお知らせ\n行きます。")
    await house.say("まちがえて貼った文章\nです。")
    assert "お知らせとして送りますか" in house.said()
    await house.press("送りません")
    await house.press("前の下書きにもどる")
    assert is_preview(house)
    assert house.card().title == "遠足のお知らせ"


async def test_one_line_behind_a_preview_is_not_for_the_draft(house: House) -> None:
    await house.say("/お知らせ 1年A組 締切=11/30\n遠足のお知らせ\n行きます。")
    assert await house.say("ありがとう") is None


async def test_a_draft_left_alone_for_half_a_day_takes_no_text(house: House) -> None:
    await house.say("/お知らせ")
    house.later(hours=13)
    assert await house.say("こんにちは") is None
    assert (await house.draft()).lines == ()


async def test_a_redelivered_text_is_not_added_twice(house: House) -> None:
    await house.say("/お知らせ", event="a")
    await house.say("遠足のお知らせ\n行きます。", event="b")
    first = house.last
    await house.say("遠足のお知らせ\n行きます。", event="b")
    assert house.last == first
    assert (await house.draft()).lines == ("遠足のお知らせ", "行きます。")


async def test_a_redelivered_beginning_makes_no_second_draft(house: House) -> None:
    await house.say("/お知らせ 1年A組\n遠足のお知らせ\n行きます。", event="a")
    first, draft = house.last, await house.draft()
    await house.say("/お知らせ 1年A組\n遠足のお知らせ\n行きます。", event="a")
    assert house.last == first
    assert await house.draft() == draft


async def test_a_redelivered_paste_is_offered_the_same(house: House) -> None:
    await house.say(LETTER, event="a")
    first = house.last
    await house.say(LETTER, event="a")
    assert house.last == first
    assert (await house.draft()).state is DraftState.OFFERED


async def test_a_doubt_is_asked_the_same_when_its_event_comes_again(house: House) -> None:
    await house.say("/お知らせ 1年A組\n遠足のお知らせ\n行きます。")
    await house.say("11/30(金)", event="b")
    first = house.last
    await house.say("11/30(金)", event="b")
    assert house.last == first


async def test_somebody_elses_button_does_nothing(house: House) -> None:
    await house.say(LETTER)
    button = house.button("お知らせにする")
    house.speaker = "1001-1"
    await house.press(button)
    assert "古くなりました" in house.said()
    house.speaker = "teacher"
    assert (await house.draft()).state is DraftState.OFFERED


def test_every_sentence_is_there_in_every_language() -> None:
    folder = Path(__file__).parents[2] / "handlers" / "wording"
    for name in ("drafting.ftl", "dates.ftl"):
        keys = [
            [
                line.split(" =")[0]
                for line in (folder / locale / name).read_text("utf-8").splitlines()
                if " =" in line[:40]
            ]
            for locale in LOCALES
        ]
        assert keys[0] == keys[1]
        assert len(set(keys[0])) == len(keys[0])
        for locale in LOCALES:
            assert all(Words(locale, ZONE)._bundle.has_message(key) for key in keys[0])
            assert not set("!！") & set((folder / locale / name).read_text("utf-8"))


@pytest.mark.parametrize("press", ["1年A組", "取り消す"])
async def test_a_redelivered_press_is_answered_the_same(house: House, press: str) -> None:
    await house.say("/お知らせ\n遠足のお知らせ\n行きます。")
    button = house.button(press)
    first = await house.press(button, event="press")
    revision = (await house.storage.drafts.get("event-001") or await house.draft()).revision
    assert await house.press(button, event="press") == first
    assert (await house.storage.drafts.get("event-001") or await house.draft()).revision == revision


async def test_a_text_that_was_cancelled_half_way_goes_on_being_collected(house: House) -> None:
    await house.say("/お知らせ 1年A組 締切=11/30 件名=遠足")
    await house.say("12月4日に行きます。")
    await house.say("取り消す")
    await house.press("この下書きにもどる")
    await house.say("お弁当を持たせてください。")
    await house.press("本文はここまで")
    assert is_preview(house)
    assert house.card().body == "12月4日に行きます。\nお弁当を持たせてください。"


async def test_a_question_answered_with_several_lines_that_are_no_answer_is_a_new_text(house: House) -> None:
    await house.say("/お知らせ\n遠足のお知らせ\n行きます。")
    await house.say("持ち物のお知らせ\nお弁当です。")
    assert "お知らせとして送りますか" in house.said()
    await house.press("送りません")
    await house.press("前の下書きにもどる")
    assert "だれに送りますか" in house.said()
    await house.say("1年A組\n1年B組")
    assert (await house.draft()).groups == ("1年A組", "1年B組")
