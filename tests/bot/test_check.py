"""`check` against the simulator: what is well, what to do, and what nobody can tell."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import pytest
from aiohttp import web

from bot.channels.line import WebhookTest
from bot.check import check
from bot.check_line import judge
from bot.findings import State
from handlers.wording import LOCALES, Words
from simulator.app import Options, Simulator
from simulator.line.settings import Settings as Line
from tests.bot.conftest import Shell

SECRET = "a-channel-secret"
TOKEN = "a-channel-access-token"
ADMIN = f"line:U{1:032x}"


class Endpoint:
    """Stands where the bot would: answers LINE's test as it is told."""

    def __init__(self) -> None:
        self.status = 200
        self.url = ""

    async def receive(self, _: web.Request) -> web.Response:
        return web.Response(status=self.status)


@dataclass(slots=True)
class Place:
    """A deployment that is well, until a test spoils something."""

    shell: Shell
    simulator: Simulator
    endpoint: Endpoint

    async def check(self, *, fix: bool = False) -> tuple[int, list[str]]:
        lines: list[str] = []
        code = await check(fix=fix, say=lines.append)
        assert not any(secret in line for line in lines for secret in (SECRET, TOKEN))
        return code, lines

    async def to_do(self, *, fix: bool = False) -> list[str]:
        """What is to be mended, without the sum."""
        code, lines = await self.check(fix=fix)
        found = [line.removeprefix("要対応 ") for line in lines if line.startswith("要対応 ")]
        assert code == bool(found)
        return found


@pytest.fixture
async def place(shell: Shell) -> AsyncIterator[Place]:
    endpoint = Endpoint()
    app = web.Application()
    app.router.add_post("/webhooks/line", endpoint.receive)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    endpoint.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    line = Line(channel_secrets=[SECRET], access_tokens=[TOKEN], quota=200, webhook_url=f"{endpoint.url}/webhooks/line")
    async with Simulator(Options(line=line)) as simulator:
        shell.set(
            LINE_CHANNEL_SECRET=SECRET,
            LINE_CHANNEL_ACCESS_TOKEN=TOKEN,
            LINE_API_URL=f"{simulator.url}/line",
            LINE_DATA_API_URL=f"{simulator.url}/line",
            ORGANIZATION_NAME="緑町小学校",
            ORGANIZATION_CONTACT="03-1234-5678",
            PUBLIC_URL=endpoint.url,
            ADMINS=ADMIN,
        )
        yield Place(shell, simulator, endpoint)
    await runner.cleanup()


async def test_where_all_is_well_only_what_no_api_tells_is_left(place: Place) -> None:
    code, lines = await place.check()
    assert code == 0
    assert any("LINE から試しに送ってもらい、受け取れました" in line for line in lines)
    assert any("0通 / 200通" in line for line in lines)
    unknown = "\n".join(line for line in lines if line.startswith("未確認"))
    for words in ("Webhookの再送", "応答メッセージ", "あいさつメッセージ", "グループトーク"):
        assert words in unknown
    assert "直すところはありません" in lines[-1]


async def test_every_setting_has_its_line(place: Place) -> None:
    _, lines = await place.check()
    for name in ("LINE_CHANNEL_SECRET", "PUBLIC_URL", "DATA_DIR", "TIMEZONE", "QUIET_HOURS", "ADMINS", "PORT"):
        assert any(line.startswith(f"OK {name}: ") for line in lines), name


async def test_missing_settings_are_told_and_the_rest_is_looked_at_all_the_same(place: Place) -> None:
    place.shell.monkeypatch.delenv("ORGANIZATION_CONTACT")
    place.shell.monkeypatch.delenv("PUBLIC_URL")
    found = await place.to_do()
    assert [line.partition(":")[0] for line in found] == ["ORGANIZATION_CONTACT", "PUBLIC_URL"]


async def test_a_wrong_setting_is_told_alone(place: Place) -> None:
    place.shell.set(QUIET_HOURS="night")
    assert [line.partition(":")[0] for line in await place.to_do()] == ["QUIET_HOURS"]


async def test_a_slip_in_the_name_of_a_setting_is_found(place: Place) -> None:
    place.shell.write(".env", "LINE_CHANEL_SECRET=abc\nEDITOR=vi\n")
    assert await place.to_do() == ["LINE_CHANEL_SECRET: 知らない名前です。LINE_CHANNEL_SECRET ではありませんか。"]


async def test_a_file_of_secrets_that_others_can_read_is_said(place: Place) -> None:
    file = place.shell.write(".env", "PORT=8080")
    file.chmod(0o644)
    _, lines = await place.check()
    assert any("chmod 600" in line for line in lines)
    file.chmod(0o600)
    _, lines = await place.check()
    assert not any("chmod 600" in line for line in lines)


async def test_channels_of_a_later_version_are_passed_over_and_said(place: Place) -> None:
    place.shell.set(TWILIO_ACCOUNT_SID="AC1", MAIL_FROM="a@example.jp")
    code, lines = await place.check()
    assert code == 0
    notes = [line for line in lines if line.startswith("参考")]
    assert any("TWILIO_ACCOUNT_SID: この版では、まだ SMS" in line for line in notes)


async def test_a_wrong_access_token_is_named(place: Place) -> None:
    place.simulator.line.settings.access_tokens = ["another"]
    (found,) = await place.to_do()
    assert found.startswith("LINE_CHANNEL_ACCESS_TOKEN: ")


async def test_line_out_of_reach_is_named(place: Place) -> None:
    await place.simulator.stop()
    (found,) = await place.to_do()
    assert "につながりません" in found


async def test_a_wrong_channel_secret_shows_in_lines_own_test(place: Place) -> None:
    place.endpoint.status = 401
    (found,) = await place.to_do()
    assert "LINE_CHANNEL_SECRET" in found


async def test_an_address_that_is_not_ours_is_set_by_fix(place: Place) -> None:
    place.simulator.line.settings.webhook_url = "https://old.example.jp/callback"
    assert any("old.example.jp" in line for line in await place.to_do())
    code, lines = await place.check(fix=True)
    assert code == 0
    assert place.simulator.line.settings.webhook_url == f"{place.endpoint.url}/webhooks/line"
    assert any("LINE の住所を" in line for line in lines)


async def test_no_address_at_all_is_set_by_fix(place: Place) -> None:
    place.simulator.line.settings.webhook_url = None
    (found,) = await place.to_do()
    assert "--fix" in found
    assert await place.to_do(fix=True) == []
    assert await place.to_do() == []


async def test_a_switched_off_webhook_is_said_with_the_clicks(place: Place) -> None:
    place.simulator.line.settings.webhook_active = False
    (found,) = await place.to_do()
    assert "Webhookの利用 をオンに" in found


@pytest.mark.parametrize(("used", "words", "is_to_do"), [(200, "使い切りました", True), (195, "残りが 5通", False)])
async def test_a_month_that_is_used_up_is_said(place: Place, used: int, words: str, is_to_do: bool) -> None:
    place.simulator.line.settings.consumption = used
    code, lines = await place.check()
    assert any(words in line for line in lines)
    assert code == is_to_do


async def test_nobody_to_send_is_to_be_mended_and_an_empty_roster_is_said(place: Place) -> None:
    place.shell.monkeypatch.delenv("ADMINS")
    (found,) = await place.to_do()
    assert "admin invite" in found
    _, lines = await place.check()
    assert any(line.startswith("参考 members") for line in lines)


async def test_a_database_out_of_reach_is_said(place: Place) -> None:
    place.shell.write("data", "a file where the folder should be")
    (found,) = await place.to_do()
    assert found.startswith("DATA_DIR: つながりません")


@pytest.mark.parametrize(
    ("test", "key"),
    [
        (WebhookTest(True, 200, "OK", "200"), "test-ok"),
        (WebhookTest(False, 401, "ERROR_STATUS_CODE", "401"), "test-secret"),
        (WebhookTest(False, 404, "ERROR_STATUS_CODE", "404"), "test-elsewhere"),
        (WebhookTest(False, 502, "ERROR_STATUS_CODE", "502"), "test-behind"),
        (WebhookTest(False, 503, "ERROR_STATUS_CODE", "503"), "test-storage"),
        (WebhookTest(False, 500, "ERROR_STATUS_CODE", "500"), "test-status"),
        (WebhookTest(False, 0, "REQUEST_TIMEOUT", "Request timeout"), "test-timeout"),
        (WebhookTest(False, -1, "COULD_NOT_CONNECT", "TLS handshake failure: certificate expired"), "test-certificate"),
        (WebhookTest(False, 0, "could_not_connect", "Connection failed"), "test-connect"),
        (WebhookTest(False, 0, "UNCLASSIFIED", ""), "test-else"),
        (WebhookTest(False, 0, "something new", ""), "test-else"),
    ],
)
def test_lines_own_test_is_put_in_plain_words(test: WebhookTest, key: str) -> None:
    finding = judge(test)
    assert finding.key == f"check-{key}"
    assert (finding.state is State.OK) is test.success
    for locale in LOCALES:
        assert finding.line(Words(locale, ZoneInfo("UTC")))


def test_the_command_ends_with_1_when_something_is_to_be_mended(shell: Shell) -> None:
    assert shell("check") == 1
    assert "要対応 LINE_CHANNEL_SECRET" in shell.out
    assert "Traceback" not in shell.err
