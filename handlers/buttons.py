"""What our buttons carry. Short, versioned, and authorising nothing: who may do it is decided when it arrives.

A button cannot be withdrawn from a chat, so every form ever sent must be understood for ever: add a new version,
never change an old one.
"""

from __future__ import annotations

from functools import lru_cache

LIMIT = 300
"""LINE: postback data has at most 300 characters (Messaging API reference, postback action)."""

_VERSION = "k1"
_CONFIRM = "ok"


def pack(verb: str, *arguments: str | int) -> str:
    """The data of a button, as `unpack` reads it. Raises ValueError beyond LIMIT characters."""
    packed = ":".join((_VERSION, verb, *(_quote(str(argument)) for argument in arguments)))
    if len(packed.encode("utf-16-le")) // 2 > LIMIT:
        raise ValueError(f"button data for {verb!r} is longer than {LIMIT} characters")
    return packed


def pack_confirm(notice: str, version: int, choice: str) -> str:
    """The data of a confirmation button: it names the notice and nothing of the person."""
    return pack(_CONFIRM, notice, version, choice)


def unpack(data: str) -> tuple[str, tuple[str, ...]] | None:
    """(verb, arguments), or None for anything that no version of ours ever packed."""
    version, _, rest = data.partition(":")
    if version != _VERSION or not rest:
        return None
    verb, *arguments = rest.split(":")
    return (verb, tuple(_unquote(argument) for argument in arguments)) if verb else None


@lru_cache(maxsize=256)
def unpack_confirm(data: str) -> tuple[str, int, str] | None:
    """(notice, version, choice), or None if it is no confirmation. Kept: a thousand taps press the same button."""
    match unpack(data):
        case (verb, (notice, version, choice)) if verb == _CONFIRM and version.isascii() and version.isdigit():
            return notice, int(version[:9]), choice
    return None


def _quote(text: str) -> str:
    return text.replace("%", "%25").replace(":", "%3A")


def _unquote(text: str) -> str:
    return text.replace("%3A", ":").replace("%25", "%") if "%" in text else text
