"""WhatsApp's webhooks: how they are signed, the handshake, and that whatever got no 200 is offered again."""

import hashlib
import hmac
import secrets
from typing import Any, ClassVar
from urllib.parse import urlencode

from simulator.calls import Call, CallLog
from simulator.clock import Clock
from simulator.courier import Courier
from simulator.jsonio import JsonObject, dumps
from simulator.whatsapp import limits
from simulator.whatsapp.events import Builder, omit
from simulator.whatsapp.gate import WhatsAppDelivery, WhatsAppGate
from simulator.whatsapp.settings import Settings

HEADER = "X-Hub-Signature-256"


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


class WhatsAppCourier(Courier[WhatsAppDelivery]):
    """A 200 is wanted: any other answer, 201 as well, means that Meta tries again."""

    platform = "whatsapp"
    headers: ClassVar[dict[str, str]] = {
        "Content-Type": "application/json",
        "User-Agent": "facebookexternalua",
        "Accept": "*/*",
    }
    _settings: Settings

    def __init__(self, settings: Settings, clock: Clock, log: CallLog, builder: Builder) -> None:
        super().__init__(settings, clock, log, WhatsAppGate(WhatsAppDelivery))
        self._builder = builder

    def dispatch(self, changes: list[Any], lane: str, spread: str = "changes") -> WhatsAppDelivery:
        """Send these changes in one body, after what is already under way in the same lane."""
        return self.send(WhatsAppDelivery(omit(changes, self._settings.omit), lane, spread=spread))

    async def verify(self, url: str, token: str) -> JsonObject:
        """The handshake: GET with a challenge, which has to come back bare, with 200."""
        challenge = str(secrets.randbelow(10**10))
        query = {"hub.mode": "subscribe", "hub.challenge": challenge, "hub.verify_token": token}
        joint = "&" if "?" in url else "?"
        outcome, answer = await self._exchange("GET", url + joint + urlencode(query), None, {})
        is_verified = outcome.is_ok and answer == challenge.encode()
        self._note(Call("webhook", "GET", url, outcome.status, body=query), outcome, answer, verified=is_verified)
        return {"verified": is_verified, **outcome.as_json()}

    def _packed(self, delivery: WhatsAppDelivery) -> tuple[bytes, dict[str, str]]:
        raw = dumps(self._builder.envelope(delivery.events, delivery.spread))
        signed = signature(self._settings.app_secret, raw, delivery.signature)
        return raw, {} if signed is None else {HEADER: signed}

    def _is_taken(self, status: int) -> bool:
        return status == 200

    @property
    def _redelivers(self) -> bool:
        return self._settings.webhook_retry

    def _dated(self, delivery: WhatsAppDelivery, now_ms: int) -> bool:
        """Less and less often, for seven days from the first attempt."""
        if not self._redelivers:
            return False
        delivery.began_ms = now_ms if delivery.began_ms is None else delivery.began_ms
        intervals = self._settings.retry_intervals_s
        delivery.due_ms = now_ms + int(intervals[min(max(delivery.attempt, 1), len(intervals)) - 1] * 1000)
        return delivery.due_ms - delivery.began_ms <= limits.RETRY_MS

    def _renew(self, delivery: WhatsAppDelivery) -> None:
        delivery.signature = "right"
