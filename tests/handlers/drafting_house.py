"""A school in which an administrator writes: real storage, real handlers, and a chat to type and press in."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from handlers import buttons, drafting, vocabulary
from handlers.commands import notice
from handlers.context import Context, Organization, Quota
from handlers.events import Command, Press, Text
from handlers.quiet import QuietHours
from handlers.replies import Button, NoticeCard, Panel, Reply
from handlers.wording import Words
from storage.models import Address, AddressState, Contact, Draft, Member, Notice, Role
from storage.sqlite import SqliteStorage, open_sqlite
from tests.handlers.platform import FakePlatform

ZONE = ZoneInfo("Asia/Tokyo")
START = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
"""11/24(火) 10:00 in Tokyo."""
TEACHER = "teacher"


@dataclass
class House:
    """One school, one teacher's chat."""

    storage: SqliteStorage
    now: datetime = START
    locale: str = "ja"
    speaker: str = TEACHER
    platform: FakePlatform = field(default_factory=lambda: FakePlatform(Quota(limit=200, used=20)))
    ids: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    woken: int = 0
    last: Reply | None = None

    async def context(self) -> Context:
        speaker = (await self.storage.contacts.get([self.speaker]))[self.speaker]
        organization = Organization("org", "みどり小学校", "03-1234-5678", ZONE, quiet=QuietHours(time(21), time(7)))
        words = Words(self.locale, ZONE)
        return Context(self.storage, organization, {"line": self.platform}, self.now, speaker, words, self._wake)

    def _wake(self) -> None:
        self.woken += 1

    def later(self, **by: float) -> None:
        self.now += timedelta(**by)

    async def say(self, text: str, event: str = "") -> Reply | None:
        """Type something; what dispatch does with a text of somebody who may send."""
        self.later(seconds=1)
        context = await self.context()
        common: dict[str, Any] = {"id": event or self.next_id(), "channel": "line", "user": "U-teacher"}
        typed = Text(**common, at=self.now, received_at=self.now, text=text)
        spoken = vocabulary.read_command(text)
        if spoken is not None:
            command = Command(**common, at=self.now, received_at=self.now, name=spoken.name, text=spoken.text)
            self.last = await notice.begin(command, context)
        else:
            self.last = await drafting.resume(typed, context)
            if self.last is None and "\n" in text.strip():
                self.last = await drafting.offer(typed, context)
        return self.last

    async def press(self, button: Button | str, event: str = "") -> Reply:
        """Press a button, or the one of the last answer whose label holds these words."""
        button = button if isinstance(button, Button) else self.button(button)
        unpacked = buttons.unpack(button.data)
        assert unpacked is not None
        verb, arguments = unpacked
        assert verb == "draft", verb
        self.later(seconds=1)
        pressed = Press(
            id=event or self.next_id(),
            channel="line",
            user="U-teacher",
            at=self.now,
            received_at=self.now,
            verb=verb,
            arguments=arguments,
        )
        self.last = await drafting.press(pressed, await self.context())
        return self.last

    def next_id(self) -> str:
        return f"event-{next(self.ids):03}"

    def button(self, words: str) -> Button:
        found = [b for b in self.buttons() if words in b.label]
        assert found, f"no button {words!r} among {[b.label for b in self.buttons()]}"
        return found[0]

    def buttons(self) -> list[Button]:
        return [b for m in self.messages() if isinstance(m, Panel) for b in m.buttons]

    def labels(self) -> list[str]:
        return [b.label for b in self.buttons()]

    def messages(self) -> Sequence[object]:
        return self.last.messages if self.last else ()

    def panel(self) -> Panel:
        found = [m for m in self.messages() if isinstance(m, Panel)]
        assert found
        return found[-1]

    def card(self) -> NoticeCard:
        found = [m for m in self.messages() if isinstance(m, NoticeCard)]
        assert found, f"no card in {self.said()}"
        return found[0]

    def said(self) -> str:
        """All words of the last answer's panels."""
        panels = [m for m in self.messages() if isinstance(m, Panel)]
        rows = [" ".join(filter(None, (r.left, r.right, r.note))) for p in panels for r in p.rows]
        return "\n".join([*(line for p in panels for line in (p.title, *p.paragraphs)), *rows])

    async def draft(self) -> Draft:
        found = await self.storage.drafts.current(self.speaker)
        assert found is not None
        return found

    async def notices(self) -> list[Notice]:
        return await self.storage.notices.latest(50)

    async def family(
        self, code: str, group: str, *, name: str = "", registered: int = 1, unregistered: int = 0, blocked: int = 0
    ) -> None:
        """A pupil with so many guardians of each kind."""
        await self.families([family(code, group, name, registered, unregistered, blocked)])

    async def families(self, families: Sequence[Family]) -> None:
        """All at once."""
        await self.storage.members.put([member for member, _ in families])
        await self.storage.contacts.put([contact for _, contacts in families for contact in contacts])


Family = tuple[Member, list[Contact]]


def family(
    code: str, group: str, name: str = "", registered: int = 1, unregistered: int = 0, blocked: int = 0
) -> Family:
    """A pupil with so many guardians of each kind."""
    name = name or f"生徒{code}"
    states = [AddressState.ACTIVE] * registered + [None] * unregistered + [AddressState.BLOCKED] * blocked
    contacts = []
    for number, state in enumerate(states, 1):
        value = f"U-{code}-{number}"
        address = Address(channel="line", value=value, state_at=START, state=state) if state else None
        contacts.append(
            Contact(
                id=f"{code}-{number}",
                name=f"{name}の保護者{number}",
                members=(code,),
                groups=(group,),
                addresses=(address,) if address else (),
            )
        )
    return Member(id=code, name=name, kana=name, groups=(group,)), contacts


@asynccontextmanager
async def empty_house(path: Path) -> AsyncIterator[House]:
    """A school with a teacher and no roster."""
    storage = await open_sqlite(path / "kakunin.db")
    try:
        await storage.contacts.put([Contact(id=TEACHER, name="山田先生")])
        await storage.contacts.set_role(TEACHER, Role.ADMINISTRATOR)
        yield House(storage)
    finally:
        await storage.close()


@asynccontextmanager
async def open_house(path: Path) -> AsyncIterator[House]:
    """A school: 1年A組 with three pupils, 1年B組 with two, 役員 with one."""
    async with empty_house(path) as house:
        await house.families(
            [
                family("1001", "1年A組", "青木 一郎", registered=2),
                family("1002", "1年A組", "石井 二子", unregistered=1),
                family("1003", "1年A組", "上田 三郎", registered=0, blocked=1),
                family("1101", "1年B組", "江藤 四子"),
                family("1102", "1年B組", "小川 五郎"),
                family("2001", "役員", "加藤 六子"),
            ]
        )
        yield house
