"""A LINE that can be told how fast, how late and how unreliable it is, and that remembers who got what.

`python -m benchmarks.fakes.line` prints its port. `POST /_bench/settings` takes the fields of `Settings`;
`GET /_bench/stats` tells what happened since `POST /_bench/reset`.
"""

from __future__ import annotations

import asyncio
import random
import time
import uuid
from collections import Counter, deque
from dataclasses import dataclass, field, fields
from typing import Any

import orjson

from benchmarks.wire import Request, Respond, listen

REPLY, PUSH, MULTICAST = "reply", "push", "multicast"
_PATHS = {f"/v2/bot/message/{kind}".encode(): kind for kind in (REPLY, PUSH, MULTICAST)}
_ANSWERS = {
    b"/v2/bot/info": {
        "userId": "U" + "f" * 32,
        "basicId": "@kakunin",
        "displayName": "確認ボット",
        "chatMode": "bot",
        "markAsReadMode": "auto",
    },
    b"/v2/bot/message/quota": {"type": "none"},
    b"/v2/bot/message/quota/consumption": {"totalUsage": 0},
}
_SENT = orjson.dumps({"sentMessages": [{"id": "1", "quoteToken": "q"}]})


@dataclass(slots=True)
class Settings:
    """How it behaves. Rates are calls a second, 0 for no limit."""

    latency: float = 0.0
    jitter: float = 0.0
    reply: float = 0.0
    push: float = 0.0
    multicast: float = 0.0
    burst: float = 1.0
    failing: float = 0.0
    """Share of pushes and multicasts answered 500; half of those were accepted all the same."""
    keep: int = 0
    """So many of the newest bodies are kept."""


@dataclass(slots=True)
class Bucket:
    """A strict token bucket: what it does not hold is refused."""

    tokens: float = 0.0
    at: float = 0.0

    def take(self, rate: float, burst: float) -> bool:
        """Whether one more call is within the limit."""
        now = time.monotonic()
        self.tokens = min(burst, self.tokens + (now - self.at) * rate)
        self.at = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


@dataclass(slots=True)
class Log:
    """What happened."""

    statuses: Counter[str] = field(default_factory=Counter)
    """By "kind status"."""
    reached: bytearray = field(default_factory=bytearray)
    """By the number in a user's id: how often something other than a reply reached that person."""
    tokens: set[str] = field(default_factory=set)
    accepted_keys: dict[bytes, bytes] = field(default_factory=dict)
    first_at: float = 0.0
    """Of what was accepted to be sent; replies are not."""
    last_at: float = 0.0
    bodies: deque[Any] = field(default_factory=deque)

    def reach(self, user: str) -> None:
        """Something appeared on this person's phone."""
        number = int(user[1:], 16)
        if number >= len(self.reached):
            self.reached.extend(bytes(max(4096, 2 * number - len(self.reached))))
        self.reached[number] = min(255, self.reached[number] + 1)

    def summary(self) -> dict[str, Any]:
        """As JSON takes it."""
        times = Counter(self.reached)
        return {
            "statuses": dict(self.statuses),
            "people": sum(n for count, n in times.items() if count),
            "people_twice": sum(n for count, n in times.items() if count > 1),
            "highest": len(self.reached.rstrip(b"\0")) - 1,
            "replies": len(self.tokens),
            "first_at": self.first_at,
            "last_at": self.last_at,
            "bodies": list(self.bodies),
        }


class FakeLine:
    """Answers calls as the settings say."""

    def __init__(self) -> None:
        self.settings = Settings()
        self.log = Log()
        self._buckets: dict[str, Bucket] = {}
        self._random = random.Random(7)

    def handle(self, request: Request, respond: Respond) -> None:
        """One request."""
        kind = _PATHS.get(request.path)
        if kind is None:
            self._aside(request, respond)
            return
        status, body, headers = self._call(kind, request)
        self.log.statuses[f"{kind} {status}"] += 1
        late = self.settings.latency
        if self.settings.jitter:
            late += self._random.uniform(-self.settings.jitter, self.settings.jitter)
        if late > 0:
            asyncio.get_running_loop().call_later(late, respond, status, body, headers)
        else:
            respond(status, body, headers)

    def _call(self, kind: str, request: Request) -> tuple[int, bytes, bytes]:
        key = request.header(b"x-line-retry-key")
        if earlier := self.log.accepted_keys.get(key):
            headers = b"x-line-request-id: %s\r\nx-line-accepted-request-id: %s\r\n" % (_request_id(), earlier)
            return 409, b'{"message":"The retry key is already accepted"}', headers
        rate = getattr(self.settings, kind)
        if rate and not self._buckets.setdefault(kind, Bucket()).take(rate, self.settings.burst):
            return 429, b'{"message":"The API rate limit has been exceeded. Try again later."}', b""
        request_id = _request_id()
        fails = kind != REPLY and self.settings.failing and self._random.random() < self.settings.failing
        if not fails or self._random.random() < 0.5:
            self._accept(kind, request, key, request_id)
        if fails:
            return 500, b'{"message":"Internal server error"}', b""
        return 200, _SENT, b"x-line-request-id: %s\r\n" % request_id

    def _accept(self, kind: str, request: Request, key: bytes, request_id: bytes) -> None:
        log = self.log
        if key:
            log.accepted_keys[key] = request_id
        if self.settings.keep:
            log.bodies.append(orjson.loads(request.body))
            while len(log.bodies) > self.settings.keep:
                log.bodies.popleft()
        if kind == REPLY:
            log.tokens.add(orjson.loads(request.body)["replyToken"])
            return
        log.last_at = time.monotonic()
        log.first_at = log.first_at or log.last_at
        to = orjson.loads(request.body)["to"]
        for user in to if isinstance(to, list) else [to]:
            log.reach(user)

    def _aside(self, request: Request, respond: Respond) -> None:
        if request.path == b"/_bench/settings":
            given = orjson.loads(request.body)
            self.settings = Settings(**{f.name: given[f.name] for f in fields(Settings) if f.name in given})
            self._buckets.clear()
            respond(200, b"{}", b"")
        elif request.path == b"/_bench/reset":
            self.log = Log()
            respond(200, b"{}", b"")
        elif request.path == b"/_bench/stats":
            respond(200, orjson.dumps(self.log.summary()), b"")
        else:
            respond(200, orjson.dumps(_ANSWERS.get(request.path, {})), b"x-line-request-id: rare\r\n")


def _request_id() -> bytes:
    return uuid.uuid4().bytes.hex().encode()


async def _main() -> None:
    server, port = await listen(FakeLine().handle)
    print(f"listening {port}", flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_main())
