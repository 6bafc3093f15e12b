"""How fast platforms are called: below what each documents. Imports nothing, so that reading settings costs nothing."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """Calls a second that a platform is asked for at most."""

    single: float
    """To one person."""
    several: float
    """To several people in one call."""
    replies: float
    """Free answers, of all web processes together."""


LINE = Pace(single=1900, several=180, replies=1900)
"""LINE: push 2,000 a second, multicast 200, reply 2,000, for the account (Messaging API reference, rate limits)."""
