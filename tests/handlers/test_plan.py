"""When reminders go out: the usual plan, what is kept of a chosen one, and the quiet hours, in several zones."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from handlers.plan import Frame, evening_only, is_too_late, kept, usual, why_not
from handlers.quiet import QuietHours, is_quiet, morning, waits_until

TOKYO = ZoneInfo("Asia/Tokyo")
NIGHT = QuietHours(time(21), time(7))
LONG_AGO = "11/01 09:00"


def at(text: str, zone: ZoneInfo = TOKYO) -> datetime:
    """「11/30 18:00」 of 2026; with a year if it has one."""
    text = text if text.count("/") == 2 else f"2026/{text}"
    return datetime.strptime(text, "%Y/%m/%d %H:%M").replace(tzinfo=zone)


def frame(deadline: str, sent: str = LONG_AGO, zone: ZoneInfo = TOKYO, quiet: QuietHours | None = NIGHT) -> Frame:
    return Frame(zone, quiet, at(sent, zone), at(deadline, zone) if deadline else None)


def shown(times: tuple[datetime, ...], zone: ZoneInfo = TOKYO) -> list[str]:
    return [f"{t.astimezone(zone):%m/%d %H:%M}" for t in times]


@pytest.mark.parametrize(
    ("deadline", "sent", "expected"),
    [
        ("11/30 18:00", LONG_AGO, ["11/29 18:00", "11/30 07:30"]),
        ("11/30 08:00", LONG_AGO, ["11/29 18:00", "11/30 07:30"]),
        ("11/30 07:59", LONG_AGO, ["11/29 18:00", "11/29 20:30"]),
        ("11/30 00:00", LONG_AGO, ["11/29 18:00", "11/29 20:30"]),
        ("11/30 23:59", LONG_AGO, ["11/29 18:00", "11/30 07:30"]),
        ("12/01 12:00", LONG_AGO, ["11/30 18:00", "12/01 07:30"]),
        ("2027/01/01 12:00", LONG_AGO, ["12/31 18:00", "01/01 07:30"]),
        ("", LONG_AGO, []),
        # What is over when the notice goes out, or comes within the hour, is dropped.
        ("11/30 18:00", "11/29 16:59", ["11/29 18:00", "11/30 07:30"]),
        ("11/30 18:00", "11/29 17:00", ["11/29 18:00", "11/30 07:30"]),
        ("11/30 18:00", "11/29 17:01", ["11/30 07:30"]),
        ("11/30 18:00", "11/29 19:00", ["11/30 07:30"]),
        ("11/30 18:00", "11/30 07:00", []),
        ("11/30 18:00", "11/30 10:00", []),
        ("11/30 07:00", "11/29 19:00", ["11/29 20:30"]),
        ("11/30 07:00", "11/29 20:00", []),
    ],
)
def test_the_usual_plan_is_the_evening_before_and_the_morning(deadline: str, sent: str, expected: list[str]) -> None:
    assert shown(usual(frame(deadline, sent))) == expected


@pytest.mark.parametrize(
    ("quiet", "deadline", "expected"),
    [
        (None, "11/30 18:00", ["11/29 18:00", "11/30 07:30"]),
        # The morning waits for the end of the night …
        (QuietHours(time(21), time(9)), "11/30 18:00", ["11/29 18:00", "11/30 09:00"]),
        # … and where that is too near to the deadline, it moves to the evening before.
        (QuietHours(time(21), time(9)), "11/30 09:15", ["11/29 18:00", "11/29 20:30"]),
        (QuietHours(time(20), time(9)), "11/30 09:15", ["11/29 18:00", "11/29 19:30"]),
        # Both in the same night: one reminder, not two.
        (QuietHours(time(17), time(9)), "11/30 18:00", ["11/30 09:00"]),
        (QuietHours(time(17), time(9)), "11/30 09:15", ["11/29 16:30"]),
        # A nap by day.
        (QuietHours(time(7), time(8)), "11/30 18:00", ["11/29 18:00", "11/30 08:00"]),
        (QuietHours(time(0), time(6)), "11/30 18:00", ["11/29 18:00", "11/30 07:30"]),
    ],
)
def test_no_reminder_falls_into_quiet_hours(quiet: QuietHours | None, deadline: str, expected: list[str]) -> None:
    plan = usual(frame(deadline, quiet=quiet))
    assert shown(plan) == expected
    assert not any(is_quiet(moment, quiet, TOKYO) for moment in plan)


@pytest.mark.parametrize(
    ("name", "deadline", "expected"),
    [
        ("Europe/Berlin", "03/29 18:00", ["03/28 18:00 +0100", "03/29 07:30 +0200"]),
        ("Europe/Berlin", "10/25 18:00", ["10/24 18:00 +0200", "10/25 07:30 +0100"]),
        ("America/New_York", "03/08 12:00", ["03/07 18:00 -0500", "03/08 07:30 -0400"]),
        ("America/New_York", "11/01 07:00", ["10/31 18:00 -0400", "10/31 20:30 -0400"]),
        ("Australia/Lord_Howe", "10/04 12:00", ["10/03 18:00 +1030", "10/04 07:30 +1100"]),
        ("Asia/Kathmandu", "05/02 12:00", ["05/01 18:00 +0545", "05/02 07:30 +0545"]),
    ],
)
def test_the_plan_keeps_the_hour_where_clocks_change(name: str, deadline: str, expected: list[str]) -> None:
    zone = ZoneInfo(name)
    plan = usual(frame(deadline, "01/01 09:00", zone))
    assert [f"{moment.astimezone(zone):%m/%d %H:%M %z}" for moment in plan] == expected


def test_the_evening_alone_can_be_chosen() -> None:
    assert shown(evening_only(frame("11/30 18:00"))) == ["11/29 18:00"]
    assert evening_only(frame("11/30 18:00", "11/29 20:00")) == ()
    assert evening_only(frame("")) == ()


@pytest.mark.parametrize(
    ("chosen", "reason"),
    [
        ("11/29 12:00", ""),
        ("11/29 09:00", "past"),
        ("11/29 08:00", "past"),
        ("11/30 17:30", ""),
        ("11/30 17:31", "deadline"),
        ("12/02 12:00", "deadline"),
        ("11/29 21:00", "quiet"),
        ("11/30 06:59", "quiet"),
        ("11/30 07:00", ""),
    ],
)
def test_a_chosen_time_is_taken_or_refused_for_a_reason(chosen: str, reason: str) -> None:
    assert why_not(at(chosen), frame("11/30 18:00", "11/29 09:00")) == reason


def test_nothing_is_planned_from_the_expiry_on() -> None:
    until = Frame(TOKYO, NIGHT, at(LONG_AGO), at("11/30 18:00"), at("11/30 07:30"))
    assert shown(usual(until)) == ["11/29 18:00"]
    assert why_not(at("11/30 07:30"), until) == "expiry"


def test_chosen_times_are_kept_in_order_and_once() -> None:
    chosen = [at("11/30 12:00"), at("11/29 12:00"), at("11/30 12:00"), at("11/29 23:00")]
    assert shown(kept(chosen, frame("11/30 18:00", "11/29 09:00"))) == ["11/29 12:00", "11/30 12:00"]


def test_without_a_deadline_no_reminder_comes_too_late() -> None:
    assert not is_too_late(at("11/30 18:00"), None)
    assert is_too_late(at("11/30 17:31"), at("11/30 18:00"))
    assert not is_too_late(at("11/30 17:30"), at("11/30 18:00"))


@pytest.mark.parametrize(
    ("zone", "moment", "over"),
    [
        ("Asia/Tokyo", "11/29 20:59", None),
        ("Asia/Tokyo", "11/29 21:00", "11/30 07:00"),
        ("Asia/Tokyo", "11/30 00:30", "11/30 07:00"),
        ("Asia/Tokyo", "11/30 06:59", "11/30 07:00"),
        ("Asia/Tokyo", "11/30 07:00", None),
        ("Europe/Berlin", "03/28 22:00", "03/29 07:00"),
        ("Europe/Berlin", "10/24 22:00", "10/25 07:00"),
    ],
)
def test_the_morning_is_when_the_night_is_over(zone: str, moment: str, over: str | None) -> None:
    here = ZoneInfo(zone)
    found = morning(at(moment, here), NIGHT, here)
    assert (None if found is None else f"{found.astimezone(here):%m/%d %H:%M}") == over


def test_where_there_are_no_quiet_hours_no_night_falls() -> None:
    assert morning(at("11/30 03:00"), None, TOKYO) is None
    assert waits_until(at("11/29 20:00"), at("11/30 03:00"), None, TOKYO) is None


def test_what_was_due_by_day_and_meets_the_night_waits_for_the_morning() -> None:
    due, night = at("11/29 20:00"), at("11/29 23:00")
    assert waits_until(due, night, NIGHT, TOKYO) == at("11/30 07:00")
    assert waits_until(due, at("11/29 20:59"), NIGHT, TOKYO) is None
    assert waits_until(at("11/29 22:00"), night, NIGHT, TOKYO) is None, "that was wanted in the night"


def test_what_was_ordered_a_moment_before_the_night_still_goes() -> None:
    due = at("11/29 20:59")
    assert waits_until(due, due + timedelta(minutes=9), NIGHT, TOKYO) is None
    assert waits_until(due, due + timedelta(minutes=10), NIGHT, TOKYO) == at("11/30 07:00")
