"""`python -m bot demo` in a real browser: the whole job by clicking, on a desk and on a small phone."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.acceptance.world import LETTER, Process, start
from tests.simulator.browser import MARKS, opened

playwright = pytest.importorskip("playwright.async_api", reason="Playwright is not installed")

PICTURES = os.environ.get("KAKUNIN_PICTURES")
"""A folder for pictures of the page, for whoever wants to look."""

pytestmark = MARKS


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
    async with playwright.async_playwright() as driver, opened(driver, demo.url, width, height=900) as page:
        await page.goto(demo.url)
        await _whole_job(demo, page, width)


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
