"""What people do with their phones: write, tap, read, block, change numbers. Each becomes webhooks."""

from typing import Any, TypeAlias

from simulator import gestures
from simulator.deliveries import Delivery
from simulator.gestures import tapped, times, uploaded
from simulator.jsonio import JsonObject
from simulator.replies import ControlError
from simulator.whatsapp.errors import reported
from simulator.whatsapp.events import Builder
from simulator.whatsapp.settings import TAP_FORMATS, Settings
from simulator.whatsapp.statuses import Postman
from simulator.whatsapp.webhooks import WhatsAppCourier
from simulator.whatsapp.world import ChatItem, User, World, digits, new_bsuid

Gesture: TypeAlias = gestures.Gesture[ChatItem]
NUMBER_EVENTS = ("user_changed_number", "customer_changed_number")
IDENTITY_EVENTS = (*NUMBER_EVENTS, "user_changed_user_id", "user_id_update")


class Gestures:
    """Carries out what a person does."""

    def __init__(
        self, settings: Settings, world: World, builder: Builder, courier: WhatsAppCourier, postman: Postman
    ) -> None:
        self._settings = settings
        self._world = world
        self._builder = builder
        self._courier = courier
        self._postman = postman

    def say(self, user: User, words: str, answers: str | None = None) -> Gesture:
        """Write a text, perhaps as an answer to a message."""
        if not words.strip():
            raise ControlError(400, "text must not be empty")
        context = {"context": self._builder.context(self._known(answers))} if answers is not None else {}
        return self._speak(user, "text", {"body": words}, {"body": words}, **context)

    def upload(self, user: User, body: JsonObject) -> Gesture:
        """Send a picture; `body_base64`, `content_type` and `caption` are optional."""
        content = uploaded(body)
        kind = str(body.get("content_type", "image/png"))
        image: JsonObject = {"mime_type": kind, "sha256": "simulated", "id": "2754859441498128"}
        if body.get("caption"):
            image["caption"] = str(body["caption"])
        gesture = self._speak(user, "image", image, {"body": image.get("caption", "[写真]"), "image": True})
        if gesture.item is not None:
            gesture.item.content = kind, content
        return gesture

    def send(self, user: User, kind: str, content: Any) -> Gesture:
        """Send any other type of message, a sticker or a type that nobody knows yet."""
        if kind == "unsupported":
            words = {"body": "[表示できないメッセージ]"}
            return self._speak(user, kind, None, words, errors=[reported(131051, "Message type unknown")])
        return self._speak(user, kind, content, {"body": f"[{kind}]"})

    def tap(self, user: User, body: JsonObject) -> Gesture:
        """Tap the button, or choose the row, of that `label`, or number `index` of `messageId`, `times` times.

        Raises: ControlError 404 with the labels there are.
        """
        item, button = tapped(user.chat, body)
        if button["action"]["type"] not in {"quick_reply", "reply", "list"}:
            opened = button["action"].get("url", button["action"]["type"])
            return Gesture(chat=user.chat, extra={"action": button["action"], "opened": opened})
        style = str(body.get("format", self._settings.tap_format))
        if style not in TAP_FORMATS:
            raise ControlError(400, f"format must be one of {', '.join(TAP_FORMATS)}")
        whole = Gesture(chat=user.chat, extra={"action": button["action"]})
        for _ in range(times(body)):
            whole.add(self._tapped(user, item, button, style))
        return whole

    def look(self, user: User) -> Gesture:
        """Look at the chat: everything delivered is read, if receipts are on."""
        return Gesture(deliveries=self._postman.look(user), chat=user.chat)

    def power(self, user: User, *, is_on: bool) -> Gesture:
        """Switch the phone off, or on: then what waited arrives."""
        if is_on:
            return Gesture(deliveries=self._postman.turn_on(user), chat=user.chat)
        user.phone_on = False
        user.chat.touch()
        return Gesture(chat=user.chat)

    def block(self, user: User, *, is_on: bool) -> Gesture:
        """Block the number, or no longer. Nobody is told; what is sent meanwhile stays at `sent`."""
        if user.blocked is is_on:
            raise ControlError(409, f"{user.name} {'blocks' if is_on else 'does not block'} already")
        user.blocked = is_on
        user.chat.touch()
        return Gesture(chat=user.chat)

    def marketing(self, user: User, value: str) -> Gesture:
        """Stop or resume marketing messages, in WhatsApp's own settings."""
        if value not in {"stop", "resume"}:
            raise ControlError(400, "value must be stop or resume")
        user.marketing_stopped = value == "stop"
        user.chat.touch()
        return self._sent(user, self._builder.preference(user, value))

    def change_number(self, user: User, phone: str, body: JsonObject) -> Gesture:
        """Have another number, and with it another BSUID; `events` says which of the notices are sent, in order.

        Without it: the system message (about the number, or, behind a user name, about the BSUID), and the field.
        """
        usual = ["user_changed_number" if user.shares_phone else "user_changed_user_id", "user_id_update"]
        wanted = body.get("events", usual)
        if not isinstance(wanted, list) or not all(one in IDENTITY_EVENTS for one in wanted):
            raise ControlError(400, f"events must be a list of {', '.join(IDENTITY_EVENTS)}")
        new_phone, new_id, old_id = digits(phone), str(body.get("user_id") or new_bsuid()), user.user_id
        early = {name: self._moved(user, name, new_phone, new_id) for name in wanted if name != "user_id_update"}
        user.phone = user.wa_id = new_phone
        user.user_id = new_id
        self._world.readdressed()
        user.chat.touch()
        changes = [early.get(name) or self._builder.user_id_update(user, old_id) for name in wanted]
        deliveries: list[Delivery] = [self._courier.dispatch([change], user.id) for change in changes]
        return Gesture(changes, deliveries, chat=user.chat)

    def _moved(self, user: User, kind: str, phone: str, user_id: str) -> JsonObject:
        """The system message about a new number, while the person still has the old one."""
        told: JsonObject = {"user_id": user_id}
        if user.shares_phone:
            told["wa_id"] = phone
        old, new = (user.wa_id, phone) if kind in NUMBER_EVENTS else (user.user_id, user_id)
        return self._builder.system(user, kind, f"User {user.name} changed from {old} to {new}", **told)

    def _tapped(self, user: User, item: ChatItem, button: JsonObject, style: str) -> Gesture:
        action, label = button["action"], button["label"]
        reference = action.get("payload", action.get("id"))
        context = self._builder.context(item)
        answer: JsonObject = {"body": label, "answers": item.id}
        natural = "button" if action["type"] == "quick_reply" else "interactive"
        if (natural if style == "natural" else style) == "button":
            return self._speak(user, "button", {"payload": reference, "text": label}, answer, context=context)
        if action["type"] == "list":
            row = {"id": reference, "title": label}
            if "description" in action:
                row["description"] = action["description"]
            content: JsonObject = {"type": "list_reply", "list_reply": row}
        else:
            content = {"type": "button_reply", "button_reply": {"id": reference, "title": label}}
        return self._speak(user, "interactive", content, answer, context=context)

    def _speak(self, user: User, kind: str, content: Any, shown: JsonObject, **more: Any) -> Gesture:
        """Someone who writes has looked at the chat, and opens the window."""
        if user.blocked:
            raise ControlError(409, f"{user.name} blocks the number")
        if not user.phone_on or not user.on_whatsapp:
            raise ControlError(409, f"{user.name}'s phone is off, or not on WhatsApp")
        read = self._postman.look(user)
        message = {"type": kind} if content is None else {"type": kind, kind: content}
        item = self._world.item("user", message, {**shown, "buttons": []})
        self._world.received[item.id] = item, user
        user.chat.add(item)
        user.wrote_at_ms = item.at_ms
        gesture = self._sent(user, self._builder.message(user, kind, content, id=item.id, **more))
        gesture.deliveries = [*read, *gesture.deliveries]
        gesture.item = item
        return gesture

    def _sent(self, user: User, change: JsonObject) -> Gesture:
        return Gesture([change], [self._courier.dispatch([change], user.id)], chat=user.chat)

    def _known(self, message_id: str) -> ChatItem:
        if message_id in self._world.sent:
            return self._world.sent[message_id][0]
        if message_id in self._world.received:
            return self._world.received[message_id][0]
        raise ControlError(404, f"no message {message_id}")
