"""`python -m benchmarks [g1 … g6] [--full] [--rounds N] [--json FILE] [--write]`."""

from __future__ import annotations

import argparse
import asyncio
import importlib
import json
import sys
import time
from pathlib import Path

from benchmarks.plan import Plan
from benchmarks.report import Report, render, table, write
from benchmarks.stage import open_stage

GOALS = ("g1", "g2", "g3", "g4", "g5", "g6")


async def measure(goal: str, plan: Plan) -> Report:
    """Run one goal on a stage of its own."""
    began = time.monotonic()
    print(f"{goal}, {plan.form} form ...", file=sys.stderr)
    async with open_stage(lambda text: print(text, file=sys.stderr)) as stage:
        report: Report = await importlib.import_module(f"benchmarks.{goal}").run(stage, plan)
    print(f"{goal}: {time.monotonic() - began:.0f} s, {report.noise}", file=sys.stderr)
    return report


def main() -> int:
    """Exit code 0: everything was measured and correct; 1: some figure does not count."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("goals", nargs="*", metavar="GOAL", help=" ".join(GOALS) + " (default: all)")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--full", dest="form", action="store_const", const="full", help="with the forms of a million")
    form.add_argument("--tiny", dest="form", action="store_const", const="tiny", help="only show that it works")
    parser.add_argument("--rounds", type=int, help="interleaved rounds (default 5, tiny 1)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there")
    parser.add_argument("--write", action="store_true", help="put the figures into docs/benchmarks.md")
    parser.add_argument("--page", action="store_true", help="measure nothing, write the page anew from what is kept")
    given = parser.parse_args()
    if given.page:
        render()
        return 0
    unknown = set(given.goals) - set(GOALS)
    if unknown:
        parser.error(f"no such goal: {' '.join(sorted(unknown))}")
    plan = Plan(given.form or "short", given.rounds or (1 if given.form == "tiny" else 5))
    reports = []
    for goal in given.goals or GOALS:
        report = asyncio.run(measure(goal, plan))
        print(json.dumps(report.as_json(), ensure_ascii=False))
        reports.append(report)
        if given.write:
            write([report])
    print(table(reports))
    for report in reports:
        print("\n".join(f"{report.goal}: FAILED: {name}" for name, holds in report.checks.items() if not holds))
    if given.json:
        given.json.write_text(json.dumps([r.as_json() for r in reports], ensure_ascii=False, indent=1), "utf-8")
    return 0 if all(report.counts for report in reports) else 1


if __name__ == "__main__":
    sys.exit(main())
