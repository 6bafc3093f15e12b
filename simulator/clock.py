"""The simulator's only clock: the system's, plus an offset that tests move.

With a file, the offset (seconds, as text) lives there, so that another process can follow the same time.
"""

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path


class Clock:
    """Tells the simulated time in milliseconds since the epoch."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._offset = 0.0
        self._seen: tuple[int, int, int] | None = None
        self._moved: list[Callable[[], None]] = []

    @property
    def offset(self) -> float:
        """Seconds added to the system clock. A missing, empty or unreadable file counts as 0."""
        if self._file is not None:
            self._follow(self._file)
        return self._offset

    def now_ms(self) -> int:
        """The simulated time."""
        return int((time.time() + self.offset) * 1000)

    def on_move(self, callback: Callable[[], None]) -> None:
        """Call back after each `set` (not when the file is written by someone else)."""
        self._moved.append(callback)

    def set(self, offset: float) -> None:
        """Move the clock to system time + `offset` seconds; written to the file by an atomic rename."""
        if self._file is not None:
            _write(self._file, f"{offset}\n")
        self._offset = offset
        for callback in self._moved:
            callback()

    def _follow(self, file: Path) -> None:
        try:
            found = file.stat()
        except OSError:
            self._seen, self._offset = None, 0.0
            return
        mark = (found.st_mtime_ns, found.st_ino, found.st_size)
        if mark == self._seen:
            return
        try:
            self._offset = float(file.read_text(encoding="utf-8").strip() or 0)
        except (OSError, ValueError):
            self._offset = 0.0
        self._seen = mark


def _write(file: Path, text: str) -> None:
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(text)
    Path(name).replace(file)
