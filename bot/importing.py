"""`members import`: shows every line's fate, and carries it out unless it was only to be shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.roster import CodeSheet, Tell, absent, carry_out, code_sheet, issue_codes, read_lines
from handlers.context import Organization
from handlers.roster import Fate, LineFate, Plan, plan
from handlers.roster_file import read_sheet
from handlers.roster_known import learn
from handlers.wording import Words
from storage.base import Storage

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for."""

    file: Path
    codes: Path | None = None
    """Where to write registration codes; None: make none."""
    dry_run: bool = False
    new_codes: bool = False
    """Codes for all who have not registered, not only for those who are new."""


async def import_file(
    wish: Wish,
    storage: Storage,
    organization: Organization,
    now: datetime,
    say: Say,
    tell: Tell = lambda done, whole: None,
) -> int:
    """Read a roster, line by line; how many lines could not be used. Good lines are never stopped by bad ones.

    Raises: RefusedError, if the file is no roster, or the codes have no place; FileExistsError; OSError.
    """
    words = Words(organization.locale, organization.zone)
    sheet = read_sheet(read_lines(wish.file))
    known = await learn(sheet, storage)
    made = plan(sheet, known)
    missing = await absent(sheet, storage)
    for line in _lines(made, words, is_short=not wish.dry_run):
        say(line)
    if not wish.dry_run:
        codes = code_sheet(wish.codes, made, known, renew=wish.new_codes) if wish.codes else None
        if codes:
            await issue_codes(codes, storage, organization, now)
        await carry_out(made, storage, tell)
        say(words("roster-done"))
        for line in _about_codes(made, codes, words):
            say(line)
    for line in _closing(made, wish, missing, sheet.unread, words):
        say(line)
    return made.count(Fate.ERROR)


def _lines(made: Plan, words: Words, *, is_short: bool) -> Iterator[str]:
    """A line each; the short form leaves out those of which nothing is to be said."""
    for line in made.lines:
        if not is_short or line.notes:
            yield _line(line, words)


def _line(line: LineFate, words: Words) -> str:
    about = {
        "line": str(line.line),
        "fate": words(f"roster-fate-{line.fate}"),
        "who": " ".join(part for part in (line.code, line.name) if part),
    }
    if not line.notes:
        return words("roster-line", **about)
    notes = words.listing([words(note.key, **note.arguments) for note in line.notes])
    return words("roster-line-note", **about, note=notes)


def _about_codes(made: Plan, codes: CodeSheet | None, words: Words) -> Iterator[str]:
    if codes and codes.contacts:
        yield words("codes-written", count=len(codes.contacts), file=str(codes.file))
    elif codes:
        yield words("codes-none")
    without = len(made.unregistered) - (len(codes.contacts) if codes else 0)
    if without and codes:
        yield words("codes-kept", count=without)
    elif without:
        yield words("codes-missing", count=without)


def _closing(made: Plan, wish: Wish, missing: int, unread: tuple[str, ...], words: Words) -> Iterator[str]:
    counts = {str(fate): made.count(fate) for fate in Fate}
    yield words("roster-sum", **counts)
    if missing:
        yield words("roster-absent", count=missing)
    if unread:
        yield words("roster-unread", heads=words.listing(unread))
    if counts["error"]:
        yield words("roster-errors")
    if wish.dry_run:
        yield words("roster-dry")
