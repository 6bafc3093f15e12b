"""Reply, push and multicast: what LINE does with an accepted request, and why it refuses one.

Every step from the look-up of the retry key to the delivery runs without giving way, so two requests with one key
can never both be accepted.
"""

import hashlib
import re
from typing import Any, Literal

from simulator.clock import Clock
from simulator.exchange import Answer, ApiCall
from simulator.jsonio import JsonObject
from simulator.line import errors, limits
from simulator.line.checks import Check, array, boolean, literal, matching, shape, string
from simulator.line.errors import ApiError, Problem, body_error, property_error
from simulator.line.memory import Accepted, Meter, ReplyTokens, RetryKeys
from simulator.line.messages import MessageBook
from simulator.line.settings import Settings
from simulator.line.world import Group, LineChat, Sending, World

_USER_ID = re.compile(r"U[0-9a-f]{32}")
_CHAT_ID = re.compile(r"[UCR][0-9a-f]{32}")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

_free: dict[str, Check] = {"notificationDisabled": boolean}
_paid: dict[str, Check] = {
    **_free,
    "customAggregationUnits": array(matching(rf"[A-Za-z0-9_]{{1,{limits.UNIT_NAME}}}"), 1, minimum=0),
}
_reply = shape({"replyToken": string(1_000), "messages": literal}, _free)
_push = shape({"to": string(1_000), "messages": literal}, _paid)
_multicast = shape({"to": array(literal, limits.MULTICAST_RECIPIENTS), "messages": literal}, _paid)
_validate = shape({"messages": literal})


class Dispatcher:
    """Sends messages into chats."""

    def __init__(self, settings: Settings, clock: Clock, world: World, tokens: ReplyTokens) -> None:
        self._settings = settings
        self._clock = clock
        self._world = world
        self._tokens = tokens
        self._keys = RetryKeys()
        self._book = MessageBook()
        self.meter = Meter(settings)

    def reply(self, call: ApiCall) -> Answer:
        """Answer one event once. Free of charge, and without a retry key. Raises: ApiError."""
        if call.retry_key is not None:
            raise ApiError(400, "The X-Line-Retry-Key header cannot be used with this endpoint")
        messages = self._read(_reply, call)
        token = self._tokens.find(call.body["replyToken"], self._clock.now_ms())
        if token is None:
            raise ApiError(400, errors.INVALID_REPLY_TOKEN)
        group = self._world.groups.get(token.chat_id)
        self._check_mentions(messages, group)
        token.used = True
        chats: list[LineChat] = []
        if group is not None:
            chats = [group.chat] if group.bot_in else []
        elif (user := self._world.users.get(token.chat_id)) is not None and not user.blocked:
            chats = [user.chat]
        return self._deliver(call, messages, chats, "reply")

    def push(self, call: ApiCall) -> Answer:
        """Send to one person or one group. Raises: ApiError."""
        if (repeated := self._repeated(call)) is not None:
            return repeated
        messages = self._read(_push, call)
        chats, people = self._push_target(call.body["to"], messages)
        self._charge(people)
        return self._remember(call, self._deliver(call, messages, chats, "push"), people)

    def multicast(self, call: ApiCall) -> Answer:
        """Send to up to 500 people, once each, or to nobody when it is refused. Raises: ApiError."""
        if (repeated := self._repeated(call)) is not None:
            return repeated
        messages = self._read(_multicast, call)
        self._check_mentions(messages, None)
        chats = self._multicast_target(call.body["to"])
        self._charge(len(chats))
        answer = self._deliver(call, messages, chats, "multicast")
        answer.body = {}
        return self._remember(call, answer, len(chats))

    def validate(self, call: ApiCall) -> Answer:
        """Check `messages` and send nothing. Raises: ApiError."""
        self._read(_validate, call)
        return Answer({})

    def clear(self) -> None:
        """Forget the retry keys. The messages that are known stay known: validity does not change."""
        self._keys.clear()

    def _read(self, request: Check, call: ApiCall) -> list[JsonObject]:
        problems: list[Problem] = []
        request(call.body, "", problems)
        given = call.body.get("messages") if isinstance(call.body, dict) else None
        messages, wrong = self._book.read(given, call.raw)
        found = {(problem.property, problem.message): problem for problem in [*problems, *wrong]}
        if found:
            raise body_error(list(found.values()))
        call.body["messages"] = messages  # the shared copy, so that the log does not hold one of its own
        return messages

    def _repeated(self, call: ApiCall) -> Answer | None:
        if call.retry_key is None:
            return None
        if not _UUID.fullmatch(call.retry_key):
            raise ApiError(400, "The X-Line-Retry-Key header must be a UUID")
        first = self._keys.find(call.retry_key, self._clock.now_ms())
        if first is None:
            return None
        notes: JsonObject = {"replay_of": first.request_id}
        if first.digest != _digest(call.raw):
            notes["key_reused_with_other_body"] = True
        return Answer(
            {"message": errors.ALREADY_ACCEPTED, **first.response},
            409,
            headers={"x-line-accepted-request-id": first.request_id},
            notes=notes,
        )

    def _remember(self, call: ApiCall, answer: Answer, people: int) -> Answer:
        now_ms = self._clock.now_ms()
        self.meter.count(people, now_ms)
        said = answer.body if isinstance(answer.body, dict) else {}
        self._keys.remember(call.retry_key, Accepted(call.request_id, now_ms, _digest(call.raw), said))
        return answer

    def _push_target(self, to: str, messages: list[JsonObject]) -> tuple[list[LineChat], int]:
        if not _CHAT_ID.fullmatch(to):
            raise property_error("'to'")
        group = self._world.groups.get(to)
        self._check_mentions(messages, group)
        if group is not None and group.bot_in:
            return [group.chat], len(group.members)  # "Push to a group = number of members" (pricing)
        user = self._world.users.get(to)
        if user is None:
            raise ApiError(400, errors.FAILED_TO_SEND)
        chats = [user.chat] if user.pushable(self._clock.now_ms()) else []
        return chats, len(chats)

    def _multicast_target(self, to: list[Any]) -> list[LineChat]:
        users, chats = self._world.users, []
        for index, user_id in enumerate(to):
            if not isinstance(user_id, str) or not _USER_ID.fullmatch(user_id):
                raise property_error(f"to[{index}]")
        for user_id in dict.fromkeys(to):
            user = users.get(user_id)
            if user is None:
                if self._settings.multicast_unknown_ids == "reject":
                    raise property_error(f"to[{to.index(user_id)}]")
            elif user.reachable():
                chats.append(user.chat)
        return chats

    def _charge(self, people: int) -> None:
        if not self.meter.fits(people, self._clock.now_ms()):
            raise ApiError(429, errors.MONTHLY_LIMIT)

    def _deliver(
        self,
        call: ApiCall,
        messages: list[JsonObject],
        chats: list[LineChat],
        via: Literal["reply", "push", "multicast"],
    ) -> Answer:
        sending = Sending(call.request_id, call.retry_key, via)
        items = [self._world.item("bot", message, sending=sending) for message in messages]
        for chat in chats:
            chat.add(*items)
        sent = [{"id": item.id, "quoteToken": item.quote_token} for item in items]
        return Answer({"sentMessages": sent}, delivered_to=[chat.id for chat in chats])

    def _check_mentions(self, messages: list[JsonObject], group: Group | None) -> None:
        """Mentions go into a group the bot is in, and only for its members (reference, "Mention object")."""
        for message in messages:
            for entry in (message.get("substitution") or {}).values():
                if entry["type"] != "mention":
                    continue
                user_id = entry["mentionee"].get("userId")
                if group is None or not group.bot_in or (user_id is not None and user_id not in group.members):
                    raise ApiError(400, errors.FAILED_TO_SEND)


def _digest(raw: bytes) -> bytes:
    return hashlib.blake2b(raw, digest_size=16).digest()
