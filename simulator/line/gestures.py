"""What people do with their phones: follow, block, write, tap, send a picture, invite. Each becomes events."""

from dataclasses import dataclass
from typing import Any, TypeAlias

from simulator import gestures
from simulator.gestures import tapped, times, uploaded
from simulator.jsonio import JsonObject
from simulator.line.events import EventBuilder, group_source, message_of, user_source
from simulator.line.settings import Settings
from simulator.line.webhooks import LineCourier
from simulator.line.world import ChatItem, Group, LineChat, User, World
from simulator.replies import ControlError

Gesture: TypeAlias = gestures.Gesture[ChatItem]
_PICKED = ("date", "time", "datetime")


@dataclass(frozen=True, slots=True)
class Place:
    """Where someone acts: alone with the bot, or in a group."""

    user: User
    chat: LineChat
    source: JsonObject
    heard: bool
    group: Group | None = None


class Gestures:
    """Carries out what a person does."""

    def __init__(self, settings: Settings, world: World, builder: EventBuilder, courier: LineCourier) -> None:
        self._settings = settings
        self._world = world
        self._builder = builder
        self._courier = courier

    def alone(self, user: User) -> Place:
        """The 1:1 chat. Raises: ControlError 409 for a blocker, who has to unblock first."""
        if user.blocked:
            raise ControlError(409, f"{user.name} has blocked the bot")
        return Place(user, user.chat, user_source(user.id), heard=True)

    def within(self, group: Group, user: User) -> Place:
        """A group chat; the bot hears it only when it is in. Raises: ControlError 409 for someone who is not."""
        if user.id not in group.members:
            raise ControlError(409, f"{user.name} is not in {group.name}")
        return Place(user, group.chat, group_source(group.id, user.id), group.bot_in, group)

    def follow(self, user: User) -> Gesture:
        """Add the bot as a friend, or unblock it."""
        if user.friend and not user.blocked:
            raise ControlError(409, f"{user.name} is a friend already")
        was_blocked, user.friend, user.blocked = user.blocked, True, False
        user.chat.touch()
        return self._send("follow", user_source(user.id), follow={"isUnblocked": was_blocked})

    def block(self, user: User) -> Gesture:
        """Block the bot: nothing reaches this person any more."""
        if user.blocked or not user.friend:
            raise ControlError(409, f"{user.name} is not a friend, or blocks already")
        user.blocked = True
        user.chat.touch()
        return self._send("unfollow", user_source(user.id))

    def say(self, place: Place, words: str) -> Gesture:
        """Write a text."""
        if not words.strip():
            raise ControlError(400, "text must not be empty")
        return self._speak(place, {"type": "text", "text": words}, self._mention(place, words))

    def sticker(self, place: Place) -> Gesture:
        """Send a sticker."""
        message = {"type": "sticker", "packageId": "446", "stickerId": "1988", "stickerResourceType": "STATIC"}
        return self._speak(place, message)

    def upload(self, place: Place, kind: str, body: JsonObject) -> Gesture:
        """Send a picture or a file; `body_base64`, `content_type` and `fileName` are optional."""
        content = uploaded(body)
        content_type = str(body.get("content_type", "image/png" if kind == "image" else "application/octet-stream"))
        message: JsonObject = {"type": kind}
        if kind == "image":
            message["contentProvider"] = {"type": "line"}
        else:
            message |= {"fileName": str(body.get("fileName", "file.bin")), "fileSize": len(content)}
        return self._speak(place, message, content=(content_type, content))

    def unsend(self, place: Place, message_id: str) -> Gesture:
        """Take one's own message back. Raises: ControlError 404."""
        item = place.chat.unsend(message_id)
        if item is None:
            raise ControlError(404, f"no message {message_id} of this person")
        gesture = self._send("unsend", place.source, unsend={"messageId": message_id}) if place.heard else Gesture()
        gesture.item, gesture.chat = item, place.chat
        return gesture

    def tap(self, place: Place, body: JsonObject) -> Gesture:
        """Tap the button of that `label`, or number `index` of `messageId`, `times` times.

        Raises: ControlError 404 with the labels there are.
        """
        action = tapped(place.chat, body)[1]["action"]
        whole = Gesture(chat=place.chat, extra={"action": action})
        for _ in range(times(body)):
            whole.add(self._act(place, action, body))
        return whole

    def invite(self, group: Group) -> Gesture:
        """The bot joins the group. Raises: ControlError 409 when it is in already."""
        if group.bot_in:
            raise ControlError(409, "the bot is in this group already")
        group.bot_in = True
        self._notice(group, f"{self._settings.name}が参加しました")
        return self._send("join", group_source(group.id))

    def remove_bot(self, group: Group) -> Gesture:
        """A member removes the bot. Raises: ControlError 409 when it is not in."""
        if not group.bot_in:
            raise ControlError(409, "the bot is not in this group")
        group.bot_in = False
        self._notice(group, f"{self._settings.name}が退会させられました")
        return self._send("leave", group_source(group.id))

    def change_members(self, group: Group, add: list[User], remove: list[User]) -> Gesture:
        """People join and leave a group."""
        joined = [user for user in add if user.id not in group.members]
        left = [user for user in remove if user.id in group.members]
        gone = {user.id for user in left}
        group.members = [member for member in group.members if member not in gone] + [user.id for user in joined]
        whole = Gesture()
        for kind, field_name, people, words in (
            ("memberJoined", "joined", joined, "が参加しました"),
            ("memberLeft", "left", left, "が退会しました"),
        ):
            if not people:
                continue
            self._notice(group, "、".join(user.name for user in people) + words)
            if group.bot_in:
                members = [user_source(user.id) for user in people]
                one = self._send(kind, group_source(group.id), **{field_name: {"members": members}})
                whole.add(one)
        return whole

    def _act(self, place: Place, action: JsonObject, body: JsonObject) -> Gesture:
        kind = action["type"]
        if kind == "message":
            return self.say(place, action["text"])
        if kind == "uri":
            return Gesture(extra={"opened": action["uri"]})
        if kind == "clipboard":
            return Gesture(extra={"copied": action["clipboardText"]})
        if kind not in {"postback", "datetimepicker"}:
            return Gesture(extra={"opened": kind})
        if not place.heard:
            return Gesture()
        postback: JsonObject = {"data": action["data"]}
        if kind == "datetimepicker":
            postback["params"] = _picked(action["mode"], body)
        item = self._shown(place, action)
        gesture = self._send("postback", self._tap_source(place), postback=postback)
        gesture.item, gesture.chat = item, place.chat
        if action.get("inputOption") == "openKeyboard":
            gesture.extra["fill_in"] = action.get("fillInText", "")
        return gesture

    def _tap_source(self, place: Place) -> JsonObject:
        """LINE's documentation shows no postback in a group: a setting says whether the person is named."""
        if place.group is not None and not self._settings.group_postback_user_id:
            return group_source(place.group.id)
        return place.source

    def _shown(self, place: Place, action: JsonObject) -> ChatItem | None:
        words = action.get("displayText") or action.get("text")
        if not words:
            return None
        item = self._world.item("user", {"type": "text", "text": words}, user_id=place.user.id)
        place.chat.add(item)
        return item

    def _speak(self, place: Place, message: JsonObject, more: JsonObject | None = None, content: Any = None) -> Gesture:
        item = self._world.item("user", message, user_id=place.user.id, content=content)
        place.chat.add(item)
        if place.group is None:
            place.user.wrote_at_ms = item.at_ms
        if not place.heard:
            return Gesture(item=item, chat=place.chat)
        gesture = self._send("message", place.source, message={**message_of(item), **(more or {})})
        gesture.item, gesture.chat = item, place.chat
        return gesture

    def _mention(self, place: Place, words: str) -> JsonObject:
        call = f"@{self._settings.name}"
        at = words.find(call) if place.group is not None else -1
        if at < 0:
            return {}
        index = len(words[:at].encode("utf-16-le")) // 2
        length = len(call.encode("utf-16-le")) // 2
        who = {"index": index, "length": length, "type": "user", "userId": self._settings.bot_user_id, "isSelf": True}
        return {"mention": {"mentionees": [who]}}

    def _notice(self, group: Group, words: str) -> None:
        group.chat.add(self._world.item("system", {"type": "notice", "text": words}))

    def _send(self, kind: str, source: JsonObject, **specific: Any) -> Gesture:
        event = self._builder.event(kind, source, **specific)
        return Gesture([event], [self._courier.dispatch([event])])


def _picked(mode: str, body: JsonObject) -> JsonObject:
    """What was chosen in a date picker: `{"params": {"date": "2026-11-30"}}` in the request."""
    params = body.get("params")
    if mode not in _PICKED or not isinstance(params, dict) or not isinstance(params.get(mode), str):
        raise ControlError(400, f"this button picks a {mode}: give params.{mode}")
    return {mode: params[mode]}
