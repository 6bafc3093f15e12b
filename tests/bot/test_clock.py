"""The clock: UTC milliseconds, and a file by which tests move every process at once."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.clock import Clock


def test_now_is_utc_in_whole_milliseconds() -> None:
    before = datetime.now(UTC)
    now = Clock().now()
    assert now.utcoffset() == timedelta()
    assert now.microsecond % 1000 == 0
    assert timedelta(milliseconds=-1) < now - before < timedelta(seconds=5)


def test_the_file_moves_the_time_of_everybody_who_reads_it(tmp_path: Path) -> None:
    file = tmp_path / "offset"
    one, other = Clock(file), Clock(file)
    assert one.offset == timedelta()
    for hours in (1, 48, -3):
        _write(file, f"{hours * 3600}\n")
        assert one.offset == other.offset == timedelta(hours=hours)
        assert abs(one.now() - Clock().now() - timedelta(hours=hours)) < timedelta(seconds=5)


@pytest.mark.parametrize("text", ["", "  \n", "tomorrow", "1e400", "nan", "inf", "99999999999999999"])
def test_an_unreadable_offset_moves_nothing(tmp_path: Path, text: str) -> None:
    file = tmp_path / "offset"
    _write(file, text)
    assert Clock(file).offset == timedelta()


def test_a_file_that_goes_away_gives_the_time_back(tmp_path: Path) -> None:
    file = tmp_path / "offset"
    _write(file, "60")
    clock = Clock(file)
    assert clock.offset == timedelta(minutes=1)
    file.unlink()
    assert clock.offset == timedelta()


def test_the_file_is_read_again_only_when_it_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "offset"
    _write(file, "60")
    clock = Clock(file)
    assert clock.offset == timedelta(minutes=1)
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: pytest.fail("read again"))
    assert clock.offset == timedelta(minutes=1)


def test_monotonic_is_not_moved(tmp_path: Path) -> None:
    file = tmp_path / "offset"
    clock = Clock(file)
    before = clock.monotonic()
    _write(file, "86400")
    assert 0 <= clock.monotonic() - before < 5


def _write(file: Path, text: str) -> None:
    """As the simulator does it: whole, by renaming."""
    fresh = file.with_suffix(".new")
    fresh.write_text(text, encoding="utf-8")
    os.replace(fresh, file)  # noqa: PTH105
