"""`check`: every setting and every platform, one line each: OK, what to do, or 未確認 where nobody can be asked."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from difflib import get_close_matches
from pathlib import Path
from zoneinfo import ZoneInfo

from dotenv import dotenv_values

from bot import logs
from bot.check_line import check_line
from bot.check_whatsapp import check_whatsapp
from bot.clock import Clock
from bot.findings import Finding, State, note, ok, to_do
from bot.opening import open_account, open_line, open_organization, open_storage
from bot.settings import LATER, WHATSAPP, Settings, SettingsError, locale_given, names_given, read_settings
from handlers.wording import Words
from storage.base import Storage
from storage.errors import SchemaError, StorageBusyError, StorageDownError
from storage.models import Audience

Say = Callable[[str], None]

_ENV_FILE = Path(".env")
_OF_COMPOSE = {"MONGODB_PASSWORD"}
"""Lines in `.env` that only compose.yaml reads."""
_LEAST_SPACE = 200 * 1024 * 1024


async def check(*, fix: bool, say: Say) -> int:
    """Say how everything stands; 1 if anything has to be mended. `fix`: set what LINE lets us set."""
    words = Words(locale_given(), ZoneInfo("UTC"))
    found = dict.fromkeys(State, 0)
    async for finding in _everything(fix=fix):
        found[finding.state] += 1
        say(finding.line(words))
    say(
        words(
            "check-sum-todo" if found[State.TO_DO] else "check-sum-ok",
            **{str(state): count for state, count in found.items()},
        )
    )
    return 1 if found[State.TO_DO] else 0


async def _everything(*, fix: bool) -> AsyncIterator[Finding]:
    for finding in _names():
        yield finding
    try:
        settings = read_settings(serving=True)
    except SettingsError as error:
        for problem in error.problems:
            yield Finding(State.TO_DO, problem.setting, problem.key, problem.arguments)
        try:
            settings = read_settings()
        except SettingsError:
            return
    logs.configure("ERROR", settings.secrets())
    for finding in _settings(settings):
        yield finding
    async for finding in _database(settings):
        yield finding
    async for finding in _platforms(settings, fix=fix):
        yield finding


async def _platforms(settings: Settings, *, fix: bool) -> AsyncIterator[Finding]:
    if settings.has_line:
        line = open_line(settings)
        try:
            async for finding in check_line(line, settings, fix=fix):
                yield finding
        finally:
            await line.close()
    if settings.has_whatsapp:
        calls, account = open_account(settings)
        try:
            async for finding in check_whatsapp(account, settings, Clock().now().date(), fix=fix):
                yield finding
        finally:
            await calls.close()


# Settings


def _names() -> Iterator[Finding]:
    """Names that mean nothing to us, or not yet. A slip in a name is a setting that is not there."""
    known = {name.upper() for name in Settings.model_fields} | _OF_COMPOSE
    later = {name: channel for channel, names in LATER.items() for name in names}
    try:
        given = names_given(_ENV_FILE)
        in_file = (
            {name.upper() for name in dotenv_values(_ENV_FILE, encoding="utf-8-sig")} if _ENV_FILE.exists() else set()
        )
    except UnicodeDecodeError:
        return  # told with the settings
    if _ENV_FILE.exists() and _ENV_FILE.stat().st_mode & 0o077:
        yield note(str(_ENV_FILE), "env-open")
    for name in sorted(given & set(later)):
        yield note(name, "later", channel=later[name])
    for name in sorted(in_file - known - set(later)):
        near = get_close_matches(name, known, 1, 0.8)
        yield to_do(name, "slip", near=near[0]) if near else note(name, "no-setting")


def _settings(settings: Settings) -> Iterator[Finding]:
    """What is set, each with its value unless it is secret."""
    yield from _of_channels(settings)
    for name in ("ORGANIZATION_NAME", "ORGANIZATION_CONTACT"):
        if value := getattr(settings, name.lower()):
            yield ok(name, "value", value=value)
    if settings.public_url:
        yield ok("PUBLIC_URL", "value", value=settings.public_url)
    else:
        yield to_do("PUBLIC_URL", "public-url")
    quiet = settings.quiet_hours
    values = {
        "TIMEZONE": settings.timezone.key,
        "LOCALE": settings.locale,
        "QUIET_HOURS": f"{quiet.start:%H:%M}-{quiet.end:%H:%M}" if quiet else "off",
        "HOST": settings.host,
        "PORT": str(settings.port),
        "METRICS_PORT": str(settings.metrics_port or "off"),
        "WEB_PROCESSES": str(settings.web_processes),
        "LOG_LEVEL": settings.log_level,
    }
    for name, value in values.items():
        yield ok(name, "value", value=value)
    for channel, _ in settings.admins:
        if channel not in {"line", "whatsapp"}:
            yield note("ADMINS", "later", channel=channel)
    if settings.test_clock_file:
        yield note("TEST_CLOCK_FILE", "test-clock")


def _of_channels(settings: Settings) -> Iterator[Finding]:
    for name in ("LINE_CHANNEL_SECRET", "LINE_CHANNEL_ACCESS_TOKEN"):
        if getattr(settings, name.lower()):
            yield ok(name, "secret-set", count=len(settings.line_channel_secret) if name.endswith("_SECRET") else 1)
    for name in WHATSAPP:
        if value := getattr(settings, name.lower()):
            yield ok(name, "value", value=value) if isinstance(value, str) else ok(name, "secret-set", count=1)


# Memory


async def _database(settings: Settings) -> AsyncIterator[Finding]:
    name = "MONGODB_URI" if settings.mongodb_uri else "DATA_DIR"
    try:
        storage = await open_storage(settings)
    except (StorageDownError, StorageBusyError, SchemaError, OSError) as error:
        yield to_do(name, "database-down", reason=str(error))
        return
    try:
        await storage.ping()
        yield ok(name, "database-mongo" if settings.mongodb_uri else "database-file", file=str(settings.database_file))
        await open_organization(settings, storage)
        async for finding in _people(storage, settings):
            yield finding
    except StorageDownError as error:
        yield to_do(name, "database-not-durable", reason=str(error))
    except (SettingsError, OSError) as error:
        yield to_do("SECRET_KEY", "secret-unreadable", reason=str(error))
    finally:
        await storage.close()
    free = shutil.disk_usage(settings.data_dir).free if not settings.mongodb_uri else _LEAST_SPACE
    if free < _LEAST_SPACE:
        yield to_do(name, "disk", megabytes=free // 2**20)


async def _people(storage: Storage, settings: Settings) -> AsyncIterator[Finding]:
    administrators = {contact.id for contact in await storage.contacts.administrators()}
    count = max(len(administrators), len(settings.admins))
    yield ok("ADMINS", "admins", count=count) if count else to_do("ADMINS", "no-admins")
    members = await storage.members.count(Audience(everyone=True))
    yield ok("members", "members", count=members) if members else note("members", "no-members")
