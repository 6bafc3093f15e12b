"""What is counted and measured, for Prometheus. Names are stable; labels never hold anything of a person."""

from __future__ import annotations

import collections
from collections.abc import Iterable

from prometheus_client import Counter, Gauge, Histogram

ARRIVALS = Counter("kakunin_arrivals", "Platform events made durable.", ["channel", "kind"])
REJECTED = Counter(
    "kakunin_webhooks_rejected", "Webhook requests refused, nothing of them stored.", ["channel", "reason"]
)
UNAVAILABLE = Counter(
    "kakunin_webhooks_unavailable", "Webhook requests answered 503 because nothing could be stored.", ["channel"]
)
APPEND_SECONDS = Histogram(
    "kakunin_append_seconds",
    "Time to make one batch of arrivals durable.",
    buckets=(0.001, 0.005, 0.02, 0.1, 0.5, 1.5, 5),
)
TAPS = Counter("kakunin_taps", "Taps folded, by outcome.", ["outcome"])
REPLIES = Counter(
    "kakunin_replies", "Free replies: given, refused, dropped (too late, or too many).", ["channel", "result"]
)
ATTEMPTS = Counter("kakunin_send_attempts", "Calls made to a platform, by what they came to.", ["channel", "result"])
PEOPLE_SENT = Counter("kakunin_people_accepted", "People in calls that a platform accepted.", ["channel"])
FAILURES = Counter("kakunin_unexpected_errors", "Errors that nobody foresaw, by where they were caught.", ["where"])
IS_SENDING = Gauge("kakunin_holds_lease", "1 while this process is the one that sends.", ["lease"])
LATE = Gauge("kakunin_late", "What is late by two minutes and more: people, mailings or arrivals.", ["kind"])
LATE_SECONDS = Gauge("kakunin_late_seconds", "How long the oldest of what is late has waited.", ["kind"])
DIFFERENCES = Counter("kakunin_differences", "Numbers that should have been one, found by the self-check.", ["what"])
CHECKED_AT = Gauge("kakunin_self_check_timestamp_seconds", "When the last self-check ended.")


def count(counter: Counter, labels: Iterable[tuple[str, ...]]) -> None:
    """One more for each of these: what is equal in a batch is added together."""
    for values, times in collections.Counter(labels).items():
        counter.labels(*values).inc(times)
