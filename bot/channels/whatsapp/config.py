"""What the WhatsApp channel is told by the settings, and until when its version of the Graph API serves."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date

from bot.channels.paces import Pace

API_URL = "https://graph.facebook.com/v26.0"

ENDS = {
    "v21.0": date(2027, 1, 21),
    "v22.0": date(2027, 5, 20),
    "v23.0": date(2027, 10, 8),
    "v24.0": date(2028, 2, 18),
    "v25.0": date(2028, 7, 29),
}
"""Last day of each version that has one announced (Meta, Graph API changelog, state of August 2026)."""
_GONE = 21
"""Versions below this one answer nothing any more."""
_VERSION = re.compile(r"/v(\d{1,3})\.\d$")


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatsAppConfig:
    """One business number. Secrets never show in `repr`."""

    phone_number_id: str
    access_token: str = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)
    """App secrets: one, or two while one replaces the other."""
    verify_token: str = field(repr=False)
    template: str
    """Name of the approved template with the confirmation button."""
    language: str = "ja"
    """In which both templates were approved."""
    api_url: str = API_URL
    """Host and version."""
    thanks: bool = True
    """Whether the first tap is answered. The answer is a message that costs."""
    daily_limit: int | None = None
    """People to whom we may write first within 24 hours; None: what Meta says."""
    per_second: float = 70.0
    """Messages per second, answers included. The number's own limit is 80, in and out together, or 20 beside the
    WhatsApp Business app (Meta, throughput)."""
    timeout: float = 10.0
    """Seconds for a whole call."""
    connections: int = 64

    def __post_init__(self) -> None:
        if not self.secrets or not all(self.secrets):
            raise ValueError("WhatsApp needs at least one app secret, and no empty one")
        if not (self.access_token and self.phone_number_id and self.verify_token and self.template):
            raise ValueError("WhatsApp needs a number, an access token, a verify token and a template")

    @property
    def pace(self) -> Pace:
        """A fifth of it is kept for answers."""
        return Pace(single=0.8 * self.per_second, several=0.8 * self.per_second, replies=0.2 * self.per_second)


def last_day(api_url: str) -> date | None:
    """The last day of the version in the address; None where none is announced. A version long gone ended in 2026."""
    match = _VERSION.search(api_url)
    if match is None:
        return None
    return ENDS.get(match[0].lstrip("/")) or (date(2026, 9, 24) if int(match[1]) < _GONE else None)
