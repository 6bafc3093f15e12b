"""What every phone can do, whichever app is on it, and what comes of it."""

import base64
from dataclasses import dataclass, field
from typing import Generic, Self

from simulator.chats import B, Chat
from simulator.deliveries import Delivery, outcomes
from simulator.jsonio import JsonObject
from simulator.replies import ControlError

_PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)


@dataclass
class Gesture(Generic[B]):
    """What came of it: the events that were sent off, the bubble that appeared, and what the app did by itself."""

    events: list[JsonObject] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    item: B | None = None
    chat: Chat[B] | None = None
    extra: JsonObject = field(default_factory=dict)

    def add(self, one: Self) -> None:
        """What came of doing it once more."""
        self.events += one.events
        self.deliveries += one.deliveries
        self.item = one.item or self.item
        self.extra |= one.extra


async def gesture_json(gesture: Gesture[B], body: JsonObject) -> JsonObject:
    """What a gesture led to; waits for the bot's answers unless `"wait": false`."""
    deliveries = await outcomes(gesture.deliveries, body)
    item = None
    if gesture.item is not None and gesture.chat is not None:
        item = gesture.item.as_json(gesture.chat.items.index(gesture.item) + 1)
    return {"events": gesture.events, "deliveries": deliveries, "item": item, **gesture.extra}


def uploaded(body: JsonObject) -> bytes:
    """What is sent: `body_base64`, or a picture of one pixel. Raises: ControlError."""
    try:
        return base64.b64decode(body["body_base64"], validate=True) if "body_base64" in body else _PIXEL
    except (ValueError, TypeError) as error:
        raise ControlError(400, "body_base64 is not base64") from error


def tapped(chat: Chat[B], body: JsonObject) -> tuple[B, JsonObject]:
    """The button of that `label` and its bubble, or number `index` of `messageId`.

    Raises: ControlError 404 with the labels there are.
    """
    label, message_id, index = str(body.get("label", "")), body.get("messageId"), body.get("index")
    if isinstance(index, int) and isinstance(message_id, str):
        found = chat.button_at(message_id, index)
    else:
        found = chat.button(label, message_id)
    if found is None:
        raise ControlError(404, f"no button {label!r}", labels=chat.labels())
    return found


def times(body: JsonObject) -> int:
    """How often it is done. Raises: ControlError."""
    wanted = body.get("times", 1)
    if isinstance(wanted, bool) or not isinstance(wanted, int) or not 1 <= wanted <= 1_000:
        raise ControlError(400, "times must be between 1 and 1000")
    return wanted
