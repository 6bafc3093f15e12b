"""G5: who has not confirmed, and how many: the same time for a million as for a thousand."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from statistics import median

from benchmarks.g1 import Taps
from benchmarks.load import closed_loop
from benchmarks.machine import Noise, bytes_read, cpu_of, peak
from benchmarks.people import NOTICE, SECRET, SENT_AT, TOKEN, add_notice, notice_record, number_of
from benchmarks.plan import Plan
from benchmarks.report import Claim, Report
from benchmarks.rivals import counting
from benchmarks.stage import ROOT, Stage, opened
from storage.base import Storage
from storage.models import Confirmation, Confirmed, Receipt, Totals

_CONFIRMED = 0.6
_PAGE = 50
_SLOW = 3
"""Repetitions of what grows."""

Question = Callable[[], Awaitable[object]]


@dataclass(slots=True)
class Notice:
    """One size of the ladder."""

    id: str
    size: int
    still_open: list[int] = field(default_factory=list)
    """Who may tap yet, in random order; none of the last page."""
    deep: str = ""
    """The sort key behind which the last tenth of the open receipts begins; at least a page is left behind it."""


def _confirmed(notice: str, person: int, event: str) -> Confirmed:
    at = SENT_AT + timedelta(seconds=person % 3_000)
    return Confirmed(notice, f"c{number_of(person)}", Confirmation(at, event))


async def _fill(storage: Storage, size: int) -> Notice:
    """A notice of this size of which six in ten have confirmed, in random order."""
    notice = Notice(f"{NOTICE}-{size}", size)
    await add_notice(storage, notice_record(notice.id), size)
    people = list(range(size))
    random.Random(size).shuffle(people)
    cut = int(size * _CONFIRMED)
    for start in range(0, cut, 500):
        batch = people[start : min(start + 500, cut)]
        await storage.receipts.fold([_confirmed(notice.id, person, f"P{size}-{person}") for person in batch])
    ordered = sorted(people[cut:])
    place = min(int(len(ordered) * 0.9), len(ordered) - _PAGE - 1)
    (deep,) = await storage.receipts.of(notice.id, [f"c{number_of(ordered[place])}"])
    notice.deep = deep.sort_key
    notice.still_open = [person for person in people[cut:] if person < ordered[place]]
    return notice


def _questions(storage: Storage, notice: Notice) -> dict[str, Question]:
    """What is asked of each size. The tap is another person's each time."""

    async def tap() -> object:
        person = notice.still_open.pop()
        return await storage.receipts.fold([_confirmed(notice.id, person, f"Q{notice.size}-{person}")])

    async def has_confirmed() -> object:
        person = random.randrange(notice.size)
        return await storage.receipts.of(notice.id, [f"c{number_of(person)}"])

    return {
        "totals": lambda: storage.receipts.totals(notice.id),
        "first page of who has not": lambda: storage.receipts.page(notice.id, is_open=True, after="", limit=_PAGE),
        "a page 90 % deep": lambda: storage.receipts.page(notice.id, is_open=True, after=notice.deep, limit=_PAGE),
        "has U confirmed?": has_confirmed,
        "one more tap, durable": tap,
    }


async def _timed(question: Question) -> float:
    began = time.perf_counter()
    await question()
    return time.perf_counter() - began


async def run(stage: Stage, plan: Plan) -> Report:
    """Measure."""
    report, noise = Report("G5", "who has not confirmed stays flat", plan.form), Noise()
    sizes = plan.sizes()
    home = await stage.database(sizes[-1])
    async with opened(home) as storage:
        notices = [await _fill(storage, size) for size in sizes]
        stage.say(f"  filled notices of {sizes}")
        with noise.watch():
            medians = await _measure(storage, notices, plan.tally(200))
        with noise.watch():
            await _rivals(report, home, storage, notices, medians)
        await _check_totals(report, storage, notices, "after the run")
    await _bytes(report, home, notices)
    await _export(report, stage, home, notices, noise)
    await _check_kill(report, stage, plan)
    return report.close(noise)


async def _measure(storage: Storage, notices: Sequence[Notice], repetitions: int) -> dict[str, list[float]]:
    """Medians by question, in the order of sizes; every repetition asks every size in turn."""
    asked = [_questions(storage, notice) for notice in notices]
    times: dict[tuple[str, int], list[float]] = {}
    for _ in range(repetitions):
        for place, questions in enumerate(asked):
            for name, question in questions.items():
                times.setdefault((name, place), []).append(await _timed(question))
    return {name: [median(times[name, place]) * 1e6 for place in range(len(notices))] for name in asked[0]}


async def _rivals(
    report: Report, home: Path, storage: Storage, notices: Sequence[Notice], medians: dict[str, list[float]]
) -> None:
    """Our ratios of largest to smallest, each beside the rival's."""
    db = sqlite3.connect(home / "kakunin.sqlite3")
    grown: dict[str, list[float]] = {}
    for name, ask in counting.QUESTIONS.items():
        for notice in notices:
            times = []
            for _ in range(_SLOW):
                began = time.perf_counter()
                ask(db, notice.id, notice.size)
                times.append(time.perf_counter() - began)
            grown.setdefault(name, []).append(min(times) * 1e6)
    db.close()
    small, large = notices[0].size, notices[-1].size
    beside = {
        "totals": "scan and filter",
        "first page of who has not": "count, then page",
        "a page 90 % deep": "skip, limit",
    }
    for name, ours in medians.items():
        rival = beside.get(name, "")
        theirs = grown[rival][-1] if rival else None
        claim = f"{name}: T({large:,}) / T({small:,})"
        report.claims.append(Claim(claim, ours[-1], "µs", rival, theirs, ours[-1] / ours[0], 1.5))
        report.notes.append(
            f"{name}, µs: " + ", ".join(f"{n.size:,}: {t:.0f}" for n, t in zip(notices, ours, strict=True))
        )
    for name, theirs_all in grown.items():
        report.notes.append(
            f"rival, {name}, µs: "
            + ", ".join(f"{n.size:,}: {t:.0f}" for n, t in zip(notices, theirs_all, strict=True))
            + f" (×{theirs_all[-1] / theirs_all[0]:.0f})"
        )


async def _all(storage: Storage, notice: str) -> list[Receipt]:
    found: list[Receipt] = []
    for is_open in (True, False):
        after = ""
        while page := await storage.receipts.page(notice, is_open, after, 500):
            found += page
            after = page[-1].sort_key
    return found


async def _check_totals(report: Report, storage: Storage, notices: Sequence[Notice], when: str) -> None:
    for notice in notices:
        if notice.size <= 100_000:
            recount = Totals.of(await _all(storage, notice.id))
        else:
            recount = await _recount(storage, notice.id)
        holds = await storage.receipts.totals(notice.id) == recount
        report.check(f"totals equal a full recount {when} ({notice.size:,})", holds=holds)


async def _recount(storage: Storage, notice: str) -> Totals:
    """Without holding them."""
    count, confirmed, unreached = 0, 0, 0
    answers: dict[str, int] = {}
    for is_open in (True, False):
        after = ""
        while page := await storage.receipts.page(notice, is_open, after, 500):
            part = Totals.of(page)
            count, confirmed, unreached = count + part.all, confirmed + part.confirmed, unreached + part.unreached
            for choice, receipts in part.answers.items():
                answers[choice] = answers.get(choice, 0) + receipts
            after = page[-1].sort_key
    return Totals(count, confirmed, unreached, answers)


async def _bytes(report: Report, home: Path, notices: Sequence[Notice]) -> None:
    """What a page makes the store read from its file, with nothing of the notice cached by it."""
    read = []
    for notice in (notices[0], notices[-1]):
        async with opened(home) as storage:
            for _ in range(6):  # each reader has learnt the tables
                await storage.receipts.totals("nothing")
            before = bytes_read(os.getpid())
            await storage.receipts.page(notice.id, is_open=True, after=notice.deep, limit=_PAGE)
            read.append(bytes_read(os.getpid()) - before)
    name = f"bytes read for a deep page, {notices[-1].size:,} against {notices[0].size:,}"
    report.claims.append(Claim(name, read[1] / 1024, "KiB", ratio=read[1] / max(1, read[0]), limit=1.5))


async def _export(report: Report, stage: Stage, home: Path, notices: Sequence[Notice], noise: Noise) -> None:
    """The results of a notice as a file: a process of its own, as one types it."""
    async with opened(home) as storage:
        numbers = [(await storage.notices.get([n.id]))[n.id].number for n in notices]
    cost = []
    for notice, number in zip(notices, numbers, strict=True):
        with noise.watch():
            cost.append(_export_one(stage, home, number))
        stage.say(f"  export of {notice.size:,}: {cost[-1][0]:.1f} s CPU, {cost[-1][1]:.0f} MiB")
    small, middle, large = cost[min(1, len(cost) - 2)], cost[-2], cost[-1]
    sizes = [n.size for n in notices]
    report.claims.append(
        Claim(
            f"CSV of all: peak RSS at {sizes[-1]:,} against {sizes[min(1, len(sizes) - 2)]:,}",
            large[1],
            "MiB",
            ratio=large[1] / small[1],
            limit=1.2,
        )
    )
    grown = large[0] / middle[0]
    report.claims.append(
        Claim(f"CSV of all: CPU at {sizes[-1]:,} against {sizes[-2]:,}", large[0], "s CPU", ratio=grown, limit=12)
    )


def _export_one(stage: Stage, home: Path, number: int) -> tuple[float, float]:
    """(seconds of CPU, peak MiB)."""
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "DATA_DIR": str(home),
        "LINE_CHANNEL_SECRET": SECRET,
        "LINE_CHANNEL_ACCESS_TOKEN": TOKEN,
        "ORGANIZATION_NAME": "みどり小学校",
        "ORGANIZATION_CONTACT": "03-1234-5678",
    }
    file = home / f"results-{number}.csv"
    child = subprocess.Popen(
        [sys.executable, "-m", "bot", "export", str(number), str(file)],
        cwd=stage.folder,
        env=environment,
        stdout=subprocess.DEVNULL,
    )
    cpu, highest = 0.0, 0.0
    while child.poll() is None:
        try:
            cpu, highest = max(cpu, cpu_of(child.pid)), max(highest, peak(child.pid))
        except OSError:
            break
        time.sleep(0.01)
    if child.wait() != 0:
        raise RuntimeError("the export failed")
    return cpu, highest


async def _check_kill(report: Report, stage: Stage, plan: Plan) -> None:
    """Kill -9 while taps are folded: totals equal a recount of what stands there."""
    people = plan.people(10_000)
    home = await stage.database(people, people)
    line = await stage.line()
    bot = await stage.bot(line, DATA_DIR=str(home))
    running = asyncio.create_task(closed_loop(bot.port, iter(Taps(people)), seconds=2.0))
    await asyncio.sleep(1.0)
    await bot.stop(signal.SIGKILL)
    await running
    async with opened(home) as storage:
        await _check_totals(report, storage, [Notice(NOTICE, people)], "after kill -9 while folding")
        totals = await storage.receipts.totals(NOTICE)
    report.check("some had been folded by then", holds=totals.confirmed > 0)
    shutil.rmtree(home)
