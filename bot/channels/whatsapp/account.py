"""What Meta says of our number and our templates: rare questions, for `check`, the preview and the group's link."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.channels.decoding import mapping
from bot.channels.whatsapp.calls import Calls
from bot.channels.whatsapp.classify import failure_of
from bot.channels.whatsapp.config import WhatsAppConfig

_NUMBER = (
    "display_phone_number,verified_name,quality_rating,throughput,status,whatsapp_business_manager_messaging_limit"
)
_TIERS: Mapping[str, int | None] = {
    "TIER_50": 50,
    "TIER_250": 250,
    "TIER_1K": 1_000,
    "TIER_2K": 2_000,
    "TIER_10K": 10_000,
    "TIER_100K": 100_000,
    "TIER_UNLIMITED": None,
}
"""People to whom a portfolio may write first within 24 hours (Meta, messaging limits)."""


@dataclass(frozen=True, slots=True)
class Number:
    """Our business number. What Meta does not say is ''."""

    digits: str
    name: str
    quality: str
    """GREEN, YELLOW, RED, UNKNOWN."""
    throughput: str
    status: str
    tier: str

    @property
    def knows_limit(self) -> bool:
        """Whether Meta told the messaging limit, in a word that we know."""
        return self.tier in _TIERS

    @property
    def daily_limit(self) -> int | None:
        """People to whom we may write first within 24 hours; None: as many as we like."""
        return _TIERS.get(self.tier)


@dataclass(frozen=True, slots=True)
class TemplateInfo:
    """A template as Meta keeps it."""

    name: str
    language: str
    status: str
    category: str
    body: str
    buttons: tuple[str, ...]
    """Types of its buttons: QUICK_REPLY …"""


class Account:
    """Every method raises SendError."""

    def __init__(self, calls: Calls, config: WhatsAppConfig) -> None:
        self._calls = calls
        self._number = config.phone_number_id

    async def number(self) -> Number:
        """Our number, its quality, throughput and messaging limit."""
        found = await self._calls.get(f"/{self._number}", "/{number}", fields=_NUMBER)
        return Number(
            digits="".join(c for c in _text(found, "display_phone_number") if c.isdigit()),
            name=_text(found, "verified_name"),
            quality=_text(found, "quality_rating"),
            throughput=_text(mapping(found.get("throughput")), "level"),
            status=_text(found, "status"),
            tier=_text(found, "whatsapp_business_manager_messaging_limit"),
        )

    async def templates(self, business_account: str, name: str) -> list[TemplateInfo]:
        """The templates of exactly this name, one for each language."""
        path = f"/{business_account}/message_templates"
        found = await self._calls.get(path, "/{account}/message_templates", name=name, limit="100")
        listed = found.get("data")
        templates = [_template(mapping(entry)) for entry in listed] if isinstance(listed, list) else []
        return [template for template in templates if template.name == name]

    async def subscribers(self, business_account: str) -> int:
        """How many apps get the account's webhooks."""
        found = await self._calls.get(f"/{business_account}/subscribed_apps", "/{account}/subscribed_apps")
        listed = found.get("data")
        return len(listed) if isinstance(listed, list) else 0

    async def subscribe(self, business_account: str) -> None:
        """Have the account's webhooks sent to our app."""
        answer = await self._calls.post(f"/{business_account}/subscribed_apps", b"", "/{account}/subscribed_apps")
        if not answer.is_success:
            raise failure_of(answer)


def _template(entry: Mapping[str, Any]) -> TemplateInfo:
    listed = entry.get("components")
    components = [mapping(component) for component in listed] if isinstance(listed, list) else []
    body = next((_text(c, "text") for c in components if _text(c, "type").upper() == "BODY"), "")
    buttons = next((c.get("buttons") for c in components if _text(c, "type").upper() == "BUTTONS"), None)
    return TemplateInfo(
        name=_text(entry, "name"),
        language=_text(entry, "language"),
        status=_text(entry, "status").upper(),
        category=_text(entry, "category").upper(),
        body=body,
        buttons=tuple(_text(mapping(b), "type").upper() for b in buttons) if isinstance(buttons, list) else (),
    )


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    return value if isinstance(value, str) else ""
