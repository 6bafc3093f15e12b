"""`demo`: everything on one machine."""

from __future__ import annotations

from pathlib import Path


async def demo(port: int, folder: Path, *, keep: bool) -> int:
    """Run until it is told to stop."""
    raise NotImplementedError
