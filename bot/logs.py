"""Events with fields, one a line: `2026-11-22T09:00:00.123Z INFO bot.delivery outbox.settled attempts=2 state=sent`.

Whoever logs says `log.info("outbox.settled", extra={"attempts": 2})`. Never a token, signature, message text, phone
number or name; what slips all the same and is known to be secret is masked here.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TextIO

_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}
_PLAIN = re.compile(r"[^\s\"=]+")
_SHAPES = (
    ("bearer", re.compile(r"(?i)\b(bearer\s+)[\w.~+/=-]{8,}"), r"\1***"),
    ("://", re.compile(r"(://)[^\s/@]+@"), r"\1***@"),
)
"""What a secret looks like that nobody told us: an authorization header, the password in an address. The word before
each says in small letters what is in every such line, for most lines hold neither."""
_SHORTEST = 6
"""Shorter secrets are not looked for: masking them would eat ordinary words."""


class LineFormatter(logging.Formatter):
    """One record, one line; line breaks in it are escaped, secrets masked."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        super().__init__()
        self._secrets = sorted({s for s in secrets if len(s) >= _SHORTEST}, key=len, reverse=True)

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        fields = {name: value for name, value in record.__dict__.items() if name not in _STANDARD}
        if record.exc_info:
            fields["error"] = self.formatException(record.exc_info)
        parts = [at, record.levelname, record.name, _one_line(record.getMessage())]
        return self._masked(" ".join([*parts, *(f"{name}={_value(value)}" for name, value in fields.items())]))

    def _masked(self, line: str) -> str:
        for secret in self._secrets:
            line = line.replace(secret, "***")
        small = line.lower()
        for word, shape, mask in _SHAPES:
            if word in small:
                line = shape.sub(mask, line)
        return line


def configure(level: str, secrets: Iterable[str] = (), stream: TextIO | None = None) -> None:
    """Send every event of the process to `stream` (standard error), in our form. May be called again."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(LineFormatter(secrets))
    root = logging.getLogger()
    for old in [h for h in root.handlers if isinstance(h.formatter, LineFormatter)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level)
    logging.captureWarnings(True)
    # What no line of ours shows need not be found out for each (Python's logging how-to, "Optimization").
    logging._srcfile = None  # noqa: SLF001 - the how-to knows no other way
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    # An access line costs as much as the whole request, and holds addresses with tokens in them.
    logging.getLogger("aiohttp.access").disabled = True
    for chatty in ("pymongo", "asyncio"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, logging.getLevelName(level)))


def _value(value: object) -> str:
    text = str(value)
    return text if _PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=False)


def _one_line(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1] if any(ord(c) < ord(" ") for c in text) else text
