"""Template messages: buttons, confirm, carousels. Source: Messaging API reference, "Template messages"."""

from collections.abc import Callable
from typing import Any

from simulator.line import limits
from simulator.line.actions import action
from simulator.line.checks import (
    Check,
    Problems,
    array,
    graphemes,
    https_url,
    literal,
    matching,
    objects,
    one_of,
    shape,
    variant,
)
from simulator.line.errors import Problem

_tap = action(limits.TEMPLATE_LABEL, label_required=True)
_tap_unlabelled = action(limits.TEMPLATE_LABEL, label_required=False)
_tap_image = action(limits.IMAGE_CAROUSEL_LABEL, label_required=False)
_color = matching(r"#[0-9a-fA-F]{6}")
_picture = {"imageAspectRatio": one_of("rectangle", "square"), "imageSize": one_of("cover", "contain")}
_card = {
    "thumbnailImageUrl": https_url,
    "imageBackgroundColor": _color,
    "title": graphemes(limits.TEMPLATE_TITLE),
    "defaultAction": _tap_unlabelled,
}


def _shorter_with_picture(base: Check, plain: int, pictured: int) -> Callable[[Any, str, Problems], None]:
    def check(value: Any, path: str, problems: Problems) -> None:
        base(value, path, problems)
        if not isinstance(value, dict):
            return
        limit = pictured if value.get("title") or value.get("thumbnailImageUrl") else plain
        words = value.get("text")
        if isinstance(words, str) and limits.grapheme_length(words) > limit:
            problems.append(Problem(f"Length must be between 1 and {limit}", f"{path}.text"))

    return check


_words = graphemes(limits.TEXT)
buttons = _shorter_with_picture(
    shape({"type": literal, "text": _words, "actions": array(_tap, limits.BUTTONS_ACTIONS)}, {**_card, **_picture}),
    limits.BUTTONS_TEXT,
    limits.BUTTONS_TEXT_WITH_IMAGE_OR_TITLE,
)
confirm = shape({"type": literal, "text": graphemes(limits.CONFIRM_TEXT), "actions": array(_tap, 2, minimum=2)})
_column = _shorter_with_picture(
    shape({"text": _words, "actions": array(_tap, limits.COLUMN_ACTIONS)}, _card),
    limits.COLUMN_TEXT,
    limits.COLUMN_TEXT_WITH_IMAGE_OR_TITLE,
)
_carousel = shape({"type": literal, "columns": array(_column, limits.COLUMNS)}, _picture)


def carousel(value: Any, path: str, problems: Problems) -> None:
    """Up to 10 columns, all with the same number of actions."""
    _carousel(value, path, problems)
    columns = objects(value.get("columns"))
    if len({len(entry["actions"]) for entry in columns if isinstance(entry.get("actions"), list)}) > 1:
        problems.append(Problem("All columns must have the same number of actions", f"{path}.columns"))


image_carousel = shape(
    {"type": literal, "columns": array(shape({"imageUrl": https_url, "action": _tap_image}), limits.COLUMNS)}
)
template = variant({"buttons": buttons, "confirm": confirm, "carousel": carousel, "image_carousel": image_carousel})
