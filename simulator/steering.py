"""The part of the control API that every platform has: its webhooks, its faults, its settings."""

import base64
import random
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from aiohttp import web

from simulator.courier import Courier, WebhookSettings
from simulator.deliveries import Delivery, outcomes
from simulator.faults import Faults
from simulator.jsonio import JsonObject
from simulator.replies import ControlError, json_routes, patience, text


class PlatformSettings(WebhookSettings, Protocol):
    """Settings that can be shown."""

    def as_json(self) -> JsonObject:
        """All of them."""


class Steering:
    """Handlers; each takes the request and its JSON body, and returns JSON.

    `signed` makes the headers that sign raw bytes as the request wishes.
    """

    def __init__(
        self,
        courier: Courier[Any],
        faults: Faults[Any],
        settings: PlatformSettings,
        signed: Callable[[bytes, JsonObject], dict[str, str]],
    ) -> None:
        self._courier = courier
        self._faults = faults
        self._settings = settings
        self._signed = signed

    def routes(self, prefix: str) -> list[web.RouteDef]:
        """What is the same under every platform's prefix."""
        return json_routes(
            prefix,
            [
                ("POST", "/raw", self.raw),
                ("POST", "/redeliver", self.redeliver),
                ("GET", "/webhooks", self.webhooks),
                ("GET", "/faults", self.faults),
                ("POST", "/faults", self.set_fault),
                ("DELETE", "/faults", self.clear_faults),
                ("GET", "/settings", self.settings),
            ],
        )

    async def raw(self, request: web.Request, body: JsonObject) -> JsonObject:
        """Deliver exactly these bytes; without `signature`, rightly signed. null sends no signature at all."""
        url = body.get("url") or self._settings.webhook_url
        if not isinstance(url, str):
            raise ControlError(409, "no webhook URL is set")
        try:
            raw = base64.b64decode(text(body, "body_base64"), validate=True)
        except ValueError as error:
            raise ControlError(400, "body_base64 is not base64") from error
        headers = {str(name): str(value) for name, value in (body.get("headers") or {}).items()}
        outcome, answer = await self._courier.deliver_raw(url, raw, {**self._signed(raw, body), **headers}, is_raw=True)
        return {**outcome.as_json(), "response": answer[:2_000].decode("utf-8", "replace")}

    async def redeliver(self, request: web.Request, body: JsonObject) -> JsonObject:
        """Send everything that was not taken, now."""
        sent = self._courier.redeliver()
        return {"sent": len(sent), "deliveries": await outcomes(sent, body)}

    async def webhooks(self, request: web.Request, body: JsonObject) -> JsonObject:
        """What is on its way, kept back and undelivered; `wait_idle` waits until nothing is on its way."""
        idle = await self._courier.idle(patience(request, "wait_idle"))
        return {"idle": idle, **self._courier.state()}

    async def faults(self, request: web.Request, body: JsonObject) -> JsonObject:
        """The switches that are still on."""
        return {"faults": self._faults.remaining() + self._courier.gate.state()}

    async def set_fault(self, request: web.Request, body: JsonObject) -> JsonObject:
        """Set a switch: a fault of the API, or a webhook switch."""
        if body.get("fault") in self._courier.gate.switches:
            return {"released": self._courier.turn(body), "faults": self._courier.gate.state()}
        known: JsonObject = self._faults.add(body).as_json()
        return known

    async def clear_faults(self, request: web.Request, body: JsonObject) -> JsonObject:
        """Turn everything off. Deliveries that were held back are released in their order."""
        self._faults.clear()
        released = self._courier.turn({"fault": "webhook_release", "order": "same"})
        self._courier.gate.clear()
        return {"faults": [], "released": released}

    async def settings(self, request: web.Request, body: JsonObject) -> JsonObject:
        """The channel, or the number, as it is."""
        return self._settings.as_json()


def arranged(events: list[Any], body: JsonObject) -> list[list[Any]]:
    """The bodies in which events made by hand go out: all in one, or each in its own with `separate`.

    With `shuffle`, a seed, the events change places; `duplicate` more bodies follow each one.
    """
    if body.get("shuffle") is not None:
        random.Random(body["shuffle"]).shuffle(events)  # noqa: S311 - repeatable on purpose
    bodies = [[event] for event in events] if body.get("separate") else [events]
    return [one for one in bodies for _ in range(1 + int(body.get("duplicate", 0)))]


async def events_json(events: list[Any], sent: Sequence[Delivery], body: JsonObject) -> JsonObject:
    """How events made by hand went: the first body's answer, and all of them."""
    ends = await outcomes(sent, body)
    first = ends[0] if ends else {}
    return {"status": first.get("status"), "body_ms": first.get("elapsed_ms"), "events": events, "deliveries": ends}
