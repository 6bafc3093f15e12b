"""Proof that a webhook body comes from LINE. Looks at raw bytes only: nothing is decoded before it holds."""

from __future__ import annotations

import hmac
from base64 import b64encode
from collections.abc import Mapping, Sequence

from bot.channels.signing import check

HEADER = "x-line-signature"


def verify(body: bytes, headers: Mapping[str, str], secrets: Sequence[bytes]) -> None:
    """Return if one of the secrets signed exactly these bytes (base64 of HMAC-SHA256, Messaging API reference).

    Raises: RejectedError, 401.
    """
    check(body, headers, HEADER, secrets, sign)


def sign(body: bytes, secret: bytes) -> bytes:
    """What LINE writes into the header for this body."""
    return b64encode(hmac.digest(secret, body, "sha256"))
