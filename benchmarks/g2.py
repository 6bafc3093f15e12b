"""G2: the storm. A reply to every tap at LINE's own limit, and beyond it replies are given up, never taps."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from benchmarks.load import Outcome, Shot, open_loop
from benchmarks.machine import OTHER, SERVED, Noise
from benchmarks.people import NOTICE, tap_event, webhook
from benchmarks.plan import Plan
from benchmarks.report import Claim, Report
from benchmarks.stage import Process, Stage, free_port, opened, until
from storage.base import Storage

_LADDER = (100, 200, 400, 667, 1_000, 1_500, 2_000, 3_000, 4_000)
_SHORT = (200, 667, 2_000, 3_000)
_TINY = (200,)
_PEOPLE = 100_000
_P99 = 0.5
_LINE = {"latency": 0.05, "reply": 2_000.0, "burst": 200.0}
_SECOND_TAP = 50
"""Every so manieth person taps twice, and the second delivery bears the earlier time."""


@dataclass(slots=True)
class Storm:
    """Taps of people who have not tapped yet, and what must be remembered of them."""

    people: int
    next: int = 0
    first: dict[int, int] = field(default_factory=dict)
    """By person: the earliest time tapped, in ms."""
    taps: int = 0

    def shots(self, count: int) -> Iterator[Shot]:
        """So many requests, each made when it is due."""
        for number in range(self.taps, self.taps + count):
            is_second = number % _SECOND_TAP == _SECOND_TAP - 1 and self.next > 0
            person = self.next - 1 if is_second else self.next
            self.next += not is_second
            self.taps += 1
            at = int(time.time() * 1000) - (3_000 if is_second else 0)
            self.first[person] = min(at, self.first.get(person, at))
            event = tap_event(person % self.people, f"G{number}", token=f"t{number}", at_ms=at)
            yield Shot(webhook([event]), tag=f"G{number}")


@dataclass(frozen=True, slots=True)
class Rung:
    """How one arrival rate went."""

    rate: int
    outcome: Outcome
    folded: float
    """Seconds after the end until every receipt was folded."""
    replies: int
    refused: int
    """Replies answered 429."""
    cost: float
    """CPU-µs of the server for each tap, all that follows from it included."""

    @property
    def p99(self) -> float:
        """Seconds from the scheduled instant to the 200."""
        return self.outcome.percentile(0.99)

    @property
    def holds(self) -> bool:
        """Sustainable at this rate."""
        return self.outcome.is_clean and self.outcome.late == 0 and self.p99 <= _P99 and self.folded != float("inf")

    def __str__(self) -> str:
        o = self.outcome
        return (
            f"{self.rate}/s: p50 {o.percentile(0.5) * 1e3:.1f} ms, p99 {self.p99 * 1e3:.0f} ms, over 2 s {o.late},"
            f" folded {self.folded:.2f} s after the end, {self.cost:.0f} µs CPU a tap,"
            f" replies {self.replies} of {o.sent}, 429 {self.refused}"
        )


async def run(stage: Stage, plan: Plan) -> Report:
    """Measure."""
    report, noise = Report("G2", "the storm", plan.form), Noise()
    people = plan.people(_PEOPLE * 3 if plan.is_full else _PEOPLE)
    storm = Storm(people)
    home = await stage.database(people, people)
    line, other_line, wire = await stage.line(**_LINE), await stage.line(**_LINE), await stage.null_wire()
    metrics = free_port()
    bot = await stage.bot(line, SERVED, OTHER, DATA_DIR=str(home), METRICS_PORT=str(metrics))
    tutorial = await _tutorial(stage, wire, other_line)
    rungs, theirs = list[Rung](), list[Rung]()
    async with opened(home) as storage:
        warm = await open_loop(bot.port, storm.shots(plan.tally(500)), 200)
        await _answered(stage, line, warm.sent)
        for rate in _TINY if plan.is_tiny else _LADDER if plan.is_full else _SHORT:
            with noise.watch():
                rungs.append(await _rung(bot, storm, rate, plan, stage, line, storage))
            stage.say(f"  ours {rungs[-1]}")
            if not theirs or theirs[-1].holds:
                theirs.append(await _their_rung(tutorial, rate, plan, stage, other_line))
                stage.say(f"  N {theirs[-1]}")
        report.check("every tap of every rung was answered 200", holds=all(r.outcome.is_clean for r in rungs))
        _judge(report, rungs, theirs)
        rate = 200 if plan.is_tiny else min(2 * _sustained(rungs) or 200, _LADDER[-1])
        await _overload(report, bot, storm, rate, plan, stage, line, storage, metrics)
        await _check_memory(report, storm, storage)
    report.notes += [f"ours {rung}" for rung in rungs] + [f"N, on the null wire, {rung}" for rung in theirs]
    return report.close(noise)


async def _tutorial(stage: Stage, wire: Process, line: Process) -> Process:
    uri = stage.on_null_wire(wire)["MONGODB_URI"]
    arguments = ["-m", "benchmarks.rivals.tutorial", uri, f"http://127.0.0.1:{line.port}", "reply"]
    return await stage.start("n", arguments, r"listening (\d+)", {}, SERVED, OTHER)


async def _rung(
    bot: Process, storm: Storm, rate: int, plan: Plan, stage: Stage, line: Process, storage: Storage
) -> Rung:
    await stage.ask(line, "reset", {})
    before = bot.cpu
    outcome = await open_loop(bot.port, storm.shots(int(rate * plan.seconds(10))), rate)

    async def is_folded() -> bool:
        return (await storage.receipts.totals(NOTICE)).confirmed == len(storm.first)

    folded = await until(is_folded, 30)

    await _answered(stage, line, outcome.sent)
    stats = await stage.ask(line, "stats")
    cost = (bot.cpu - before) / outcome.sent * 1e6
    return Rung(rate, outcome, folded, stats["replies"], stats["statuses"].get("reply 429", 0), cost)


async def _answered(stage: Stage, line: Process, count: int) -> None:
    """Wait until so many replies came, or for 15 s."""

    async def are_all_there() -> bool:
        return int((await stage.ask(line, "stats"))["replies"]) >= count

    await until(are_all_there, 15)


async def _their_rung(tutorial: Process, rate: int, plan: Plan, stage: Stage, line: Process) -> Rung:
    await stage.ask(line, "reset", {})
    storm, before = Storm(10**9, next=rate * 10**6, taps=rate * 10**6), tutorial.cpu
    outcome = await open_loop(tutorial.port, storm.shots(int(rate * plan.seconds(10))), rate)
    stats = await stage.ask(line, "stats")
    cost = (tutorial.cpu - before) / outcome.sent * 1e6
    return Rung(rate, outcome, 0.0, stats["replies"], stats["statuses"].get("reply 429", 0), cost)


def _sustained(rungs: Sequence[Rung]) -> int:
    """The highest rate below the first rung that did not hold."""
    return max((rung.rate for rung in takewhile(lambda rung: rung.holds, rungs)), default=0)


def _judge(report: Report, rungs: list[Rung], theirs: list[Rung]) -> None:
    held, his = _sustained(rungs), _sustained(theirs)
    report.claims.append(
        Claim("taps/s sustained, a reply to each", held, "/s", "N", his, held / his if his else None, None)
    )
    report.claims.append(Claim("the same against LINE's limit for replies", held, "/s", limit=2_000, is_ceiling=False))
    for rung in rungs:
        if rung.rate in {667, 2_000}:
            limit = 100 if rung.rate == 2_000 else None
            report.claims.append(
                Claim(f"p99 at {rung.rate}/s, from the scheduled instant", rung.p99 * 1e3, "ms", limit=limit)
            )
    if 667 in (by_rate := {rung.rate: rung for rung in rungs}):
        name, rival = "CPU a tap with its reply at 667/s", f"N at {theirs[-1].rate}/s"
        report.claims.append(Claim(name, by_rate[667].cost, "µs CPU", rival, theirs[-1].cost))
    within = [r.folded for r in rungs if r.holds and r.rate <= 2_000]
    report.claims.append(
        Claim("receipts folded after the last tap, up to 2,000/s", max(within, default=99.0), "s", limit=1)
    )
    answered = [r.replies / r.outcome.sent for r in rungs if r.holds and r.rate <= 2_000]
    report.claims.append(
        Claim("share of taps answered, up to 2,000/s", min(answered, default=0.0), "", limit=0.999, is_ceiling=False)
    )


async def _overload(
    report: Report,
    bot: Process,
    storm: Storm,
    rate: int,
    plan: Plan,
    stage: Stage,
    line: Process,
    storage: Storage,
    metrics: int,
) -> None:
    """Twice what it can sustain, and a LINE that takes a quarter of the replies: taps late, perhaps, but none lost;
    what LINE does not take is given up and counted."""

    async def is_calm() -> bool:
        return sum((await _replies(stage, metrics)).values()) >= storm.taps

    await until(is_calm, 70, 0.1)
    before = await _replies(stage, metrics)
    taken = rate / 4
    await stage.ask(line, "settings", {**_LINE, "reply": taken, "burst": min(_LINE["burst"], taken / 10)})
    await stage.ask(line, "reset", {})
    outcome = await open_loop(bot.port, storm.shots(int(rate * plan.seconds(10))), rate)
    accepted = len(outcome.accepted)

    async def is_over() -> bool:
        return sum((await _replies(stage, metrics)).values()) - sum(before.values()) >= accepted

    await until(is_over, 70, 0.5)
    after = await _replies(stage, metrics)
    given = {result: after[result] - before.get(result, 0) for result in after}
    stored = 0
    async for _ in storage.acknowledgements.log(NOTICE):
        stored += 1
    report.check(
        "overload: every tap that was answered 200 is stored", holds=stored >= storm.taps - outcome.sent + accepted
    )
    told = (await stage.ask(line, "stats"))["replies"]
    report.check(
        "overload: every reply was given, or given up and counted",
        holds=sum(given.values()) >= accepted and given.get("given", 0) <= told,
    )
    report.check("overload: replies were given up", holds=given.get("dropped", 0) > 0)
    name = f"overload at {rate}/s: p99 of the 200"
    report.claims.append(Claim(name, outcome.percentile(0.99) * 1e3, "ms", limit=2_000))
    report.claims.append(Claim("overload: taps not answered 200", outcome.sent - accepted, "taps", limit=0))
    shed = max(0, outcome.sent - given.get("given", 0))
    name = f"overload: replies given up, of which LINE takes {taken:,.0f}/s"
    report.claims.append(Claim(name, 100 * shed / max(1, outcome.sent), "%"))
    report.notes.append(
        f"overload at {rate}/s: {outcome.sent} taps, statuses beside 200 {dict(outcome.wrong)}, replies {given}"
    )


async def _replies(stage: Stage, port: int) -> dict[str, int]:
    """What the bot itself counts."""
    async with stage.http.get(f"http://127.0.0.1:{port}/metrics") as response:
        text = await response.text()
    found = re.findall(r'^kakunin_replies_total\{.*result="(\w+)"\} ([\d.e+]+)', text, re.MULTILINE)
    return {result: int(float(count)) for result, count in found}


async def _check_memory(report: Report, storm: Storm, storage: Storage) -> None:
    """Stored == sent, and of two taps the earlier counts, whatever came first."""
    stored = 0
    async for _ in storage.acknowledgements.log(NOTICE):
        stored += 1
    wrong, found, after = 0, 0, ""
    while page := await storage.receipts.page(NOTICE, is_open=False, after=after, limit=500):
        for receipt in page:
            found += 1
            ((_, answer),) = receipt.answers.items()
            wrong += round(answer.first.at.timestamp() * 1000) != storm.first[int(receipt.member[1:], 16)]
        after = page[-1].sort_key
        await asyncio.sleep(0)
    report.check(f"stored == sent ({storm.taps} taps)", holds=stored == storm.taps)
    report.check(
        f"every one of {found} receipts bears its earliest tap", holds=wrong == 0 and found == len(storm.first)
    )
