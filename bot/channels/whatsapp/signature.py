"""Proof that a webhook body comes from Meta, and the answer to its question whether an address is ours.

Looks at raw bytes only: nothing is decoded before it holds.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence

from bot.channels.base import RejectedError
from bot.channels.signing import check

HEADER = "x-hub-signature-256"
_PREFIX = b"sha256="


def verify(body: bytes, headers: Mapping[str, str], secrets: Sequence[bytes]) -> None:
    """Return if one of the app secrets signed exactly these bytes (hexadecimal HMAC-SHA256).

    Raises: RejectedError, 401, whatever stands in the header.
    """
    check(body, headers, HEADER, secrets, sign)


def sign(body: bytes, secret: bytes) -> bytes:
    """What Meta writes into the header for this body."""
    return _PREFIX + hmac.digest(secret, body, "sha256").hex().encode()


def challenge(query: Mapping[str, str], verify_token: str) -> str:
    """What to answer when Meta asks whether the address is ours (on setting it up, and on every change of it).

    Raises: RejectedError, 403.
    """
    token = query.get("hub.verify_token", "").encode(errors="replace")
    is_ours = hmac.compare_digest(token, verify_token.encode())
    if query.get("hub.mode") != "subscribe" or not is_ours:
        raise RejectedError(403, "verify-token")
    return query.get("hub.challenge", "")
