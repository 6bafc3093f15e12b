"""One answer folded into one field of a draft. Pure. What cannot be taken is kept as typed, to be asked about."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

import regex

from handlers import dates, headings
from handlers.drafting import audience
from handlers.drafting.questions import Facts, Field
from handlers.quiet import is_quiet
from storage.models import Coverage, Draft

MOST_CHOICES: Final = 6
LONGEST_CHOICE: Final = 20
"""Graphemes: what every platform's buttons show (WhatsApp reply buttons: 20)."""
_LONGEST_TYPED: Final = 400

_NONE: Final = frozenset(
    {"なし", "無し", "ない", "締切なし", "期限なし", "いつでも", "不要", "none", "no", "no deadline"}
)
_AT_ONCE: Final = _NONE | {"すぐ", "すぐに", "すぐに送る", "今すぐ", "いますぐ", "今", "いま", "now", "at once"}
_ONLY_CONFIRM: Final = _NONE | {"確認のみ", "確認だけ", "確認しました", "確認しましただけ"}
_EVERY: Final = frozenset({"全員", "両方", "それぞれ", "めいめい", "every", "everyone", "all", "both"})
_ANY: Final = frozenset(
    {"どちらか", "だれか", "誰か", "一人", "1人", "ひとり", "いずれか", "片方", "any", "anyone", "either"}
)
_YES: Final = frozenset({"", "はい", "する", "◯", "○", "yes", "on", "true", "1"})
_NO: Final = frozenset({"いいえ", "しない", "×", "no", "off", "false", "0"})


def folded(text: str) -> str:
    """The form in which short answers are compared."""
    return unicodedata.normalize("NFKC", text).strip().rstrip("。.!").casefold()


def is_none(text: str) -> bool:
    """「なし」, in one of its forms."""
    return folded(text) in _NONE


def take(draft: Draft, field: Field, value: str, facts: Facts, *, is_meant: bool) -> Draft | None:
    """Fold an option in. None: it makes no sense here, so it was text. `is_meant`: it was clearly written as an option,
    and what cannot be understood is asked about."""
    if field is Field.AUDIENCE:
        is_likely = audience.read(value, facts.groups).is_likely
        return add_groups(draft, value, facts) if is_meant or is_likely else None
    if field in {Field.DEADLINE, Field.EXPIRY}:
        if field.value in draft.typed or (draft.deadline_settled if field is Field.DEADLINE else draft.expires_at):
            return None
        is_understood = folded(value) in _NONE or dates.parse(value, facts.at, facts.zone) is not None
        return _moment(draft, field, value, facts) if is_meant or is_understood else None
    if field is Field.SCHEDULE:
        is_understood = folded(value) in _AT_ONCE or dates.parse(value, facts.at, facts.zone) is not None
        is_free = draft.send_at is None and field.value not in draft.typed
        return schedule(draft, value, facts) if is_free and (is_meant or is_understood) else None
    if field is Field.REMINDERS:
        is_free = draft.reminders is None and field.value not in draft.typed
        return _reminders(draft, value, facts, is_meant=is_meant) if is_free else None
    if field is Field.CHOICES:
        return choices(draft, value) if is_meant or len(split_choices(value)) > 1 else None
    return _OTHERS[field](draft, value)


def _reminders(draft: Draft, text: str, facts: Facts, *, is_meant: bool) -> Draft | None:
    """「なし」 at once; times are kept as typed until it is known what they must fit into."""
    if is_none(text):
        return draft.but(reminders=())
    times = [dates.parse(piece, facts.at, facts.zone) for piece in listed(text)]
    is_understood = bool(times) and None not in times
    return typed(draft, Field.REMINDERS, text) if is_meant or is_understood else None


def listed(text: str) -> list[str]:
    """The times that a text lists."""
    return [piece for piece in re.split(r"[、，,\n]+", text) if piece.strip()]


def add_groups(draft: Draft, text: str, facts: Facts) -> Draft:
    """The groups that `text` names, besides those there are; unknown ones stay typed."""
    meant = audience.read(text, facts.groups)
    groups = () if meant.everyone else audience.chosen((*draft.groups, *meant.groups), facts.groups)
    everyone = meant.everyone or draft.everyone
    return typed(draft.but(groups=groups, everyone=everyone), Field.AUDIENCE, "\n".join(meant.unknown))


def replace_groups(draft: Draft, text: str, facts: Facts) -> Draft:
    """The groups that `text` names, instead of those there are."""
    return add_groups(draft.but(groups=(), everyone=False, everyone_agreed=False), text, facts)


def deadline(draft: Draft, text: str, facts: Facts) -> Draft:
    """A deadline as typed, or 「なし」."""
    return _moment(draft, Field.DEADLINE, text, facts)


def expiry(draft: Draft, text: str, facts: Facts) -> Draft:
    """When the notice stops counting, as typed, or 「なし」."""
    return _moment(draft, Field.EXPIRY, text, facts)


def _moment(draft: Draft, field: Field, text: str, facts: Facts) -> Draft:
    if is_none(text):
        return settle(draft, field, None)
    reading = dates.parse(text, facts.at, facts.zone)
    if reading is None or reading.doubt is not None or reading.at is None:
        return typed(_with_moment(draft, field, None, is_settled=False), field, text)
    remark = "" if reading.has_time else text
    return typed(settle(draft, field, reading.at), field, remark if field is Field.DEADLINE else "")


def settle(draft: Draft, field: Field, at: datetime | None) -> Draft:
    """The deadline or the expiry, decided."""
    return typed(_with_moment(draft, field, at, is_settled=True), field, "")


def settle_pressed(draft: Draft, field: Field, value: str, facts: Facts) -> Draft | None:
    """As a button gives it: seconds since 1970, or 「none」. One that has passed since is asked about again."""
    if value == "none":
        return settle(draft, field, None)
    at = pressed_moment(value)
    if at is None:
        return None
    if at > facts.at:
        return settle(draft, field, at)
    local = at.astimezone(facts.zone)
    return _moment(draft, field, f"{local:%Y/%m/%d %H:%M}", facts)


def _with_moment(draft: Draft, field: Field, at: datetime | None, *, is_settled: bool) -> Draft:
    if field is Field.EXPIRY:
        return draft.but(expires_at=at)
    # Times chosen for another deadline say nothing about this one; 「なし」 holds.
    reminders = draft.reminders if at == draft.deadline_at or draft.reminders == () else None
    return draft.but(deadline_at=at, deadline_settled=is_settled, reminders=reminders)


def schedule(draft: Draft, text: str, facts: Facts) -> Draft:
    """When it goes out, as typed. A time at night, or a day without a time, is asked about; whoever is in a hurry is
    not."""
    if folded(text) in _AT_ONCE:
        return settle_schedule(draft, None)
    reading = dates.parse(text, facts.at, facts.zone)
    if reading is None or reading.doubt is not None or reading.at is None or not reading.has_time:
        return typed(draft.but(send_at=None), Field.SCHEDULE, text)
    if not draft.urgent and is_quiet(reading.at, facts.quiet, facts.zone):
        return typed(draft.but(send_at=None), Field.SCHEDULE, text)
    return settle_schedule(draft, reading.at)


def settle_schedule(draft: Draft, at: datetime | None) -> Draft:
    """When it goes out, decided; None: at once."""
    return typed(draft.but(send_at=at), Field.SCHEDULE, "")


def schedule_pressed(draft: Draft, value: str, facts: Facts) -> Draft | None:
    """As a button gives it: a time at night was asked about. One that has passed since is asked about again."""
    if value == "none":
        return settle_schedule(draft, None)
    at = pressed_moment(value)
    if at is None:
        return None
    if at > facts.at:
        return settle_schedule(draft, at)
    local = at.astimezone(facts.zone)
    return typed(draft.but(send_at=None), Field.SCHEDULE, f"{local:%Y/%m/%d %H:%M}")


def pressed_moment(value: str) -> datetime | None:
    """Seconds since 1970, as our buttons carry them."""
    return datetime.fromtimestamp(int(value), UTC) if re.fullmatch(r"\d{1,11}", value, re.ASCII) else None


def split_choices(text: str) -> tuple[str, ...]:
    """The answers that a text lists."""
    pieces = re.split(r"[、，,/／|\n]+", text)
    if len(pieces) == 1:
        pieces = re.split(r"[・\s]+", text)
    return tuple(dict.fromkeys(piece.strip() for piece in pieces if piece.strip()))


def choices(draft: Draft, text: str) -> Draft:
    """The answers to choose from, or 「なし」 for the single 「確認しました」."""
    if folded(text) in _ONLY_CONFIRM:
        return typed(draft.but(choices=()), Field.CHOICES, "")
    wanted = split_choices(text)
    fits = 0 < len(wanted) <= MOST_CHOICES and all(_fits_button(choice) for choice in wanted)
    return typed(draft.but(choices=wanted), Field.CHOICES, "") if fits else typed(draft, Field.CHOICES, text or "?")


def _fits_button(choice: str) -> bool:
    return len(regex.findall(r"\X", choice)) <= LONGEST_CHOICE and len(choice) <= 2 * LONGEST_CHOICE


def coverage(draft: Draft, value: str) -> Draft | None:
    """確認: 「全員」 or 「どちらか」."""
    word = folded(value)
    if word in _EVERY:
        return draft.but(coverage=Coverage.EVERY)
    return draft.but(coverage=Coverage.ANY) if word in _ANY else None


def urgent(draft: Draft, value: str) -> Draft | None:
    """緊急: はい or いいえ."""
    word = folded(value)
    if word in _YES:
        return draft.but(urgent=True)
    return draft if word in _NO else None


def first_title(draft: Draft, value: str) -> Draft | None:
    """The title, unless there is one."""
    return draft.but(title=value) if value and not draft.title else None


_OTHERS: Final[dict[Field, Callable[[Draft, str], Draft | None]]] = {
    Field.TITLE: first_title,
    Field.COVERAGE: coverage,
    Field.URGENT: urgent,
}


def retitled(draft: Draft, title: str) -> Draft:
    """Another title. A line of the text that serves as title leaves the body; a typed correction changes no body."""
    is_line = any(headings.undecorated(line) == title for line in draft.lines)
    if draft.title and not is_line:
        return draft.but(title=title)
    return draft.but(title=title, body=headings.body_of(draft.lines, title))


def with_text(draft: Draft, lines: tuple[str, ...], facts: Facts) -> Draft:
    """The whole text, and the title as far as it is clear (always, if nobody is to be asked)."""
    lines = lines if any(line.strip() for line in lines) else ()
    title = draft.title or headings.title_of(lines)
    if not title and draft.urgent and lines:
        title = headings.best_title(lines) or facts.untitled
    return draft.but(lines=lines, title=title, body=headings.body_of(lines, title))


def typed(draft: Draft, field: Field, text: str) -> Draft:
    """Keep an answer as typed; '' forgets it."""
    others = {name: value for name, value in draft.typed.items() if name != field.value}
    return draft.but(typed={**others, field.value: text[:_LONGEST_TYPED]} if text.strip() else others)
