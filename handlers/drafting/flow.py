"""The conversation in which a notice is made: load the draft, fold the answer in, save it, ask what comes next.

Every step is one compare-and-set on the draft, which remembers the events folded into it. A redelivered event changes
nothing and gets the answer that fits the draft as it stands; a race is decided again on what the other one left.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from handlers.context import Context
from handlers.drafting import answers, asking, preview, sending
from handlers.drafting.questions import Facts, Field
from handlers.drafting.words import button, show
from handlers.events import Command, Event, Press, Text
from handlers.replies import Panel, Reply, reply
from storage.errors import ConflictError
from storage.models import Draft, DraftState

PREVIEW_HOLDS: Final = timedelta(minutes=30)
"""A preview's button works so long; then what it shows may no longer be so."""
RESTS_AFTER: Final = timedelta(hours=12)
"""A draft that nobody has touched for so long takes no more typed text as its own; its buttons still work."""
_EVENTS_KEPT: Final = 50
_TRIES: Final = 20

Fold = Callable[[Draft, Facts], Draft | None]


async def begin(event: Command, context: Context) -> Reply:
    """`/お知らせ`, `/緊急`: a new draft from whatever stands behind the word."""
    facts = await _facts(event, context)
    draft = _new(event, context).but(urgent=event.name == "urgent")
    return await _answer(
        await context.storage.drafts.start(answers.begun(draft, clean(event.text), facts)), event, context
    )


async def offer(event: Text, context: Context) -> Reply:
    """A pasted text: ask whether it is to be sent as a notice. A draft that was open can be come back to."""
    facts = await _facts(event, context)
    before = await context.storage.drafts.current(_owner(context))
    draft = answers.offered(_new(event, context), clean(event.text), facts)
    if before is not None and before.id != event.id and before.lines:
        draft = draft.but(typed={**draft.typed, Field.BEFORE.value: before.id})
    return await _answer(await context.storage.drafts.start(draft), event, context)


async def resume(event: Text, context: Context) -> Reply | None:
    """A typed answer to what the draft waits for. None: the text is not for it."""
    draft = await context.storage.drafts.current(_owner(context))
    if draft is None or event.at - draft.updated_at > RESTS_AFTER:
        return None
    facts, text = await _facts(event, context), clean(event.text)
    saved = await _step(draft, event, context, lambda current, _: answers.told(current, text, facts))
    return None if saved is None else await _answer(saved, event, context)


async def press(event: Press, context: Context) -> Reply:
    """A button of a draft: (draft id, revision, action, value)."""
    match event.arguments:
        case (draft_id, revision, action, value):
            draft = await context.storage.drafts.get(draft_id)
            if draft is not None and draft.owner in _ids(context):
                return await _pressed(draft, revision, action, value, event, context)
    return await stale(None, context)


async def _pressed(draft: Draft, revision: str, action: str, value: str, event: Press, context: Context) -> Reply:
    if draft.state is DraftState.SENDING:
        return await sending.complete(draft, event, context)
    if event.id in draft.events:
        return await _answer(draft, event, context)
    if action == "revive" and draft.state is DraftState.CANCELLED:
        return await _revive(draft, event, context)
    if draft.state is DraftState.CANCELLED:
        return await stale(draft, context)
    if action == "show":
        return await _taken(draft, event, context, sending.refreshed)
    # A press that is handled late, after an outage, must not send late either.
    age = max(event.at, context.now) - draft.updated_at
    is_old = draft.state is DraftState.PREVIEW and age > PREVIEW_HOLDS
    if revision != str(draft.revision) or (is_old and action != "cancel"):
        return await stale(draft, context)
    return await _acted(draft, action, value, event, context)


async def _acted(draft: Draft, action: str, value: str, event: Press, context: Context) -> Reply:
    """A press of the newest button, in time."""
    is_preview = draft.state is DraftState.PREVIEW
    if action == "page" and draft.asking == Field.AUDIENCE:
        page = int(value) if value.isascii() and value.isdigit() and len(value) < 6 else 0
        return reply(await asking.question(draft, context, page))
    if action == "menu" and is_preview:
        return reply(preview.menu(draft, context))
    if action == "try" and is_preview:
        return await preview.tried(draft, event, context)
    fold: Fold
    if action in {"send", "later"} and is_preview:
        fold = await sending.ordered(draft, value, event, context)
    elif action == "join" and draft.state is DraftState.OFFERED:
        before = await context.storage.drafts.get(value)
        fold = _join(before if before is not None and before.owner in _ids(context) else None)
    else:
        fold = _press(action, value)
    return await _taken(draft, event, context, fold, revision=draft.revision)


def _press(action: str, value: str) -> Fold:
    return lambda draft, facts: answers.pressed(draft, action, value, facts)


def _join(before: Draft | None) -> Fold:
    return lambda draft, facts: answers.joined(draft, before, facts) if before else None


async def _taken(draft: Draft, event: Press, context: Context, fold: Fold, revision: int | None = None) -> Reply:
    """Fold a press in; stale when it fits no longer."""

    def guarded(current: Draft, facts: Facts) -> Draft | None:
        return fold(current, facts) if revision is None or current.revision == revision else None

    saved = await _step(draft, event, context, guarded)
    if saved is None:
        now = await context.storage.drafts.get(draft.id)
        is_sent = now is not None and now.state is DraftState.SENDING
        return await _answer(now, event, context) if now and is_sent else await stale(now, context)
    return await _answer(saved, event, context)


async def _step(draft: Draft, event: Event, context: Context, fold: Fold) -> Draft | None:
    """Save what `fold` makes of the draft, once per event. None: nothing, it does not fit. Raises: ConflictError."""
    facts = await _facts(event, context)
    for _ in range(_TRIES):
        if event.id in draft.events:
            return draft
        folded = fold(draft, facts)
        if folded is None:
            return None
        noted = folded.but(events=(*draft.events, event.id)[-_EVENTS_KEPT:], updated_at=event.at)
        try:
            return await context.storage.drafts.save(noted)
        except ConflictError:
            draft = await context.storage.drafts.get(draft.id) or draft
    raise ConflictError(f"draft {draft.id!r} changes all the time")


async def _revive(draft: Draft, event: Press, context: Context) -> Reply:
    """A cancelled draft comes back, and the one that took its place steps aside."""
    current = await context.storage.drafts.current(_owner(context))
    if current is not None and current.id != draft.id:
        await _step(current, event, context, lambda other, _: other.but(state=DraftState.CANCELLED))
    return await _taken(draft, event, context, sending.refreshed)


async def _answer(draft: Draft, event: Event, context: Context) -> Reply:
    """What is said to a draft as it stands."""
    if draft.state is DraftState.SENDING:
        return await sending.complete(draft, event, context)
    if draft.state is DraftState.PREVIEW:
        return await preview.preview(draft, event, context)
    if draft.state is DraftState.CANCELLED:
        return reply(_cancelled(draft, context))
    return reply(await asking.question(draft, context))


def _cancelled(draft: Draft, context: Context) -> Panel:
    words = context.words
    buttons = [button(draft, words("draft-revive"), "revive")]
    if before := draft.typed.get(Field.BEFORE):
        former = draft.but(id=before, revision=0)
        buttons.insert(0, button(former, words("draft-revive-before"), "revive"))
    return Panel(words("draft-cancelled-title"), (words("draft-cancelled"),), buttons=tuple(buttons))


async def stale(draft: Draft | None, context: Context) -> Reply:
    """An old button: nothing happens, and there is a way to what is newest."""
    words = context.words
    current = await context.storage.drafts.current(_owner(context))
    title = words("draft-stale")
    if current is not None:
        return reply(Panel(title, (words("draft-stale-newer"),), buttons=(show(current, words),)))
    if draft is not None and draft.state is DraftState.CANCELLED:
        again = button(draft, words("draft-revive"), "revive")
        return reply(Panel(title, (words("draft-stale-cancelled"),), buttons=(again,)))
    return reply(Panel(title, (words("draft-stale-none"),)))


async def _facts(event: Event, context: Context) -> Facts:
    groups = await context.storage.members.groups()
    return Facts(
        groups, event.at, context.organization.zone, context.words("draft-untitled"), context.organization.quiet
    )


def _new(event: Event, context: Context) -> Draft:
    return Draft(
        id=event.id,
        owner=_owner(context),
        state=DraftState.COLLECTING,
        events=(event.id,),
        created_at=event.at,
        updated_at=event.at,
    )


def _owner(context: Context) -> str:
    return context.speaker.id if context.speaker else ""


def _ids(context: Context) -> tuple[str, ...]:
    return context.speaker.ids if context.speaker else ()


def clean(text: str) -> str:
    """Text that databases and platforms can hold: no halves of characters, no control characters but line breaks."""
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return "".join(c for c in whole if c in "\n\r\t" or c >= " ").replace("\x7f", "")
