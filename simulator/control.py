"""The control API that all platforms share, under /_sim: health, clock, call log, live updates, reset."""

import time
from collections.abc import Callable

from aiohttp import web

from simulator.calls import CallLog
from simulator.clock import Clock
from simulator.jsonio import JsonObject
from simulator.replies import ControlError, json_routes, number, patience


class Control:
    """Handlers; each takes the request and its JSON body, and returns JSON."""

    def __init__(self, clock: Clock, log: CallLog, reset: Callable[[], None]) -> None:
        self._clock = clock
        self._log = log
        self._reset = reset

    def routes(self) -> list[web.RouteDef]:
        """The shared routes."""
        table = [
            ("GET", "/health", self.health),
            ("GET", "/clock", self.clock),
            ("POST", "/clock", self.move_clock),
            ("GET", "/calls", self.calls),
            ("GET", "/calls/summary", self.summary),
            ("POST", "/reset", self.reset),
        ]
        return json_routes("/_sim", table)

    async def health(self, request: web.Request, body: JsonObject) -> JsonObject:
        """The simulator runs."""
        return {"ok": True, "platforms": ["line", "whatsapp"]}

    async def clock(self, request: web.Request, body: JsonObject) -> JsonObject:
        """The simulated time."""
        return {"offset": self._clock.offset, "now_ms": self._clock.now_ms()}

    async def move_clock(self, request: web.Request, body: JsonObject) -> JsonObject:
        """Set the offset to the system clock, or add to it; in seconds."""
        try:
            offset = float(body["offset"]) if "offset" in body else self._clock.offset + float(body["advance"])
        except (KeyError, TypeError, ValueError) as error:
            raise ControlError(400, "give offset or advance, in seconds") from error
        self._clock.set(offset)
        return await self.clock(request, {})

    async def calls(self, request: web.Request, body: JsonObject) -> JsonObject:
        """Calls after a number, as a long poll; `kind` and `path` (a part of it) narrow it down."""
        after, limit = int(number(request, "after", 0)), int(number(request, "limit", 1_000))
        until = time.monotonic() + patience(request, "wait")
        kind, path = request.query.get("kind"), request.query.get("path", "")
        while True:
            seen = self._log.after(after)
            found = [call for call in seen if kind in {None, call.kind} and path in call.path][:limit]
            left = until - time.monotonic()
            if found or left <= 0:
                last = found[-1].seq if len(found) == limit else max(after, seen[-1].seq if seen else 0)
                return {"calls": [call.as_json() for call in found], "last_seq": last}
            await self._log.pulse.wait(left)

    async def summary(self, request: web.Request, body: JsonObject) -> JsonObject:
        """How many calls per path and status."""
        return {"summary": self._log.summary()}

    async def reset(self, request: web.Request, body: JsonObject) -> JsonObject:
        """Forget everybody and everything; the clock stays where it is."""
        self._reset()
        return {"ok": True}
