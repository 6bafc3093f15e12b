"""`check` on WhatsApp's side, against the simulator."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

import aiohttp
import pytest

from bot.channels.templates import wanted
from bot.check import check
from bot.check_whatsapp import version
from handlers.wording import Words
from simulator.app import Options, Simulator
from simulator.whatsapp.settings import Settings as WhatsApp
from tests.bot.conftest import Shell

TOKEN, APP_SECRET, VERIFY = "a-graph-access-token", "an-app-secret-of-ours", "a-verify-token"


@dataclass(slots=True)
class Place:
    """A deployment with WhatsApp alone that is well, until a test spoils something."""

    simulator: Simulator
    http: aiohttp.ClientSession

    async def lines(self, *, fix: bool = False) -> list[str]:
        """All that is said."""
        lines: list[str] = []
        await check(fix=fix, say=lines.append)
        assert not any(secret in line for line in lines for secret in (TOKEN, APP_SECRET, VERIFY))
        return lines

    async def to_do(self, *, fix: bool = False) -> list[str]:
        """What is to be mended, of WhatsApp."""
        return [line for line in await self.lines(fix=fix) if line.startswith("要対応 W")]

    async def tell(self, path: str, body: object) -> None:
        """Change something at Meta."""
        async with self.http.post(f"{self.simulator.url}/_sim/whatsapp/{path}", json=body) as response:
            assert response.status < 300, await response.text()

    async def subscribe(self) -> None:
        """As the console does it."""
        url = f"{self.simulator.url}/whatsapp/v26.0/102290129340398/subscribed_apps"
        async with self.http.post(url, headers={"Authorization": f"Bearer {TOKEN}"}) as response:
            assert response.status == 200


@pytest.fixture
async def place(shell: Shell) -> AsyncIterator[Place]:
    whatsapp = WhatsApp(app_secret=APP_SECRET, access_tokens=[TOKEN], verify_token=VERIFY)
    async with Simulator(Options(whatsapp=whatsapp)) as simulator, aiohttp.ClientSession() as http:
        shell.set(
            WHATSAPP_PHONE_NUMBER_ID="106540352242922",
            WHATSAPP_BUSINESS_ACCOUNT_ID="102290129340398",
            WHATSAPP_ACCESS_TOKEN=TOKEN,
            WHATSAPP_APP_SECRET=APP_SECRET,
            WHATSAPP_VERIFY_TOKEN=VERIFY,
            WHATSAPP_TEMPLATE="kakunin_notice",
            WHATSAPP_API_URL=f"{simulator.url}/whatsapp/v26.0",
            ORGANIZATION_NAME="みどり小学校",
            ORGANIZATION_CONTACT="03-1234-5678",
            PUBLIC_URL="https://kakunin.example.jp",
            ADMINS="whatsapp:+819012345678",
        )
        place = Place(simulator, http)
        for each in wanted("kakunin_notice", Words("ja", ZoneInfo("Asia/Tokyo"))):
            await place.tell("templates", {"name": each.name, "body": each.body, "buttons": [each.button]})
        await place.subscribe()
        yield place


async def test_all_is_well(place: Place) -> None:
    lines = await place.lines()

    assert await place.to_do() == []
    said = "\n".join(lines)
    for part in (
        "確認ボット",
        "評価は良好",
        "STANDARD",
        "2,000人",
        "kakunin_notice_read は承認済み",
        "https://kakunin.example.jp/webhooks/whatsapp",
    ):
        assert part in said


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"category": "MARKETING"}, "マーケティングに分類"),
        ({"status": "PAUSED"}, "まだ使えません (PAUSED)"),
        ({"body": "お知らせ{{1}}と{{2}}と{{3}}と{{4}}です。", "buttons": ["確認しました"]}, "README のものと違います"),
    ],
)
async def test_template_that_will_not_do_is_told(place: Place, change: dict[str, object], told: str) -> None:
    await place.tell("templates", {"name": "kakunin_notice", **change})

    (line,) = await place.to_do()
    assert told in line


@pytest.mark.parametrize(("quality", "told"), [("YELLOW", "評価が下がっています"), ("RED", "評価が低く")])
async def test_rating_of_the_number_is_told(place: Place, quality: str, told: str) -> None:
    await place.tell("settings", {"quality_rating": quality})

    (line,) = await place.to_do()
    assert told in line


async def test_wrong_token_is_told_with_what_to_do(place: Place) -> None:
    await place.tell("settings", {"access_tokens": ["another"]})

    (line,) = await place.to_do()
    assert "WHATSAPP_ACCESS_TOKEN" in line


async def test_missing_subscription_is_mended_when_asked(place: Place) -> None:
    url = f"{place.simulator.url}/whatsapp/v26.0/102290129340398/subscribed_apps"
    await place.http.delete(url, headers={"Authorization": f"Bearer {TOKEN}"})

    (line,) = await place.to_do()
    assert "--fix" in line
    assert await place.to_do(fix=True) == []


@pytest.mark.parametrize(
    ("url", "today", "key"),
    [
        ("https://graph.facebook.com/v26.0", date(2027, 1, 1), None),
        ("https://graph.facebook.com/v21.0", date(2026, 10, 1), None),
        ("https://graph.facebook.com/v21.0", date(2026, 11, 22), "check-whatsapp-version-ends"),
        ("https://graph.facebook.com/v21.0", date(2027, 1, 22), "check-whatsapp-version-over"),
        ("https://graph.facebook.com/v17.0", date(2026, 11, 22), "check-whatsapp-version-over"),
        ("http://127.0.0.1:1/anything", date(2026, 11, 22), None),
    ],
)
def test_end_of_the_version_is_told_in_time(url: str, today: date, key: str | None) -> None:
    assert [finding.key for finding in version(url, today)] == ([key] if key else [])
