"""Logs: one line an event, and nothing secret in it."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest

from bot import logs

SECRET = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root, access = logging.getLogger(), logging.getLogger("aiohttp.access")
    handlers, level, disabled = root.handlers[:], root.level, access.disabled
    levels = {name: logging.getLogger(name).level for name in ("pymongo", "asyncio")}
    out = io.StringIO()
    logs.configure("INFO", [SECRET, "ab"], out)
    yield out
    root.handlers[:] = handlers
    root.setLevel(level)
    access.disabled = disabled
    for name, was in levels.items():
        logging.getLogger(name).setLevel(was)
    logging.captureWarnings(False)


def test_an_event_is_one_line_with_its_fields(stream: io.StringIO) -> None:
    logging.getLogger("bot.delivery").info("outbox.settled", extra={"attempts": 2, "reason": "two words\nand a break"})
    line = stream.getvalue()
    assert line.count("\n") == 1
    assert line.endswith('INFO bot.delivery outbox.settled attempts=2 reason="two words\\nand a break"\n')


def test_an_error_stays_on_its_line(stream: io.StringIO) -> None:
    try:
        _fail("broken\nin two")
    except ValueError:
        logging.getLogger("bot").exception("worker.failed")
    assert stream.getvalue().count("\n") == 1
    assert "ValueError: broken" in stream.getvalue()


@pytest.mark.parametrize(
    "text",
    [
        f"token {SECRET} slipped",
        "Authorization: Bearer abcdefghijklmnop/qrst+uv==",
        "cannot reach mongodb://kakunin:hunter2hunter2@db.example:27017/kakunin",
    ],
)
def test_what_slips_is_masked(stream: io.StringIO, text: str) -> None:
    logging.getLogger("bot").warning("slipped", extra={"text": text})
    logging.getLogger("bot").warning("slipped: %s", text)
    try:
        _fail(text)
    except ValueError:
        logging.getLogger("bot").exception("slipped")
    for secret in (SECRET, "abcdefghijklmnop", "hunter2"):
        assert secret not in stream.getvalue()
    assert stream.getvalue().count("***") == 3


def test_short_secrets_do_not_eat_words(stream: io.StringIO) -> None:
    logging.getLogger("bot").info("about")
    assert "about" in stream.getvalue()


def test_the_access_log_is_off(stream: io.StringIO) -> None:
    logging.getLogger("aiohttp.access").info("GET /results/token")
    assert stream.getvalue() == ""


def test_configuring_again_writes_no_line_twice(stream: io.StringIO) -> None:
    logs.configure("WARNING", [], stream)
    logging.getLogger("bot").warning("once")
    logging.getLogger("bot").info("not at all")
    assert stream.getvalue().count("\n") == 1


def _fail(text: str) -> None:
    raise ValueError(text)
