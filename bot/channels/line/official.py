"""LINE's own SDK for the rare calls: who we are, what the plan allows, where webhooks go.

The only file that imports the SDK's clients (a second of CPU): import it when a channel is made, not before.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import Any

import aiohttp
from linebot.v3.messaging import (
    ApiException,
    AsyncApiClient,
    AsyncMessagingApi,
    Configuration,
    SetWebhookEndpointRequest,
    TestWebhookEndpointRequest,
)

from bot.channels.base import Failure, SendError
from bot.channels.line.answers import BotInfo, WebhookEndpoint, WebhookTest
from bot.channels.line.calls import broken, log_call
from bot.channels.line.classify import LineAnswer, failure_of
from bot.channels.line.config import LineConfig
from handlers.context import Quota

logging.getLogger("linebot").setLevel(logging.INFO)  # at DEBUG it writes whole answers, with people's names

_WEBHOOK_TEST_TIMEOUT = 20.0
"""LINE calls us within it."""


class Official:
    """The SDK's client on our own session. Every method raises SendError."""

    def __init__(self, config: LineConfig, session: aiohttp.ClientSession) -> None:
        self._config = config
        self._session = session
        self._api: Any = None

    async def bot_info(self) -> BotInfo:
        """Our own ids and name."""
        data = await self._ask("GET", "/v2/bot/info", "get_bot_info")
        return BotInfo(data.user_id, data.basic_id, data.display_name)

    async def usage(self) -> Quota:
        """This month's limit and what is used of it (approximate, and it includes what the console sent)."""
        quota, consumption = await asyncio.gather(
            self._ask("GET", "/v2/bot/message/quota", "get_message_quota"),
            self._ask("GET", "/v2/bot/message/quota/consumption", "get_message_quota_consumption"),
        )
        if quota.type == "none":
            return Quota(None, consumption.total_usage)
        if quota.value is None:  # never read a limit that is not told as no limit
            raise SendError(Failure.UNKNOWN, "unreadable answer")
        return Quota(quota.value, consumption.total_usage)

    async def webhook_endpoint(self) -> WebhookEndpoint | None:
        """None where no address is set (404)."""
        data = await self._ask_for("GET", "/v2/bot/channel/webhook/endpoint", "get_webhook_endpoint")
        return WebhookEndpoint(data.endpoint, data.active) if data else None

    async def set_webhook_endpoint(self, url: str) -> None:
        """Have webhooks sent to `url` (https, at most 500 characters)."""
        request = SetWebhookEndpointRequest(endpoint=url)
        await self._ask("PUT", "/v2/bot/channel/webhook/endpoint", "set_webhook_endpoint", request)

    async def test_webhook(self, url: str | None = None) -> WebhookTest:
        """Let LINE call the address that is set, or `url` (at most 60 times an hour)."""
        data = await self._ask(
            "POST",
            "/v2/bot/channel/webhook/test",
            "test_webhook_endpoint",
            TestWebhookEndpointRequest(endpoint=url),
            timeout=_WEBHOOK_TEST_TIMEOUT,
        )
        return WebhookTest(bool(data.success), data.status_code, data.reason, data.detail)

    async def display_name(self, user_id: str) -> str | None:
        """The person's own nickname; None if LINE does not tell it (no friend, blocked, unknown: 404)."""
        data = await self._ask_for("GET", "/v2/bot/profile/{userId}", "get_profile", user_id)
        return str(data.display_name) if data else None

    async def leave(self, chat_id: str) -> None:
        """Leave a group (C…) or an old multi-person chat (R…)."""
        if chat_id.startswith("R"):
            await self._ask("POST", "/v2/bot/room/{roomId}/leave", "leave_room", chat_id)
        else:
            await self._ask("POST", "/v2/bot/group/{groupId}/leave", "leave_group", chat_id)

    async def _ask_for(self, method: str, path: str, name: str, *arguments: object) -> Any:
        """As `_ask`, with None for 404."""
        try:
            return await self._ask(method, path, name, *arguments)
        except SendError as error:
            if isinstance(error.__cause__, ApiException) and error.__cause__.status == 404:
                return None
            raise

    async def _ask(self, method: str, path: str, name: str, *arguments: object, timeout: float | None = None) -> Any:
        """Call the SDK's method `name` and translate whatever it raises."""
        call: Callable[..., Awaitable[Any]] = getattr(await self._client(), f"{name}_with_http_info")
        started, answer = perf_counter(), None
        try:
            response = await call(*arguments, _request_timeout=timeout or self._config.timeout)
            answer = LineAnswer(response.status_code, b"", response.headers)
        except ApiException as error:
            answer = LineAnswer(error.status, _bytes(error.body), error.headers or {})
            raise failure_of(answer) from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise broken(error) from error
        except ValueError as error:  # the SDK's models (pydantic.v1) on a 2xx they cannot read
            raise SendError(Failure.UNKNOWN, "unreadable answer") from error
        finally:
            log_call(method, path, started, answer)
        return response.data

    async def _client(self) -> Any:
        """The SDK's client, with our session in place of its own, which obeys HTTP_PROXY and has ten connections."""
        if self._api is None:
            configuration = Configuration(host=self._config.api_url.rstrip("/"), access_token=self._config.access_token)
            client = AsyncApiClient(configuration)
            unused, client.rest_client.pool_manager = client.rest_client.pool_manager, self._session
            self._api = AsyncMessagingApi(client)
            await unused.close()
        return self._api


def _bytes(body: str | bytes | None) -> bytes:
    return body.encode() if isinstance(body, str) else body or b""
