"""What a process costs and what else the machine was doing, read from /proc. Linux only."""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import platform
import sqlite3
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")
CORES = sorted(os.sched_getaffinity(0))
SERVED = CORES[0]
"""The core of whatever is measured."""
OTHER = CORES[-1]
"""The core of the load, of the fakes and of this process."""
QUIET = 0.2
"""Other load in cores below which a round counts as undisturbed (facts/performance.md §8)."""
_PACKAGES = ("aiohttp", "line-bot-sdk", "motor", "pymongo", "msgspec", "orjson", "pydantic")


def tree(pid: int) -> list[int]:
    """The process and all that descends from it."""
    found = [pid]
    for one in found:
        with contextlib.suppress(OSError):
            for thread in Path(f"/proc/{one}/task").iterdir():
                found += map(int, (thread / "children").read_text().split())
    return found


def cpu_of(pid: int) -> float:
    """Seconds of CPU, user and system, that the process tree has used."""
    return sum(map(_cpu_of_one, tree(pid)))


def _cpu_of_one(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICK


def _status(pid: int, name: str) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) / 1024
    return 0.0


def resident(pid: int) -> float:
    """MiB in memory now."""
    return _status(pid, "VmRSS")


def peak(pid: int) -> float:
    """MiB in memory at most since `reset_peak`."""
    return _status(pid, "VmHWM")


def reset_peak(pid: int) -> None:
    """Begin to look for the peak anew."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def bytes_read(pid: int) -> int:
    """Bytes the process has asked the kernel for."""
    return int(Path(f"/proc/{pid}/io").read_text().split()[1])


def pin(pid: int, *cores: int) -> None:
    """Keep a process, with all its threads, on these cores."""
    for thread in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(ProcessLookupError):
            os.sched_setaffinity(int(thread.name), cores)


def _busy() -> float:
    """Seconds of CPU that the whole machine has used, waiting for disks and the host's theft left out."""
    user, nice, system, _, _, irq, softirq, *_ = map(int, Path("/proc/stat").read_text().split()[1:11])
    return (user + nice + system + irq + softirq) / _TICK


def _own() -> float:
    """Seconds of CPU of this process, of all that it started, and of those of them that ended."""
    times = os.times()
    return cpu_of(os.getpid()) + times.children_user + times.children_system


@dataclass(slots=True)
class Noise:
    """What else ran while we measured: cores used by processes that are not ours, a figure for each measurement."""

    others: list[float] = field(default_factory=list)

    @contextmanager
    def watch(self) -> Iterator[None]:
        """Measure a stretch of time. Ours is this process with all that it started, ended or not."""
        busy, own, at = _busy(), _own(), time.monotonic()
        yield
        seconds = time.monotonic() - at
        other = _busy() - busy - (_own() - own)
        self.others.append(max(0.0, other / seconds))

    def line(self) -> str:
        """For the table: median and worst, and how many measurements were quiet."""
        if not self.others:
            return "not measured"
        quiet = sum(other < QUIET for other in self.others)
        return (
            f"other load: median {statistics.median(self.others):.2f} cores, worst {max(self.others):.2f};"
            f" {quiet} of {len(self.others)} measurements quiet (< {QUIET})"
        )


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> str:
    """The ratio of each interleaved round."""
    return ", ".join(f"{a / b:.2f}" for a, b in zip(ours, theirs, strict=False) if b)


def versions() -> dict[str, str]:
    """Of all that has a part in the figures."""
    found = {"Python": platform.python_version(), "SQLite": sqlite3.sqlite_version, "Linux": platform.release()}
    return found | {name: importlib.metadata.version(name) for name in _PACKAGES}


def description() -> str:
    """The machine in a line."""
    with contextlib.suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "?")
        pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        return f"{len(CORES)} cores, {model}, {pages / 2**30:.0f} GiB"
    return platform.platform()
