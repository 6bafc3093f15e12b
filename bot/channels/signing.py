"""Proof that a webhook body comes from its platform. Looks at raw bytes only: nothing is decoded before it holds."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping, Sequence

from bot.channels.base import RejectedError


def check(
    body: bytes,
    headers: Mapping[str, str],
    name: str,
    secrets: Sequence[bytes],
    sign: Callable[[bytes, bytes], bytes],
) -> None:
    """Return if one of the secrets signed exactly these bytes, so that `sign` writes what stands in the header `name`.

    Several secrets are in force while one replaces another. All are tried, so time does not tell which one fitted.

    Raises: RejectedError, 401, whatever stands in the header.
    """
    given = _signature_of(headers, name)
    is_genuine = False
    for secret in secrets:
        is_genuine |= hmac.compare_digest(sign(body, secret), given)
    if not is_genuine:
        raise RejectedError(401, "signature")


def _signature_of(headers: Mapping[str, str], name: str) -> bytes:
    """The header's bytes (a comparison of strings would raise for a hostile one that is not ASCII), whatever the case
    of its name: it may change (LINE, "Verify webhook signature")."""
    value = headers.get(name)
    if value is None:
        value = next((value for other, value in headers.items() if other.lower() == name), "")
    return value.encode("ascii", errors="replace")
