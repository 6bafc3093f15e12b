"""The control API's manner of answering: JSON in, JSON out, refusals with a reason."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from aiohttp import web

from simulator.jsonio import JsonObject, ParseError, dumps, loads

LONGEST_POLL_S = 60.0
JsonHandler = Callable[[web.Request, JsonObject], Awaitable[JsonObject]]


class ControlError(Exception):
    """A control request that cannot be carried out; `extra` fields help the one who asked."""

    def __init__(self, status: int, message: str, **extra: Any) -> None:
        super().__init__(message)
        self.status = status
        self.body: JsonObject = {"error": message, **extra}


def respond(body: Any, status: int = 200) -> web.Response:
    """A JSON response that no cache keeps."""
    return web.Response(
        body=dumps(body), status=status, content_type="application/json", headers={"Cache-Control": "no-store"}
    )


def json_route(handler: JsonHandler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Wrap a handler: the request's JSON object (or {}) goes in, the JSON it returns goes out."""

    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            return respond(await handler(request, await _object(request)))
        except ControlError as error:
            return respond(error.body, error.status)

    return answer


def json_routes(prefix: str, table: Iterable[tuple[str, str, JsonHandler]]) -> list[web.RouteDef]:
    """A route for each method, path under `prefix`, and handler."""
    return [web.route(method, prefix + path, json_route(handler)) for method, path, handler in table]


def patience(request: web.Request, name: str) -> float:
    """How many seconds a long poll may last: that query parameter, at most 60. Raises: ControlError."""
    return min(number(request, name, 0), LONGEST_POLL_S)


def number(request: web.Request, name: str, default: float) -> float:
    """A numeric query parameter. Raises: ControlError."""
    try:
        return float(request.query.get(name, default))
    except ValueError as error:
        raise ControlError(400, f"{name} must be a number") from error


def text(body: JsonObject, name: str, default: str | None = None) -> str:
    """A string from the body. Raises: ControlError when it is missing and has no default."""
    value = body.get(name, default)
    if not isinstance(value, str):
        raise ControlError(400, f"{name} must be a string")
    return value


async def _object(request: web.Request) -> JsonObject:
    raw = await request.read()
    if not raw:
        return {}
    try:
        body = loads(raw)
    except ParseError as error:
        raise ControlError(400, f"not JSON: {error}") from error
    if not isinstance(body, dict):
        raise ControlError(400, "the body must be a JSON object")
    return body
