"""A thousand updates in one signed body, some of them broken: every other one has its effect, once."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from aiohttp.test_utils import TestClient, TestServer

from bot.app import Parts, Service
from bot.channels.whatsapp import WhatsAppChannel, WhatsAppConfig
from bot.settings import Settings
from bot.web.webhooks import LARGEST_BODY
from handlers.buttons import pack_confirm
from handlers.events import Event
from handlers.replies import Reply
from handlers.wording import Words
from storage.base import Storage
from storage.models import Address, Contact, Member, Outcome
from tests.channels.whatsapp import NUMBER, SECRET, change, quick_reply, reply_button, signed
from tests.factories import make_mailing, make_notice
from tests.stage import ORGANIZATION, START, Moved

PEOPLE = 995
OK = pack_confirm("n1", 1, "ok")
BROKEN = [
    "null",
    '"not an object"',
    '{"id":"wamid.b2","type":"button","timestamp":"1"}',
    '{"id":"wamid.b3","timestamp":"1","type":"text","text":{"body":"\\ud800"}}',
    '{"type":"interactive","interactive":{},"errors":[{"code":131051}]}',
]


class Quiet(WhatsAppChannel):
    """Says nothing to anybody: Meta is not there."""

    async def reply(self, event: Event, reply: Reply) -> None:
        return None


# Ten bodies and a thousand receipts: how each home stores them is tried beside it (tests/storage).
pytestmark = pytest.mark.parametrize("storage", ["sqlite"], indirect=True)


@asynccontextmanager
async def running(storage: Storage) -> AsyncIterator[TestClient[Any, Any]]:
    """A bot whose notice went to 995 people with WhatsApp. At the end it has done what came in."""
    members = [Member(id=f"m{n}", name=f"児童{n}", groups=("全校",)) for n in range(PEOPLE)]
    contacts = [Contact(id=f"c{n}", name=f"母{n}", members=(f"m{n}",), groups=("全校",)) for n in range(PEOPLE)]
    await storage.members.put(members)
    before = START - timedelta(days=1)
    await storage.contacts.put(
        [
            contact.but(addresses=(Address(channel="whatsapp", value=f"+8190{n:08}", state_at=before),))
            for n, contact in enumerate(contacts)
        ]
    )
    notice = make_notice("n1", created_at=START, audience=make_notice().audience.but(groups=("全校",)))
    await storage.notices.add(notice)
    await storage.receipts.oblige(notice, {member.id for member in members}, 0)
    await storage.mailings.add(make_mailing("n1", created_at=START, due_at=START + timedelta(days=1)))
    clock = Moved()
    clock.advance(hours=1)
    config = WhatsAppConfig(
        phone_number_id=NUMBER,
        access_token="t",
        secrets=(SECRET,),
        verify_token="our-word",
        template="t",
        api_url="http://127.0.0.1:9/v26.0",
        per_second=1_000_000,  # the clock stands still: the thanks would never come to their turn
    )
    channel = Quiet(config, Words("ja", ZoneInfo("Asia/Tokyo")), storage, clock)
    channels = {"whatsapp": channel}
    parts = Parts(Settings(_env_file=None), storage, clock, channels, ORGANIZATION, is_alone=True)
    service = Service(parts, "web")
    await service.start()
    async with TestClient(TestServer(service.web_app())) as client:
        yield client
    await service.stop()
    await channel.close()


def tap(number: int, stamp: str) -> dict[str, Any]:
    """One person's tap: by template and by button in turn, some with a user id that nobody knows yet."""
    make = (quick_reply, reply_button)[number % 2]
    user_id = f"JP.{number}" if number < 40 else None
    return make(OK, id=f"wamid.{number}", timestamp=stamp, from_user_id=user_id, **{"from": f"8190{number:08}"})


def body() -> bytes:
    """995 taps of 995 people in both formats, over 10 entries of 5 changes, with five broken ones among them."""
    stamp = str(int(START.timestamp()) + 60)
    taps = [json.dumps(tap(n, stamp)) for n in range(PEOPLE)]
    for place, broken in enumerate(BROKEN):
        taps.insert(150 + 200 * place, broken)
    assert len(taps) == 1000
    changes = [change(messages=["ITEMS"]) for _ in range(50)]
    entries = [{"id": str(n), "changes": changes[5 * n : 5 * n + 5]} for n in range(10)]
    whole = json.dumps({"object": "whatsapp_business_account", "entry": entries})
    for n in range(50):
        whole = whole.replace('"ITEMS"', ",".join(taps[20 * n : 20 * n + 20]), 1)
    return whole.encode()


async def delivered(client: TestClient[Any, Any], raw: bytes) -> int:
    """As Meta does it: again while the answer is that it could not be stored in time."""
    for _ in range(10):
        answer = await client.post("/webhooks/whatsapp", data=io.BytesIO(raw), headers=signed(raw))
        if answer.status != 503:
            break
    return answer.status


async def test_five_broken_updates_of_a_thousand_leave_995_effects(storage: Storage) -> None:
    raw = body()
    async with running(storage) as client:
        for _ in range(2):
            assert await delivered(client, raw) == 200

    totals = await storage.receipts.totals("n1")
    assert (totals.confirmed, totals.all) == (995, 995)
    log = [entry async for entry in storage.acknowledgements.log("n1")]
    assert len(log) == 995
    assert {entry.outcome for entry in log} == {Outcome.COUNTED}


async def test_body_of_three_megabytes_is_taken_and_one_beyond_is_refused(storage: Storage) -> None:
    padding = {"field": "account_update", "value": {"padding": "あ" * 1_000_000}}
    raw = json.dumps({"object": "x", "entry": [{"changes": [padding]}]}, ensure_ascii=False).encode()
    assert len(raw) > 3_000_000
    async with running(storage) as client:
        assert await delivered(client, raw) == 200
        assert await delivered(client, b" " * (LARGEST_BODY + 1)) == 413


async def test_handshake_and_signature_at_the_door(storage: Storage) -> None:
    raw = body()
    async with running(storage) as client:
        query = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": "our-word"}
        answer = await client.get("/webhooks/whatsapp", params=query)
        assert (answer.status, await answer.text()) == (200, "1158201444")
        assert (await client.get("/webhooks/whatsapp", params={**query, "hub.verify_token": "x"})).status == 403
        for headers in ({}, {"X-Hub-Signature-256": "sha256=00"}, signed(raw, "another-secret")):
            assert (await client.post("/webhooks/whatsapp", data=raw, headers=headers)).status == 401
