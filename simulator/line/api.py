"""The LINE API over HTTP, under /line: authorisation, pace, faults and the call log around every endpoint."""

import asyncio
import re
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from simulator.calls import CallLog
from simulator.clock import Clock
from simulator.exchange import Answer, ApiCall, Work
from simulator.jsonio import ParseError, loads
from simulator.line import errors, limits, spans
from simulator.line.account import Account
from simulator.line.errors import ApiError
from simulator.line.faults import LineFault, LineFaults
from simulator.line.memory import Pace
from simulator.line.sending import Dispatcher
from simulator.line.settings import Settings
from simulator.serving import is_authorised, received, respond, spoil, worked

PREFIX = "/line"

_REFUSALS = {
    "rate_limit_429": errors.RATE_LIMITED,
    "monthly_429": errors.MONTHLY_LIMIT,
    "flood_429": errors.FLOOD,
}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`name` is what rate limits and faults know it by."""

    name: str
    method: str
    path: str
    work: Work


def endpoints(dispatcher: Dispatcher, account: Account) -> list[Endpoint]:
    """Every endpoint that is simulated."""
    message, channel, group = "/v2/bot/message", "/v2/bot/channel/webhook", "/v2/bot/group/{groupId}"
    return [
        Endpoint("reply", "POST", f"{message}/reply", dispatcher.reply),
        Endpoint("push", "POST", f"{message}/push", dispatcher.push),
        Endpoint("multicast", "POST", f"{message}/multicast", dispatcher.multicast),
        Endpoint("validate_reply", "POST", f"{message}/validate/reply", dispatcher.validate),
        Endpoint("validate_push", "POST", f"{message}/validate/push", dispatcher.validate),
        Endpoint("validate_multicast", "POST", f"{message}/validate/multicast", dispatcher.validate),
        Endpoint("quota", "GET", f"{message}/quota", account.quota),
        Endpoint("consumption", "GET", f"{message}/quota/consumption", account.consumption),
        Endpoint("content", "GET", f"{message}/{{messageId}}/content", account.content),
        Endpoint("profile", "GET", "/v2/bot/profile/{userId}", account.profile),
        Endpoint("info", "GET", "/v2/bot/info", account.info),
        Endpoint("get_webhook", "GET", f"{channel}/endpoint", account.get_webhook),
        Endpoint("set_webhook", "PUT", f"{channel}/endpoint", account.set_webhook),
        Endpoint("test_webhook", "POST", f"{channel}/test", account.test_webhook),
        Endpoint("group_summary", "GET", f"{group}/summary", account.group_summary),
        Endpoint("group_count", "GET", f"{group}/members/count", account.group_count),
        Endpoint("group_member", "GET", f"{group}/member/{{userId}}", account.group_member),
        Endpoint("group_leave", "POST", f"{group}/leave", account.group_leave),
        Endpoint("group_members", "GET", f"{group}/members/ids", account.verified_only),
        Endpoint("followers", "GET", "/v2/bot/followers/ids", account.verified_only),
        Endpoint("loading", "POST", "/v2/bot/chat/loading/start", account.loading),
    ]


class Api:
    """Serves the endpoints. `stopping` ends calls that a fault keeps waiting."""

    def __init__(
        self, settings: Settings, clock: Clock, log: CallLog, faults: LineFaults, stopping: asyncio.Event
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._log = log
        self._faults = faults
        self._stopping = stopping
        self.pace = Pace(settings)
        self._patterns: list[re.Pattern[str]] = []

    def routes(self, known: list[Endpoint]) -> list[web.RouteDef]:
        """Routes for the endpoints, and LINE's "Not found" for every other path under /line."""
        self._patterns = [re.compile(re.sub(r"\{\w+\}", "[^/]+", endpoint.path)) for endpoint in known]
        served = [
            web.route(endpoint.method, PREFIX + endpoint.path, self._handler(endpoint), **_NO_HEAD[endpoint.method])
            for endpoint in known
        ]
        return [*served, web.route("*", PREFIX + "/{tail:.*}", self._unknown)]

    def _handler(self, endpoint: Endpoint) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handle(request: web.Request) -> web.StreamResponse:
            call = await _received(request, self._clock)
            if self._settings.latency_ms:
                await asyncio.sleep(self._settings.latency_ms / 1000)
            answer, fault = await self._answer(endpoint, request, call)
            response = self._respond(request, call, answer)
            return response if fault is None else await spoil(request, response, fault, self._stopping)

        return handle

    async def _answer(self, endpoint: Endpoint, request: web.Request, call: ApiCall) -> tuple[Answer, LineFault | None]:
        try:
            self._admit(endpoint, request, call)
            fault = self._faults.take(endpoint.name, "before")
            if fault is not None:
                return _refusal(fault), fault if fault.is_silence else None
            call.body = _body(request, call.raw)
            answer = await worked(endpoint.work, call)
        except ApiError as error:
            return Answer(error.body, error.status), None
        fault = self._faults.take(endpoint.name, "after")
        if fault is not None:
            answer = _spoiled(answer, fault)
        return answer, fault if fault is not None and fault.is_silence else None

    def _admit(self, endpoint: Endpoint, request: web.Request, call: ApiCall) -> None:
        if not is_authorised(request, self._settings.access_tokens):
            raise ApiError(401, errors.UNAUTHORIZED)
        if len(call.raw) > limits.REQUEST_BYTES:
            raise ApiError(413, "Request exceeds the max size of 2MB")
        if not self.pace.take(endpoint.name, self._clock.now_ms()):
            raise ApiError(429, errors.RATE_LIMITED)

    def _respond(self, request: web.Request, call: ApiCall, answer: Answer) -> web.Response:
        headers = {"x-line-request-id": call.request_id}
        return respond(request, call, answer, self._log, headers, _shown)

    async def _unknown(self, request: web.Request) -> web.StreamResponse:
        path = request.path.removeprefix(PREFIX)
        wrong_method = any(pattern.fullmatch(path) for pattern in self._patterns)
        answer = (
            Answer({"message": f"Request method '{request.method}' is not supported"}, 405)
            if wrong_method
            else Answer({"message": errors.NOT_FOUND}, 404)
        )
        return self._respond(request, await _received(request, self._clock), answer)


_NO_HEAD: dict[str, dict[str, bool]] = {"GET": {"allow_head": False}, "POST": {}, "PUT": {}}


async def _received(request: web.Request, clock: Clock) -> ApiCall:
    call = await received(request, clock, str(uuid.uuid4()))
    call.params = dict(request.match_info)
    call.retry_key = request.headers.get("X-Line-Retry-Key")
    return call


def _body(request: web.Request, raw: bytes) -> object:
    if request.method == "GET" or not raw:
        return None
    if request.content_type != "application/json":
        raise ApiError(415, f"The content type, {request.content_type}, is not supported")
    if spans.depth(raw) > spans.FINE_DEPTH:
        raise ApiError(400, "The request body could not be parsed as JSON (line: -, column: -)")
    try:
        return loads(raw)
    except ParseError as error:
        where = f"line: {error.lineno}, column: {error.colno}"
        raise ApiError(400, f"The request body could not be parsed as JSON ({where})") from error


def _refusal(fault: LineFault) -> Answer:
    notes = {"fault": fault.kind}
    if fault.kind in _REFUSALS:
        return Answer({"message": _REFUSALS[fault.kind]}, 429, notes=notes)
    if fault.is_silence:
        return Answer({}, 0, notes=notes)
    if fault.kind == "status" and isinstance(fault.body, str):
        return Answer(fault.body.encode(), fault.status, content_type="text/plain", notes=notes)
    body = fault.body if isinstance(fault.body, dict) else {"message": "Internal server error"}
    return Answer(body, fault.status, notes=notes)


def _spoiled(answer: Answer, fault: LineFault) -> Answer:
    """The accepted request's answer, lost on the way; what was delivered stays delivered."""
    notes = {**answer.notes, "fault": fault.kind, "accepted": answer.status in {200, 202}}
    if fault.is_silence:
        return Answer({}, 0, delivered_to=answer.delivered_to, notes=notes)
    if fault.kind == "bad_body_after":
        page = b"<html>not JSON"
        return Answer(page, answer.status, content_type="text/html", delivered_to=answer.delivered_to, notes=notes)
    return Answer({"message": "Internal server error"}, fault.status, delivered_to=answer.delivered_to, notes=notes)


def _shown(raw: bytes) -> object:
    """The body of a request that was refused before it was read, for the log."""
    if not raw or spans.depth(raw) > spans.FINE_DEPTH or len(raw) > limits.REQUEST_BYTES:
        return raw[:2_000].decode("utf-8", "replace") or None
    try:
        return loads(raw)
    except ParseError:
        return raw[:2_000].decode("utf-8", "replace")
