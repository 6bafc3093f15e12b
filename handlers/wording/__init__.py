"""Every sentence the bot can say, per language, in Fluent files (`ja/*.ftl`, `en/*.ftl`). Japanese is the original.

Shared forms live here: how a moment, a head-count or a list of names is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from fluent.runtime import FluentBundle, FluentResource
from fluent.syntax import ast

LOCALES = ("ja", "en")
_HERE = Path(__file__).parent
_DAYS = {"ja": "月火水木金土日", "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")}


class WordingError(Exception):
    """A sentence is missing or broken: a fault of ours, found by the tests, never shown to anybody."""


class Words:
    """Sentences in one language, and how times are written in it."""

    def __init__(self, locale: str, zone: ZoneInfo) -> None:
        self.locale = locale if locale in LOCALES else LOCALES[0]
        self.zone = zone
        self._bundle = _bundle(self.locale)

    def __call__(self, key: str, /, **arguments: Any) -> str:
        """The sentence `key` with its arguments filled in (numbers are shown as they are given).

        Raises: WordingError, if there is no such sentence or an argument is missing.
        """
        if (plain := _plain(self.locale, key)) is not None and all(type(a) is str for a in arguments.values()):
            with suppress(KeyError):  # an argument is missing: Fluent says which
                return plain % arguments
        if not self._bundle.has_message(key):
            raise WordingError(f"no sentence {key!r} in {self.locale}")
        text, errors = self._bundle.format_pattern(self._bundle.get_message(key).value, _as_text(arguments))
        if errors:
            raise WordingError(f"{key}: {errors}")
        return str(text)

    def moment(self, at: datetime, now: datetime | None = None) -> str:
        """`11/30(月) 18:00`; with the year when it is not that of `now`."""
        local = at.astimezone(self.zone)
        year = f"{local.year}/" if now is not None and local.year != now.astimezone(self.zone).year else ""
        day = f"{year}{local.month}/{local.day}({_DAYS[self.locale][local.weekday()]})"
        return f"{day} {local.hour}:{local.minute:02}"

    def brief(self, at: datetime, now: datetime | None = None) -> str:
        """`11/30 18:00`: as `moment`, without the day of the week."""
        day, _, time = self.moment(at, now).rpartition(" ")
        return f"{day.partition('(')[0]} {time}"

    def date(self, at: datetime) -> str:
        """`11/30`."""
        local = at.astimezone(self.zone)
        return f"{local.month}/{local.day}"

    def time(self, at: datetime) -> str:
        """`18:00`."""
        local = at.astimezone(self.zone)
        return f"{local.hour}:{local.minute:02}"

    def hour(self, at: datetime) -> str:
        """`7時`, `7時30分`."""
        local = at.astimezone(self.zone)
        if self.locale != "ja":
            return self.time(at)
        return f"{local.hour}時{local.minute}分" if local.minute else f"{local.hour}時"

    def listing(self, names: Sequence[str]) -> str:
        """Names one after another."""
        return ("、" if self.locale == "ja" else ", ").join(names)


def _as_text(arguments: dict[str, Any]) -> dict[str, Any]:
    return {name: value if isinstance(value, (int, str)) else str(value) for name, value in arguments.items()}


@cache
def _plain(locale: str, key: str) -> str | None:
    """The sentence as a `%` template, if it is but text with holes: Fluent takes ten times as long to say the same."""
    bundle = _bundle(locale)
    pattern = bundle.get_message(key).value if bundle.has_message(key) else None
    parts = [_part(element) for element in getattr(pattern, "elements", [pattern])]
    return None if None in parts else "".join(filter(None, parts))


def _part(element: object) -> str | None:
    match element:
        case ast.TextElement():
            return str(element.value).replace("%", "%%")
        case ast.Placeable(expression=ast.VariableReference() as variable):
            return f"%({variable.id.name})s"
    return None


@cache
def _bundle(locale: str) -> Any:
    bundle = FluentBundle([locale], use_isolating=False)
    for path in sorted((_HERE / locale).glob("*.ftl")):
        bundle.add_resource(FluentResource(path.read_text(encoding="utf-8")))
    return bundle
