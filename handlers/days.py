"""Which day a person means: 「11/30(月)」, 「来週火曜」, "next Friday". Pure; `handlers.dates` adds the time."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final


class Doubt(StrEnum):
    """Why a date must be asked about before it is believed."""

    PAST = "past"
    WEEKDAY = "weekday"
    """The day of the week that was written is not that date's."""
    IMPOSSIBLE = "impossible"
    """No such date or time."""
    AMBIGUOUS = "ambiguous"
    FAR = "far"
    """More than a year away: more often a slip than a plan."""


@dataclass(frozen=True, slots=True)
class Day:
    """The days a text may mean (several when it is ambiguous), and where it says so."""

    days: tuple[date, ...]
    start: int
    end: int
    doubt: Doubt | None = None
    weekday: int | None = None
    """The day of the week as written next to the date, Monday 0."""


WEEKDAYS: Final = "月火水木金土日"
_ENGLISH: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_HALF_A_YEAR: Final = timedelta(days=183)
_NEAR_NAMES: Final = {
    "今日": 0, "本日": 0, "きょう": 0, "today": 0, "tonight": 0, "明日": 1, "あした": 1, "あす": 1, "翌日": 1,
    "tomorrow": 1, "明後日": 2, "あさって": 2, "明々後日": 3, "しあさって": 3,
}  # fmt: skip
_WEEKS: Final = {"今週": 0, "this": 0, "来週": 1, "翌週": 1, "next": 1, "再来週": 2, "さ来週": 2}
_MONTHS_AHEAD: Final = {"今月": 0, "来月": 1, "再来月": 2}

_NAMED: Final = "|".join(sorted(_NEAR_NAMES, key=len, reverse=True))
_MONTH: Final = rf"(?P<month>{'|'.join(_MONTHS)})[a-z]*\.?"
_ENGLISH_DAY: Final = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YMD: Final = r"[年./-]\s*(?P<month>\d{1,2})\s*[月./-]\s*(?P<day>\d{1,2})(?!\d)日?"
_WEEKDAY_EN: Final = r"(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?"

_FORMS: Final = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        ("full", rf"(?:令和|\br)\s*(?P<era>\d{{1,2}}|元)\s*{_YMD}"),
        ("full", rf"(?<!\d)(?P<year>\d{{4}})\s*{_YMD}"),
        ("month_end", r"(?P<ahead>今月|来月|再来月)の?末日?|月末"),
        ("month_ahead", r"(?P<ahead>今月|来月|再来月)の?\s*(?P<day>\d{1,2})日"),
        ("yearless", r"(?<![\d/.])(?<!\d:)(?P<month>\d{1,2})\s*(?:月|/)\s*(?P<day>\d{1,2})(?![\d/])日?"),
        ("full", rf"\b{_MONTH}\s*{_ENGLISH_DAY}\b(?!\s*(?::|[ap]\.?m)),?(?:\s*(?P<year>\d{{4}})\b)?"),
        ("full", rf"(?<!\d){_ENGLISH_DAY}\s*(?:of\s+)?{_MONTH},?(?:\s*(?P<year>\d{{4}})\b)?"),
        ("days_later", r"(?<!\d)(?P<number>\d{1,3})\s*(?P<unit>日|週間?)\s*(?:後|以内)"),
        ("days_later", r"\bin\s+(?P<number>\d{1,3})\s*(?P<unit>days?|weeks?)\b"),
        ("named", rf"(?P<name>{_NAMED})"),
        ("weekday", r"(?P<week>今週|来週|翌週|再来週|さ来週)の?\s*\(?(?P<jp>[月火水木金土日])(?:曜日?|\)|(?!\w))"),
        ("weekday", r"(?:(?:次|今度)の)?(?P<jp>[月火水木金土日])曜日?"),
        ("weekday", rf"\b(?:(?P<week>this|next)\s+)?(?P<en>{_WEEKDAY_EN})\b"),
        ("week", r"(?P<week>今週|来週|翌週|再来週)(?P<whole>中|末|いっぱい)?|(?P<bare>週末)"),
        ("day_only", r"(?<![\d月/])(?P<day>\d{1,2})日(?!間|前|目|程|時)"),
    )
)  # fmt: skip
_WRITTEN_JP: Final = re.compile(r"\s*(?:\(\s*([月火水木金土日])[^)\n]{0,6}\)|([月火水木金土日])曜日?)")
_WRITTEN_EN: Final = re.compile(rf"\s*,?\s*\(?\s*({_WEEKDAY_EN})\b\.?\)?")
_WRITTEN_EN_BEFORE: Final = re.compile(rf"\b({_WEEKDAY_EN})\b\.?,?\s*$")
ABSOLUTE: Final = tuple(pattern for name, pattern in _FORMS if name in {"full", "yearless"})
"""The forms that name a date by itself, wherever it is written: what is looked for in a letter."""


def read_day(text: str, today: date) -> Day | None:
    """The first kind of day found in `text` (NFKC, lower case), or None."""
    for name, pattern in _FORMS:
        match = pattern.search(text)
        if match is not None:
            return _with_weekday(_from_match(name, match, today), text)
    return None


def _from_match(name: str, match: re.Match[str], today: date) -> Day:
    try:
        days, doubt = _READERS[name](match.groupdict(), today)
    except (ValueError, OverflowError):
        days, doubt = (), Doubt.IMPOSSIBLE
    return Day(days, match.start(), match.end(), doubt)


_Read = tuple[tuple[date, ...], Doubt | None]
_Fields = dict[str, str | None]


def _full(fields: _Fields, today: date) -> _Read:
    month = fields["month"] or ""
    number = int(month) if month.isdigit() else _MONTHS.index(month) + 1
    day = int(fields["day"] or 0)
    if era := fields.get("era"):
        return (date(2018 + (1 if era == "元" else int(era)), number, day),), None
    year = fields.get("year")
    return ((date(int(year), number, day),), None) if year else _yearless(number, day, today)


def _yearless(month: int, day: int, today: date) -> _Read:
    """This year's, unless that is more than half a year ago: then next year's is meant."""
    found = [d for d in (_date(today.year, month, day), _date(today.year + 1, month, day)) if d is not None]
    if not found:
        return (), Doubt.IMPOSSIBLE
    first, last = found[0], found[-1]
    if first >= today or first.year > today.year:
        return ((first,), None) if first - today < 2 * _HALF_A_YEAR else ((), Doubt.IMPOSSIBLE)
    return ((last,), None) if last > first and today - first > _HALF_A_YEAR else ((first,), Doubt.PAST)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _yearless_fields(fields: _Fields, today: date) -> _Read:
    return _yearless(int(fields["month"] or 0), int(fields["day"] or 0), today)


def _month_ahead(fields: _Fields, today: date) -> _Read:
    months = today.month - 1 + _MONTHS_AHEAD[fields.get("ahead") or "今月"]
    year, month = today.year + months // 12, months % 12 + 1
    last = calendar.monthrange(year, month)[1]
    return (date(year, month, int(fields.get("day") or last)),), None


def _day_only(fields: _Fields, today: date) -> _Read:
    """This month's, or the next month's when that is over."""
    day = int(fields["day"] or 0)
    this, following = _date(today.year, today.month, day), None
    if this is not None and this >= today:
        return (this,), None
    following = _date(today.year + today.month // 12, today.month % 12 + 1, day)
    return ((following,), None) if following else ((), Doubt.IMPOSSIBLE)


def _days_later(fields: _Fields, today: date) -> _Read:
    days = int(fields["number"] or 0) * (7 if (fields["unit"] or "").startswith(("週", "week")) else 1)
    return (today + timedelta(days=days),), None


def _named(fields: _Fields, today: date) -> _Read:
    return (today + timedelta(days=_NEAR_NAMES[fields["name"] or ""]),), None


def _weekday(fields: _Fields, today: date) -> _Read:
    """A bare one is the next to come (today's own name is asked about). With 今週/来週 both beginnings of a week,
    Monday and Sunday, are tried: where they differ it is asked about."""
    japanese, english = fields.get("jp"), fields.get("en")
    wanted = WEEKDAYS.index(japanese) if japanese else _ENGLISH.index((english or "")[:3])
    ahead = timedelta(days=(wanted - today.weekday()) % 7)
    week = fields.get("week")
    if week is None:
        return ((today + ahead,), None) if ahead else ((today, today + timedelta(days=7)), Doubt.AMBIGUOUS)
    days = _in_week(_WEEKS[week], wanted, today)
    return days, Doubt.AMBIGUOUS if len(days) > 1 else None


def _in_week(week: int, wanted: int, today: date) -> tuple[date, ...]:
    from_monday = today - timedelta(days=today.weekday()) + timedelta(days=7 * week + wanted)
    from_sunday = today - timedelta(days=(today.weekday() + 1) % 7) + timedelta(days=7 * week + (wanted + 1) % 7)
    both = sorted({from_monday, from_sunday})
    return tuple(d for d in both if d >= today) or (both[-1],)


def _week(fields: _Fields, today: date) -> _Read:
    """A week is no day: its Friday and Sunday are offered (Monday and Friday for a bare 来週)."""
    week = _WEEKS[fields["week"] or "今週"]
    wanted = (4, 6) if fields["bare"] or fields["whole"] or week == 0 else (0, 4)
    days = sorted({d for w in wanted for d in _in_week(week, w, today)[:1] if d >= today})
    return tuple(days), Doubt.AMBIGUOUS if len(days) > 1 else None


_READERS: Final[dict[str, Callable[[_Fields, date], _Read]]] = {
    "full": _full,
    "yearless": _yearless_fields,
    "month_end": _month_ahead,
    "month_ahead": _month_ahead,
    "days_later": _days_later,
    "named": _named,
    "weekday": _weekday,
    "week": _week,
    "day_only": _day_only,
}


def _with_weekday(day: Day, text: str) -> Day:
    """Compare with the day of the week written next to the date, if there is one."""
    behind = _WRITTEN_JP.match(text, day.end) or _WRITTEN_EN.match(text, day.end)
    before = None if behind else _WRITTEN_EN_BEFORE.search(text, 0, day.start)
    written = behind or before
    if written is None or len(day.days) != 1:
        return day
    word = next(group for group in written.groups() if group)
    weekday = WEEKDAYS.index(word) if word in WEEKDAYS else _ENGLISH.index(word[:3])
    start, end = min(day.start, written.start()), max(day.end, written.end())
    (found,) = day.days
    if found.weekday() == weekday:
        return Day(day.days, start, end, day.doubt, weekday)
    return Day((found, nearest(found, weekday)), start, end, day.doubt or Doubt.WEEKDAY, weekday)


def nearest(day: date, weekday: int) -> date:
    """The day with that name closest to `day`."""
    ahead = (weekday - day.weekday()) % 7
    return day + timedelta(days=ahead if ahead <= 3 else ahead - 7)
