"""The smaller endpoints: profile, bot info, quota, webhook address and test, content, groups, loading animation."""

import re
from datetime import UTC, datetime
from urllib.parse import urlsplit

from simulator.clock import Clock
from simulator.exchange import Answer, ApiCall
from simulator.jsonio import JsonObject, dumps
from simulator.line import errors, limits
from simulator.line.checks import Check, integer, shape, string
from simulator.line.errors import ApiError, Problem, body_error
from simulator.line.memory import Meter
from simulator.line.settings import Settings
from simulator.line.webhooks import HEADER, LineCourier, sign
from simulator.line.world import Group, World

_USER_ID = re.compile(r"U[0-9a-f]{32}")
_endpoint = shape({"endpoint": string(limits.WEBHOOK_URL)})
_optional_endpoint = shape({}, {"endpoint": string(limits.WEBHOOK_URL)})
_loading = shape({"chatId": string(100)}, {"loadingSeconds": integer})


class Account:
    """Reads about the channel and its people, and the few things one can set."""

    def __init__(self, settings: Settings, clock: Clock, world: World, meter: Meter, courier: LineCourier) -> None:
        self._settings = settings
        self._clock = clock
        self._world = world
        self._meter = meter
        self._courier = courier

    def profile(self, call: ApiCall) -> Answer:
        """Friends, and strangers who wrote; 404 without a reason for everyone else. Raises: ApiError."""
        user = self._world.users.get(call.params["userId"])
        if user is None or user.blocked or not (user.friend or user.wrote_at_ms is not None):
            raise ApiError(404, errors.NOT_FOUND)
        return Answer({"userId": user.id, "displayName": user.name, "language": "ja"})

    def info(self, call: ApiCall) -> Answer:
        """The bot itself."""
        known = self._settings
        return Answer(
            {
                "userId": known.bot_user_id,
                "basicId": known.basic_id,
                "displayName": known.name,
                "chatMode": "bot",
                "markAsReadMode": "auto",
            }
        )

    def quota(self, call: ApiCall) -> Answer:
        """The month's target limit."""
        quota = self._settings.quota
        return Answer({"type": "none"} if quota is None else {"type": "limited", "value": quota})

    def consumption(self, call: ApiCall) -> Answer:
        """People reached this month."""
        self._meter.roll(self._clock.now_ms())
        return Answer({"totalUsage": self._settings.consumption})

    def get_webhook(self, call: ApiCall) -> Answer:
        """The webhook address. Raises: ApiError 404 when none is set."""
        return Answer({"endpoint": self._address(), "active": self._settings.webhook_active})

    def set_webhook(self, call: ApiCall) -> Answer:
        """Set the webhook address; takes effect at once. Raises: ApiError."""
        _require(_endpoint, call)
        self._settings.webhook_url = _web_address(call.body["endpoint"])
        return Answer({})

    async def test_webhook(self, call: ApiCall) -> Answer:
        """Send a signed body without events, and say how it went. Raises: ApiError."""
        if call.body is not None:
            _require(_optional_endpoint, call)
        given = (call.body or {}).get("endpoint")
        url = _web_address(given) if given else self._address()
        raw = dumps({"destination": self._settings.bot_user_id, "events": []})
        signature = sign(self._settings.channel_secrets[0], raw)
        at_ms = self._clock.now_ms()
        outcome, _ = await self._courier.deliver_raw(url, raw, {HEADER: signature}, test=True)
        moment = datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds")
        return Answer(
            {
                "success": outcome.is_ok,
                "timestamp": moment.replace("+00:00", "Z"),
                "statusCode": outcome.status,
                "reason": outcome.reason,
                "detail": outcome.detail,
            }
        )

    def content(self, call: ApiCall) -> Answer:
        """What a person sent: 404 for an unknown id, 410 after they unsent it. Raises: ApiError."""
        item = self._world.contents.get(call.params["messageId"])
        if item is None or item.content is None:
            raise ApiError(404, "not found")
        if item.unsent:
            raise ApiError(410, "The content is gone")
        content_type, content = item.content
        return Answer(content, content_type=content_type)

    def group_summary(self, call: ApiCall) -> Answer:
        """A group the bot is in. Raises: ApiError."""
        group = self._group(call)
        return Answer({"groupId": group.id, "groupName": group.name})

    def group_count(self, call: ApiCall) -> Answer:
        """How many people are in the group; the bot does not count. Raises: ApiError."""
        return Answer({"count": len(self._group(call).members)})

    def group_member(self, call: ApiCall) -> Answer:
        """A member's name, friend or not. Raises: ApiError."""
        group, user = self._group(call), self._world.users.get(call.params["userId"])
        if user is None or user.id not in group.members:
            raise ApiError(404, errors.NOT_FOUND)
        return Answer({"userId": user.id, "displayName": user.name})

    def group_leave(self, call: ApiCall) -> Answer:
        """The bot leaves; the members see it. Raises: ApiError."""
        group = self._group(call)
        group.bot_in = False
        notice: JsonObject = {"type": "notice", "text": f"{self._settings.name}が退会しました"}
        group.chat.add(self._world.item("system", notice))
        return Answer({})

    def verified_only(self, call: ApiCall) -> Answer:
        """followers/ids and members/ids: 403, as for every unverified account. Raises: ApiError."""
        raise ApiError(403, errors.NOT_AVAILABLE)

    def loading(self, call: ApiCall) -> Answer:
        """The loading animation in a 1:1 chat; 202 whether anyone sees it or not. Raises: ApiError."""
        _require(_loading, call)
        if not _USER_ID.fullmatch(call.body["chatId"]):
            raise body_error([Problem("Must be a user ID", "chatId")])
        if call.body.get("loadingSeconds", 20) not in limits.LOADING_SECONDS:
            raise body_error([Problem("Must be a multiple of 5 from 5 to 60", "loadingSeconds")])
        return Answer({}, 202)

    def _address(self) -> str:
        if not self._settings.webhook_url:
            raise ApiError(404, "Webhook endpoint not found")
        return self._settings.webhook_url

    def _group(self, call: ApiCall) -> Group:
        group = self._world.groups.get(call.params["groupId"])
        if group is None or not group.bot_in:
            raise ApiError(404, errors.NOT_FOUND)
        return group


def _require(request: Check, call: ApiCall) -> None:
    problems: list[Problem] = []
    request(call.body, "", problems)
    if problems:
        raise body_error(problems)


def _web_address(value: str) -> str:
    """HTTPS in LINE; here http as well, because the bot is on this machine."""
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ApiError(400, "Invalid webhook endpoint URL")
    return value
