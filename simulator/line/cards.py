"""What a person sees of a message: every text in order, and every button."""

from collections.abc import Iterator
from typing import Any

from simulator.jsonio import JsonObject

_MEDIA = {"sticker": "[スタンプ]", "image": "[写真]", "video": "[動画]", "audio": "[音声]", "imagemap": "[画像]"}


def visible_texts(message: JsonObject) -> list[str]:
    """Every text on the screen, from top to bottom; button labels are not among them."""
    return list(_texts(message))


def buttons(message: JsonObject) -> list[JsonObject]:
    """Every button: `label`, `action`, and `quick` for quick replies, which vanish with the next message."""
    found = [{"label": label, "action": action} for label, action in _actions(message)]
    items = (message.get("quickReply") or {}).get("items", ())
    return found + [
        {"label": item["action"].get("label", ""), "action": item["action"], "quick": True} for item in items
    ]


def _texts(message: JsonObject) -> Iterator[str]:
    kind = message.get("type")
    if kind in {"text", "textV2", "notice"}:
        yield message["text"]
    elif kind == "flex":
        yield from _component_texts(message["contents"])
    elif kind == "template":
        for card in _columns(message["template"]):
            yield from (card[name] for name in ("title", "text") if card.get(name))
    elif kind == "file":
        yield str(message.get("fileName", ""))
    elif kind == "location":
        yield from (str(message[name]) for name in ("title", "address") if message.get(name))
    elif kind == "unsent":
        yield "送信を取り消しました"
    else:
        yield _MEDIA.get(str(kind), "[メッセージ]")


def _component_texts(node: Any) -> Iterator[str]:
    if node.get("type") == "text":
        parts = node.get("contents")
        yield "".join(part.get("text", "") for part in parts) if parts else node.get("text", "")
        return
    for child in _children(node):
        yield from _component_texts(child)


def _children(node: JsonObject) -> Iterator[JsonObject]:
    if node.get("type") == "bubble":
        yield from (node[block] for block in ("header", "hero", "body", "footer") if block in node)
    elif node.get("type") in {"box", "carousel"}:
        yield from node["contents"]


def _actions(message: JsonObject) -> Iterator[tuple[str, JsonObject]]:
    if message.get("type") == "flex":
        yield from _component_actions(message["contents"])
    elif message.get("type") == "template":
        for card in _columns(message["template"]):
            for action in (*card.get("actions", ()), *filter(None, [card.get("action")])):
                yield action.get("label", ""), action


def _component_actions(node: JsonObject) -> Iterator[tuple[str, JsonObject]]:
    if "action" in node:  # a tappable box or text without a label is known by what stands in it
        yield node["action"].get("label") or " ".join(_component_texts(node)), node["action"]
    for child in _children(node):
        yield from _component_actions(child)


def _columns(template: JsonObject) -> list[JsonObject]:
    columns: list[JsonObject] = template.get("columns") or [template]
    return columns
