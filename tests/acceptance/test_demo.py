"""`python -m bot demo` in a real browser: the whole job by clicking, on a desk and on a small phone."""

from __future__ import annotations

import os
import re
import shutil
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.acceptance.world import LETTER, Process, start

playwright = pytest.importorskip("playwright.async_api", reason="Playwright is not installed")

_NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PICTURES = os.environ.get("KAKUNIN_PICTURES")
"""A folder for pictures of the page, for whoever wants to look."""

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium found: set CHROMIUM, or install chromium"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # Playwright's own pipes
]


@dataclass(frozen=True, slots=True)
class Demo:
    """A demo that runs, and its people as the phones page has them."""

    process: Process
    url: str
    people: list[dict[str, Any]]

    def phone_of(self, words: str) -> str:
        """The test id of the first phone whose owner is called or titled so."""
        person = next(p for p in self.people if words in f"{p['name']} {p['title']}")
        return f"phone-{person['id']}"


@pytest.fixture
async def demo(tmp_path: Path, unused_tcp_port: int) -> AsyncIterator[Demo]:
    """The demo; at the end it stops when it is told to, without an error in its log."""
    options = ["--port", str(unused_tcp_port), "--folder", str(tmp_path / "demo")]
    process = await start("demo", ["-m", "bot", "demo", *options], {})
    url = (await process.line(r"demo ready: (http://\S+)/"))[1]
    async with aiohttp.ClientSession() as http, http.get(f"{url}/_sim/line/users") as response:
        people = (await response.json())["users"]
    yield Demo(process, url, people)
    assert await process.stop(signal.SIGINT) in {0, 130}
    bad = re.compile(r" (ERROR|CRITICAL) |Traceback|ResourceWarning")
    assert [line for line in process.output if bad.search(line)] == []


@pytest.mark.parametrize("width", [360, 1400])
async def test_the_whole_job_by_clicking(demo: Demo, width: int) -> None:
    async with playwright.async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = await browser.new_page(viewport={"width": width, "height": 900})
        troubles: list[str] = []
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda line: troubles.append(line.text) if line.type == "error" else None)
        await page.goto(demo.url)
        await _whole_job(demo, page, width)
        await browser.close()
    assert troubles == []


async def _whole_job(demo: Demo, page: Any, width: int) -> None:
    teacher = page.get_by_test_id(demo.phone_of("先生"))

    async def say(words: str) -> None:
        await teacher.get_by_test_id("input").fill(words)
        await teacher.get_by_test_id("send").click()

    async def press(phone: Any, label: str | re.Pattern[str]) -> None:
        await phone.locator(".log").get_by_role("button", name=label).last.click()

    async def see(phone: Any, words: str | re.Pattern[str]) -> None:
        await playwright.expect(phone.locator(".log").get_by_text(words).last).to_be_visible(timeout=20_000)

    async def picture(name: str) -> None:
        if PICTURES:
            await page.screenshot(path=f"{PICTURES}/{width}-{name}.png")

    await say(LETTER)
    await see(teacher, "お知らせとして送りますか")
    await press(teacher, "お知らせにする")
    await see(teacher, "だれに送りますか")
    await press(teacher, re.compile("^1年A組"))
    await see(teacher, "いつまでに")
    await picture("1-deadline")
    await press(teacher, "締切なし")
    await see(teacher, "送る前の確認")
    await picture("2-preview")
    await press(teacher, re.compile("人に送る$"))
    await see(teacher, re.compile("送りはじめました"))
    await picture("3-sent")

    guardian = page.locator("article.phone", has=page.get_by_role("button", name="確認しました"))
    guardian = guardian.filter(has_not=page.get_by_text("【見本】")).first
    await guardian.scroll_into_view_if_needed()
    await picture("4-card")
    await press(guardian, "確認しました")
    await see(guardian, re.compile("受け付けました。ありがとう"))
    await guardian.scroll_into_view_if_needed()
    await picture("5-thanked")

    await teacher.scroll_into_view_if_needed()
    await say("/状況")
    await see(teacher, re.compile("確認済み [12] · 未確認"))
    await picture("6-status")
    await say("/未確認")
    await see(teacher, re.compile("まだ押していない"))
    await picture("7-pending")
    await say("/催促")
    await see(teacher, re.compile("今月の残り"))
    await picture("8-remind")
    await press(teacher, re.compile("もう一度送る$"))
    await see(teacher, re.compile("人にもう一度送ります"))
    await see(page.locator("article.phone", has_text="再送です").first, re.compile("再送です"))
    await picture("9-reminded")
