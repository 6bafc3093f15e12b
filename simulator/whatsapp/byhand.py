"""Changes by hand: completes what a partial one leaves out, so that a test says only what matters, or what is odd."""

from typing import Any

from simulator.jsonio import JsonObject
from simulator.replies import ControlError
from simulator.whatsapp.events import omit
from simulator.whatsapp.platform import WhatsAppPlatform
from simulator.whatsapp.settings import OMISSIONS
from simulator.whatsapp.world import User


def change_of(whatsapp: WhatsAppPlatform, partial: Any) -> Any:
    """A whole change. Whatever it says itself stays, however odd. Raises: ControlError.

    `{"change": anything}` as it is · `{"field", "value"}` a change of that field · `{"message": {…}}`,
    `{"status": {…}}` or `{"error": {…}}` one item, as it is · `{"user", …}` one item of that person: `text`;
    `payload`, `label` (a template's button); `reply_id`, `label` (a reply button); `row_id`, `label` (a list); `type`,
    `content`; any of them with `more` properties of the message, and `omit`.
    """
    if not isinstance(partial, dict):
        raise ControlError(400, "an event must be an object; use change for anything else")
    if "change" in partial:
        return partial["change"]
    if "field" in partial:
        return {"field": partial["field"], "value": partial.get("value")}
    for name, place in (("message", "messages"), ("status", "statuses"), ("error", "errors")):
        if name in partial:
            return whatsapp.builder.change(**{place: [partial[name]]})
    user = whatsapp.world.find(str(partial.get("user")))
    if user is None:
        raise ControlError(404, f"no user {partial.get('user')}")
    return omit([_of(whatsapp, user, partial)], _omitted(partial))[0]


def _of(whatsapp: WhatsAppPlatform, user: User, partial: JsonObject) -> JsonObject:
    more, label = partial.get("more") or {}, partial.get("label", "確認しました")
    if "payload" in partial:
        content: Any = {"payload": partial["payload"], "text": label}
        return whatsapp.builder.message(user, "button", content, **more)
    if "reply_id" in partial:
        content = {"type": "button_reply", "button_reply": {"id": partial["reply_id"], "title": label}}
        return whatsapp.builder.message(user, "interactive", content, **more)
    if "row_id" in partial:
        content = {"type": "list_reply", "list_reply": {"id": partial["row_id"], "title": label}}
        return whatsapp.builder.message(user, "interactive", content, **more)
    if "text" in partial:
        return whatsapp.builder.message(user, "text", {"body": partial["text"]}, **more)
    if "type" in partial:
        return whatsapp.builder.message(user, str(partial["type"]), partial.get("content"), **more)
    raise ControlError(400, "an event of a person needs text, payload, reply_id, row_id or type")


def _omitted(partial: JsonObject) -> list[str]:
    names: Any = partial.get("omit", [])
    if not isinstance(names, list) or not all(name in OMISSIONS for name in names):
        raise ControlError(400, f"omit must be a list of {', '.join(OMISSIONS)}")
    return names
