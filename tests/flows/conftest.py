"""Every flow runs over each home."""

from __future__ import annotations

from tests.storage.conftest import storage

__all__ = ["storage"]
