"""What LINE says of our account, for the administrator's command line."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BotInfo:
    """Our own account."""

    user_id: str
    basic_id: str
    display_name: str


@dataclass(frozen=True, slots=True)
class WebhookEndpoint:
    """Where LINE sends webhooks, and whether it does."""

    url: str
    is_active: bool


@dataclass(frozen=True, slots=True)
class WebhookTest:
    """How LINE's own test of the address went."""

    success: bool
    status_code: int
    reason: str
    detail: str
