"""Webhook bodies → events in our words. Whatever LINE sends, no event is lost and none loses its neighbours.

Every event is read on its own and tolerantly: LINE adds types, properties and values without notice (development
guidelines), and its SDK's parser gives up a whole body for one of them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypedDict

from bot.channels.base import RejectedError
from bot.channels.decoding import decode, mapping, matching, moment
from bot.channels.line.slicing import cut
from handlers.buttons import unpack, unpack_confirm
from handlers.events import Attachment, Blocked, Event, Followed, Invited, Press, Tap, Text, Unhandled
from storage.models import is_storable

CHANNEL = "line"
_USER = re.compile(r"U[0-9a-f]{32}")
_CHAT = re.compile(r"[CR][0-9a-f]{32}")
_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")
_WORD = re.compile(r"[0-9A-Za-z_.-]{1,40}")
_TOKEN = re.compile(r"[!-~]{1,256}")
_DUMMY_TOKEN = re.compile(r"0+|f+")
_DUMMY_USER = "U" + 4 * "deadbeef"
_REDELIVERED = re.compile(rb'("isRedelivery"\s*:\s*)true')
_ATTACHMENTS = frozenset({"sticker", "image", "video", "audio", "file", "location"})
UNREADABLE = "unreadable"
"""Kind of an event that is no JSON object, or holds what no database can keep as text."""


class _Common(TypedDict):
    id: str
    channel: str
    user: str
    at: datetime
    received_at: datetime
    reply_token: str | None
    raw: bytes


def read(body: bytes, received_at: datetime, own_id: str = "") -> list[Event]:
    """The events of a verified body, in its order; none for LINE's own test of the address (`events: []`).

    `own_id` is our bot's user id, '' while unknown: what is meant for another bot is refused.

    Raises: RejectedError, 400.
    """
    slices, destination = cut(body)
    if own_id and destination is not None and destination != own_id:
        raise RejectedError(400, "destination")
    return [_read_one(raw, received_at) for raw in slices]


def reread(event_id: str, raw: bytes, received_at: datetime) -> Event:
    """A stored event once more, under the id it was stored with and without its reply token."""
    return _read_one(raw, received_at, stored_id=event_id)


def _read_one(raw: bytes, received_at: datetime, stored_id: str = "") -> Event:
    fields, is_clean = decode(raw)
    at, is_replaced = moment(fields.get("timestamp"), received_at)
    source = mapping(fields.get("source"))
    token = matching(_TOKEN, fields.get("replyToken"))
    common = _Common(
        id=stored_id or matching(_ID, fields.get("webhookEventId")) or _hash(raw),
        channel=CHANNEL,
        user=matching(_USER, source.get("userId")),
        at=at,
        received_at=received_at,
        reply_token=(token or None) if fields.get("mode") == "active" and not stored_id else None,
        raw=raw,
    )
    if _DUMMY_TOKEN.fullmatch(token) or common["user"] == _DUMMY_USER:
        return Unhandled(**common, kind="verify")
    event = _interpret(fields, source, common, is_replaced)
    if is_clean or (isinstance(event, Tap) and is_storable(event.notice + event.choice)):
        return event
    return Unhandled(**common, kind=UNREADABLE)


def _interpret(fields: Mapping[str, Any], source: Mapping[str, Any], common: _Common, is_replaced: bool) -> Event:
    kind = matching(_WORD, fields.get("type")) or UNREADABLE
    match source.get("type"):
        case "user":
            return _from_person(kind, fields, common, is_replaced) or Unhandled(**common, kind=kind)
        case "group" | "room" as place:
            chat = matching(_CHAT, source.get(f"{place}Id"))
            return _from_chat(kind, chat, fields, common, is_replaced) or Unhandled(**_silenced(common), kind=kind)
        case _:
            return Unhandled(**common, kind=kind)


def _from_person(kind: str, fields: Mapping[str, Any], common: _Common, is_replaced: bool) -> Event | None:
    match kind:
        case "postback":
            data = mapping(fields.get("postback")).get("data")
            return _pressed(data, common, is_replaced) if isinstance(data, str) else None
        case "message":
            return _said(mapping(fields.get("message")), common)
        case "follow":
            return Followed(**common)
        case "unfollow":
            return Blocked(**common)
    return None


def _from_chat(kind: str, chat: str, fields: Mapping[str, Any], common: _Common, is_replaced: bool) -> Event | None:
    """Of a group only two things matter: that it invited us, and a confirmation button that was passed on to it."""
    if kind == "join" and chat:
        return Invited(**common, group=chat)
    if kind == "postback" and common["user"]:
        data = mapping(fields.get("postback")).get("data")
        return _tapped(data, _silenced(common), is_replaced) if isinstance(data, str) else None
    return None


def _pressed(data: str, common: _Common, is_replaced: bool) -> Event:
    """A button in a 1:1 chat; one that is not ours has the verb '', so that it can be answered."""
    tap = _tapped(data, common, is_replaced)
    if tap is not None:
        return tap
    verb, arguments = unpack(data) or ("", ())
    return Press(**common, verb=verb, arguments=arguments)


def _tapped(data: str, common: _Common, is_replaced: bool) -> Tap | None:
    confirmed = unpack_confirm(data)
    if confirmed is None:
        return None
    notice, version, choice = confirmed
    return Tap(**common, notice=notice, version=version, choice=choice, time_replaced=is_replaced)


def _said(message: Mapping[str, Any], common: _Common) -> Event | None:
    kind = message.get("type")
    if kind == "text" and isinstance(message.get("text"), str):
        return Text(**common, text=message["text"])
    if isinstance(kind, str) and kind in _ATTACHMENTS:
        return Attachment(**common, kind=kind)
    return None


def _silenced(common: _Common) -> _Common:
    """Without the ticket for an answer: in a group everybody would read it."""
    return {**common, "reply_token": None}


def _hash(raw: bytes) -> str:
    """The id of an event without one: the same when it is delivered again."""
    return "sha256-" + hashlib.sha256(_REDELIVERED.sub(rb"\1false", raw)).hexdigest()
