"""LINE's documented limits that concern us, counted as LINE counts, and kept before a call is made.

Sources: Messaging API reference (message, action and template objects; Flex Message), and for the units
"Character counting in a text": UTF-16 code units, except labels and displayText, which count grapheme clusters.
"""

from __future__ import annotations

from bot.channels.cutting import grapheme_length as grapheme_length
from bot.channels.cutting import shorten as shorten
from bot.channels.cutting import split as split
from bot.channels.cutting import utf16_length as utf16_length
from handlers.errors import TooLongError

MESSAGES = 5
"""Message objects in one call (reply, push, multicast)."""
RECIPIENTS = 500
"""User ids in one multicast."""
TEXT = 5_000
"""UTF-16 units of a text message."""
ALT_TEXT = 1_500
"""UTF-16 units of what notifications and lists show of a Flex message."""
LABEL = 40
"""Grapheme clusters of a Flex button's label (20 elsewhere)."""
DISPLAY_TEXT = 300
"""Grapheme clusters of what the chat shows as said by the person."""
DATA = 300
"""UTF-16 units of what a postback button carries."""
URI = 1_000
URI_SCHEMES = ("http://", "https://", "line://", "tel:")
BUBBLE_BYTES = 30_000
"""Of a bubble's JSON as it is sent. The reference says 30 KB: the smaller reading of K, so that neither can fail."""

TITLE = 80
"""Ours, in grapheme clusters: a title longer than two lines on a telephone is no title."""
BODY_MESSAGES = MESSAGES - 1
"""A long text goes before its card, in one call."""
BODY = 18_000
"""Ours, in UTF-16 units: what BODY_MESSAGES texts hold with their head and with breaks between lines."""


def check_title(title: str) -> None:
    """Raises: TooLongError."""
    _check("too-long-title", grapheme_length(title), TITLE)


def check_body(body: str) -> None:
    """Raises: TooLongError."""
    _check("too-long-body", utf16_length(body), BODY)


def check_label(label: str) -> None:
    """The words on a button: a choice, a group's name. Raises: TooLongError."""
    _check("too-long-label", grapheme_length(label), LABEL)


def check_echo(echo: str) -> None:
    """What the chat shows as said when a button is pressed. Raises: TooLongError."""
    _check("too-long-echo", grapheme_length(echo), DISPLAY_TEXT)


def check_bubble(size: int) -> None:
    """The whole card, by the bytes of its JSON. Raises: TooLongError, counted in KB."""
    if size > BUBBLE_BYTES:
        raise TooLongError("too-long-card", limit=BUBBLE_BYTES // 1_000, length=-(-size // 1_000))


def check_data(data: str) -> None:
    """Raises: ValueError, for such a button is a fault of ours."""
    if utf16_length(data) > DATA:
        raise ValueError(f"button data is longer than {DATA} characters")


def check_uri(uri: str) -> None:
    """Raises: ValueError, for such a button is a fault of ours."""
    if utf16_length(uri) > URI or not uri.startswith(URI_SCHEMES):
        raise ValueError(f"an address on a button begins with {' '.join(URI_SCHEMES)}, at most {URI} characters")


def _check(key: str, length: int, limit: int) -> None:
    if length > limit:
        raise TooLongError(key, limit=limit, length=length)
