"""Settings: typed, all problems at once, and nothing secret shown."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from datetime import time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from bot.settings import QuietHours, Settings, SettingsError, is_loopback, names_given, read_settings
from handlers.wording import LOCALES, Words

SECRET = "8c570fa6dd201bb328f1c1eac23a96d8"
TOKEN = "token/with+base64==" * 8
FULL = {
    "LINE_CHANNEL_SECRET": SECRET,
    "LINE_CHANNEL_ACCESS_TOKEN": TOKEN,
    "ORGANIZATION_NAME": "緑町小学校",
    "ORGANIZATION_CONTACT": "03-1234-5678",
}


@pytest.fixture
def env(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment that says nothing of ours, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    for name in names_given(None):
        if name.lower() in Settings.model_fields:
            monkeypatch.delenv(name)
    return monkeypatch


def read(env: pytest.MonkeyPatch, given: Mapping[str, str], *, serving: bool = True) -> Settings:
    for name, value in given.items():
        env.setenv(name, value)
    return read_settings(serving=serving)


def problems(env: pytest.MonkeyPatch, given: Mapping[str, str], *, serving: bool = True) -> dict[str, str]:
    """What is refused, by setting; every sentence is there in every language."""
    with pytest.raises(SettingsError) as caught:
        read(env, given, serving=serving)
    for locale in LOCALES:
        words = Words(locale, ZoneInfo("UTC"))
        for problem in caught.value.problems:
            assert words(problem.key, **problem.arguments)
    return {problem.setting: problem.key.removeprefix("settings-") for problem in caught.value.problems}


def test_four_settings_are_enough_and_the_rest_has_safe_defaults(env: pytest.MonkeyPatch) -> None:
    settings = read(env, FULL)
    assert settings.has_line
    assert settings.line_api_url == "https://api.line.me"
    assert (settings.host, settings.port) == ("127.0.0.1", 8080)
    assert settings.timezone == ZoneInfo("Asia/Tokyo")
    assert settings.quiet_hours == QuietHours(time(21), time(7))
    assert settings.mongodb_uri is None
    assert settings.database_file == Path("data/kakunin.sqlite3")
    assert settings.line_webhook_url == ""


def test_everything_missing_or_wrong_is_told_at_once(env: pytest.MonkeyPatch) -> None:
    assert problems(env, {"PORT": "http", "LOCALE": "fr", "QUIET_HOURS": "night", "ADMINS": "line:me"}) == {
        "LINE_CHANNEL_SECRET": "missing-line-channel-secret",
        "LINE_CHANNEL_ACCESS_TOKEN": "missing-line-channel-access-token",
        "ORGANIZATION_NAME": "missing-organization-name",
        "ORGANIZATION_CONTACT": "missing-organization-contact",
        "PORT": "port",
        "LOCALE": "locale",
        "QUIET_HOURS": "quiet",
        "ADMINS": "admins",
    }


def test_short_commands_need_no_platform(env: pytest.MonkeyPatch) -> None:
    assert not read(env, {}, serving=False).has_line


@pytest.mark.parametrize(
    ("name", "value", "key"),
    [
        ("LINE_CHANNEL_SECRET", "全角のひみつ", "not-a-key"),
        ("LINE_CHANNEL_SECRET", "two words", "not-a-key"),
        ("LINE_CHANNEL_SECRET", "a,b,c", "two-secrets"),
        ("LINE_CHANNEL_ACCESS_TOKEN", "a token", "not-a-key"),
        ("LINE_API_URL", "http://api.line.me", "https"),
        ("PUBLIC_URL", "http://bot.example.jp", "https"),
        ("PUBLIC_URL", "bot.example.jp", "url"),
        ("PUBLIC_URL", "https://bot.example.jp:port", "url"),
        ("PUBLIC_URL", "https://[bot", "url"),
        ("PUBLIC_URL", "https://bot.example.jp/?a=b", "url"),
        ("MONGODB_URI", "localhost:27017", "mongodb"),
        ("SECRET_KEY", "short", "secret-short"),
        ("ORGANIZATION_NAME", "緑" * 61, "long"),
        ("ORGANIZATION_NAME", "緑町\n小学校", "characters"),
        ("TIMEZONE", "Tokyo", "timezone"),
        ("TIMEZONE", "../etc/passwd", "timezone"),
        ("QUIET_HOURS", "25:00-07:00", "quiet"),
        ("QUIET_HOURS", "07:00-07:00", "quiet"),
        ("ADMINS", "U0123456789abcdef0123456789abcdef", "admins"),
        ("PORT", "70000", "port"),
        ("METRICS_PORT", "-1", "port"),
        ("WEB_PROCESSES", "0", "count"),
        ("WEB_PROCESSES", "2", "processes"),
        ("LOG_LEVEL", "loud", "log-level"),
    ],
)
def test_a_wrong_value_is_refused_with_its_name(env: pytest.MonkeyPatch, name: str, value: str, key: str) -> None:
    assert problems(env, {**FULL, name: value}) == {name: key}


@pytest.mark.parametrize(
    ("name", "value", "field", "expected"),
    [
        ("LINE_API_URL", "http://127.0.0.1:9000/", "line_api_url", "http://127.0.0.1:9000"),
        ("PUBLIC_URL", "https://bot.example.jp//", "public_url", "https://bot.example.jp"),
        ("PUBLIC_URL", "http://localhost:8080", "public_url", "http://localhost:8080"),
        ("QUIET_HOURS", "２２:３０～６:００", "quiet_hours", QuietHours(time(22, 30), time(6))),
        ("QUIET_HOURS", "off", "quiet_hours", None),
        ("LOG_LEVEL", "debug", "log_level", "DEBUG"),
        ("LOCALE", "EN", "locale", "en"),
        ("PORT", "", "port", 8080),
        (
            "ADMINS",
            f"line:U{SECRET}, whatsapp:+819012345678,line:U{SECRET}",
            "admins",
            (("line", f"U{SECRET}"), ("whatsapp", "+819012345678")),
        ),
    ],
)
def test_values_are_understood_as_people_write_them(
    env: pytest.MonkeyPatch, name: str, value: str, field: str, expected: object
) -> None:
    assert getattr(read(env, {**FULL, name: value}), field) == expected


def test_two_channel_secrets_serve_while_rotating(env: pytest.MonkeyPatch) -> None:
    settings = read(env, {**FULL, "LINE_CHANNEL_SECRET": f"{SECRET}, another-secret"})
    assert [s.get_secret_value() for s in settings.line_channel_secret] == [SECRET, "another-secret"]


def test_the_file_serves_what_the_environment_does_not_say(env: pytest.MonkeyPatch, tmp_path: Path) -> None:
    lines = [f"{name}={value}" for name, value in FULL.items()]
    (tmp_path / ".env").write_text("\n".join([*lines, "PORT=9000"]), encoding="utf-8-sig")
    settings = read(env, {"ORGANIZATION_NAME": "港町小学校"})
    assert (settings.organization_name, settings.port) == ("港町小学校", 9000)
    assert settings.line_channel_secret[0].get_secret_value() == SECRET


def test_a_file_saved_in_another_encoding_is_told_so(env: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("ORGANIZATION_NAME=緑町小学校", encoding="cp932")
    assert problems(env, {}) == {".env": "encoding"}


def test_mongodb_needs_a_secret_that_all_processes_share(env: pytest.MonkeyPatch) -> None:
    assert problems(env, {**FULL, "MONGODB_URI": "mongodb://db/kakunin"}) == {"SECRET_KEY": "secret-shared"}
    settings = read(env, {**FULL, "SECRET_KEY": "k" * 32, "WEB_PROCESSES": "4"})
    assert settings.web_processes == 4


LOCAL = {"LINE_API_URL": "http://127.0.0.1:1", "LINE_DATA_API_URL": "http://localhost:1", "TEST_CLOCK_FILE": "clock"}


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"PUBLIC_URL": "http://127.0.0.2:8080"},
        {"MONGODB_URI": "mongodb://u:p@127.0.0.1:1,[::1]:2/?x=y", "SECRET_KEY": "k" * 32},
    ],
)
def test_tests_may_move_the_clock_where_everything_is_local(env: pytest.MonkeyPatch, given: dict[str, str]) -> None:
    assert read(env, {**FULL, **LOCAL, **given}).test_clock_file == Path("clock")


@pytest.mark.parametrize(
    "given",
    [
        {"LINE_API_URL": "https://api.line.me"},
        {"LINE_DATA_API_URL": "https://api-data.line.me"},
        {"PUBLIC_URL": "https://bot.example.jp"},
        {"PUBLIC_URL": "https://localhost.example.jp"},
        {"MONGODB_URI": "mongodb://127.0.0.1:1,db.example:2/", "SECRET_KEY": "k" * 32},
        {"MONGODB_URI": "mongodb+srv://localhost/", "SECRET_KEY": "k" * 32},
    ],
)
def test_nobody_moves_the_clock_of_a_real_platform(env: pytest.MonkeyPatch, given: dict[str, str]) -> None:
    assert problems(env, {**FULL, **LOCAL, **given}) == {"TEST_CLOCK_FILE": "test-clock"}


def test_secrets_show_nowhere(env: pytest.MonkeyPatch) -> None:
    password, key = "hunter2hunter2", "key-of-the-organization-0123456789"
    given = {**FULL, "MONGODB_URI": f"mongodb://u:{password}@db/kakunin", "SECRET_KEY": key}
    settings = read(env, given)
    for shown in (repr(settings), str(settings), settings.model_dump_json(exclude={"timezone"})):
        assert not any(secret in shown for secret in (SECRET, TOKEN, password, key))
    assert {SECRET, TOKEN, key} < set(settings.secrets())


@pytest.mark.parametrize("name", ["LINE_CHANNEL_SECRET", "LINE_CHANNEL_ACCESS_TOKEN", "MONGODB_URI", "SECRET_KEY"])
def test_a_wrong_secret_is_not_repeated(env: pytest.MonkeyPatch, name: str) -> None:
    value = "wrong ひみつ"
    with pytest.raises(SettingsError) as caught:
        read(env, {**FULL, name: value})
    said = "".join(traceback.format_exception(caught.value))
    assert value not in said
    assert name in said


def test_settings_do_not_change(env: pytest.MonkeyPatch) -> None:
    settings = read(env, FULL)
    with pytest.raises(ValidationError):
        settings.port = 1  # type: ignore[misc]


@pytest.mark.parametrize(
    ("hours", "quiet", "loud"),
    [
        (
            QuietHours(time(21), time(7)),
            [time(21), time(23, 59), time(0), time(6, 59)],
            [time(7), time(12), time(20, 59)],
        ),
        (QuietHours(time(12), time(13)), [time(12), time(12, 59)], [time(11, 59), time(13), time(0)]),
    ],
)
def test_quiet_hours_reach_over_midnight(hours: QuietHours, quiet: list[time], loud: list[time]) -> None:
    assert all(map(hours.includes, quiet))
    assert not any(map(hours.includes, loud))


@pytest.mark.parametrize("url", ["http://127.0.0.1", "http://127.9.9.9:1", "http://[::1]:1", "http://localhost/x"])
def test_loopback_is_this_machine(url: str) -> None:
    assert is_loopback(url)


@pytest.mark.parametrize(
    "url", ["https://api.line.me", "http://127.0.0.1@evil.example", "http://0.0.0.0", "", "http://10.0.0.1"]
)
def test_nothing_else_is(url: str) -> None:
    assert not is_loopback(url)


RATES = {"LINE_PUSHES_PER_SECOND": 2000, "LINE_MULTICASTS_PER_SECOND": 200, "LINE_REPLIES_PER_SECOND": 2000}


def test_rates_stay_below_lines_documented_limits_unless_somebody_says_otherwise(env: pytest.MonkeyPatch) -> None:
    pace = read(env, FULL).line_pace
    assert (pace.single, pace.several, pace.replies) == (1900, 180, 1900)
    pace = read(env, {**FULL, "LINE_PUSHES_PER_SECOND": "50", "LINE_MULTICASTS_PER_SECOND": "2.5"}).line_pace
    assert (pace.single, pace.several, pace.replies) == (50, 2.5, 1900)


@pytest.mark.parametrize(("name", "most"), RATES.items())
def test_a_rate_above_lines_limit_is_refused_but_for_a_simulator_here(
    env: pytest.MonkeyPatch, name: str, most: int
) -> None:
    read(env, {**FULL, name: str(most)})
    assert problems(env, {name: str(most + 1)}) == {name: "line-rate"}
    read(env, {name: str(most + 1), "LINE_API_URL": "http://127.0.0.1:8090/line"})
    assert problems(env, {name: "0"}) == {name: "pace"}


def test_the_reserve_for_urgent_notices_can_be_switched_off(env: pytest.MonkeyPatch) -> None:
    assert read(env, FULL).urgent_reserve == "on"
    assert read(env, {"URGENT_RESERVE": "OFF"}).urgent_reserve == "off"
    assert problems(env, {"URGENT_RESERVE": "maybe"}) == {"URGENT_RESERVE": "on-off"}
