"""Flex Messages: containers, blocks and components. Source: Messaging API reference, "Flex Message"."""

from collections.abc import Mapping
from typing import Any

from simulator.line import limits
from simulator.line.actions import action
from simulator.line.checks import (
    Check,
    Problems,
    array,
    boolean,
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

_PIXELS = r"\d+(?:\.\d+)?px"
_PIXELS_OR_PERCENT = r"\d+(?:\.\d+)?(?:px|%)"
_STEPS = ("none", "xs", "sm", "md", "lg", "xl", "xxl")
_FONT_SIZES = ("xxs", "xs", "sm", "md", "lg", "xl", "xxl", "3xl", "4xl", "5xl")
_MANY = 10_000  # no documented number of components: the size of the JSON limits it

color = matching(r"#[0-9a-fA-F]{6}(?:[0-9a-fA-F]{2})?")
space = matching(_PIXELS, *_STEPS)
padding = matching(_PIXELS_OR_PERCENT, *_STEPS)
offset = matching(r"-?" + _PIXELS_OR_PERCENT, *_STEPS)
extent = matching(_PIXELS_OR_PERCENT)
font_size = matching(_PIXELS, *_FONT_SIZES)
image_size = matching(_PIXELS_OR_PERCENT, *_FONT_SIZES, "full")
gravity = one_of("top", "bottom", "center")
align = one_of("start", "end", "center")
tap = action(limits.BUTTON_LABEL, label_required=False)
press = action(limits.BUTTON_LABEL, label_required=True)

_PLACED: Mapping[str, Check] = {
    "margin": space,
    "position": one_of("relative", "absolute"),
    "offsetTop": offset,
    "offsetBottom": offset,
    "offsetStart": offset,
    "offsetEnd": offset,
}
_LETTERS: Mapping[str, Check] = {
    "size": font_size,
    "weight": one_of("regular", "bold"),
    "color": color,
    "style": one_of("normal", "italic"),
    "decoration": one_of("none", "underline", "line-through"),
}


def ratio(value: Any, path: str, problems: Problems) -> None:
    """`{width}:{height}`, each 1 to 100,000, height at most three times the width."""
    try:
        width, height = (float(part) for part in str(value).split(":"))
        fine = 1 <= width <= 100_000 and 1 <= height <= 100_000 and height <= 3 * width
    except ValueError:
        fine = False
    if not fine:
        problems.append(Problem("Invalid aspect ratio", path))


span = shape({"type": literal}, {"text": string(limits.TEXT), **_LETTERS})

_text = shape(
    {"type": literal},
    {
        "text": string(limits.TEXT),
        "contents": array(variant({"span": span}), _MANY),
        "adjustMode": one_of("shrink-to-fit"),
        "flex": integer,
        "align": align,
        "gravity": gravity,
        "wrap": boolean,
        "lineSpacing": matching(_PIXELS),
        "maxLines": integer,
        "action": tap,
        "scaling": boolean,
        **_LETTERS,
        **_PLACED,
    },
)


def text(value: Any, path: str, problems: Problems) -> None:
    """A text component: `text` or `contents` must be there."""
    _text(value, path, problems)
    if "text" not in value and "contents" not in value:
        problems.append(Problem("Either text or contents must be specified", path))


button = shape(
    {"type": literal, "action": press},
    {
        "flex": integer,
        "height": one_of("sm", "md"),
        "style": one_of("primary", "secondary", "link"),
        "color": color,
        "gravity": gravity,
        "adjustMode": one_of("shrink-to-fit"),
        "scaling": boolean,
        **_PLACED,
    },
)
image = shape(
    {"type": literal, "url": https_url},
    {
        "flex": integer,
        "align": align,
        "gravity": gravity,
        "size": image_size,
        "aspectRatio": ratio,
        "aspectMode": one_of("cover", "fit"),
        "backgroundColor": color,
        "action": tap,
        "animated": boolean,
        **_PLACED,
    },
)
icon = shape(
    {"type": literal, "url": https_url},
    {"size": font_size, "scaling": boolean, "aspectRatio": ratio, **_PLACED},
)
separator = shape({"type": literal}, {"margin": space, "color": color})
filler = shape({"type": literal}, {"flex": integer})
gradient = shape(
    {
        "type": one_of("linearGradient"),
        "angle": matching(r"(?:[0-9]|[1-9][0-9]|[12][0-9]{2}|3[0-5][0-9])(?:\.\d+)?deg"),
        "startColor": color,
        "endColor": color,
    },
    {"centerColor": color, "centerPosition": matching(r"(?:\d{1,2}(?:\.\d+)?|100)%")},
)


def box(value: Any, path: str, problems: Problems) -> None:
    """A box: what it may hold depends on its layout."""
    _box(value, path, problems)
    inside = _IN_BASELINE if value.get("layout") == "baseline" else _IN_LINE
    for index, entry in enumerate(value["contents"] if isinstance(value.get("contents"), list) else ()):
        inside(entry, f"{path}.contents[{index}]", problems)


_IN_LINE = variant(
    {"box": box, "button": button, "image": image, "text": text, "separator": separator, "filler": filler}
)
_IN_BASELINE = variant({"icon": icon, "text": text, "filler": filler})
_box = shape(
    {
        "type": literal,
        "layout": one_of("horizontal", "vertical", "baseline"),
        "contents": array(literal, _MANY, minimum=0),
    },
    {
        "backgroundColor": color,
        "borderColor": color,
        "borderWidth": matching(_PIXELS, "none", "light", "normal", "medium", "semi-bold", "bold"),
        "cornerRadius": space,
        "width": extent,
        "maxWidth": extent,
        "height": extent,
        "maxHeight": extent,
        "flex": integer,
        "spacing": space,
        "paddingAll": padding,
        "paddingTop": padding,
        "paddingBottom": padding,
        "paddingStart": padding,
        "paddingEnd": padding,
        "action": tap,
        "justifyContent": one_of("flex-start", "center", "flex-end", "space-between", "space-around", "space-evenly"),
        "alignItems": one_of("flex-start", "center", "flex-end"),
        "background": gradient,
        **_PLACED,
    },
)
_root_box = variant({"box": box})
video = shape(
    {"type": literal, "url": https_url, "previewUrl": https_url, "altContent": variant({"box": box, "image": image})},
    {"aspectRatio": ratio, "action": tap},
)
_block_style = shape({}, {"backgroundColor": color, "separator": boolean, "separatorColor": color})
_BLOCKS = ("header", "hero", "body", "footer")
_SIZES = ("nano", "micro", "deca", "hecto", "kilo", "mega", "giga")
_bubble = shape(
    {"type": literal},
    {
        "size": one_of(*_SIZES),
        "direction": one_of("ltr", "rtl"),
        "header": _root_box,
        "hero": variant({"box": box, "image": image, "video": video}),
        "body": _root_box,
        "footer": _root_box,
        "styles": shape({}, dict.fromkeys(_BLOCKS, _block_style)),
        "action": tap,
    },
)


def bubble(value: Any, path: str, problems: Problems) -> None:
    """A bubble with at least one block; a video only in a wide one."""
    _bubble(value, path, problems)
    if not any(block in value for block in _BLOCKS):
        problems.append(Problem("At least one block must be specified", path))
    if _has_video(value) and value.get("size", "mega") not in ("kilo", "mega", "giga"):
        problems.append(Problem("A video needs a bubble of size kilo, mega or giga", f"{path}.hero"))


def carousel(value: Any, path: str, problems: Problems) -> None:
    """1 to 12 bubbles of one width, without video."""
    _carousel(value, path, problems)
    bubbles = objects(value.get("contents"))
    if len({str(entry.get("size", "mega")) for entry in bubbles}) > 1:
        problems.append(Problem("All bubbles must have the same size", f"{path}.contents"))
    if any(_has_video(entry) for entry in bubbles):
        problems.append(Problem("A video cannot be used in a carousel", f"{path}.contents"))


_carousel = shape({"type": literal, "contents": array(variant({"bubble": bubble}), limits.CAROUSEL_BUBBLES)})
container = variant({"bubble": bubble, "carousel": carousel})


def _has_video(value: Any) -> bool:
    hero = value.get("hero")
    return isinstance(hero, dict) and hero.get("type") == "video"
