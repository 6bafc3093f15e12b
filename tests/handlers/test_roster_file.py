"""Rosters as they come out of Excel, school software and hands: what can be read is read, what cannot is said."""

from __future__ import annotations

from collections.abc import Iterable
from zoneinfo import ZoneInfo

import pytest

from handlers.errors import RefusedError
from handlers.roster_file import Guardian, Sheet, read_csv, read_sheet, same_name
from handlers.wording import LOCALES, Words

JAPANESE = "番号,名前,ふりがな,組,保護者1,続柄1,保護者1番号\n1,佐藤 花,さとう はな,1年A組,佐藤 恵,母,G1\n"


def sheet(text: str) -> Sheet:
    return read_sheet(read_csv(text.encode()))


def complaint(text: str) -> tuple[int, str]:
    """(line, what is wrong) of the one line that cannot be used; the sentence is there in every language."""
    ((line, _, said),) = sheet(text).complaints
    for locale in LOCALES:
        assert Words(locale, ZoneInfo("UTC"))(said.key, **said.arguments)
    return line, said.key.removeprefix("roster-")


def refusal(raw: bytes) -> str:
    with pytest.raises(RefusedError) as caught:
        read_sheet(read_csv(raw))
    for locale in LOCALES:
        assert Words(locale, ZoneInfo("UTC"))(caught.value.key, **caught.value.arguments)
    return caught.value.key.removeprefix("roster-")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_every_encoding_excel_saves_is_read(encoding: str, newline: str) -> None:
    (entry,) = read_sheet(read_csv(JAPANESE.replace("\n", newline).encode(encoding))).entries
    assert (entry.line, entry.code, entry.name, entry.kana) == (2, "1", "佐藤 花", "さとう はな")
    assert entry.groups == ("1年A組",)
    assert entry.guardians == (Guardian(1, "佐藤 恵", "母", "G1"),)
    assert not entry.is_own


def test_excels_unicode_text_has_tabs() -> None:
    (entry,) = read_sheet(read_csv(JAPANESE.replace(",", "\t").encode("utf-16"))).entries
    assert entry.guardians[0].code == "G1"


def test_english_heads_mean_the_same() -> None:
    english = "Code,Name,Kana,Groups,Guardian1 Name,Relationship1,guardian1_code\n"
    assert sheet(english + JAPANESE.partition("\n")[2]) == sheet(JAPANESE)


@pytest.mark.parametrize("heads", ["番 号,氏名", "ｺｰﾄﾞ,お名前", "社員番号,名　前", "CODE,NAME", "※番号,(氏名)"])
def test_heads_are_found_as_people_write_them(heads: str) -> None:
    assert [entry.code for entry in sheet(f"{heads}\n7,山田\n").entries] == ["7"]


def test_a_title_above_the_head_is_passed_over() -> None:
    (entry,) = sheet("令和8年度 1年A組 名簿,,\n,,\n番号,名前,備考\n1,佐藤 花,\n").entries
    assert entry.line == 4


def test_guardians_are_up_to_four_and_may_lack_code_and_relationship() -> None:
    (entry,) = sheet(
        "番号,名前,保護者1,保護者2氏名,続柄2,guardian3,保護者4番号,保護者名4\n1,子,母,父,父親,,G4,祖母\n"
    ).entries
    assert entry.guardians == (Guardian(1, "母"), Guardian(2, "父", "父親"), Guardian(4, "祖母", code="G4"))


def test_without_guardian_columns_everybody_receives_for_themselves() -> None:
    found = sheet("社員番号,氏名,部署\nE1,田中,営業部\n")
    assert found.is_bare
    assert found.entries[0].is_own


@pytest.mark.parametrize(
    ("cell", "is_own"), [("○", True), ("はい", True), ("１", True), ("Yes", True), ("", False), ("×", False)]
)
def test_a_column_says_who_receives_for_herself(cell: str, is_own: bool) -> None:
    (entry,) = sheet(f"番号,名前,本人\n1,田中,{cell}\n").entries
    assert entry.is_own is is_own


@pytest.mark.parametrize(
    "cell",
    [
        "1年A組、サッカー部",
        "1年A組;サッカー部",
        "1年A組/サッカー部",
        "１年Ａ組 ； サッカー部、1年A組",
        '"1年A組,サッカー部"',
    ],
)
def test_several_groups_stand_in_one_cell(cell: str) -> None:
    assert sheet(f"番号,名前,組\n1,佐藤,{cell}\n").entries[0].groups == ("1年A組", "サッカー部")


def test_columns_that_mean_nothing_are_named() -> None:
    assert sheet("番号,名前,血液型,\n1,佐藤,A,\n").unread == ("血液型",)


def test_blank_lines_are_nobody() -> None:
    assert [e.line for e in sheet("番号,名前\n\n1,佐藤\n , \n2,田中\n").entries] == [3, 5]


def test_our_own_apostrophe_is_taken_off_again() -> None:
    assert sheet("番号,名前,組\n1,佐藤,'-Aチーム\n2,'O'Brien,\n").entries[0].groups == ("-Aチーム",)


@pytest.mark.parametrize(
    ("line", "key"),
    [
        (",佐藤,,", "no-code"),
        ("2,,,", "no-name"),
        ("1,田中,,", "code-twice"),
        ("１,田中,,", "code-twice"),
        ("1.23E+11,田中,,", "code-excel"),
        ("1年/2番,田中,,", "code-shape"),
        ("a b,田中,,", "code-shape"),
        (f"2,{'寿' * 81},,", "long"),
        (f"{'2' * 41},田中,,", "long"),
        ('2,"田中\n太郎",,', "characters"),
        ("2,田中\ue000,,", "characters"),
        ("2,田中\u202e,,", "characters"),
        ("2,田中\x07,,", "characters"),
        (f"2,田中,{'組' * 41},", "long"),
        ("2,田中,宛先:全部,", "group-shape"),
        ("2,田中,全員,", "group-everyone"),
        (f"2,田中,{'、'.join(map(str, range(21)))},", "groups-many"),
        ("2,田中,,母,,G1,多い", "columns"),
        ("2,田中,,,,G1", "guardian-nameless"),
        ("2,田中,,母,,G:1", "guardian-code-shape"),
        (f"2,田中,,{'母' * 81},,", "long"),
        ("2,田中,,母,続柄がとてもとてもとてもとてもとても長すぎます,", "long"),
    ],
)
def test_a_line_that_cannot_be_used_is_named_and_loses_no_neighbour(line: str, key: str) -> None:
    text = f"番号,名前,組,保護者1,続柄1,保護者1番号\n1,佐藤,,,,\n{line}\n9,鈴木,,,,\n"
    assert complaint(text) == (3, key)
    assert [entry.code for entry in sheet(text).entries] == ["1", "9"]


def test_one_guardian_does_not_stand_twice_in_a_line() -> None:
    assert complaint("番号,名前,保護者1,保護者1番号,保護者2,保護者2番号\n1,子,母,G1,母,Ｇ1\n") == (2, "guardian-twice")


@pytest.mark.parametrize(
    ("raw", "key"),
    [
        (b"", "empty"),
        ("番号,名前\n".encode(), "empty"),
        ("名前,組\n佐藤,1年A組\n".encode(), "head"),
        ("番号,名前,氏名\n1,佐藤,佐藤\n".encode(), "head-twice"),
        ('番号,名前\n1,"佐藤\n2,田中\n'.encode(), "quotes"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "encoding"),
        (b"\xff\xfe\x00", "encoding"),
    ],
)
def test_a_file_that_is_no_roster_is_refused_with_what_to_do(raw: bytes, key: str) -> None:
    assert refusal(raw) == key


@pytest.mark.parametrize(("one", "other"), [("佐藤　花", "佐藤 花"), ("ｻﾄｳ", "サトウ"), ("Smith", "smith")])
def test_width_and_spaces_do_not_make_another_name(one: str, other: str) -> None:
    assert same_name(one, other)
    assert not same_name(one, "山田")


def test_every_language_has_every_sentence_of_rosters() -> None:
    keys = [_keys(locale) for locale in LOCALES]
    assert all(found == keys[0] for found in keys)


def _keys(locale: str) -> set[str]:
    from importlib.resources import files

    texts: Iterable[str] = (
        files("handlers.wording").joinpath(locale, f"{name}.ftl").read_text("utf-8") for name in ("roster", "check")
    )
    return {
        line.partition(" =")[0] for text in texts for line in text.splitlines() if " =" in line and line[0].isalpha()
    }
