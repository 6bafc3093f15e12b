"""G6: a million is as light as a thousand: memory while sending, and the time to the first call."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from statistics import median

from benchmarks.machine import Noise, peak, reset_peak, resident
from benchmarks.ordering import order, until_accepted
from benchmarks.plan import Plan
from benchmarks.report import Claim, Report
from benchmarks.stage import Stage, opened

_SETTLES = 2.0
"""Seconds until a started process is at rest."""


@dataclass(slots=True)
class Size:
    """One size of audience, and what each round with a fresh process came to."""

    people: int
    idle: list[float] = field(default_factory=list)
    over: list[float] = field(default_factory=list)
    peaks: list[float] = field(default_factory=list)
    first: list[float] = field(default_factory=list)
    start: list[float] = field(default_factory=list)


async def run(stage: Stage, plan: Plan) -> Report:
    """Measure."""
    report, noise = Report("G6", "a million is as light as a thousand", plan.form), Noise()
    sizes = [Size(people) for people in plan.sizes()]
    for _ in range(plan.rounds if plan.is_full or plan.is_tiny else min(3, plan.rounds)):
        for size in sizes:
            with noise.watch():
                await _once(stage, size, report, plan)
            stage.say(
                f"  {size.people:,}: idle {size.idle[-1]:.0f} MiB, peak +{size.over[-1]:.1f} MiB,"
                f" first call after {size.first[-1] * 1e3:.0f} ms"
            )
    held = {kind: await _holding(stage, kind, sizes[-1].people) for kind in ("dict", "pydantic")}
    _claim(report, sizes, held)
    return report.close(noise)


async def _once(stage: Stage, size: Size, report: Report, plan: Plan) -> None:
    home = await stage.database(size.people)
    line = await stage.line(keep=20)
    bot = await stage.bot(line, DATA_DIR=str(home))
    await asyncio.sleep(0 if plan.is_tiny else _SETTLES)
    size.start.append(bot.start_cpu)
    size.idle.append(resident(bot.pid))
    reset_peak(bot.pid)
    async with opened(home) as storage:
        ordered = await order(stage, bot, line, storage, personal=False)
        took = await until_accepted(storage, ordered.notice, size.people, 60 + size.people / 2_000)
    stats = await stage.ask(line, "stats")
    seen = (stats["people"], stats["people_twice"]) == (size.people, 0)
    report.check("LINE saw everybody of the audience exactly once", holds=seen and took != float("inf"))
    size.peaks.append(peak(bot.pid))
    size.over.append(size.peaks[-1] - size.idle[-1])
    size.first.append(stats["first_at"] - ordered.pressed_at)
    for process in (bot, line):
        await process.stop()


async def _holding(stage: Stage, kind: str, count: int) -> dict[str, float]:
    process = await stage.start(kind, ["-m", "benchmarks.rivals.holding", kind, str(count)], r"\{.*\}", {})
    told: dict[str, float] = json.loads(process.written().splitlines()[-1])
    await process.stop()
    return told


def _claim(report: Report, sizes: list[Size], held: dict[str, dict[str, float]]) -> None:
    small, large = sizes[0], sizes[-1]
    dicts, models = held["dict"], held["pydantic"]
    over, all_of = max(large.over), f"{large.people:,}"
    report.claims += [
        Claim(f"peak over idle while sending to {all_of}", over, "MiB", "list of dicts", dicts["mib"], None, 64),
        Claim(
            f"peak RSS, {all_of} against {small.people:,}",
            median(large.peaks),
            "MiB",
            ratio=median(large.peaks) / median(small.peaks),
            limit=1.2,
        ),
        Claim(
            f"command to first accepted call, {all_of}",
            min(large.first) * 1e3,
            "ms",
            "list of dicts, built",
            dicts["first"] * 1e3,
            None,
            300,
            rounds=", ".join(f"{t * 1e3:.0f}" for t in large.first),
        ),
        Claim(
            f"the same against {small.people:,}",
            median(large.first) * 1e3,
            "ms",
            ratio=median(large.first) / median(small.first),
            limit=1.5,
        ),
        Claim("resident at idle", median(large.idle), "MiB", limit=140),
        Claim("start to listening, the SDK imported", min(s for size in sizes for s in size.start), "s CPU", limit=2.5),
        Claim(f"pydantic models of {all_of}", models["mib"], "MiB", "the rival alone"),
    ]
