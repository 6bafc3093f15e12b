"""What an answer of the Graph API means, and what a `failed` status does. Pure; by numeric code, for titles change.

Source: Meta, "Cloud API error codes", and its copies by partners.
"""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from bot.channels.answer import Answer
from bot.channels.base import Failure, SendError
from bot.channels.decoding import mapping

_REASON = 200

_BY_CODE: dict[int, Failure] = {
    # Our token, our right, our account: an operator's to mend; nobody's message is lost by it.
    **dict.fromkeys((0, 3, 10, 33, 190, 131005, 131030, 131031, 131037, 131042, 131063, 368), Failure.UNAUTHORIZED),
    130497: Failure.UNAUTHORIZED,
    # Too fast, or not now.
    **dict.fromkeys((4, 80007, 131057), Failure.PAUSED),
    130429: Failure.RATE_LIMITED,
    131056: Failure.PAIR_LIMITED,
    **dict.fromkeys((2, 131016), Failure.RATE_LIMITED),
    # This person cannot be reached this way.
    **dict.fromkeys((131026, 131049, 130472, 131062, 131021), Failure.UNREACHABLE),
    131050: Failure.OPTED_OUT,
    131047: Failure.WINDOW_CLOSED,
    # The message itself, its template, or what Meta thinks of us: the next one would fare no better.
    **dict.fromkeys((100, 131008, 131009, 131048, 131051, 131064), Failure.BROKEN),
    **dict.fromkeys((132000, 132001, 132005, 132007, 132008, 132012, 132015, 132016, 132018), Failure.BROKEN),
}
_RIGHTS = range(200, 300)
_TRANSIENT = frozenset({1, 131000, 135000})
"""Something went wrong: clearly not accepted with 4xx, and anybody's guess with 5xx."""


class WhatsAppAnswer(Answer):
    """What the Graph API said."""

    __slots__ = ()
    id_headers = ("x-fb-trace-id", "x-fb-request-id")

    @property
    def fields(self) -> Mapping[str, object]:
        """The JSON object in it; an empty one if it is none."""
        try:
            return mapping(orjson.loads(self.body))
        except orjson.JSONDecodeError:
            return {}


def accepted(answer: WhatsAppAnswer) -> str:
    """Meta's id of the message it took. "Accepted" is not "sent", still less "delivered".

    Raises: SendError; with `Failure.HELD` for a message that was taken and waits for Meta's look at its quality.
    """
    if not answer.is_success:
        raise failure_of(answer)
    listed = answer.fields.get("messages")
    first = mapping(listed[0]) if isinstance(listed, list) and listed else {}
    message = first.get("id")
    if not isinstance(message, str) or not message:
        raise SendError(Failure.UNKNOWN, f"{answer.status}; unreadable", answer.request_id)
    if first.get("message_status") == "held_for_quality_assessment":
        raise SendError(Failure.HELD, "held_for_quality_assessment", message)
    return message


def failure_of(answer: WhatsAppAnswer) -> SendError:
    """What to do about an answer that is not a clear yes."""
    error = mapping(answer.fields.get("error"))
    code = _code(error)
    kind = _kind(code, answer.status)
    return SendError(kind, _reason(str(answer.status), error), answer.request_id)


def failure_of_report(errors: object) -> tuple[str, str]:
    """(the word for it, why) of a `failed` status, by the first error that has a code."""
    listed = [mapping(error) for error in errors] if isinstance(errors, list) else []
    error = next((error for error in listed if _code(error) is not None), {})
    code = _code(error)
    kind = Failure.RATE_LIMITED if code in _TRANSIENT else _known(code) or Failure.REFUSED
    return kind.value, _reason("failed", error)


def _kind(code: int | None, status: int) -> Failure:
    if code in _TRANSIENT:
        return Failure.UNKNOWN if status >= 500 else Failure.RATE_LIMITED
    known = _known(code)
    if known is not None:
        return known
    if status in {401, 403}:
        return Failure.UNAUTHORIZED
    if status == 429:
        return Failure.RATE_LIMITED
    return Failure.REFUSED if 400 <= status < 500 and status != 408 else Failure.UNKNOWN


def _known(code: int | None) -> Failure | None:
    if code is not None and code in _RIGHTS:
        return Failure.UNAUTHORIZED
    return _BY_CODE.get(code) if code is not None else None


def _code(error: Mapping[str, object]) -> int | None:
    code = error.get("code")
    if isinstance(code, str) and code.isascii() and code.isdigit():
        return int(code[:9])
    return code if isinstance(code, int) and not isinstance(code, bool) else None


def _reason(status: str, error: Mapping[str, object]) -> str:
    """Meta's number and short title. Its details may hold numbers and texts, and stay out."""
    title = error.get("title") or error.get("message")
    parts = (status, str(_code(error) or ""), title if isinstance(title, str) else "")
    reason = "; ".join(part for part in parts if part)
    return _without_numbers("".join(c if c.isprintable() else " " for c in reason))[:_REASON]


def _without_numbers(text: str) -> str:
    """Long digits are somebody's telephone number."""
    return " ".join("<id>" if sum(c.isdigit() for c in word) > 6 else word for word in text.split(" "))
