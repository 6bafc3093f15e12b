"""Webhook bodies as Meta writes them, and the pieces they are made of."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bot.channels.whatsapp.signature import sign

SECRET = "a-test-app-secret-0123456789abcdef"
NUMBER = "106540352242922"
RECEIVED_AT = datetime(2026, 11, 25, 1, 0, 5, tzinfo=UTC)
SECONDS = "1795568400"
"""2026-11-25 01:00:00 UTC, as WhatsApp writes it."""
TAPPED_AT = datetime(2026, 11, 25, 1, 0, tzinfo=UTC)
PHONE, DIGITS = "+819012345678", "819012345678"
BSUID = "JP.13491208655302741918"
CONTACT = {"profile": {"name": "母"}, "wa_id": DIGITS, "user_id": BSUID}


def message(kind: str, content: Mapping[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    """A message of a type; a property that is None is left out."""
    whole = {"from": DIGITS, "from_user_id": BSUID, "id": "wamid.tap", "timestamp": SECONDS, "type": kind}
    whole |= ({kind: content} if content is not None else {}) | fields
    return {name: value for name, value in whole.items() if value is not None}


def quick_reply(payload: str, **fields: Any) -> dict[str, Any]:
    """A tap on a template's button."""
    return message("button", {"payload": payload, "text": "確認しました"}, **fields)


def reply_button(reference: str, **fields: Any) -> dict[str, Any]:
    """A tap on an interactive message's button."""
    chosen = {"type": "button_reply", "button_reply": {"id": reference, "title": "確認しました"}}
    return message("interactive", chosen, **fields)


def row(reference: str, **fields: Any) -> dict[str, Any]:
    """A choice from a list."""
    return message("interactive", {"type": "list_reply", "list_reply": {"id": reference, "title": "出席"}}, **fields)


def status(word: str, **fields: Any) -> dict[str, Any]:
    """A status of one of our messages."""
    whole = {"id": "wamid.ours", "status": word, "timestamp": SECONDS, "recipient_id": DIGITS} | fields
    return {name: value for name, value in whole.items() if value is not None}


def value(**lists: Any) -> dict[str, Any]:
    """What a change says, about our number."""
    return {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550783881", "phone_number_id": NUMBER},
        **lists,
    }


def change(field: str = "messages", **lists: Any) -> dict[str, Any]:
    """One change."""
    return {"field": field, "value": value(**lists)}


def body(*changes: Mapping[str, Any]) -> bytes:
    """A body with one entry."""
    entry = [{"id": "102290129340398", "changes": list(changes)}]
    return json.dumps({"object": "whatsapp_business_account", "entry": entry}, ensure_ascii=False).encode()


def signed(raw: bytes, secret: str = SECRET) -> dict[str, str]:
    """The header that goes with a body."""
    return {"X-Hub-Signature-256": sign(raw, secret.encode()).decode()}
