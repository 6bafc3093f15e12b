"""A platform in place of LINE, for the tests of handlers: it says what its plan allows, and sends nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from handlers.context import Quota
from handlers.errors import TooLongError
from handlers.replies import Message, NoticeCard, Reply, dump, filled


@dataclass
class FakePlatform:
    """It has a plan (or none that it tells of), and room for so many characters."""

    month: Quota | None
    room: int = 2000
    name: str = "line"
    is_one_by_one: bool = False
    costs_to_thank: bool = False

    def prepare(self, card: NoticeCard) -> bytes:
        if len(card.body) > self.room:
            raise TooLongError("too-long-body", limit=self.room, length=len(card.body))
        return card.title.encode()

    def sample(self, card: NoticeCard) -> tuple[Message, ...]:
        self.prepare(card)
        return (card,)

    def prepare_each(self, card: NoticeCard, texts: Sequence[str]) -> list[bytes]:
        return [self.prepare(filled(card, text)) for text in texts]

    def prepare_reply(self, reply: Reply) -> bytes:
        return dump(reply)

    async def quota(self) -> Quota | None:
        return self.month

    async def friend_link(self) -> str:
        return ""
