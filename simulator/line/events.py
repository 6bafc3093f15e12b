"""Webhook events, built as LINE builds them. Source: Messaging API reference, "Webhook Event Objects"."""

import secrets
from typing import Any

from simulator.clock import Clock
from simulator.ids import ulid
from simulator.jsonio import JsonObject
from simulator.line.memory import ReplyTokens
from simulator.line.world import ChatItem
from simulator.replies import ControlError

REPLIABLE = {
    "message",
    "messageEdited",
    "postback",
    "follow",
    "join",
    "memberJoined",
    "accountLink",
    "videoPlayComplete",
    "beacon",
    "membership",
}
DEFAULT_MESSAGE_ID = "500000000000000000"


def user_source(user_id: str) -> JsonObject:
    """A 1:1 chat."""
    return {"type": "user", "userId": user_id}


def group_source(group_id: str, user_id: str | None = None) -> JsonObject:
    """A group; the person is named only where LINE names one."""
    source = {"type": "group", "groupId": group_id}
    return source if user_id is None else {**source, "userId": user_id}


def message_of(item: ChatItem) -> JsonObject:
    """The `message` property for something a person sent: with quote and mark-as-read tokens where LINE has them."""
    shown = {name: value for name, value in item.message.items() if name != "type"}
    message: JsonObject = {"type": item.message["type"], "id": item.id, **shown}
    if item.message["type"] in {"text", "sticker", "image", "video"}:
        message["quoteToken"] = item.quote_token
    message["markAsReadToken"] = secrets.token_urlsafe(24)
    return message


class EventBuilder:
    """Gives each event its id, its time and, where one can reply, its token."""

    def __init__(self, clock: Clock, tokens: ReplyTokens) -> None:
        self._clock = clock
        self._tokens = tokens

    def event(self, kind: str, source: JsonObject, **specific: Any) -> JsonObject:
        """A complete event of that type, happening now."""
        at_ms = self._clock.now_ms()
        event: JsonObject = {
            "type": kind,
            **specific,
            "webhookEventId": ulid(at_ms),
            "deliveryContext": {"isRedelivery": False},
            "timestamp": at_ms,
            "source": source,
            "mode": "active",
        }
        if kind in REPLIABLE:
            event["replyToken"] = self._tokens.issue(chat_of(event), at_ms)
        return event

    def complete(self, partial: JsonObject) -> JsonObject:
        """Fill in what a partial event leaves out; whatever it says itself stays, however odd.

        Shortcuts: `userId`, `groupId` for the source; `text` for a text message; `data` for a postback.
        Raises: ControlError when there is neither a source nor a shortcut for one.
        """
        given = dict(partial)
        user_id, group_id = given.pop("userId", None), given.pop("groupId", None)
        if "source" not in given:
            if group_id is None and user_id is None:
                raise ControlError(400, "an event needs source, userId or groupId")
            given["source"] = group_source(group_id, user_id) if group_id else user_source(str(user_id))
        if "text" in given:
            given["type"] = given.get("type", "message")
            given["message"] = {
                "type": "text",
                "id": DEFAULT_MESSAGE_ID,
                "quoteToken": secrets.token_urlsafe(24),
                "markAsReadToken": secrets.token_urlsafe(24),
                "text": given.pop("text"),
            }
        if "data" in given:
            given["type"] = given.get("type", "postback")
            given["postback"] = {"data": given.pop("data")}
        if given.get("type") == "follow":
            given.setdefault("follow", {"isUnblocked": False})
        return self._dated(given)

    def _dated(self, given: JsonObject) -> JsonObject:
        event = {**self.event("", given["source"]), **given}
        if event["type"] in REPLIABLE and event["mode"] == "active" and "replyToken" not in given:
            event["replyToken"] = self._tokens.issue(chat_of(event), self._clock.now_ms())
        return event


def chat_of(event: JsonObject) -> str:
    """The chat an event belongs to: what a reply goes to, and within which events keep their order."""
    source = event.get("source")
    if not isinstance(source, dict):
        return ""
    return str(source.get("groupId") or source.get("roomId") or source.get("userId") or "")
