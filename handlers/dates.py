"""Dates and times as people type them: 「11/30 18:00」, 「明日 9時」, "Friday 5pm". Pure: the moment comes in.

A date without a time means 18:00 of that day (23:59 when it is nearly over): a school can still ring those who have
not answered, the reminder before it falls into daytime, and it is the hour the buttons offer. 「今日中」 and
「いっぱい」 say the end of the day and mean it. Whatever was filled in is said in the preview.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from handlers.days import ABSOLUTE, Day, Doubt, read_day

__all__ = ["Doubt", "Mentioned", "Reading", "find", "is_date_line", "local", "offers", "parse"]

USUAL: Final = time(18, 0)
END_OF_DAY: Final = time(23, 59)
_TOO_FAR: Final = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Reading:
    """What was understood. Without a doubt `at` holds; with one, `candidates` may be meant (none: ask again)."""

    at: datetime | None
    """Aware UTC. With a doubt: what the words say, None where there is no such time."""
    doubt: Doubt | None = None
    candidates: tuple[datetime, ...] = ()
    has_time: bool = True
    """False: the hour was not typed but filled in."""
    weekday: int | None = None
    """The day of the week as written, Monday 0."""


@dataclass(frozen=True, slots=True)
class Mentioned:
    """A date that stands in a text."""

    words: str
    reading: Reading
    is_limit: bool
    """It is called a deadline: 「まで」, 「締切」, 「提出」, "by"."""


_PART: Final = r"(?P<part>午前|午後|早朝|朝|昼|夕方|夕|夜|晩|am|pm)?\s*の?\s*"
_CLOCK: Final = re.compile(
    _PART + r"(?<![\d/.])(?P<hour>\d{1,2})\s*"
    r"(?::(?P<minute>\d{2})(?!\d)|時(?!間)\s*(?:(?P<minutes>\d{1,2})\s*分|(?P<half>半))?|(?=\s*[ap]\.?m\b))"
    r"\s*(?P<suffix>[ap])?(?:\.?m\b\.?)?"
)
_RELATIVE: Final = re.compile(
    r"(?:(?P<hours>\d{1,3})\s*(?:時間|hours?|h\b)(?P<half>半)?)?\s*"
    r"(?:(?P<minutes>\d{1,4})\s*(?:分|minutes?|mins?\b))?\s*(?P<after>後|以内)?"
)
_IN: Final = re.compile(r"\bin\s+$")
_NOON: Final = re.compile(r"正午|\bnoon\b|お?昼の?12時")
_END: Final = re.compile(r"(?:今日|本日|日|曜|末|週|\))\s*(?:中|いっぱい)|いっぱい|end of|eod|\bmidnight\b")
_LOOSE: Final = (
    (re.compile(r"午前中"), time(12, 0)),
    (re.compile(r"朝|\bmorning\b"), time(8, 0)),
    (re.compile(r"お昼|昼"), time(12, 0)),
    (re.compile(r"夕方|\bevening\b"), time(17, 0)),
    (re.compile(r"夜|晩|\btonight\b|\bnight\b"), time(20, 0)),
)
_KANJI: Final = re.compile(r"[〇一二三四五六七八九十]+(?=年|月\d|月[〇一二三四五六七八九十]|日(?!曜)|時|分|週間)")
_DIGITS: Final = {c: i for i, c in enumerate("〇一二三四五六七八九")}
_LIMIT_BEHIND: Final = re.compile(r"[^\d、。\n]{0,14}?(?:まで|迄|締|〆|必着|厳守)")
_LIMIT_BEFORE: Final = re.compile(r"(?:締め?切り?|〆切|期限|期日|提出日|deadline|due|\bby)\s*[^\d。\n]{0,8}$")
_BRACKETS: Final = re.compile(r"\s*\([^)]{1,8}\)")
_NOT_A_DATE_LINE: Final = re.compile(r"[^\s()、,.。・祝休日曜付発行]")


def plain(text: str) -> str:
    """The form that is read: NFKC, lower case, numbers in digits."""
    flat = unicodedata.normalize("NFKC", text).casefold()
    return _KANJI.sub(lambda match: str(_number(match[0])), flat)


def _number(kanji: str) -> int | str:
    if "十" not in kanji:
        return "".join(str(_DIGITS[c]) for c in kanji)
    tens, _, ones = kanji.partition("十")
    if any(c not in _DIGITS for c in tens + ones) or len(tens) > 1 or len(ones) > 1:
        return kanji
    return (_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[ones] if ones else 0)


def parse(text: str, now: datetime, zone: ZoneInfo) -> Reading | None:
    """The moment that `text` names, seen from `now`; None when it names none."""
    flat = plain(text)
    relative = _relative(flat, now)
    if relative is not None:
        return relative
    today = now.astimezone(zone).date()
    day = read_day(flat, today)
    rest = f"{flat[: day.start]} {flat[day.end :]}" if day else flat
    times = _times(rest, flat)
    if day is None and not times:
        return None
    if day is not None and not day.days:
        return Reading(None, Doubt.IMPOSSIBLE)
    if times and not all(times):
        return Reading(None, Doubt.IMPOSSIBLE)
    clock = [t for t in times if t is not None]
    return _at_clock(clock, now, zone) if day is None else _joined(day, clock, _loose(rest, flat), now, zone)


def _relative(flat: str, now: datetime) -> Reading | None:
    """「2時間後」, 「1時間半後」, 「30分以内」, "in 2 hours"."""
    for match in _RELATIVE.finditer(flat):
        if not (match["hours"] or match["minutes"]) or not (match["after"] or _IN.search(flat, 0, match.start())):
            continue
        minutes = int(match["hours"] or 0) * 60 + (30 if match["half"] else 0) + int(match["minutes"] or 0)
        at = (now.astimezone(UTC) + timedelta(minutes=minutes)).replace(second=0, microsecond=0)
        return Reading(at) if at > now else Reading(at, Doubt.PAST)
    return None


def _times(rest: str, flat: str) -> list[tuple[int, int] | None]:
    """The (hour, minute) that may be meant; [None] for an impossible one; [] when no time is named."""
    if _NOON.search(rest):
        return [(12, 0)]
    match = _CLOCK.search(rest)
    if match is None:
        return [(23, 59)] if _END.search(flat) else []
    hour, minute = int(match["hour"]), int(match["minute"] or match["minutes"] or (30 if match["half"] else 0))
    part = {"a": "am", "p": "pm"}.get(match["suffix"] or "", match["part"] or "")
    if minute > 59 or hour > 24 or (hour == 24 and minute):
        return [None]
    if part in {"午後", "pm", "夕方", "夕", "夜", "晩", "昼"}:
        return [(hour + 12 if hour < 12 and not (part == "昼" and hour > 5) else _evening(hour, part), minute)]
    if part:
        return [(0 if hour == 12 and part == "am" else hour, minute)]
    is_open = 1 <= hour <= 6 and not match["hour"].startswith("0")
    return [(hour + 12, minute), (hour, minute)] if is_open else [(hour, minute)]


def _evening(hour: int, part: str) -> int:
    return 24 if hour == 12 and part in {"夜", "晩"} else hour


def _loose(rest: str, flat: str) -> time | None:
    """「夕方」, 「朝」 without an hour."""
    return next((hour for pattern, hour in _LOOSE if pattern.search(rest) or pattern.search(flat)), None)


def _at_clock(clock: list[tuple[int, int]], now: datetime, zone: ZoneInfo) -> Reading:
    """A time alone: today's; when that is over, tomorrow's is offered."""
    today = now.astimezone(zone).date()
    moments = [local(today, hour, minute, zone) for hour, minute in clock]
    ahead = [m for m in moments if m > now]
    if ahead:
        return Reading(ahead[0]) if len(ahead) == 1 else Reading(ahead[0], Doubt.AMBIGUOUS, tuple(ahead))
    tomorrow = tuple(local(today + timedelta(days=1), hour, minute, zone) for hour, minute in clock)
    return Reading(max(moments), Doubt.PAST, tomorrow)


def _joined(day: Day, clock: list[tuple[int, int]], loose: time | None, now: datetime, zone: ZoneInfo) -> Reading:
    try:
        moments = tuple(m for d in day.days for m in _moments(d, clock, loose, now, zone))
    except (OverflowError, ValueError):
        return Reading(None, Doubt.IMPOSSIBLE)
    ahead = tuple(m for m in moments if m > now)
    has_time = bool(clock)
    if not ahead or (day.doubt is Doubt.PAST and moments[0] <= now):
        later = ahead if day.doubt is not Doubt.WEEKDAY else ()
        return Reading(moments[0], Doubt.PAST, later, has_time, day.weekday)
    if day.doubt is Doubt.WEEKDAY:
        return Reading(moments[0], Doubt.WEEKDAY, ahead, has_time, day.weekday)
    if len(ahead) > 1:
        return Reading(ahead[0], Doubt.AMBIGUOUS, ahead, has_time, day.weekday)
    if ahead[0] - now > _TOO_FAR:
        return Reading(ahead[0], Doubt.FAR, ahead, has_time, day.weekday)
    return Reading(ahead[0], None, (), has_time, day.weekday)


def _moments(
    day: date, clock: list[tuple[int, int]], loose: time | None, now: datetime, zone: ZoneInfo
) -> list[datetime]:
    if clock:
        return [local(day, hour, minute, zone) for hour, minute in clock]
    filled = loose or USUAL
    at = local(day, filled.hour, filled.minute, zone)
    is_nearly_over = day == now.astimezone(zone).date() and at - now < timedelta(hours=1)
    return [local(day, END_OF_DAY.hour, END_OF_DAY.minute, zone) if is_nearly_over else at]


def local(day: date, hour: int, minute: int, zone: ZoneInfo) -> datetime:
    """That time of that day in the zone, as UTC. 24:00 is the next day's 0:00; a time that the clocks skip moves
    forward with them."""
    if hour == 24:
        day, hour = day + timedelta(days=1), 0
    return datetime.combine(day, time(hour, minute), tzinfo=zone).astimezone(UTC)


def find(text: str, now: datetime, zone: ZoneInfo) -> list[Mentioned]:
    """The dates written in a letter (not 「明日」, 「金曜」), in order; lines that are nothing but a date left out."""
    return [found for line in text.split("\n") if not is_date_line(line) for found in _in_line(plain(line), now, zone)]


def _in_line(line: str, now: datetime, zone: ZoneInfo) -> Iterator[Mentioned]:
    spans = sorted({m.span() for pattern in ABSOLUTE for m in pattern.finditer(line)})
    end = 0
    for index, (start, stop) in enumerate(spans):
        if start < end:
            continue
        end = stop
        following = next((s for s, _ in spans[index + 1 :] if s >= stop), len(line))
        reading = parse(line[start : min(following, stop + 16)], now, zone)
        if reading is not None:
            before, behind = line[max(0, start - 16) : start], line[stop : min(following, stop + 24)]
            is_limit = bool(_LIMIT_BEFORE.search(before) or _LIMIT_BEHIND.match(_without_time(behind)))
            weekday = _BRACKETS.match(line, stop)
            yield Mentioned(line[start : weekday.end() if weekday else stop], reading, is_limit)


def _without_time(behind: str) -> str:
    return _CLOCK.sub("", _BRACKETS.sub("", behind, count=1))


def is_date_line(line: str) -> bool:
    """Nothing but a date, as above a letter: 「令和8年11月20日(金)」."""
    flat = plain(line)
    for pattern in ABSOLUTE:
        if match := pattern.search(flat):
            rest = flat[: match.start()] + re.sub(r"^\s*\(?[月火水木金土日](曜日?)?[^)]*\)?", "", flat[match.end() :])
            return _NOT_A_DATE_LINE.search(rest) is None
    return False


def offers(now: datetime, zone: ZoneInfo) -> list[datetime]:
    """The deadlines to offer as buttons: 18:00 of today (while there is time), tomorrow, Friday, next Monday."""
    here = now.astimezone(zone)
    today = here.date()
    days = [today] if local(today, 18, 0, zone) - now >= timedelta(hours=2) else []
    friday = today + timedelta(days=(4 - today.weekday()) % 7)
    monday = today + timedelta(days=7 - today.weekday())
    days += [today + timedelta(days=1), friday if friday > today + timedelta(days=1) else friday + timedelta(days=7)]
    days.append(monday if monday not in days else monday + timedelta(days=7))
    return [local(day, 18, 0, zone) for day in sorted(set(days))]
