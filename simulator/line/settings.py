"""Everything about the simulated channel that a test may change while it runs."""

from dataclasses import dataclass, field, fields
from typing import Any, Literal

from simulator.ids import hex_id
from simulator.jsonio import JsonObject
from simulator.line import limits
from simulator.replies import ControlError

HOUR = 1 / 3600
MINUTE = 1 / 60

# Requests per second (Messaging API reference, "Rate limits"); everything not named here: 2,000.
# The capacity of the bucket is not published: one second's worth, or the whole allowance of a slower limit.
DOCUMENTED_RATES: dict[str, tuple[float, float]] = {
    "multicast": (200, 200),
    "loading": (100, 100),
    "get_webhook": (1000 * MINUTE, 1000),
    "set_webhook": (1000 * MINUTE, 1000),
    "test_webhook": (60 * HOUR, 60),
}
OTHER_RATE: tuple[float, float] = (2000, 2000)


@dataclass
class Settings:
    """The channel. `webhook_redelivery` is off at first, as in LINE's console."""

    channel_secrets: list[str] = field(default_factory=lambda: ["simulated-channel-secret"])
    access_tokens: list[str] = field(default_factory=lambda: ["simulated-channel-access-token"])
    bot_user_id: str = field(default_factory=lambda: hex_id("U"))
    name: str = "確認ボット"
    basic_id: str = "@kakunin"
    webhook_url: str | None = None
    webhook_active: bool = True
    webhook_redelivery: bool = False
    redelivery_intervals_s: list[float] = field(default_factory=lambda: [1, 2, 5, 10, 30, 60, 120, 300])
    webhook_timeout_s: float = limits.WEBHOOK_TIMEOUT_S
    quota: int | None = None
    consumption: int = 0
    rate_limits: dict[str, tuple[float, float] | None] = field(default_factory=dict)
    multicast_unknown_ids: Literal["ignore", "reject"] = "ignore"
    group_postback_user_id: bool = True
    latency_ms: float = 0

    def as_json(self) -> JsonObject:
        """All of it; the secrets are simulated ones."""
        known: JsonObject = {entry.name: getattr(self, entry.name) for entry in fields(self)}
        known["rate_limits"] = {
            name: rate and {"per_second": rate[0], "burst": rate[1]} for name, rate in self._rates().items()
        }
        return known

    def update(self, changes: JsonObject) -> None:
        """Take over the given ones, all or none. Raises: ControlError."""
        checked = {name: _checked(name, value) for name, value in changes.items()}
        if "rate_limits" in checked:
            checked["rate_limits"] = {**self.rate_limits, **checked["rate_limits"]}
        for name, value in checked.items():
            setattr(self, name, value)

    def rate(self, endpoint: str) -> tuple[float, float] | None:
        """(requests per second, burst) of an endpoint, or None when it is not limited."""
        for name in (endpoint, "*"):
            if name in self.rate_limits:
                return self.rate_limits[name]
        return DOCUMENTED_RATES.get(endpoint, OTHER_RATE)

    def _rates(self) -> dict[str, tuple[float, float] | None]:
        return {name: self.rate(name) for name in ("*", *DOCUMENTED_RATES, *self.rate_limits)}


_KINDS: dict[str, tuple[type, ...]] = {
    "channel_secrets": (list,),
    "access_tokens": (list,),
    "bot_user_id": (str,),
    "name": (str,),
    "basic_id": (str,),
    "webhook_url": (str, type(None)),
    "webhook_active": (bool,),
    "webhook_redelivery": (bool,),
    "redelivery_intervals_s": (list,),
    "webhook_timeout_s": (int, float),
    "quota": (int, type(None)),
    "consumption": (int,),
    "rate_limits": (dict,),
    "multicast_unknown_ids": (str,),
    "group_postback_user_id": (bool,),
    "latency_ms": (int, float),
}


def _checked(name: str, value: Any) -> Any:
    if name not in _KINDS:
        raise ControlError(400, f"no setting {name}", settings=list(_KINDS))
    kinds = _KINDS[name]
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds) or not _allowed(name, value):
        raise ControlError(400, f"{name}: not a value it can have")
    return _rates(value) if name == "rate_limits" else value


def _allowed(name: str, value: Any) -> bool:
    if name == "multicast_unknown_ids":
        return value in {"ignore", "reject"}
    if name in {"channel_secrets", "access_tokens"}:
        return bool(value) and all(isinstance(one, str) for one in value)
    if name == "redelivery_intervals_s":
        return all(isinstance(one, int | float) for one in value)
    return True


def _rates(value: Any) -> dict[str, tuple[float, float] | None]:
    return {endpoint: _rate(rate) for endpoint, rate in value.items()}


def _rate(value: Any) -> tuple[float, float] | None:
    if value is None:
        return None
    given: Any = {"per_second": value} if isinstance(value, int | float) else value
    try:
        per_second = float(given["per_second"])
        return per_second, float(given.get("burst", max(1.0, per_second)))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ControlError(400, "a rate limit is null, a number per second, or {per_second, burst}") from error
