"""What Meta says of our number, our templates and who gets the webhooks, in plain words, and what it cannot say."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING

from bot.channels.base import Failure, SendError
from bot.channels.templates import wanted
from bot.findings import Finding, note, ok, to_do, unknown
from bot.settings import Settings
from handlers.wording import Words

if TYPE_CHECKING:
    from bot.channels.whatsapp.account import Account, Number, TemplateInfo

_WHATSAPP = "WhatsApp"
_TEMPLATE = "WHATSAPP_TEMPLATE"
_WEBHOOK = "WhatsApp Webhook"
_NEAR = timedelta(days=90)


async def check_whatsapp(account: Account, settings: Settings, today: date, *, fix: bool) -> AsyncIterator[Finding]:
    """Ask everything that the Graph API answers. With `fix`, have the account's webhooks sent to our app."""
    for finding in version(settings.whatsapp_api_url, today):
        yield finding
    try:
        number = await account.number()
    except SendError as error:
        yield _unreachable(error, settings)
        return
    for finding in _number(number):
        yield finding
    business = settings.whatsapp_business_account_id
    if not business:
        yield unknown("WHATSAPP_BUSINESS_ACCOUNT_ID", "whatsapp-no-account")
    else:
        async for finding in _templates(account, business, settings):
            yield finding
        async for finding in _subscription(account, business, fix=fix):
            yield finding
    address = f"{settings.public_url}/webhooks/whatsapp" if settings.public_url else "https://…/webhooks/whatsapp"
    yield unknown(_WEBHOOK, "whatsapp-webhook-address", url=address)


def version(api_url: str, today: date) -> Iterator[Finding]:
    """When the version of the Graph API is near its end, or past it."""
    from bot.channels.whatsapp.config import last_day

    end = last_day(api_url)
    if end is None or end - today > _NEAR:
        return
    key = "whatsapp-version-over" if end < today else "whatsapp-version-ends"
    finding = to_do if end < today else note
    yield finding("WHATSAPP_API_URL", key, date=end.isoformat())


def _unreachable(error: SendError, settings: Settings) -> Finding:
    if error.failure is Failure.UNAUTHORIZED:
        return to_do("WHATSAPP_ACCESS_TOKEN", "whatsapp-token", reason=error.reason)
    if error.reason == "no connection" or error.failure is Failure.UNKNOWN:
        return to_do(_WHATSAPP, "whatsapp-unreachable", url=settings.whatsapp_api_url, reason=error.reason)
    return to_do("WHATSAPP_PHONE_NUMBER_ID", "whatsapp-refused", reason=error.reason)


def _number(number: Number) -> Iterator[Finding]:
    yield ok(_WHATSAPP, "whatsapp-number", name=number.name, number=number.digits)
    if number.status and number.status != "CONNECTED":
        yield to_do(_WHATSAPP, "whatsapp-status", status=number.status)
    match number.quality:
        case "GREEN":
            yield ok(_WHATSAPP, "whatsapp-quality-green")
        case "YELLOW" | "RED":
            yield to_do(_WHATSAPP, f"whatsapp-quality-{number.quality.lower()}")
        case _:
            yield unknown(_WHATSAPP, "whatsapp-quality-unknown")
    yield ok(_WHATSAPP, "whatsapp-throughput", level=number.throughput or "?")
    if not number.knows_limit:
        yield unknown(_WHATSAPP, "whatsapp-limit-unknown")
    elif number.daily_limit is None:
        yield ok(_WHATSAPP, "whatsapp-limit-none")
    else:
        yield ok(_WHATSAPP, "whatsapp-limit", people=number.daily_limit)


async def _templates(account: Account, business: str, settings: Settings) -> AsyncIterator[Finding]:
    words = Words(settings.locale, settings.timezone)
    for each in wanted(settings.whatsapp_template, words):
        try:
            found = await account.templates(business, each.name)
        except SendError as error:
            yield to_do("WHATSAPP_BUSINESS_ACCOUNT_ID", "whatsapp-account-unasked", reason=error.reason)
            return
        template = next((one for one in found if one.language == settings.locale), None)
        if template is None:
            yield to_do(_TEMPLATE, "whatsapp-template-none", name=each.name, language=settings.locale)
        else:
            for finding in judge(template, each.body):
                yield finding


def judge(template: TemplateInfo, body: str) -> Iterator[Finding]:
    """How a template stands, against the text that it must have."""
    told = {"name": template.name, "status": template.status, "category": template.category}
    if template.status != "APPROVED":
        yield to_do(_TEMPLATE, "whatsapp-template-status", **told)
    if template.category == "MARKETING":
        yield to_do(_TEMPLATE, "whatsapp-template-marketing", **told)
    if _plain(template.body) != _plain(body) or template.buttons[:1] != ("QUICK_REPLY",):
        yield to_do(_TEMPLATE, "whatsapp-template-other", **told)
    if template.status == "APPROVED" and template.category != "MARKETING":
        yield ok(_TEMPLATE, "whatsapp-template", **told)


def _plain(text: str) -> str:
    return "".join(text.split())


async def _subscription(account: Account, business: str, *, fix: bool) -> AsyncIterator[Finding]:
    try:
        count = await account.subscribers(business)
        if not count and fix:
            await account.subscribe(business)
            count = await account.subscribers(business)
    except SendError as error:
        yield to_do(_WEBHOOK, "whatsapp-account-unasked", reason=error.reason)
        return
    yield ok(_WEBHOOK, "whatsapp-subscribed") if count else to_do(_WEBHOOK, "whatsapp-unsubscribed")
