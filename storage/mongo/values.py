"""What can be stored, and where text ends. Knows no collection."""

from __future__ import annotations

from collections.abc import Iterable

from storage.models import is_storable

UNSTORABLE = (UnicodeError, OverflowError)
"""What Python says of a lone surrogate and of a number beyond 64 bits. Nothing stored equals such a value, so whoever
asks for it finds nothing."""

TOP = "\U0010ffff" * 4
"""The end of two-sided ranges over text: nothing that people write sorts after it."""


def storable(ids: Iterable[str]) -> list[str]:
    """Without what is not Unicode: nothing stored can equal a lone surrogate, so such an id is merely unknown."""
    return [id_ for id_ in ids if id_.isascii() or is_storable(id_)]
