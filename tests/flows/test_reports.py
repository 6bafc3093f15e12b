"""What follows from what a platform tells of a message: another way, once more, an end to the like of it, nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from bot.app import Parts, Service
from bot.channels.base import Failure, SendError
from bot.settings import Settings
from handlers.buttons import pack, pack_confirm
from handlers.context import Quota
from handlers.events import AccountNews, Preference, Renamed, StatusReport
from handlers.other_ways import ANOTHER_WAY
from handlers.statuses import MENDABLE
from storage.base import Storage
from storage.models import Address, AddressState, Audience, Contact, Member, OutgoingState, Purpose, Reported, Role
from tests.factories import make_mailing, make_notice
from tests.stage import ADMIN, ORGANIZATION, START, FakePlatform, Moved, Stage

PHONE, BSUID = "+819012345678", "JP.1"


@dataclass
class Whatsapp(FakePlatform):
    """A platform with reports, a window and no retry keys."""

    name: str = "whatsapp"
    has_retry_keys: bool = False
    is_one_by_one: bool = True
    has_window: bool = True
    forms: list[bool] = field(default_factory=list)


@dataclass
class Two:
    """A bot on two platforms, and the mother of one child."""

    stage: Stage
    line: FakePlatform
    whatsapp: Whatsapp

    async def call(self) -> Any:
        """The WhatsApp call to the mother, as it stands."""
        found = await self.stage.storage.outbox.covering("n1/notice", ["c1"])
        return found["c1"]

    async def report(self, status: Reported, **fields: Any) -> None:
        """WhatsApp tells of the only message it took."""
        (outgoing,) = self.whatsapp.sent
        told = {"message": f"request-{outgoing}", "outgoing": outgoing, "status": status, **fields}
        common: dict[str, Any] = {"channel": "whatsapp", "user": "", "reply_token": None}
        common |= {"at": self.stage.clock.now(), "received_at": self.stage.clock.now(), "id": self.stage.event_id()}
        await self.arrive(StatusReport(**{**common, **told}))

    async def arrive(self, event: Any) -> None:
        """It becomes durable, and what follows is done."""
        self.whatsapp.events[event.id] = event
        await self.stage.arrive(event)

    async def again(self, **by: float) -> None:
        """Time passes, and what is due then is done."""
        self.stage.clock.advance(**by)
        await self.stage.run_due()

    async def people(self) -> Mapping[OutgoingState, int]:
        """By state."""
        return (await self.stage.storage.outbox.progress("n1")).people


@pytest.fixture
async def two(storage: Storage) -> Two:
    """A notice is to go to the mother, by WhatsApp."""
    at = START - timedelta(days=30)
    await storage.contacts.put([Contact(id="admin", name="田中")])
    await storage.contacts.attach("admin", Address(channel="line", value=ADMIN, state_at=at))
    await storage.contacts.set_role("admin", Role.ADMINISTRATOR)
    await storage.members.put([Member(id="m1", name="児童1", groups=("1年A組",))])
    mother = Contact(id="c1", name="母1", relationship="母", members=("m1",), groups=("1年A組",))
    await storage.contacts.put([mother])
    await storage.contacts.attach("c1", Address(channel="whatsapp", value=PHONE, state_at=at))
    await storage.notices.add(
        make_notice("n1", created_at=START, audience=Audience(groups=("1年A組",)), sender="admin")
    )
    await storage.mailings.add(make_mailing("n1", created_at=START, due_at=START))
    line, whatsapp, clock = FakePlatform(), Whatsapp(), Moved()
    channels = {"line": line, "whatsapp": whatsapp}
    service = Service(Parts(Settings(_env_file=None), storage, clock, channels, ORGANIZATION, is_alone=True))
    return Two(Stage(storage, line, clock, service), line, whatsapp)


async def has_line(two: Two) -> None:
    """The mother can be reached by LINE as well; LINE is not what was tried first."""
    address = Address(channel="line", value="U" + "1" * 32, state_at=START)
    await two.stage.storage.contacts.attach("c1", address)


def test_words_for_failures_are_the_channels_own() -> None:
    assert {*MENDABLE, *ANOTHER_WAY} <= {failure.value for failure in Failure}


async def test_failed_report_that_she_is_not_to_be_reached_sends_the_notice_by_line(two: Two) -> None:
    await two.stage.run_due()
    await has_line(two)

    for _ in range(2):
        await two.report(Reported.FAILED, failure="unreachable", error="failed; 131026")
        await two.again(seconds=1)

    assert two.line.delivered() == ["U" + "1" * 32]
    assert (await two.call()).channel == "line"


async def test_answer_that_she_is_not_to_be_reached_sends_it_by_line_too(two: Two) -> None:
    two.whatsapp.failures.append((SendError(Failure.UNREACHABLE, "400; 131026"), False))
    await two.stage.service.keeper.beat()
    await two.stage.service.schedule.round()
    await has_line(two)

    await two.again(seconds=1)
    await two.again(seconds=1)

    assert two.line.delivered() == ["U" + "1" * 32]


async def test_opting_out_that_a_report_tells_is_recorded(two: Two) -> None:
    await two.stage.run_due()

    await two.report(Reported.FAILED, failure="opted_out", error="failed; 131050")

    (entry, *_) = await two.stage.storage.audit.page(1)
    assert (entry.action, entry.subject, entry.details["wish"]) == ("preference", "c1", "stop")
    assert await two.people() == {OutgoingState.REFUSED: 1}


async def test_closed_window_is_tried_once_more_and_then_ends(two: Two) -> None:
    await two.stage.run_due()

    await two.report(Reported.FAILED, failure="window_closed", error="failed; 131047")
    await two.again(seconds=1)
    assert len(two.whatsapp.posted) == 2
    call = await two.call()
    assert (call.state, set(call.reported)) == (OutgoingState.ACCEPTED, {Reported.FAILED})
    await two.report(Reported.FAILED, failure="window_closed", error="failed; 131047")
    await two.again(minutes=5)

    assert len(two.whatsapp.posted) == 2
    assert await two.people() == {OutgoingState.REFUSED: 1}


async def test_problem_of_the_operators_is_nobodys_failure(two: Two) -> None:
    await two.stage.run_due()

    await two.report(Reported.FAILED, failure="unauthorized", error="failed; 131042")

    assert await two.people() == {OutgoingState.WAITING: 1}
    await two.again(minutes=11)
    assert await two.people() == {OutgoingState.ACCEPTED: 1}


async def test_broken_template_stops_what_waits_for_the_platform_and_nothing_else(two: Two) -> None:
    storage = two.stage.storage
    await storage.members.put([Member(id="m2", name="児童2", groups=("1年A組",))])
    await storage.contacts.put([Contact(id="c2", name="母2", members=("m2",), groups=("1年A組",))])
    await storage.contacts.attach("c2", Address(channel="whatsapp", value="+81902", state_at=START))
    two.whatsapp.failures.append((SendError(Failure.RATE_LIMITED, "slow"), False))
    two.whatsapp.failures.append((SendError(Failure.BROKEN, "400; 132001"), False))

    await two.stage.run_due()

    assert await two.people() == {OutgoingState.REFUSED: 1, OutgoingState.DROPPED: 1}
    await two.again(minutes=1)
    assert any("テンプレートかアカウントに問題があり、1人には" in said for said in two.line.reports())


async def test_delivered_and_opened_are_told_apart_from_confirmed(two: Two) -> None:
    await two.stage.run_due()
    await two.report(Reported.DELIVERED)
    said = await two.stage.say(ADMIN, "/未確認 1")
    assert "届いた・まだ押していない" in said

    await two.report(Reported.OPENED)
    said = await two.stage.say(ADMIN, "/状況 1")

    assert "届いた 1 · 開いた 1" in said
    assert "確認済み 0" in said
    assert "既読" not in said


async def test_unknown_end_offers_to_send_again_to_exactly_those(two: Two) -> None:
    two.whatsapp.failures.append((SendError(Failure.UNKNOWN, "time-out"), False))
    await two.stage.run_due()
    await two.again(minutes=31)
    assert await two.people() == {OutgoingState.UNKNOWN: 1}
    assert "[もう一度送る]" in await two.stage.say(ADMIN, "/状況 1")
    await two.again(minutes=1)
    assert any("[もう一度送る]" in said for said in two.line.reports()), "and she is told without asking"

    await two.stage.arrive(two.stage.press(ADMIN, pack("again", 1)))
    order = pack("again-now", 1, "one")
    for _ in range(2):
        await two.stage.arrive(two.stage.press(ADMIN, order))
    await two.again(seconds=1)

    assert len(two.whatsapp.posted) == 1
    assert "送れたか分からない人は" in await pressed(two, pack("again", 1))


async def pressed(two: Two, data: str) -> str:
    """The administrator presses; what she is told."""
    await two.stage.arrive(two.stage.press(ADMIN, data))
    return two.line.said()


async def test_late_report_takes_the_offer_away(two: Two) -> None:
    two.whatsapp.failures.append((SendError(Failure.UNKNOWN, "time-out"), True))
    await two.stage.run_due()
    await two.again(minutes=31)

    await two.report(Reported.SENT)

    assert await two.people() == {OutgoingState.ACCEPTED: 1}
    assert "[もう一度送る]" not in await two.stage.say(ADMIN, "/状況 1")


async def tapped(two: Two, user: str, also: str = "") -> None:
    """A tap of whoever is behind these values."""
    tap = two.stage.press(user, pack_confirm("n1", 1, "ok"), channel="whatsapp", also=also)
    await two.stage.arrive(tap)


async def test_tap_under_a_new_id_with_the_known_number_is_hers(two: Two) -> None:
    await two.stage.run_due()

    await tapped(two, BSUID, PHONE)

    assert (await two.stage.storage.receipts.totals("n1")).confirmed == 1
    known = (await two.stage.storage.contacts.by_address("whatsapp", [BSUID]))[BSUID]
    assert {a.value for a in known.addresses} == {PHONE, BSUID}
    await tapped(two, BSUID)
    assert (await two.stage.storage.receipts.totals("n1")).confirmed == 1


async def test_nobody_confirms_for_somebody_else(two: Two) -> None:
    await two.stage.run_due()

    await tapped(two, "JP.2", "+81902")

    assert (await two.stage.storage.receipts.totals("n1")).confirmed == 0


async def test_new_number_is_followed_and_the_old_one_left_alone(two: Two) -> None:
    common: dict[str, Any] = {"channel": "whatsapp", "at": START, "received_at": START, "id": "renamed"}
    await two.arrive(Renamed(**common, user=PHONE, values=("+819099999999", "JP.9")))
    await two.stage.run_due()

    contact = (await two.stage.storage.contacts.get(["c1"]))["c1"]
    states = {a.value: a.state for a in contact.addresses}
    active = AddressState.ACTIVE
    assert states == {PHONE: AddressState.GONE, "+819099999999": active, "JP.9": active}
    assert PHONE not in two.whatsapp.delivered()
    assert len(two.whatsapp.delivered()) == 1


async def test_preference_is_recorded_and_stops_no_notice(two: Two) -> None:
    common: dict[str, Any] = {"channel": "whatsapp", "at": START, "received_at": START, "id": "wish", "user": PHONE}
    await two.arrive(Preference(**common, category="marketing_messages", is_stopped=True))
    await two.stage.run_due()

    (entry, *_) = await two.stage.storage.audit.page(1)
    assert (entry.actor, entry.action, entry.details["wish"]) == ("c1", "preference", "stop")
    assert two.whatsapp.delivered() == [PHONE]


async def test_tap_opens_the_window(two: Two) -> None:
    await two.stage.run_due()
    await tapped(two, PHONE)

    contact = (await two.stage.storage.contacts.get(["c1"]))["c1"]
    assert contact.addresses[0].heard_at == two.stage.clock.now()


@pytest.mark.parametrize(("reached", "said"), [(250, "あと 0人"), (249, "あと 1人")])
async def test_a_reminder_asks_each_channel_for_its_own_room(two: Two, reached: int, said: str) -> None:
    await two.stage.run_due()
    two.line.month, two.whatsapp.month = Quota(200, 200), Quota(250, reached, is_daily=True)

    asked = await two.stage.say(ADMIN, "/催促 1")

    assert said in asked
    assert "今月の残り" not in asked, "nobody is reached by LINE"
    assert ("足りません" in asked) is (reached == 250)


@pytest.mark.parametrize(("reached", "times"), [(250, 1), (249, 2)])
async def test_an_automatic_reminder_is_held_back_by_the_channel_that_lacks_room(
    two: Two, reached: int, times: int
) -> None:
    await two.stage.run_due()
    two.line.month, two.whatsapp.month = Quota(200, 200), Quota(250, reached, is_daily=True)
    due = two.stage.clock.now() + timedelta(hours=1)
    reminder = make_mailing("n1", id="n1/reminder/plan-1", purpose=Purpose.REMINDER, created_at=START, due_at=due)
    await two.stage.storage.mailings.add(reminder)

    await two.again(hours=1, seconds=1)

    assert len(two.whatsapp.posted) == times


async def test_administrators_are_told_once_what_meta_says_of_a_template(two: Two) -> None:
    now = two.stage.clock.now()
    common: dict[str, Any] = {"channel": "whatsapp", "user": "", "at": now, "received_at": now}
    for _ in range(2):
        await two.arrive(AccountNews(id="news-1", **common, what="category", name="oshirase", state="MARKETING"))
        await two.again(seconds=1)

    (told,) = two.line.reports()
    assert "テンプレート「oshirase」が「マーケティング」に分類されました" in told
    assert "見直し" in told
