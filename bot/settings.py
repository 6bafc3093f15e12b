"""Every setting, read once from the environment or `.env`, typed and frozen. Secrets show only where they are used.

What is missing or wrong is collected and told all at once, each with its name and what to do (`handlers/wording`, keys
`settings-…`). The value of a setting is never repeated.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import time
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from dotenv import dotenv_values
from pydantic import Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.channels import paces
from bot.channels.paces import Pace
from bot.setting_values import (
    Admins,
    Digits,
    Keys,
    LowerCase,
    MongoUri,
    OneLine,
    OwnSecret,
    Port,
    Quiet,
    Rate,
    Switch,
    TemplateName,
    Token,
    UpperCase,
    Url,
    WrongError,
    Zone,
    is_loopback,
)
from handlers.quiet import QuietHours

LINE_API_URL = "https://api.line.me"
LINE_DATA_API_URL = "https://api-data.line.me"
WHATSAPP_API_URL = "https://graph.facebook.com/v26.0"

LINE_LIMITS = {"line_pushes_per_second": 2000, "line_multicasts_per_second": 200, "line_replies_per_second": 2000}
"""Calls a second for the account (Messaging API reference, rate limits)."""

LATER = {
    "SMS": ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_FROM", "TWILIO_API_URL"),
    "e-mail": ("SMTP_URL", "MAIL_FROM"),
}
"""Settings of channels that this version does not have yet: passed over, and `check` says so."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a setting: `key` names the sentence, which says what to do."""

    setting: str
    key: str
    arguments: Mapping[str, str] = field(default_factory=dict)


class SettingsError(Exception):
    """Settings are missing or wrong; nothing was started."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(", ".join(f"{problem.setting}: {problem.key}" for problem in self.problems))


class Settings(BaseSettings):
    """The settings of one process. Read them with `read_settings`, which tells all problems at once."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8-sig",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    line_channel_secret: Keys = ()
    """Two while rotating: what either signs is ours."""
    line_channel_access_token: Token | None = None
    line_api_url: Url = LINE_API_URL
    line_data_api_url: Url = LINE_DATA_API_URL
    line_pushes_per_second: Rate = paces.LINE.single
    line_multicasts_per_second: Rate = paces.LINE.several
    line_replies_per_second: Rate = paces.LINE.replies
    """Of all processes together."""

    whatsapp_phone_number_id: Digits = ""
    whatsapp_access_token: Token | None = None
    whatsapp_app_secret: Keys = ()
    """Two while rotating."""
    whatsapp_verify_token: Token | None = None
    whatsapp_template: TemplateName = ""
    whatsapp_api_url: Url = WHATSAPP_API_URL
    """Host and version of the Graph API."""
    whatsapp_business_account_id: Digits = ""
    """Of the account that holds the number and its templates: `check` asks about them only with it."""
    whatsapp_thanks: Switch = True
    """Whether the first tap is answered: an answer costs a message."""
    whatsapp_daily_limit: Annotated[int, Field(ge=1)] | None = None
    """None: Meta is asked."""
    whatsapp_per_second: Annotated[float, Field(gt=0, le=1000)] = 70

    mongodb_uri: MongoUri | None = None
    """None: the embedded SQLite file under `data_dir`."""
    data_dir: Path = Path("data")
    public_url: Url = ""
    """Where people and platforms reach us; '' where nobody said."""
    host: str = "127.0.0.1"
    port: Port = 8080
    metrics_port: Port | None = None
    """None: no metrics are served."""
    web_processes: Annotated[int, Field(ge=1, le=64)] = 1
    """Among how many processes the rate of free answers is divided."""
    secret_key: OwnSecret | None = None

    organization_name: OneLine = ""
    organization_contact: OneLine = ""
    organization_senders: OneLine = ""
    """What recipients call those who send notices; '' for 先生."""
    timezone: Zone = ZoneInfo("Asia/Tokyo")
    locale: Annotated[Literal["ja", "en"], LowerCase] = "ja"
    quiet_hours: Quiet = QuietHours(time(21), time(7))
    urgent_reserve: Annotated[Literal["on", "off"], LowerCase] = "on"
    """Whether a message for each person of the roster stays for what is urgent."""
    admins: Admins = ()
    """(channel, address value) of people who are administrators from the start."""
    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], UpperCase] = "INFO"
    test_clock_file: Path | None = None

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        addresses = [self.line_api_url, self.line_data_api_url, self.public_url]
        if self.has_whatsapp:
            addresses.append(self.whatsapp_api_url)
        if self.mongodb_uri:
            addresses.append(self.mongodb_uri.get_secret_value())
        misfits = {
            "TEST_CLOCK_FILE": self.test_clock_file and not all(is_loopback(a) for a in addresses if a),
            "WEB_PROCESSES": self.web_processes > 1 and not self.mongodb_uri,
            "SECRET_KEY": self.mongodb_uri and not self.secret_key,
        }
        keys = {"TEST_CLOCK_FILE": "test-clock", "WEB_PROCESSES": "processes", "SECRET_KEY": "secret-shared"}
        wrong: list[tuple[str, str, Mapping[str, str]]]
        wrong = [(name, f"settings-{keys[name]}", {}) for name, is_so in misfits.items() if is_so]
        if wrong := [*wrong, *self._too_fast()]:
            raise WrongError(*wrong)
        return self

    def _too_fast(self) -> Iterator[tuple[str, str, Mapping[str, str]]]:
        """Rates above what LINE documents; a simulator on this machine may be hurried."""
        for name, most in LINE_LIMITS.items():
            if getattr(self, name) > most and not is_loopback(self.line_api_url):
                yield name.upper(), "settings-line-rate", {"most": f"{most:,}"}

    @property
    def line_pace(self) -> Pace:
        """Calls a second to LINE."""
        return Pace(self.line_pushes_per_second, self.line_multicasts_per_second, self.line_replies_per_second)

    @property
    def has_line(self) -> bool:
        """Whether LINE is on."""
        return bool(self.line_channel_secret and self.line_channel_access_token)

    @property
    def has_whatsapp(self) -> bool:
        """Whether WhatsApp is on."""
        return all(getattr(self, name.lower()) for name in WHATSAPP)

    @property
    def database_file(self) -> Path:
        """The embedded home."""
        return self.data_dir / "kakunin.sqlite3"

    @property
    def line_webhook_url(self) -> str:
        """Where LINE is to send events; '' without a public address."""
        return f"{self.public_url}/webhooks/line" if self.public_url else ""

    def secrets(self) -> list[str]:
        """Every secret in plain, for the masking of logs and for nothing else."""
        held = [*self.line_channel_secret, self.line_channel_access_token, self.mongodb_uri, self.secret_key]
        held += [*self.whatsapp_app_secret, self.whatsapp_access_token, self.whatsapp_verify_token]
        return [secret.get_secret_value() for secret in held if secret]


LINE = ("LINE_CHANNEL_SECRET", "LINE_CHANNEL_ACCESS_TOKEN")
WHATSAPP = (
    "WHATSAPP_PHONE_NUMBER_ID",
    "WHATSAPP_ACCESS_TOKEN",
    "WHATSAPP_APP_SECRET",
    "WHATSAPP_VERIFY_TOKEN",
    "WHATSAPP_TEMPLATE",
)
"""What a channel cannot do without: any of them switches it on, and then all of them are needed."""
_ORGANIZATION = ("ORGANIZATION_NAME", "ORGANIZATION_CONTACT")


def needed(given: Collection[str]) -> tuple[str, ...]:
    """What a running bot cannot do without, with these settings given: LINE where no other channel is on."""
    whatsapp = WHATSAPP if any(name in given for name in WHATSAPP) else ()
    line = LINE if any(name in given for name in LINE) or not whatsapp else ()
    return (*line, *whatsapp, *_ORGANIZATION)


_BY_FIELD = {
    "whatsapp_daily_limit": "settings-people",
    "whatsapp_per_second": "settings-rate",
    "whatsapp_thanks": "settings-switch",
    "port": "settings-port",
    "metrics_port": "settings-port",
    "web_processes": "settings-count",
    "urgent_reserve": "settings-on-off",
    "line_pushes_per_second": "settings-pace",
    "line_multicasts_per_second": "settings-pace",
    "line_replies_per_second": "settings-pace",
    "locale": "settings-locale",
    "log_level": "settings-log-level",
}
"""Sentences for what pydantic itself finds wrong."""


def read_settings(*, serving: bool = False, env_file: Path | None = Path(".env")) -> Settings:
    """The settings of the environment, and of `env_file` for what the environment does not say.

    `serving`: also refuse to go without what a running bot needs.

    Raises: SettingsError, with every problem at once.
    """
    try:
        given = names_given(env_file)
    except UnicodeDecodeError:
        raise SettingsError([Problem(".env", "settings-encoding")]) from None
    problems = [Problem(name, missing_key(name)) for name in needed(given) if serving and name not in given]
    try:
        settings = Settings(_env_file=env_file)
    except ValidationError as error:
        # Not chained: what pydantic says may hold what was given, and that may be a secret.
        raise SettingsError([*problems, *_problems(error)]) from None
    if problems:
        raise SettingsError(problems)
    return settings


def names_given(env_file: Path | None = Path(".env")) -> set[str]:
    """Names of the environment variables and of the lines in `env_file` that say something.

    Raises: UnicodeDecodeError.
    """
    in_file = dotenv_values(env_file, encoding="utf-8-sig") if env_file and env_file.is_file() else {}
    return {name.upper() for name, value in {**in_file, **os.environ}.items() if value}


def locale_given(env_file: Path | None = Path(".env")) -> str:
    """The language to complain in, before the settings are read and found right."""
    in_file = {}
    with contextlib.suppress(UnicodeDecodeError):
        in_file = dotenv_values(env_file, encoding="utf-8-sig") if env_file and env_file.is_file() else {}
    return (os.environ.get("LOCALE") or in_file.get("LOCALE") or "").strip().lower()


def missing_key(setting: str) -> str:
    """The sentence that says what to do about a setting that is not there."""
    return f"settings-missing-{setting.lower().replace('_', '-')}"


def _problems(error: ValidationError) -> Iterator[Problem]:
    for found in error.errors(include_input=False, include_url=False):
        name = str(found["loc"][0]) if found["loc"] else ""
        cause = found.get("ctx", {}).get("error")
        if isinstance(cause, WrongError):
            yield from (Problem(setting or name.upper(), key, arguments) for setting, key, arguments in cause.found)
        else:
            yield Problem(name.upper(), _BY_FIELD.get(name, "settings-wrong"))


__all__ = [
    "LATER",
    "LINE",
    "LINE_API_URL",
    "WHATSAPP",
    "WHATSAPP_API_URL",
    "Problem",
    "QuietHours",
    "Settings",
    "SettingsError",
    "is_loopback",
    "locale_given",
    "missing_key",
    "names_given",
    "needed",
    "read_settings",
]
