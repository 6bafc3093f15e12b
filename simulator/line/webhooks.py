"""LINE's webhooks: how they are signed, what opens reply tokens, and redelivery when that is switched on."""

import base64
import hashlib
import hmac
from typing import ClassVar

from simulator.calls import CallLog
from simulator.clock import Clock
from simulator.courier import Courier
from simulator.deliveries import Delivery
from simulator.gate import Gate
from simulator.jsonio import JsonObject, dumps
from simulator.line.events import chat_of
from simulator.line.memory import ReplyTokens
from simulator.line.settings import Settings

HEADER = "x-line-signature"


def sign(secret: str, raw: bytes) -> str:
    """base64(HMAC-SHA256(channel secret, body bytes)) (Messaging API reference, "Signature validation")."""
    return base64.b64encode(hmac.digest(secret.encode(), raw, hashlib.sha256)).decode()


class LineCourier(Courier[Delivery]):
    """Two seconds for an answer; any 2xx will do."""

    platform = "line"
    headers: ClassVar[dict[str, str]] = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "LineBotWebhook/2.0",
    }
    _settings: Settings

    def __init__(self, settings: Settings, clock: Clock, log: CallLog, tokens: ReplyTokens) -> None:
        super().__init__(settings, clock, log, Gate(Delivery))
        self._tokens = tokens

    def dispatch(self, events: list[JsonObject], lane: str | None = None) -> Delivery:
        """Send these events in one body, after what is already under way in the same lane."""
        return self.send(Delivery(events, lane or _lane_of(events)))

    def _packed(self, delivery: Delivery) -> tuple[bytes, dict[str, str]]:
        now_ms = self._clock.now_ms()
        for event in delivery.events:
            token = event.get("replyToken")
            if isinstance(token, str):
                self._tokens.delivered(token, now_ms)
        raw = dumps({"destination": self._settings.bot_user_id, "events": delivery.events})
        return raw, {HEADER: sign(self._settings.channel_secrets[0], raw)}

    def _is_taken(self, status: int) -> bool:
        return 200 <= status < 300

    @property
    def _redelivers(self) -> bool:
        return self._settings.webhook_redelivery

    def _dated(self, delivery: Delivery, now_ms: int) -> bool:
        if not self._redelivers:
            return True
        intervals, attempt = self._settings.redelivery_intervals_s, max(1, delivery.attempt)
        if attempt > len(intervals):
            return False  # LINE gives up after an undisclosed number of attempts
        delivery.due_ms = now_ms + int(intervals[attempt - 1] * 1000)
        return True

    def _renew(self, delivery: Delivery) -> None:
        delivery.events = [{**event, "deliveryContext": {"isRedelivery": True}} for event in delivery.events]


def _lane_of(events: list[JsonObject]) -> str:
    """One lane per person or group; a body for several people has a lane of its own."""
    chats = {chat_of(event) for event in events}
    return chats.pop() if len(chats) == 1 else f"mixed-{id(events)}"
