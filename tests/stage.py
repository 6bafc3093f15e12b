"""A bot in one process for tests of flows: real handlers and workers over a real storage; the platform, and time, are
the test's. The fake platform keeps LINE's promise about retry keys: the same key again is delivered once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from bot.acting import Actor
from bot.app import Parts, Service
from bot.channels import paces
from bot.channels.base import Failure, SendError
from bot.channels.paces import Pace
from bot.clock import Clock
from bot.intake import append
from bot.settings import Settings
from handlers import replies
from handlers.buttons import unpack, unpack_confirm
from handlers.context import Organization, Quota
from handlers.events import Blocked, Event, Followed, Press, Tap, Text
from handlers.quiet import QuietHours
from handlers.replies import NoticeCard, Panel, Reply
from storage.base import Storage
from storage.models import Address, Contact, Member, Outcome, Outgoing, Purpose, Role

E = TypeVar("E", bound=Event)

START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
"""18:00 on a Friday in Tokyo."""

ORGANIZATION = Organization(
    "org-under-test",
    "みどり小学校",
    "03-1234-5678",
    ZoneInfo("Asia/Tokyo"),
    secret=b"a secret of thirty-two characters",
    quiet=QuietHours(time(21), time(7)),
)
ADMIN = "U" + "a" * 32


class Moved(Clock):
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        super().__init__()
        self.at = START
        self.ticks = 0.0

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.ticks

    def advance(self, **by: float) -> None:
        """Both clocks at once."""
        step = timedelta(**by)
        self.at += step
        self.ticks += step.total_seconds()


@dataclass
class FakePlatform:
    """A platform that remembers what it was given."""

    name: str = "line"
    has_retry_keys: bool = True
    is_one_by_one: bool = False
    has_window: bool = False
    costs_to_thank: bool = False
    sent: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """By retry key: whom it was delivered to."""
    posted: list[str] = field(default_factory=list)
    """Ids of the calls that were taken, one for each time: a platform without retry keys delivers each of them."""
    bodies: dict[str, bytes] = field(default_factory=dict)
    unasked: list[tuple[str, str]] = field(default_factory=list)
    """(retry key, address) of each report that was sent."""
    given: list[tuple[str, Reply]] = field(default_factory=list)
    """(event id, reply) of each free reply."""
    failures: list[tuple[SendError, bool]] = field(default_factory=list)
    """Faults for the next sends: (error, was it accepted all the same)."""
    bad: str = ""
    """An address for which every call to it is refused."""
    events: dict[str, Event] = field(default_factory=dict)
    """What `reread` finds again."""
    month: Quota | None = field(default_factory=lambda: Quota(200, 80))
    pace: Pace = paces.LINE

    def prepare(self, card: NoticeCard) -> bytes:
        return replies.dump(replies.reply(card))

    def sample(self, card: NoticeCard) -> tuple[replies.Message, ...]:
        return (card,)

    def prepare_each(self, card: NoticeCard, texts: Sequence[str]) -> list[bytes]:
        return [self.prepare(replies.filled(card, text)) for text in texts]

    def prepare_reply(self, reply: Reply) -> bytes:
        return replies.dump(reply)

    async def quota(self) -> Quota | None:
        return self.month

    async def friend_link(self) -> str:
        return "https://line.me/R/ti/p/%40midori"

    def read(self, body: bytes, headers: Mapping[str, str], received_at: datetime) -> Sequence[Event]:
        raise NotImplementedError("tests hand events in")

    def reread(self, event_id: str, raw: bytes, received_at: datetime) -> Event:
        return replace(self.events[event_id], reply_token=None)

    def is_answered(self, outcome: Outcome) -> bool:
        return True

    async def reply(self, event: Event, reply: Reply) -> None:
        self.given.append((event.id, reply))

    async def send(self, outgoing: Outgoing) -> str | None:
        if self.bad in {r.address for r in outgoing.recipients}:
            raise SendError(Failure.REFUSED, "Failed to send messages")
        error, accepted = self.failures.pop(0) if self.failures else (None, True)
        if accepted:
            if outgoing.purpose is not Purpose.REPORT:
                self.posted.append(outgoing.id)
            people = tuple(r.address for r in outgoing.recipients)
            if outgoing.purpose is Purpose.REPORT and outgoing.id not in self.sent:
                self.unasked += [(outgoing.id, address) for address in people]
            before = self.sent.setdefault(outgoing.id, people)
            assert before == people, "the same retry key with other people"
            assert self.bodies.setdefault(outgoing.id, outgoing.body) == outgoing.body
        if error is not None:
            raise error
        return f"request-{outgoing.id}"

    async def close(self) -> None:
        return None

    def delivered(self) -> list[str]:
        """Everyone who got something, as often as they got it."""
        return sorted(address for people in self.sent.values() for address in people)

    def reports(self, to: str = ADMIN) -> list[str]:
        """The words of each report to this address, in the order of sending."""
        return [words_of(replies.load(self.bodies[key])) for key, address in self.unasked if address == to]

    def said(self) -> str:
        """All words of the last reply."""
        return words_of(self.given[-1][1]) if self.given else ""


def words_of(answer: Reply) -> str:
    """Everything a reply says, a line each."""
    lines: list[str] = []
    for message in answer.messages:
        if isinstance(message, replies.Text):
            lines.append(message.text)
        elif isinstance(message, Panel):
            lines += [message.title, *message.paragraphs, *(f"{r.left} {r.right} {r.note}" for r in message.rows)]
            lines += [f"[{b.label}]" for b in message.buttons]
        elif isinstance(message, NoticeCard):
            lines += [message.lead, message.title, message.body, *(f"[{b.label}]" for b in message.buttons)]
    return "\n".join(lines)


@dataclass
class Stage:
    """A bot, its platform, and its time."""

    storage: Storage
    platform: FakePlatform
    clock: Moved
    service: Service
    count: int = 0

    @property
    def actor(self) -> Actor:
        """The part that acts on events."""
        return self.service.actor

    def event_id(self) -> str:
        """Ids that follow each other in the order of making."""
        self.count += 1
        return f"event-{self.count:06d}"

    def text(self, user: str, text: str, **more: Any) -> Text:
        """Somebody types."""
        return self._keep(Text(text=text, **self._common(user, more)))

    def press(self, user: str, data: str, **more: Any) -> Press | Tap:
        """Somebody presses a button that carries `data`."""
        if confirm := unpack_confirm(data):
            notice, version, choice = confirm
            return self._keep(Tap(notice=notice, version=version, choice=choice, **self._common(user, more)))
        verb, arguments = unpack(data) or ("", ())
        return self._keep(Press(verb=verb, arguments=arguments, **self._common(user, more)))

    def followed(self, user: str, **more: Any) -> Followed:
        """Somebody adds or unblocks the bot."""
        return self._keep(Followed(**self._common(user, more)))

    def blocked(self, user: str, **more: Any) -> Blocked:
        """Somebody blocks the bot."""
        return self._keep(Blocked(**self._common(user, more)))

    def _common(self, user: str, more: Mapping[str, Any]) -> dict[str, Any]:
        now = self.clock.now()
        common = {"channel": "line", "user": user, "at": now, "received_at": now, "reply_token": "token", "raw": b"{}"}
        return {"id": self.event_id(), **common, **more}

    def _keep(self, event: E) -> E:
        self.platform.events[event.id] = event
        return event

    async def arrive(self, *events: Event) -> None:
        """These events become durable, and what follows from them is done to the end."""
        arrivals = await append(self.storage, events)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.service.replier.run())
            await self.actor.act_on(arrivals)
            self.service.replier.close()

    async def say(self, user: str, text: str) -> str:
        """Type, and read the answer."""
        await self.arrive(self.text(user, text))
        return self.platform.said()

    async def run_due(self) -> None:
        """Everything that is due."""
        await self.service.run_due()


def make_stage(storage: Storage, platform: FakePlatform | None = None, clock: Moved | None = None) -> Stage:
    """A bot over this storage. Again over the same one: another process, or the next life."""
    platform, clock = platform or FakePlatform(), clock or Moved()
    parts = Parts(Settings(_env_file=None), storage, clock, {"line": platform}, ORGANIZATION, is_alone=True)
    return Stage(storage, platform, clock, Service(parts))


def user(number: int) -> str:
    """A LINE user id."""
    return f"U{number:032x}"


async def found_school(storage: Storage, children: int = 3) -> None:
    """An administrator, and in 1年A組 so many children with a mother each (`user(1)` …); the first has a father too.

    The last child's mother is not registered.
    """
    at = START - timedelta(days=30)
    await storage.contacts.put([Contact(id="admin", name="田中")])
    await storage.contacts.attach("admin", Address(channel="line", value=ADMIN, state_at=at))
    await storage.contacts.set_role("admin", Role.ADMINISTRATOR)
    members = [
        Member(id=f"m{n}", name=f"児童{n}", kana=f"じどう{n}", groups=("1年A組",)) for n in range(1, children + 1)
    ]
    mothers = [
        Contact(id=f"c{n}", name=f"母{n}", relationship="母", members=(f"m{n}",), groups=("1年A組",))
        for n in range(1, children + 1)
    ]
    father = Contact(id="c1f", name="父1", relationship="父", members=("m1",), groups=("1年A組",))
    await storage.members.put(members)
    await storage.contacts.put([*mothers, father])
    for number in range(1, children):
        await storage.contacts.attach(f"c{number}", Address(channel="line", value=user(number), state_at=at))
    await storage.contacts.attach("c1f", Address(channel="line", value=user(100), state_at=at))
