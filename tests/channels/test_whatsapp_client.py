"""The channel against the simulated Graph API: which form goes, what each answer means, and nothing twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
import msgspec
import orjson
import pytest

from bot.channels.base import Failure, SendError
from bot.channels.templates import wanted
from bot.channels.whatsapp import WhatsAppChannel, WhatsAppConfig
from bot.clock import Clock
from handlers.events import Tap, Text
from handlers.replies import Reply, reply
from handlers.replies import Text as Words_
from handlers.wording import Words
from simulator.app import Options, Simulator
from simulator.whatsapp.settings import Settings
from storage.models import Outcome, Outgoing, Recipient, Reported
from storage.sqlite import SqliteStorage, open_sqlite
from tests.channels.cards import CARD
from tests.channels.whatsapp import BSUID, DIGITS, NUMBER, PHONE, RECEIVED_AT, SECRET
from tests.factories import make_address, make_contact, make_outgoing

TOKEN = "graph-token-0123456789"
WORDS = Words("ja", ZoneInfo("Asia/Tokyo"))


@dataclass
class Place:
    """A number at the simulated Meta, our channel, and one person."""

    channel: WhatsAppChannel
    storage: SqliteStorage
    http: aiohttp.ClientSession
    url: str

    async def sim(self, path: str, body: object) -> Any:
        async with self.http.post(f"{self.url}/_sim/whatsapp/{path}", json=body) as response:
            assert response.status < 300, await response.text()
            return await response.json()

    async def got(self) -> list[dict[str, Any]]:
        """What stands on her screen."""
        async with self.http.get(f"{self.url}/_sim/whatsapp/users/{DIGITS}/messages") as response:
            return [m for m in (await response.json())["messages"] if m["from"] == "bot"]

    async def wrote(self, at: datetime) -> None:
        """She wrote: Meta knows, and so do we."""
        await self.sim(f"users/{DIGITS}/text", {"text": "はい"})
        await self.storage.contacts.hear("whatsapp", {PHONE: at})

    async def failure(self, call: Outgoing) -> SendError:
        with pytest.raises(SendError) as error:
            await self.channel.send(call)
        return error.value


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    storage = await open_sqlite(tmp_path / "kakunin.sqlite3")
    settings = Settings(app_secret=SECRET, access_tokens=[TOKEN], phone_number_id=NUMBER, pair_per_s=None)
    async with Simulator(Options(whatsapp=settings)) as simulator, aiohttp.ClientSession() as http:
        config = WhatsAppConfig(
            phone_number_id=NUMBER,
            access_token=TOKEN,
            secrets=(SECRET,),
            verify_token="our-word",
            template="kakunin_notice",
            api_url=f"{simulator.url}/whatsapp/v26.0",
            timeout=0.5,
        )
        channel = WhatsAppChannel(config, WORDS, storage, Clock())
        place = Place(channel, storage, http, simulator.url)
        for each in wanted("kakunin_notice", WORDS):
            await place.sim("templates", {"name": each.name, "body": each.body, "buttons": [each.button]})
        await place.sim("users", {"name": "母", "phone": DIGITS, "user_id": BSUID})
        await storage.contacts.put([make_contact()])
        await storage.contacts.attach("1001-1", make_address(PHONE, channel="whatsapp"))
        yield place
        await channel.close()
    await storage.close()


def call(channel: WhatsAppChannel, **fields: Any) -> Outgoing:
    """The card to the one person."""
    to = fields.pop("to", PHONE)
    body = channel.prepare(fields.pop("card", CARD))
    return make_outgoing(**{"channel": "whatsapp", "recipients": (Recipient("1001-1", to),), "body": body, **fields})


async def test_template_goes_while_she_has_not_written_and_buttons_when_she_has(place: Place) -> None:
    first = await place.channel.send(call(place.channel, id="key-1"))
    await place.wrote(Clock().now())
    second = await place.channel.send(call(place.channel, id="key-2"))

    template, buttons = await place.got()
    assert (template["via"], buttons["via"]) == ("template", "session")
    assert (template["id"], buttons["id"]) == (first, second)
    assert (template["callback_data"], buttons["callback_data"]) == ("key-1", "key-2")


async def test_what_a_template_shows_is_what_the_preview_showed(place: Place) -> None:
    await place.channel.send(call(place.channel))

    (shown,) = await place.got()
    (sample,) = place.channel.sample(CARD)
    assert shown["texts"][0] == sample.paragraphs[0]  # type: ignore[union-attr]


async def test_window_that_meta_says_is_closed_is_answered_with_the_template_at_once(place: Place) -> None:
    await place.storage.contacts.hear("whatsapp", {PHONE: Clock().now()})

    await place.channel.send(call(place.channel))

    assert [message["via"] for message in await place.got()] == ["template"]


@pytest.mark.parametrize("hours", [23.95, 24, 1000])
async def test_old_or_nearly_old_word_of_hers_opens_nothing(place: Place, hours: float) -> None:
    await place.wrote(Clock().now() - timedelta(hours=hours))
    await place.channel.send(call(place.channel))
    assert [message["via"] for message in await place.got()] == ["template"]


async def test_failure_that_came_by_report_makes_it_a_template(place: Place) -> None:
    await place.wrote(Clock().now())
    await place.channel.send(msgspec.structs.replace(call(place.channel), reported={Reported.FAILED: RECEIVED_AT}))
    assert [message["via"] for message in await place.got()] == ["template"]


async def test_number_is_preferred_and_a_user_id_serves_without_one(place: Place) -> None:
    await place.channel.send(call(place.channel, to=BSUID, id="key-1"))
    await place.storage.contacts.attach("1001-1", make_address(BSUID, channel="whatsapp"))
    await place.channel.send(call(place.channel, to=BSUID, id="key-2"))

    assert len(await place.got()) == 2
    async with place.http.get(f"{place.url}/_sim/calls", params={"kind": "api", "path": "messages"}) as response:
        bodies = [c["body"] for c in (await response.json())["calls"]]
    assert [body.get("recipient") for body in bodies] == [BSUID, None]
    assert bodies[1]["to"] == DIGITS


@pytest.mark.parametrize(
    ("fault", "more"),
    [
        ("timeout_after", {"seconds": 5}),
        ("timeout_before", {"seconds": 5}),
        ("disconnect_after", {}),
        ("disconnect_before", {}),
        ("error_after", {}),
        ("bad_body_after", {}),
    ],
)
async def test_call_that_nobody_answered_clearly_is_unknown(place: Place, fault: str, more: dict[str, Any]) -> None:
    await place.sim("faults", {"fault": fault, "endpoint": "messages", **more})

    error = await place.failure(call(place.channel))

    assert error.failure is Failure.UNKNOWN
    assert len(await place.got()) == (1 if fault.endswith("after") else 0), "and is not sent again"


@pytest.mark.parametrize(
    ("code", "failure"),
    [
        (190, Failure.UNAUTHORIZED),
        (80007, Failure.PAUSED),
        (130429, Failure.RATE_LIMITED),
        (131056, Failure.PAIR_LIMITED),
        (131048, Failure.BROKEN),
        (132015, Failure.BROKEN),
    ],
)
async def test_scripted_errors_are_what_the_table_says(place: Place, code: int, failure: Failure) -> None:
    await place.sim("faults", {"fault": "error", "code": code, "endpoint": "messages"})
    assert (await place.failure(call(place.channel))).failure is failure
    assert await place.got() == []


async def test_held_message_is_held(place: Place) -> None:
    await place.sim("faults", {"fault": "held_for_quality"})
    assert (await place.failure(call(place.channel))).failure is Failure.HELD


async def test_nobody_listening_is_no_doubt(place: Place) -> None:
    config = replace(place.channel._config, api_url="http://127.0.0.1:9/v26.0")
    channel = WhatsAppChannel(config, WORDS, place.storage, Clock())
    with pytest.raises(SendError) as error:
        await channel.send(call(channel))
    await channel.close()
    assert error.value.failure is Failure.RATE_LIMITED


def _said(**fields: Any) -> Text:
    common = {"id": "wamid.x", "channel": "whatsapp", "user": BSUID, "also": PHONE, "reply_token": "wamid.x"}
    return Text(**{**common, "at": RECEIVED_AT, "received_at": RECEIVED_AT, "text": "はい", **fields})


async def test_answer_goes_to_whoever_spoke_and_none_without_leave(place: Place) -> None:
    await place.wrote(Clock().now())
    await place.channel.reply(_said(), reply(Words_("受け付けました")))
    await place.channel.reply(_said(reply_token=None), reply(Words_("もう言えません")))

    assert [message["texts"] for message in await place.got()] == [["受け付けました"]]


async def test_tap_without_thanks_is_marked_as_read_for_free(place: Place) -> None:
    sent = (await place.sim(f"users/{DIGITS}/text", {"text": "はい"}))["events"]
    told = sent[0]["value"]["messages"][0]["id"]
    tap = Tap(
        id=told, channel="whatsapp", user=PHONE, at=RECEIVED_AT, received_at=RECEIVED_AT, reply_token=told,
        notice="n", version=1, choice="ok",
    )  # fmt: skip
    await place.channel.reply(tap, Reply(()))

    async with place.http.get(f"{place.url}/_sim/calls", params={"kind": "api", "path": "messages"}) as response:
        (made,) = (await response.json())["calls"]
    assert (made["body"]["status"], made["body"]["message_id"], made["status"]) == ("read", told, 200)
    assert await place.got() == []


async def test_limit_of_the_day_is_asked_of_meta_and_counted_by_us(place: Place) -> None:
    quota = await place.channel.quota()
    assert quota is not None
    assert (quota.limit, quota.used, quota.is_daily) == (2000, 0, True)
    assert await place.channel.friend_link() == "https://wa.me/81355501234"


def test_taps_that_are_thanked() -> None:
    config = WhatsAppConfig(
        phone_number_id="1", access_token="t", secrets=("s",), verify_token="v", template="t", thanks=False
    )
    assert config.pace.single + config.pace.replies == config.per_second
    for thanks, answered in ((True, {Outcome.COUNTED, Outcome.CHANGED}), (False, {Outcome.CHANGED})):
        asked = {
            o for o in (Outcome.COUNTED, Outcome.CHANGED, Outcome.REPEATED) if _is_answered(config, o, thanks=thanks)
        }
        assert asked == answered


def _is_answered(config: WhatsAppConfig, outcome: Outcome, *, thanks: bool) -> bool:
    channel = object.__new__(WhatsAppChannel)
    channel._config = replace(config, thanks=thanks)
    return channel.is_answered(outcome)


async def test_two_hundred_time_outs_and_nobody_gets_anything_twice(place: Place) -> None:
    """Half of them after Meta had taken it."""
    await place.sim("settings", {"throughput_per_s": None})
    results: list[str | BaseException | None] = []
    for batch in range(4):
        fault = "timeout_after" if batch % 2 else "timeout_before"
        await place.sim("faults", {"fault": fault, "endpoint": "messages", "times": 50, "seconds": 2})
        calls = [call(place.channel, id=f"key-{batch}-{number}") for number in range(50)]
        results += await asyncio.gather(*map(place.channel.send, calls), return_exceptions=True)

    failures = [result.failure for result in results if isinstance(result, SendError)]
    never_left = failures.count(Failure.RATE_LIMITED)  # on a busy machine a connection may not come about in time
    assert failures.count(Failure.UNKNOWN) + never_left == len(results) == 200
    got = [message["callback_data"] for message in await place.got()]
    assert len(got) == len(set(got))
    assert 100 - never_left <= len(got) <= 100


def test_both_forms_are_ready_before_anything_is_sent() -> None:
    body = object.__new__(WhatsAppChannel)
    body._config = WhatsAppConfig(phone_number_id="1", access_token="t", secrets=("s",), verify_token="v", template="t")
    body._words = WORDS
    forms = orjson.loads(body.prepare(CARD))
    assert set(forms) == {"template", "interactive"}
