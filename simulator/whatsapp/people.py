"""The control API for people, under /_sim/whatsapp/users. Someone is found by id, BSUID, phone number or wa_id."""

from typing import Any

from aiohttp import web

from simulator.gestures import gesture_json
from simulator.jsonio import JsonObject
from simulator.people import describe, each, listed, messages, picture
from simulator.replies import ControlError, json_routes, text
from simulator.whatsapp.control import PREFIX, find_user
from simulator.whatsapp.platform import WhatsAppPlatform
from simulator.whatsapp.world import BSUID, User, digits

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
        table = [
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
        return [*json_routes(PREFIX, table), web.get(PREFIX + "/contents/{id}", self.content)]

    async def users(self, request: web.Request, body: JsonObject) -> JsonObject:
        """People in the order in which they came; `q`, `shown`, `offset` and `limit` narrow it down."""
        return listed(request, self._whatsapp.world.users.values(), _is_meant, self._json)

    async def add_users(self, request: web.Request, body: JsonObject) -> JsonObject:
        """Create one person, or a list. A known id, BSUID or number is changed instead. Nothing is sent."""
        return each(body, self._put)

    async def user(self, request: web.Request, body: JsonObject) -> JsonObject:
        """One person."""
        return self._json(self._user(request))

    async def messages(self, request: web.Request, body: JsonObject) -> JsonObject:
        """The chat, as a long poll."""
        return await messages(request, self._user(request).chat)

    async def say(self, request: web.Request, body: JsonObject) -> JsonObject:
        """Write a text."""
        gesture = self._whatsapp.gestures.say(self._user(request), text(body, "text"), body.get("answers"))
        return await gesture_json(gesture, body)

    async def image(self, request: web.Request, body: JsonObject) -> JsonObject:
        """Send a picture."""
        return await gesture_json(self._whatsapp.gestures.upload(self._user(request), body), body)

    async def send(self, request: web.Request, body: JsonObject) -> JsonObject:
        """Send any other type of message."""
        gesture = self._whatsapp.gestures.send(self._user(request), text(body, "type"), body.get("content"))
        return await gesture_json(gesture, body)

    async def tap(self, request: web.Request, body: JsonObject) -> JsonObject:
        """Tap a button, or choose a row."""
        return await gesture_json(self._whatsapp.gestures.tap(self._user(request), body), body)

    async def read(self, request: web.Request, body: JsonObject) -> JsonObject:
        """Look at the chat."""
        return await gesture_json(self._whatsapp.gestures.look(self._user(request)), body)

    async def phone_on(self, request: web.Request, body: JsonObject) -> JsonObject:
        """Switch the phone on."""
        return await gesture_json(self._whatsapp.gestures.power(self._user(request), is_on=True), body)

    async def phone_off(self, request: web.Request, body: JsonObject) -> JsonObject:
        """Switch the phone off."""
        return await gesture_json(self._whatsapp.gestures.power(self._user(request), is_on=False), body)

    async def block(self, request: web.Request, body: JsonObject) -> JsonObject:
        """Block the number."""
        return await gesture_json(self._whatsapp.gestures.block(self._user(request), is_on=True), body)

    async def unblock(self, request: web.Request, body: JsonObject) -> JsonObject:
        """Block it no longer."""
        return await gesture_json(self._whatsapp.gestures.block(self._user(request), is_on=False), body)

    async def marketing(self, request: web.Request, body: JsonObject) -> JsonObject:
        """Stop or resume marketing messages."""
        return await gesture_json(self._whatsapp.gestures.marketing(self._user(request), text(body, "value")), body)

    async def change_number(self, request: web.Request, body: JsonObject) -> JsonObject:
        """Have another number."""
        user, phone = self._user(request), text(body, "phone")
        return await gesture_json(self._whatsapp.gestures.change_number(user, phone, body), body)

    async def content(self, request: web.Request) -> web.StreamResponse:
        """A picture that someone sent, for the phones page."""
        item, _ = self._whatsapp.world.received.get(request.match_info["id"], (None, None))
        return picture(None if item is None else item.content)

    def _user(self, request: web.Request) -> User:
        return find_user(self._whatsapp, request.match_info["id"])

    def _json(self, user: User) -> JsonObject:
        return user.as_json(self._whatsapp.clock.now_ms())

    def _put(self, wish: JsonObject) -> JsonObject:
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
        describe(user, wish, _CLAIMS)
        user.user_id, user.username = str(user_id or user.user_id), wish.get("username", user.username)
        world.readdressed()
        user.chat.touch()
        return self._json(user)


def _phone(wish: JsonObject) -> str | None:
    phone: Any = wish.get("phone")
    if phone is None:
        return None
    found = digits(str(phone))
    if not found.isdigit() or not 5 <= len(found) <= 20:
        raise ControlError(400, "phone must be a number with its country code")
    return found


def _is_meant(user: User, words: str) -> bool:
    return words in f"{user.name} {user.title} {user.phone} {user.id}".lower()
