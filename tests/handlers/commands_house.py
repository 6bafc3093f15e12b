"""An organisation over real storage, for the tests of commands: people, notices that go out, taps, time.

Nothing is faked but the platform: notices go out through `handlers.publish` and `handlers.fan_out`, the outbox is
worked as the sender works it, taps are folded by `handlers.acknowledge`.
"""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from handlers import acknowledge, buttons, publish
from handlers.context import Context, Organization, Quota
from handlers.events import Command
from handlers.fan_out import Publisher, fan_out
from handlers.quiet import QuietHours
from handlers.replies import Button, Panel, Reply, Text
from handlers.still_wanted import still_wanted
from handlers.wording import Words
from storage.models import (
    CONFIRM,
    Acknowledgement,
    Address,
    AddressState,
    Contact,
    Coverage,
    Draft,
    DraftState,
    Member,
    Notice,
    OutgoingState,
    Purpose,
    Role,
    Settlement,
)
from storage.sqlite import SqliteStorage, open_sqlite
from tests.handlers.platform import FakePlatform

START = datetime(2026, 11, 29, 1, 0, tzinfo=UTC)
"""11/29(日) 10:00 in Tokyo."""
ZONE = ZoneInfo("Asia/Tokyo")


@dataclass
class House:
    """One organisation."""

    storage: SqliteStorage
    now: datetime = START
    locale: str = "ja"
    platform: FakePlatform = field(default_factory=lambda: FakePlatform(Quota(limit=200, used=82)))
    speaker: str = "teacher"
    _ids: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def organization(self) -> Organization:
        return Organization("org", "みどり小学校", "03-1234-5678", ZONE, quiet=QuietHours(time(21), time(7)))

    async def context(self) -> Context:
        speaker = (await self.storage.contacts.get([self.speaker]))[self.speaker]
        words = Words(self.locale, ZONE)
        return Context(self.storage, self.organization, {"line": self.platform}, self.now, speaker, words)

    def later(self, **delta: float) -> None:
        self.now += timedelta(**delta)

    def event(self, name: str, *arguments: str, typed: bool = True) -> Command:
        text = " ".join(arguments) if typed else ""
        return Command(
            id=f"event-{next(self._ids)}",
            channel="line",
            user=f"U-{self.speaker}",
            at=self.now,
            received_at=self.now,
            name=name,
            arguments=arguments,
            text=text,
        )

    def press(self, button: Button) -> Command:
        """The command that dispatch makes of a pressed button."""
        unpacked = buttons.unpack(button.data)
        assert unpacked is not None
        verb, arguments = unpacked
        return self.event(verb, *arguments, typed=False)

    async def administrator(self, contact: str = "teacher", name: str = "山田") -> None:
        await self.contact(contact, (), name=name)
        await self.storage.contacts.set_role(contact, Role.ADMINISTRATOR)

    async def member(
        self, code: str, name: str = "", *, kana: str = "", group: str = "1年A組", contacts: Sequence[str] = ()
    ) -> None:
        """A member, and her contacts (her own by default)."""
        await self.storage.members.put([Member(id=code, name=name or code, kana=kana or code, groups=(group,))])
        for contact in contacts:
            await self.contact(contact, (code,), group=group)

    async def contact(
        self,
        contact: str,
        members: Sequence[str],
        *,
        name: str = "",
        relationship: str = "",
        group: str = "1年A組",
        is_registered: bool = True,
    ) -> None:
        await self.storage.contacts.put(
            [
                Contact(
                    id=contact,
                    name=name or contact,
                    relationship=relationship,
                    members=tuple(members),
                    groups=(group,) if members else (),
                )
            ]
        )
        if is_registered:
            await self.register(contact)

    async def register(self, contact: str) -> None:
        await self.storage.contacts.attach(
            contact, Address(channel="line", value=f"U-{contact}", state_at=self.now - timedelta(days=1))
        )

    async def block(self, contact: str) -> None:
        await self.storage.contacts.set_state("line", f"U-{contact}", AddressState.BLOCKED, self.now)

    async def order(
        self,
        title: str = "避難訓練",
        *,
        groups: Sequence[str] = ("1年A組",),
        everyone: bool = False,
        choices: Sequence[str] = (),
        coverage: Coverage = Coverage.ANY,
        deadline_at: datetime | None = None,
        expires_at: datetime | None = None,
        **more: Any,
    ) -> Notice:
        """A notice whose send button was just pressed; nothing of it is in the outbox yet."""
        event = self.event("notice")
        draft = Draft(
            id=event.id,
            owner=self.speaker,
            state=DraftState.SENDING,
            title=title,
            body="本文",
            groups=tuple(groups) if not everyone else (),
            everyone=everyone,
            choices=tuple(choices),
            coverage=coverage,
            deadline_at=deadline_at,
            expires_at=expires_at,
            **more,
            created_at=self.now,
            updated_at=self.now,
        )
        return await publish.publish(draft, event, await self.context())

    async def fan_out(self, most: int = 10_000) -> None:
        """Fill the outbox with what is due; at most so many chunks."""
        publisher = Publisher(self.storage, self.organization, {"line": self.platform})
        for _ in range(most):
            due = await self.storage.mailings.due(self.now, 1)
            if not due:
                return
            await fan_out(due[0], publisher, self.now)

    async def deliver(
        self, state: OutgoingState = OutgoingState.ACCEPTED, *, error: str | None = None, is_doubtful: bool = False
    ) -> int:
        """Work the outbox as the sender does; every call comes to `state`. How many people were in the calls."""
        people = 0
        for call in await self.storage.outbox.claim("line", 1, self.now, 1000):
            wanted = await still_wanted(call, self.storage)
            begun = await self.storage.outbox.begin(call.id, 1, self.now, wanted) if wanted else None
            if begun is None:
                await self.storage.outbox.settle(Settlement(call.id, OutgoingState.DROPPED, self.now), 1)
                continue
            people += len(begun.recipients)
            settlement = Settlement(
                call.id, state, self.now, self.now + timedelta(minutes=1), is_doubtful=is_doubtful, error=error
            )
            await self.storage.outbox.settle(settlement, 1)
        return people

    async def send(self, title: str = "避難訓練", **options: object) -> Notice:
        """A notice that has gone out to everyone it can reach."""
        notice = await self.order(title, **options)  # type: ignore[arg-type]
        (mailing,) = [m for m in await self.storage.mailings.of_notice(notice.id) if m.purpose is Purpose.NOTICE]
        self.now = max(self.now, mailing.due_at)
        await self.fan_out()
        await self.deliver()
        return await self.reload(notice)

    async def reload(self, notice: Notice) -> Notice:
        return (await self.storage.notices.get([notice.id]))[notice.id]

    async def tap(self, notice: Notice, contact: str, choice: str = CONFIRM) -> None:
        entry = Acknowledgement(
            id=f"tap-{next(self._ids)}",
            channel="line",
            user=f"U-{contact}",
            notice=notice.id,
            version=1,
            choice=choice,
            at=self.now,
            received_at=self.now,
        )
        await self.storage.append([entry], [])
        await acknowledge.settle([entry], self.storage)


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[House]:
    storage = await open_sqlite(folder / "kakunin.sqlite")
    try:
        house = House(storage)
        await house.administrator()
        yield house
    finally:
        await storage.close()


def panel(answer: Reply) -> Panel:
    """The one panel of an answer."""
    (found,) = [m for m in answer.messages if isinstance(m, Panel)]
    return found


def said(answer: Reply) -> str:
    """Every word of an answer, as one reads it."""
    lines: list[str] = []
    for message in answer.messages:
        if isinstance(message, Text):
            lines.append(message.text)
        elif isinstance(message, Panel):
            lines += [message.title, *message.paragraphs]
            lines += [" ".join(part for part in (r.left, r.right, r.note) if part) for r in message.rows]
            lines += [f"［{b.label}］" for b in message.buttons]
    return "\n".join(lines)


def button(answer: Reply, part: str) -> Button:
    """The one button whose label has this in it."""
    (found,) = [b for b in panel(answer).buttons if part in b.label]
    return found
