"""The control API for the LINE world, under /_sim/line: people, groups, gestures, faults, settings, raw webhooks."""

from typing import Any

from aiohttp import web

from simulator.jsonio import JsonObject
from simulator.line.platform import LinePlatform
from simulator.line.webhooks import HEADER, sign
from simulator.line.world import Group, LineChat, User
from simulator.replies import ControlError, json_routes
from simulator.steering import Steering, arranged, events_json

PREFIX = "/_sim/line"


class LineControl:
    """Handlers; each takes the request and its JSON body, and returns JSON."""

    def __init__(self, line: LinePlatform) -> None:
        self._line = line
        self._steering = Steering(line.courier, line.faults, line.settings, self._signed)

    def routes(self) -> list[web.RouteDef]:
        """All of /_sim/line except people and groups, which have their own module."""
        table = [
            ("POST", "/events", self.events),
            ("POST", "/settings", self.change_settings),
            ("GET", "/deliveries", self.deliveries),
        ]
        return [*json_routes(PREFIX, table), *self._steering.routes(PREFIX)]

    async def events(self, request: web.Request, body: JsonObject) -> JsonObject:
        """Build full events and deliver them: in one body, or one by one with `separate`."""
        given = body.get("events")
        if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
            raise ControlError(400, "events must be a list of objects")
        events = [self._line.builder.complete(one) for one in given]
        if body.get("redelivery"):
            events = [{**event, "deliveryContext": {"isRedelivery": True}} for event in events]
        sent = [self._line.courier.dispatch(one) for one in arranged(events, body)]
        return await events_json(events, sent, body)

    async def change_settings(self, request: web.Request, body: JsonObject) -> JsonObject:
        """Change some settings, all or none of the given ones."""
        self._line.settings.update(body)
        return self._line.settings.as_json()

    async def deliveries(self, request: web.Request, body: JsonObject) -> JsonObject:
        """What one person (`userId`, or a group's id) really received; without it, a count for everyone."""
        chat_id, needle = request.query.get("userId"), request.query.get("contains")
        if chat_id is not None:
            return {"deliveries": _received(find_chat(self._line, chat_id), needle)}
        world = self._line.world
        chats = [user.chat for user in world.users.values()] + [group.chat for group in world.groups.values()]
        counts = {chat.id: count for chat in chats if (count := _count(chat, needle))}
        return {"chats": len(counts), "deliveries": sum(counts.values()), "counts": counts}

    def _signed(self, raw: bytes, body: JsonObject) -> dict[str, str]:
        """Rightly, unless the request says `signature`; null is none at all."""
        value = body["signature"] if "signature" in body else sign(self._line.settings.channel_secrets[0], raw)
        return {} if value is None else {HEADER: str(value)}


def find_user(line: LinePlatform, user_id: str) -> User:
    """Raises: ControlError 404."""
    user = line.world.users.get(user_id)
    if user is None:
        raise ControlError(404, f"no user {user_id}")
    return user


def find_group(line: LinePlatform, group_id: str) -> Group:
    """Raises: ControlError 404."""
    group = line.world.groups.get(group_id)
    if group is None:
        raise ControlError(404, f"no group {group_id}")
    return group


def find_chat(line: LinePlatform, chat_id: str) -> LineChat:
    """A person's or a group's chat. Raises: ControlError 404."""
    group = line.world.groups.get(chat_id)
    return group.chat if group is not None else find_user(line, chat_id).chat


def _received(chat: LineChat, needle: str | None) -> list[JsonObject]:
    """One entry per accepted request that reached the chat, oldest first."""
    found: dict[str, JsonObject] = {}
    for seq, item in enumerate(chat.items, 1):
        sending = item.sending
        if sending is None or (needle and not any(needle in words for words in item.texts)):
            continue
        entry = found.setdefault(
            sending.request_id,
            {
                "request_id": sending.request_id,
                "retry_key": sending.retry_key,
                "via": sending.via,
                "at_ms": item.at_ms,
                "message_ids": [],
                "seqs": [],
            },
        )
        entry["message_ids"].append(item.id)
        entry["seqs"].append(seq)
    return list(found.values())


def _count(chat: LineChat, needle: str | None) -> int:
    reached: set[Any] = {
        item.sending.request_id
        for item in chat.items
        if item.sending is not None and (not needle or any(needle in words for words in item.texts))
    }
    return len(reached)
