"""Dates and times as people type them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers import dates
from handlers.dates import Doubt

TOKYO = ZoneInfo("Asia/Tokyo")
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=TOKYO)
"""A Tuesday."""


def read(text: str, now: datetime = NOW) -> dates.Reading | None:
    return dates.parse(text, now, TOKYO)


def shown(at: datetime | None, zone: ZoneInfo = TOKYO) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}" if at else ""


UNDERSTOOD = [
    ("11/30 18:00", "2026-11-30 18:00"),
    ("11/30 18時", "2026-11-30 18:00"),
    ("11月30日18時", "2026-11-30 18:00"),
    ("11月30日 18時30分", "2026-11-30 18:30"),
    ("11/30(月) 17:15", "2026-11-30 17:15"),
    ("１１／３０（月）１８：００", "2026-11-30 18:00"),
    ("１１月３０日（月曜日）　正午", "2026-11-30 12:00"),
    ("11/30(月・祝) 9時", "2026-11-30 09:00"),
    ("11/30 月曜 9時", "2026-11-30 09:00"),
    ("明日 9時", "2026-11-25 09:00"),
    ("あした9:30", "2026-11-25 09:30"),
    ("あさって正午", "2026-11-26 12:00"),
    ("今日の18時", "2026-11-24 18:00"),
    ("今日中", "2026-11-24 23:59"),
    ("本日中に", "2026-11-24 23:59"),
    ("明日いっぱい", "2026-11-25 23:59"),
    ("金曜 17:00", "2026-11-27 17:00"),
    ("次の金曜日の17時", "2026-11-27 17:00"),
    ("来週火曜 8時半", "2026-12-01 08:30"),
    ("来週の月曜日 18時", "2026-11-30 18:00"),
    ("今週の金曜 午後3時半", "2026-11-27 15:30"),
    ("再来週の水曜 12:00", "2026-12-09 12:00"),
    ("2時間後", "2026-11-24 12:00"),
    ("1時間半後", "2026-11-24 11:30"),
    ("30分後", "2026-11-24 10:30"),
    ("２時間以内", "2026-11-24 12:00"),
    ("午後3時半", "2026-11-24 15:30"),
    ("正午", "2026-11-24 12:00"),
    ("18時半", "2026-11-24 18:30"),
    ("夜8時", "2026-11-24 20:00"),
    ("夕方5時", "2026-11-24 17:00"),
    ("3時", "2026-11-24 15:00"),
    ("24時", "2026-11-25 00:00"),
    ("11/30 24:00", "2026-12-01 00:00"),
    ("2026/11/30 18:00", "2026-11-30 18:00"),
    ("2026-11-30T18:00", "2026-11-30 18:00"),
    ("2026年11月30日 18時", "2026-11-30 18:00"),
    ("令和8年11月30日(月) 18時", "2026-11-30 18:00"),
    ("R8.11.30 18:00", "2026-11-30 18:00"),
    ("十一月三十日 午後三時", "2026-11-30 15:00"),
    ("1/10 9:00", "2027-01-10 09:00"),
    ("30日 18時", "2026-11-30 18:00"),
    ("来月5日 17時", "2026-12-05 17:00"),
    ("11/30 18時まで", "2026-11-30 18:00"),
    ("Friday 5pm", "2026-11-27 17:00"),
    ("Fri 27 Nov 6:30 pm", "2026-11-27 18:30"),
    ("November 30, 2026 9am", "2026-11-30 09:00"),
    ("tomorrow noon", "2026-11-25 12:00"),
    ("in 2 hours", "2026-11-24 12:00"),
    ("12:30 pm", "2026-11-24 12:30"),
]


@pytest.mark.parametrize(("text", "expected"), UNDERSTOOD)
def test_is_understood(text: str, expected: str) -> None:
    reading = read(text)
    assert reading is not None
    assert (reading.doubt, shown(reading.at), reading.has_time) == (None, expected, True)


FILLED_IN = [
    ("11/30", "2026-11-30 18:00"),
    ("11月30日（月）", "2026-11-30 18:00"),
    ("2026-11-30", "2026-11-30 18:00"),
    ("明日", "2026-11-25 18:00"),
    ("金曜", "2026-11-27 18:00"),
    ("来週火曜", "2026-12-01 18:00"),
    ("3日後", "2026-11-27 18:00"),
    ("2週間後", "2026-12-08 18:00"),
    ("今月末", "2026-11-30 18:00"),
    ("20日", "2026-12-20 18:00"),
    ("明日の朝", "2026-11-25 08:00"),
    ("明日の夕方", "2026-11-25 17:00"),
    ("金曜の午前中", "2026-11-27 12:00"),
    ("next Thursday", "2026-12-03 18:00"),
    ("Nov 30", "2026-11-30 18:00"),
]


@pytest.mark.parametrize(("text", "expected"), FILLED_IN)
def test_a_date_without_an_hour_gets_one_and_says_so(text: str, expected: str) -> None:
    reading = read(text)
    assert reading is not None
    assert (reading.doubt, shown(reading.at), reading.has_time) == (None, expected, False)


def test_today_without_an_hour_means_the_end_of_the_day_when_six_is_near_or_over() -> None:
    assert shown(read("今日").at) == "2026-11-24 18:00"  # type: ignore[union-attr]
    evening = NOW.replace(hour=19)
    assert shown(read("今日", evening).at) == "2026-11-24 23:59"  # type: ignore[union-attr]
    assert shown(read("11/24", evening).at) == "2026-11-24 23:59"  # type: ignore[union-attr]


DOUBTFUL = [
    ("11/20", Doubt.PAST, []),
    ("11/20 18:00", Doubt.PAST, []),
    ("11/24 9:00", Doubt.PAST, []),
    ("2026/11/1", Doubt.PAST, []),
    ("昨年の2025/11/30", Doubt.PAST, []),
    ("9時", Doubt.PAST, ["2026-11-25 09:00"]),
    ("11/30(金)", Doubt.WEEKDAY, ["2026-11-30 18:00", "2026-11-27 18:00"]),
    ("11/30(土) 9:00", Doubt.WEEKDAY, ["2026-11-30 09:00", "2026-11-28 09:00"]),
    ("12月1日（水曜）", Doubt.WEEKDAY, ["2026-12-01 18:00", "2026-12-02 18:00"]),
    ("Fri, Nov 30", Doubt.WEEKDAY, ["2026-11-30 18:00", "2026-11-27 18:00"]),
    ("2/30", Doubt.IMPOSSIBLE, []),
    ("13/45", Doubt.IMPOSSIBLE, []),
    ("11月31日", Doubt.IMPOSSIBLE, []),
    ("2/29", Doubt.IMPOSSIBLE, []),
    ("11/30 25時", Doubt.IMPOSSIBLE, []),
    ("11/30 18:75", Doubt.IMPOSSIBLE, []),
    ("火曜", Doubt.AMBIGUOUS, ["2026-11-24 18:00", "2026-12-01 18:00"]),
    ("来週の日曜 9時", Doubt.AMBIGUOUS, ["2026-11-29 09:00", "2026-12-06 09:00"]),
    ("今週中", Doubt.AMBIGUOUS, ["2026-11-27 23:59", "2026-11-29 23:59"]),
    ("来週", Doubt.AMBIGUOUS, ["2026-11-30 18:00", "2026-12-04 18:00"]),
    ("11/30 5時", Doubt.AMBIGUOUS, ["2026-11-30 17:00", "2026-11-30 05:00"]),
    ("2062/11/30", Doubt.FAR, ["2062-11-30 18:00"]),
    ("9999/12/31 24:00", Doubt.IMPOSSIBLE, []),
]


@pytest.mark.parametrize(("text", "doubt", "candidates"), DOUBTFUL)
def test_is_asked_about(text: str, doubt: Doubt, candidates: list[str]) -> None:
    reading = read(text)
    assert reading is not None
    assert (reading.doubt, [shown(c) for c in reading.candidates]) == (doubt, candidates)


def test_the_date_that_was_written_with_a_wrong_weekday_is_kept_for_the_question() -> None:
    reading = read("11/30(金)")
    assert reading is not None
    assert shown(reading.at) == "2026-11-30 18:00"
    assert reading.weekday == 4


@pytest.mark.parametrize(
    "text", ["", "よろしくお願いします", "なるべく早く", "1年A組", "年末", "定期テスト期末", "soon", "第2回"]
)
def test_is_no_date(text: str) -> None:
    assert read(text) is None


def test_next_year_is_meant_only_when_this_years_is_more_than_half_a_year_past() -> None:
    assert read("6/1").doubt is Doubt.PAST  # type: ignore[union-attr]
    assert shown(read("5/1").at) == "2027-05-01 18:00"  # type: ignore[union-attr]


def test_on_a_sunday_next_week_may_begin_tomorrow_or_in_a_week() -> None:
    sunday = datetime(2026, 11, 22, 13, 0, tzinfo=TOKYO)
    reading = read("来週火曜", sunday)
    assert reading is not None
    assert reading.doubt is Doubt.AMBIGUOUS
    assert [shown(c) for c in reading.candidates] == ["2026-11-24 18:00", "2026-12-01 18:00"]


def test_a_time_that_the_clocks_skip_moves_forward_with_them() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    now = datetime(2026, 3, 27, 12, 0, tzinfo=berlin)
    reading = dates.parse("3/29 02:30", now, berlin)
    assert reading is not None
    assert shown(reading.at, berlin) == "2026-03-29 03:30"


def test_hours_from_now_are_real_hours_across_a_change_of_clocks() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    now = datetime(2026, 3, 29, 1, 30, tzinfo=berlin)
    reading = dates.parse("2時間後", now, berlin)
    assert reading is not None
    assert reading.at == now.astimezone(UTC) + timedelta(hours=2)
    assert shown(reading.at, berlin) == "2026-03-29 04:30"


LETTER = """令和8年11月20日
保護者各位
避難訓練を12月3日(木)午前10時から行います。
参加届は11/27(金)17:00までに担任へ提出してください。
締切:11月28日
問い合わせは 03-1234-5678 へ。
"""


def test_dates_in_a_letter_are_found_and_deadlines_told_apart() -> None:
    found = [(m.words, shown(m.reading.at), m.is_limit) for m in dates.find(LETTER, NOW, TOKYO)]
    assert found == [
        ("12月3日(木)", "2026-12-03 10:00", False),
        ("11/27(金)", "2026-11-27 17:00", True),
        ("11月28日", "2026-11-28 18:00", True),
    ]


@pytest.mark.parametrize(
    "line",
    [
        "令和8年11月20日",
        "2026年11月20日(金)",
        "11/20",
        "１１月２０日（金曜日）",
        "R8.11.20",
        "2026.11.20",
    ],
)
def test_a_line_that_is_only_a_date(line: str) -> None:
    assert dates.is_date_line(line)


@pytest.mark.parametrize("line", ["11/30 避難訓練", "11月30日の避難訓練について", "避難訓練", ""])
def test_a_line_that_is_more_than_a_date(line: str) -> None:
    assert not dates.is_date_line(line)


def test_offers_are_ahead_in_order_and_leave_today_out_when_it_is_late() -> None:
    assert [shown(at) for at in dates.offers(NOW, TOKYO)] == [
        "2026-11-24 18:00",
        "2026-11-25 18:00",
        "2026-11-27 18:00",
        "2026-11-30 18:00",
    ]
    late = NOW.replace(hour=17)
    assert shown(dates.offers(late, TOKYO)[0]) == "2026-11-25 18:00"


PIECES = st.sampled_from(
    [
        *(
            "11/30",
            "月",
            "日",
            "時",
            "分",
            "半",
            "午後",
            "来週",
            "今週中",
            "金曜",
            "2026",
            "令和",
            "元年",
            "二十",
            "十",
            ":",
        ),
        *(
            "/",
            "-",
            "(",
            ")",
            "正午",
            "明日",
            "後",
            "以内",
            "週間",
            "24",
            "99",
            "999",
            "pm",
            "in",
            "noon",
            "Nov",
            "末",
            "0",
        ),
    ]
)
FIRST, LAST = (datetime(year, 1, 1) for year in (2020, 2090))  # noqa: DTZ001 - hypothesis adds the zone
MOMENTS = st.datetimes(FIRST, LAST, timezones=st.just(UTC))
ZONES = st.sampled_from([TOKYO, ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York"), ZoneInfo("Pacific/Apia")])


@given(st.one_of(st.text(), st.lists(PIECES, max_size=8).map("".join), st.lists(PIECES).map(" ".join)), MOMENTS, ZONES)
def test_no_text_breaks_it_and_what_is_certain_lies_ahead(text: str, now: datetime, zone: ZoneInfo) -> None:
    reading = dates.parse(text, now, zone)
    dates.find(text, now, zone)
    dates.is_date_line(text)
    if reading is None:
        return
    assert all(candidate > now for candidate in reading.candidates)
    if reading.doubt is None:
        assert reading.at is not None
        assert now < reading.at < now + timedelta(days=401)
        assert reading.at.tzinfo is UTC


@given(MOMENTS, ZONES)
def test_every_offer_lies_ahead(now: datetime, zone: ZoneInfo) -> None:
    offered = dates.offers(now, zone)
    assert offered == sorted(set(offered))
    assert all(at > now for at in offered)
