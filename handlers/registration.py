"""A person says who they are: adding the bot, sending a code, blocking it. Names in the chat app never count."""

from __future__ import annotations

from datetime import datetime, timedelta

from handlers import codes
from handlers.auditing import note
from handlers.buttons import pack
from handlers.context import Context
from handlers.events import Blocked, Event, Followed, Invited, Preference, Press, Renamed, Text
from handlers.identity import Person, recognise, rename
from handlers.open_notices import open_cards
from handlers.replies import Button, Emphasis, Leave, Panel, Reply, reply
from handlers.replies import Text as Words
from storage.models import (
    Address,
    AddressState,
    Code,
    CodePurpose,
    Contact,
    Reach,
    Reached,
    Role,
)

_MOST_FAILURES = 5
_PAUSE = timedelta(hours=1)
"""After 5 wrong codes within an hour, an hour without any."""

_MOST_OPEN = 500
"""So many open receipts of one person are told that she can, or can no longer, be reached."""


async def greet(event: Followed, context: Context) -> Reply:
    """Somebody added the bot, or unblocked it."""
    contact = await _follow(event, AddressState.ACTIVE, context)
    words, organization = context.words, context.organization
    if contact is None:
        return reply(Words(words("greet-stranger", organization=organization.name)))
    cards = await open_cards(contact, context)
    return reply(Words(words("greet-back", organization=organization.name, name=contact.name)), *cards)


async def stop(event: Text, context: Context) -> Reply:
    """Somebody wants nothing more here: nothing is sent to any address of hers on this platform until she says so."""
    return await _wish(event, AddressState.STOPPED, "stopped", context)


async def resume(event: Text, context: Context) -> Reply:
    """Somebody wants notices again."""
    return await _wish(event, AddressState.ACTIVE, "resumed", context)


async def _wish(event: Text, state: AddressState, word: str, context: Context) -> Reply:
    contact = context.speaker
    if contact is None:
        return _say(context, "stop-stranger", organization=context.organization.name)
    await note(event, context, word, contact.id, channel=event.channel)
    for address in contact.addresses:
        if address.channel == event.channel and address.state in {AddressState.ACTIVE, AddressState.STOPPED}:
            # Some platforms know whole seconds only: what was typed within the second she registered would be too old.
            moved = await context.storage.contacts.set_state(event.channel, address.value, state, event.received_at)
            contact = moved or contact
    await _tell_receipts(contact, context)
    return _say(context, f"stop-{word}", organization=context.organization.name)


async def note_preference(event: Preference, context: Context) -> None:
    """Somebody told the platform what she wants of a category. Notices are none of those it names; it is kept."""
    wish = "stop" if event.is_stopped else "resume"
    subject = context.speaker.id if context.speaker else ""
    await note(event, context, "preference", subject, channel=event.channel, category=event.category, wish=wish)


async def follow(event: Renamed, context: Context) -> None:
    """Somebody has another number or id."""
    contact = await rename(event.channel, event.user, event.values, event.at, context.storage)
    if contact is not None:
        await note(event, context, "renamed", contact.id, by=contact, channel=event.channel)
        await _tell_receipts(contact, context)


async def note_block(event: Blocked, context: Context) -> None:
    """Somebody blocked the bot: nothing is sent there until they come back."""
    await _follow(event, AddressState.BLOCKED, context)


async def _follow(event: Event, state: AddressState, context: Context) -> Contact | None:
    contact = await context.storage.contacts.set_state(event.channel, event.user, state, event.at)
    if contact is not None:
        await _tell_receipts(contact, context)
    return contact


async def _tell_receipts(contact: Contact, context: Context) -> None:
    """Open receipts know who is cut off."""
    receipts = await context.storage.receipts.open_of(contact.ids, _MOST_OPEN)
    is_reached = contact.reach is Reach.REACHABLE
    named = {(r.notice, i) for r in receipts for i in contact.ids if i in r.contacts}
    await context.storage.receipts.fold([Reached(notice, i, is_reached) for notice, i in sorted(named)])


async def explain_group(event: Invited, context: Context) -> Reply:
    """Why the bot does not work in a group chat, how to add it instead; then it leaves."""
    link = await context.platforms[event.channel].friend_link()
    words = context.words
    text = words("group-why", organization=context.organization.name)
    return reply(Words("\n".join((text, words("group-link", link=link))) if link else text), Leave(event.group))


async def offer(event: Text, code: str, context: Context) -> Reply:
    """Somebody sent a code of 8 digits: say whose it is and ask; or say what is wrong with it."""
    user = f"{event.channel}:{event.user}"
    until = _paused_until(await context.storage.codes.failures(user, event.at - 2 * _PAUSE), event.at)
    if until is not None:
        return _say(context, "code-paused", time=context.words.time(until))
    found = await context.storage.codes.get(codes.code_id(code, context.organization.secret))
    if found is None:
        failures = await context.storage.codes.fail(user, event.id, event.at)
        if failures >= _MOST_FAILURES:
            return _say(context, "code-paused", time=context.words.time(event.at + _PAUSE))
        return _say(context, "code-wrong", left=_MOST_FAILURES - failures)
    problem = _problem(found, user, event.at)
    if problem is not None and not _is_unfinished(found, user, event):
        return _say(context, problem)
    if await _is_somebody_elses(found, event, context):
        return _say(context, "code-others", contact=context.organization.contact)
    await context.storage.codes.offer(found.id, user)
    if found.purpose is CodePurpose.ADMINISTRATOR:
        return await _register(found.id, event, context)
    return await _ask(found, context)


def _paused_until(failures: list[datetime], at: datetime) -> datetime | None:
    last = _MOST_FAILURES - 1
    ends = [late + _PAUSE for early, late in zip(failures, failures[last:], strict=False) if late - early <= _PAUSE]
    return max((end for end in ends if at < end), default=None)


def _problem(code: Code, user: str, at: datetime) -> str | None:
    if code.used_by == user:
        return "code-yours"
    if code.used_by is not None:
        return "code-used"
    return "code-expired" if at >= code.expires_at else None


def _is_unfinished(code: Code, user: str, event: Event) -> bool:
    """Used by this very event, which may have stopped halfway. A later one must not bring back a right since lost."""
    return code.used_by == user and code.used_at == event.at


async def _is_somebody_elses(code: Code, event: Event, context: Context) -> bool:
    """The code's contact is registered already, and whoever sends the code is registered as another person: two people
    would become one, and the first would get nothing any more."""
    contact = (await context.storage.contacts.get([code.contact])).get(code.contact)
    if contact is None or not contact.addresses or context.speaker is None:
        return False
    return context.speaker.id not in {contact.id, contact.absorbed_by}


async def _ask(code: Code, context: Context) -> Reply:
    words = context.words
    contact = (await context.storage.contacts.get([code.contact])).get(code.contact)
    if contact is None:
        return _say(context, "code-expired")
    return reply(
        Panel(
            title=words("register-title"),
            paragraphs=(await _who(contact, context), words("register-question")),
            buttons=(
                Button(words("register-yes"), pack("register", code.id, "yes"), emphasis=Emphasis.PRIMARY),
                Button(words("register-no"), pack("register", code.id, "no")),
            ),
        )
    )


async def _who(contact: Contact, context: Context) -> str:
    """「佐藤花子さんの母 佐藤恵さん」."""
    members = [m.name for m in (await context.storage.members.get(contact.members)).values()]
    if not members or members == [contact.name]:
        return context.words("register-self", name=contact.name)
    names = context.words.listing(members)
    if not contact.relationship:
        return context.words("register-guardian", members=names, name=contact.name)
    return context.words("register-relative", members=names, name=contact.name, relationship=contact.relationship)


async def answer(event: Press, context: Context) -> Reply:
    """「はい」 or 「ちがいます」 to whose code it is."""
    match event.arguments:
        case (code, "yes"):
            return await _register(code, event, context)
        case _:
            return _say(context, "register-declined", contact=context.organization.contact)


async def _register(code_hash: str, event: Event, context: Context) -> Reply:
    user = f"{event.channel}:{event.user}"
    known = await context.storage.codes.get(code_hash)
    if known is not None and await _is_somebody_elses(known, event, context):
        return _say(context, "code-others", contact=context.organization.contact)
    code = await context.storage.codes.take(code_hash, user, event.at)
    if code is None or not _is_unfinished(code, user, event):
        return _say(context, (code and _problem(code, user, event.at)) or "code-expired")
    if code.purpose is CodePurpose.ADMINISTRATOR:
        await context.storage.contacts.put([Contact(id=code.contact, name=code.name)])
    contact = await context.storage.contacts.attach(
        code.contact,
        Address(
            channel=event.channel,
            value=event.user,
            state_at=event.at,
            source="code",
            agreed_at=event.at,
            heard_at=event.at,
        ),
    )
    contact = (await recognise(event.channel, [Person(event.user, event.also, event.at)], context.storage))[event.user]
    if code.purpose is CodePurpose.ADMINISTRATOR:
        await context.storage.contacts.set_role(contact.id, Role.ADMINISTRATOR)
    contact = await _catch_up(contact, event, context)
    await note(event, context, "register", code.contact, by=contact, purpose=code.purpose.value)
    return await _welcome(contact, code, context)


async def _catch_up(contact: Contact, event: Event, context: Context) -> Contact:
    """What the person did after this event may have arrived before it: a block is not forgotten."""
    later = await context.storage.inbox.since(event.channel, event.user, ("followed", "blocked"), event.at)
    if later:
        newest = max(later, key=lambda entry: (entry.at, entry.id))
        state = AddressState.BLOCKED if newest.kind == "blocked" else AddressState.ACTIVE
        contact = (await context.storage.contacts.set_state(event.channel, event.user, state, newest.at)) or contact
    await _tell_receipts(contact, context)
    return contact


async def _welcome(contact: Contact, code: Code, context: Context) -> Reply:
    words = context.words
    if code.purpose is CodePurpose.ADMINISTRATOR:
        return _say(context, "register-administrator", organization=context.organization.name)
    done = words("register-done", who=await _who(contact, context))
    return reply(Words(done), *await open_cards(contact, context))


def _say(context: Context, key: str, **arguments: str | int) -> Reply:
    return reply(Words(context.words(key, **arguments)))
