"""What we say, in our words. Every sentence in it is final; a channel lays it out and keeps the platform's limits."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

import msgspec

MOST_MESSAGES = 5
"""LINE: at most 5 message objects in one call (Messaging API reference, reply message)."""

HOLE = "\ufdd0"
"""Where a text is to be filled in (`filled`): a code point that Unicode keeps free of characters for ever."""


class Emphasis(StrEnum):
    """How a button is drawn."""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class Button:
    """A button in a message. Never a quick reply: computers show none."""

    label: str
    data: str = ""
    """What comes back when it is pressed (`handlers.buttons`)."""
    echo: str = ""
    """What the chat shows as said by the person; the label if empty."""
    uri: str = ""
    """Instead of `data`: an address to open."""
    emphasis: Emphasis = Emphasis.SECONDARY


@dataclass(frozen=True, slots=True)
class Text:
    """Plain words."""

    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a list: a name and what is to be said of it."""

    left: str
    right: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """How much of the whole is done."""

    done: int
    all: int


@dataclass(frozen=True, slots=True)
class Panel:
    """A framed message: title, paragraphs, a bar, rows, buttons (each part may be missing)."""

    title: str
    paragraphs: tuple[str, ...] = ()
    bar: Bar | None = None
    rows: tuple[Row, ...] = ()
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True)
class NoticeCard:
    """A notice as its recipients see it."""

    organization: str
    mark: str
    """「要確認」, 「緊急・要確認」."""
    title: str
    body: str
    about: str
    """Whom it is about."""
    sender: str
    deadline: str
    """'' where there is none."""
    ask: str
    """Whom to ask."""
    buttons: tuple[Button, ...]
    hint: str
    """The sentence below the button."""
    headline: str
    """What notifications, lists and screen readers begin with: 【要確認・11/30まで】."""
    lead: str = ""
    """A sentence above all else: 「再送です。…」 or 【見本】."""


def filled(card: NoticeCard, text: str) -> NoticeCard:
    """The card with the text in every HOLE of its title and body."""
    return replace(card, title=card.title.replace(HOLE, text), body=card.body.replace(HOLE, text))


@dataclass(frozen=True, slots=True)
class Leave:
    """Leave the group chat. Comes after the words that say why."""

    group: str


Message = Text | Panel | NoticeCard | Leave


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: at most MOST_MESSAGES messages, shown in this order."""

    messages: tuple[Message, ...]

    def __post_init__(self) -> None:
        if len(self.messages) > MOST_MESSAGES:
            raise ValueError(f"a reply has at most {MOST_MESSAGES} messages")


def reply(*messages: Message) -> Reply:
    """Say these."""
    return Reply(messages)


_KINDS: dict[str, type[Message]] = {kind.__name__: kind for kind in (Text, Panel, NoticeCard, Leave)}


def dump(answer: Reply) -> bytes:
    """The reply as it is kept when it could not be given in time."""
    return msgspec.json.encode([(type(message).__name__, message) for message in answer.messages])


def load(kept: bytes) -> Reply:
    """What `dump` kept. Messages of a kind that this program does not know are passed over."""
    pairs = msgspec.json.decode(kept, type=list[tuple[str, msgspec.Raw]])
    return Reply(tuple(msgspec.json.decode(raw, type=_KINDS[kind]) for kind, raw in pairs if kind in _KINDS))


def together(answer: Reply | None, owed: Reply) -> Reply:
    """An answer with what was still owed before it, as far as one call holds: the newest words are kept."""
    now = answer.messages if answer else ()
    room = MOST_MESSAGES - len(now)
    return Reply((*owed.messages[len(owed.messages) - room if len(owed.messages) > room else 0 :], *now))
