"""What happened, in our words. Channels read a platform's events into these; nothing here knows a platform."""

from __future__ import annotations

from datetime import datetime

import msgspec

from storage.models import Reported


class Event(msgspec.Struct, frozen=True, kw_only=True):
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


class Tap(Event, frozen=True, kw_only=True):
    """A press of a confirmation or answer button on a notice."""

    notice: str
    version: int
    choice: str
    time_replaced: bool = False


class Press(Event, frozen=True, kw_only=True):
    """A press of any other button of ours: `verb` and `arguments` as packed by `handlers.buttons`."""

    verb: str
    arguments: tuple[str, ...]


class Text(Event, frozen=True, kw_only=True):
    """Something typed in a 1:1 chat."""

    text: str


class Attachment(Event, frozen=True, kw_only=True):
    """A picture, sticker, voice or file sent in a 1:1 chat; `kind` is the platform's word for it."""

    kind: str


class Followed(Event, frozen=True, kw_only=True):
    """Added the bot as a friend, or unblocked it."""


class Blocked(Event, frozen=True, kw_only=True):
    """Blocked the bot."""


class Invited(Event, frozen=True, kw_only=True):
    """A group chat invited the bot."""

    group: str


class StatusReport(Event, frozen=True, kw_only=True):
    """What became of a message of ours, as far as its platform knows. May come twice, late, out of order or never."""

    message: str
    """The platform's id of it."""
    outgoing: str
    """Our own id of the call, '' where the platform did not give it back."""
    status: Reported
    failure: str = ""
    """One word for why it failed, as in `Outgoing.failure`."""
    error: str = ""


class Renamed(Event, frozen=True, kw_only=True):
    """The person behind `user` is now reached at these address values, and no longer at the old one."""

    values: tuple[str, ...]


class Preference(Event, frozen=True, kw_only=True):
    """Somebody told the platform to stop, or to resume, a category of messages."""

    category: str
    is_stopped: bool


class AccountNews(Event, frozen=True, kw_only=True):
    """A platform tells of our own account what somebody should look at."""

    what: str
    """What it is about: template, category, number, account."""
    name: str
    """Of the template; '' otherwise."""
    state: str
    """The platform's own word for how it stands now."""


class Unhandled(Event, frozen=True, kw_only=True):
    """Kept, and nothing follows: an event of a kind, mode or source we do not act on, or one we could not read."""

    kind: str


class Command(Event, frozen=True, kw_only=True):
    """An administrator's command, typed or pressed: dispatch makes it from a Text or a Press and checks the right."""

    name: str
    """As in the table of `handlers.dispatch`."""
    arguments: tuple[str, ...] = ()
    """The words behind a typed command (NFKC, split at white space), or what the pressed button carried."""
    text: str = ""
    """Everything behind the command word as typed, line breaks and all; '' when pressed."""
