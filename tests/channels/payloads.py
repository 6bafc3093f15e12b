"""Recorded webhook bodies, and the moment at which the tests receive them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent.parent / "payloads" / "line"
BOT = "U8e742f61d673b39c7fff3cecb7536ef0"
USER = "U4af4980629b4a1d5d8e2f3c6b7a89012"
RECEIVED_AT = datetime(2025, 11, 26, 9, 0, 5, tzinfo=UTC)


def body_of(name: str) -> bytes:
    """The recorded body, byte for byte."""
    return (FOLDER / (name if "." in name else f"{name}.json")).read_bytes()


def event_of(name: str) -> dict[str, Any]:
    """The recorded body's only event."""
    (event,) = json.loads(body_of(name))["events"]
    assert isinstance(event, dict)
    return event


def body_with(*events: object) -> bytes:
    """A body as LINE writes it, with these events; bytes go in as they are."""
    parts = [each if isinstance(each, bytes) else json.dumps(each).encode() for each in events]
    return b'{"destination":"' + BOT.encode() + b'","events":[' + b",".join(parts) + b"]}"


def all_names() -> list[str]:
    """Every recorded body with events that are JSON."""
    return sorted(path.stem for path in FOLDER.glob("*.json") if path.stem != "signatures")
