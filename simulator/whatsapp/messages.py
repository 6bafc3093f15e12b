"""What may be sent: text, templates, reply buttons, lists. Reads a request into what the screen will show of it."""

import re
from dataclasses import dataclass
from typing import Any

from simulator.jsonio import JsonObject
from simulator.whatsapp import limits
from simulator.whatsapp.book import Book, Template
from simulator.whatsapp.checks import many, missing, reference, thing, unlike, words
from simulator.whatsapp.errors import GraphError, bare
from simulator.whatsapp.limits import length
from simulator.whatsapp.settings import Settings
from simulator.whatsapp.world import BSUID, digits

_PHONE = re.compile(r"\+?[0-9][0-9\s()\-]{4,24}")
_FORBIDDEN = re.compile(rf"[\n\t\r]| {{{limits.CONSECUTIVE_SPACES + 1},}}")
_ENVELOPE = {
    "messaging_product",
    "recipient_type",
    "to",
    "recipient",
    "type",
    "context",
    "biz_opaque_callback_data",
}
KINDS = ("text", "template", "interactive")


@dataclass(frozen=True, slots=True)
class Draft:
    """A request that is well-formed: whom it is for, and what will stand on the screen."""

    phone: str | None
    bsuid: str | None
    given: str  # the address as it was written
    message: JsonObject
    shown: JsonObject
    category: str
    callback_data: str | None
    template: Template | None = None
    answers: str | None = None


class Reader:
    """Reads requests. Raises GraphError for the first thing that is wrong."""

    def __init__(self, settings: Settings, book: Book) -> None:
        self._settings = settings
        self._book = book

    def read(self, body: Any) -> Draft:
        """A draft of the message. Raises: GraphError."""
        if not isinstance(body, dict):
            raise missing("messaging_product")
        if body.get("messaging_product") != "whatsapp":
            raise missing("messaging_product")
        kind = body.get("type", "text")
        if kind not in KINDS:
            raise GraphError(131051, f"Message type {kind!r} is not simulated, or not a type.")
        thing(body, "message", _ENVELOPE | {kind})
        if body.get("recipient_type", "individual") != "individual":
            raise GraphError(131009, "recipient_type must be individual.")
        phone, bsuid, given = _address(body)
        answers = thing(body.get("context", {}), "context", {"message_id"}).get("message_id")
        callback_data = body.get("biz_opaque_callback_data")
        if callback_data is not None:
            words(callback_data, "biz_opaque_callback_data", limits.CALLBACK_DATA)
        template, category = None, "service"
        if kind == "text":
            shown = _text(body.get("text"))
        elif kind == "interactive":
            shown = _interactive(body.get("interactive"))
        else:
            template, shown = self._template(body.get("template"))
            category = template.category.lower()
            if phone is None and category == "authentication":
                raise GraphError(131062)
        message = {"type": kind, kind: body[kind]}
        return Draft(phone, bsuid, given, message, shown, category, callback_data, template, answers)

    def _template(self, given: Any) -> tuple[Template, JsonObject]:
        thing(given, "template", {"name", "language", "components", "namespace"})
        name = words(given.get("name"), "template['name']", 512)
        language = thing(given.get("language"), "template['language']", {"code", "policy"})
        code = words(language.get("code"), "template['language']['code']", 20)
        template = self._usable(name, code)
        parts = _parts(given.get("components", []))
        shown: JsonObject = {}
        for kind in ("HEADER", "BODY"):
            values = _values(template, kind, parts.pop((kind, ""), []))
            if template.text(kind):
                shown[kind.lower()] = template.filled(kind, values)
        if length(shown["body"]) > limits.TEMPLATE_BODY:
            raise GraphError(132005, f"Translated text for body too long: at most {limits.TEMPLATE_BODY}.")
        if length(shown.get("header", "")) > limits.TEMPLATE_HEADER:
            raise GraphError(132005, f"Translated text for header too long: at most {limits.TEMPLATE_HEADER}.")
        if template.text("FOOTER"):
            shown["footer"] = template.text("FOOTER")
        shown["buttons"] = self._buttons(template, parts)
        return template, shown

    def _usable(self, name: str, code: str) -> Template:
        template = self._book.find(name, code)
        if template is None or template.status in {"PENDING", "REJECTED"}:
            raise GraphError(132001, f"template name ({name}) does not exist in {code}")
        if template.status == "PAUSED":
            raise GraphError(132015)
        if template.status == "DISABLED":
            raise GraphError(132016)
        return template

    def _buttons(self, template: Template, parts: dict[tuple[str, str], list[Any]]) -> list[JsonObject]:
        buttons = [_approved(button) for button in template.buttons]
        for (kind, place), parameters in parts.items():
            if kind != "BUTTON" or not place.isdigit() or int(place) >= len(buttons):
                raise GraphError(132018, f"components: there is no {kind.lower()} {place} in this template.")
            self._fill(buttons[int(place)], parameters, f"button {place}")
        for number, button in enumerate(buttons):
            if "{{" in button["action"].get("url", ""):
                raise GraphError(131008, f"buttons: Button at index {number} of type Url requires a parameter")
        return buttons

    def _fill(self, button: JsonObject, parameters: list[Any], path: str) -> None:
        action = button["action"]
        if len(parameters) != 1:
            raise GraphError(132000, f"{path}: number of parameters ({len(parameters)}) does not match (1)")
        entry = thing(parameters[0], path, {"type", "payload", "text"})
        if action["type"] == "quick_reply":
            if str(entry.get("type", "")).lower() != "payload":
                raise GraphError(132012, f"{path}: a quick reply takes a parameter of type payload.")
            action["payload"] = words(entry.get("payload"), path, self._settings.payload_limit or 10_000)
        elif action["type"] == "url" and "{{" in action["url"]:
            value = words(entry.get("text"), path, 2000)
            action["url"] = re.sub(r"\{\{[^{}]*\}\}", lambda _: value, action["url"])
        else:
            raise GraphError(132018, f"{path} takes no parameter.")


def _address(body: JsonObject) -> tuple[str | None, str | None, str]:
    """`to` wins when both are there."""
    to, recipient = body.get("to"), body.get("recipient")
    if to is not None:
        if not isinstance(to, str) or not _PHONE.fullmatch(to.strip()):
            raise bare(100, "(#100) Param to must be a valid phone number", 400)
        return digits(to), None, to
    if recipient is None:
        raise missing("to")
    if not isinstance(recipient, str) or not BSUID.fullmatch(recipient):
        raise GraphError(131009, "recipient is not a business-scoped user ID.")
    return None, recipient, recipient


def _text(given: Any) -> JsonObject:
    thing(given, "text", {"body", "preview_url"})
    if not isinstance(given.get("preview_url", False), bool):
        raise GraphError(131009, "text['preview_url'] must be a boolean.")
    return {"body": words(given.get("body"), "text['body']", limits.TEXT), "buttons": []}


def _interactive(given: Any) -> JsonObject:
    thing(given, "interactive", {"type", "header", "body", "footer", "action"})
    kind = given.get("type")
    if kind not in {"button", "list"}:
        raise GraphError(131009, f"interactive['type'] {kind!r} is not simulated, or not a type.")
    longest = limits.INTERACTIVE_BODY if kind == "button" else limits.LIST_BODY
    shown: JsonObject = {"body": _part(given.get("body"), "body", longest)}
    if "header" in given:
        shown["header"] = _header(given["header"])
    if "footer" in given:
        shown["footer"] = _part(given["footer"], "footer", limits.INTERACTIVE_FOOTER)
    return shown | (_replies(given.get("action")) if kind == "button" else _list(given.get("action")))


def _part(given: Any, name: str, longest: int) -> str:
    part = thing(given, f"interactive['{name}']", {"text"})
    return words(part.get("text"), f"interactive['{name}']['text']", longest)


def _header(given: Any) -> str:
    header = thing(given, "interactive['header']", {"type", "text"})
    if header.get("type") != "text":
        raise GraphError(131009, "interactive['header']: only text is simulated.")
    return words(header.get("text"), "interactive['header']['text']", limits.INTERACTIVE_HEADER)


def _replies(given: Any) -> JsonObject:
    action = thing(given, "interactive['action']", {"buttons"})
    buttons: list[JsonObject] = []
    for entry in many(action.get("buttons"), "buttons", limits.REPLY_BUTTONS):
        button = thing(entry, "button", {"type", "reply"})
        if button.get("type") != "reply":
            raise GraphError(131009, "button['type'] must be reply.")
        reply = thing(button.get("reply"), "button['reply']", {"id", "title"})
        identifier = reference(reply.get("id"), "Button id", limits.REPLY_ID)
        title = words(reply.get("title"), "Button title", limits.REPLY_TITLE)
        buttons.append({"label": title, "action": {"type": "reply", "id": identifier}})
    unlike([button["label"] for button in buttons], "button title")
    unlike([button["action"]["id"] for button in buttons], "button id")
    return {"buttons": buttons}


def _list(given: Any) -> JsonObject:
    action = thing(given, "interactive['action']", {"button", "sections"})
    opener = words(action.get("button"), "List button", limits.LIST_BUTTON)
    sections = many(action.get("sections"), "sections", limits.LIST_SECTIONS)
    rows = []
    for entry in sections:
        section = thing(entry, "section", {"title", "rows"})
        if len(sections) > 1 or "title" in section:
            words(section.get("title"), "Section title", limits.SECTION_TITLE)
        rows += [_row(one, section.get("title")) for one in many(section.get("rows"), "rows", limits.LIST_ROWS)]
    many(rows, "Total row", limits.LIST_ROWS)
    unlike([row["action"]["id"] for row in rows], "row id")
    return {"buttons": rows, "list": opener}


def _row(given: Any, section: str | None) -> JsonObject:
    row = thing(given, "row", {"id", "title", "description"})
    action: JsonObject = {"type": "list", "id": reference(row.get("id"), "Row id", limits.ROW_ID)}
    if section is not None:
        action["section"] = section
    if "description" in row:
        action["description"] = words(row["description"], "Row description", limits.ROW_DESCRIPTION)
    return {"label": words(row.get("title"), "Row title", limits.ROW_TITLE), "action": action}


def _parts(given: Any) -> dict[tuple[str, str], list[Any]]:
    """Parameters by component; buttons also by their index. Upper and lower case are both understood."""
    parts: dict[tuple[str, str], list[Any]] = {}
    for entry in many(given, "components", limits.TEMPLATE_BUTTONS + 2, least=0):
        part = thing(entry, "component", {"type", "sub_type", "index", "parameters"})
        kind = str(part.get("type", "")).upper()
        if kind not in {"HEADER", "BODY", "BUTTON"}:
            raise GraphError(131009, f"component type {kind!r} is not simulated, or not a type.")
        place = str(part.get("index", "")) if kind == "BUTTON" else ""
        if (kind, place) in parts:
            raise GraphError(131009, f"component {kind.lower()} {place} is there twice.")
        parts[kind, place] = many(part.get("parameters", []), "parameters", 100, least=0)
    return parts


def _values(template: Template, kind: str, parameters: list[Any]) -> dict[str, str]:
    names = template.variables(kind)
    if len(names) != len(parameters):
        found, expected = len(parameters), len(names)
        words_ = f"{kind.lower()}: number of localizable_params ({found}) does not match the expected number of params"
        raise GraphError(132000, f"{words_} ({expected})")
    values = {}
    for place, entry in enumerate(parameters):
        parameter = thing(entry, f"{kind.lower()} parameter {place}", {"type", "text", "parameter_name"})
        if str(parameter.get("type", "")).lower() != "text":
            raise GraphError(132012, f"{kind.lower()}: parameter {place} must be of type text.")
        name = names[place] if template.parameter_format == "POSITIONAL" else parameter.get("parameter_name")
        if name not in names or name in values:
            raise GraphError(132012, f"{kind.lower()}: no variable {name!r} is left in this template.")
        values[name] = _value(parameter.get("text"), f"{kind.lower()} parameter {place}")
    return values


def _value(given: Any, path: str) -> str:
    text = words(given, path, 32_768)
    if _FORBIDDEN.search(text):
        raise GraphError(
            132018, "Param text cannot have new-line/tab characters or more than 4 consecutive spaces (" + path + ")"
        )
    return text


def _approved(button: JsonObject) -> JsonObject:
    """A button as it was approved; a quick reply without a payload sends its own text back."""
    label = str(button["text"])
    if button["type"] == "QUICK_REPLY":
        return {"label": label, "action": {"type": "quick_reply", "payload": label}}
    if button["type"] == "URL":
        return {"label": label, "action": {"type": "url", "url": str(button.get("url", ""))}}
    return {"label": label, "action": {"type": str(button["type"]).lower()}}
