"""What was found: claims with their rivals, the checks without which they do not count, and the page made of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.limits import LIMITS
from benchmarks.machine import Noise, description, ratios, versions

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
KEPT = Path(__file__).parents[1] / "docs" / "benchmarks.json"


@dataclass(frozen=True, slots=True)
class Claim:
    """One figure beside what one would use instead. `ratio` is what `limit` is about; without a limit it is shown
    and not judged."""

    name: str
    ours: float
    unit: str
    rival: str = ""
    theirs: float | None = None
    ratio: float | None = None
    limit: float | None = None
    is_ceiling: bool = True
    """The ratio must not exceed the limit; else it must reach it."""
    rounds: str = ""
    """The ratio of each interleaved round."""

    @property
    def is_met(self) -> bool | None:
        """None where nothing was promised."""
        value = self.ours if self.ratio is None else self.ratio
        if self.limit is None:
            return None
        return value <= self.limit if self.is_ceiling else value >= self.limit

    @property
    def target(self) -> str:
        """The promise."""
        if self.limit is None:
            return "-"
        return f"{'≤' if self.is_ceiling else '≥'} {self.limit:g}{'×' if self.ratio is not None else f' {self.unit}'}"

    @property
    def verdict(self) -> str:
        """Met, or by how much not."""
        value = self.ours if self.ratio is None else self.ratio
        if self.limit is None:
            return "-"
        if self.is_met:
            return "met"
        by = value / self.limit if self.is_ceiling else self.limit / value if value else float("inf")
        return f"**missed** by ×{by:.2f}"


def best(
    name: str,
    ours: Sequence[float],
    theirs: Sequence[float],
    rival: str,
    limit: float | None,
    *,
    unit: str = "µs CPU",
    inverted: bool = False,
) -> Claim:
    """Interleaved rounds as one claim: the ratio of the best of each side (§8). Inverted: how much less than theirs."""
    mine, his = min(ours, default=0.0), min(theirs, default=0.0)
    above, below = (his, mine) if inverted else (mine, his)
    ratio = above / below if below else float("inf")
    rounds = ratios(theirs, ours) if inverted else ratios(ours, theirs)
    return Claim(name, mine, unit, rival, his, ratio, limit, is_ceiling=not inverted, rounds=rounds)


@dataclass(slots=True)
class Report:
    """One goal's figures from one run."""

    goal: str
    title: str
    form: str
    claims: list[Claim] = field(default_factory=list)
    checks: dict[str, bool] = field(default_factory=dict)
    """Nothing counts unless all of them hold."""
    notes: list[str] = field(default_factory=list)
    noise: str = ""
    at: str = field(default_factory=lambda: f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC")
    machine: str = field(default_factory=description)
    versions: dict[str, str] = field(default_factory=versions)

    @property
    def counts(self) -> bool:
        """Everything that was checked was so."""
        return all(self.checks.values())

    def check(self, name: str, *, holds: bool) -> None:
        """Note a check; one that failed once has failed."""
        self.checks[name] = holds and self.checks.get(name, True)

    def close(self, noise: Noise) -> Report:
        """Finished."""
        self.noise = noise.line()
        return self

    def as_json(self) -> dict[str, Any]:
        """With every claim's verdict."""
        told = asdict(self)
        for claim, fields in zip(self.claims, told["claims"], strict=True):
            fields |= {"target": claim.target, "met": claim.is_met if self.counts else False}
        return told | {"counts": self.counts}


def load(fields: Mapping[str, Any]) -> Report:
    """What `as_json` told."""
    claims = [Claim(**{k: v for k, v in c.items() if k not in {"target", "met"}}) for c in fields["claims"]]
    return Report(**{**{k: v for k, v in fields.items() if k != "counts"}, "claims": claims})


def _figure(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}"


def rows(report: Report) -> Iterable[str]:
    """The goal's lines of the table."""
    for c in report.claims:
        theirs = f"{_figure(c.theirs)} ({c.rival})" if c.theirs is not None else c.rival or "-"
        ratio = "-" if c.ratio is None else f"{c.ratio:.2f}×"
        verdict = c.verdict if report.counts else "does not count"
        cells = (report.goal, c.name, f"{_figure(c.ours)} {c.unit}", theirs, ratio, c.target, verdict, c.rounds or "-")
        yield "| " + " | ".join(cells) + " |"


_HEAD = """| goal | claim | ours | instead | ratio | target | | each round |
| --- | --- | --- | --- | --- | --- | --- | --- |"""


def table(reports: Iterable[Report]) -> str:
    """All of them."""
    return "\n".join([_HEAD, *(row for report in reports for row in rows(report))])


_TOP = """# Benchmarks

Written by `python -m benchmarks --write`; do not edit. `make bench` runs the short forms, `make bench-full` the whole.

"Ours" is always the shipped application in its default configuration, a process of its own. "Instead" ran in the same
invocation, in turn with ours; where there were rounds, the ratio is that of the best round of each side, and the last
column shows the ratio of each round. Figures of one machine: only the ratios mean anything elsewhere. The other load
is what ran beside us on the same cores: where it is not quiet, wall times and latencies are worse than they need be,
and ratios of CPU are what to look at.

"""


def write(reports: Sequence[Report]) -> None:
    """Put these into the page; goals that were not run now keep what they had."""
    kept = {r["goal"]: load(r) for r in json.loads(KEPT.read_text("utf-8"))} if KEPT.exists() else {}
    kept |= {report.goal: report for report in reports}
    ordered = [kept[goal] for goal in sorted(kept)]
    KEPT.write_text(json.dumps([r.as_json() for r in ordered], ensure_ascii=False, indent=1) + "\n", "utf-8")
    PAGE.write_text(_TOP + table(ordered) + "\n\n" + "\n".join(map(_section, ordered)), "utf-8")


def render() -> None:
    """The page anew, from what is kept."""
    write([])


def _section(report: Report) -> str:
    used = ", ".join(f"{name} {version}" for name, version in report.versions.items())
    lines = [f"## {report.goal}: {report.title}", ""]
    lines += [f"{report.form} form, {report.at}. {report.machine}. {used}.", "", f"Noise: {report.noise}.", ""]
    lines += [f"- {'holds' if holds else '**does not hold**'}: {check}" for check, holds in report.checks.items()]
    lines += [f"- {note}" for note in report.notes]
    if report.goal in LIMITS:
        lines += ["", f"What limits it: {LIMITS[report.goal]}"]
    return "\n".join(lines) + "\n"
