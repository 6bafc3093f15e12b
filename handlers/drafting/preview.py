"""The preview: the sample exactly as it will arrive, then whom it reaches, what it costs and what was understood."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime

from handlers import dates, publish
from handlers.buttons import pack
from handlers.context import Context
from handlers.drafting import timing
from handlers.drafting.asking import limits_in
from handlers.drafting.questions import Field
from handlers.drafting.reach import NAMES, audit
from handlers.drafting.timing import Seen
from handlers.drafting.words import button, cancel, names, shorten
from handlers.errors import TooLongError
from handlers.events import Event
from handlers.personal import is_personal
from handlers.reminding import full_today, rules
from handlers.replies import Button, Emphasis, Message, NoticeCard, Panel, Reply, Row, reply
from handlers.shares import shares_of
from storage.models import Audience, Coverage, Draft, Reach


async def preview(draft: Draft, event: Event, context: Context) -> Reply:
    """The sample and the panel; the panel alone where the sample cannot be made."""
    try:
        card = sample(draft, context, context.words("draft-sample-lead"))
        seen = await _see(draft, event, context)
        shown = _shown(card, tuple(seen.audited.by_channel) or (event.channel,), context)
    except TooLongError as error:
        return reply(_too_long(draft, error, context))
    return reply(*shown, _panel(seen, context))


async def tried(draft: Draft, event: Event, context: Context) -> Reply:
    """To the presser alone, in the free reply: the card as it will arrive, and how to go on. Counts as nothing."""
    shown = _shown(sample(draft, context, context.words("draft-try-lead")), (event.channel,), context)
    seen = await _see(draft, event, context)
    title, sentence = context.words("draft-try-title"), context.words("draft-try")
    return reply(*shown, Panel(title, (sentence,), buttons=tuple(_buttons(seen, context))))


def sample(draft: Draft, context: Context, lead: str) -> NoticeCard:
    """The card as recipients get it, with buttons that only say that it is a sample. Raises: TooLongError, if any
    platform cannot take it."""
    card = publish.card(publish.notice_of(draft, context), context.organization, context.words, lead=lead)
    for platform in context.platforms.values():
        platform.prepare(card)
    return replace(card, buttons=tuple(replace(b, data=pack("sample"), uri="") for b in card.buttons))


def _shown(card: NoticeCard, channels: Iterable[str], context: Context) -> list[Message]:
    """What will arrive, once for each way in which it differs. Raises: TooLongError."""
    platforms = [context.platforms[name] for name in channels if name in context.platforms]
    return list(dict.fromkeys(message for platform in platforms for message in platform.sample(card))) or [card]


async def _see(draft: Draft, event: Event, context: Context) -> Seen:
    audience = Audience(groups=draft.groups, everyone=draft.everyone)
    audited = await audit(audience, context.storage, tuple(context.platforms))
    people = audited.by_channel or {event.channel: audited.reachable}
    shares = await shares_of(people, context, urgent=draft.urgent)
    notice = publish.notice_of(draft, context)
    zone, begins_at = context.organization.zone, draft.send_at or context.now
    going_by = await rules(notice, context.storage, context.platforms, begins_at, zone)
    full, is_all = await full_today(going_by, audience)
    return Seen(draft, audited, shares, notice.remind_at, full, is_all)


def _panel(seen: Seen, context: Context) -> Panel:
    words, draft = context.words, seen.draft
    obstacle = _obstacle(seen, context)
    paragraphs = (obstacle,) if obstacle else (*_audience(seen, context), *timing.cost(seen, context))
    rows = () if not seen.audited.members else tuple(_rows(seen, context))
    return Panel(
        words("draft-preview-title-urgent" if draft.urgent else "draft-preview-title"),
        (
            *paragraphs,
            *timing.when(seen, context),
            *_understood(seen, context),
            *_remarks(draft, context),
            *_unreached(seen, context),
        ),
        rows=rows,
        buttons=tuple(_buttons(seen, context)),
    )


def _obstacle(seen: Seen, context: Context) -> str:
    """Why it cannot go out to anybody, and what to do; '' if it can."""
    whom = _whom(seen.draft, context)
    if not seen.audited.members:
        return context.words("draft-nobody", audience=whom)
    if not seen.audited.reachable:
        return context.words("draft-unreachable", audience=whom, count=seen.audited.members)
    return ""


def _whom(draft: Draft, context: Context) -> str:
    return publish.audience_name(Audience(groups=draft.groups, everyone=draft.everyone), context.words)


def _audience(seen: Seen, context: Context) -> Iterator[str]:
    words, audited = context.words, seen.audited
    groups = words("audience-everyone") if seen.draft.everyone else names(seen.draft.groups, words)
    yield words("draft-whom", audience=groups)
    yield words("draft-names", names=names((member.name for member in audited.sample), words))


def _understood(seen: Seen, context: Context) -> Iterator[str]:
    draft, words, now = seen.draft, context.words, seen.draft.updated_at
    if draft.deadline_at is None:
        yield words("draft-is-deadline-none")
    else:
        moment = words.moment(draft.deadline_at, now)
        typed = Field.DEADLINE in draft.typed
        key = "draft-is-deadline-filled" if typed else "draft-is-deadline"
        yield words(key, moment=moment, time=words.time(draft.deadline_at))
    if draft.expires_at is not None:
        yield words("draft-is-expiry", moment=words.moment(draft.expires_at, now))
    yield from timing.plan(seen, context)
    answers = names(draft.choices, words) if draft.choices else words("confirm-button")
    yield words("draft-is-choices", choices=answers)
    if is_personal(publish.notice_of(draft, context)):
        yield words("draft-is-personal")
    yield words("draft-is-coverage-every" if draft.coverage is Coverage.EVERY else "draft-is-coverage-any")


def _remarks(draft: Draft, context: Context) -> Iterator[str]:
    """What does not fit together, as a question; nothing is changed."""
    words, now, zone = context.words, draft.updated_at, context.organization.zone
    if draft.expires_at and draft.deadline_at and draft.expires_at < draft.deadline_at:
        yield words("draft-ask-expiry")
    limits = limits_in(draft, context)
    different = [at for at in limits if not _is_same_day(at, draft, context)]
    if different and len(different) == len(limits):
        yield words("draft-ask-limit", moment=words.moment(different[0], now))
    mentioned = dates.find(draft.title + "\n" + draft.body, now, zone)
    ahead = [m.reading.at for m in mentioned if m.reading.at is not None and m.reading.doubt is None]
    if not different and draft.deadline_at and ahead and _day(min(ahead), context) < _day(draft.deadline_at, context):
        yield words("draft-ask-after", date=words.date(min(ahead)))
    for found in mentioned:
        if found.reading.doubt is dates.Doubt.WEEKDAY and found.reading.at is not None:
            day = words.moment(found.reading.at, now).partition(" ")[0]
            yield words("draft-ask-weekday", date=found.words, day=day)


def _is_same_day(at: datetime, draft: Draft, context: Context) -> bool:
    return draft.deadline_at is not None and _day(at, context) == _day(draft.deadline_at, context)


def _day(at: datetime, context: Context) -> date:
    return at.astimezone(context.organization.zone).date()


def _unreached(seen: Seen, context: Context) -> Iterator[str]:
    words, audited = context.words, seen.audited
    if audited.left_out and audited.reachable:
        shown = names((member.name for member in audited.left_out[:NAMES]), words)
        rest = max(0, len(audited.left_out) - NAMES)
        yield words("draft-left-out", count=len(audited.left_out), names=shown, rest=rest)
    if audited.unreachable:
        unregistered, blocked = audited.contacts[Reach.UNREGISTERED], audited.contacts[Reach.BLOCKED]
        yield words("draft-unreached", count=unregistered + blocked, unregistered=unregistered, blocked=blocked)


def _rows(seen: Seen, context: Context) -> Iterator[Row]:
    words = context.words
    for contact, reach in seen.audited.unreachable:
        yield Row(shorten(contact.name), words(f"draft-reach-{reach.value}"), shorten(contact.relationship))
    if seen.audited.hidden:
        yield Row(words("draft-unreached-more", count=seen.audited.hidden))


def _buttons(seen: Seen, context: Context) -> Iterator[Button]:
    """Send first; where the quota is short, another audience first, and sending all the same is a choice."""
    words, draft = context.words, seen.draft
    other = button(draft, words("draft-other-audience"), "mend", Field.AUDIENCE.value, emphasis=Emphasis.PRIMARY)
    can_send = not _obstacle(seen, context)
    if not can_send or seen.missing:
        yield other
    if can_send:
        yield from timing.send_buttons(seen, context)
        yield button(draft, words("draft-try-button"), "try")
        yield from timing.change_buttons(seen, context)
    else:
        yield button(draft, words("draft-roster-again"), "show")
    yield button(draft, words("draft-mend"), "menu")
    yield cancel(draft, words)


def _too_long(draft: Draft, error: TooLongError, context: Context) -> Panel:
    words = context.words
    mend = [
        button(draft, words(f"draft-mend-{field.value}"), "mend", field.value)
        for field in (Field.TITLE, Field.REWRITE, Field.CHOICES)
    ]
    sentences = (words(error.key, **error.arguments), words("draft-too-long"))
    return Panel(words("draft-too-long-title"), sentences, buttons=(*mend, cancel(draft, words)))


def menu(draft: Draft, context: Context) -> Panel:
    """What can be mended, one by one."""
    words = context.words
    fields = (Field.TITLE, Field.REWRITE, Field.AUDIENCE, Field.DEADLINE, Field.CHOICES)
    buttons = [button(draft, words(f"draft-mend-{field.value}"), "mend", field.value) for field in fields]
    other = Coverage.ANY if draft.coverage is Coverage.EVERY else Coverage.EVERY
    buttons.append(button(draft, words(f"draft-mend-coverage-{other.value}"), "coverage", other.value))
    back = button(draft, words("draft-back"), "show", echo=words("draft-back-echo"), emphasis=Emphasis.LINK)
    return Panel(words("draft-menu-title"), (words("draft-menu"),), buttons=(*buttons, back))
