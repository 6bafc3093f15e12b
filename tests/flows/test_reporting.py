"""Reports: who is told without asking, once, when, and at whose cost."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.channels.base import Failure, SendError
from handlers import publish as publishing
from handlers.context import Context, Quota
from handlers.replies import Panel
from handlers.reporting import OUT_OF_QUOTA, Report, Reporter, answerable, report
from handlers.wording import Words
from storage.base import Storage
from storage.models import AddressState, Contact, NoticeMark, OutgoingState, Purpose, Role
from tests.factories import make_address, make_mailing
from tests.flows.stopping import Stopped, Stopper
from tests.flows.test_stops import empty_homes
from tests.flows.test_taps import publish
from tests.stage import ADMIN, ORGANIZATION, FakePlatform, Moved, Stage, found_school, make_stage
from tests.storage.homes import HOMES

TOKYO = ZoneInfo("Asia/Tokyo")
NIGHT = datetime(2026, 11, 20, 22, 0, tzinfo=TOKYO)
NAME = "report/n1/completed"


@pytest.fixture
async def stage(storage: Storage) -> Stage:
    await found_school(storage)
    return make_stage(storage)


def panel(words: Words) -> Panel:
    return Panel("全員が確認しました" if words.locale == "ja" else "Everybody has confirmed")


def reporter(stage: Stage) -> Reporter:
    return Reporter(stage.storage, ORGANIZATION, {"line": stage.platform}, stage.service.wake)


async def tell(stage: Stage, *people: Contact, urgent: bool = False, name: str = NAME) -> None:
    """The report is made, and goes out as far as it is due."""
    told = people or tuple(await stage.storage.contacts.administrators())
    await report(Report(name, panel, urgent), told, reporter(stage), stage.clock.now())
    await stage.run_due()


async def second_administrator(stage: Stage, locale: str = "ja") -> Contact:
    storage = stage.storage
    await storage.contacts.put([Contact(id="admin-2", name="佐々木", locale=locale)])
    await storage.contacts.set_role("admin-2", Role.ADMINISTRATOR)
    return await storage.contacts.attach("admin-2", make_address("U-second", state_at=stage.clock.now()))


def told(stage: Stage, address: str = ADMIN) -> list[str]:
    """What was sent to this address without being asked for."""
    return stage.platform.reports(address)


async def test_a_report_reaches_each_once_however_often_it_is_made(stage: Stage) -> None:
    await second_administrator(stage)
    for _ in range(3):
        await tell(stage)
        stage.clock.advance(minutes=10)
    assert told(stage) == ["全員が確認しました"]
    assert told(stage, "U-second") == ["全員が確認しました"]
    await tell(stage, name="report/n1/overdue")
    assert len(told(stage)) == 2


async def test_everyone_is_told_in_her_own_language(stage: Stage) -> None:
    await second_administrator(stage, "en")
    await tell(stage)
    assert told(stage) == ["全員が確認しました"]
    assert told(stage, "U-second") == ["Everybody has confirmed"]


async def test_a_report_waits_for_the_morning_unless_it_is_urgent(stage: Stage) -> None:
    stage.clock.advance(seconds=(NIGHT - stage.clock.now()).total_seconds())
    await tell(stage)
    assert told(stage) == []
    await tell(stage, urgent=True, name="report/n1/urgent")
    assert len(told(stage)) == 1
    stage.clock.advance(hours=8, minutes=59)
    await stage.run_due()
    assert len(told(stage)) == 1
    stage.clock.advance(minutes=1)
    await stage.run_due()
    assert len(told(stage)) == 2


async def test_the_newest_active_address_is_used(stage: Stage) -> None:
    at = stage.clock.now() - timedelta(days=1)
    for value in ("U-newer", "U-blocked"):
        await stage.storage.contacts.attach("admin", make_address(value, state_at=at))
    await stage.storage.contacts.attach("admin", make_address("+81", channel="sms", state_at=at))
    await stage.storage.contacts.set_state("line", "U-blocked", AddressState.BLOCKED, stage.clock.now())
    await tell(stage)
    assert stage.platform.delivered() == ["U-newer"]


async def test_who_cannot_be_reached_is_told_nothing(stage: Stage) -> None:
    await stage.storage.contacts.set_state("line", ADMIN, AddressState.BLOCKED, stage.clock.now())
    await tell(stage)
    assert stage.platform.delivered() == []


@pytest.mark.parametrize("mark", [NoticeMark.CLOSED, NoticeMark.CANCELLED, NoticeMark.STOPPED])
async def test_a_report_goes_whatever_becomes_of_the_notice(stage: Stage, mark: NoticeMark) -> None:
    notice = await publish(stage.storage)
    await report(
        Report(NAME, panel), await answerable(notice.sender, reporter(stage)), reporter(stage), stage.clock.now()
    )
    await stage.storage.notices.mark(notice.id, mark, stage.clock.now())
    await publishing.stop(notice, _context(stage))
    await stage.run_due()
    assert told(stage) == ["全員が確認しました"]


async def test_a_report_without_an_answer_is_repeated_under_its_key(stage: Stage) -> None:
    notice = await publish(stage.storage)
    await publishing.stop(notice, _context(stage))
    stage.platform.failures = [(SendError(Failure.UNKNOWN, "timeout"), accepted) for accepted in (False, True)]
    await tell(stage)
    for _ in range(3):
        stage.clock.advance(minutes=10)
        await stage.run_due()
    assert stage.platform.delivered() == [ADMIN]


async def test_who_is_told_of_a_notice(stage: Stage) -> None:
    second = await second_administrator(stage)

    async def who(sender: str) -> list[str]:
        return sorted(c.id for c in await answerable(sender, reporter(stage)))

    assert await who("admin") == ["admin"]
    assert await who("nobody") == ["admin", "admin-2"]
    assert await who("c1") == ["admin", "admin-2"]  # she may not see such things any more
    await stage.storage.contacts.set_role("c1", Role.SENDER)
    assert await who("c1") == ["c1"]
    stage.clock.advance(seconds=1)
    await stage.storage.contacts.set_state("line", second.addresses[0].value, AddressState.BLOCKED, stage.clock.now())
    assert await who("admin-2") == ["admin", "admin-2"]


async def test_a_sender_who_turned_out_to_be_another_contact_is_told_under_that(stage: Stage) -> None:
    await stage.storage.contacts.put([Contact(id="old", name="田中")])
    await stage.storage.contacts.attach("old", make_address(ADMIN, state_at=stage.clock.now()))
    assert [c.id for c in await answerable("old", reporter(stage))] == ["admin"]


async def test_a_report_never_takes_a_message_that_recipients_need(stage: Stage) -> None:
    await publish(stage.storage)  # three people wait
    stage.platform.month = Quota(200, 197)
    await tell_now(stage)
    assert told(stage) == []
    assert "全員が確認しました" in await stage.say(ADMIN, "/ヘルプ")
    assert "全員が確認しました" not in await stage.say(ADMIN, "/ヘルプ")
    await tell(stage)
    assert told(stage) == []
    assert "全員が確認しました" not in await stage.say(ADMIN, "/ヘルプ")


async def tell_now(stage: Stage, name: str = NAME) -> None:
    """The report is made; nothing goes out yet."""
    people = await stage.storage.contacts.administrators()
    await report(Report(name, panel), people, reporter(stage), stage.clock.now())


@pytest.mark.parametrize(("left", "is_pushed"), [(3, False), (4, True)])
async def test_who_is_still_to_be_fanned_out_counts_too(stage: Stage, left: int, *, is_pushed: bool) -> None:
    await publish(stage.storage, contacts=3)
    await stage.storage.outbox.drop("n1", stage.clock.now(), "stopped")
    await stage.storage.mailings.add(make_mailing("n1", id="n1/later", due_at=stage.clock.now() + timedelta(days=3)))
    await stage.storage.mailings.add(make_mailing("n1", id="n1/far", due_at=stage.clock.now() + timedelta(days=11)))
    stage.platform.month = Quota(200, 200 - left)
    await tell_now(stage)
    state = OutgoingState.WAITING if is_pushed else OutgoingState.DROPPED
    assert (await stage.storage.outbox.progress("", Purpose.REPORT, NAME)).people == {state: 1}


async def test_what_the_platform_itself_refused_for_the_month_is_believed(stage: Stage) -> None:
    assert Failure.OUT_OF_QUOTA.value == OUT_OF_QUOTA
    await publish(stage.storage)
    stage.platform.failures = [(SendError(Failure.OUT_OF_QUOTA, "monthly limit"), False)]
    await stage.run_due()
    await tell(stage)
    assert told(stage) == []
    assert "全員が確認しました" in await stage.say(ADMIN, "/ヘルプ")


USED_UP = (SendError(Failure.OUT_OF_QUOTA, "monthly limit"), False)


async def test_a_push_that_the_month_refuses_is_given_with_the_next_answer_once(stage: Stage) -> None:
    await second_administrator(stage, "en")
    stage.platform.failures = [USED_UP, USED_UP]
    await tell(stage)
    for _ in range(3):  # the month is over, or the plan is a bigger one
        stage.clock.advance(minutes=30)
        await tell(stage)
    assert (told(stage), told(stage, "U-second")) == ([], [])
    assert (await stage.storage.outbox.progress("", Purpose.REPORT, NAME)).people == {OutgoingState.DROPPED: 2}
    assert await stage.storage.outbox.late(stage.clock.now()) == []
    assert "全員が確認しました" in await stage.say(ADMIN, "/ヘルプ")
    assert "Everybody has confirmed" in await stage.say("U-second", "/help")
    assert "全員が確認しました" not in await stage.say(ADMIN, "/ヘルプ")
    await tell(stage)
    assert "全員が確認しました" not in await stage.say(ADMIN, "/ヘルプ")
    await tell(stage, name="report/n1/other")
    assert len(told(stage)) == 1, "the next one is pushed again"


async def test_a_push_in_doubt_that_the_month_then_refuses_is_repeated_under_its_key(stage: Stage) -> None:
    """It may have come: given once more with an answer it would be told twice."""
    stage.platform.failures = [(SendError(Failure.UNKNOWN, "timeout"), True), USED_UP]
    for _ in range(3):
        await tell(stage)
        stage.clock.advance(minutes=30)
    assert len(told(stage)) == 1
    assert "全員が確認しました" not in await stage.say(ADMIN, "/ヘルプ")


@pytest.mark.parametrize("home", sorted(HOMES))
async def test_wherever_the_process_stops_a_refused_push_is_told_once(home: str, tmp_path: Path) -> None:
    async with empty_homes(home, tmp_path) as opened:
        stopper, half_step = Stopper(0), 0
        while half_step <= stopper.half_steps:
            async with opened() as storage:
                await found_school(storage)
                stopper = Stopper(half_step)
                assert await _times_told(storage, stopper) == 1, stopper.calls
            half_step += 1
    assert {"platform.send", "append", "outbox.settle_all"} <= set(stopper.calls)


async def _times_told(storage: Storage, stopper: Stopper) -> int:
    """A push is refused for the month in a process that stops; in the next life the month has room again."""
    platform, clock = FakePlatform(), Moved()
    stage = make_stage(storage, platform, clock)
    await tell_now(stage)
    platform.failures = [USED_UP]
    first = make_stage(stopper.wrap(storage), stopper.wrap(platform, "platform"), clock).service
    with suppress(BaseExceptionGroup, Stopped):
        await first.keeper.beat()
        await first.deliveries[0].round()
    clock.advance(seconds=61)
    platform.failures = []
    await stage.run_due()
    answers = [await stage.say(ADMIN, "/ヘルプ") for _ in range(2)]
    return len(told(stage)) + sum("全員が確認しました" in answer for answer in answers)


@pytest.mark.parametrize("month", [None, Quota(None, 10_000)])
async def test_without_a_limit_reports_are_pushed(stage: Stage, month: Quota | None) -> None:
    stage.platform.month = month
    await tell(stage)
    assert len(told(stage)) == 1


async def test_whether_it_is_pushed_is_decided_once(stage: Stage) -> None:
    stage.platform.month = Quota(200, 200)
    await tell_now(stage)
    stage.platform.month = Quota(200, 0)
    await tell(stage)
    assert told(stage) == []
    await tell_now(stage, "report/n1/other")
    stage.platform.month = Quota(200, 200)
    await tell(stage, name="report/n1/other")
    assert len(told(stage)) == 1
    assert (await stage.say(ADMIN, "/ヘルプ")).count("全員が確認しました") == 1


def _context(stage: Stage) -> Context:
    platforms = {"line": stage.platform}
    return Context(stage.storage, ORGANIZATION, platforms, stage.clock.now(), None, Words("ja", TOKYO))
