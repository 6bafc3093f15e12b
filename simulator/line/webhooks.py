"""Carries webhooks to the bot: signs, posts, waits two seconds, logs, and redelivers when that is switched on.

In order within a lane (one person or group), side by side between lanes.
"""

import asyncio
import base64
import hashlib
import hmac
import io
import time
from collections import deque
from collections.abc import Coroutine

import aiohttp

from simulator.calls import Call, CallLog
from simulator.clock import Clock
from simulator.jsonio import JsonObject, ParseError, dumps, loads
from simulator.line.gate import Delivery, Gate, Outcome, lane_of
from simulator.line.memory import ReplyTokens
from simulator.line.settings import Settings
from simulator.line.undelivered import Undelivered
from simulator.pulse import Pulse

DROPPED = Outcome(0, "LOST", "dropped by a reset")
NO_ADDRESS = Outcome(0, "NOT_SENT", "no webhook URL, or the webhook is not in use")
_HEADERS = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "LineBotWebhook/2.0"}
_LARGE = 1_000_000  # larger bodies are sent piece by piece
_AT_ONCE = 256  # webhooks under way at the same time
_LOOK_S = 0.05  # how often due redeliveries are looked for; the clock's file may move without telling


def sign(secret: str, raw: bytes) -> str:
    """base64(HMAC-SHA256(channel secret, body bytes)) (Messaging API reference, "Signature validation")."""
    return base64.b64encode(hmac.digest(secret.encode(), raw, hashlib.sha256)).decode()


class Courier:
    """The only part that calls the bot. Start it inside a running loop; stop it before the loop ends."""

    def __init__(self, settings: Settings, clock: Clock, log: CallLog, tokens: ReplyTokens) -> None:
        self._settings = settings
        self._clock = clock
        self._log = log
        self._tokens = tokens
        self._session: aiohttp.ClientSession | None = None
        self._lanes: dict[str, deque[Delivery]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._undelivered = Undelivered()
        self._doors = asyncio.Semaphore(_AT_ONCE)
        self._idle = Pulse()
        self.gate = Gate()

    async def start(self) -> None:
        """Open the connection pool and begin to look for due redeliveries."""
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0), trust_env=False, cookie_jar=aiohttp.DummyCookieJar()
        )
        self._keep(self._redeliver_when_due(), "line-redelivery")

    async def stop(self) -> None:
        """Drop what is on its way and close the pool."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    def dispatch(self, events: list[JsonObject], lane: str | None = None) -> Delivery:
        """Send these events in one body, after what is already under way in the same lane."""
        delivery = Delivery(events, lane or lane_of(events))
        for leaving in self.gate.admit(delivery):
            self._enqueue(leaving)
        if delivery.first.done() and delivery.first.result().reason == "LOST":
            self._failed(delivery)
        return delivery

    def turn(self, wish: JsonObject) -> int:
        """Turn a webhook switch; returns how many deliveries leave because of it. Raises: ControlError."""
        leaving = self.gate.turn(wish)
        for delivery in leaving:
            self._enqueue(delivery)
        return len(leaving)

    def redeliver(self, only_due_ms: int | None = None) -> list[Delivery]:
        """Send what was not delivered again: all of it, or what is due by that time."""
        sent = []
        for delivery in self._undelivered.take(only_due_ms):
            events = [{**event, "deliveryContext": {"isRedelivery": True}} for event in delivery.events]
            sent.append(Delivery(events, f"redelivery-{id(delivery)}", attempt=delivery.attempt))
            self._enqueue(sent[-1])
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

    async def post(self, url: str, raw: bytes, headers: dict[str, str]) -> tuple[Outcome, bytes]:
        """POST exactly these bytes; two seconds for the whole exchange."""
        started = time.perf_counter()
        status, answer, reason, detail = 0, b"", "OK", ""
        try:
            async with self._open.post(
                url,
                data=raw if len(raw) < _LARGE else io.BytesIO(raw),
                headers={**_HEADERS, **headers},
                timeout=aiohttp.ClientTimeout(total=self._settings.webhook_timeout_s),
                allow_redirects=False,
            ) as response:
                answer = await response.read()
                status = response.status
                detail = str(status)
                reason = "OK" if 200 <= status < 300 else "ERROR_STATUS_CODE"
        except TimeoutError:
            reason, detail = "REQUEST_TIMEOUT", "Request timeout"
        except (aiohttp.ClientConnectionError, aiohttp.InvalidURL) as error:
            reason, detail = "COULD_NOT_CONNECT", f"Failure to connect: {type(error).__name__}"
        except aiohttp.ClientError as error:
            reason, detail = "UNCLASSIFIED", type(error).__name__
        return Outcome(status, reason, detail, (time.perf_counter() - started) * 1000), answer

    async def deliver_raw(
        self, url: str, raw: bytes, headers: dict[str, str], **notes: object
    ) -> tuple[Outcome, bytes]:
        """As `post`, and logged as a webhook call."""
        at_ms = self._clock.now_ms()
        outcome, answer = await self.post(url, raw, headers)
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
        self._keep(self._drain(delivery.lane, lane), f"line-webhook-{delivery.lane}")

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
        self._open_reply_tokens(delivery)
        raw = dumps({"destination": self._settings.bot_user_id, "events": delivery.events})
        signature = sign(self._settings.channel_secrets[0], raw)
        outcome, _ = await self.deliver_raw(url, raw, {"x-line-signature": signature}, attempt=delivery.attempt)
        return outcome

    def _open_reply_tokens(self, delivery: Delivery) -> None:
        now_ms = self._clock.now_ms()
        for event in delivery.events:
            token = event.get("replyToken")
            if isinstance(token, str):
                self._tokens.delivered(token, now_ms)

    def _failed(self, delivery: Delivery) -> None:
        intervals = self._settings.redelivery_intervals_s
        if self._settings.webhook_redelivery:
            attempt = max(1, delivery.attempt)
            if attempt > len(intervals):
                return  # LINE gives up after an undisclosed number of attempts
            delivery.due_ms = self._clock.now_ms() + int(intervals[attempt - 1] * 1000)
        self._undelivered.add(delivery)

    async def _redeliver_when_due(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_S)
            if len(self._undelivered) and self._settings.webhook_redelivery:
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
