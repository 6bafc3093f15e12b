"""What a handler may know besides the event: memory, the moment, the organisation, who speaks, and the platforms."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from handlers.quiet import QuietHours
from handlers.replies import Message, NoticeCard, Reply
from handlers.wording import Words
from storage.base import Storage
from storage.models import Contact


@dataclass(frozen=True, slots=True)
class Organization:
    """Who sends, as the settings say."""

    id: str
    """Random, made with the database (`Storage.organization_id`)."""
    name: str
    contact: str
    """What a recipient is told to do when a message needs a human: a telephone number."""
    zone: ZoneInfo
    senders: str = ""
    """What recipients call those who send: 先生, 役員, 担当者; '' for the wording's own."""
    locale: str = "ja"
    secret: bytes = b""
    """Key of the hashes under which codes are stored."""
    quiet: QuietHours | None = None
    """夜間; None: there are none."""
    keeps_reserve: bool = True
    """A message for each person of the roster stays for what is urgent, unless somebody says otherwise each time."""


@dataclass(frozen=True, slots=True)
class Quota:
    """Messages of the current month. LINE's `used` is approximate (Messaging API reference, consumption)."""

    limit: int | None
    """None: no limit."""
    used: int
    is_daily: bool = False
    """People written to first within 24 hours instead, as WhatsApp counts."""

    @property
    def left(self) -> int | None:
        """What may still be sent, None without a limit."""
        return None if self.limit is None else max(0, self.limit - self.used)


class Platform(Protocol):
    """What handlers may ask of a channel."""

    @property
    def name(self) -> str:
        """As in `Event.channel` and `Address.channel`."""
        ...

    @property
    def costs_to_thank(self) -> bool:
        """Whether the answer to a first tap is a message that costs."""
        ...

    @property
    def is_one_by_one(self) -> bool:
        """Whether each call goes to one person alone."""
        ...

    def prepare(self, card: NoticeCard) -> bytes:
        """The message objects as the platform takes them, checked against every documented limit.

        Raises: TooLongError (a RefusedError), with a sentence for the administrator.
        """
        ...

    def sample(self, card: NoticeCard) -> tuple[Message, ...]:
        """What its people will see of the card, for a preview on any platform. Raises: TooLongError."""
        ...

    def prepare_each(self, card: NoticeCard, texts: Sequence[str]) -> list[bytes]:
        """As `prepare`, of the card `filled` with each of the texts: byte for byte the same."""
        ...

    def prepare_reply(self, reply: Reply) -> bytes:
        """As `prepare`, of words that nobody asked for: what a reply would show, to be sent.

        Raises: TooLongError; ValueError, if it does not fit into one call.
        """
        ...

    async def quota(self) -> Quota | None:
        """What the plan allows this month; None when the platform cannot be asked now."""
        ...

    async def friend_link(self) -> str:
        """Where one adds the bot; '' if unknown."""
        ...


@dataclass(frozen=True, slots=True)
class Context:
    """One event's surroundings. `now` is the only clock a handler has."""

    storage: Storage
    organization: Organization
    platforms: Mapping[str, Platform]
    now: datetime
    speaker: Contact | None
    """The contact who speaks (under her own record, never an absorbed one); None for a stranger."""
    words: Words
    """Sentences in the speaker's language."""
    wake: Callable[[], None] = lambda: None
    """Tell the sender that there is something to do now."""
