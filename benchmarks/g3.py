"""G3: cards that differ for everybody, pushed at LINE's own speed, each exactly once."""

from __future__ import annotations

import signal

from benchmarks.g4 import program
from benchmarks.machine import OTHER, SERVED, Noise
from benchmarks.ordering import order, until_accepted
from benchmarks.plan import Plan
from benchmarks.report import Claim, Report
from benchmarks.stage import Stage, opened, until

_A_SECOND = 2_000
"""LINE: pushes a second."""
_LINE = {"latency": 0.1, "jitter": 0.02, "push": float(_A_SECOND), "burst": 200.0, "failing": 0.005, "keep": 20}
_SLOW_RIVAL = 400
"""Recipients of S, extrapolated: it does under a hundred a second."""
_AGAIN = 60.0
"""Seconds after which what a killed process had claimed comes up again."""


async def run(stage: Stage, plan: Plan) -> Report:
    """Measure."""
    report, noise = Report("G3", "push at the speed of LINE", plan.form), Noise()
    people = plan.people(100_000, 10_000)
    home = await stage.database(people)
    line = await stage.line(**_LINE)
    bot = await stage.bot(line, SERVED, OTHER, DATA_DIR=str(home))
    async with opened(home) as storage:
        with noise.watch():
            ordered = await order(stage, bot, line, storage, personal=True)
            took = await until_accepted(storage, ordered.notice, people, 120 + people / 50)
            cost = (bot.cpu - ordered.cpu) / people * 1e6
    stats = await stage.ask(line, "stats")
    report.check("everybody's call stands as accepted", holds=took != float("inf"))
    report.check(
        "LINE saw everybody exactly once, half of the 500s accepted all the same",
        holds=(stats["people"], stats["people_twice"], stats["highest"]) == (people, 0, people - 1),
    )
    await bot.stop()
    stage.say(f"  ours: {stats['last_at'] - stats['first_at']:.1f} s, {cost:.0f} µs a recipient, {stats['statuses']}")
    bare, sdk = list[float](), list[float]()
    quick, slow = await stage.line(), await stage.line(latency=0.1, jitter=0.02)
    rate = 0.0
    for _ in range(min(3, plan.rounds)):
        with noise.watch():
            measured = await program(stage, "bare-push", quick, plan.tally(5_000), 32)
            bare.append(measured["cpu"] / measured["calls"] * 1e6)
            measured = await program(stage, "sdk-push", slow, plan.tally(_SLOW_RIVAL), 256)
            sdk.append(measured["cpu"] / measured["calls"] * 1e6)
            rate = max(rate, measured["calls"] / measured["wall"])
    seconds, least = stats["last_at"] - stats["first_at"], people / _A_SECOND
    report.claims += [
        Claim(
            f"first to last of {people:,} different cards", seconds, "s", "LINE's limit", least, seconds / least, 1.05
        ),
        Claim("calls answered 429", stats["statuses"].get("push 429", 0), "calls", limit=0),
        Claim("CPU a recipient, all told", cost, "µs CPU", "bare post of ready bytes", min(bare), cost / min(bare), 2),
        Claim(
            "recipients a second",
            people / seconds,
            "/s",
            "S: SDK, 256 at once",
            rate,
            people / seconds / rate,
            15,
            False,
        ),
        Claim("CPU of S a recipient", min(sdk), "µs CPU", "the rival alone"),
    ]
    report.notes.append(f"statuses: {stats['statuses']}")
    if not plan.is_tiny:
        await _killed(report, stage, plan.people(20_000, 4_000))
    return report.close(noise)


async def _killed(report: Report, stage: Stage, people: int) -> None:
    """Kill -9 in the middle, and a restart: still everybody exactly once."""
    home = await stage.database(people)
    line = await stage.line(**_LINE)
    bot = await stage.bot(line, SERVED, OTHER, DATA_DIR=str(home))
    async with opened(home) as storage:
        ordered = await order(stage, bot, line, storage, personal=True)

        async def is_in_the_middle() -> bool:
            return int((await stage.ask(line, "stats"))["people"]) > people // 3

        await until(is_in_the_middle, 120)
        await bot.stop(signal.SIGKILL)
        at = (await stage.ask(line, "stats"))["people"]
        bot = await stage.bot(line, SERVED, OTHER, DATA_DIR=str(home))
        await until_accepted(storage, ordered.notice, people, _AGAIN + 120 + people / 50)
    stats = await stage.ask(line, "stats")
    await bot.stop()
    report.check(
        f"everybody exactly once across a kill -9 at {at} of {people} and a restart",
        holds=people // 3 < at < people and (stats["people"], stats["people_twice"]) == (people, 0),
    )
