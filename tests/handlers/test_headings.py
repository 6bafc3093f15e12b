"""What is taken for the title of a letter, and what never is."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers import headings


@dataclass(frozen=True)
class Letter:
    """A letter as schools write them: its text, the title that is clear, what is offered otherwise."""

    name: str
    text: str
    title: str = ""
    offered: list[str] = field(default_factory=list)


LETTERS = [
    Letter(
        "school letter with letterhead",
        "令和8年11月20日\n保護者各位\nみどり市立みどり小学校\n校長 山田 太郎\n\n"
        "避難訓練の実施について(お知らせ)\n\n"
        "晩秋の候、皆様におかれましてはますますご清祥のこととお喜び申し上げます。\n記\n1 日時 12月3日\n2 場所 校庭",
        "避難訓練の実施について(お知らせ)",
    ),
    Letter(
        "full width date and number",
        "み小発第１２３号\n２０２６年１１月２０日\n保護者の皆様\n学校長　山田太郎\n"
        "個人面談のご案内\nお忙しい中すみません。",
        "個人面談のご案内",
    ),
    Letter(
        "decorated",
        "◆◇ PTA総会のお知らせ ◇◆\n11/30(月) 18:00 から体育館で行います。",
        "PTA総会のお知らせ",
    ),
    Letter("bracketed", "【運動会の延期について】\n雨のため、運動会を11月29日に延期します。", "運動会の延期について"),
    Letter(
        "bracket at the front stays",
        "【重要】給食費の引き落としについて\n12月分は12/10です。",
        "【重要】給食費の引き落としについて",
    ),
    Letter(
        "two subjects, the first stands first",
        "保護者の皆様へ\n修学旅行のご案内\n費用の変更について\n下記のとおりです。",
        "修学旅行のご案内",
    ),
    Letter("one line", "明日は休校です", "明日は休校です"),
    Letter("one line with exclamation", "大雨警報のため本日休校!", "大雨警報のため本日休校!"),
    Letter("headmaster in the subject", "校長先生の講話について\n12/1に行います。", "校長先生の講話について"),
    Letter(
        "plain heading",
        "避難訓練\n11/30(月)10時から行います。\n雨天中止\n持ち物は上履きです。",
        "",
        ["避難訓練", "雨天中止"],
    ),
    Letter(
        "greeting first",
        "おはようございます。1年A組担任の佐藤です。\n明日の遠足は予定どおり行います。\nお弁当をお願いします。",
    ),
    Letter("only details", "日時:11/30 10時\n場所:体育館\n持ち物:上履き"),
    Letter("details with marks", "■日時 11/30 10時\n■場所 体育館\n集合:8時"),
    Letter(
        "neighbourhood", "緑町内会\n会長 田中一郎\n年末大掃除のお願い\n12/20(日) 9時 公園集合", "年末大掃除のお願い"
    ),
    Letter(
        "clinic", "みどりクリニック\n年末年始の休診のお知らせ\n12/29から1/3まで休診します。", "年末年始の休診のお知らせ"
    ),
    Letter(
        "club",
        "サッカー部 保護者様\n\n練習試合\n\n12/6(日) vs ひがし小\n8:00 集合",
        "",
        ["練習試合", "12/6(日) vs ひがし小"],
    ),
    Letter("numbered parts", "お便り第5号\n1.面談について\n12/1からです。\n2.給食について\nパンの日です。"),
    Letter(
        "subject as a sentence",
        "明日の持ち物についてお知らせします。\nぞうきん 2枚\n上履き",
        "",
        ["ぞうきん 2枚", "上履き"],
    ),
    Letter(
        "company",
        "社員各位\n総務部\nストレスチェックの実施について\n11/30までに回答してください。",
        "ストレスチェックの実施について",
    ),
    Letter("English", "November 20, 2026\nDear parents,\nSchool trip update\nWe will go by bus.", "School trip update"),
    Letter(
        "English subject", "To all parents\nRe: Evacuation drill\nIt takes place on Monday.", "Re: Evacuation drill"
    ),
    Letter("only a salutation", "保護者各位", ""),
    Letter("only a date", "11月30日(月)", ""),
    Letter("empty", "\n\n", ""),
]


@pytest.mark.parametrize("letter", LETTERS, ids=lambda letter: letter.name)
def test_the_title_of_a_letter(letter: Letter) -> None:
    lines = letter.text.split("\n")
    assert headings.title_of(lines) == letter.title
    offered = headings.candidates(lines)
    if letter.title:
        assert offered[0] == letter.title
    else:
        assert offered == letter.offered


@pytest.mark.parametrize(
    "line",
    [
        "保護者各位",
        "保護者の皆様",
        "保護者の皆様へ",
        "1年生 保護者様",
        "PTA会員各位",
        "各ご家庭",
        "社員各位",
        "みどり小学校長 山田太郎",
        "校長 山田 太郎",
        "学級担任 佐藤",
        "PTA会長 鈴木一郎",
        "みどり市立みどり小学校",
        "緑町内会",
        "(公印省略)",
        "文責:佐藤",
        "令和8年11月20日",
        "2026/11/20(金)",
        "第12号",
        "拝啓",
        "記",
        "以上",
        "晩秋の候、ますますご清祥のこととお喜び申し上げます",
        "いつもお世話になっております",
        "日時:11/30",
        "場所 体育館",
        "・上履き",
        "1 日時",
        "https://example.com/",
        "よろしくお願いします。",
        "----------",
        "12:30",
        "Dear parents,",
        "Sincerely,",
    ],
)
def test_is_never_a_title(line: str) -> None:
    assert not headings.may_be_title(line)


def test_a_title_at_the_head_leaves_the_body() -> None:
    lines = ["保護者各位", "避難訓練について", "", "11/30に行います。"]
    assert headings.body_of(lines, "避難訓練について") == "保護者各位\n\n11/30に行います。"


def test_a_title_behind_the_first_sentence_stays_in_the_body() -> None:
    lines = ["お世話になっております。", "来月の行事です。", "■避難訓練について", "12/3です。"]
    assert headings.body_of(lines, "避難訓練について") == "\n".join(lines)


def test_only_one_line_leaves_the_body_when_two_are_alike() -> None:
    assert headings.body_of(["避難訓練", "避難訓練", "です。"], "避難訓練") == "避難訓練\nです。"


@given(st.lists(st.text(max_size=80)), st.text())
def test_no_text_breaks_it_and_no_line_is_lost(lines: list[str], title: str) -> None:
    lines = [line for text in lines for line in text.split("\n")]
    for chosen in (headings.title_of(lines), headings.best_title(lines), title, *headings.candidates(lines)):
        body = headings.body_of(lines, chosen).split("\n")
        lost = [line for line in lines if line.strip() and line not in body]
        assert all(headings.undecorated(line) == chosen for line in lost)
        assert len(lost) <= 1
