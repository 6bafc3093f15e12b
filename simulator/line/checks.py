"""The words in which message objects are described: small checks that compose, and collect every problem.

A check takes a value, the path that LINE would name, and the list of problems to add to.
"""

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeAlias

from simulator.line import limits
from simulator.line.errors import Problem

Problems: TypeAlias = list[Problem]
Check: TypeAlias = Callable[[Any, str, Problems], None]

MISSING = "May not be empty"
_HTTPS = re.compile(r"https://[!-~]+")  # percent-encoded, so printable ASCII only
_ACTION_URI = re.compile(r"(?:https?|line|tel):[!-~]+")


def string(maximum: int, minimum: int = 1, length: Callable[[str], int] = limits.utf16_length) -> Check:
    """A string of `minimum` to `maximum` characters, counted in UTF-16 units unless told otherwise."""

    def check(value: Any, path: str, problems: Problems) -> None:
        if not isinstance(value, str):
            problems.append(Problem("Must be a string", path))
        elif minimum and not value:
            problems.append(Problem(MISSING, path))
        elif not minimum <= length(value) <= maximum:
            problems.append(Problem(f"Length must be between {minimum} and {maximum}", path))

    return check


def graphemes(maximum: int, minimum: int = 1) -> Check:
    """A string counted in grapheme clusters."""
    return string(maximum, minimum, limits.grapheme_length)


def matching(pattern: str, *words: str) -> Check:
    """One of the keywords, or a string that matches the pattern entirely."""
    compiled = re.compile(pattern)

    def check(value: Any, path: str, problems: Problems) -> None:
        if not isinstance(value, str) or not (value in words or compiled.fullmatch(value)):
            problems.append(Problem("Invalid value", path))

    return check


def one_of(*values: str) -> Check:
    """One of the listed strings."""

    def check(value: Any, path: str, problems: Problems) -> None:
        if value not in values:
            problems.append(Problem(f"Must be one of the following values: [{', '.join(values)}]", path))

    return check


def boolean(value: Any, path: str, problems: Problems) -> None:
    """true or false."""
    if not isinstance(value, bool):
        problems.append(Problem("Must be a boolean", path))


def integer(value: Any, path: str, problems: Problems) -> None:
    """A whole number, 0 or more."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        problems.append(Problem("Must be a non-negative integer", path))


def decimal(value: Any, path: str, problems: Problems) -> None:
    """Any number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        problems.append(Problem("Must be a number", path))


def https_url(value: Any, path: str, problems: Problems) -> None:
    """An HTTPS URL of at most 2,000 characters, percent-encoded."""
    string(limits.MEDIA_URL)(value, path, problems)
    if isinstance(value, str) and value and not _HTTPS.fullmatch(value):
        problems.append(Problem("Must be a valid HTTPS URL", path))


def action_uri(value: Any, path: str, problems: Problems) -> None:
    """A URI that an action may open: http, https, line or tel, at most 1,000 characters."""
    string(limits.URI)(value, path, problems)
    if isinstance(value, str) and value and not _ACTION_URI.fullmatch(value):
        problems.append(Problem("Invalid action URI scheme", path))


def array(item: Check, maximum: int, minimum: int = 1) -> Check:
    """An array of `minimum` to `maximum` items."""

    def check(value: Any, path: str, problems: Problems) -> None:
        if not isinstance(value, list):
            problems.append(Problem("Must be an array" if value is not None else MISSING, path))
            return
        if not minimum <= len(value) <= maximum:
            problems.append(Problem(f"Size must be between {minimum} and {maximum}", path))
            return
        for index, entry in enumerate(value):
            item(entry, f"{path}[{index}]", problems)

    return check


def shape(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    """An object with these properties and no others."""
    known = {**required, **(optional or {})}

    def check(value: Any, path: str, problems: Problems) -> None:
        if not isinstance(value, dict):
            problems.append(Problem("Must be an object" if value is not None else MISSING, path))
            return
        problems.extend(Problem(MISSING, _join(path, name)) for name in required if value.get(name) is None)
        for name, entry in value.items():
            if name not in known:
                problems.append(Problem("Unknown property", _join(path, name)))
            elif entry is not None or name not in required:
                known[name](entry, _join(path, name), problems)

    return check


def variant(kinds: Mapping[str, Check]) -> Check:
    """An object whose `type` decides which check applies."""

    def check(value: Any, path: str, problems: Problems) -> None:
        if not isinstance(value, dict):
            problems.append(Problem("Must be an object" if value is not None else MISSING, path))
            return
        kind = value.get("type")
        chosen = kinds.get(kind) if isinstance(kind, str) else None
        if chosen is None:
            problems.append(Problem(_one_of(kinds), _join(path, "type")))
        else:
            chosen(value, path, problems)

    return check


def objects(value: Any) -> list[dict[str, Any]]:
    """The objects in what should be a list of them; empty when it is something else."""
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def literal(value: Any, path: str, problems: Problems) -> None:
    """A value that `variant` has looked at already."""


def _one_of(values: Collection[str]) -> str:
    return f"Must be one of the following values: [{', '.join(values)}]"


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
