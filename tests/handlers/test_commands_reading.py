"""What an administrator reads: /状況, /未確認, /確認済, /一覧, /ヘルプ."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers import buttons, publish, vocabulary
from handlers.commands import choose, confirmed, listing, paging, pending, status
from handlers.commands import help as help_command
from handlers.replies import Bar
from storage.models import Coverage, OutgoingState
from tests.handlers.commands_house import START, House, button, opened, panel, said


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with opened(tmp_path) as house:
        yield house


async def family(house: House) -> None:
    """Five pupils: one without a registered contact, one with two guardians."""
    for code, kana, contacts in (
        ("青木", "あおき", ("p1",)),
        ("井上", "いのうえ", ("p2",)),
        ("上田", "うえだ", ("p3",)),
        ("江川", "えがわ", ()),
        ("小野", "おの", ("p5",)),
    ):
        await house.member(code, kana=kana, contacts=contacts)
    await house.contact("p4", ("江川",), relationship="母", is_registered=False)
    await house.contact("p1", ("青木",), relationship="母")
    await house.contact("p1f", ("青木",), relationship="父")


# Which notice


@pytest.mark.parametrize("typed", ["42", "#42", "４２", "42番", "＃42", "第42号", "No.42", "042"])
def test_a_number_is_read_however_it_is_typed(typed: str) -> None:
    assert choose.read_number([typed]) == 42


@pytest.mark.parametrize("typed", [["避難訓練"], [], ["42a"], ["1234567890"], ["-1"], [""]])
def test_what_is_no_number_is_not_taken_for_one(typed: list[str]) -> None:
    assert choose.read_number(typed) is None


def test_a_number_apart_from_its_sign_is_read() -> None:
    assert choose.read_number(["#", "42"]) == 42
    assert choose.read_number(["42", "番"]) == 42


@given(st.lists(st.text(max_size=20), max_size=4))
def test_reading_a_number_never_fails(words: list[str]) -> None:
    number = choose.read_number(words)
    assert number is None or 0 <= number < 10**9


async def test_without_any_notice_one_is_told_how_to_begin(house: House) -> None:
    answer = await status.status(house.event("status"), await house.context())
    assert "まだお知らせがありません" in said(answer)
    assert buttons.unpack(button(answer, "お知らせを作る").data) == ("notice", ())


async def test_reading_without_a_number_takes_the_latest_notice(house: House) -> None:
    await family(house)
    await house.send("遠足")
    await house.send("避難訓練")
    assert panel(await status.status(house.event("status"), await house.context())).title == "#2 避難訓練"
    assert panel(await status.status(house.event("status", "1番"), await house.context())).title == "#1 遠足"


async def test_an_unknown_number_is_answered_with_the_nearest_ones(house: House) -> None:
    await family(house)
    for number in range(1, 13):
        await house.order(f"お知らせ{number}")
    answer = await pending.pending(house.event("pending", "99"), await house.context())
    assert "#99 のお知らせはありません" in said(answer)
    assert panel(answer).buttons[0].label == "#12 お知らせ12"
    near = button(answer, "#10")
    assert buttons.unpack(near.data) == ("pending", ("10",))
    answer = await pending.pending(house.press(near), await house.context())
    assert "#10" in panel(answer).title


async def test_a_word_that_names_no_notice_is_answered_with_a_choice(house: House) -> None:
    await family(house)
    await house.send()
    answer = await status.status(house.event("status", "遠足"), await house.context())
    assert panel(answer).title == "どのお知らせですか"
    assert [b.label for b in panel(answer).buttons] == ["#1 避難訓練"]


# 状況


async def test_status_counts_confirmed_unconfirmed_and_unreached(house: House) -> None:
    await family(house)
    notice = await house.send(deadline_at=START + timedelta(hours=8))
    for contact in ("p1", "p2", "p3"):
        await house.tap(notice, contact)
    answer = await status.status(house.event("status"), await house.context())
    assert "確認済み 3 · 未確認 2(うち届いていない 1) · 全 5" in panel(answer).paragraphs
    assert panel(answer).bar == Bar(3, 5)
    assert "締切:11/29(日) 18:00" in panel(answer).paragraphs
    assert [b.label for b in panel(answer).buttons] == ["未確認の2人を見る", "確認済みの3人を見る", "催促する"]
    assert "受け付け" not in said(answer)


async def test_status_says_that_the_deadline_has_passed(house: House) -> None:
    await family(house)
    await house.send(deadline_at=START + timedelta(hours=1))
    house.later(hours=2)
    answer = await status.status(house.event("status"), await house.context())
    assert "締切:11/29(日) 11:00(過ぎました)" in said(answer)


async def test_status_tells_accepted_from_unknown_and_never_says_read_or_arrived(house: House) -> None:
    await family(house)
    await house.order()
    await house.fan_out()
    context = await house.context()
    assert "送信:受け付け 0 · 送信待ち 5" in said(await status.status(house.event("status"), context))
    await house.deliver(OutgoingState.UNKNOWN, error="time-out", is_doubtful=True)
    text = said(await status.status(house.event("status"), context))
    assert "送信:受け付け 0 · 不明 5" in text
    assert "既読" not in text
    assert "相手に届いたか、読まれたかは分かりません" in text


async def test_status_says_that_a_notice_is_still_being_prepared(house: House) -> None:
    await family(house)
    await house.order()
    text = said(await status.status(house.event("status"), await house.context()))
    assert "名簿の5人のうち、0人を数えました" in text


async def test_status_counts_answers_by_choice(house: House) -> None:
    await family(house)
    notice = await house.send(choices=("出席", "欠席", "未定"))
    await house.tap(notice, "p1", "出席")
    await house.tap(notice, "p2", "出席")
    await house.tap(notice, "p3", "欠席")
    answer = await status.status(house.event("status"), await house.context())
    assert [(r.left, r.right) for r in panel(answer).rows] == [("出席", "2人"), ("欠席", "1人"), ("未定", "0人")]


async def test_status_tells_when_the_last_reminder_went_out(house: House) -> None:
    await family(house)
    notice = await house.send()
    house.later(hours=3)
    await publish.order_reminder(notice, house.event("remind"), await house.context())
    await house.fan_out()
    await house.deliver()
    text = said(await status.status(house.event("status"), await house.context()))
    assert "催促:1回(最後は 11/29(日) 13:00)" in text
    assert "催促の送信" not in text


# 未確認


async def reasons_shown(house: House) -> dict[str, tuple[str, str]]:
    answer = await pending.pending(house.event("pending"), await house.context())
    return {r.left: (r.right, r.note) for r in panel(answer).rows}


async def test_everyone_unconfirmed_is_named_with_one_reason(house: House) -> None:
    await family(house)
    await house.member("加藤", kana="かとう")
    notice = await house.send()
    await house.tap(notice, "p3")
    await house.block("p5")
    assert await reasons_shown(house) == {
        "青木": ("まだ押していない", ""),
        "井上": ("まだ押していない", ""),
        "江川": ("未登録", "母"),
        "小野": ("ブロック中", "p5"),
        "加藤": ("連絡先なし", ""),
    }
    answer = await pending.pending(house.event("pending"), await house.context())
    assert "未確認 5人(全 6人)" in said(answer)
    assert "読まれたかどうかは分かりません" in said(answer)


async def test_who_registered_after_the_notice_has_not_been_sent_it_yet(house: House) -> None:
    await family(house)
    await house.send()
    await house.register("p4")
    assert (await reasons_shown(house))["江川"] == ("まだ送っていない", "母")


@pytest.mark.parametrize(
    ("state", "error", "is_doubtful", "reason"),
    [
        (OutgoingState.UNKNOWN, "time-out", True, ("送れたか不明", "p2")),
        (OutgoingState.REFUSED, "400; Failed to send messages", False, ("送れませんでした", "p2")),
        (OutgoingState.SENDING, "time-out", True, ("送信中", "p2")),
        (
            OutgoingState.SENDING,
            "429; You have reached your monthly limit.",
            False,
            ("送信待ち", "p2 · 今月の通数の上限"),
        ),
        (OutgoingState.DROPPED, "expired", False, ("送信取りやめ", "p2 · 期限が過ぎたため")),
    ],
)
async def test_the_reason_follows_the_call(
    house: House, state: OutgoingState, error: str, is_doubtful: bool, reason: tuple[str, str]
) -> None:
    await family(house)
    await house.order()
    await house.fan_out()
    assert (await reasons_shown(house))["井上"] == ("送信待ち", "p2")
    await house.deliver(state, error=error, is_doubtful=is_doubtful)
    assert (await reasons_shown(house))["井上"] == reason


async def test_where_every_guardian_is_needed_the_one_who_holds_it_up_is_named(house: House) -> None:
    await family(house)
    notice = await house.send(coverage=Coverage.EVERY)
    await house.tap(notice, "p1")
    assert (await reasons_shown(house))["青木"] == ("まだ押していない", "父")
    await house.block("p1f")
    assert (await reasons_shown(house))["青木"] == ("ブロック中", "父")


async def test_a_reminder_that_was_accepted_is_what_counts(house: House) -> None:
    await family(house)
    notice = await house.order()
    await house.fan_out()
    await house.deliver(OutgoingState.REFUSED, error="400")
    await publish.order_reminder(notice, house.event("remind"), await house.context())
    await house.fan_out()
    await house.deliver()
    assert (await reasons_shown(house))["井上"] == ("まだ押していない", "")


async def test_when_nobody_is_left_everyone_has_confirmed(house: House) -> None:
    await house.member("青木", contacts=("p1",))
    notice = await house.send()
    await house.tap(notice, "p1")
    answer = await pending.pending(house.event("pending"), await house.context())
    assert "全員(1人)が確認しました" in said(answer)


async def test_a_notice_that_is_being_prepared_is_not_called_done(house: House) -> None:
    await house.member("青木", contacts=("p1",))
    await house.order()
    answer = await pending.pending(house.event("pending"), await house.context())
    assert "準備をしています" in said(answer)


async def test_a_long_list_is_read_page_by_page_and_nobody_is_missed_or_repeated(house: House) -> None:
    names = [f"{i:03}" for i in range(70)]
    for name in names:
        await house.member(name, contacts=(f"p{name}",))
    await house.send()
    seen: list[str] = []
    event = house.event("pending")
    while True:
        answer = await pending.pending(event, await house.context())
        assert len(panel(answer).rows) <= paging.MOST_ROWS
        seen += [r.left for r in panel(answer).rows]
        more = [b for b in panel(answer).buttons if b.label == "続きを見る"]
        if not more:
            break
        event = house.press(more[0])
    assert seen == names


async def test_several_groups_stand_under_their_headings(house: House) -> None:
    for code, group in (("青木", "1年A組"), ("井上", "1年A組"), ("上田", "2年B組")):
        await house.member(code, group=group, contacts=(f"p{code}",))
    await house.contact("p上田", ("上田",), group="2年B組")
    await house.send(groups=("1年A組", "2年B組"))
    answer = await pending.pending(house.event("pending"), await house.context())
    assert [r.left for r in panel(answer).rows] == ["【1年A組】", "井上", "青木", "【2年B組】", "上田"]


async def test_pages_with_headings_fit_too(house: House) -> None:
    for i in range(40):
        await house.member(f"{i:02}", group=f"組{i:02}")
    await house.send(everyone=True)
    first = await pending.pending(house.event("pending"), await house.context())
    assert len(panel(first).rows) == paging.MOST_ROWS
    second = await pending.pending(house.press(button(first, "続きを見る")), await house.context())
    assert panel(second).rows[0].left == "【組15】"


@pytest.mark.parametrize("long", ["あ" * 400, "%" * 300, "𠮷~:" * 150])
async def test_a_page_ends_at_a_name_of_any_length(house: House, long: str) -> None:
    codes = [f"{i:02}" for i in range(40)]
    for code in codes:
        await house.member(code, kana=f"{long}{code}")
    await house.send()
    first = await pending.pending(house.event("pending"), await house.context())
    second = await pending.pending(house.press(button(first, "続きを見る")), await house.context())
    assert [r.left for r in (*panel(first).rows, *panel(second).rows)] == codes


async def test_a_page_goes_on_where_the_last_name_has_confirmed_since(house: House) -> None:
    codes = [f"{i:02}" for i in range(40)]
    for code in codes:
        await house.member(code, kana=f"{'あ' * 400}{code}", contacts=(f"p{code}",))
    notice = await house.send()
    first = await pending.pending(house.event("pending"), await house.context())
    await house.tap(notice, "p29")
    second = await pending.pending(house.press(button(first, "続きを見る")), await house.context())
    assert [r.left for r in panel(second).rows] == codes[30:]


async def test_a_page_behind_which_everyone_has_confirmed_says_so(house: House) -> None:
    for i in range(31):
        await house.member(f"{i:02}", contacts=(f"p{i:02}",))
    notice = await house.send()
    first = await pending.pending(house.event("pending"), await house.context())
    await house.tap(notice, "p30")
    second = await pending.pending(house.press(button(first, "続きを見る")), await house.context())
    assert "もう誰もいません" in said(second)


async def test_a_second_word_that_was_typed_is_not_taken_for_a_page(house: House) -> None:
    await family(house)
    await house.send()
    answer = await pending.pending(house.event("pending", "1", "お"), await house.context())
    assert len(panel(answer).rows) == 5


# 確認済


async def test_confirmed_shows_time_means_relationship_and_what_came_late(house: House) -> None:
    await family(house)
    notice = await house.send(deadline_at=START + timedelta(hours=1))
    await house.tap(notice, "p1")
    house.later(hours=2)
    await house.tap(notice, "p2")
    answer = await confirmed.confirmed(house.event("confirmed"), await house.context())
    assert [(r.left, r.right, r.note) for r in panel(answer).rows] == [
        ("青木", "11/29(日) 10:00", "母 · LINE"),
        ("井上", "11/29(日) 12:00", "期限後 · LINE"),
    ]
    assert "確認済み 2人(全 5人)" in said(answer)


async def test_confirmed_shows_the_latest_answer(house: House) -> None:
    await family(house)
    notice = await house.send(choices=("出席", "欠席"))
    await house.tap(notice, "p2", "出席")
    house.later(minutes=1)
    await house.tap(notice, "p2", "欠席")
    answer = await confirmed.confirmed(house.event("confirmed"), await house.context())
    assert panel(answer).rows[0].note == "欠席 · LINE"


async def test_confirmed_says_that_nobody_has_yet(house: House) -> None:
    await family(house)
    await house.send()
    answer = await confirmed.confirmed(house.event("confirmed"), await house.context())
    assert "まだ誰も確認していません(全 5人)" in said(answer)


# 一覧


async def test_the_list_shows_ten_notices_newest_first_and_goes_on(house: House) -> None:
    await family(house)
    for number in range(1, 13):
        await house.order(f"お知らせ{number}")
    await house.fan_out()
    first = await listing.listing(house.event("list"), await house.context())
    assert [r.left for r in panel(first).rows] == [f"#{n} お知らせ{n}" for n in range(12, 2, -1)]
    assert (panel(first).rows[0].right, panel(first).rows[0].note) == ("0/5", "11/29 · 受付中")
    second = await listing.listing(house.press(button(first, "続きを見る")), await house.context())
    assert [r.left for r in panel(second).rows] == ["#2 お知らせ2", "#1 お知らせ1"]
    one = await status.status(house.press(button(first, "#12")), await house.context())
    assert panel(one).title == "#12 お知らせ12"


async def test_the_list_says_in_one_word_how_each_notice_stands(house: House) -> None:
    await family(house)
    context = await house.context()
    notice = await house.order(deadline_at=START + timedelta(hours=1), expires_at=START + timedelta(hours=2))
    assert listing.state(notice, context) == "sending"
    await house.fan_out()
    notice = await house.reload(notice)
    assert listing.state(notice, context) == "open"
    assert listing.state(notice.but(stopped_at=START), context) == "stopped"
    house.later(hours=1.5)
    assert listing.state(notice, await house.context()) == "late"
    assert listing.state(notice.but(closed_at=START), context) == "closed"
    assert listing.state(notice.but(closed_at=START, cancelled_at=START), context) == "cancelled"
    house.later(hours=1)
    assert listing.state(notice, await house.context()) == "expired"


# ヘルプ


async def test_help_names_every_command_there_is_and_no_other(house: House) -> None:
    answer = await help_command.help(house.event("help"), await house.context())
    typed = {row.left.removeprefix("/") for row in panel(answer).rows}
    assert typed == {words[0] for name, words in vocabulary.WORDS.items() if name not in {"help", "cancel"}}


async def test_help_speaks_english_to_who_does(house: House) -> None:
    house.locale = "en"
    answer = await help_command.help(house.event("help"), await house.context())
    assert "/status" in {row.left for row in panel(answer).rows}
    assert all(row.left.isascii() for row in panel(answer).rows)


async def test_the_longest_names_still_fit_one_panel(house: House) -> None:
    """LINE: 30 KB of JSON in a bubble (Flex Message, size limits)."""
    long = "𠮷" * 300
    for i in range(40):
        await house.member(f"{i:02}", long, group=long)
        await house.contact(f"p{i:02}", (f"{i:02}",), relationship=long, group=long, is_registered=False)
    await house.send(everyone=True)
    answer = await pending.pending(house.event("pending"), await house.context())
    assert all(len(part) <= 40 for row in panel(answer).rows for part in (row.left, row.right, row.note))


async def test_a_number_before_there_is_any_notice_is_answered_with_how_to_begin(house: House) -> None:
    for verb in (status.status, pending.pending, confirmed.confirmed):
        assert "まだお知らせがありません" in said(await verb(house.event("status", "3"), await house.context()))
    assert "まだお知らせがありません" in said(await listing.listing(house.event("list"), await house.context()))
