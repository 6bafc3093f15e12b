"""What LINE says of our account and our address, in plain words, and what it cannot say."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING

from bot.channels.base import Failure, SendError
from bot.findings import Finding, note, ok, to_do, unknown
from bot.settings import LINE_API_URL, Settings, is_loopback
from handlers.context import Quota

if TYPE_CHECKING:
    from bot.channels.line import LineChannel, WebhookTest

_LINE = "LINE"
_WEBHOOK = "LINE Webhook"
_FEW = 0.1
"""Of the month's messages: so few left are worth a word."""


async def check_line(line: LineChannel, settings: Settings, *, fix: bool) -> AsyncIterator[Finding]:
    """Ask everything that LINE answers. With `fix`, set our address where another is set."""
    try:
        info = await line.bot_info()
    except SendError as error:
        yield _unreachable(error, settings)
        return
    yield ok(_LINE, "line-account", name=info.display_name, id=info.basic_id)
    try:
        yield _quota(await line.usage())
    except SendError as error:
        yield unknown(_LINE, "line-quota-unknown", reason=error.reason)
    try:
        async for finding in _webhook(line, settings, fix=fix):
            yield finding
    except SendError as error:
        yield to_do(_WEBHOOK, "webhook-unasked", reason=error.reason)
    for finding in _for_people():
        yield finding


def _unreachable(error: SendError, settings: Settings) -> Finding:
    if error.failure is Failure.UNAUTHORIZED:
        return to_do("LINE_CHANNEL_ACCESS_TOKEN", "line-token", reason=error.reason)
    if error.failure is Failure.UNKNOWN:
        return to_do(_LINE, "line-unreachable", url=settings.line_api_url, reason=error.reason)
    return to_do(_LINE, "line-refused", reason=error.reason)


def _quota(quota: Quota) -> Finding:
    if quota.limit is None or quota.left is None:
        return ok(_LINE, "line-unlimited", used=quota.used)
    arguments = {"used": quota.used, "limit": quota.limit, "left": quota.left}
    if quota.left == 0:
        return to_do(_LINE, "line-quota-none", **arguments)
    if quota.left < _FEW * quota.limit:
        return note(_LINE, "line-quota-few", **arguments)
    return ok(_LINE, "line-quota", **arguments)


async def _webhook(line: LineChannel, settings: Settings, *, fix: bool) -> AsyncIterator[Finding]:
    """The address LINE sends to, whether it sends, and LINE's own try."""
    ours = settings.line_webhook_url
    if settings.line_api_url == LINE_API_URL and is_loopback(ours):
        yield to_do(_WEBHOOK, "webhook-loopback")
        return
    endpoint = await line.webhook_endpoint()
    if ours and fix and (endpoint is None or endpoint.url != ours):
        await line.set_webhook_endpoint(ours)
        endpoint = await line.webhook_endpoint()
        yield ok(_WEBHOOK, "webhook-set", url=ours)
    elif endpoint is None:
        yield to_do(_WEBHOOK, "webhook-none" if ours else "webhook-none-ours", url=ours)
    elif not ours:
        yield unknown(_WEBHOOK, "webhook-ours-unknown", url=endpoint.url)
    elif endpoint.url != ours:
        yield to_do(_WEBHOOK, "webhook-other", url=endpoint.url, ours=ours)
    else:
        yield ok(_WEBHOOK, "webhook-ours", url=ours)
    if endpoint is None:
        return
    yield ok(_WEBHOOK, "webhook-active") if endpoint.is_active else to_do(_WEBHOOK, "webhook-inactive")
    yield judge(await line.test_webhook())


def judge(test: WebhookTest) -> Finding:
    """What LINE's own try means.

    Reasons as in "Check webhook error causes and statistics": could_not_connect, request_timeout, error_status_code,
    unclassified; the status is 0 or less where nothing answered.
    """
    said = {"reason": test.reason, "detail": test.detail, "status": str(test.status_code)}
    if test.success:
        return ok(_WEBHOOK, "test-ok")
    if test.status_code > 0:
        return to_do(_WEBHOOK, _BY_STATUS.get(test.status_code, "test-status"), **said)
    detail = test.detail.casefold()
    match test.reason.casefold():
        case "request_timeout":
            return to_do(_WEBHOOK, "test-timeout", **said)
        case "could_not_connect" if any(word in detail for word in ("tls", "ssl", "certificate", "handshake")):
            return to_do(_WEBHOOK, "test-certificate", **said)
        case "could_not_connect":
            return to_do(_WEBHOOK, "test-connect", **said)
    return to_do(_WEBHOOK, "test-else", **said)


_BY_STATUS = {
    401: "test-secret",
    404: "test-elsewhere",
    405: "test-elsewhere",
    502: "test-behind",
    503: "test-storage",
    504: "test-behind",
}


def _for_people() -> Iterator[Finding]:
    """No API tells these."""
    for key in ("redelivery", "auto-reply", "greeting", "groups"):
        yield unknown(_LINE, f"console-{key}")
