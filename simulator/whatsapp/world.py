"""The people and what stands in their chats. Knows who can be reached, and sends nothing."""

import base64
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from simulator.chats import Chat
from simulator.clock import Clock
from simulator.ids import hex_id
from simulator.jsonio import JsonObject
from simulator.whatsapp import limits

Sender = Literal["bot", "user", "system"]
BSUID = re.compile(r"[A-Z]{2}\.(?:ENT\.)?[0-9A-Za-z]{1,128}")
RANKS = ("failed", "sent", "delivered", "read")


@dataclass(frozen=True, slots=True)
class Sending:
    """One accepted API call."""

    request_id: str
    via: Literal["template", "session"]
    category: str
    in_window: bool
    callback_data: str | None = None
    order: tuple[str, ...] | None = None  # a script for its statuses, instead of what happens by itself
    code: int | None = None


@dataclass(eq=False)
class ChatItem:
    """One bubble. `shown` is what the screen shows of it; `marks` says when each status was reached."""

    id: str
    sender: Sender
    at_ms: int
    message: JsonObject
    shown: JsonObject
    sending: Sending | None = None
    marks: dict[str, int] = field(default_factory=dict)
    error: JsonObject | None = None
    content: tuple[str, bytes] | None = None

    @property
    def texts(self) -> list[str]:
        """Every visible text in order; labels are not among them."""
        return [self.shown[name] for name in ("header", "body", "footer") if self.shown.get(name)]

    @property
    def buttons(self) -> list[JsonObject]:
        """Every button, and every row of a list, with its action."""
        buttons: list[JsonObject] = self.shown.get("buttons", [])
        return buttons

    @property
    def status(self) -> str | None:
        """The furthest status: failed < sent < delivered < read, though failed is shown while nothing came after."""
        reached = [name for name in RANKS if name in self.marks]
        if "failed" in reached and not {"delivered", "read"} & set(reached):
            return "failed"
        return reached[-1] if reached else None

    def as_json(self, seq: int) -> JsonObject:
        """The item as number `seq` of a chat."""
        return {
            "seq": seq,
            "id": self.id,
            "from": self.sender,
            "at_ms": self.at_ms,
            "message": self.message,
            "shown": self.shown,
            "texts": self.texts,
            "buttons": self.buttons,
            "via": self.sending.via if self.sending else None,
            "callback_data": self.sending.callback_data if self.sending else None,
            "status": self.status,
            "marks": self.marks,
        }


@dataclass(slots=True, eq=False)
class User:
    """A person with a phone. `phone` is null for someone whom only the BSUID reaches."""

    id: str
    name: str
    chat: Chat[ChatItem]
    user_id: str
    phone: str | None = None
    wa_id: str | None = None
    username: str | None = None
    title: str = ""
    shares_phone: bool = True  # whether webhooks carry the phone number: false behind a username
    on_whatsapp: bool = True
    phone_on: bool = True
    receipts: bool = True
    blocked: bool = False
    marketing_stopped: bool = False
    shown: bool = True
    wrote_at_ms: int | None = None
    waiting: list[ChatItem] = field(default_factory=list)

    def window_open(self, now_ms: int) -> bool:
        """Whether anything but a template may be sent now."""
        return self.wrote_at_ms is not None and now_ms - self.wrote_at_ms < limits.WINDOW_MS

    def as_json(self, now_ms: int) -> JsonObject:
        """The control API's shape."""
        return {
            "id": self.id,
            "name": self.name,
            "title": self.title,
            "phone": self.phone,
            "wa_id": self.wa_id,
            "user_id": self.user_id,
            "username": self.username,
            "shares_phone": self.shares_phone,
            "on_whatsapp": self.on_whatsapp,
            "phone_on": self.phone_on,
            "receipts": self.receipts,
            "blocked": self.blocked,
            "marketing_stopped": self.marketing_stopped,
            "shown": self.shown,
            "window_open": self.window_open(now_ms),
            "waiting": len(self.waiting),
            "last_seq": len(self.chat.items),
        }


class World:
    """Everyone who exists, in the order in which they came, and every message."""

    def __init__(self, clock: Clock, changed: Callable[[str], None]) -> None:
        self._clock = clock
        self._changed = changed
        self.users: dict[str, User] = {}
        self.sent: dict[str, tuple[ChatItem, User | None, JsonObject]] = {}
        self.received: dict[str, tuple[ChatItem, User]] = {}
        self._index: dict[str, User] | None = None

    def add_user(self, name: str, user_id: str | None = None) -> User:
        """Someone who did not exist before."""
        chosen = hex_id("W")
        user = User(chosen, name, Chat(chosen, self._changed), user_id or new_bsuid())
        self.users[chosen] = user
        self.readdressed()
        return user

    def find(self, key: str) -> User | None:
        """Someone by id, BSUID, phone number or wa_id; the first one who came, when two claim it."""
        if self._index is None:
            self._index = {}
            for user in self.users.values():
                for name in (user.id, user.user_id, user.phone, user.wa_id):
                    if name is not None:
                        self._index.setdefault(name, user)
        return self._index.get(key)

    def readdressed(self) -> None:
        """Someone came, or has another number or BSUID now."""
        self._index = None

    def item(self, sender: Sender, message: JsonObject, shown: JsonObject) -> ChatItem:
        """A new bubble, numbered and dated."""
        return ChatItem(new_wamid(), sender, self._clock.now_ms(), message, shown)

    def clear(self) -> None:
        """Nobody is left."""
        self.users.clear()
        self.sent.clear()
        self.received.clear()
        self.readdressed()


def new_wamid() -> str:
    """A message id as WhatsApp writes them, without the two signs that a path would have to escape."""
    return "wamid." + base64.b64encode(b"\x1c\x18" + secrets.token_bytes(32), b"Aa").decode()


def new_bsuid(country: str = "JP") -> str:
    """A business-scoped user id: a country, a dot, and digits."""
    return f"{country}.{secrets.randbelow(9 * 10**19) + 10**19}"


def digits(phone: str) -> str:
    """A phone number without plus, blanks, hyphens and brackets."""
    return re.sub(r"[\s()+\-]", "", phone)
