"""Every setting, read once from the environment or `.env`, typed and frozen. Secrets show only where they are used.

What is missing or wrong is collected and told all at once, each with its name and what to do (`handlers/wording`, keys
`settings-…`). The value of a setting is never repeated.
"""

from __future__ import annotations

import contextlib
import ipaddress
import os
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import time
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from dotenv import dotenv_values
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, ValidationInfo, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

LINE_API_URL = "https://api.line.me"
LINE_DATA_API_URL = "https://api-data.line.me"

LATER = {
    "WhatsApp": (
        "WHATSAPP_PHONE_NUMBER_ID",
        "WHATSAPP_ACCESS_TOKEN",
        "WHATSAPP_APP_SECRET",
        "WHATSAPP_VERIFY_TOKEN",
        "WHATSAPP_API_URL",
        "WHATSAPP_TEMPLATE",
    ),
    "SMS": ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_FROM", "TWILIO_API_URL"),
    "e-mail": ("SMTP_URL", "MAIL_FROM"),
}
"""Settings of channels that this version does not have yet: passed over, and `check` says so."""

_SECRET_LENGTH = 32
_LINE_USER = re.compile(r"U[0-9a-f]{32}")
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
_QUIET = re.compile(r"(\d{1,2}):(\d{2})\s*[-~〜–]\s*(\d{1,2}):(\d{2})")


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


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `start` to `end` of the organisation's day, over midnight if need be, no notice is begun."""

    start: time
    end: time

    def includes(self, at: time) -> bool:
        """Whether a time of day is quiet; the start is, the end is not."""
        if self.start <= self.end:
            return self.start <= at < self.end
        return at >= self.start or at < self.end


def is_loopback(url: str) -> bool:
    """Whether an address stays on this machine."""
    return all(map(_is_loopback_host, _hosts(url)))


def _hosts(url: str) -> list[str]:
    """Host names of a web or MongoDB address (which may have several)."""
    netloc = urlsplit(url).netloc.rpartition("@")[2]
    if url.startswith("mongodb+srv:"):
        return [f"srv.{netloc}"]
    return [urlsplit(f"//{host}").hostname or "" for host in netloc.split(",")]


def _is_loopback_host(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class _WrongError(ValueError):
    """Raised by a validator: (setting or '' for the one at hand, key, arguments) of each thing that is wrong."""

    def __init__(self, *found: tuple[str, str, Mapping[str, str]]) -> None:
        super().__init__(", ".join(key for _, key, _ in found))
        self.found = found


def _wrong(key: str, **arguments: str) -> _WrongError:
    return _WrongError(("", f"settings-{key}", arguments))


def _key_text(value: str) -> str:
    """A key or token as platforms hand it out: printable ASCII without spaces."""
    value = value.strip()
    if not value.isascii() or not value.isprintable() or " " in value:
        raise _wrong("not-a-key")
    return value


def _keys(value: object) -> object:
    if not isinstance(value, str):
        return value
    keys = tuple(SecretStr(_key_text(part)) for part in value.split(",") if part.strip())
    if len(keys) > 2:
        raise _wrong("two-secrets")
    return keys


def _token(value: SecretStr) -> SecretStr:
    return SecretStr(_key_text(value.get_secret_value()))


def _own_secret(value: SecretStr) -> SecretStr:
    text = value.get_secret_value().strip()
    if len(text) < _SECRET_LENGTH:
        raise _wrong("secret-short", characters=str(_SECRET_LENGTH))
    return SecretStr(text)


def _mongodb(value: SecretStr) -> SecretStr:
    uri = value.get_secret_value().strip()
    if not uri.startswith(("mongodb://", "mongodb+srv://")) or not any(_hosts(uri)):
        raise _wrong("mongodb")
    return SecretStr(uri)


def _url(value: str) -> str:
    value = value.strip().rstrip("/")
    if not value:
        return ""
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise _wrong("url") from None
    if not host or parts.scheme not in {"http", "https"} or parts.query or parts.fragment or parts.username:
        raise _wrong("url")
    if parts.scheme == "http" and not _is_loopback_host(host):
        raise _wrong("https")
    return value


def _one_line(value: str, info: ValidationInfo) -> str:
    value = unicodedata.normalize("NFC", value.strip())
    if any(unicodedata.category(c) in {"Cc", "Cs", "Co", "Cn"} for c in value):
        raise _wrong("characters")
    most = 60 if info.field_name == "organization_name" else 100
    if len(value) > most:
        raise _wrong("long", most=str(most))
    return value


def _zone(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return ZoneInfo(value.strip())
    except (KeyError, ValueError, OSError):
        raise _wrong("timezone") from None


def _quiet(value: object) -> object:
    if not isinstance(value, str):
        return value
    text = unicodedata.normalize("NFKC", value).strip()
    if text.casefold() in {"off", "none", "なし"}:
        return None
    match = _QUIET.fullmatch(text)
    try:
        start, end = (time(int(match[1]), int(match[2])), time(int(match[3]), int(match[4]))) if match else (None, None)
    except ValueError:
        start = end = None
    if start is None or end is None or start == end:
        raise _wrong("quiet")
    return QuietHours(start, end)


def _admins(value: object) -> object:
    if not isinstance(value, str):
        return value
    entries = [part.strip() for part in value.split(",") if part.strip()]
    for entry in entries:
        channel, _, address = entry.partition(":")
        if not (channel == "line" and _LINE_USER.fullmatch(address)) and not (
            channel == "whatsapp" and _PHONE.fullmatch(address)
        ):
            raise _wrong("admins", entry=entry[:50])
    return tuple(dict.fromkeys((e.partition(":")[0], e.partition(":")[2]) for e in entries))


def _upper(value: object) -> object:
    return value.strip().upper() if isinstance(value, str) else value


def _lower(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


Url = Annotated[str, AfterValidator(_url)]
OneLine = Annotated[str, AfterValidator(_one_line)]


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

    line_channel_secret: Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(_keys)] = ()
    """Two while rotating: what either signs is ours."""
    line_channel_access_token: Annotated[SecretStr, AfterValidator(_token)] | None = None
    line_api_url: Url = LINE_API_URL
    line_data_api_url: Url = LINE_DATA_API_URL

    mongodb_uri: Annotated[SecretStr, AfterValidator(_mongodb)] | None = None
    """None: the embedded SQLite file under `data_dir`."""
    data_dir: Path = Path("data")
    public_url: Url = ""
    """Where people and platforms reach us; '' where nobody said."""
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    metrics_port: Annotated[int, Field(ge=0, le=65535)] | None = None
    """None: no metrics are served."""
    web_processes: Annotated[int, Field(ge=1, le=64)] = 1
    """Among how many processes the rate of free answers is divided."""
    secret_key: Annotated[SecretStr, AfterValidator(_own_secret)] | None = None

    organization_name: OneLine = ""
    organization_contact: OneLine = ""
    timezone: Annotated[ZoneInfo, BeforeValidator(_zone)] = ZoneInfo("Asia/Tokyo")
    locale: Annotated[Literal["ja", "en"], BeforeValidator(_lower)] = "ja"
    quiet_hours: Annotated[QuietHours | None, NoDecode, BeforeValidator(_quiet)] = QuietHours(time(21), time(7))
    admins: Annotated[tuple[tuple[str, str], ...], NoDecode, BeforeValidator(_admins)] = ()
    """(channel, address value) of people who are administrators from the start."""
    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(_upper)] = "INFO"
    test_clock_file: Path | None = None

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        addresses = [self.line_api_url, self.line_data_api_url, self.public_url]
        if self.mongodb_uri:
            addresses.append(self.mongodb_uri.get_secret_value())
        misfits = {
            "TEST_CLOCK_FILE": self.test_clock_file and not all(is_loopback(a) for a in addresses if a),
            "WEB_PROCESSES": self.web_processes > 1 and not self.mongodb_uri,
            "SECRET_KEY": self.mongodb_uri and not self.secret_key,
        }
        if any(misfits.values()):
            keys = {"TEST_CLOCK_FILE": "test-clock", "WEB_PROCESSES": "processes", "SECRET_KEY": "secret-shared"}
            raise _WrongError(*((name, f"settings-{keys[name]}", {}) for name, is_so in misfits.items() if is_so))
        return self

    @property
    def has_line(self) -> bool:
        """Whether LINE is on."""
        return bool(self.line_channel_secret and self.line_channel_access_token)

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
        return [secret.get_secret_value() for secret in held if secret]


_NEEDED = ("LINE_CHANNEL_SECRET", "LINE_CHANNEL_ACCESS_TOKEN", "ORGANIZATION_NAME", "ORGANIZATION_CONTACT")
"""What a running bot cannot do without."""

_BY_FIELD = {
    "port": "settings-port",
    "metrics_port": "settings-port",
    "web_processes": "settings-count",
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
    problems = [Problem(name, missing_key(name)) for name in _NEEDED if serving and name not in given]
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
        if isinstance(cause, _WrongError):
            yield from (Problem(setting or name.upper(), key, arguments) for setting, key, arguments in cause.found)
        else:
            yield Problem(name.upper(), _BY_FIELD.get(name, "settings-wrong"))
