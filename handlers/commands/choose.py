"""Which notice a command means. Reading takes the latest; changing takes the speaker's own latest open one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence

from handlers.buttons import pack
from handlers.context import Context
from handlers.events import Command
from handlers.replies import Button, Panel, Reply, reply
from handlers.wording import Words
from storage.models import Notice, Standing

_NUMBER = re.compile(r"(?:第|#|no\.?)?([0-9]{1,9})(?:番目?|号)?", re.IGNORECASE)
_NEAR = 5
"""So many notices are offered where none, or no known one, was named."""
_LOOK_BACK = 100
"""So far back an open notice is looked for; older ones are named by their number."""
_LABEL = 40
"""LINE: the label of a Flex button has at most 40 characters (Messaging API reference, action label)."""

Obstacle = Callable[[Notice, Context], str]
"""A sentence that says kindly why this cannot be done to the notice; '' if it can."""


def read_number(arguments: Sequence[str]) -> int | None:
    """The number among the words behind a command: 42, #42, ４２, 42番, 第42号, `# 42`. None if there is none."""
    words = [unicodedata.normalize("NFKC", argument) for argument in arguments]
    for candidate in (*words[:1], "".join(words)):
        if match := _NUMBER.fullmatch(candidate.strip()):
            return int(match[1])
    return None


async def to_read(event: Command, context: Context) -> Notice | Reply:
    """The notice to show: the one named, else the latest. A reply where there is none."""
    return await _named(event, context) if event.arguments else await _latest(context)


async def to_change(event: Command, context: Context, obstacle: Obstacle | None = None) -> Notice | Reply:
    """The notice to change: the one named, else the speaker's own latest that nothing stands against.

    A reply where there is none, where it is not clear which, or where `obstacle` stands against the one named.
    """
    obstacle = obstacle or ended
    if not event.arguments:
        return await _own(event, context, obstacle)
    notice = await _named(event, context)
    if isinstance(notice, Notice) and (sentence := obstacle(notice, context)):
        return reply(
            Panel(heading(notice, context.words), (sentence,), buttons=(status_button(notice, context.words),))
        )
    return notice


def ended(notice: Notice, context: Context) -> str:
    """Why nothing more can be changed: it was taken back, closed or has expired. '' while it is open."""
    words, standing = context.words, notice.standing_at(context.now)
    at = {
        Standing.OPEN: None,
        Standing.CANCELLED: notice.cancelled_at,
        Standing.CLOSED: notice.closed_at,
        Standing.EXPIRED: notice.expires_at,
    }[standing]
    return words(f"choose-{standing.value}", moment=words.moment(at, context.now)) if at else ""


def ended_or_stopped(notice: Notice, context: Context) -> str:
    """As `ended`; nor can anything be sent once its sending was stopped."""
    words = context.words
    if (sentence := ended(notice, context)) or not notice.stopped_at:
        return sentence
    return words("choose-stopped", moment=words.moment(notice.stopped_at, context.now))


def heading(notice: Notice, words: Words) -> str:
    """`#42 避難訓練`."""
    return words("choose-heading", number=str(notice.number), title=notice.title)


def head_count(notice: Notice, context: Context) -> str:
    """When it was sent, by whom, and about how many."""
    return context.words(
        "choose-head-count",
        members=notice.members,
        moment=context.words.moment(notice.created_at, context.now),
        sender=notice.sender_name or context.organization.name,
    )


def status_button(notice: Notice, words: Words) -> Button:
    """「状況を見る」."""
    return Button(words("choose-see-status"), pack("status", notice.number))


def say(notice: Notice, sentence: str, words: Words) -> Panel:
    """One sentence about a notice, and the way to how it stands."""
    return Panel(heading(notice, words), (sentence,), buttons=(status_button(notice, words),))


def shorten(text: str, limit: int = _LABEL) -> str:
    """At most `limit` characters, the last of them … where something was cut."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def offer(title: str, text: str, notices: Sequence[Notice], verb: str, words: Words) -> Reply:
    """Ask which of these notices is meant, a button each."""
    buttons = tuple(Button(shorten(heading(n, words)), pack(verb, n.number)) for n in notices)
    return reply(Panel(title, (text,), buttons=buttons))


def verb_of(event: Command) -> str:
    """The command's first step: what a button that names another notice leads to."""
    return event.name.removesuffix("-now")


async def _latest(context: Context) -> Notice | Reply:
    latest = await context.storage.notices.latest(1)
    return latest[0] if latest else none_yet(context.words)


def none_yet(words: Words) -> Reply:
    """Nothing was ever sent: how to begin."""
    return reply(
        Panel(
            words("choose-none-yet"),
            (words("choose-how-to-begin"),),
            buttons=(Button(words("choose-begin"), pack("notice")),),
        )
    )


async def _named(event: Command, context: Context) -> Notice | Reply:
    notices, number = context.storage.notices, read_number(event.arguments)
    if number is None:
        found = (await notices.get(event.arguments[:1])).get(event.arguments[0])
    else:
        found = await notices.by_number(number)
    return found or await _unknown(event, context, number)


async def _unknown(event: Command, context: Context, number: int | None) -> Reply:
    words, notices = context.words, context.storage.notices
    near = await notices.latest(_NEAR, before=number + _NEAR // 2 + 1) if number is not None else []
    near = near or await notices.latest(_NEAR)
    if not near:
        return none_yet(words)
    title = words("choose-which") if number is None else words("choose-unknown", number=str(number))
    return offer(title, words("choose-press-one"), near, verb_of(event), words)


async def _own(event: Command, context: Context, obstacle: Obstacle) -> Notice | Reply:
    words = context.words
    own = [n for i in (context.speaker.ids if context.speaker else ()) for n in await _fitting(context, obstacle, 1, i)]
    if own:
        return max(own, key=lambda n: n.number)
    others = await _fitting(context, obstacle, _NEAR)
    if others:
        return offer(words("choose-none-of-yours"), words("choose-press-one"), others, verb_of(event), words)
    if not await context.storage.notices.latest(1):
        return none_yet(words)
    return reply(Panel(words("choose-none-open"), buttons=(Button(words("choose-see-list"), pack("list")),)))


async def _fitting(context: Context, obstacle: Obstacle, limit: int, sender: str | None = None) -> list[Notice]:
    """The newest notices that nothing stands against."""
    latest = await context.storage.notices.latest(_LOOK_BACK, sender=sender)
    return [n for n in latest if not obstacle(n, context)][:limit]
