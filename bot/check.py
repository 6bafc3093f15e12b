"""`check`: every setting and every platform, one line each."""

from __future__ import annotations

from collections.abc import Callable


async def check(*, fix: bool, say: Callable[[str], None]) -> int:
    """Say how everything stands; 1 if anything is wrong."""
    raise NotImplementedError
