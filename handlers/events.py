"""What happened, in our words. Channels read a platform's events into these; nothing here knows a platform."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from storage.models import Reported


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened at `at` and reached us at `received_at`; both aware UTC, milliseconds."""

    id: str
    """The platform's own event id: the same thing delivered again bears the same one."""
    channel: str
    user: str
    """Address value of who did it; '' where the platform does not say."""
    also: str = ""
    """Another address value of the same person, where the platform told two."""
    at: datetime
    received_at: datetime
    reply_token: str | None = None
    """The ticket for a free reply; None where none may be given (standby, group chats, unblocks long past)."""
    raw: bytes = b""
    """The event's own bytes, as they are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tap(Event):
    """A press of a confirmation or answer button on a notice."""

    notice: str
    version: int
    choice: str
    time_replaced: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Press(Event):
    """A press of any other button of ours: `verb` and `arguments` as packed by `handlers.buttons`."""

    verb: str
    arguments: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Text(Event):
    """Something typed in a 1:1 chat."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment(Event):
    """A picture, sticker, voice or file sent in a 1:1 chat; `kind` is the platform's word for it."""

    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed(Event):
    """Added the bot as a friend, or unblocked it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocked(Event):
    """Blocked the bot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited(Event):
    """A group chat invited the bot."""

    group: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusReport(Event):
    """What became of a message of ours, as far as its platform knows. May come twice, late, out of order or never."""

    message: str
    """The platform's id of it."""
    outgoing: str
    """Our own id of the call, '' where the platform did not give it back."""
    status: Reported
    failure: str = ""
    """One word for why it failed, as in `Outgoing.failure`."""
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Renamed(Event):
    """The person behind `user` is now reached at these address values, and no longer at the old one."""

    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preference(Event):
    """Somebody told the platform to stop, or to resume, a category of messages."""

    category: str
    is_stopped: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Unhandled(Event):
    """Kept, and nothing follows: an event of a kind, mode or source we do not act on, or one we could not read."""

    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Command(Event):
    """An administrator's command, typed or pressed: dispatch makes it from a Text or a Press and checks the right."""

    name: str
    """As in the table of `handlers.dispatch`."""
    arguments: tuple[str, ...] = ()
    """The words behind a typed command (NFKC, split at white space), or what the pressed button carried."""
    text: str = ""
    """Everything behind the command word as typed, line breaks and all; '' when pressed."""
