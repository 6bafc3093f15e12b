"""The outer shape of a JSON document: how many bytes its parts take as they were written, and how deep it goes."""

import re
from typing import TypeAlias

Path: TypeAlias = tuple[str | int, ...]

FINE_DEPTH = 200  # what the JSON libraries and a recursive look through the components can take

_TOKENS = re.compile(rb'"(?:[^"\\]|\\.)*"|[{}\[\]:,]', re.DOTALL)


def sizes(raw: bytes, depth: int) -> dict[Path, int]:
    """Bytes from bracket to bracket of every object and array, down to `depth` steps. The JSON must be well formed."""
    found: dict[Path, int] = {}
    path: list[str | int] = []
    opened: list[int] = []
    key = b""
    for token in _TOKENS.finditer(raw):
        mark = token[0]
        if mark in b"{[":
            opened.append(token.start())
            path.append(0 if mark == b"[" else "")
        elif mark in b"}]":
            start = opened.pop()
            path.pop()
            if len(path) <= depth:
                found[tuple(path)] = token.end() - start
        elif mark == b":":
            path[-1] = _name(key)
        elif mark == b",":
            if isinstance(path[-1], int):
                path[-1] += 1
        else:
            key = mark
    return found


def depth(raw: bytes) -> int:
    """How deeply objects and arrays stand in each other; a quick upper bound when that is small anyway."""
    brackets = raw.count(b"{") + raw.count(b"[")
    if brackets <= FINE_DEPTH:
        return brackets
    deepest = now = 0
    for token in _TOKENS.finditer(raw):
        now += (token[0] in b"{[") - (token[0] in b"}]")
        deepest = max(deepest, now)
    return deepest


def _name(quoted: bytes) -> str:
    return quoted[1:-1].decode()
