"""Carries webhooks to the bot: signs, posts, logs, and offers again whatever got no 200.

In order within a lane (one person), side by side between lanes.
"""

import asyncio
import hashlib
import hmac
import io
import secrets
import time
from collections import deque
from collections.abc import Coroutine
from typing import Any
from urllib.parse import urlencode

import aiohttp

from simulator.calls import Call, CallLog
from simulator.clock import Clock
from simulator.jsonio import JsonObject, ParseError, dumps, loads
from simulator.pulse import Pulse
from simulator.whatsapp import limits
from simulator.whatsapp.events import Builder, omit
from simulator.whatsapp.gate import LOST, Delivery, Gate, Outcome
from simulator.whatsapp.settings import Settings
from simulator.whatsapp.undelivered import Undelivered

DROPPED = Outcome(0, "LOST", "dropped by a reset")
NO_ADDRESS = Outcome(0, "NOT_SENT", "no webhook URL, or the webhook is not in use")
HEADER = "X-Hub-Signature-256"
_HEADERS = {"Content-Type": "application/json", "User-Agent": "facebookexternalua", "Accept": "*/*"}
_LARGE = 1_000_000  # larger bodies are sent piece by piece
_AT_ONCE = 256  # webhooks under way at the same time
_LOOK_S = 0.05  # how often due retries are looked for; the clock's file may move without telling


def sign(secret: str, raw: bytes) -> str:
    """sha256= and the hexadecimal HMAC-SHA256 of the body's bytes under the app secret."""
    return "sha256=" + hmac.digest(secret.encode(), raw, hashlib.sha256).hex()


def signature(secret: str, raw: bytes, kind: str = "right") -> str | None:
    """The right signature, or one of the wrong ones; None for no header at all."""
    if kind == "missing":
        return None
    if kind == "wrong":
        return "sha256=" + "0" * 64
    if kind == "other_secret":
        return sign(secret + "?", raw)
    if kind == "not_ascii":
        return "sha256=\u00e9" + sign(secret, raw)[8:]
    right = sign(secret, raw)
    return right.removeprefix("sha256=") if kind == "no_prefix" else right


class Courier:
    """The only part that calls the bot. Start it inside a running loop; stop it before the loop ends."""

    def __init__(self, settings: Settings, clock: Clock, log: CallLog, builder: Builder) -> None:
        self._settings = settings
        self._clock = clock
        self._log = log
        self._builder = builder
        self._session: aiohttp.ClientSession | None = None
        self._lanes: dict[str, deque[Delivery]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._undelivered = Undelivered()
        self._doors = asyncio.Semaphore(_AT_ONCE)
        self._idle = Pulse()
        self.gate = Gate()

    async def start(self) -> None:
        """Open the connection pool and begin to look for due retries."""
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0), trust_env=False, cookie_jar=aiohttp.DummyCookieJar()
        )
        self._keep(self._retry_when_due(), "whatsapp-retry")

    async def stop(self) -> None:
        """Drop what is on its way and close the pool."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    def dispatch(self, changes: list[Any], lane: str, spread: str = "changes") -> Delivery:
        """Send these changes in one body, after what is already under way in the same lane."""
        delivery = Delivery(omit(changes, self._settings.omit), lane, spread)
        for leaving in self.gate.admit(delivery):
            self._enqueue(leaving)
        if delivery.first.done() and delivery.first.result() is LOST:
            self._failed(delivery)
        return delivery

    def turn(self, wish: JsonObject) -> int:
        """Turn a webhook switch; returns how many deliveries leave because of it. Raises: ControlError."""
        leaving = self.gate.turn(wish)
        for delivery in leaving:
            self._enqueue(delivery)
        return len(leaving)

    def redeliver(self, only_due_ms: int | None = None) -> list[Delivery]:
        """Send what got no 200 again, rightly signed: all of it, or what is due by that time."""
        sent = []
        for delivery in self._undelivered.take(only_due_ms):
            again = delivery.copy()
            again.lane = f"retry-{id(delivery)}"
            again.signature = "right"
            sent.append(again)
            self._enqueue(again)
        return sent

    def state(self) -> JsonObject:
        """What is on its way, kept back, and not delivered."""
        return {
            "in_flight": sum(map(len, self._lanes.values())),
            "held": self.gate.held,
            "undelivered": len(self._undelivered),
        }

    async def idle(self, seconds: float) -> bool:
        """Wait until nothing is on its way; False when that takes longer."""
        until = time.monotonic() + seconds
        while self._lanes:
            if not await self._idle.wait(max(0.0, until - time.monotonic())):
                return not self._lanes
        return True

    def clear(self) -> None:
        """Forget what is held, waiting in a lane, or not delivered. What is being posted right now still arrives."""
        for lane in self._lanes.values():
            while len(lane) > 1:
                lane.pop().settle(DROPPED)
        self.gate.clear()
        self._undelivered.clear()

    async def verify(self, url: str, token: str) -> JsonObject:
        """The handshake: GET with a challenge, which has to come back bare, with 200."""
        challenge = str(secrets.randbelow(10**10))
        query = {"hub.mode": "subscribe", "hub.challenge": challenge, "hub.verify_token": token}
        joint = "&" if "?" in url else "?"
        outcome, answer = await self._exchange("GET", url + joint + urlencode(query), None, {})
        is_verified = outcome.is_ok and answer == challenge.encode()
        self._log.add(
            Call(
                kind="webhook",
                method="GET",
                path=url,
                status=outcome.status,
                body=query,
                response=_readable(answer),
                elapsed_ms=outcome.elapsed_ms,
                notes={"reason": outcome.reason, "detail": outcome.detail, "verified": is_verified},
            )
        )
        return {"verified": is_verified, **outcome.as_json()}

    async def deliver_raw(
        self, url: str, raw: bytes, headers: dict[str, str], **notes: object
    ) -> tuple[Outcome, bytes]:
        """POST exactly these bytes, and log it as a webhook call."""
        at_ms = self._clock.now_ms()
        outcome, answer = await self._exchange("POST", url, raw, headers)
        self._log.add(
            Call(
                kind="webhook",
                method="POST",
                path=url,
                status=outcome.status,
                body=_readable(raw),
                response=_readable(answer),
                elapsed_ms=outcome.elapsed_ms,
                notes={"reason": outcome.reason, "detail": outcome.detail, "bytes": len(raw), **notes},
                at_ms=at_ms,
            )
        )
        return outcome, answer

    async def _exchange(
        self, method: str, url: str, raw: bytes | None, headers: dict[str, str]
    ) -> tuple[Outcome, bytes]:
        started = time.perf_counter()
        status, answer, reason, detail = 0, b"", "OK", ""
        try:
            async with self._open.request(
                method,
                url,
                data=raw if raw is None or len(raw) < _LARGE else io.BytesIO(raw),
                headers={**_HEADERS, **headers},
                timeout=aiohttp.ClientTimeout(total=self._settings.webhook_timeout_s),
                allow_redirects=False,
            ) as response:
                answer = await response.read()
                status = response.status
                detail = str(status)
                reason = "OK" if status == 200 else "ERROR_STATUS_CODE"
        except TimeoutError:
            reason, detail = "REQUEST_TIMEOUT", "Request timeout"
        except (aiohttp.ClientConnectionError, aiohttp.InvalidURL) as error:
            reason, detail = "COULD_NOT_CONNECT", f"Failure to connect: {type(error).__name__}"
        except aiohttp.ClientError as error:
            reason, detail = "UNCLASSIFIED", type(error).__name__
        return Outcome(status, reason, detail, (time.perf_counter() - started) * 1000), answer

    @property
    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise RuntimeError("the courier has not been started")
        return self._session

    def _enqueue(self, delivery: Delivery) -> None:
        lane = self._lanes.get(delivery.lane)
        if lane is not None:
            lane.append(delivery)
            return
        self._lanes[delivery.lane] = lane = deque([delivery])
        self._keep(self._drain(delivery.lane, lane), f"whatsapp-webhook-{delivery.lane}")

    async def _drain(self, name: str, lane: deque[Delivery]) -> None:
        try:
            while lane:
                await self._attempt(lane[0])
                lane.popleft()
        finally:
            del self._lanes[name]
            if not self._lanes:
                self._idle.beat()

    async def _attempt(self, delivery: Delivery) -> None:
        url = self._settings.webhook_url
        if not url or not self._settings.webhook_active:
            delivery.settle(NO_ADDRESS)
            return
        delivery.attempt += 1
        async with self._doors:
            outcome = await self._deliver(url, delivery)
        if not outcome.is_ok:
            self._failed(delivery)
        delivery.settle(outcome)

    async def _deliver(self, url: str, delivery: Delivery) -> Outcome:
        raw = dumps(self._builder.envelope(delivery.changes, delivery.spread))
        signed = signature(self._settings.app_secret, raw, delivery.signature)
        headers = {} if signed is None else {HEADER: signed}
        outcome, _ = await self.deliver_raw(url, raw, headers, attempt=delivery.attempt)
        return outcome

    def _failed(self, delivery: Delivery) -> None:
        """Keep it for another attempt, less and less often, for seven days from the first one."""
        if not self._settings.webhook_retry:
            return
        now_ms = self._clock.now_ms()
        delivery.began_ms = now_ms if delivery.began_ms is None else delivery.began_ms
        intervals = self._settings.retry_intervals_s
        due_ms = now_ms + int(intervals[min(max(delivery.attempt, 1), len(intervals)) - 1] * 1000)
        if due_ms - delivery.began_ms <= limits.RETRY_MS:
            self._undelivered.add(delivery, due_ms)

    async def _retry_when_due(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_S)
            if len(self._undelivered) and self._settings.webhook_retry:
                self.redeliver(only_due_ms=self._clock.now_ms())

    def _keep(self, work: Coroutine[object, object, None], name: str) -> None:
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _readable(raw: bytes) -> object:
    if not raw:
        return None
    try:
        return loads(raw)
    except ParseError:
        return raw[:2_000].decode("utf-8", "replace")
