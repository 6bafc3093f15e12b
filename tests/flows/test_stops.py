"""Every flow is stopped before and after each call it makes to storage or platform, and run again: the same result.

A stop is a process that dies between two lines. What the next life gets is what a platform does: the same events once
more, a minute later; what was durable by then is found without them.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.channels.base import Failure, SendError
from handlers import codes
from handlers.buttons import pack, pack_confirm
from handlers.context import Quota
from handlers.events import Event
from handlers.publish import notice_id
from handlers.replies import NoticeCard, Panel, load
from storage.base import Storage
from storage.models import CodePurpose, Mailing, Member, Notice, OutgoingState, Role, Totals
from tests.factories import make_address, make_contact
from tests.flows.stopping import Stopper, is_stopped
from tests.flows.test_taps import publish, receipts_of
from tests.stage import ADMIN, ORGANIZATION, START, FakePlatform, Moved, Stage, found_school, make_stage, user, words_of
from tests.storage.homes import HOMES
from tests.storage.mongo_home import wipe

REPORTED_TO = (ADMIN, user(50))

Prepare = Callable[[Stage], Awaitable[list[Event]]]
"""Brings a stage to where the flow begins, and says which events make it."""


@dataclass
class Flow:
    """A flow by name."""

    name: str
    prepare: Prepare


async def one_tap(stage: Stage) -> list[Event]:
    """A mother taps."""
    await publish(stage.storage)
    return [stage.press(user(1), pack_confirm("n1", 1, "ok"))]


async def taps_of_a_family(stage: Stage) -> list[Event]:
    """Mother, father and another mother tap, one of them twice."""
    await publish(stage.storage)
    taps: list[Event] = []
    for number in (1, 100, 2, 1):
        stage.clock.advance(seconds=1)
        taps.append(stage.press(user(number), pack_confirm("n1", 1, "ok")))
    return taps


async def _code(stage: Stage, code: str, purpose: CodePurpose, contact: str) -> str:
    secret = ORGANIZATION.secret
    record = codes.record(code, purpose, contact, secret=secret, now=stage.clock.now(), name="佐々木")
    await stage.storage.codes.add([record])
    return record.id


async def registration(stage: Stage) -> list[Event]:
    """The third child's mother registers while a notice is open."""
    code = await _code(stage, "12345678", CodePurpose.CONTACT, "c3")
    await publish(stage.storage)
    return [stage.text(user(3), "登録 1234-5678"), stage.press(user(3), pack("register", code, "yes"))]


async def second_child(stage: Stage) -> list[Event]:
    """A mother who is registered registers for another child too: one person, two children."""
    code = await _code(stage, "12345678", CodePurpose.CONTACT, "c3")
    await publish(stage.storage)
    return [
        stage.text(user(1), "12345678"),
        stage.press(user(1), pack("register", code, "yes")),
        stage.press(user(1), pack_confirm("n1", 1, "ok")),
    ]


async def new_administrator(stage: Stage) -> list[Event]:
    """Somebody sends an invitation."""
    await _code(stage, "87654321", CodePurpose.ADMINISTRATOR, "admin-2")
    return [stage.text(user(50), "87654321")]


async def wrong_codes(stage: Stage) -> list[Event]:
    """Somebody guesses."""
    return [stage.text(user(60), f"0000000{n}") for n in range(6)]


async def block_and_return(stage: Stage) -> list[Event]:
    """A mother blocks the bot and comes back; the events may be a minute late."""
    await publish(stage.storage)
    gone = stage.blocked(user(2))
    stage.clock.advance(seconds=5)
    return [gone, stage.followed(user(2))]


def button(stage: Stage, part: str) -> str:
    """The data of the newest button whose label has this part."""
    for _, answer in reversed(stage.platform.given):
        for message in reversed(answer.messages):
            if isinstance(message, Panel | NoticeCard):
                for button in message.buttons:
                    if part in button.label:
                        return button.data
    raise AssertionError(f"no button {part!r}; last said: {stage.platform.said()}")


LETTER = "お知らせ\n宛先:1年A組\n締切:11/30 18時\n件名:避難訓練\n\n上ばきを持たせてください。"


async def send_a_notice(stage: Stage) -> list[Event]:
    """An administrator presses 送る; everything goes out."""
    await stage.say(ADMIN, LETTER)
    return [stage.press(ADMIN, button(stage, "に送る"))]


async def write_a_notice(stage: Stage) -> list[Event]:
    """The conversation up to the preview."""
    return [stage.text(ADMIN, LETTER)]


async def send_in_two_languages(stage: Stage) -> list[Event]:
    """One chunk, two kinds of card."""
    contact = (await stage.storage.contacts.get(["c2"]))["c2"]
    await stage.storage.contacts.put([contact.but(id="c9", members=("m2",), locale="en", addresses=())])
    await stage.storage.contacts.attach("c9", make_address(user(9), state_at=stage.clock.now()))
    return await send_a_notice(stage)


async def remind(stage: Stage) -> list[Event]:
    """Those who have not confirmed are reminded."""
    await publish(stage.storage, sender="admin")
    await stage.run_due()
    await stage.arrive(stage.press(user(1), pack_confirm("n1", 1, "ok")))
    await stage.say(ADMIN, "/催促")
    return [stage.press(ADMIN, button(stage, "もう一度送る"))]


async def close(stage: Stage) -> list[Event]:
    """A notice is closed."""
    await publish(stage.storage, sender="admin")
    await stage.say(ADMIN, "/終了")
    return [stage.press(ADMIN, button(stage, "終了"))]


async def stop_sending(stage: Stage) -> list[Event]:
    """Sending is stopped before it began."""
    await publish(stage.storage, sender="admin")
    await stage.say(ADMIN, "/送信中止")
    return [stage.press(ADMIN, button(stage, "送信を止める"))]


async def withdraw(stage: Stage) -> list[Event]:
    """A notice is taken back before it went out."""
    await publish(stage.storage, sender="admin")
    await stage.say(ADMIN, "/取り下げ")
    return [stage.press(ADMIN, button(stage, "取り下げ"))]


async def refused_then_halved(stage: Stage) -> list[Event]:
    """The platform refuses a call for one bad address: the others get theirs through its halves."""
    stage.platform.failures = [(SendError(Failure.REFUSED, "Failed to send messages"), False)]
    return await send_a_notice(stage)


async def accepted_without_an_answer(stage: Stage) -> list[Event]:
    """The platform takes a call and the answer is lost."""
    stage.platform.failures = [(SendError(Failure.UNKNOWN, "timeout"), True)]
    return await send_a_notice(stage)


async def schedule_a_notice(stage: Stage) -> list[Event]:
    """送る is pressed for the evening; then the evening comes."""
    await stage.say(ADMIN, LETTER.replace("件名", "送信:今日 20時\n件名"))
    pressed = stage.press(ADMIN, button(stage, "へ送る"))
    stage.clock.advance(minutes=10)
    await stage.arrive(pressed)
    stage.clock.advance(hours=2)
    return []


async def press_a_scheduled_send(stage: Stage) -> list[Event]:
    """送る is pressed for another day: nothing goes out."""
    await stage.say(ADMIN, LETTER.replace("件名", "送信:11/24 8時\n件名"))
    return [stage.press(ADMIN, button(stage, "へ送る"))]


async def brake_a_large_notice(stage: Stage) -> list[Event]:
    """送る, and 止める at once."""
    members = [Member(id=f"n{n}", name=f"児童{n}", groups=("1年A組",)) for n in range(31)]
    await stage.storage.members.put(members)
    await stage.storage.contacts.put(
        [make_contact(f"d{n}", members=(f"n{n}",), addresses=(make_address(user(200 + n)),)) for n in range(31)]
    )
    await stage.say(ADMIN, LETTER)
    draft = await stage.storage.drafts.current("admin")
    assert draft is not None
    send = stage.press(ADMIN, button(stage, "に送る"))
    stop = stage.press(ADMIN, pack("brake", notice_id(ORGANIZATION.id, draft.id)))
    return [send, stop]


async def remind_by_the_plan(stage: Stage) -> list[Event]:
    """The first automatic reminder is due; one mother has confirmed."""
    await stage.arrive(*await send_a_notice(stage))
    await stage.run_due()
    (notice,) = await stage.storage.notices.latest(1)
    await stage.arrive(stage.press(user(1), pack_confirm(notice.id, 1, "ok")))
    stage.clock.advance(days=9)
    return []


async def everyone_confirms(stage: Stage) -> list[Event]:
    """The last child's mother registers; then all of them tap."""
    await publish(stage.storage, sender="admin")
    await stage.storage.contacts.attach("c3", make_address(user(3), state_at=stage.clock.now()))
    await stage.run_due()
    return [stage.press(user(number), pack_confirm("n1", 1, "ok")) for number in (1, 2, 3)]


async def deadline_passes(stage: Stage) -> list[Event]:
    """One mother has tapped, and two administrators are told of the others."""
    await stage.storage.contacts.put([make_contact("admin-2", addresses=())])
    await stage.storage.contacts.attach("admin-2", make_address(user(50), state_at=stage.clock.now()))
    await stage.storage.contacts.set_role("admin-2", Role.ADMINISTRATOR)
    await publish(stage.storage, deadline_at=stage.clock.now() + timedelta(minutes=30))
    await stage.run_due()
    await stage.arrive(stage.press(user(1), pack_confirm("n1", 1, "ok")))
    stage.clock.advance(minutes=31)
    return []


async def one_address_is_refused(stage: Stage) -> list[Event]:
    """Everything is settled, and one person did not get it."""
    stage.platform.bad = user(2)
    await publish(stage.storage, sender="admin")
    await stage.service.keeper.beat()
    await stage.service.deliveries[0].round()
    return []


async def expires_before_it_goes_out(stage: Stage) -> list[Event]:
    """Nobody gets it, and its sender is told how many."""
    await publish(stage.storage, sender="admin", expires_at=stage.clock.now() + timedelta(minutes=30))
    stage.clock.advance(minutes=31)
    return []


async def reminder_does_not_fit(stage: Stage) -> list[Event]:
    """The month is too short for an automatic reminder: it is offered, and nobody is sent to."""
    await stage.arrive(*await send_a_notice(stage))
    await stage.run_due()
    stage.platform.month = Quota(200, 198)
    stage.clock.advance(days=9)
    return []


async def report_without_a_message_left(stage: Stage) -> list[Event]:
    """The month is used up when the deadline passes: it is told with the next answer."""
    await publish(stage.storage, sender="admin", deadline_at=stage.clock.now() + timedelta(minutes=30))
    await stage.run_due()
    stage.platform.month = Quota(200, 200)
    stage.clock.advance(minutes=31)
    return []


FLOWS = {
    flow.__name__: flow
    for flow in (
        one_tap,
        taps_of_a_family,
        registration,
        second_child,
        new_administrator,
        wrong_codes,
        block_and_return,
        write_a_notice,
        send_a_notice,
        send_in_two_languages,
        remind,
        close,
        stop_sending,
        withdraw,
        refused_then_halved,
        accepted_without_an_answer,
        schedule_a_notice,
        press_a_scheduled_send,
        brake_a_large_notice,
        remind_by_the_plan,
        everyone_confirms,
        deadline_passes,
        one_address_is_refused,
        expires_before_it_goes_out,
        reminder_does_not_fit,
        report_without_a_message_left,
    )
}


async def play(stage: Stage, events: list[Event]) -> None:
    """The events arrive one by one; then everything that is due is done."""
    for event in events:
        await stage.arrive(event)
    await stage.run_due()


async def snapshot(storage: Storage, platform: FakePlatform) -> dict[str, Any]:
    """What must be the same whichever way it came about. Times of our own making are not part of it."""
    notices = await storage.notices.latest(10)
    people = await storage.contacts.get([*(f"c{n}" for n in range(1, 10)), "c1f", "admin", "admin-2"])
    return {
        "delivered": platform.delivered(),
        "reports": sorted((who, unnumbered(words)) for who in REPORTED_TO for words in platform.reports(who)),
        "owed": [unnumbered(words_of(load(answer))) for answer in await storage.inbox.take_owed("line", ADMIN)],
        "notices": {n.id: _what(n) for n in notices},
        "receipts": {n.id: [_receipt(r) for r in await receipts_of(storage, n.id)] for n in notices},
        "recounts": {n.id: await storage.receipts.totals(n.id) for n in notices},
        "people": {c.id: _person(c) for c in people.values()},
        "mailings": {n.id: [_mailing(m) for m in await storage.mailings.of_notice(n.id)] for n in notices},
        "progress": {n.id: await storage.outbox.progress(n.id) for n in notices},
        "audit": sorted((e.action, e.actor) for e in await storage.audit.page(100)),
        "failures": len(await storage.codes.failures(f"line:{user(60)}", START.replace(year=2000))),
    }


def unnumbered(words: str) -> str:
    """A home that is emptied goes on counting its notices."""
    return re.sub(r"#\d+", "#", words)


def _what(notice: Notice) -> tuple[Any, ...]:
    marks = (
        notice.fanned_out_at,
        notice.closed_at,
        notice.cancelled_at,
        notice.stopped_at,
        notice.completed_at,
        notice.overdue_at,
        notice.settled_at,
    )
    return (notice.title, notice.body, notice.audience, *(mark is not None for mark in marks))


def _mailing(mailing: Mailing) -> tuple[Any, ...]:
    times = (mailing.finished_at, mailing.stopped_at, mailing.settled_at)
    return (mailing.id, mailing.note, *(at is not None for at in times))


def _receipt(receipt: Any) -> tuple[Any, ...]:
    return (receipt.member, sorted(receipt.answers.items()), receipt.is_open, sorted(receipt.cut_off))


def _person(contact: Any) -> tuple[Any, ...]:
    addresses = [(a.key, a.state) for a in contact.addresses]
    return (contact.role, contact.members, contact.absorbed, contact.absorbed_by, addresses)


@asynccontextmanager
async def empty_homes(home: str, directory: Path) -> AsyncIterator[Callable[[], AbstractAsyncContextManager[Storage]]]:
    """Opens one empty home after the other. MongoDB is emptied instead of opened anew: making indexes takes longest."""
    numbers = itertools.count()

    @asynccontextmanager
    async def opened() -> AsyncIterator[Storage]:
        folder = directory / str(next(numbers))
        folder.mkdir()
        async with HOMES[home](folder) as storage:
            yield storage

    if home != "mongo":
        yield opened
        return
    async with HOMES[home](directory) as kept:

        @asynccontextmanager
        async def emptied() -> AsyncIterator[Storage]:
            await wipe(kept)
            yield kept

        yield emptied


async def _life(
    opened: Callable[[], AbstractAsyncContextManager[Storage]], prepare: Prepare, stop_at: int | None, lives: int
) -> tuple[dict[str, Any], Stopper]:
    """One run: up to the stop, then the next life to the end."""
    async with opened() as storage:
        await found_school(storage)
        platform, clock = FakePlatform(), Moved()
        first = make_stage(storage, platform, clock)
        events = await prepare(first)
        stopper = Stopper(stop_at)
        wrapped = make_stage(stopper.wrap(storage), stopper.wrap(platform, "platform"), clock)
        wrapped.count = first.count
        try:
            await play(wrapped, events)
        except BaseException as error:
            if not is_stopped(error):
                raise
        for _ in range(lives):
            clock.advance(seconds=61)
            await play(make_stage(storage, platform, clock), events)
        clock.advance(seconds=61)
        await make_stage(storage, platform, clock).run_due()
        for notice in await storage.notices.latest(10):
            recount = Totals.of(await receipts_of(storage, notice.id))
            assert await storage.receipts.totals(notice.id) == recount
        return await snapshot(storage, platform), stopper


def is_in_doubt(result: dict[str, Any]) -> bool:
    """Everybody's copy ended as unknown: shown as that, and never sent again."""
    return all(set(progress.people) == {OutgoingState.UNKNOWN} for progress in result["progress"].values())


READING = frozenset(
    {
        "administrators",
        "between",
        "by_address",
        "by_number",
        "chunk",
        "count",
        "count_by_channel",
        "covering",
        "current",
        "done",
        "due",
        "errors",
        "failures",
        "friend_link",
        "get",
        "groups",
        "identities",
        "is_moving",
        "last_chunk",
        "late",
        "latest",
        "log",
        "missing",
        "names",
        "of",
        "of_members",
        "of_notice",
        "open_of",
        "page",
        "pending",
        "ping",
        "progress",
        "quota",
        "reached_since",
        "read",
        "sample",
        "since",
        "stream",
        "targets",
        "totals",
        "unsettled",
        "waiting",
    }
)
"""Calls that leave nothing behind: to stop after one of them is to stop after what was written last."""


HOMES_STOPPED = pytest.mark.parametrize(
    ("home", "every"),
    [
        pytest.param("sqlite", 1, id="sqlite"),
        pytest.param("mongo", 3, id="mongo"),
        pytest.param("mongo", 1, id="mongo-everywhere", marks=pytest.mark.torture),
    ],
)
"""With the place that is tried of so many: what the second home does at a place is its own verbs' to keep, and it is
slower."""


def places(home: str, every: int, counted: Stopper) -> list[int]:
    """Where to stop. Between two calls that write is one place: what comes before a call is what came after the one
    before it. SQLite is quick enough to be stopped on both sides of every call all the same."""
    if home != "mongo":
        return list(range(counted.half_steps))
    writing = [n for n, name in enumerate(counted.calls) if name.rpartition(".")[2] not in READING]
    return [0, *(2 * number + 1 for number in writing[::every])]


@pytest.mark.timeout(600)
@HOMES_STOPPED
@pytest.mark.parametrize("name", sorted(FLOWS))
async def test_stopping_anywhere_changes_nothing(name: str, home: str, every: int, tmp_path: Path) -> None:
    lives = 1 if home == "mongo" else 2
    async with empty_homes(home, tmp_path) as opened:
        expected, counted = await _life(opened, FLOWS[name], None, lives)
        assert counted.calls
        for stop_at in places(home, every, counted):
            result, stopper = await _life(opened, FLOWS[name], stop_at, lives)
            if name == "refused_then_halved" and is_in_doubt(result):
                # An attempt nobody settled may have been accepted: its refusal later cannot be trusted.
                assert set(result["delivered"]) <= {ADMIN}
                assert "begin" in stopper.place or "send" in stopper.place
                continue
            assert result == expected, stopper.place
