"""How many bytes the parts of a JSON document take, exactly as they were written."""

import re
from typing import TypeAlias

Path: TypeAlias = tuple[str | int, ...]

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


def _name(quoted: bytes) -> str:
    return quoted[1:-1].decode()
