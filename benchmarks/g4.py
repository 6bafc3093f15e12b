"""G4: a million by multicast, with full bookkeeping, for less CPU than the SDK's bare send."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from benchmarks.machine import Noise
from benchmarks.ordering import order, until_accepted
from benchmarks.people import NOTICE, notice_record, number_of
from benchmarks.plan import Plan
from benchmarks.report import Claim, Report, best
from benchmarks.stage import Process, Stage, opened
from storage.base import WINDOW
from storage.models import OutgoingState

_LINE = {"latency": 0.1, "multicast": 200.0, "burst": 20.0, "keep": 20}
_GROUP = 500
_A_SECOND = 200
"""LINE: multicasts a second."""
_REPLAYED = 20_000


async def program(stage: Stage, mode: str, line: Process, calls: int, concurrency: int) -> dict[str, Any]:
    """Run `benchmarks.sending` to its end; what it printed."""
    arguments = ["-m", "benchmarks.sending", mode, f"http://127.0.0.1:{line.port}", str(calls), str(concurrency)]
    process = await stage.start(mode, arguments, r"\{.*\}", {})
    told: dict[str, Any] = json.loads(process.written().splitlines()[-1])
    await process.stop()
    return told


async def run(stage: Stage, plan: Plan) -> Report:
    """Measure."""
    report, noise = Report("G4", "bookkeeping cheaper than the SDK's bare send", plan.form), Noise()
    people = plan.people(1_000_000, 100_000)
    home = await stage.database(people)
    line, quick = await stage.line(**_LINE), await stage.line()
    bot = await stage.bot(line, DATA_DIR=str(home))
    async with opened(home) as storage:
        with noise.watch():
            ordered = await order(stage, bot, line, storage, personal=False)
            took = await until_accepted(storage, ordered.notice, people, 60 + people / 2_000)
            whole = (bot.cpu - ordered.cpu) / people * 1e6
        report.check("everybody's call stands as accepted", holds=took != float("inf"))
        mailing = f"{ordered.notice}/notice"
        wanted = [f"c{number_of(i)}" for i in range(0, people, max(1, people // 50))]
        found = await storage.outbox.covering(mailing, wanted)
        told = [c for c in found.values() if c.state is OutgoingState.ACCEPTED and c.settled_at and c.request_id]
        report.check("asked for one person: was she sent it, when, in which request", holds=len(told) == len(wanted))
    stats = await stage.ask(line, "stats")
    report.check(
        "LINE saw everybody of the audience exactly once",
        holds=(stats["people"], stats["people_twice"], stats["highest"]) == (people, 0, people - 1),
    )
    await bot.stop()
    stage.say(f"  ours {whole:.1f} µs a recipient")
    calls = plan.tally(200)
    sdk, shipped = list[float](), list[float]()
    for _ in range(plan.rounds):
        for mode, sink in (("sdk-multicast", sdk), ("shipped-multicast", shipped)):
            with noise.watch():
                measured = await program(stage, mode, quick, calls, 32)
            sink.append(measured["cpu"] / measured["calls"] / _GROUP * 1e6)
    receipts, wall = await _receipts(stage, people, noise)
    _claim(report, people, whole, receipts, wall, sdk, shipped)
    seconds, least = stats["last_at"] - stats["first_at"], people / _GROUP / _A_SECOND
    name = f"first call to last accepted, {people:,} people"
    report.claims.append(Claim(name, seconds, "s", "LINE's limit", least, seconds / least, 1.2))
    report.claims.append(Claim("calls answered 429", stats["statuses"].get("multicast 429", 0), "calls", limit=0))
    report.notes.append(f"statuses: {stats['statuses']}")
    return report.close(noise)


def _claim(
    report: Report, people: int, whole: float, receipts: float, wall: float, sdk: list[float], shipped: list[float]
) -> None:
    s = min(sdk)
    name = f"CPU a recipient without receipts, {people:,} people"
    report.claims.append(
        Claim(name, whole - receipts, "µs CPU", "S: SDK, stores nothing", s, (whole - receipts) / s, 1)
    )
    report.claims.append(Claim("CPU a recipient, receipts included", whole, "µs CPU", "S", s, whole / s, None))
    report.claims.append(best("sending alone (the shipped channel)", shipped, sdk, "S", 0.1))
    report.claims.append(Claim("receipts: CPU for 100k", receipts / 10, "s CPU"))
    report.claims.append(Claim("receipts: wall for 100k", wall / 10, "s"))


async def _receipts(stage: Stage, people: int, noise: Noise) -> tuple[float, float]:
    """What the receipts of a fan-out cost, replayed alone on a copy: (CPU, wall), µs a recipient."""
    count = min(people, _REPLAYED)
    home: Path = await stage.database(people)
    async with opened(home) as storage:
        with noise.watch():
            cpu, wall = time.process_time(), time.monotonic()
            for start in range(0, count, WINDOW):
                members = [f"m{number_of(i)}" for i in range(start, min(start + WINDOW, count))]
                await storage.receipts.oblige(notice_record(f"{NOTICE}-r"), members, start // WINDOW)
            cpu, wall = time.process_time() - cpu, time.monotonic() - wall
    return cpu / count * 1e6, wall / count * 1e6
