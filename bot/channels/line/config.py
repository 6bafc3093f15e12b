"""What the LINE channel is told by the settings."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.channels.paces import LINE, Pace


@dataclass(frozen=True, slots=True, kw_only=True)
class LineConfig:
    """One official account. Secrets never show in `repr`."""

    secrets: tuple[str, ...] = field(repr=False)
    """Channel secrets: one, or two while one replaces the other."""
    access_token: str = field(repr=False)
    api_url: str = "https://api.line.me"
    data_api_url: str = "https://api-data.line.me"
    """Where pictures and files are fetched; nothing of ours does so yet."""
    own_id: str = ""
    """Our bot's user id, if known before LINE is asked."""
    pace: Pace = LINE
    timeout: float = 10.0
    """Seconds for a whole call."""
    connections: int = 256
    """Open at once: 2,000 replies a second (LINE's limit) at 100 ms need 200."""

    def __post_init__(self) -> None:
        if not self.secrets or not all(self.secrets):
            raise ValueError("LINE needs at least one channel secret, and no empty one")
        if not self.access_token:
            raise ValueError("LINE needs a channel access token")
