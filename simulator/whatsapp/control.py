"""The control API for the WhatsApp world, under /_sim/whatsapp: templates, webhooks by hand, faults, settings."""

from typing import Any

from aiohttp import web

from simulator.chats import Chat
from simulator.deliveries import outcomes
from simulator.jsonio import JsonObject
from simulator.replies import ControlError, json_routes, text
from simulator.steering import Steering, arranged, events_json
from simulator.whatsapp import limits
from simulator.whatsapp.book import Template
from simulator.whatsapp.byhand import change_of
from simulator.whatsapp.gate import SIGNATURES
from simulator.whatsapp.platform import WhatsAppPlatform
from simulator.whatsapp.webhooks import HEADER, signature
from simulator.whatsapp.world import ChatItem, User

PREFIX = "/_sim/whatsapp"


class WhatsAppControl:
    """Handlers; each takes the request and its JSON body, and returns JSON."""

    def __init__(self, whatsapp: WhatsAppPlatform) -> None:
        self._whatsapp = whatsapp
        self._steering = Steering(whatsapp.courier, whatsapp.faults, whatsapp.settings, self._signed)

    def routes(self) -> list[web.RouteDef]:
        """All of /_sim/whatsapp except people, who have their own module."""
        table = [
            ("GET", "/templates", self.templates),
            ("POST", "/templates", self.put_template),
            ("DELETE", "/templates/{name}", self.remove_template),
            ("POST", "/events", self.events),
            ("POST", "/verify", self.verify),
            ("POST", "/messages/{id}/status", self.report),
            ("GET", "/held", self.held),
            ("POST", "/held/release", self.release),
            ("POST", "/held/drop", self.drop),
            ("POST", "/settings", self.change_settings),
            ("GET", "/deliveries", self.deliveries),
            ("GET", "/allowance", self.allowance),
        ]
        return [*json_routes(PREFIX, table), *self._steering.routes(PREFIX)]

    async def templates(self, request: web.Request, body: JsonObject) -> JsonObject:
        """Every template."""
        return {"templates": [one.as_json() for one in self._whatsapp.book.templates.values()]}

    async def put_template(self, request: web.Request, body: JsonObject) -> JsonObject:
        """Add a template, approved unless it says otherwise, or change one; a change is announced by webhooks."""
        book = self._whatsapp.book
        known = book.find(str(body.get("name", "")), str(body.get("language", "ja")))
        before = None if known is None else (known.status, known.category)
        template = book.put(body)
        changes = [] if before is None else self._announcements(template, *before)
        sent = [self._whatsapp.courier.dispatch([change], "account") for change in changes]
        return {**template.as_json(), "events": changes, "deliveries": await outcomes(sent, body)}

    async def remove_template(self, request: web.Request, body: JsonObject) -> JsonObject:
        """Delete a template in all its languages."""
        return {"removed": self._whatsapp.book.remove(request.match_info["name"])}

    async def events(self, request: web.Request, body: JsonObject) -> JsonObject:
        """Build changes and deliver them: in one body, spread as wished, or one by one with `separate`."""
        given = body.get("events")
        if not isinstance(given, list):
            raise ControlError(400, "events must be a list")
        changes = [change_of(self._whatsapp, one) for one in given]
        spread = str(body.get("spread", "changes"))
        self._whatsapp.builder.envelope([], spread)
        courier = self._whatsapp.courier
        sent = [courier.dispatch(one, f"events-{id(one)}", spread) for one in arranged(changes, body)]
        return await events_json(changes, sent, body)

    async def verify(self, request: web.Request, body: JsonObject) -> JsonObject:
        """ "Verify and save": the handshake, and the address is taken over when it succeeds. 409 when it does not."""
        settings = self._whatsapp.settings
        url = body.get("url", settings.webhook_url)
        if not isinstance(url, str):
            raise ControlError(400, "give url")
        token = text(body, "verify_token", settings.verify_token)
        outcome = await self._whatsapp.courier.verify(url, token)
        if not outcome["verified"]:
            raise ControlError(409, "the challenge did not come back", verification=outcome)
        settings.webhook_url, settings.verify_token = url, token
        return outcome

    async def report(self, request: web.Request, body: JsonObject) -> JsonObject:
        """Report a status of a message that was sent; `errors` is made of `code`. `extra` goes into the status."""
        item, user, _ = self._sent(request.match_info["id"])
        status, extra = text(body, "status"), body.get("extra") or {}
        sent = self._whatsapp.postman.report(item, user, status, code=body.get("code"), **extra)
        return {"events": sent.events, "deliveries": await outcomes([sent], body)}

    async def held(self, request: web.Request, body: JsonObject) -> JsonObject:
        """The messages that are held for quality assessment."""
        return {"messages": list(self._whatsapp.dispatcher.held)}

    async def release(self, request: web.Request, body: JsonObject) -> JsonObject:
        """Let held messages go, all of them or the one of `id`."""
        return {"messages": [one for one in self._held(body) if self._whatsapp.dispatcher.release(one)]}

    async def drop(self, request: web.Request, body: JsonObject) -> JsonObject:
        """Let held messages fail with `code`, all of them or the one of `id`."""
        code = int(body.get("code", 131049))
        return {"messages": [one for one in self._held(body) if self._whatsapp.dispatcher.drop(one, code)]}

    async def change_settings(self, request: web.Request, body: JsonObject) -> JsonObject:
        """Change some settings, all or none; a new webhook URL is tried, a new messaging limit is announced."""
        settings = self._whatsapp.settings
        limit = settings.messaging_limit
        settings.update(body)
        answer = settings.as_json()
        if body.get("webhook_url"):
            answer["verification"] = await self._whatsapp.courier.verify(body["webhook_url"], settings.verify_token)
        if settings.messaging_limit != limit:
            value = {"max_daily_conversations_per_business": settings.messaging_limit, "max_phone_numbers_per_waba": 25}
            change = {"field": "business_capability_update", "value": value}
            answer["deliveries"] = await outcomes([self._whatsapp.courier.dispatch([change], "account")], body)
        return answer

    async def deliveries(self, request: web.Request, body: JsonObject) -> JsonObject:
        """What one person (`userId`: id, BSUID or number) really received; without it, a count for everyone."""
        key, needle = request.query.get("userId"), request.query.get("contains")
        if key is not None:
            return {"deliveries": _received(find_user(self._whatsapp, key).chat, needle)}
        chats = [user.chat for user in self._whatsapp.world.users.values()]
        counts = {chat.id: count for chat in chats if (count := len(_received(chat, needle)))}
        return {"chats": len(counts), "deliveries": sum(counts.values()), "counts": counts}

    async def allowance(self, request: web.Request, body: JsonObject) -> JsonObject:
        """How many people were written to outside the window in the last 24 hours, and how many may be."""
        since_ms = self._whatsapp.clock.now_ms() - limits.WINDOW_MS
        people = {
            user.id if user is not None else str(address)
            for item, user, address in self._whatsapp.world.sent.values()
            if item.sending and not item.sending.in_window and item.at_ms > since_ms and item.status != "failed"
        }
        return {"limit": limits.TIERS[self._whatsapp.settings.messaging_limit], "used": len(people)}

    def _signed(self, raw: bytes, body: JsonObject) -> dict[str, str]:
        """Rightly, unless the request says `signature`: a kind, or the value itself; null is none at all."""
        given = body.get("signature", "right")
        value = signature(self._whatsapp.settings.app_secret, raw, given) if given in SIGNATURES else given
        return {} if value is None else {HEADER: str(value)}

    def _announcements(self, template: Template, status: str, category: str) -> list[JsonObject]:
        known: JsonObject = {
            "message_template_id": int(template.id),
            "message_template_name": template.name,
            "message_template_language": template.language,
        }
        changes: list[JsonObject] = []
        if template.status != status:
            reason = template.rejected_reason if template.status == "REJECTED" else "NONE"
            more = {"event": template.status, "reason": reason, "message_template_category": template.category}
            changes.append({"field": "message_template_status_update", "value": {**known, **more}})
        if template.category != category:
            moved = {"previous_category": category, "new_category": template.category}
            changes.append({"field": "template_category_update", "value": {**known, **moved}})
        return changes

    def _sent(self, message_id: str) -> tuple[Any, User | None, JsonObject]:
        known = self._whatsapp.world.sent.get(message_id)
        if known is None:
            raise ControlError(404, f"no message {message_id}")
        return known

    def _held(self, body: JsonObject) -> list[str]:
        return [str(body["id"])] if "id" in body else list(self._whatsapp.dispatcher.held)


def find_user(whatsapp: WhatsAppPlatform, key: str) -> User:
    """Someone by id, BSUID, phone number or wa_id. Raises: ControlError 404."""
    user = whatsapp.world.find(key)
    if user is None:
        raise ControlError(404, f"no user {key}")
    return user


def _received(chat: Chat[ChatItem], needle: str | None) -> list[JsonObject]:
    """One entry per accepted request that reached the chat, oldest first."""
    return [
        {
            "request_id": item.sending.request_id,
            "via": item.sending.via,
            "callback_data": item.sending.callback_data,
            "at_ms": item.at_ms,
            "message_id": item.id,
            "seq": seq,
        }
        for seq, item in enumerate(chat.items, 1)
        if item.sending is not None and (not needle or any(needle in words for words in item.texts))
    ]
