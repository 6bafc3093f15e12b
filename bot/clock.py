"""The only call to the system's time. Everybody else is told the moment."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from storage.models import to_moment


class Clock:
    """What time it is. With a file, `now` is moved by the seconds that stand in it, for every process that reads it."""

    def __init__(self, offset_file: Path | None = None) -> None:
        self._offset_file = offset_file
        self._offset = timedelta()
        self._seen: tuple[int, int, int] | None = None

    def now(self) -> datetime:
        """The moment: aware UTC, whole milliseconds."""
        return to_moment(datetime.now(UTC) + self.offset)

    def monotonic(self) -> float:
        """Seconds of this machine's own clock that nobody sets: for time-outs and leases, never moved by the file."""
        return time.monotonic()

    @property
    def offset(self) -> timedelta:
        """How far `now` is moved. A missing, empty or unreadable file moves nothing."""
        if self._offset_file is not None:
            self._follow(self._offset_file)
        return self._offset

    def _follow(self, file: Path) -> None:
        try:
            found = file.stat()
            mark = (found.st_mtime_ns, found.st_ino, found.st_size)
            if mark == self._seen:
                return
            self._offset = timedelta(seconds=float(file.read_text(encoding="utf-8").strip() or 0))
            self._seen = mark
        except (OSError, ValueError, OverflowError):
            self._seen, self._offset = None, timedelta()
