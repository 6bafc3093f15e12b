"""Message objects: what may be sent. Source: Messaging API reference, "Message objects".

Validation is remembered per message bytes, because the same card goes out in hundreds of calls.
"""

import re
from collections import OrderedDict
from typing import Any

from simulator.jsonio import JsonObject, dumps
from simulator.line import limits, spans
from simulator.line.actions import action
from simulator.line.checks import (
    MISSING,
    Check,
    Problems,
    array,
    decimal,
    graphemes,
    https_url,
    integer,
    literal,
    matching,
    objects,
    one_of,
    shape,
    string,
    variant,
)
from simulator.line.errors import Problem
from simulator.line.flex import container
from simulator.line.templates import template

_REMEMBERED = 1_000
_PLACEHOLDER = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")

_alt_text = string(limits.ALT_TEXT)
_quick_reply = shape(
    {
        "items": array(
            shape(
                {
                    "type": one_of("action"),
                    "action": action(limits.QUICK_REPLY_LABEL, label_required=True, quick_reply=True),
                },
                {"imageUrl": https_url},
            ),
            limits.QUICK_REPLY_ITEMS,
        )
    }
)
_sender = shape({}, {"name": string(limits.SENDER_NAME), "iconUrl": https_url})
_emoji = {"productId": string(100), "emojiId": string(100)}
_mentionee = variant({"all": shape({"type": literal}), "user": shape({"type": literal, "userId": string(100)})})
_substitute = variant(
    {"mention": shape({"type": literal, "mentionee": _mentionee}), "emoji": shape({"type": literal, **_emoji})}
)


def _substitution(value: Any, path: str, problems: Problems) -> None:
    if not isinstance(value, dict) or len(value) > 100:
        problems.append(Problem("Must be an object of at most 100 substitutions", path))
        return
    for name, entry in value.items():
        if not re.fullmatch(r"[0-9A-Za-z_]{1,20}", name):
            problems.append(Problem("Invalid key", f"{path}.{name}"))
        _substitute(entry, f"{path}.{name}", problems)


def _message(required: dict[str, Check], optional: dict[str, Check] | None = None) -> Check:
    return shape({"type": literal, **required}, {**(optional or {}), "quickReply": _quick_reply, "sender": _sender})


def _text_v2(value: Any, path: str, problems: Problems) -> None:
    _text_v2_shape(value, path, problems)
    words, known = value.get("text"), value.get("substitution") or {}
    if not isinstance(words, str) or not isinstance(known, dict):
        return
    for found in _PLACEHOLDER.finditer(words):
        if found[0] not in {"{{", "}}"} and found[1] not in known:
            problems.append(Problem(f"No substitution for {found[0]}", f"{path}.text"))


def _emojis(value: Any, path: str, problems: Problems) -> None:
    _text(value, path, problems)
    words = value.get("text")
    for index, entry in enumerate(objects(value.get("emojis"))):
        at = entry.get("index")
        if isinstance(words, str) and isinstance(at, int) and at >= 0:
            units = words.encode("utf-16-le", "surrogatepass")
            if units[2 * at : 2 * at + 2] != b"$\x00":
                problems.append(Problem("Must be the position of a $", f"{path}.emojis[{index}].index"))


_media = {"originalContentUrl": https_url}
_quote: dict[str, Check] = {"quoteToken": string(1_000)}
_text = _message({"text": string(limits.TEXT)}, {"emojis": array(shape({"index": integer, **_emoji}), 20), **_quote})
_text_v2_shape = _message({"text": string(limits.TEXT)}, {"substitution": _substitution, **_quote})
_area = shape({"x": integer, "y": integer, "width": integer, "height": integer})
_message_object = variant(
    {
        "text": _emojis,
        "textV2": _text_v2,
        "sticker": _message({"packageId": string(100), "stickerId": string(100)}, _quote),
        "image": _message({**_media, "previewImageUrl": https_url}),
        "video": _message({**_media, "previewImageUrl": https_url}, {"trackingId": string(100)}),
        "audio": _message({**_media, "duration": integer}),
        "location": _message({"title": string(100), "address": string(100), "latitude": decimal, "longitude": decimal}),
        "coupon": _message({"couponId": string(100)}, {"deliveryTag": matching(r"[A-Za-z0-9_]{1,30}")}),
        "imagemap": _message(
            {
                "baseUrl": https_url,
                "altText": _alt_text,
                "baseSize": shape({"width": integer, "height": integer}),
                "actions": array(
                    variant(
                        {
                            "uri": shape(
                                {"type": literal, "linkUri": string(limits.URI), "area": _area},
                                {"label": graphemes(100)},
                            ),
                            "message": shape(
                                {"type": literal, "text": graphemes(400), "area": _area}, {"label": graphemes(100)}
                            ),
                        }
                    ),
                    50,
                ),
            }
        ),
        "template": _message({"altText": _alt_text, "template": template}),
        "flex": _message({"altText": _alt_text, "contents": container}),
    }
)
_several = array(_message_object, limits.MESSAGES_PER_REQUEST)


class MessageBook:
    """Validates messages, and hands out one shared object per distinct content."""

    def __init__(self) -> None:
        self._known: OrderedDict[bytes, tuple[list[JsonObject], tuple[Problem, ...]]] = OrderedDict()

    def read(self, messages: Any, raw: bytes) -> tuple[list[JsonObject], list[Problem]]:
        """The messages (shared between calls: do not change them) and everything wrong with them.

        `raw` is the request's body, on which the size of Flex containers is measured.
        """
        if messages is None:
            return [], [Problem(MISSING, "messages")]
        key = dumps(messages)
        known = self._known.get(key)
        if known is None:
            problems: Problems = []
            _several(messages, "messages", problems)
            known = self._known[key] = (messages, tuple(problems))
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        shared, found = known
        if found:
            return shared, list(found)
        return shared, list(_sizes(shared, raw)) if len(raw) > limits.BUBBLE_BYTES else []


def _sizes(messages: list[JsonObject], raw: bytes) -> Problems:
    measured = spans.sizes(raw, depth=5)
    problems = []
    for index, message in enumerate(messages):
        if message["type"] != "flex":
            continue
        at: spans.Path = ("messages", index, "contents")
        bubbles: list[spans.Path] = [at]
        if message["contents"]["type"] == "carousel":
            if measured[at] > limits.CAROUSEL_BYTES:
                problems.append(_too_large(at, limits.CAROUSEL_BYTES))
            bubbles = [(*at, "contents", number) for number in range(len(message["contents"]["contents"]))]
        problems.extend(_too_large(one, limits.BUBBLE_BYTES) for one in bubbles if measured[one] > limits.BUBBLE_BYTES)
    return problems


def _too_large(path: spans.Path, maximum: int) -> Problem:
    name = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return Problem(f"The JSON must be at most {maximum // 1000} KB", name.lstrip("."))
