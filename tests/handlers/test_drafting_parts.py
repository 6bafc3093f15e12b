"""The pure parts of making a notice: groups as typed, options as written, what is asked next."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers import headings
from handlers.drafting import answers, audience, fields, options
from handlers.drafting.flow import clean
from handlers.drafting.questions import Facts, Field, next_question
from handlers.drafting.words import shorten
from storage.models import Coverage, Draft, DraftState

TOKYO = ZoneInfo("Asia/Tokyo")
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=TOKYO)
GROUPS = {"1年A組": 32, "1年B組": 31, "2年A組": 30, "PTA 役員": 8, "サッカー部": 20}
FACTS = Facts(GROUPS, NOW, TOKYO, "大切なお知らせ")


def draft(**changes: Any) -> Draft:
    return Draft(id="draft", owner="teacher", state=DraftState.COLLECTING, created_at=NOW, updated_at=NOW).but(
        **changes
    )


COMPLETE: dict[str, Any] = {"lines": ("本文",), "title": "題", "groups": ("1年A組",), "deadline_settled": True}


@pytest.mark.parametrize(
    ("typed", "groups"),
    [
        ("1年A組", ["1年A組"]),
        ("１年Ａ組、１年Ｂ組", ["1年A組", "1年B組"]),
        ("1年A組,1年B組", ["1年A組", "1年B組"]),
        ("1年a組 2年a組", ["1年A組", "2年A組"]),
        ("1年A組・1年B組", ["1年A組", "1年B組"]),
        ("1年A組と1年B組", ["1年A組", "1年B組"]),
        ("1A", ["1年A組"]),
        ("1-B", ["1年B組"]),
        ("一年A組", ["1年A組"]),
        ("PTA役員", ["PTA 役員"]),
        ("PTA 役員、1A", ["PTA 役員", "1年A組"]),
        ("ｐｔａ　役員", ["PTA 役員"]),
        ("さっかー部", ["サッカー部"]),
        ("1年A組の保護者へ", ["1年A組"]),
        ("1年A組\n1年B組", ["1年A組", "1年B組"]),
    ],
)
def test_groups_are_read_in_any_form(typed: str, groups: list[str]) -> None:
    meant = audience.read(typed, GROUPS)
    assert (sorted(meant.groups), meant.everyone, meant.unknown) == (sorted(groups), False, ())


@pytest.mark.parametrize("typed", ["全員", "全員に", "みんな", "everyone", "ALL"])
def test_everyone_is_read(typed: str) -> None:
    assert audience.read(typed, GROUPS).everyone


def test_a_group_that_is_called_everyone_wins() -> None:
    meant = audience.read("全員", {"全員": 5})
    assert (meant.groups, meant.everyone) == (("全員",), False)


def test_an_unknown_group_is_unknown_and_the_nearest_are_offered() -> None:
    meant = audience.read("1年A組、1年C組", GROUPS)
    assert (meant.groups, meant.unknown) == (("1年A組",), ("1年C組",))
    assert set(audience.nearest("1年C組", GROUPS)[:2]) == {"1年A組", "1年B組"}
    assert audience.nearest("サッカー", GROUPS)[0] == "サッカー部"


def test_a_form_that_fits_two_groups_is_not_guessed() -> None:
    assert audience.read("1A", {"1年A組": 1, "1組A": 1}).unknown == ("1A",)


def test_groups_are_found_by_their_code() -> None:
    assert audience.by_code(audience.code("1年B組"), GROUPS) == "1年B組"
    assert audience.by_code("0000000000", GROUPS) is None


def begun(text: str, **changes: Any) -> Draft:
    return answers.begun(draft(**changes), text, FACTS)


def test_heads_as_in_a_mail() -> None:
    made = begun(
        "宛先:1年A組、1年B組\n締切:11/30 18時\n件名:避難訓練\n回答:出席、欠席\n確認:全員\n\n保護者各位\n行います。"
    )
    assert made.groups == ("1年A組", "1年B組")
    assert made.deadline_at == datetime(2026, 11, 30, 18, 0, tzinfo=TOKYO)
    assert (made.title, made.body) == ("避難訓練", "保護者各位\n行います。")
    assert (made.choices, made.coverage) == (("出席", "欠席"), Coverage.EVERY)
    assert made.state is DraftState.PREVIEW


@pytest.mark.parametrize(
    "head",
    [
        "締切:11/30",
        "締切：11/30",
        "締切=11/30",
        "締切＝11/30",
        "締切 11/30",
        "締切　１１／３０",
        "〆切:11/30",
        "締め切り: 11/30",
    ],
)
def test_a_head_in_any_form(head: str) -> None:
    made = begun(f"宛先:1年A組\n{head}\n件名:避難訓練\n\n本文です。")
    assert made.deadline_at == datetime(2026, 11, 30, 18, 0, tzinfo=TOKYO)
    assert made.body == "本文です。"


def test_english_heads() -> None:
    made = begun("To: 1A\nDeadline: Nov 30 6pm\nSubject: Drill\nAnswers: yes, no\nUrgent: no\n\nIt is on Monday.")
    assert (made.groups, made.title, made.choices) == (("1年A組",), "Drill", ("yes", "no"))
    assert made.deadline_at == datetime(2026, 11, 30, 18, 0, tzinfo=TOKYO)
    assert not made.urgent


def test_an_unknown_head_is_text() -> None:
    made = begun("宛先:1年A組\n場所:体育館\n締切:11/30\n件名:避難訓練\n\n本文です。")
    assert made.body == "場所:体育館\n\n本文です。"
    assert made.deadline_settled


@pytest.mark.parametrize(
    "line",
    ["確認 お願いします", "緊急 の連絡です", "回答 よろしくお願いします", "締切 を守ってください", "to all parents"],
)
def test_a_line_that_only_begins_like_a_head_is_text(line: str) -> None:
    made = begun(f"宛先:1年A組\n{line}\n\n本文です。")
    assert line in made.body or line == made.title
    assert (made.coverage, made.urgent, made.choices, made.typed) == (Coverage.ANY, False, (), {})


def test_heads_are_read_at_the_top_only() -> None:
    made = begun("宛先:1年A組\n\n避難訓練について\n締切:11/30")
    assert made.deadline_at is None
    assert "締切:11/30" in made.body


def test_kigen_is_the_deadline_and_beside_a_deadline_the_expiry() -> None:
    alone = begun("宛先:1年A組\n期限:11/30\n件名:題\n\n本文")
    both = begun("宛先:1年A組\n締切:11/30\n期限:12/1\n件名:題\n\n本文")
    assert (alone.deadline_at, alone.expires_at) == (datetime(2026, 11, 30, 18, 0, tzinfo=TOKYO), None)
    assert both.expires_at == datetime(2026, 12, 1, 18, 0, tzinfo=TOKYO)


def test_on_one_line() -> None:
    made = begun("1年A組 締切=11/30 回答=出席,欠席\n避難訓練\n11/30(月)に行います。")
    assert (made.groups, made.choices) == (("1年A組",), ("出席", "欠席"))
    assert made.deadline_at == datetime(2026, 11, 30, 18, 0, tzinfo=TOKYO)
    assert (made.title, made.body) == ("避難訓練", "11/30(月)に行います。")
    assert made.state is DraftState.PREVIEW


@pytest.mark.parametrize(
    "line",
    [
        "1年A組 1年B組 締切=11/30 18時",
        "締切=11/30 18:00 1年A組 1年B組",
        "宛先=1年A組、1年B組 締切=11/30 午後6時",
        "１年Ａ組、１年Ｂ組　締切：１１／３０　１８時",
        "1A,1B deadline=11/30 6pm",
    ],
)
def test_one_line_in_any_order(line: str) -> None:
    made = begun(f"{line}\n避難訓練\n本文です。")
    assert made.groups == ("1年A組", "1年B組")
    assert made.deadline_at == datetime(2026, 11, 30, 18, 0, tzinfo=TOKYO)
    assert made.title == "避難訓練"


def test_one_line_never_takes_a_salutation_for_the_title() -> None:
    made = begun("1年A組 締切=11/30\n保護者各位\n遠足について\n行きます。")
    assert (made.title, made.body) == ("遠足について", "保護者各位\n行きます。")


def test_words_behind_the_groups_are_text() -> None:
    made = begun("1年A組 明日は休校です")
    assert (made.groups, made.title) == (("1年A組",), "明日は休校です")


def test_a_first_line_without_options_is_text() -> None:
    made = begun("遠足のお知らせ\n行きます。")
    assert (made.title, made.body, made.groups) == ("遠足のお知らせ", "行きます。", ())


def test_only_options_leave_the_text_to_be_asked_for() -> None:
    made = begun("1年A組 締切=11/30")
    assert (made.groups, made.state, next_question(made).about) == (("1年A組",), DraftState.COLLECTING, Field.TEXT)


def test_an_unknown_group_on_the_line_is_asked_about() -> None:
    made = begun("1年C組 締切=11/30\n題\n本文です。")
    question = next_question(made)
    assert (question.about, question.doubt) == (Field.AUDIENCE, "1年C組")


def test_urgent_never_asks_for_title_or_deadline() -> None:
    made = begun(
        "大雨のため、本日は午前授業とし、給食を食べたあと12時30分に下校します。\nお迎えをお願いします。", urgent=True
    )
    assert made.title == "大切なお知らせ"
    assert made.body.startswith("大雨のため")
    assert next_question(made).about is Field.AUDIENCE


def test_urgent_as_a_head() -> None:
    assert begun("宛先:1年A組\n緊急\n件名:休校\n\n休校です。").urgent


@pytest.mark.parametrize(
    ("changes", "about"),
    [
        ({"lines": ()}, Field.TEXT),
        ({"title": ""}, Field.TITLE),
        ({"groups": ()}, Field.AUDIENCE),
        ({"typed": {"audience": "1年C組"}}, Field.AUDIENCE),
        ({"groups": (), "everyone": True}, Field.EVERYONE),
        ({"groups": (), "everyone": True, "everyone_agreed": True}, None),
        ({"deadline_settled": False}, Field.DEADLINE),
        ({"deadline_settled": False, "urgent": True}, None),
        ({"deadline_settled": False, "urgent": True, "typed": {"deadline": "11/31"}}, Field.DEADLINE),
        ({"typed": {"expiry": "11/31"}}, Field.EXPIRY),
        ({"typed": {"choices": "?"}}, Field.CHOICES),
        ({"typed": {"deadline": "11/30"}}, None),
        ({}, None),
    ],
)
def test_the_next_question(changes: dict[str, Any], about: Field | None) -> None:
    assert next_question(draft(**{**COMPLETE, **changes})).about is about


@pytest.mark.parametrize(
    ("typed", "choices"),
    [
        ("出席、欠席", ("出席", "欠席")),
        ("出席,欠席", ("出席", "欠席")),
        ("出席 欠席 遅刻", ("出席", "欠席", "遅刻")),
        ("出席・欠席", ("出席", "欠席")),
        ("行く/行かない", ("行く", "行かない")),
        ("了解", ("了解",)),
        ("出席、出席", ("出席",)),
        ("なし", ()),
    ],
)
def test_answers_as_typed(typed: str, choices: tuple[str, ...]) -> None:
    assert fields.choices(draft(), typed).choices == choices


@pytest.mark.parametrize("typed", ["a,b,c,d,e,f,g", "あ" * 21, "👨‍👩‍👧‍👦" * 21])
def test_answers_that_fit_no_button_are_asked_about(typed: str) -> None:
    assert Field.CHOICES in fields.choices(draft(), typed).typed


def test_correcting_a_title_brings_its_old_line_not_back() -> None:
    made = begun("宛先:1年A組\n\n避難訓錬について\n行います。")
    mended = fields.retitled(made, "避難訓練について")
    assert (mended.title, mended.body) == ("避難訓練について", "行います。")


WORDS = st.sampled_from(
    [
        *(
            "宛先",
            "締切",
            "件名",
            "回答",
            "期限",
            "有効期限",
            "確認",
            "緊急",
            "to",
            ":",
            "：",
            "=",
            " ",
            "\n",
            "1年A組",
            "全員",
        ),
        *("11/30", "、", "出席", "欠席", "18時", "保護者各位", "避難訓練について", "本文です。", "\r\n", "　"),
    ]
)
TEXTS = st.one_of(st.text(), st.lists(WORDS).map("".join))


@given(TEXTS, st.booleans())
def test_no_text_breaks_the_reading_and_what_is_no_option_is_kept(text: str, urgent: bool) -> None:
    made = begun(clean(text), urgent=urgent)
    answers.offered(draft(), text, FACTS)
    written = options.read_command(clean(text), GROUPS)
    for line in (part for part in written.parts if isinstance(part, str) and part.strip()):
        assert line in made.lines
        assert line in made.body.split("\n") or headings.undecorated(line) == made.title


@given(TEXTS, st.sampled_from([f.value for f in Field]), st.sampled_from(list(DraftState)))
def test_no_answer_breaks_a_draft(text: str, asking: str, state: DraftState) -> None:
    told = answers.told(draft(**COMPLETE, asking=asking, state=state), clean(text), FACTS)
    assert told is None or Draft.model_validate_json(told.model_dump_json()) == told


@given(
    st.text(),
    st.text(),
    st.sampled_from([f.value for f in Field]),
    st.sampled_from(
        ["title", "group", "deadline", "expiry", "choices", "coverage", "mend", "known", "agree", "yes", "enough"]
    ),
)
def test_no_button_breaks_a_draft(action: str, value: str, asking: str, known: str) -> None:
    waiting = draft(**COMPLETE, asking=asking, state=DraftState.ASKING)
    answers.pressed(waiting, action, value, FACTS)
    answers.pressed(waiting, known, value, FACTS)


PLAIN = st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1).filter(
    lambda line: line.strip() and "\n" not in line
)


@given(st.lists(st.lists(PLAIN, min_size=1), min_size=1))
def test_no_line_of_a_text_in_pieces_is_lost(pieces: list[list[str]]) -> None:
    waiting = draft(asking="text")
    for lines in pieces:
        told = answers.told(waiting, "\n".join(lines), FACTS)
        assert told is not None
        waiting = told
        if waiting.state is not DraftState.COLLECTING:
            return
    assert list(waiting.lines) == [line for lines in pieces for line in lines]
    done = answers.enough(waiting, FACTS)
    heads = {part.line for part in options.read_heads(list(waiting.lines)).parts if isinstance(part, options.Head)}
    for line in waiting.lines:
        assert line in done.body.split("\n") or headings.undecorated(line) == done.title or line in heads


@given(st.text(), st.integers(1, 60))
def test_labels_fit(text: str, limit: int) -> None:
    assert len(shorten(text, limit)) <= max(len(text), limit)


def test_clean_keeps_lines_and_drops_halves_of_characters() -> None:
    assert clean("a\r\nb\tc\x00\ud83d") == "a\r\nb\tc�"
    assert clean("\ud83d\ude00") == "😀"
