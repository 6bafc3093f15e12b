"""Proof that a webhook body comes from LINE. Looks at raw bytes only: nothing is decoded before it holds."""

from __future__ import annotations

import hmac
from base64 import b64encode
from collections.abc import Mapping, Sequence

from bot.channels.base import RejectedError

HEADER = "x-line-signature"


def verify(body: bytes, headers: Mapping[str, str], secrets: Sequence[bytes]) -> None:
    """Return if one of the secrets signed exactly these bytes (base64 of HMAC-SHA256, Messaging API reference).

    Several secrets are in force while one replaces another. All are tried, so time does not tell which one fitted.

    Raises: RejectedError, 401.
    """
    given = _signature_of(headers)
    is_genuine = False
    for secret in secrets:
        is_genuine |= hmac.compare_digest(sign(body, secret), given)
    if not is_genuine:
        raise RejectedError(401, "signature")


def sign(body: bytes, secret: bytes) -> bytes:
    """What LINE writes into the header for this body."""
    return b64encode(hmac.digest(secret, body, "sha256"))


def _signature_of(headers: Mapping[str, str]) -> bytes:
    """The header's bytes, whatever the case of its name (it may change: "Verify webhook signature")."""
    value = headers.get(HEADER)
    if value is None:
        value = next((value for name, value in headers.items() if name.lower() == HEADER), "")
    return value.encode("ascii", errors="replace")
