"""`demo`: a sample school, the simulator with its phones, and the bot, on this machine and for nobody else."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import signal
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import aiohttp

from bot import logs
from bot.app import serve
from bot.channels.templates import wanted
from bot.demo_school import Phone, build
from bot.opening import open_parts, open_storage
from bot.settings import Settings
from handlers.errors import RefusedError
from handlers.wording import Words
from storage.errors import SchemaError, StorageDownError

_ROOT = Path(__file__).parents[1]
_PORTS = 50
_STARTS_WITHIN = 30.0
_STOPS_WITHIN = 5.0
_MONTHLY = 5000
"""The quota of LINE's light plan in Japan."""
_NUMBER_ID = "106540352242922"
_TEMPLATE = "kakunin_notice"
_RULE = "─" * 32


async def demo(port: int, folder: Path, *, keep: bool) -> int:
    """Run until it is told to stop (Ctrl-C), with everything in `folder` (absolute), made anew unless `keep`.

    Raises: StorageBusyError, if one runs there already; RefusedError, without a free port; StorageDownError.
    """
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    for number in (signal.SIGINT, signal.SIGTERM):  # until `serve` takes them over
        loop.add_signal_handler(number, task.cancel if task else lambda: None)
    try:
        await _run(port, folder, keep=keep)
    except asyncio.CancelledError:
        return 0
    return 0


async def _run(port: int, folder: Path, *, keep: bool) -> None:
    free = _free_port(port)
    settings = _settings(folder, free)
    words = Words(settings.locale, settings.timezone)
    logs.configure(settings.log_level, settings.secrets())
    if port and free != port:
        print(words("demo-busy-port", port=str(port), other=str(free)))
    if not keep:
        await _forget(settings)
    async with AsyncExitStack() as stack:
        parts = await open_parts(settings, stack)
        now = parts.clock.now()
        phones = await build(parts.storage, parts.organization, folder, now)
        url = await stack.enter_async_context(_simulator(settings, free, words))
        ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        opening = asyncio.create_task(_open(url, phones, words, ready), name="demo")
        opening.add_done_callback(lambda done: _greet(done, url, phones, words, now))
        await serve(parts, ready=ready.set_result)
        opening.cancel()


def _settings(folder: Path, port: int) -> Settings:
    """Nothing of the environment: whoever tries the demo on a server must not write into its database."""
    defaults = {name: about.default for name, about in Settings.model_fields.items()}
    line = f"http://127.0.0.1:{port}/line"
    whatsapp = {
        "whatsapp_phone_number_id": _NUMBER_ID,
        "whatsapp_access_token": secrets.token_hex(32),
        "whatsapp_app_secret": secrets.token_hex(16),
        "whatsapp_verify_token": secrets.token_hex(16),
        "whatsapp_template": _TEMPLATE,
        "whatsapp_api_url": f"http://127.0.0.1:{port}/whatsapp/v26.0",
    }
    own = {
        "line_channel_secret": secrets.token_hex(16),
        # Hexadecimal: nothing at its head that a command line would take for an option.
        "line_channel_access_token": secrets.token_hex(32),
        "line_api_url": line,
        "line_data_api_url": line,
        "data_dir": folder,
        "port": 0,
        "organization_name": Words("ja", defaults["timezone"])("demo-organization"),
        "organization_contact": "03-1234-5678",
        "quiet_hours": None,
        "log_level": "WARNING",
        "test_clock_file": folder / "clock",
        **whatsapp,
    }
    return Settings(_env_file=None, **{**defaults, **own})


async def _forget(settings: Settings) -> None:
    """Remove what an earlier demo left, by name; whatever else is in the folder is none of ours."""
    with contextlib.suppress(SchemaError, StorageDownError):
        if settings.database_file.exists():
            await (await open_storage(settings, exclusive=True)).close()
    database = settings.database_file.name
    for name in (database, f"{database}-wal", f"{database}-shm", "codes.csv", "clock"):
        (settings.data_dir / name).unlink(missing_ok=True)


def _free_port(port: int) -> int:
    """The port, or the next one that nobody listens on. Raises: RefusedError."""
    for candidate in range(port, min(port + _PORTS, 65536)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", candidate))
                return int(probe.getsockname()[1])
    raise RefusedError("demo-no-port", port=str(port))


@asynccontextmanager
async def _simulator(settings: Settings, port: int, words: Words) -> AsyncIterator[str]:
    """A simulator of its own process, in a session of its own so that Ctrl-C reaches us first; its address."""
    token = settings.line_channel_access_token
    whatsapp = {
        "app-secret": settings.whatsapp_app_secret[0],
        "access-token": settings.whatsapp_access_token,
        "verify-token": settings.whatsapp_verify_token,
    }
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "simulator", "--port", str(port), "--name", settings.organization_name, "--quota", str(_MONTHLY)),
        *("--line-channel-secret", settings.line_channel_secret[0].get_secret_value()),
        *("--line-channel-access-token", token.get_secret_value() if token else ""),
        *(word for n, s in whatsapp.items() if s for word in (f"--whatsapp-{n}", s.get_secret_value())),
        *("--whatsapp-phone-number-id", settings.whatsapp_phone_number_id),
        *("--clock-file", str(settings.test_clock_file)),
        cwd=_ROOT,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    watching: asyncio.Task[None] | None = None
    try:
        assert child.stdout is not None  # noqa: S101 - it was asked for
        async with asyncio.timeout(_STARTS_WITHIN):
            said = (await child.stdout.readline()).decode()
        if "listening on " not in said:
            raise RefusedError("demo-no-phones")
        watching = asyncio.create_task(_watch(child, words), name="simulator")
        yield said.rpartition("listening on ")[2].strip()
    finally:
        if watching:
            watching.cancel()
        await _end(child)


async def _watch(child: asyncio.subprocess.Process, words: Words) -> None:
    """Without phones there is no demo."""
    await child.wait()
    print(words("demo-phones-gone"), file=sys.stderr)
    signal.raise_signal(signal.SIGTERM)


async def _end(child: asyncio.subprocess.Process) -> None:
    if child.returncode is None:
        child.terminate()
        try:
            await asyncio.wait_for(child.wait(), _STOPS_WITHIN)
        except TimeoutError:
            child.kill()
            await child.wait()


async def _open(url: str, phones: Sequence[Phone], words: Words, ready: asyncio.Future[str]) -> None:
    """Put the people on their phones, and tell the platforms where the bot is."""
    line = [
        {"id": p.user, "name": p.name, "title": p.title, "friend": p.is_friend, "blocked": p.blocks}
        for p in phones
        if p.platform == "line"
    ]
    whatsapp = [{"phone": p.user[1:], "name": p.name, "title": p.title} for p in phones if p.platform == "whatsapp"]
    webhooks = f"{await ready}/webhooks"
    async with aiohttp.ClientSession(raise_for_status=True) as http:
        await http.post(f"{url}/_sim/line/users", json={"users": line})
        await http.post(
            f"{url}/_sim/line/settings", json={"webhook_url": f"{webhooks}/line", "webhook_redelivery": True}
        )
        for each in wanted(_TEMPLATE, words):
            template = {"name": each.name, "body": each.body, "buttons": [each.button]}
            await http.post(f"{url}/_sim/whatsapp/templates", json=template)
        await http.post(f"{url}/_sim/whatsapp/users", json={"users": whatsapp})
        await http.post(f"{url}/_sim/whatsapp/settings", json={"webhook_url": f"{webhooks}/whatsapp"})


def _greet(opened: asyncio.Task[None], url: str, phones: Sequence[Phone], words: Words, now: datetime) -> None:
    """What to do now; the last line is for programs."""
    if opened.cancelled():
        return
    if opened.exception():
        print(words("demo-no-phones"), file=sys.stderr)
        signal.raise_signal(signal.SIGTERM)
        return
    print("", words("demo-howto", url=f"{url}/", teacher=phones[0].name), "", sep="\n")
    print(words("demo-unregistered"))
    for phone in phones:
        if phone.code:
            print("  " + words("demo-code", name=phone.name, code=phone.code))
    print("", words("demo-letter-here"), _RULE, words("demo-letter", date=_school_day(now, words)), _RULE, "", sep="\n")
    print(words("demo-stop"))
    print(f"demo ready: {url}/", flush=True)


def _school_day(now: datetime, words: Words) -> str:
    """A day from Monday to Friday, a week or so from now."""
    day = now.astimezone(words.zone) + timedelta(days=7)
    while day.weekday() >= 5:
        day += timedelta(days=1)
    return words.moment(day).partition(" ")[0]
