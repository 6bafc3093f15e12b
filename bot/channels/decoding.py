"""What platforms send us, read tolerantly: they add properties and values without notice. Knows no platform."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from storage.models import is_storable

CLOCK_SKEW = timedelta(minutes=5)
"""An event from further in the future than this has an unbelievable time."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def decode(raw: bytes) -> tuple[Mapping[str, Any], bool]:
    """(the object's properties, whether all its texts can be stored); ({}, False) if it is no JSON object."""
    try:
        return _as_object(msgspec.json.decode(raw))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:  # what a strict decoder refuses: lone surrogates, bad UTF-8, 1e400
        value = json.loads(raw.decode("utf-8", errors="surrogateescape"), strict=False)
        fields, is_object = _as_object(value)
        return fields, is_object and is_storable(json.dumps(value, ensure_ascii=False))
    except (ValueError, RecursionError):
        return {}, False


def _as_object(value: object) -> tuple[Mapping[str, Any], bool]:
    return (value, True) if isinstance(value, dict) else ({}, False)


def moment(timestamp: object, received_at: datetime) -> tuple[datetime, bool]:
    """Of milliseconds since 1970: (when it happened, whether that is our time, theirs being unreadable or to come)."""
    if type(timestamp) is int and timestamp >= 0:
        try:
            at = _EPOCH + timedelta(milliseconds=timestamp)
        except OverflowError:
            return received_at, True
        if at <= received_at + CLOCK_SKEW:
            return at, False
    return received_at, True


def mapping(value: object) -> Mapping[str, Any]:
    """The object, or an empty one where something else stands."""
    return value if isinstance(value, dict) else {}


def matching(pattern: re.Pattern[str], value: object) -> str:
    """The string, if all of it matches; else ''."""
    return value if isinstance(value, str) and pattern.fullmatch(value) else ""
