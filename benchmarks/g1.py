"""G1: a durable and folded tap for the CPU of a server that stores nothing; ten times less than the tutorial's."""

from __future__ import annotations

import asyncio
import itertools
import random
import signal
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from benchmarks.load import Outcome, Shot, closed_loop
from benchmarks.machine import SERVED, Noise
from benchmarks.people import tap_event, webhook
from benchmarks.plan import Plan
from benchmarks.report import Claim, Report, best
from benchmarks.stage import Process, Stage, opened, until

_FOLDED_WITHIN = 2.0
_REDELIVERED, _BAD = 0.05, 0.01


@dataclass(slots=True)
class Taps:
    """An endless stream of taps: all distinct, 5 % delivered again, 1 % badly signed."""

    people: int
    token: bool = False
    batch: int = 1
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    forged: set[str] = field(default_factory=set)
    _random: random.Random = field(default_factory=lambda: random.Random(1))

    def __iter__(self) -> Iterator[Shot]:
        earlier: list[tuple[str, int]] = []
        for number in self.numbers:
            if earlier and self._random.random() < _REDELIVERED:
                event, person = earlier[-1]
                token = f"r{number}" if self.token else ""
                yield Shot(webhook([tap_event(person, event, token=token, redelivered=True)]), tag=event)
            if self._random.random() < _BAD:
                self.forged.add(f"F{number}")
                yield Shot(webhook([tap_event(number % self.people, f"F{number}")], bad=True), 401)
            yield self._shot(number)
            earlier = [*earlier[-50:], (f"E{number}-0", number * self.batch % self.people)]

    def _shot(self, number: int) -> Shot:
        events = [
            tap_event(
                (number * self.batch + i) % self.people, f"E{number}-{i}", token=f"t{number}-{i}" if self.token else ""
            )
            for i in range(self.batch)
        ]
        return Shot(webhook(events), tag=f"E{number}-0")


@dataclass(slots=True)
class _Side:
    """One server under the same load, and its cost in each round."""

    name: str
    process: Process
    token: bool = False
    batch: int = 1
    costs: list[float] = field(default_factory=list)
    folded: list[float] = field(default_factory=list)
    """Seconds after the end until all was folded (and answered)."""


async def _measure(side: _Side, stage: Stage, wire: Process, line: Process, plan: Plan, noise: Noise) -> Outcome:
    """CPU-µs per request that was answered 200, everything that follows from it included."""
    await stage.ask(wire, "reset", {})
    await stage.ask(line, "reset", {})
    taps = iter(Taps(10**9, side.token, side.batch))
    bounds = {"count": plan.tally(3000)} if side.token else {"seconds": plan.seconds(5)}
    before = side.process.cpu
    with noise.watch():
        outcome = await closed_loop(side.process.port, taps, **bounds)
        took = await _followed(side, stage, wire, line, plan, len(set(outcome.accepted)) * side.batch)
    side.folded.append(took)
    side.costs.append((side.process.cpu - before) / max(1, len(set(outcome.accepted))) * 1e6)
    return outcome


async def _followed(side: _Side, stage: Stage, wire: Process, line: Process, plan: Plan, count: int) -> float:
    """Wait until so many taps are folded, and answered where they are to be; how long it took."""

    async def is_done() -> bool:
        if side.token and (await stage.ask(line, "stats"))["replies"] < count:
            return False
        return not side.name.startswith("ours") or (await stage.ask(wire, "stats"))["settled"] >= count

    return await until(is_done, 30.0 if side.token or side.batch > 1 else plan.patience(_FOLDED_WITHIN))


async def run(stage: Stage, plan: Plan) -> Report:
    """Measure."""
    report, noise = Report("G1", "durability for free", plan.form), Noise()
    line, wire = await stage.line(), await stage.null_wire()
    ours = await stage.bot(line, **stage.on_null_wire(wire))
    a = await stage.start("a", ["-m", "benchmarks.rivals.stateless"], r"listening (\d+)", {}, SERVED)
    uri = stage.on_null_wire(wire)["MONGODB_URI"]
    tutorials = [
        await stage.start(
            f"n-{mode}",
            ["-m", "benchmarks.rivals.tutorial", uri, f"http://127.0.0.1:{line.port}", mode],
            r"listening (\d+)",
            {},
            SERVED,
        )
        for mode in ("silent", "reply")
    ]
    sides = {
        "a": _Side("a", a),
        "ours": _Side("ours", ours),
        "n": _Side("n", tutorials[0]),
        "ours20": _Side("ours20", ours, batch=20),
        "ours-reply": _Side("ours-reply", ours, token=True),
        "n-reply": _Side("n-reply", tutorials[1], token=True),
    }
    for side in sides.values():  # warm-up
        await closed_loop(side.process.port, iter(Taps(10**9, side.token, side.batch)), count=plan.tally(500))
    for number in range(plan.rounds):
        for side in sides.values():
            outcome = await _measure(side, stage, wire, line, plan, noise)
            report.check(
                "every request was answered as it must be (200; 401 for bad signatures)", holds=outcome.is_clean
            )
            if side.name.startswith("ours"):
                await _check_folded(report, side, stage, wire, outcome)
        stage.say(f"  round {number + 1}: " + ", ".join(f"{s.name} {s.costs[-1]:.0f}" for s in sides.values()))
    report.claims += _claims(sides)
    report.claims.append(Claim("start to listening, MongoDB home", ours.start_cpu, "s CPU"))
    slowest = max(sides["ours20"].folded)
    report.notes.append(f"webhooks of 20 at saturation: the last tap folded {slowest:.1f} s after the end, at worst")
    await _check_order(report, ours, stage, wire)
    if not plan.is_tiny:
        await _sqlite(report, stage, plan, line, sides["a"], noise)
    await _check_kill(report, stage, plan, line)
    report.notes.append("Null wire: a stub that speaks MongoDB's protocol and waits for nothing, on the other core.")
    return report.close(noise)


def _claims(sides: dict[str, _Side]) -> list[Claim]:
    cost = {name: side.costs for name, side in sides.items()}
    return [
        best("durable and folded tap (null wire)", cost["ours"], cost["a"], "A: stores nothing", 1.25),
        best("the same", cost["ours"], cost["n-reply"], "N: tutorial bot, which replies", 10, inverted=True),
        best("the same, and a reply to every tap", cost["ours-reply"], cost["n-reply"], "N", 4, inverted=True),
        best("the same, neither replies", cost["ours"], cost["n"], "N without its reply", None, inverted=True),
        best("webhook of 20 taps", cost["ours20"], cost["ours"], "ours with 1 tap", 2.5),
    ]


async def _check_folded(report: Report, side: _Side, stage: Stage, wire: Process, outcome: Outcome) -> None:
    count = len(set(outcome.accepted)) * side.batch
    stats = await stage.ask(wire, "stats")
    report.check("stored == acknowledged, each once", holds=stats["stored"] == count)
    name = f"every tap is folded within {_FOLDED_WITHIN:g} s of the end"
    if side.batch > 1:
        name = "every tap of a saturation with webhooks of 20 is folded in the end"
    report.check(name, holds=stats["settled"] == count)


async def _check_order(report: Report, ours: Process, stage: Stage, wire: Process) -> None:
    """The store answers 50 ms late: no 200 may come before it."""
    await stage.ask(wire, "settings", {"late": 0.05})
    outcome = await closed_loop(ours.port, iter(Taps(10**9, numbers=itertools.count(10**7))), count=64)
    await stage.ask(wire, "settings", {"late": 0.0})
    held = [latency for latency in outcome.latencies if latency >= 0.05]
    forged = outcome.sent - len(outcome.accepted)
    report.check("no 200 before the store acknowledged", holds=outcome.is_clean and len(held) >= outcome.sent - forged)


async def _sqlite(report: Report, stage: Stage, plan: Plan, line: Process, a: _Side, noise: Noise) -> None:
    """The embedded home, reported beside."""
    people = plan.people(100_000)
    home = await stage.database(people, people)
    bot = await stage.bot(line, DATA_DIR=str(home))
    taps = Taps(people)
    costs, theirs = list[float](), list[float]()
    for _ in range(plan.rounds):
        for process, sink in ((a.process, theirs), (bot, costs)):
            before = process.cpu
            with noise.watch():
                outcome = await closed_loop(process.port, iter(taps), count=plan.tally(5000))
                await asyncio.sleep(0.5)
            report.check("SQLite: every request was answered as it must be", holds=outcome.is_clean)
            sink.append((process.cpu - before) / max(1, len(set(outcome.accepted))) * 1e6)
    report.claims.append(best("durable and folded tap (SQLite, everything in one process)", costs, theirs, "A", None))
    await bot.stop()


async def _check_kill(report: Report, stage: Stage, plan: Plan, line: Process) -> None:
    """Kill -9 under load: what was answered 200 is there."""
    people = plan.people(100_000)
    home = await stage.database(people, people)
    bot = await stage.bot(line, DATA_DIR=str(home))
    running = asyncio.create_task(closed_loop(bot.port, iter(Taps(people)), seconds=2.0))
    await asyncio.sleep(1.0)
    await bot.stop(signal.SIGKILL)
    outcome = await running
    promised = defaultdict(int, dict.fromkeys(outcome.accepted, 1))
    async with opened(home) as storage:
        stored = await storage.acknowledgements.get(list(promised))
    report.check(
        f"kill -9 under load lost none of the taps that were answered 200 ({len(promised)})",
        holds=bool(promised) and len(stored) == len(promised),
    )
