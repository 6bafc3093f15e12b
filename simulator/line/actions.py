"""Action objects: what a button does. Source: Messaging API reference, "Action objects"."""

import re
from collections.abc import Mapping
from typing import Any

from simulator.line import limits
from simulator.line.checks import (
    Check,
    Problems,
    action_uri,
    graphemes,
    literal,
    one_of,
    shape,
    string,
    variant,
)
from simulator.line.errors import Problem

_DATE = r"(?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])|2100-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
_TIME = r"(?:[01]\d|2[0-3]):[0-5]\d"
_PICKER = {"date": _DATE, "time": _TIME, "datetime": f"(?:{_DATE})[Tt]{_TIME}"}


def action(label_limit: int, *, label_required: bool, quick_reply: bool = False) -> Check:
    """An action with the label rules of the object it sits on."""
    return variant(
        {
            kind: check
            for kind, check in _kinds(graphemes(label_limit), label_required=label_required).items()
            if quick_reply or kind not in _QUICK_REPLY_ONLY
        }
    )


_QUICK_REPLY_ONLY = {"camera", "cameraRoll", "location"}


def _kinds(label: Check, *, label_required: bool) -> Mapping[str, Check]:
    def kind(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
        needed, allowed = {"type": literal, **required}, dict(optional or {})
        (needed if label_required else allowed)["label"] = label
        return shape(needed, allowed)

    data, said = string(limits.POSTBACK_DATA), graphemes(limits.DISPLAY_TEXT)
    screen = shape({"type": literal, "label": label})
    moment = string(20)
    return {
        "postback": _postback(
            kind(
                {"data": data},
                {
                    "displayText": said,
                    "text": said,
                    "inputOption": one_of("closeRichMenu", "openRichMenu", "openKeyboard", "openVoice"),
                    "fillInText": said,
                },
            )
        ),
        "message": kind({"text": said}),
        "uri": kind({"uri": action_uri}, {"altUri": shape({"desktop": action_uri})}),
        "datetimepicker": _picker(
            kind(
                {"data": data, "mode": one_of("date", "time", "datetime")},
                {"initial": moment, "max": moment, "min": moment},
            )
        ),
        "clipboard": kind({"clipboardText": string(limits.CLIPBOARD)}),
        "camera": screen,
        "cameraRoll": screen,
        "location": screen,
    }


def _postback(base: Check) -> Check:
    def check(value: Any, path: str, problems: Problems) -> None:
        base(value, path, problems)
        if "displayText" in value and "text" in value:
            problems.append(Problem("displayText and text cannot be used together", f"{path}.text"))
        if "fillInText" in value and value.get("inputOption") != "openKeyboard":
            problems.append(Problem("fillInText needs inputOption openKeyboard", f"{path}.fillInText"))

    return check


def _picker(base: Check) -> Check:
    def check(value: Any, path: str, problems: Problems) -> None:
        base(value, path, problems)
        pattern = _PICKER.get(str(value.get("mode")), "")
        given = {name: value[name] for name in ("initial", "min", "max") if isinstance(value.get(name), str)}
        wrong = [name for name, moment in given.items() if pattern and not re.fullmatch(pattern, moment)]
        problems.extend(Problem("Invalid date or time", f"{path}.{name}") for name in wrong)
        if not wrong and "min" in given and "max" in given and given["min"].lower() >= given["max"].lower():
            problems.append(Problem("max must be greater than min", f"{path}.max"))

    return check
