"""The control API for the WhatsApp world, under /_sim/whatsapp: templates, webhooks by hand, faults, settings."""

import asyncio
import base64
import random
from collections.abc import Sequence
from typing import Any

from aiohttp import web

from simulator.deliveries import Delivery
from simulator.jsonio import JsonObject
from simulator.replies import ControlError, JsonHandler, json_route, number, text
from simulator.whatsapp import limits
from simulator.whatsapp.book import Template
from simulator.whatsapp.byhand import change_of
from simulator.whatsapp.gate import SIGNATURES, WhatsAppGate
from simulator.whatsapp.platform import WhatsAppPlatform
from simulator.whatsapp.webhooks import HEADER, signature
from simulator.whatsapp.world import Chat, User

PREFIX = "/_sim/whatsapp"
LONGEST_POLL_S = 60.0


class WhatsAppControl:
    """Handlers; each takes the request and its JSON body, and returns JSON."""

    def __init__(self, whatsapp: WhatsAppPlatform) -> None:
        self._whatsapp = whatsapp

    def routes(self) -> list[web.RouteDef]:
        """All of /_sim/whatsapp except people, who have their own module."""
        table: list[tuple[str, str, JsonHandler]] = [
            ("GET", "/templates", self.templates),
            ("POST", "/templates", self.put_template),
            ("DELETE", "/templates/{name}", self.remove_template),
            ("POST", "/events", self.events),
            ("POST", "/raw", self.raw),
            ("POST", "/verify", self.verify),
            ("POST", "/redeliver", self.redeliver),
            ("GET", "/webhooks", self.webhooks),
            ("POST", "/messages/{id}/status", self.report),
            ("GET", "/held", self.held),
            ("POST", "/held/release", self.release),
            ("POST", "/held/drop", self.drop),
            ("GET", "/faults", self.faults),
            ("POST", "/faults", self.set_fault),
            ("DELETE", "/faults", self.clear_faults),
            ("GET", "/settings", self.settings),
            ("POST", "/settings", self.change_settings),
            ("GET", "/deliveries", self.deliveries),
            ("GET", "/allowance", self.allowance),
        ]
        return [web.route(method, PREFIX + path, json_route(handler)) for method, path, handler in table]

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
        if body.get("shuffle") is not None:
            random.Random(body["shuffle"]).shuffle(changes)  # noqa: S311 - repeatable on purpose
        spread = str(body.get("spread", "changes"))
        self._whatsapp.builder.envelope([], spread)
        bodies = [[change] for change in changes] if body.get("separate") else [changes]
        copies = 1 + int(body.get("duplicate", 0))
        courier = self._whatsapp.courier
        sent = [courier.dispatch(one, f"events-{id(one)}", spread) for one in bodies for _ in range(copies)]
        ends = await outcomes(sent, body)
        first = ends[0] if ends else {}
        return {
            "status": first.get("status"),
            "body_ms": first.get("elapsed_ms"),
            "events": changes,
            "deliveries": ends,
        }

    async def raw(self, request: web.Request, body: JsonObject) -> JsonObject:
        """Deliver exactly these bytes; without `signature`, rightly signed. null sends no signature at all."""
        settings = self._whatsapp.settings
        url = body.get("url") or settings.webhook_url
        if not isinstance(url, str):
            raise ControlError(409, "no webhook URL is set")
        try:
            raw = base64.b64decode(text(body, "body_base64"), validate=True)
        except ValueError as error:
            raise ControlError(400, "body_base64 is not base64") from error
        given = body.get("signature", "right")
        signed = signature(settings.app_secret, raw, given) if given in SIGNATURES else given
        headers = {str(name): str(value) for name, value in (body.get("headers") or {}).items()}
        if signed is not None:
            headers.setdefault(HEADER, str(signed))
        outcome, answer = await self._whatsapp.courier.deliver_raw(url, raw, headers, is_raw=True)
        return {**outcome.as_json(), "response": answer[:2_000].decode("utf-8", "replace")}

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

    async def redeliver(self, request: web.Request, body: JsonObject) -> JsonObject:
        """Send everything that got no 200, now."""
        sent = self._whatsapp.courier.redeliver()
        return {"sent": len(sent), "deliveries": await outcomes(sent, body)}

    async def webhooks(self, request: web.Request, body: JsonObject) -> JsonObject:
        """What is on its way, kept back and undelivered; `wait_idle` waits until nothing is on its way."""
        seconds = min(number(request, "wait_idle", 0), LONGEST_POLL_S)
        idle = await self._whatsapp.courier.idle(seconds)
        return {"idle": idle, **self._whatsapp.courier.state()}

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

    async def faults(self, request: web.Request, body: JsonObject) -> JsonObject:
        """The switches that are still on."""
        return {"faults": self._whatsapp.faults.remaining() + self._whatsapp.courier.gate.state()}

    async def set_fault(self, request: web.Request, body: JsonObject) -> JsonObject:
        """Set a switch: a fault of the API, a script for statuses, or a webhook switch."""
        if body.get("fault") in WhatsAppGate.switches:
            return {"released": self._whatsapp.courier.turn(body), "faults": self._whatsapp.courier.gate.state()}
        return self._whatsapp.faults.add(body).as_json()

    async def clear_faults(self, request: web.Request, body: JsonObject) -> JsonObject:
        """Turn everything off. Deliveries that were held back are released in their order."""
        self._whatsapp.faults.clear()
        released = self._whatsapp.courier.turn({"fault": "webhook_release", "order": "same"})
        self._whatsapp.courier.gate.clear()
        return {"faults": [], "released": released}

    async def settings(self, request: web.Request, body: JsonObject) -> JsonObject:
        """The number as it is."""
        return self._whatsapp.settings.as_json()

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


async def outcomes(sent: Sequence[Delivery], body: JsonObject) -> list[JsonObject]:
    """How the first attempts went; waits for them unless the request says `"wait": false`."""
    if body.get("wait", True) is False:
        return []
    return [outcome.as_json() for outcome in await asyncio.gather(*(delivery.outcome() for delivery in sent))]


def _received(chat: Chat, needle: str | None) -> list[JsonObject]:
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
