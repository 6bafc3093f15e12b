"""Everything about the simulated business number that a test may change while it runs."""

from dataclasses import dataclass, field, fields
from typing import Any

from simulator.jsonio import JsonObject
from simulator.replies import ControlError
from simulator.whatsapp import limits

TAP_FORMATS = ("natural", "button", "interactive")
OMISSIONS = (
    "contacts",
    "context",
    "from",
    "from_user_id",
    "wa_id",
    "user_id",
    "profile",
    "recipient_id",
    "recipient_user_id",
    "biz_opaque_callback_data",
    "pricing",
)


@dataclass
class Settings:
    """The business number and its account. Updates without a 200 are offered again, as Meta always does."""

    app_secret: str = "simulated-app-secret"  # noqa: S105 - simulated
    access_tokens: list[str] = field(default_factory=lambda: ["simulated-whatsapp-access-token"])
    verify_token: str = "simulated-verify-token"  # noqa: S105 - simulated
    phone_number_id: str = "106540352242922"
    waba_id: str = "102290129340398"
    app_id: str = "670843887433847"
    display_phone_number: str = "81355501234"
    name: str = "確認ボット"
    webhook_url: str | None = None
    webhook_active: bool = True
    webhook_retry: bool = True
    retry_intervals_s: list[float] = field(
        default_factory=lambda: [1, 5, 30, 120, 600, 1800, 3600, 7200, 21600, 43200, 86400]
    )
    webhook_timeout_s: float = 10
    quality_rating: str = "GREEN"
    throughput_level: str = "STANDARD"
    number_status: str = "CONNECTED"
    messaging_limit: str = "TIER_2K"
    throughput_per_s: float | None = limits.THROUGHPUT_PER_S
    pair_per_s: float | None = limits.PAIR_PER_S
    pair_burst: float = limits.PAIR_BURST
    payload_limit: int | None = limits.PAYLOAD
    time_to_live_s: float = limits.TIME_TO_LIVE_S
    late_errors: list[int] = field(default_factory=lambda: [130472, 131026, 131049, 131050])
    tap_format: str = "natural"
    omit: list[str] = field(default_factory=list)
    auto_read: bool = False
    template_review: str = "PENDING"
    latency_ms: float = 0

    def as_json(self) -> JsonObject:
        """All of it; the secrets are simulated ones."""
        return {entry.name: getattr(self, entry.name) for entry in fields(self)}

    def update(self, changes: JsonObject) -> None:
        """Take over the given ones, all or none. Raises: ControlError."""
        checked = {name: _checked(name, value) for name, value in changes.items()}
        for name, value in checked.items():
            setattr(self, name, value)


_Kinds = tuple[type, ...]
_WORDS: _Kinds = (str,)
_NUMBER: _Kinds = (int, float)
_KINDS: dict[str, _Kinds] = {
    "access_tokens": (list,),
    "webhook_url": (str, type(None)),
    "webhook_active": (bool,),
    "webhook_retry": (bool,),
    "retry_intervals_s": (list,),
    "webhook_timeout_s": _NUMBER,
    "throughput_per_s": (*_NUMBER, type(None)),
    "pair_per_s": (*_NUMBER, type(None)),
    "pair_burst": _NUMBER,
    "time_to_live_s": _NUMBER,
    "payload_limit": (int, type(None)),
    "late_errors": (list,),
    "omit": (list,),
    "auto_read": (bool,),
    "latency_ms": _NUMBER,
}
_CHOICES: dict[str, tuple[str, ...]] = {
    "tap_format": TAP_FORMATS,
    "messaging_limit": tuple(limits.TIERS),
    "template_review": ("PENDING", "APPROVED", "REJECTED"),
}
_ITEMS: dict[str, _Kinds] = {
    "access_tokens": _WORDS,
    "retry_intervals_s": _NUMBER,
    "late_errors": (int,),
    "omit": _WORDS,
}


def _checked(name: str, value: Any) -> Any:
    known = [entry.name for entry in fields(Settings)]
    if name not in known:
        raise ControlError(400, f"no setting {name}", settings=known)
    kinds = _KINDS.get(name, _WORDS)
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds) or not _allowed(name, value):
        raise ControlError(400, f"{name}: not a value it can have")
    return value


def _allowed(name: str, value: Any) -> bool:
    if name in _CHOICES:
        return value in _CHOICES[name]
    if name == "omit":
        return all(one in OMISSIONS for one in value)
    if name in _ITEMS:
        is_filled = bool(value) or name == "late_errors"
        return is_filled and all(isinstance(one, _ITEMS[name]) for one in value)
    return True
