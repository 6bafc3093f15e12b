"""A school big enough that every test has a class, and a teacher, of its own: many tests can share one world."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count

from tests.acceptance.phones import Bubble, Phone
from tests.acceptance.world import JST, World, user_id

ROOMS = 64
HEADS = ["code", "name", "kana", "groups", "guardian1", "relationship1", "guardian2", "relationship2"]
FAMILIES = (("青木", "アオキ"), ("井上", "イノウエ"), ("上田", "ウエダ"), ("江川", "エガワ"))
"""Four pupils a class, in the order of their names; only the last one has two guardians."""


def room_name(room: int) -> str:
    """「3年5組」."""
    return f"{room // 9 + 1}年{room % 9 + 1}組"


def pupil(room: int, seat: int) -> str:
    """The name of a pupil, the only one of that name."""
    return f"{FAMILIES[seat][0]} 光{room}"


def guardian(room: int, seat: int, parent: int = 0) -> str:
    """The name of a guardian, the only one of that name."""
    return f"{FAMILIES[seat][0]} {'恵誠'[parent]}{room}"


def rows(rooms: int = ROOMS) -> list[list[str]]:
    """The whole roster."""
    return [
        [
            f"{room:02}{seat}",
            pupil(room, seat),
            f"{FAMILIES[seat][1]} ヒカル{room:02}",
            room_name(room),
            guardian(room, seat),
            "母",
            *([guardian(room, seat, 1), "父"] if seat == 3 else ["", ""]),
        ]
        for room in range(rooms)
        for seat in range(len(FAMILIES))
    ]


def admins(rooms: int = ROOMS) -> str:
    """The setting that makes each class's teacher an administrator."""
    return ",".join(f"line:{user_id(1 + room)}" for room in range(rooms))


@dataclass(slots=True)
class School:
    """A world with a bot that runs, and classes that no test has used yet."""

    world: World
    codes: dict[str, str]
    rooms: Iterator[int] = field(default_factory=lambda: iter(range(ROOMS)))
    numbers: Iterator[int] = field(default_factory=lambda: count(1000))

    async def room(self) -> Room:
        """A class of a test's own, and its teacher."""
        number = next(self.rooms)
        teacher = await self.world.phone(f"先生{number}", 1 + number, "管理者", friend=True)
        return Room(self, number, teacher)

    async def stranger(self, name: str = "にゃんこ", *, friend: bool = True) -> Phone:
        """A phone whose owner the school does not know."""
        return await self.world.phone(name, next(self.numbers), friend=friend)

    async def daytime(self) -> None:
        """Move on to a time of day at which a school writes."""
        now = await self.world.now()
        if not 9 <= now.hour < 17:
            morning = now.astimezone(JST).replace(hour=9, minute=30)
            later = morning if morning > now else morning + timedelta(days=1)
            await self.world.advance(seconds=(later - now).total_seconds())


@dataclass(slots=True)
class Room:
    """One class, its teacher, and those of its guardians who have registered."""

    school: School
    number: int
    teacher: Phone

    @property
    def world(self) -> World:
        """Where it is."""
        return self.school.world

    @property
    def name(self) -> str:
        """「3年5組」."""
        return room_name(self.number)

    def pupil(self, seat: int) -> str:
        """A pupil's name."""
        return pupil(self.number, seat)

    def code(self, seat: int, parent: int = 0) -> str:
        """The code on the paper for a guardian."""
        return self.school.codes[guardian(self.number, seat, parent)]

    async def join(self, seat: int, parent: int = 0, *, nickname: str = "") -> Phone:
        """A guardian adds the bot and registers. What LINE shows as her name is not what the roster says."""
        phone = await self.school.stranger(nickname or f"ニックネーム{self.number}-{seat}{parent}", friend=False)
        await phone.join(self.code(seat, parent))
        return phone

    async def join_all(self) -> list[Phone]:
        """A guardian of each pupil."""
        return [await self.join(seat) for seat in range(len(FAMILIES))]

    async def preview(self, title: str, body: str = "上ばきを持たせてください。", *heads: str) -> Bubble:
        """The teacher writes a notice with heads, and gets the preview."""
        options = [f"宛先:{self.name}", *(heads or ("締切:なし",)), f"件名:{title}"]
        await self.teacher.say("\n".join(["お知らせ", *options, "", body]))
        await self.teacher.expect("【見本】", title)
        return await self.teacher.expect("送る前の確認", self.name)

    async def send(self, title: str, *heads: str, to: Sequence[Phone] = ()) -> Sent:
        """The teacher writes and sends a notice; it has reached these phones."""
        preview = await self.preview(title, "上ばきを持たせてください。", *heads)
        await preview.tap("に送る")
        started = await self.teacher.expect("送りはじめました", title)
        return Sent(started.number, preview, [await phone.expect("要確認", title) for phone in to])


@dataclass(frozen=True, slots=True)
class Sent:
    """A notice that went out."""

    number: int
    preview: Bubble
    cards: list[Bubble]
