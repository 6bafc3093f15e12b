"""The control API for the LINE world, under /_sim/line: people, groups, gestures, faults, settings, raw webhooks."""

import asyncio
import base64
import random
from typing import Any

from aiohttp import web

from simulator.deliveries import Delivery
from simulator.gate import SWITCHES
from simulator.jsonio import JsonObject
from simulator.line.gestures import Gesture
from simulator.line.platform import LinePlatform
from simulator.line.webhooks import sign
from simulator.line.world import Chat, Group, User
from simulator.replies import ControlError, JsonHandler, json_route, number, text

PREFIX = "/_sim/line"
LONGEST_POLL_S = 60.0


class LineControl:
    """Handlers; each takes the request and its JSON body, and returns JSON."""

    def __init__(self, line: LinePlatform) -> None:
        self._line = line

    def routes(self) -> list[web.RouteDef]:
        """All of /_sim/line except people and groups, which have their own module."""
        table: list[tuple[str, str, JsonHandler]] = [
            ("POST", "/events", self.events),
            ("POST", "/raw", self.raw),
            ("POST", "/redeliver", self.redeliver),
            ("GET", "/webhooks", self.webhooks),
            ("GET", "/faults", self.faults),
            ("POST", "/faults", self.set_fault),
            ("DELETE", "/faults", self.clear_faults),
            ("GET", "/settings", self.settings),
            ("POST", "/settings", self.change_settings),
            ("GET", "/deliveries", self.deliveries),
        ]
        return [web.route(method, PREFIX + path, json_route(handler)) for method, path, handler in table]

    async def events(self, request: web.Request, body: JsonObject) -> JsonObject:
        """Build full events and deliver them: in one body, or one by one with `separate`."""
        given = body.get("events")
        if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
            raise ControlError(400, "events must be a list of objects")
        events = [self._line.builder.complete(one) for one in given]
        if body.get("redelivery"):
            events = [{**event, "deliveryContext": {"isRedelivery": True}} for event in events]
        if body.get("shuffle") is not None:
            random.Random(body["shuffle"]).shuffle(events)  # noqa: S311 - repeatable on purpose
        bodies = [[event] for event in events] if body.get("separate") else [events]
        copies = 1 + int(body.get("duplicate", 0))
        sent = [self._line.courier.dispatch(one) for one in bodies for _ in range(copies)]
        outcomes = await _outcomes(sent, body)
        first = outcomes[0] if outcomes else {}
        return {
            "status": first.get("status"),
            "body_ms": first.get("elapsed_ms"),
            "events": events,
            "deliveries": outcomes,
        }

    async def raw(self, request: web.Request, body: JsonObject) -> JsonObject:
        """Deliver exactly these bytes; without `signature`, correctly signed. null sends no signature at all."""
        settings = self._line.settings
        url = body.get("url") or settings.webhook_url
        if not isinstance(url, str):
            raise ControlError(409, "no webhook URL is set")
        try:
            raw = base64.b64decode(text(body, "body_base64"), validate=True)
        except ValueError as error:
            raise ControlError(400, "body_base64 is not base64") from error
        signature = body["signature"] if "signature" in body else sign(settings.channel_secrets[0], raw)
        headers = {str(name): str(value) for name, value in (body.get("headers") or {}).items()}
        if signature is not None:
            headers.setdefault("x-line-signature", str(signature))
        outcome, answer = await self._line.courier.deliver_raw(url, raw, headers, is_raw=True)
        return {**outcome.as_json(), "response": answer[:2_000].decode("utf-8", "replace")}

    async def redeliver(self, request: web.Request, body: JsonObject) -> JsonObject:
        """Send everything that was not delivered, now."""
        sent = self._line.courier.redeliver()
        return {"sent": len(sent), "deliveries": await _outcomes(sent, body)}

    async def webhooks(self, request: web.Request, body: JsonObject) -> JsonObject:
        """What is on its way, kept back and undelivered; `wait_idle` waits until nothing is on its way."""
        seconds = min(number(request, "wait_idle", 0), LONGEST_POLL_S)
        idle = await self._line.courier.idle(seconds)
        return {"idle": idle, **self._line.courier.state()}

    async def faults(self, request: web.Request, body: JsonObject) -> JsonObject:
        """The switches that are still on."""
        return {"faults": self._line.faults.remaining() + self._line.courier.gate.state()}

    async def set_fault(self, request: web.Request, body: JsonObject) -> JsonObject:
        """Set a switch: a fault of the API, or a webhook switch."""
        if body.get("fault") in SWITCHES:
            return {"released": self._line.courier.turn(body), "faults": self._line.courier.gate.state()}
        return self._line.faults.add(body).as_json()

    async def clear_faults(self, request: web.Request, body: JsonObject) -> JsonObject:
        """Turn everything off. Deliveries that were held back are released in their order."""
        self._line.faults.clear()
        released = self._line.courier.turn({"fault": "webhook_release", "order": "same"})
        self._line.courier.gate.clear()
        return {"faults": [], "released": released}

    async def settings(self, request: web.Request, body: JsonObject) -> JsonObject:
        """The channel as it is."""
        return self._line.settings.as_json()

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


def find_chat(line: LinePlatform, chat_id: str) -> Chat:
    """A person's or a group's chat. Raises: ControlError 404."""
    group = line.world.groups.get(chat_id)
    return group.chat if group is not None else find_user(line, chat_id).chat


async def gesture_json(gesture: Gesture, body: JsonObject) -> JsonObject:
    """What a gesture led to; waits for the bot's answers unless `"wait": false`."""
    deliveries = await _outcomes(gesture.deliveries, body)
    item = None
    if gesture.item is not None and gesture.chat is not None:
        item = gesture.item.as_json(gesture.chat.items.index(gesture.item) + 1)
    return {"events": gesture.events, "deliveries": deliveries, "item": item, **gesture.extra}


async def _outcomes(sent: list[Delivery], body: JsonObject) -> list[JsonObject]:
    if body.get("wait", True) is False:
        return []
    return [outcome.as_json() for outcome in await asyncio.gather(*(delivery.outcome() for delivery in sent))]


def _received(chat: Chat, needle: str | None) -> list[JsonObject]:
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


def _count(chat: Chat, needle: str | None) -> int:
    reached: set[Any] = {
        item.sending.request_id
        for item in chat.items
        if item.sending is not None and (not needle or any(needle in words for words in item.texts))
    }
    return len(reached)
