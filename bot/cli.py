"""The command line: reads arguments, calls the parts, prints. What can go wrong is one line and an exit code: 0 fine,
1 something is to be mended, 2 wrong usage or settings. Nothing heavy is imported before it is known what to do."""

from __future__ import annotations

import argparse
import asyncio
import errno
import sys
import unicodedata
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot import logs
from bot.clock import Clock
from bot.opening import open_organization, open_parts, open_storage, organization_secret
from bot.settings import Settings, SettingsError, locale_given, read_settings
from handlers.errors import RefusedError
from handlers.wording import Words
from storage.base import Storage
from storage.errors import NotFoundError, SchemaError, StorageBusyError, StorageDownError

WRONG_USAGE = 2
INTERRUPTED = 130
_MANY = 2000
"""So many records and more get a progress line."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code."""
    given = parser().parse_args(arguments)
    words = Words(locale_given(), ZoneInfo("UTC"))
    try:
        return int(given.run(given))
    except SettingsError as error:
        _complain(words("settings-stop"))
        for problem in error.problems:
            text = words(problem.key, **problem.arguments)
            _complain(words("settings-line", setting=problem.setting, text=text))
        return WRONG_USAGE
    except KeyboardInterrupt:
        return INTERRUPTED
    except (RefusedError, StorageBusyError, StorageDownError, SchemaError, OSError) as error:
        _complain(_explain(error, words))
        return 1


def _explain(error: Exception, words: Words) -> str:
    """What an error that we foresee means to whoever typed the command."""
    match error:
        case RefusedError():
            return words(error.key, **error.arguments)
        case StorageBusyError():
            return words("cli-busy")
        case SchemaError():
            return words("cli-schema", reason=str(error))
        case FileExistsError():
            return words("codes-exists", file=str(error.filename))
        case FileNotFoundError() | PermissionError() | IsADirectoryError() if error.filename:
            return words(f"cli-file-{_FILE_TROUBLE[type(error)]}", file=str(error.filename))
        case OSError():
            return words("cli-system", reason=str(error) or type(error).__name__)
    return words("cli-down", reason=str(error) or type(error).__name__)


_FILE_TROUBLE: dict[type[Exception], str] = {
    FileNotFoundError: "missing",
    PermissionError: "denied",
    IsADirectoryError: "folder",
}
_PORT_TROUBLE = {errno.EADDRINUSE, errno.EACCES, errno.EADDRNOTAVAIL}


def parser() -> argparse.ArgumentParser:
    """The commands, as the contract names them."""
    top = argparse.ArgumentParser(
        prog="python -m bot", description="確認ボット: お知らせを送り、だれが確認したかが分かります。"
    )
    commands = top.add_subparsers(required=True, metavar="コマンド")

    def command(name: str, run: Callable[[argparse.Namespace], int], text: str, under: Any = None) -> Any:
        made = (under or commands).add_parser(name, help=text, description=text)
        made.set_defaults(run=run)
        return made

    serve = command("serve", _serve, "ボットを動かす (Webサーバーと送信)")
    serve.add_argument("--only", choices=("web", "work"), help="受け取りだけ / 送信だけ (MONGODB_URI が必要)")

    demo = command("demo", _demo, "このパソコンだけで試す (LINEの準備はいりません)")
    demo.add_argument("--port", type=_port, default=8180, help="画面の番号 (使われていれば次の番号)")
    demo.add_argument("--folder", type=Path, default=Path("data/demo"), help="試しのデータを置く所")
    demo.add_argument("--keep", action="store_true", help="前に試したときのデータを残す")

    check = command("check", _check, "設定とLINEのつながりを確かめる")
    check.add_argument("--fix", action="store_true", help="直せるもの (Webhookの住所) を直す")

    members = commands.add_parser("members", help="名簿を取り込む・書き出す").add_subparsers(
        required=True, metavar="操作"
    )
    read = command("import", _import, "名簿 (CSV・XLSX) を取り込む", members)
    read.add_argument("file", type=Path, metavar="FILE")
    read.add_argument("--dry-run", action="store_true", help="何が変わるかを見るだけ")
    read.add_argument("--codes", type=Path, metavar="FILE", help="登録コードを書き出すファイル (.csv・.xlsx)")
    read.add_argument("--new-codes", action="store_true", help="まだ登録していない人全員のコードを作り直す")
    renewed = command("code", _renew_codes, "1人分の登録コードを作り直す (電話を替えた・紙をなくした)", members)
    renewed.add_argument("member", metavar="番号", help="名簿の番号")
    write = command("export", _export_members, "名簿をファイルに書き出す", members)
    write.add_argument("file", type=Path, metavar="FILE")

    admin = commands.add_parser("admin", help="管理者を増やす").add_subparsers(required=True, metavar="操作")
    invite = command("invite", _invite, "管理者の登録コードを作る", admin)
    invite.add_argument("--name", default="", help="管理者になる人の名前")

    export = command("export", _export_results, "お知らせの結果を書き出す")
    export.add_argument("notice", metavar="NOTICE", help="お知らせの番号 (例: 42)")
    export.add_argument("file", type=Path, metavar="FILE", help="書き出すファイル (.csv・.xlsx)")
    return top


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError("0 から 65535 までの数を入れてください")
    return int(text)


# serve, demo, check


def _serve(given: argparse.Namespace) -> int:
    settings = _settings(serving=True)
    if given.only and not settings.mongodb_uri:
        raise RefusedError("cli-only")

    async def run() -> None:
        from bot.app import serve

        async with AsyncExitStack() as stack:
            await serve(await open_parts(settings, stack), given.only)

    try:
        asyncio.run(run())
    except OSError as error:
        if error.errno not in _PORT_TROUBLE or error.filename is not None:
            raise
        address = {"host": settings.host, "port": str(settings.port)}
        raise RefusedError("cli-port", **address, reason=error.strerror or str(error)) from error
    return 0


def _demo(given: argparse.Namespace) -> int:
    from bot.demo import demo

    return asyncio.run(demo(given.port, given.folder.resolve(), keep=given.keep))


def _check(given: argparse.Namespace) -> int:
    from bot.check import check

    return asyncio.run(check(fix=given.fix, say=print))


# Short commands, which run beside a running serve


def _import(given: argparse.Namespace) -> int:
    if given.new_codes and not given.codes:
        raise RefusedError("cli-new-codes")
    from bot.importing import Wish, import_file

    wish = Wish(given.file, given.codes, dry_run=given.dry_run, new_codes=given.new_codes)

    async def run(beside: _Beside) -> int:
        organization = await open_organization(beside.settings, beside.storage)
        errors = await import_file(wish, beside.storage, organization, beside.now, print, _progress(beside.words))
        return 1 if errors else 0

    return _run_beside(run)


def _export_members(given: argparse.Namespace) -> int:
    from bot.roster import save

    async def run(beside: _Beside) -> int:
        count = await save(given.file, beside.storage, beside.words)
        print(beside.words("roster-saved", file=str(given.file), count=count))
        return 0

    return _run_beside(run)


def _renew_codes(given: argparse.Namespace) -> int:
    from bot.invite import renew
    from handlers.codes import shown

    async def run(beside: _Beside) -> int:
        words = beside.words
        try:
            made = await renew(beside.storage, organization_secret(beside.settings), given.member, beside.now)
        except NotFoundError:
            raise RefusedError("codes-no-member", member=given.member) from None
        if not made:
            raise RefusedError("codes-no-contact", member=given.member)
        for contact, code in made:
            who = f"{contact.name} ({contact.relationship})" if contact.relationship else contact.name
            print(words("codes-renewed", who=who, code=shown(code)))
        print(words("codes-renewed-how"))
        return 0

    return _run_beside(run)


def _invite(given: argparse.Namespace) -> int:
    from bot.invite import invite
    from handlers.codes import shown

    async def run(beside: _Beside) -> int:
        words = beside.words
        secret = organization_secret(beside.settings)
        name = given.name or beside.settings.organization_name or words("invite-name")
        code, stored = await invite(beside.storage, secret, name, beside.now)
        print(words("invite-code", code=shown(code)))
        print(words("invite-how", until=words.moment(stored.expires_at, beside.now)))
        print(words("invite-secret"))
        return 0

    return _run_beside(run)


def _export_results(given: argparse.Namespace) -> int:
    from bot.export import check_ending, new_table, result_rows

    async def run(beside: _Beside) -> int:
        check_ending(given.file)
        number = unicodedata.normalize("NFKC", given.notice).strip().removeprefix("#")
        is_number = number.isascii() and number.isdigit()
        notice = await beside.storage.notices.by_number(int(number[:9])) if is_number else None
        if notice is None:
            raise RefusedError("cli-notice", number=given.notice)
        count = -1  # the head is a row too
        with new_table(given.file) as row:
            async for cells in result_rows(notice, beside.storage, beside.words):
                row(cells)
                count += 1
        print(beside.words("cli-exported", number=str(notice.number), file=str(given.file), count=count))
        return 0

    return _run_beside(run)


@dataclass(frozen=True, slots=True)
class _Beside:
    """What a short command works with, beside a running `serve`."""

    settings: Settings
    storage: Storage
    words: Words
    now: datetime


def _run_beside(run: Callable[[_Beside], Coroutine[Any, Any, int]]) -> int:
    settings = _settings()

    async def whole() -> int:
        storage = await open_storage(settings)
        try:
            words = Words(settings.locale, settings.timezone)
            return await run(_Beside(settings, storage, words, Clock(settings.test_clock_file).now()))
        finally:
            await storage.close()

    return asyncio.run(whole())


def _settings(*, serving: bool = False) -> Settings:
    settings = read_settings(serving=serving)
    logs.configure(settings.log_level if serving else "WARNING", settings.secrets())
    return settings


def _progress(words: Words) -> Callable[[int, int], None]:
    """One line that grows, for somebody who watches and has to wait."""

    def tell(done: int, whole: int) -> None:
        if whole >= _MANY and sys.stderr.isatty():
            end = "\n" if done == whole else ""
            print(f"\r{words('roster-progress', done=done, all=whole)}", end=end, file=sys.stderr, flush=True)

    return tell


def _complain(text: str) -> None:
    print(text, file=sys.stderr)
