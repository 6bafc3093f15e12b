"""The Graph API over HTTP, under /whatsapp/<version>: authorisation, faults and the call log around every endpoint."""

import asyncio
import secrets
from dataclasses import dataclass

from aiohttp import web

from simulator.calls import CallLog
from simulator.clock import Clock
from simulator.exchange import Answer, ApiCall, Work
from simulator.jsonio import JsonObject, ParseError, loads
from simulator.serving import is_authorised, received, respond, spoil, worked
from simulator.whatsapp import limits
from simulator.whatsapp.account import Account
from simulator.whatsapp.errors import GraphError, bare, not_found
from simulator.whatsapp.faults import WhatsAppFault, WhatsAppFaults
from simulator.whatsapp.sending import Dispatcher
from simulator.whatsapp.settings import Settings
from simulator.whatsapp.world import digits

PREFIX = "/whatsapp"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`name` is what faults know it by; `node` is whose id the path begins with; `edge` is what follows it."""

    name: str
    method: str
    node: str
    edge: str
    work: Work


def endpoints(dispatcher: Dispatcher, account: Account) -> list[Endpoint]:
    """Every endpoint that is simulated."""
    return [
        Endpoint("messages", "POST", "number", "messages", dispatcher.messages),
        Endpoint("phone_number", "GET", "number", "", account.phone_number),
        Endpoint("business_account", "GET", "account", "", account.business_account),
        Endpoint("phone_numbers", "GET", "account", "phone_numbers", account.phone_numbers),
        Endpoint("templates", "GET", "account", "message_templates", account.templates),
        Endpoint("create_template", "POST", "account", "message_templates", account.create_template),
        Endpoint("delete_template", "DELETE", "account", "message_templates", account.delete_template),
        Endpoint("subscribed_apps", "GET", "account", "subscribed_apps", account.subscribed_apps),
        Endpoint("subscribe", "POST", "account", "subscribed_apps", account.subscribe),
        Endpoint("unsubscribe", "DELETE", "account", "subscribed_apps", account.unsubscribe),
    ]


class Api:
    """Serves the endpoints. `stopping` ends calls that a fault keeps waiting."""

    def __init__(
        self, settings: Settings, clock: Clock, log: CallLog, faults: WhatsAppFaults, stopping: asyncio.Event
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._log = log
        self._faults = faults
        self._stopping = stopping
        self._known: list[Endpoint] = []

    def routes(self, known: list[Endpoint]) -> list[web.RouteDef]:
        """One route for everything under /whatsapp: ids are settings, and may change."""
        self._known = known
        return [web.route("*", PREFIX + "/{tail:.*}", self._handle)]

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        call = await received(request, self._clock, secrets.token_hex(8))
        call.query = dict(request.query)
        if self._settings.latency_ms:
            await asyncio.sleep(self._settings.latency_ms / 1000)
        answer, fault = await self._answer(request, call)
        headers = {"x-fb-request-id": call.request_id}
        response = respond(request, call, answer, self._log, headers, _shown)
        if fault is None or not (fault.is_silence or fault.kind == "answer_late"):
            return response
        return await spoil(request, response, fault, self._stopping)

    async def _answer(self, request: web.Request, call: ApiCall) -> tuple[Answer, WhatsAppFault | None]:
        try:
            endpoint = self._endpoint(request)
            call.body = _body(request, call.raw)
            fault = self._faults.take(endpoint.name, "before", _addresses(call.body))
            if fault is not None:
                return _refusal(fault), fault
            answer = await worked(endpoint.work, call)
        except GraphError as error:
            return Answer(error.body, error.status), None
        fault = self._faults.take(endpoint.name, "after", _addresses(call.body))
        return (answer if fault is None else _spoiled(answer, fault)), fault

    def _endpoint(self, request: web.Request) -> Endpoint:
        """Who is asked for what. Raises: GraphError."""
        if not is_authorised(request, self._settings.access_tokens):
            raise bare(190, "Invalid OAuth access token - Cannot parse access token", 401)
        version, _, path = request.path.removeprefix(PREFIX + "/").partition("/")
        node, _, edge = path.partition("/")
        if version not in limits.VERSIONS or not node:
            raise bare(2500, f"Unknown path components: /{path}", 400)
        kinds = {self._settings.phone_number_id: "number", self._settings.waba_id: "account"}
        if node not in kinds:
            raise not_found(request.method, node)
        for endpoint in self._known:
            if (endpoint.method, endpoint.node, endpoint.edge) == (request.method, kinds[node], edge):
                return endpoint
        raise bare(2500, f"Unknown path components: /{edge}", 400) if edge else not_found(request.method, node)


def _body(request: web.Request, raw: bytes) -> object:
    if request.method not in {"POST", "PUT"} or not raw:
        return None
    if len(raw) > limits.REQUEST_BYTES:
        raise bare(1, "Please reduce the amount of data you're asking for, then retry your request", 413)
    try:
        return loads(raw)
    except ParseError as error:
        raise bare(100, "(#100) The body is not JSON", 400) from error


def _addresses(body: object) -> set[str]:
    """How a fault may have named the recipient of this request."""
    if not isinstance(body, dict):
        return set()
    given = [str(body[name]) for name in ("to", "recipient") if body.get(name) is not None]
    return {*given, *map(digits, given)}


def _refusal(fault: WhatsAppFault) -> Answer:
    notes: JsonObject = {"fault": fault.kind}
    if fault.is_silence:
        return Answer({}, 0, notes=notes)
    if fault.kind == "status":
        if isinstance(fault.body, str):
            return Answer(fault.body.encode(), fault.status or 500, "text/plain", notes=notes)
        return Answer(fault.body if isinstance(fault.body, dict) else {}, fault.status or 500, notes=notes)
    code = fault.code if fault.kind == "error" else 131000
    error = GraphError(code, fault.details, status=fault.status)
    return Answer(error.body, error.status, notes=notes)


def _spoiled(answer: Answer, fault: WhatsAppFault) -> Answer:
    """The accepted request's answer, lost or odd; what was delivered stays delivered."""
    notes = {**answer.notes, "fault": fault.kind, "accepted": True}
    if fault.kind == "answer_late":
        return Answer(answer.body, answer.status, delivered_to=answer.delivered_to, notes=notes)
    if fault.is_silence:
        return Answer({}, 0, delivered_to=answer.delivered_to, notes=notes)
    if fault.kind == "bad_body_after":
        return Answer(b"<html>not JSON", 200, "text/html", delivered_to=answer.delivered_to, notes=notes)
    if fault.kind == "answer_without":
        return Answer(_without(answer.body, fault.names), 200, delivered_to=answer.delivered_to, notes=notes)
    error = GraphError(131000, status=fault.status or 500)
    return Answer(error.body, error.status, delivered_to=answer.delivered_to, notes=notes)


def _without(body: JsonObject | bytes, names: list[str]) -> JsonObject:
    if isinstance(body, bytes):
        return {}
    contacts = [{key: value for key, value in one.items() if key not in names} for one in body.get("contacts", [])]
    messages = [{key: value for key, value in one.items() if key not in names} for one in body.get("messages", [])]
    slim = {**body, "contacts": contacts, "messages": messages}
    if "contacts" in names:
        del slim["contacts"]
    return slim


def _shown(raw: bytes) -> object:
    """The body of a request that was refused before it was read, for the log."""
    return raw[:2_000].decode("utf-8", "replace") or None
