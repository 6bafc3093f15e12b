"""The control API for people, under /_sim/whatsapp/users. Someone is found by id, BSUID, phone number or wa_id."""

import time
from typing import Any

from aiohttp import web

from simulator.jsonio import JsonObject
from simulator.pulse import Pulse
from simulator.replies import ControlError, JsonHandler, json_route, number, text
from simulator.whatsapp.control import LONGEST_POLL_S, PREFIX, find_user, outcomes
from simulator.whatsapp.gestures import Gesture
from simulator.whatsapp.platform import WhatsAppPlatform
from simulator.whatsapp.world import BSUID, Chat, User, digits

_CLAIMS = (
    "shares_phone",
    "on_whatsapp",
    "phone_on",
    "receipts",
    "blocked",
    "marketing_stopped",
    "shown",
)
_FIRST_PHONE = 819_000_000_000


class PeopleControl:
    """Handlers; each takes the request and its JSON body, and returns JSON."""

    def __init__(self, whatsapp: WhatsAppPlatform) -> None:
        self._whatsapp = whatsapp

    def routes(self) -> list[web.RouteDef]:
        """Everything about people."""
        user = "/users/{id}"
        table: list[tuple[str, str, JsonHandler]] = [
            ("GET", "/users", self.users),
            ("POST", "/users", self.add_users),
            ("GET", user, self.user),
            ("GET", f"{user}/messages", self.messages),
            ("POST", f"{user}/text", self.say),
            ("POST", f"{user}/image", self.image),
            ("POST", f"{user}/send", self.send),
            ("POST", f"{user}/tap", self.tap),
            ("POST", f"{user}/read", self.read),
            ("POST", f"{user}/phone_on", self.phone_on),
            ("POST", f"{user}/phone_off", self.phone_off),
            ("POST", f"{user}/block", self.block),
            ("POST", f"{user}/unblock", self.unblock),
            ("POST", f"{user}/marketing", self.marketing),
            ("POST", f"{user}/change_number", self.change_number),
        ]
        routes = [web.route(method, PREFIX + path, json_route(handler)) for method, path, handler in table]
        return [*routes, web.get(PREFIX + "/contents/{id}", self.content)]

    async def users(self, request: web.Request, body: JsonObject) -> JsonObject:
        """People in the order in which they came; `q`, `shown`, `offset` and `limit` narrow it down."""
        wanted = list(self._whatsapp.world.users.values())
        if request.query.get("shown") in {"1", "true"}:
            wanted = [user for user in wanted if user.shown]
        if words := request.query.get("q", "").strip().lower():
            wanted = [user for user in wanted if words in f"{user.name} {user.title} {user.phone} {user.id}".lower()]
        start = int(number(request, "offset", 0))
        stop = start + int(number(request, "limit", len(wanted)))
        return {"total": len(wanted), "users": [self._json(user) for user in wanted[start:stop]]}

    async def add_users(self, request: web.Request, body: JsonObject) -> JsonObject:
        """Create one person, or a list. A known id, BSUID or number is changed instead. Nothing is sent."""
        if "users" not in body:
            return self._json(self._put(body))
        given = body["users"]
        if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
            raise ControlError(400, "users must be a list of objects")
        return {"users": [self._json(self._put(one)) for one in given]}

    async def user(self, request: web.Request, body: JsonObject) -> JsonObject:
        """One person."""
        return self._json(self._user(request))

    async def messages(self, request: web.Request, body: JsonObject) -> JsonObject:
        """The chat, as a long poll."""
        return await _messages(request, self._user(request).chat)

    async def say(self, request: web.Request, body: JsonObject) -> JsonObject:
        """Write a text."""
        gesture = self._whatsapp.gestures.say(self._user(request), text(body, "text"), body.get("answers"))
        return await _done(gesture, body)

    async def image(self, request: web.Request, body: JsonObject) -> JsonObject:
        """Send a picture."""
        return await _done(self._whatsapp.gestures.upload(self._user(request), body), body)

    async def send(self, request: web.Request, body: JsonObject) -> JsonObject:
        """Send any other type of message."""
        gesture = self._whatsapp.gestures.send(self._user(request), text(body, "type"), body.get("content"))
        return await _done(gesture, body)

    async def tap(self, request: web.Request, body: JsonObject) -> JsonObject:
        """Tap a button, or choose a row."""
        times = body.get("times", 1)
        if isinstance(times, bool) or not isinstance(times, int) or not 1 <= times <= 1_000:
            raise ControlError(400, "times must be between 1 and 1000")
        return await _done(self._whatsapp.gestures.tap(self._user(request), body), body)

    async def read(self, request: web.Request, body: JsonObject) -> JsonObject:
        """Look at the chat."""
        return await _done(self._whatsapp.gestures.look(self._user(request)), body)

    async def phone_on(self, request: web.Request, body: JsonObject) -> JsonObject:
        """Switch the phone on."""
        return await _done(self._whatsapp.gestures.power(self._user(request), is_on=True), body)

    async def phone_off(self, request: web.Request, body: JsonObject) -> JsonObject:
        """Switch the phone off."""
        return await _done(self._whatsapp.gestures.power(self._user(request), is_on=False), body)

    async def block(self, request: web.Request, body: JsonObject) -> JsonObject:
        """Block the number."""
        return await _done(self._whatsapp.gestures.block(self._user(request), is_on=True), body)

    async def unblock(self, request: web.Request, body: JsonObject) -> JsonObject:
        """Block it no longer."""
        return await _done(self._whatsapp.gestures.block(self._user(request), is_on=False), body)

    async def marketing(self, request: web.Request, body: JsonObject) -> JsonObject:
        """Stop or resume marketing messages."""
        return await _done(self._whatsapp.gestures.marketing(self._user(request), text(body, "value")), body)

    async def change_number(self, request: web.Request, body: JsonObject) -> JsonObject:
        """Have another number."""
        user, phone = self._user(request), text(body, "phone")
        return await _done(self._whatsapp.gestures.change_number(user, phone, body), body)

    async def content(self, request: web.Request) -> web.StreamResponse:
        """A picture that someone sent, for the phones page."""
        item, _ = self._whatsapp.world.received.get(request.match_info["id"], (None, None))
        if item is None or item.content is None or not item.content[0].startswith("image/"):
            raise web.HTTPNotFound
        headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox"}
        return web.Response(body=item.content[1], content_type=item.content[0], headers=headers)

    def _user(self, request: web.Request) -> User:
        return find_user(self._whatsapp, request.match_info["id"])

    def _json(self, user: User) -> JsonObject:
        return user.as_json(self._whatsapp.clock.now_ms())

    def _put(self, wish: JsonObject) -> User:
        world = self._whatsapp.world
        phone, user_id = _phone(wish), wish.get("user_id")
        if user_id is not None and not BSUID.fullmatch(str(user_id)):
            raise ControlError(400, "user_id must be a country, a dot and letters or digits: JP.1349")
        keys = [str(key) for key in (wish.get("id"), user_id, phone) if key]
        user = next((found for key in keys if (found := world.find(key)) is not None), None)
        if user is None:
            if "id" in wish:
                raise ControlError(404, f"no user {wish['id']}: ids are given here")
            user = world.add_user(text(wish, "name"), user_id)
            if "phone" not in wish:
                phone = str(_FIRST_PHONE + len(world.users))
        if phone is not None or "phone" in wish:
            user.phone = phone
            user.wa_id = phone
        user.wa_id = wish.get("wa_id", user.wa_id)
        user.name, user.title = text(wish, "name", user.name), text(wish, "title", user.title)
        user.user_id, user.username = str(user_id or user.user_id), wish.get("username", user.username)
        for name in _CLAIMS:
            if name in wish:
                setattr(user, name, bool(wish[name]))
        world.readdressed()
        user.chat.touch()
        return user


def _phone(wish: JsonObject) -> str | None:
    phone: Any = wish.get("phone")
    if phone is None:
        return None
    found = digits(str(phone))
    if not found.isdigit() or not 5 <= len(found) <= 20:
        raise ControlError(400, "phone must be a number with its country code")
    return found


async def _done(gesture: Gesture, body: JsonObject) -> JsonObject:
    """What a gesture led to; waits for the bot's answers unless `"wait": false`."""
    item = None
    deliveries = await outcomes(gesture.deliveries, body)
    if gesture.item is not None and gesture.user is not None:
        item = gesture.item.as_json(gesture.user.chat.items.index(gesture.item) + 1)
    return {"events": gesture.events, "deliveries": deliveries, "item": item, **gesture.extra}


async def _messages(request: web.Request, chat: Chat) -> JsonObject:
    after, seconds = int(number(request, "after", 0)), min(number(request, "wait", 0), LONGEST_POLL_S)
    until = time.monotonic() + seconds
    while len(chat.items) <= after and (left := until - time.monotonic()) > 0:
        chat.pulse = chat.pulse or Pulse()
        await chat.pulse.wait(left)
    items = [item.as_json(seq) for seq, item in enumerate(chat.items[after:], after + 1)]
    return {"messages": items, "last_seq": len(chat.items), "revision": chat.revision}
