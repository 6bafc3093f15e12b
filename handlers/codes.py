"""Registration codes: eight digits that a person types once. Only their keyed hash is ever stored."""

from __future__ import annotations

import hmac
import secrets
import unicodedata
from collections.abc import Collection
from datetime import datetime, timedelta

from storage.models import Code, CodePurpose

DIGITS = 8

VALID_FOR = {CodePurpose.CONTACT: timedelta(days=60), CodePurpose.ADMINISTRATOR: timedelta(hours=24)}
"""How long a code may be used. A paper handed out in class lives longer than a right over everyone."""

_DASHES = "-‐‑‒–—―−ー"
"""What people type between the halves of a number, after NFKC."""


def fresh(taken: Collection[str] = ()) -> str:
    """A new random code that is none of `taken`."""
    while True:
        code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
        if code not in taken:
            return code


def shown(code: str) -> str:
    """How a code is printed: `1234-5678`."""
    return f"{code[:4]}-{code[4:]}"


def normalize(text: str) -> str | None:
    """The eight digits somebody typed, whatever the width, spaces and hyphens; None if it is no code."""
    digits = "".join(c for c in unicodedata.normalize("NFKC", text) if not c.isspace() and c not in _DASHES)
    return digits if len(digits) == DIGITS and digits.isascii() and digits.isdigit() else None


def code_id(code: str, secret: bytes) -> str:
    """The id under which a code (eight digits, see `normalize`) is stored: HMAC-SHA256 with the organization's secret.

    Raises: ValueError for anything else, or without a secret: a plain hash of eight digits is guessed in a second.
    """
    if not secret:
        raise ValueError("codes need the organization's secret")
    if normalize(code) != code:
        raise ValueError("not a code")
    return hmac.digest(secret, b"code:" + code.encode("ascii"), "sha256").hex()


def record(code: str, purpose: CodePurpose, contact: str, *, secret: bytes, now: datetime, name: str = "") -> Code:
    """What is stored of a code. `contact`: whom it registers; for an administrator, the contact to make."""
    return Code(
        id=code_id(code, secret),
        purpose=purpose,
        contact=contact,
        name=name,
        created_at=now,
        expires_at=now + VALID_FOR[purpose],
    )
