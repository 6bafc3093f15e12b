"""The one table: event or command word → handler, and who may call it. Rights are checked here and nowhere else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from handlers import drafting, news, reading, registration, statuses, vocabulary
from handlers.buttons import pack
from handlers.commands import (
    again,
    close,
    confirmed,
    listing,
    notice,
    pending,
    progress,
    remind,
    status,
    stop,
    withdraw,
)
from handlers.commands import help as help_command
from handlers.context import Context
from handlers.errors import RefusedError
from handlers.events import (
    AccountNews,
    Attachment,
    Blocked,
    Command,
    Event,
    Followed,
    Invited,
    Preference,
    Press,
    Renamed,
    StatusReport,
    Text,
)
from handlers.open_notices import open_cards
from handlers.replies import Button, Panel, Reply, reply
from handlers.replies import Text as Say
from storage.models import Role

Handler = Callable[[Command, Context], Awaitable[Reply]]

_READERS = frozenset({Role.ADMINISTRATOR, Role.SENDER, Role.VIEWER})
_SENDERS = frozenset({Role.ADMINISTRATOR, Role.SENDER})


@dataclass(frozen=True, slots=True)
class Entry:
    """A command: what it does and who may ask for it."""

    handler: Handler
    right: frozenset[Role]


COMMANDS: Mapping[str, Entry] = {
    "notice": Entry(notice.begin, _SENDERS),
    "urgent": Entry(notice.begin, _SENDERS),
    "status": Entry(status.status, _READERS),
    "progress": Entry(progress.progress, _READERS),
    "pending": Entry(pending.pending, _READERS),
    "confirmed": Entry(confirmed.confirmed, _READERS),
    "remind": Entry(remind.remind, _SENDERS),
    "remind-now": Entry(remind.remind_now, _SENDERS),
    "again": Entry(again.again, _SENDERS),
    "again-now": Entry(again.again_now, _SENDERS),
    "list": Entry(listing.listing, _READERS),
    "close": Entry(close.close, _SENDERS),
    "close-now": Entry(close.close_now, _SENDERS),
    "stop": Entry(stop.stop, _SENDERS),
    "stop-now": Entry(stop.stop_now, _SENDERS),
    "brake": Entry(stop.brake, _SENDERS),
    "cancel": Entry(stop.ask, _SENDERS),
    "withdraw": Entry(withdraw.withdraw, _SENDERS),
    "withdraw-now": Entry(withdraw.withdraw_now, _SENDERS),
    "help": Entry(help_command.help, _READERS),
}
"""By name; the words are in `handlers.vocabulary`. Names without words come from buttons only."""


async def dispatch(event: Event, context: Context) -> Reply | None:
    """What follows from an event (taps apart: `handlers.acknowledge`). None: nothing is said."""
    try:
        return await _dispatch(event, context)
    except RefusedError as refused:
        return reply(Say(context.words(refused.key, **refused.arguments)))


async def _dispatch(event: Event, context: Context) -> Reply | None:
    match event:
        case Followed():
            return await registration.greet(event, context)
        case Blocked():
            await registration.note_block(event, context)
            return None
        case Invited():
            return await registration.explain_group(event, context)
        case Press():
            return await _pressed(event, context)
        case Text():
            return await _typed(event, context)
        case Attachment():
            return await _not_read(event, context)
        case _:
            await _note(event, context)
            return None


async def _note(event: Event, context: Context) -> None:
    """What a platform tells by itself: nobody waits for an answer."""
    match event:
        case StatusReport():
            await statuses.take(event, context)
        case Renamed():
            await registration.follow(event, context)
        case AccountNews():
            await news.take(event, context)
        case Preference():
            await registration.note_preference(event, context)


async def _pressed(event: Press, context: Context) -> Reply:
    match event.verb:
        case "register":
            return await registration.answer(event, context)
        case "read":
            return await reading.read(event, context)
        case "sample":
            return reply(Say(context.words("press-sample")))
        case "draft" if _may(context, _SENDERS):
            return await drafting.press(event, context)
        case verb if verb in COMMANDS:
            return await _run(_command(event, verb, event.arguments), context)
        case _:
            return reply(Say(context.words("press-unknown", organization=context.organization.name)))


async def _typed(event: Text, context: Context) -> Reply:
    is_registration, code = vocabulary.read_registration(event.text)
    if code is not None:
        return await registration.offer(event, code, context)
    if _may(context, _READERS):
        return await _administered(event, context)
    if is_registration:
        return reply(Say(context.words("code-shape")))
    if wish := vocabulary.read_wish(event.text):
        return await (registration.stop if wish == "stop" else registration.resume)(event, context)
    return await _not_read(event, context)


async def _administered(event: Text, context: Context) -> Reply:
    """Somebody with a right typed: a command, a part of a draft, a letter to send; never silence."""
    spoken = vocabulary.read_command(event.text)
    if spoken is not None:
        return await _run(_command(event, spoken.name, spoken.arguments, spoken.text), context)
    if _may(context, _SENDERS) and not vocabulary.is_slashed(event.text):
        answer = await drafting.resume(event, context)
        if answer is not None:
            return answer
        if "\n" in event.text.strip():
            return await drafting.offer(event, context)
    return _did_you_mean(event, context)


async def _run(command: Command, context: Context) -> Reply:
    entry = COMMANDS[command.name]
    if not _may(context, entry.right):
        return await _not_read(command, context)
    return await entry.handler(command, context)


def _may(context: Context, right: frozenset[Role]) -> bool:
    return context.speaker is not None and context.speaker.role in right


def _command(event: Event, name: str, arguments: tuple[str, ...], text: str = "") -> Command:
    common = {name: getattr(event, name) for name in Event.__struct_fields__}
    return Command(**common, name=name, arguments=arguments, text=text)


def _did_you_mean(event: Text, context: Context) -> Reply:
    words = context.words
    names = [name for name in (vocabulary.nearest(event.text), "help") if name is not None]
    buttons = [Button(f"/{vocabulary.WORDS[name][0]}", pack(name)) for name in dict.fromkeys(names)]
    key = "typed-near" if len(buttons) > 1 else "typed-unknown"
    return reply(Panel(title=words("typed-title"), paragraphs=(words(key),), buttons=tuple(buttons)))


async def _not_read(event: Event, context: Context) -> Reply:
    """What anybody without a right is told: nobody reads this, whom to ring, what the bot can do. Reveals nothing, and
    brings a recipient what still waits for her tap: she is here, and it costs no message."""
    words, organization = context.words, context.organization
    lines = [words("not-read", organization=organization.name)]
    if organization.contact:
        lines.append(words("not-read-ask", contact=organization.contact))
    lines.append(words("not-read-can" if context.speaker else "not-read-register"))
    cards = await open_cards(context.speaker, context) if context.speaker else ()
    return reply(Say("\n".join(lines)), *cards)
