"""What an answer makes of a draft: typed or pressed, folded in. Pure; `handlers.drafting.flow` stores and asks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from handlers import headings
from handlers.drafting import audience, fields, options, reminding
from handlers.drafting.questions import Facts, Field, advanced, asking, next_question
from storage.models import Coverage, Draft, DraftState

_ENOUGH: Final = frozenset(
    {"本文はここまで", "本文ここまで", "ここまで", "ここまでです", "本文は以上", "end of text", "that's all", "done"}
)
_CANCEL: Final = frozenset({"取り消す", "取消", "取り消し", "取消す", "キャンセル", "やめる", "やめます", "cancel"})
_YES: Final = frozenset({"はい", "うん", "ok", "yes", "送る", "送ります", "お願いします"})
_NO: Final = frozenset({"いいえ", "いや", "no", "送らない", "ちがう", "違う"})


def begun(draft: Draft, text: str, facts: Facts) -> Draft:
    """What stood behind the command word: options and text, all or nothing."""
    written = options.read_command(text, facts.groups)
    return _onward(_taken(draft, written, facts, is_command=True), facts)


def _onward(draft: Draft, facts: Facts) -> Draft:
    """What the draft waits for next. Reminders that were written at the head are read when all is known that they must
    fit into."""
    if next_question(draft).about is Field.REMINDERS:
        draft = reminding.told(draft, draft.typed[Field.REMINDERS], facts)
    return advanced(draft)


def offered(draft: Draft, text: str, facts: Facts) -> Draft:
    """A pasted text, to be asked about first."""
    written = options.read_heads(options.lines_of(text))
    return _taken(draft, written, facts, is_command=False).but(state=DraftState.OFFERED, asking="")


def _taken(draft: Draft, written: options.Written, facts: Facts, *, is_command: bool) -> Draft:
    """Options into their fields; what made no sense as an option stays text."""
    lines: list[str] = []
    for part in written.parts:
        if isinstance(part, str):
            lines.append(part)
            continue
        is_meant = part.is_ours or (is_command and part.is_marked)
        taken = fields.take(draft, part.field, part.value, facts, is_meant=is_meant)
        draft = taken or draft
        if taken is None:
            lines.append(part.line)
    if written.has_option_line and not draft.title:
        first = next((line for line in lines if line.strip()), "")
        draft = draft.but(title=headings.undecorated(first) if headings.may_be_title(first) else "")
    return fields.with_text(draft, _stripped(lines), facts)


def _stripped(lines: list[str]) -> tuple[str, ...]:
    filled = [index for index, line in enumerate(lines) if line.strip()]
    return tuple(lines[filled[0] : filled[-1] + 1]) if filled else ()


def told(draft: Draft, text: str, facts: Facts) -> Draft | None:
    """A typed answer. None: this text is not for the draft."""
    if draft.state is DraftState.COLLECTING:
        return _collected(draft, text, facts)
    word, is_line = fields.folded(text), "\n" not in text.strip()
    if draft.state is DraftState.OFFERED:
        return _agreed_to_offer(draft, word, facts)
    if draft.state is not DraftState.ASKING or draft.asking not in _TOLD:
        return None
    if word in _CANCEL:
        return draft.but(state=DraftState.CANCELLED)
    folded_in = _TOLD[Field(draft.asking)](draft, text.strip(), facts, is_line)
    return None if folded_in is None else _onward(folded_in, facts)


def _agreed_to_offer(draft: Draft, word: str, facts: Facts) -> Draft | None:
    if word in _YES:
        return _onward(draft, facts)
    return draft.but(state=DraftState.CANCELLED) if word in _NO | _CANCEL else None


def _collected(draft: Draft, text: str, facts: Facts) -> Draft:
    """One more piece of the text; 「本文はここまで」, alone or as the last line, ends it."""
    lines = options.lines_of(text)
    if fields.folded(text) in _CANCEL:
        return draft.but(state=DraftState.CANCELLED)
    is_enough = fields.folded(lines[-1]) in _ENOUGH
    more = lines[:-1] if is_enough else lines
    if any(line.strip() for line in more):
        begun_anew = _without_text(draft) if draft.asking == Field.REWRITE else draft
        draft = asking(begun_anew.but(lines=(*begun_anew.lines, *more)), Field.TEXT)
    return enough(draft, facts) if is_enough or draft.urgent else draft


def _without_text(draft: Draft) -> Draft:
    """Before a new text. A title that was a line of the old one may be replaced by a line of the new one."""
    was_line = any(headings.undecorated(line) == draft.title for line in draft.lines)
    emptied = draft.but(lines=(), title="" if was_line else draft.title)
    return fields.typed(emptied, Field.REWRITE, draft.title if was_line else "")


def enough(draft: Draft, facts: Facts) -> Draft:
    """The text is complete: heads at its top are read, then its title. A new text without a subject line of its own
    keeps the title of the old one."""
    if draft.asking == Field.REWRITE:
        return advanced(draft)
    written = options.read_heads(list(draft.lines))
    former = draft.typed.get(Field.REWRITE, "")
    made = _taken(fields.typed(draft, Field.REWRITE, ""), written, facts, is_command=False)
    if former and not headings.is_subject(made.title):
        made = fields.with_text(made.but(title=former), made.lines, facts)
    return _onward(made, facts)


def _told_title(draft: Draft, text: str, facts: Facts, is_line: bool) -> Draft | None:
    return fields.retitled(draft, headings.undecorated(text) or text) if is_line and text else None


def _told_audience(draft: Draft, text: str, facts: Facts, is_line: bool) -> Draft | None:
    if not is_line and not audience.read(text, facts.groups).is_whole:
        return None
    fold = fields.add_groups if Field.AUDIENCE in draft.typed else fields.replace_groups
    return fold(draft, text, facts)


def _told_everyone(draft: Draft, text: str, facts: Facts, is_line: bool) -> Draft | None:
    word = fields.folded(text)
    if word in _YES:
        return draft.but(everyone_agreed=True)
    if word in _NO:
        return draft.but(everyone=False)
    meant = audience.read(text, facts.groups)
    if meant.is_whole and not meant.everyone:
        return fields.replace_groups(draft, text, facts)
    return draft if is_line else None


def _told_deadline(draft: Draft, text: str, facts: Facts, is_line: bool) -> Draft | None:
    return fields.deadline(draft, text, facts) if is_line else None


def _told_expiry(draft: Draft, text: str, facts: Facts, is_line: bool) -> Draft | None:
    return fields.expiry(draft, text, facts) if is_line else None


def _told_schedule(draft: Draft, text: str, facts: Facts, is_line: bool) -> Draft | None:
    return fields.schedule(draft, text, facts) if is_line else None


def _told_reminders(draft: Draft, text: str, facts: Facts, is_line: bool) -> Draft | None:
    return reminding.told(draft, text, facts) if is_line else None


def _told_choices(draft: Draft, text: str, facts: Facts, is_line: bool) -> Draft | None:
    folded_in = fields.choices(draft, text)
    return folded_in if is_line or Field.CHOICES not in folded_in.typed else None


_TOLD: Final[dict[Field, Callable[[Draft, str, Facts, bool], Draft | None]]] = {
    Field.TITLE: _told_title,
    Field.AUDIENCE: _told_audience,
    Field.EVERYONE: _told_everyone,
    Field.DEADLINE: _told_deadline,
    Field.EXPIRY: _told_expiry,
    Field.SCHEDULE: _told_schedule,
    Field.REMINDERS: _told_reminders,
    Field.CHOICES: _told_choices,
}


def pressed(draft: Draft, action: str, value: str, facts: Facts) -> Draft | None:
    """A pressed answer. None: the button does not fit this draft."""
    if action == "cancel":
        return draft.but(state=DraftState.CANCELLED)
    if action == "mend":
        return asking(draft, Field(value)) if value in MENDABLE else None
    if draft.state is DraftState.COLLECTING and action != "back":
        return enough(draft, facts) if action == "enough" else None
    fold = _PRESSED.get(action)
    folded_in = fold(draft, value, facts) if fold else None
    return None if folded_in is None else _onward(folded_in, facts)


MENDABLE: Final = (
    Field.TITLE,
    Field.REWRITE,
    Field.AUDIENCE,
    Field.DEADLINE,
    Field.CHOICES,
    Field.SCHEDULE,
    Field.REMINDERS,
)


def _same(draft: Draft, value: str, facts: Facts) -> Draft | None:
    """Unchanged, unless a text is being collected: that is not complete yet."""
    return draft if draft.asking != Field.TEXT else None


def _pressed_title(draft: Draft, value: str, facts: Facts) -> Draft | None:
    if value == "untitled":
        return fields.retitled(draft, facts.untitled)
    titles = headings.candidates(draft.lines)
    number = int(value) if value.isascii() and value.isdigit() and len(value) < 3 else len(titles)
    return fields.retitled(draft, titles[number]) if number < len(titles) else None


def _pressed_group(draft: Draft, value: str, facts: Facts) -> Draft | None:
    """A group alone; in answer to an unknown one, besides those that were understood."""
    group = audience.by_code(value, facts.groups)
    if group is None:
        return None
    unknown = draft.typed.get(Field.AUDIENCE, "").split("\n")
    kept = draft.groups if unknown[0] else ()
    changed = draft.but(groups=audience.chosen((*kept, group), facts.groups), everyone=False, everyone_agreed=False)
    return fields.typed(changed, Field.AUDIENCE, "\n".join(unknown[1:]))


def _pressed_known(draft: Draft, value: str, facts: Facts) -> Draft | None:
    return fields.typed(draft, Field.AUDIENCE, "") if draft.groups else None


def _pressed_everyone(draft: Draft, value: str, facts: Facts) -> Draft | None:
    return fields.typed(draft.but(groups=(), everyone=True, everyone_agreed=False), Field.AUDIENCE, "")


def _pressed_agree(draft: Draft, value: str, facts: Facts) -> Draft | None:
    return draft.but(everyone_agreed=True) if draft.everyone else None


def _pressed_anew(draft: Draft, value: str, facts: Facts) -> Draft | None:
    return fields.typed(draft.but(groups=(), everyone=False, everyone_agreed=False), Field.AUDIENCE, "")


def _pressed_deadline(draft: Draft, value: str, facts: Facts) -> Draft | None:
    return fields.settle_pressed(draft, Field.DEADLINE, value, facts)


def _pressed_expiry(draft: Draft, value: str, facts: Facts) -> Draft | None:
    return fields.settle_pressed(draft, Field.EXPIRY, value, facts)


def _pressed_choices(draft: Draft, value: str, facts: Facts) -> Draft | None:
    return fields.choices(draft, value)


def _pressed_coverage(draft: Draft, value: str, facts: Facts) -> Draft | None:
    return draft.but(coverage=Coverage(value)) if value in set(Coverage) else None


_PRESSED: Final[dict[str, Callable[[Draft, str, Facts], Draft | None]]] = {
    "yes": _same,
    "back": _same,
    "title": _pressed_title,
    "group": _pressed_group,
    "known": _pressed_known,
    "everyone": _pressed_everyone,
    "agree": _pressed_agree,
    "anew": _pressed_anew,
    "deadline": _pressed_deadline,
    "expiry": _pressed_expiry,
    "schedule": fields.schedule_pressed,
    "reminders": reminding.pressed,
    "choices": _pressed_choices,
    "coverage": _pressed_coverage,
}
"""By what the button says it does; all but these are no answers (`handlers.drafting.flow`)."""


def joined(draft: Draft, before: Draft, facts: Facts) -> Draft:
    """A pasted text as the continuation of the one before it, with what was settled for that."""
    kept = {
        "groups",
        "everyone",
        "everyone_agreed",
        "deadline_at",
        "deadline_settled",
        "expires_at",
        "send_at",
        "reminders",
        "choices",
        "urgent",
    }
    changes = {name: value for name, value in before.model_dump().items() if name in kept}
    return advanced(fields.with_text(draft.but(**changes, title="", typed={}), (*before.lines, *draft.lines), facts))
