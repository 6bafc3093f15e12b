"""What LINE remembers for a while: reply tokens, retry keys, the month's consumption, the pace of requests."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from itertools import islice

from simulator.jsonio import JsonObject
from simulator.line import limits
from simulator.line.settings import Settings

_JST = timezone(timedelta(hours=9))


@dataclass(slots=True)
class ReplyToken:
    """Permission to answer one event once."""

    chat_id: str
    event_at_ms: int
    delivered_at_ms: int | None = None
    used: bool = False


class ReplyTokens:
    """Single use, one minute from each delivery, never longer than 20 minutes after the event."""

    def __init__(self) -> None:
        self._tokens: dict[str, ReplyToken] = {}

    def issue(self, chat_id: str, event_at_ms: int) -> str:
        """A new token; it opens when the webhook that carries it is delivered."""
        token = secrets.token_hex(16)
        self._tokens[token] = ReplyToken(chat_id, event_at_ms)
        if len(self._tokens) % 1024 == 0:
            self._prune(event_at_ms)
        return token

    def delivered(self, token: str, now_ms: int) -> None:
        """Start the minute, or start it again for a redelivered webhook."""
        if token in self._tokens:
            self._tokens[token].delivered_at_ms = now_ms

    def find(self, token: str, now_ms: int) -> ReplyToken | None:
        """The token, when it may be used now."""
        found = self._tokens.get(token)
        if found is None or found.used or found.delivered_at_ms is None:
            return None
        in_time = now_ms - found.delivered_at_ms <= limits.REPLY_TOKEN_MS
        return found if in_time and now_ms - found.event_at_ms <= limits.REPLY_TOKEN_LAST_MS else None

    def clear(self) -> None:
        """Forget all tokens."""
        self._tokens.clear()

    def _prune(self, now_ms: int) -> None:
        """Drop what is old, from the oldest on, so that each issue costs the same."""
        for token, known in list(islice(self._tokens.items(), 2048)):
            if now_ms - known.event_at_ms > limits.REPLY_TOKEN_LAST_MS:
                del self._tokens[token]


@dataclass(frozen=True, slots=True)
class Accepted:
    """The first request that a retry key came with."""

    request_id: str
    at_ms: int
    digest: bytes
    response: JsonObject


class RetryKeys:
    """Keys of accepted requests, kept for 24 hours from the first use."""

    def __init__(self) -> None:
        self._accepted: dict[str, Accepted] = {}

    def find(self, key: str | None, now_ms: int) -> Accepted | None:
        """What was accepted under this key within 24 hours."""
        found = self._accepted.get(key.lower()) if key else None
        return found if found and now_ms - found.at_ms < limits.RETRY_KEY_MS else None

    def remember(self, key: str | None, accepted: Accepted) -> None:
        """Keep it; a key older than 24 hours begins anew."""
        if key:
            self._accepted[key.lower()] = accepted

    def clear(self) -> None:
        """Forget all keys."""
        self._accepted.clear()


class Meter:
    """The month's consumption in people, by JST calendar month (LINE counts people, not message objects)."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._month: tuple[int, int] | None = None

    def fits(self, people: int, now_ms: int) -> bool:
        """Whether that many more stay within the quota."""
        self.roll(now_ms)
        quota = self._settings.quota
        return quota is None or self._settings.consumption + people <= quota

    def count(self, people: int, now_ms: int) -> None:
        """Add delivered people."""
        self.roll(now_ms)
        self._settings.consumption += people

    def roll(self, now_ms: int) -> None:
        """Begin at 0 when a new month has begun."""
        today = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(_JST)
        month = (today.year, today.month)
        if self._month is not None and month != self._month:
            self._settings.consumption = 0
        self._month = month


class Pace:
    """Token buckets per endpoint, refilled continuously by the simulated clock ("How rate limits work")."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._buckets: dict[str, tuple[float, int, float]] = {}

    def take(self, endpoint: str, now_ms: int) -> bool:
        """Take one request out of the endpoint's bucket; False when it is empty."""
        rate = self._settings.rate(endpoint)
        if rate is None:
            return True
        per_second, burst = rate
        level, at_ms, size = self._buckets.get(endpoint, (burst, now_ms, burst))
        if size != burst:
            level = burst
        level = min(burst, level + max(0, now_ms - at_ms) / 1000 * per_second)
        allowed = level >= 1
        self._buckets[endpoint] = (level - allowed, now_ms, burst)
        return allowed

    def clear(self) -> None:
        """All buckets are full again."""
        self._buckets.clear()
