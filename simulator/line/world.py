"""The people, the groups and what stands in their chats. Decides who can be reached; sends nothing."""

import itertools
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from simulator.chats import Chat
from simulator.clock import Clock
from simulator.ids import hex_id
from simulator.jsonio import JsonObject
from simulator.line import cards, limits

Sender = Literal["bot", "user", "system"]


@dataclass(frozen=True, slots=True)
class Sending:
    """One accepted API call, shared by all the chats it reached."""

    request_id: str
    retry_key: str | None
    via: Literal["reply", "push", "multicast"]


@dataclass
class ChatItem:
    """One bubble. The same object stands in all the chats that received it; its place in the chat is its `seq`."""

    id: str
    sender: Sender
    at_ms: int
    message: JsonObject
    sending: Sending | None = None
    user_id: str | None = None
    quote_token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    content: tuple[str, bytes] | None = None
    unsent: bool = False

    @cached_property
    def texts(self) -> list[str]:
        """Every visible text in order."""
        return cards.visible_texts(self.message)

    @cached_property
    def buttons(self) -> list[JsonObject]:
        """Every button with its action."""
        return cards.buttons(self.message)

    def as_json(self, seq: int) -> JsonObject:
        """The item as number `seq` of a chat."""
        return {
            "seq": seq,
            "id": self.id,
            "from": self.sender,
            "at_ms": self.at_ms,
            "message": self.message,
            "texts": self.texts,
            "buttons": self.buttons,
            "via": self.sending.via if self.sending else None,
            "user_id": self.user_id,
        }


class LineChat(Chat[ChatItem]):
    """A chat in which one can take one's own messages back."""

    __slots__ = ()

    def unsend(self, message_id: str) -> ChatItem | None:
        """Blank one of the person's own bubbles; None when there is no such bubble."""
        for index, item in enumerate(self.items):
            if item.id == message_id and item.sender == "user" and item.message["type"] != "unsent":
                item.unsent = True
                blank = ChatItem(item.id, "user", item.at_ms, {"type": "unsent"}, user_id=item.user_id)
                self.items[index] = blank
                self.altered()
                return blank
        return None


@dataclass(slots=True, eq=False)
class User:
    """A person with a phone. Not a friend at first; a blocker stays a friend who is not reached."""

    id: str
    name: str
    chat: LineChat
    title: str = ""
    friend: bool = False
    blocked: bool = False
    shown: bool = True
    wrote_at_ms: int | None = None

    def reachable(self) -> bool:
        """Whether a multicast reaches this person."""
        return self.friend and not self.blocked

    def pushable(self, now_ms: int) -> bool:
        """As `reachable`, and also a stranger who wrote within 7 days."""
        if self.blocked:
            return False
        return self.friend or (self.wrote_at_ms is not None and now_ms - self.wrote_at_ms < limits.STRANGER_PUSH_MS)

    def as_json(self) -> JsonObject:
        """The control API's shape."""
        return {
            "id": self.id,
            "name": self.name,
            "title": self.title,
            "friend": self.friend,
            "blocked": self.blocked,
            "shown": self.shown,
            "last_seq": len(self.chat.items),
        }


@dataclass(slots=True, eq=False)
class Group:
    """A group chat, with or without the bot."""

    id: str
    name: str
    chat: LineChat
    members: list[str] = field(default_factory=list)
    bot_in: bool = False

    def as_json(self) -> JsonObject:
        """The control API's shape."""
        return {
            "id": self.id,
            "name": self.name,
            "members": self.members,
            "bot_in": self.bot_in,
            "last_seq": len(self.chat.items),
        }


class World:
    """Everyone who exists, in the order in which they came."""

    def __init__(self, clock: Clock, changed: Callable[[str], None]) -> None:
        self._clock = clock
        self._changed = changed
        self.users: dict[str, User] = {}
        self.groups: dict[str, Group] = {}
        self.contents: dict[str, ChatItem] = {}
        self._numbers = itertools.count(600_000_000_000_000_000 + secrets.randbelow(10**15))

    def add_user(self, name: str, user_id: str | None = None) -> User:
        """Someone who did not exist before."""
        chosen = user_id or hex_id("U")
        user = self.users[chosen] = User(chosen, name, LineChat(chosen, self._changed))
        return user

    def add_group(self, name: str, members: list[str], group_id: str | None = None) -> Group:
        """A group without the bot."""
        chosen = group_id or hex_id("C")
        group = self.groups[chosen] = Group(chosen, name, LineChat(chosen, self._changed), members)
        return group

    def item(self, sender: Sender, message: JsonObject, **more: object) -> ChatItem:
        """A new bubble, numbered and dated."""
        item = ChatItem(str(next(self._numbers)), sender, self._clock.now_ms(), message)
        for name, value in more.items():
            setattr(item, name, value)
        if item.content is not None:
            self.contents[item.id] = item
        return item

    def clear(self) -> None:
        """Nobody is left."""
        self.users.clear()
        self.groups.clear()
        self.contents.clear()
