"""Every documented limit in one place, and how LINE counts. Source: Messaging API reference unless said otherwise."""

import unicodedata

MESSAGES_PER_REQUEST = 5
MULTICAST_RECIPIENTS = 500
REQUEST_BYTES = 2_000_000  # "Request exceeds the max size of 2MB"
# Whether a KB is 1,000 or 1,024 bytes is not stated: the smaller, so that what passes here cannot fail there.
BUBBLE_BYTES = 30_000
CAROUSEL_BYTES = 50_000
CAROUSEL_BUBBLES = 12
TEXT = 5_000
ALT_TEXT = 1_500
BUTTON_LABEL = 40
TEMPLATE_LABEL = 20
IMAGE_CAROUSEL_LABEL = 12
QUICK_REPLY_LABEL = 20
QUICK_REPLY_ITEMS = 13
POSTBACK_DATA = 300
DISPLAY_TEXT = 300
URI = 1_000
MEDIA_URL = 2_000
CLIPBOARD = 1_000
SENDER_NAME = 20
UNIT_NAME = 30
TEMPLATE_TITLE = 40
BUTTONS_TEXT = 160
BUTTONS_TEXT_WITH_IMAGE_OR_TITLE = 60
BUTTONS_ACTIONS = 4
CONFIRM_TEXT = 240
COLUMN_TEXT = 120
COLUMN_TEXT_WITH_IMAGE_OR_TITLE = 60
COLUMN_ACTIONS = 3
COLUMNS = 10

REPLY_TOKEN_MS = 60_000  # "within one minute after receiving the webhook"
REPLY_TOKEN_LAST_MS = 20 * 60_000  # "20 minutes have passed since the event occurred"
RETRY_KEY_MS = 24 * 3_600_000  # "Retry failed API requests": a key is kept for 24 hours
STRANGER_PUSH_MS = 7 * 24 * 3_600_000  # a non-friend who wrote can be pushed within 7 days
WEBHOOK_TIMEOUT_S = 2.0  # "Check webhook error causes": request_timeout is no response within 2 seconds
WEBHOOK_URL = 500
LOADING_SECONDS = range(5, 61, 5)

_ZWJ = "\u200d"


def utf16_length(text: str) -> int:
    """UTF-16 code units, as text, altText, data and URLs are counted (docs: "Character counting in a text")."""
    return len(text) + sum(character > "\uffff" for character in text)


def grapheme_length(text: str) -> int:
    """Grapheme clusters, as labels, displayText and template texts are counted.

    A close approximation of Unicode's rules: combining marks, joiners, skin tones, flags, keycaps, Hangul jamo, CRLF.
    """
    count, previous, flag_open = 0, "", False
    for character in text:
        is_flag = "\U0001f1e6" <= character <= "\U0001f1ff"
        joined = (
            _extends(character)
            or (previous == _ZWJ and ord(character) > 0x203B)
            or (is_flag and flag_open)
            or (previous == "\r" and character == "\n")
            or _hangul_joined(previous, character)
        )
        count += not joined
        flag_open = is_flag and not joined
        previous = character
    return count


def _extends(character: str) -> bool:
    if character < "\u0300":
        return False
    return (
        character == _ZWJ
        or "\ufe00" <= character <= "\ufe0f"
        or "\U0001f3fb" <= character <= "\U0001f3ff"
        or "\U000e0020" <= character <= "\U000e007f"
        or unicodedata.category(character) in {"Mn", "Me", "Mc"}
    )


def _hangul_joined(previous: str, character: str) -> bool:
    if not previous:
        return False
    leading = "\u1100" <= previous <= "\u115f"
    medial = "\u1160" <= previous <= "\u11a7" or "\uac00" <= previous <= "\ud7a3"
    if leading:
        return "\u1100" <= character <= "\u11a7" or "\uac00" <= character <= "\ud7a3"
    return (medial or "\u11a8" <= previous <= "\u11ff") and "\u1160" <= character <= "\u11ff"
