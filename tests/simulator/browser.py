"""The phones page in a real browser: nothing fetched from outside, nothing wrong in its console."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

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
MARKS = [
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium found: set CHROMIUM, or install chromium"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # Playwright's own pipes
]

# Every text and button of the cards: what is clipped by an ancestor, or by the screen, sideways.
CLIPPED = """() => {
  const wrong = [];
  for (const node of document.querySelectorAll(
    '.card .text, .card button, .bubble, .quick button, .wa-buttons button')) {
    node.scrollIntoView({block: 'center', inline: 'nearest'});
    const box = node.getBoundingClientRect();
    if (!box.width || !box.height) wrong.push(`${node.textContent}: no size`);
    if (node.scrollWidth > node.clientWidth + 1) wrong.push(`${node.textContent}: cut inside`);
    const limits = [{left: 0, right: innerWidth}];
    for (let up = node.parentElement; up; up = up.parentElement) {
      if (getComputedStyle(up).overflowX !== 'visible') limits.push(up.getBoundingClientRect());
    }
    for (const limit of limits) {
      if (box.left < limit.left - 1 || box.right > limit.right + 1) wrong.push(`${node.textContent}: cut off`);
    }
  }
  return wrong;
}"""


@asynccontextmanager
async def opened(driver: Any, url: str, width: int = 360, height: int = 740) -> AsyncIterator[Any]:
    """A page of that size; at the end, any error in its console or request to elsewhere fails the test."""
    browser = await driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
    page = await browser.new_page(viewport={"width": width, "height": height})
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda line: troubles.append(line.text) if line.type == "error" else None)
    page.on("request", lambda request: _only_ours(request.url, url, troubles))
    yield page
    await browser.close()
    assert not troubles


def _only_ours(address: str, ours: str, troubles: list[str]) -> None:
    if not address.startswith(ours):
        troubles.append(f"fetched {address}")
