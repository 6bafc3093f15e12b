"""Opens what a process runs on, from its settings: memory, the organisation's secret, platforms. Drivers are imported
only when they are needed, so that short commands start at once."""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from bot.check_whatsapp import version
from bot.clock import Clock
from bot.settings import Problem, Settings, SettingsError
from handlers.context import Organization
from handlers.wording import Words
from storage.base import Storage

if TYPE_CHECKING:
    from bot.app import Parts
    from bot.channels.base import Channel
    from bot.channels.line import LineChannel
    from bot.channels.whatsapp import WhatsAppChannel, WhatsAppConfig
    from bot.channels.whatsapp.account import Account
    from bot.channels.whatsapp.calls import Calls

log = logging.getLogger(__name__)

_SECRET_FILE = "secret.key"  # noqa: S105 - its name, not what is in it
_SECRET_BYTES = 32


async def open_storage(settings: Settings, *, exclusive: bool = False) -> Storage:
    """The organisation's memory: MongoDB where it is set, else the embedded file.

    `exclusive` is for `serve` and `demo`; short commands open the file beside them.

    Raises: StorageBusyError, SchemaError, StorageDownError.
    """
    if settings.mongodb_uri:
        from storage.mongo import open_mongo

        return await open_mongo(settings.mongodb_uri.get_secret_value())
    from storage.sqlite import open_sqlite

    return await open_sqlite(settings.database_file, exclusive=exclusive)


def organization_secret(settings: Settings) -> bytes:
    """The key of the hashes under which codes are stored: SECRET_KEY, or made once and kept beside the database.

    Raises: SettingsError, if the kept one cannot be read; OSError.
    """
    if settings.secret_key:
        return settings.secret_key.get_secret_value().encode()
    file = settings.data_dir / _SECRET_FILE
    if not file.exists():
        _make_secret(file)
    secret = file.read_bytes().strip()
    if len(secret) != 2 * _SECRET_BYTES:
        raise SettingsError([Problem("SECRET_KEY", "settings-secret-file", {"file": str(file)})])
    return secret


def _make_secret(file: Path) -> None:
    """Whole or not at all, and the same for all who ask at once: whoever links it first wins."""
    file.parent.mkdir(parents=True, exist_ok=True)
    made = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    handle = os.open(made, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(secrets.token_hex(_SECRET_BYTES).encode())
        stream.flush()
        os.fsync(stream.fileno())
    with contextlib.suppress(FileExistsError):
        file.hardlink_to(made)
    made.unlink()


def open_line(settings: Settings) -> LineChannel:
    """The LINE channel; inside a running loop, to be closed by the caller. Imports the SDK: a second.

    Raises: ValueError, if LINE is not set up.
    """
    from bot.channels.line import LineChannel, LineConfig

    if not settings.line_channel_access_token:
        raise ValueError("LINE is not set up")
    config = LineConfig(
        secrets=tuple(secret.get_secret_value() for secret in settings.line_channel_secret),
        access_token=settings.line_channel_access_token.get_secret_value(),
        api_url=settings.line_api_url,
        data_api_url=settings.line_data_api_url,
        pace=settings.line_pace,
    )
    return LineChannel(config, Words(settings.locale, settings.timezone))


def open_whatsapp(settings: Settings, storage: Storage, clock: Clock) -> WhatsAppChannel:
    """The WhatsApp channel; inside a running loop, to be closed by the caller."""
    from bot.channels.whatsapp import WhatsAppChannel

    return WhatsAppChannel(whatsapp_config(settings), Words(settings.locale, settings.timezone), storage, clock)


def open_account(settings: Settings) -> tuple[Calls, Account]:
    """What asks Meta about our number; inside a running loop, the calls to be closed by the caller."""
    from bot.channels.whatsapp.account import Account
    from bot.channels.whatsapp.calls import Calls

    config = whatsapp_config(settings)
    calls = Calls(config)
    return calls, Account(calls, config)


def whatsapp_config(settings: Settings) -> WhatsAppConfig:
    """What the channel is told. Raises: ValueError, if WhatsApp is not set up."""
    from bot.channels.whatsapp import WhatsAppConfig

    if not settings.whatsapp_access_token or not settings.whatsapp_verify_token:
        raise ValueError("WhatsApp is not set up")
    return WhatsAppConfig(
        phone_number_id=settings.whatsapp_phone_number_id,
        access_token=settings.whatsapp_access_token.get_secret_value(),
        secrets=tuple(secret.get_secret_value() for secret in settings.whatsapp_app_secret),
        verify_token=settings.whatsapp_verify_token.get_secret_value(),
        template=settings.whatsapp_template,
        language=settings.locale,
        api_url=settings.whatsapp_api_url,
        thanks=settings.whatsapp_thanks,
        daily_limit=settings.whatsapp_daily_limit,
        per_second=settings.whatsapp_per_second,
    )


def open_channels(settings: Settings, storage: Storage, clock: Clock, stack: AsyncExitStack) -> dict[str, Channel]:
    """Every channel that is set up, by name, in the order in which they are preferred; closed with the stack."""
    opened: list[Channel] = []
    if settings.has_line:
        opened.append(open_line(settings))
    if settings.has_whatsapp:
        opened.append(open_whatsapp(settings, storage, clock))
        for finding in version(settings.whatsapp_api_url, clock.now().date()):
            log.warning("whatsapp.version", extra={"ends": finding.arguments["date"]})
    for channel in opened:
        stack.push_async_callback(channel.close)
    return {channel.name: channel for channel in opened}


async def open_parts(settings: Settings, stack: AsyncExitStack) -> Parts:
    """What `bot.app` joins into a running bot. All of it is closed with the stack; the file is held alone.

    Raises: SettingsError, StorageBusyError, SchemaError, StorageDownError.
    """
    from bot.app import Parts
    from bot.invite import ensure_administrators

    clock = Clock(settings.test_clock_file)
    storage = await open_storage(settings, exclusive=True)
    stack.push_async_callback(storage.close)
    organization = await open_organization(settings, storage)
    await ensure_administrators(storage, settings, clock.now())
    channels = open_channels(settings, storage, clock, stack)
    return Parts(settings, storage, clock, channels, organization, is_alone=settings.mongodb_uri is None)


async def open_organization(settings: Settings, storage: Storage) -> Organization:
    """Who sends. Raises: SettingsError, StorageDownError, OSError."""
    return Organization(
        id=await storage.organization_id(),
        name=settings.organization_name,
        contact=settings.organization_contact,
        senders=settings.organization_senders,
        zone=settings.timezone,
        locale=settings.locale,
        secret=organization_secret(settings),
        quiet=settings.quiet_hours,
        keeps_reserve=settings.urgent_reserve == "on",
    )
