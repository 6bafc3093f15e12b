"""What LINE's answer to a call means. Pure: status, headers and body in, accepted or `SendError` out."""

from __future__ import annotations

import re
from typing import Any

import orjson

from bot.channels.answer import Answer
from bot.channels.base import Failure, SendError

_REASON = 200
_IDS = re.compile(r"\b[UCR][0-9a-f]{32}\b")


class LineAnswer(Answer):
    """What LINE said."""

    __slots__ = ()
    id_headers = ("x-line-request-id",)


def accepted(answer: LineAnswer, *, is_push: bool = False) -> str | None:
    """The id of the request that was accepted: this one's, or with 409 that of an earlier one with its retry key.

    "Accepted" is not "delivered" ("Retry failed API requests").

    Raises: SendError.
    """
    if answer.status == 409:
        return answer.headers.get("x-line-accepted-request-id") or answer.request_id
    if answer.is_success and isinstance(_json(answer.body), dict):
        return answer.request_id
    raise failure_of(answer, is_push=is_push)


def failure_of(answer: LineAnswer, *, is_push: bool = False) -> SendError:
    """What to do about an answer that is not a clear yes."""
    return SendError(_kind(answer, is_push=is_push), _reason(answer), answer.request_id)


def _kind(answer: LineAnswer, *, is_push: bool) -> Failure:
    match answer.status:
        case 401 | 403:
            return Failure.UNAUTHORIZED
        case 429:
            return _kind_of_429(_message(answer).lower(), is_push=is_push)
        case 408:  # never documented by LINE; a proxy that says it may have passed the request on
            return Failure.UNKNOWN
        case status if 400 <= status < 500:
            return Failure.REFUSED
    return Failure.UNKNOWN


def _kind_of_429(message: str, *, is_push: bool) -> Failure:
    """Only the words tell the kinds apart, and LINE does not promise them: words we do not know cost a pause,
    not a person her message."""
    if "monthly limit" in message:
        return Failure.OUT_OF_QUOTA
    if is_push and "user" in message and "rate limit" not in message:
        return Failure.FLOODED
    return Failure.RATE_LIMITED


def _reason(answer: LineAnswer) -> str:
    """LINE's own words with what they complain of, short and without ids."""
    complaints = (f"{detail.get('property', '')} {detail.get('message', '')}" for detail in _details(answer))
    parts = (str(answer.status), "unreadable" if answer.is_success else _message(answer), *complaints)
    reason = "; ".join(part.strip() for part in parts if part.strip())
    return _IDS.sub("<id>", "".join(c if c.isprintable() else " " for c in reason))[:_REASON]


def _message(answer: LineAnswer) -> str:
    value = _json(answer.body)
    message = value.get("message") if isinstance(value, dict) else None
    return message if isinstance(message, str) else ""


def _details(answer: LineAnswer) -> list[dict[str, Any]]:
    value = _json(answer.body)
    details = value.get("details") if isinstance(value, dict) else None
    return [detail for detail in details if isinstance(detail, dict)] if isinstance(details, list) else []


def _json(body: bytes) -> object:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
