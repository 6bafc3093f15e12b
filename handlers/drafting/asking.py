"""The questions as panels, rebuilt from the draft alone: a redelivered event is asked the same again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final

from handlers import dates, headings
from handlers.context import Context
from handlers.drafting import asking_times, audience
from handlers.drafting.asking_times import doubted, moment_label
from handlers.drafting.questions import Field, asked, next_question
from handlers.drafting.words import button, cancel, names, shorten
from handlers.replies import Button, Emphasis, Panel
from storage.models import Audience, Draft, DraftState

_GROUPS_A_PAGE: Final = 8
_COMMON_CHOICES: Final = ("draft-choices-attend", "draft-choices-join", "draft-choices-want")


async def question(draft: Draft, context: Context, page: int = 0) -> Panel:
    """What the draft waits for, with its buttons. Of many groups the page is shown that was asked for."""
    if draft.state is DraftState.OFFERED:
        return _offer(draft, context)
    about = asked(draft).about or Field.TEXT
    if about is Field.AUDIENCE:
        return await _audience(draft, context, page)
    return await _ASKED[about](draft, context)


def _panel(draft: Draft, context: Context, title: str, *paragraphs: str, buttons: tuple[Button, ...] = ()) -> Panel:
    words = context.words
    is_mending = draft.state is not DraftState.OFFERED and next_question(draft).about is not asked(draft).about
    is_rewriting = draft.asking == Field.REWRITE
    back = button(draft, words("draft-back"), "back", echo=words("draft-back-echo"), emphasis=Emphasis.LINK)
    is_changed = is_mending and (draft.state is DraftState.ASKING or is_rewriting)
    leave = back if is_changed else cancel(draft, words)
    return Panel(words(title), tuple(p for p in paragraphs if p), buttons=(*buttons, leave))


def _offer(draft: Draft, context: Context) -> Panel:
    words = context.words
    yes = button(draft, words("draft-offer-yes"), "yes", emphasis=Emphasis.PRIMARY)
    before = draft.typed.get(Field.BEFORE, "")
    join = (button(draft, words("draft-join"), "join", before),) if before else ()
    title = headings.best_title(draft.lines) or next(iter(draft.lines), "")
    begins = words("draft-offer-begins", line=shorten(draft.title or title), lines=len(draft.lines))
    no = button(draft, words("draft-offer-no"), "cancel")
    remark = words("draft-offer-before") if before else ""
    paragraphs = tuple(p for p in (begins, words("draft-nothing-sent"), remark) if p)
    return Panel(words("draft-offer"), paragraphs, buttons=(yes, *join, no))


async def _text(draft: Draft, context: Context) -> Panel:
    words = context.words
    if draft.urgent:
        return _panel(draft, context, "draft-text-title", words("draft-text-urgent"))
    if not draft.lines:
        return _panel(draft, context, "draft-text-title", words("draft-text"))
    enough = button(draft, words("draft-enough"), "enough", emphasis=Emphasis.PRIMARY)
    received = words("draft-text-more", lines=len(draft.lines), last=shorten(draft.lines[-1]))
    return _panel(draft, context, "draft-text-title", received, buttons=(enough,))


async def _rewrite(draft: Draft, context: Context) -> Panel:
    return _panel(draft, context, "draft-rewrite-title", context.words("draft-rewrite"))


async def _title(draft: Draft, context: Context) -> Panel:
    words = context.words
    offered = [button(draft, line, "title", number) for number, line in enumerate(headings.candidates(draft.lines))]
    plain = () if offered else (button(draft, words("draft-untitled"), "title", "untitled"),)
    key = "draft-title-which" if offered else "draft-title-type"
    return _panel(draft, context, "draft-title-title", words(key), buttons=(*offered, *plain))


async def _audience(draft: Draft, context: Context, page: int) -> Panel:
    words, members = context.words, context.storage.members
    groups = await members.groups()
    unknown = draft.typed.get(Field.AUDIENCE, "").partition("\n")[0]
    if unknown:
        return _unknown_group(draft, unknown, groups, context)
    everyone = await members.count(Audience(everyone=True))
    if not everyone:
        again = button(draft, words("draft-roster-again"), "show")
        return _panel(draft, context, "draft-audience-title", words("draft-roster-empty"), buttons=(again,))
    all_names = list(groups)
    page = page if 0 <= page * _GROUPS_A_PAGE < len(all_names) else 0
    shown = all_names[page * _GROUPS_A_PAGE : (page + 1) * _GROUPS_A_PAGE]
    buttons = [_group(draft, name, groups[name], context) for name in shown]
    if len(all_names) > _GROUPS_A_PAGE:
        following = page + 1 if (page + 1) * _GROUPS_A_PAGE < len(all_names) else 0
        buttons.append(button(draft, words("draft-audience-more"), "page", following))
    label = words("draft-audience-everyone", count=everyone)
    buttons.append(button(draft, label, "everyone", echo=words("draft-audience-everyone-echo")))
    key = "draft-audience" if groups else "draft-audience-no-groups"
    return _panel(draft, context, "draft-audience-title", words(key), buttons=tuple(buttons))


def _group(draft: Draft, name: str, count: int, context: Context) -> Button:
    counted = context.words("draft-audience-count", count=count)
    return button(draft, shorten(name, 40 - len(counted)) + counted, "group", audience.code(name), echo=name)


def _unknown_group(draft: Draft, unknown: str, groups: dict[str, int], context: Context) -> Panel:
    words = context.words
    near = [_group(draft, name, groups[name], context) for name in audience.nearest(unknown, groups)]
    key = "draft-audience-near" if near else "draft-audience-unknown"
    sentence = words(key, name=shorten(unknown))
    buttons = [*near, button(draft, words("draft-audience-list"), "anew")]
    if draft.groups:
        known = shorten(names(draft.groups, words), 30)
        buttons.append(button(draft, words("draft-audience-known", groups=known), "known"))
    return _panel(draft, context, "draft-audience-title", sentence, buttons=tuple(buttons))


async def _everyone(draft: Draft, context: Context) -> Panel:
    words, storage = context.words, context.storage
    members = await storage.members.count(Audience(everyone=True))
    contacts = sum((await storage.contacts.count(Audience(everyone=True))).values())
    sure = button(draft, words("draft-everyone-yes", count=members), "agree", emphasis=Emphasis.PRIMARY)
    anew = button(draft, words("draft-everyone-no"), "anew")
    sentence = words("draft-everyone", count=members, contacts=contacts)
    return _panel(draft, context, "draft-everyone-title", sentence, buttons=(sure, anew))


async def _deadline(draft: Draft, context: Context) -> Panel:
    return _moment(draft, Field.DEADLINE, context)


async def _expiry(draft: Draft, context: Context) -> Panel:
    return _moment(draft, Field.EXPIRY, context)


def _moment(draft: Draft, field: Field, context: Context) -> Panel:
    """A date: with the doubts about what was typed, or with the usual ones to choose from."""
    words, now, zone = context.words, draft.updated_at, context.organization.zone
    doubt = draft.typed.get(field, "") if not (field is Field.DEADLINE and draft.deadline_settled) else ""
    reading = dates.parse(doubt, now, zone) if doubt else None
    candidates = list(reading.candidates) if reading else []
    if field is Field.DEADLINE and not candidates:
        candidates = list(dict.fromkeys((*limits_in(draft, context), *dates.offers(now, zone))))
    buttons = [button(draft, moment_label(at, now, context), field.value, int(at.timestamp())) for at in candidates]
    none = button(draft, words(f"draft-{field.value}-none"), field.value, "none")
    sentence = doubted(doubt, reading, context, now) if doubt else words(f"draft-{field.value}")
    return _panel(draft, context, f"draft-{field.value}-title", sentence, buttons=(*buttons, none))


def limits_in(draft: Draft, context: Context) -> list[datetime]:
    """What the text itself calls the deadline."""
    found = dates.find("\n".join(draft.lines), draft.updated_at, context.organization.zone)
    return [m.reading.at for m in found if m.is_limit and m.reading.at is not None and m.reading.doubt is None][:2]


async def _schedule(draft: Draft, context: Context) -> Panel:
    sentence, buttons = asking_times.schedule(draft, context)
    return _panel(draft, context, "draft-schedule-title", sentence, buttons=buttons)


async def _reminders(draft: Draft, context: Context) -> Panel:
    sentence, buttons = asking_times.reminders(draft, context)
    return _panel(draft, context, "draft-reminders-title", sentence, buttons=buttons)


async def _choices(draft: Draft, context: Context) -> Panel:
    words = context.words
    doubt = draft.typed.get(Field.CHOICES, "")
    sentence = words("draft-choices-doubt", typed=shorten(doubt)) if doubt else words("draft-choices")
    only = button(draft, words("draft-choices-none", label=words("confirm-button")), "choices", "なし")
    usual = [button(draft, words(key), "choices", words(key)) for key in _COMMON_CHOICES]
    return _panel(draft, context, "draft-choices-title", sentence, buttons=(only, *usual))


_ASKED: Final[dict[Field, Callable[[Draft, Context], Awaitable[Panel]]]] = {
    Field.TEXT: _text,
    Field.REWRITE: _rewrite,
    Field.TITLE: _title,
    Field.EVERYONE: _everyone,
    Field.DEADLINE: _deadline,
    Field.EXPIRY: _expiry,
    Field.SCHEDULE: _schedule,
    Field.REMINDERS: _reminders,
    Field.CHOICES: _choices,
}
