"""Message templates: what was approved, and what a person sees of one. Source: "Message templates", "Components"."""

import itertools
import re
from dataclasses import dataclass, field
from typing import Any

from simulator.jsonio import JsonObject
from simulator.replies import ControlError
from simulator.whatsapp import limits
from simulator.whatsapp.limits import length

STATUSES = ("APPROVED", "PENDING", "REJECTED", "PAUSED", "DISABLED")
CATEGORIES = ("UTILITY", "MARKETING", "AUTHENTICATION")
_VARIABLE = re.compile(r"\{\{\s*([0-9A-Za-z_]+)\s*\}\}")
_NAME = re.compile(r"[a-z0-9_]{1,512}")
_EDGE = re.compile(r"^\s*\{\{[^{}]*\}\}|\{\{[^{}]*\}\}\s*$")
_TOUCHING = re.compile(r"\}\}\s*\{\{")


@dataclass
class Template:
    """One template in one language."""

    id: str
    name: str
    language: str
    category: str
    status: str
    components: list[JsonObject]
    parameter_format: str = "POSITIONAL"
    quality: str = "GREEN"
    rejected_reason: str = "NONE"

    def component(self, kind: str) -> JsonObject:
        """The component of that type, or {}."""
        return next((one for one in self.components if one["type"] == kind), {})

    def text(self, kind: str) -> str:
        """The text of a component as it was approved; "" when there is none."""
        return str(self.component(kind).get("text", ""))

    def variables(self, kind: str) -> list[str]:
        """The names of the variables in a component, each once; numbered ones by their number."""
        found = list(dict.fromkeys(_VARIABLE.findall(self.text(kind))))
        return sorted(found, key=int) if all(name.isdigit() for name in found) else found

    def filled(self, kind: str, values: dict[str, str]) -> str:
        """The text with its variables replaced."""
        return _VARIABLE.sub(lambda found: values[found[1]], self.text(kind))

    @property
    def buttons(self) -> list[JsonObject]:
        """The buttons as they were approved."""
        buttons: list[JsonObject] = self.component("BUTTONS").get("buttons", [])
        return buttons

    def as_json(self) -> JsonObject:
        """The Graph API's shape."""
        return {
            "name": self.name,
            "parameter_format": self.parameter_format,
            "components": self.components,
            "language": self.language,
            "status": self.status,
            "category": self.category,
            "quality_score": {"score": self.quality, "date": 0},
            "rejected_reason": self.rejected_reason,
            "id": self.id,
        }


@dataclass
class Book:
    """Every template of the account."""

    templates: dict[tuple[str, str], Template] = field(default_factory=dict)
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1_315_502_779_341_834))

    def put(self, wish: JsonObject, status: str = "APPROVED") -> Template:
        """Add a template, or change the given properties of a known one. Raises: ControlError.

        `components` are the Graph API's; or, shorter, `body`, `header`, `footer` and `buttons` (labels).
        """
        name, language = str(wish.get("name", "")), str(wish.get("language", "ja"))
        known = self.templates.get((name, language))
        if known is None:
            if not _NAME.fullmatch(name):
                raise ControlError(400, "name must be lower-case letters, digits and underscores")
            known = Template(str(next(self._numbers)), name, language, "UTILITY", status, _components(wish))
            known.parameter_format = _format(known)
        elif "components" in wish or "body" in wish:
            known.components = _components(wish)
            known.parameter_format = _format(known)
        known.category = _one_of(wish, "category", known.category, CATEGORIES)
        known.status = _one_of(wish, "status", known.status, STATUSES)
        known.quality = str(wish.get("quality", known.quality))
        known.rejected_reason = str(wish.get("rejected_reason", known.rejected_reason))
        self.templates[name, language] = known
        return known

    def find(self, name: str, language: str) -> Template | None:
        """A template in exactly that language."""
        return self.templates.get((name, language))

    def remove(self, name: str) -> int:
        """Delete a template in all its languages; returns how many there were."""
        doomed = [key for key in self.templates if key[0] == name]
        for key in doomed:
            del self.templates[key]
        return len(doomed)

    def clear(self) -> None:
        """No templates."""
        self.templates.clear()


def _one_of(wish: JsonObject, name: str, known: str, allowed: tuple[str, ...]) -> str:
    value = str(wish.get(name, known)).upper()
    if value not in allowed:
        raise ControlError(400, f"{name} must be one of {', '.join(allowed)}")
    return value


def _components(wish: JsonObject) -> list[JsonObject]:
    given = wish.get("components") or _shorthand(wish)
    if not isinstance(given, list) or not all(isinstance(one, dict) and "type" in one for one in given):
        raise ControlError(400, "components must be a list of objects with a type")
    components = [{**one, "type": str(one["type"]).upper()} for one in given]
    for one in components:
        _check(one)
        _exemplify(one)
    if not any(one["type"] == "BODY" for one in components):
        raise ControlError(400, "a template needs a body")
    return components


def _shorthand(wish: JsonObject) -> list[JsonObject]:
    parts = [{"type": kind.upper(), "text": wish[kind]} for kind in ("header", "body", "footer") if wish.get(kind)]
    for part in parts:
        if part["type"] == "HEADER":
            part["format"] = "TEXT"
    labels: Any = wish.get("buttons") or []
    buttons = [one if isinstance(one, dict) else {"type": "QUICK_REPLY", "text": str(one)} for one in labels]
    return [*parts, {"type": "BUTTONS", "buttons": buttons}] if buttons else parts


def _check(component: JsonObject) -> None:
    """The rules of approval that shape what we can send. Raises: ControlError."""
    kind, text = component["type"], str(component.get("text", ""))
    longest = {
        "BODY": limits.TEMPLATE_BODY,
        "HEADER": limits.TEMPLATE_HEADER,
        "FOOTER": limits.TEMPLATE_FOOTER,
    }.get(kind)
    if longest is not None and length(text) > longest:
        raise ControlError(400, f"{kind} must be at most {longest} characters")
    if kind == "BODY" and (_EDGE.search(text) or not text.strip()):
        raise ControlError(400, "the body must not begin or end with a variable (2388299)")
    if _TOUCHING.search(text):
        raise ControlError(400, "variables must not touch (2388299)")
    buttons = component.get("buttons", [])
    if len(buttons) > limits.TEMPLATE_BUTTONS:
        raise ControlError(400, f"at most {limits.TEMPLATE_BUTTONS} buttons")
    for button in buttons:
        if not 1 <= length(str(button.get("text", ""))) <= limits.TEMPLATE_LABEL:
            raise ControlError(400, f"a button's text must be 1 to {limits.TEMPLATE_LABEL} characters")
        button["type"] = str(button.get("type", "QUICK_REPLY")).upper()


def _exemplify(component: JsonObject) -> None:
    """Every approved text with variables has examples: make some up where none were given."""
    names = list(dict.fromkeys(_VARIABLE.findall(str(component.get("text", "")))))
    if not names or "example" in component:
        return
    kind = component["type"].lower()
    if all(name.isdigit() for name in names):
        examples: list[Any] = [f"例{name}" for name in sorted(names, key=int)]
        component["example"] = {f"{kind}_text": [examples] if kind == "body" else examples}
    else:
        pairs = [{"param_name": name, "example": f"例{name}"} for name in names]
        component["example"] = {f"{kind}_text_named_params": pairs}


def _format(template: Template) -> str:
    names = template.variables("BODY") + template.variables("HEADER")
    return "NAMED" if any(not name.isdigit() for name in names) else "POSITIONAL"
