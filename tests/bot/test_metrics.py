"""What is measured is served, and documented under the same names."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer

from bot.web.operations import metrics_app

DOCS = Path(__file__).parents[2] / "docs" / "operations.md"


@pytest.fixture
async def served() -> str:
    """What `GET /metrics` answers."""
    server = TestServer(metrics_app())
    async with server, ClientSession() as http, http.get(server.make_url("/metrics")) as response:
        assert response.status == 200
        assert response.headers["Content-Type"].startswith("text/plain")
        return await response.text()


def test_every_figure_that_is_served_is_documented_and_no_other(served: str) -> None:
    families = re.findall(r"^# TYPE (kakunin_\w+) (\w+)$", served, re.MULTILINE)
    names = {name.removesuffix("_total") for name, _ in families if not name.endswith("_created")}
    documented = re.findall(r"^\| `(kakunin_\w+)`", DOCS.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(names) == sorted(documented)


def test_what_a_figure_is_said_with_names_nobody(served: str) -> None:
    labels = set(re.findall(r"[{,](\w+)=", served))
    mine = {"channel", "kind", "reason", "outcome", "result", "where", "lease", "what", "le"}
    python = {"generation", "implementation", "major", "minor", "patchlevel", "version"}
    assert labels <= mine | python
