"""Texts measured and cut as platforms count them; no character that a reader takes for one is cut in two."""

from __future__ import annotations

import regex

_CLUSTER = regex.compile(r"\X")
_ELLIPSIS = "…"
_LOOK_BACK = 200
"""A text is rather broken at the end of a line, if there is one so near."""


def utf16_length(text: str) -> int:
    """UTF-16 code units: an emoji is two."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", errors="surrogatepass")) // 2


def grapheme_length(text: str) -> int:
    """What a reader takes for one character each, a family emoji too."""
    return len(text) if text.isascii() and "\r" not in text else len(_CLUSTER.findall(text))


def shorten(text: str, limit: int) -> str:
    """`text`, or as much of it as fits with 「…」 in `limit` UTF-16 units; no character is cut in two."""
    if utf16_length(text) <= limit:
        return text
    return _head(text, limit - len(_ELLIPSIS)).rstrip() + _ELLIPSIS


def split(text: str, limit: int) -> list[str]:
    """`text` in pieces of at most `limit` UTF-16 units, rather between lines, never within a character."""
    pieces = []
    while utf16_length(text) > limit:
        piece = _head(text, limit)
        line_end = piece.rfind("\n", max(1, len(piece) - _LOOK_BACK)) + 1
        piece = piece[:line_end] if line_end else piece
        pieces.append(piece)
        text = text[len(piece) :]
    return [piece for piece in (*pieces, text) if piece.strip()]


def _head(text: str, limit: int) -> str:
    """The longest beginning in whole clusters; of a cluster that alone is longer, what fits."""
    used = end = 0
    for match in _CLUSTER.finditer(text):
        used += utf16_length(match[0])
        if used > limit:
            break
        end = match.end()
    return text[:end] if end else text[: max(1, limit // 2)]
