"""Webhook bodies → events in our words. Whatever Meta sends, no item is lost and none loses its neighbours.

A person is known by her business-scoped user id (BSUID, `JP.1349…`) first and by her telephone number (`+81…`) second;
either may be missing. Which notice a tap is about stands in the button's own payload, for `context` may be missing too.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, TypedDict

import msgspec

from bot.channels.decoding import decode, mapping, matching, moment
from bot.channels.whatsapp.classify import failure_of_report
from bot.channels.whatsapp.slicing import Item, cut, unpacked
from handlers.buttons import unpack, unpack_confirm
from handlers.events import (
    AccountNews,
    Attachment,
    Event,
    Followed,
    Preference,
    Press,
    Renamed,
    StatusReport,
    Tap,
    Text,
    Unhandled,
)
from storage.models import Reported, is_storable

CHANNEL = "whatsapp"
UNREADABLE = "unreadable"
"""Kind of an item that is no JSON object, or holds what no database can keep as text."""

_DIGITS = re.compile(r"\+?([0-9]{5,20})")
_BSUID = re.compile(r"[A-Z]{2}\.(?:ENT\.)?[0-9A-Za-z]{1,128}")
_MESSAGE = re.compile(r"[!-~]{1,256}")
_WELL = frozenset({"APPROVED", "PENDING", "REINSTATED", "UNFLAGGED", "UPGRADE", "ONBOARDING", "VERIFIED_ACCOUNT"})
"""States of an account's parts that need nobody's attention."""
_WORD = re.compile(r"[0-9A-Za-z_.-]{1,40}")
_SECONDS = re.compile(r"[0-9]{1,12}")
_STATUSES = {
    "sent": Reported.SENT,
    "delivered": Reported.DELIVERED,
    "read": Reported.OPENED,
    "played": Reported.OPENED,
    "failed": Reported.FAILED,
}
_ATTACHMENTS = frozenset(
    {"image", "audio", "video", "document", "sticker", "location", "contacts", "reaction", "order", "unsupported"}
)
_CHANGED = frozenset({"user_changed_number", "customer_changed_number", "user_changed_user_id"})
_MOST_FAILURE_WORDS = 200


class _Common(TypedDict):
    id: str
    channel: str
    user: str
    also: str
    at: datetime
    received_at: datetime
    reply_token: str | None
    raw: bytes


def read(body: bytes, received_at: datetime, own_number: str = "") -> list[Event]:
    """The events of a verified body, in its order. What is meant for another number is kept, and not acted on."""
    return [_read_one(item, received_at, own_number) for item in cut(body)]


def reread(event_id: str, raw: bytes, received_at: datetime) -> Event:
    """A stored event once more, under the id it was stored with and without leave to answer it."""
    return _read_one(unpacked(raw), received_at, stored_id=event_id)


def phone(digits: object) -> str:
    """The address value of a telephone number as Meta writes it; '' for anything else."""
    match = _DIGITS.fullmatch(digits) if isinstance(digits, str) else None
    return f"+{match[1]}" if match else ""


def bsuid(value: object) -> str:
    """The address value of a business-scoped user id; '' for anything else."""
    return matching(_BSUID, value)


def _read_one(item: Item, received_at: datetime, own_number: str = "", stored_id: str = "") -> Event:
    fields, is_clean = decode(item.raw)
    seconds = str(fields.get("timestamp"))
    at, is_replaced = moment(int(seconds) * 1000 if _SECONDS.fullmatch(seconds) else None, received_at)
    user, also = _people(item, fields)
    is_spoken = item.kind == "messages" and not stored_id
    common = _Common(
        id=stored_id or _id(item, fields),
        channel=CHANNEL,
        user=user,
        also=also,
        at=at,
        received_at=received_at,
        reply_token=(matching(_MESSAGE, fields.get("id")) or None) if is_spoken and user else None,
        raw=item.packed() if fields else item.raw,
    )
    kind = matching(_WORD, item.kind)
    if not fields or not kind:
        return _unhandled(common, UNREADABLE)
    if own_number and item.number not in {"", own_number}:
        return _unhandled(common, "other-number")
    event = _interpret(kind, fields, common, is_replaced)
    if is_clean or (isinstance(event, Tap) and is_storable(event.notice + event.choice)):
        return event
    return _unhandled(common, UNREADABLE)


def _unhandled(common: _Common, kind: str) -> Unhandled:
    return Unhandled(**_unanswered(common), kind=kind)


def _unanswered(common: _Common) -> _Common:
    return {**common, "reply_token": None}


def _interpret(kind: str, fields: Mapping[str, Any], common: _Common, is_replaced: bool) -> Event:
    event: Event | None = None
    match kind:
        case "messages":
            event = _message(fields, common, is_replaced)
            kind = matching(_WORD, fields.get("type")) or UNREADABLE
        case "statuses":
            event = _status(fields, common)
            kind = f"status-{matching(_WORD, fields.get('status')) or UNREADABLE}"
        case "user_id_update":
            change = mapping(fields.get("user_id"))
            event = _renamed(bsuid(change.get("previous")), [bsuid(change.get("current"))], common)
        case "user_preferences":
            event = _preference(fields, common)
        case _:
            event = _news(kind, mapping(fields.get("value")) or fields, common)
    return event or _unhandled(common, kind)


# Messages


def _message(fields: Mapping[str, Any], common: _Common, is_replaced: bool) -> Event | None:
    match fields.get("type"):
        case "text" if isinstance(text := mapping(fields.get("text")).get("body"), str):
            return Text(**common, text=text)
        case "button":
            return _pressed(mapping(fields.get("button")).get("payload"), common, is_replaced)
        case "interactive":
            said = mapping(fields.get("interactive"))
            chosen = mapping(said.get("button_reply")) or mapping(said.get("list_reply"))
            return _pressed(chosen.get("id"), common, is_replaced)
        case "system":
            return _moved(mapping(fields.get("system")), common)
        case "request_welcome":
            return Followed(**common)
        case "reaction" if not mapping(fields.get("reaction")).get("emoji"):
            return None  # taken back
        case str() as kind if kind in _ATTACHMENTS:
            return Attachment(**common, kind=kind)
    return None


def _pressed(data: object, common: _Common, is_replaced: bool) -> Event | None:
    """A button, in either form; one that is not ours has the verb '', so that it can be answered."""
    if not isinstance(data, str):
        return None
    if confirmed := unpack_confirm(data):
        notice, version, choice = confirmed
        return Tap(**common, notice=notice, version=version, choice=choice, time_replaced=is_replaced)
    verb, arguments = unpack(data) or ("", ())
    return Press(**common, verb=verb, arguments=arguments)


def _moved(system: Mapping[str, Any], common: _Common) -> Event | None:
    """A new number is a new user id too."""
    if system.get("type") not in _CHANGED:
        return None
    old = phone(system.get("customer")) or bsuid(system.get("previous_user_id")) or common["user"]
    number = phone(system.get("wa_id")) or phone(system.get("new_wa_id"))
    return _renamed(old, [number, bsuid(system.get("user_id"))], common)


def _renamed(old: str, new: list[str], common: _Common) -> Event | None:
    values = tuple(value for value in new if value and value != old)
    if not old or not values:
        return None
    also = "" if common["also"] in values else common["also"]
    person: _Common = {**common, "user": old, "also": also, "reply_token": None}
    return Renamed(**person, values=values)


# Statuses and preferences


def _status(fields: Mapping[str, Any], common: _Common) -> Event | None:
    status = _STATUSES.get(matching(_WORD, fields.get("status")))
    message = matching(_MESSAGE, fields.get("id"))
    if status is None or not message:
        return None
    failure, error = ("", "")
    if status is Reported.FAILED:
        failure, error = failure_of_report(fields.get("errors"))
    ours = matching(_MESSAGE, fields.get("biz_opaque_callback_data"))
    return StatusReport(
        **common, message=message, outgoing=ours, status=status, failure=failure, error=error[:_MOST_FAILURE_WORDS]
    )


def _preference(fields: Mapping[str, Any], common: _Common) -> Event | None:
    value, category = fields.get("value"), matching(_WORD, fields.get("category"))
    if value not in {"stop", "resume"} or not category:
        return None
    return Preference(**common, category=category, is_stopped=value == "stop")


def _news(kind: str, value: Mapping[str, Any], common: _Common) -> Event | None:
    """What somebody should look at, of all that Meta tells of an account."""
    name = matching(_WORD, value.get("message_template_name"))
    state = matching(_WORD, value.get("event"))
    match kind:
        case "message_template_status_update" if state and state not in _WELL:
            what = "template"
        case "template_category_update" if value.get("new_category") == "MARKETING":
            what, state = "category", "MARKETING"
        case "phone_number_quality_update" if state and state not in _WELL:
            what = "number"
        case "account_update" | "account_alerts" if state and state not in _WELL:
            what = "account"
        case _:
            return None
    return AccountNews(**_unanswered(common), what=what, name=name, state=state)


# Who, and which


def _people(item: Item, fields: Mapping[str, Any]) -> tuple[str, str]:
    """(the address value that identifies the person, her other one): user id first, number second, each if known."""
    contacts = list(_contacts(item.contacts))
    wa_id = phone(fields.get("from")) or phone(fields.get("recipient_id")) or phone(fields.get("wa_id"))
    named = fields.get("from_user_id") or fields.get("recipient_user_id") or fields.get("user_id")
    user_id = bsuid(named)
    if not user_id:
        user_id = next((b for p, b in contacts if b and (p == wa_id or (not wa_id and len(contacts) == 1))), "")
    if not wa_id:
        wa_id = next((p for p, b in contacts if p and b == user_id and user_id), "")
        wa_id = wa_id or (contacts[0][0] if len(contacts) == 1 and not user_id else "")
    return (user_id, wa_id) if user_id else (wa_id, "")


def _contacts(raw: bytes) -> Iterator[tuple[str, str]]:
    """(number, user id) of each contact that can be read."""
    try:
        listed = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return
    for contact in listed if isinstance(listed, list) else ():
        fields = mapping(contact)
        yield phone(fields.get("wa_id")), bsuid(fields.get("user_id"))


def _id(item: Item, fields: Mapping[str, Any]) -> str:
    """The same for the same thing delivered again. Each status of a message is a thing of its own."""
    message = matching(_MESSAGE, fields.get("id"))
    if item.kind == "messages" and message:
        return message
    status = matching(_WORD, fields.get("status"))
    if item.kind == "statuses" and message and status:
        return f"{message}:{status}"
    return "sha256-" + hashlib.sha256(item.raw).hexdigest()
