"""Carries webhooks to the bot: posts, waits, logs, and offers again what was not taken.

In order within a lane (one person or group), side by side between lanes. How a body is made and signed, what counts
as taken and when it is tried again is the platform's.
"""

import asyncio
import io
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Coroutine
from typing import ClassVar, Generic, Protocol

import aiohttp

from simulator.calls import Call, CallLog
from simulator.clock import Clock
from simulator.deliveries import LOST, D, Outcome, Undelivered
from simulator.gate import Gate
from simulator.jsonio import JsonObject, ParseError, loads
from simulator.pulse import Pulse

DROPPED = Outcome(0, "LOST", "dropped by a reset")
NO_ADDRESS = Outcome(0, "NOT_SENT", "no webhook URL, or the webhook is not in use")
_LARGE = 1_000_000  # larger bodies are sent piece by piece
_AT_ONCE = 256  # webhooks under way at the same time
_LOOK_S = 0.05  # how often due redeliveries are looked for; the clock's file may move without telling


class WebhookSettings(Protocol):
    """What every platform lets one set about its webhooks."""

    webhook_url: str | None
    webhook_active: bool
    webhook_timeout_s: float


class Courier(ABC, Generic[D]):
    """The only part that calls the bot. Start it inside a running loop; stop it before the loop ends."""

    platform: ClassVar[str]
    headers: ClassVar[dict[str, str]]

    def __init__(self, settings: WebhookSettings, clock: Clock, log: CallLog, gate: Gate[D]) -> None:
        self._settings = settings
        self._clock = clock
        self._log = log
        self._session: aiohttp.ClientSession | None = None
        self._lanes: dict[str, deque[D]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._undelivered: Undelivered[D] = Undelivered()
        self._doors = asyncio.Semaphore(_AT_ONCE)
        self._idle = Pulse()
        self.gate = gate

    @abstractmethod
    def _packed(self, delivery: D) -> tuple[bytes, dict[str, str]]:
        """The body that is about to leave, and the headers that sign it."""

    @abstractmethod
    def _is_taken(self, status: int) -> bool:
        """Whether that answer ends the matter."""

    @property
    @abstractmethod
    def _redelivers(self) -> bool:
        """Whether what is due is offered again by itself."""

    @abstractmethod
    def _dated(self, delivery: D, now_ms: int) -> bool:
        """Say in `due_ms` when a delivery that failed is offered again; False gives it up."""

    @abstractmethod
    def _renew(self, delivery: D) -> None:
        """Change what is different about a redelivery."""

    async def start(self) -> None:
        """Open the connection pool and begin to look for due redeliveries."""
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0), trust_env=False, cookie_jar=aiohttp.DummyCookieJar()
        )
        self._keep(self._redeliver_when_due(), f"{self.platform}-redelivery")

    async def stop(self) -> None:
        """Drop what is on its way and close the pool."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    def send(self, delivery: D) -> D:
        """Send it, after what is already under way in the same lane, and unless a switch is on."""
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

    def redeliver(self, only_due_ms: int | None = None) -> list[D]:
        """Send what was not delivered again: all of it, or what is due by that time."""
        sent = []
        for delivery in self._undelivered.take(only_due_ms):
            again = delivery.copy()
            again.lane = f"redelivery-{id(delivery)}"
            self._renew(again)
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

    async def deliver_raw(
        self, url: str, raw: bytes, headers: dict[str, str], **notes: object
    ) -> tuple[Outcome, bytes]:
        """POST exactly these bytes, and log it as a webhook call."""
        at_ms = self._clock.now_ms()
        outcome, answer = await self._exchange("POST", url, raw, headers)
        call = Call("webhook", "POST", url, outcome.status, body=_readable(raw), at_ms=at_ms)
        self._note(call, outcome, answer, bytes=len(raw), **notes)
        return outcome, answer

    def _note(self, call: Call, outcome: Outcome, answer: bytes, **notes: object) -> None:
        """Log how it went."""
        call.response = _readable(answer)
        call.elapsed_ms = outcome.elapsed_ms
        call.notes = {"reason": outcome.reason, "detail": outcome.detail, **notes}
        self._log.add(call)

    async def _exchange(
        self, method: str, url: str, raw: bytes | None, headers: dict[str, str]
    ) -> tuple[Outcome, bytes]:
        """One request; `webhook_timeout_s` for the whole exchange."""
        started = time.perf_counter()
        status, answer, reason, detail = 0, b"", "OK", ""
        try:
            async with self._open.request(
                method,
                url,
                data=raw if raw is None or len(raw) < _LARGE else io.BytesIO(raw),
                headers={**self.headers, **headers},
                timeout=aiohttp.ClientTimeout(total=self._settings.webhook_timeout_s),
                allow_redirects=False,
            ) as response:
                answer = await response.read()
                status = response.status
                detail = str(status)
                reason = "OK" if self._is_taken(status) else "ERROR_STATUS_CODE"
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

    def _enqueue(self, delivery: D) -> None:
        lane = self._lanes.get(delivery.lane)
        if lane is not None:
            lane.append(delivery)
            return
        self._lanes[delivery.lane] = lane = deque([delivery])
        self._keep(self._drain(delivery.lane, lane), f"{self.platform}-webhook-{delivery.lane}")

    async def _drain(self, name: str, lane: deque[D]) -> None:
        try:
            while lane:
                await self._attempt(lane[0])
                lane.popleft()
        finally:
            del self._lanes[name]
            if not self._lanes:
                self._idle.beat()

    async def _attempt(self, delivery: D) -> None:
        url = self._settings.webhook_url
        if not url or not self._settings.webhook_active:
            delivery.settle(NO_ADDRESS)
            return
        delivery.attempt += 1
        async with self._doors:
            raw, headers = self._packed(delivery)
            outcome, _ = await self.deliver_raw(url, raw, headers, attempt=delivery.attempt)
        if not outcome.is_ok:
            self._failed(delivery)
        delivery.settle(outcome)

    def _failed(self, delivery: D) -> None:
        if self._dated(delivery, self._clock.now_ms()):
            self._undelivered.add(delivery)

    async def _redeliver_when_due(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_S)
            if len(self._undelivered) and self._redelivers:
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
