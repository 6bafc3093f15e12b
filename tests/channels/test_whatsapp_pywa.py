"""pywa as a second opinion on what we read and what we write, where it is right: one update a body."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
import httpx
import pytest
from pywa_async import WhatsApp, handlers
from pywa_async.types.templates import BodyText, QuickReplyButton, TemplateLanguage

from bot.channels.templates import wanted
from bot.channels.whatsapp import WhatsAppChannel, WhatsAppConfig
from bot.channels.whatsapp.cards import template
from bot.channels.whatsapp.reader import read
from bot.clock import Clock
from handlers.events import StatusReport, Tap, Text
from handlers.wording import Words
from simulator.app import Options, Simulator
from simulator.whatsapp.settings import Settings
from storage.models import Recipient
from storage.sqlite import open_sqlite
from tests.channels.cards import CARD
from tests.channels.whatsapp import (
    CONTACT,
    DIGITS,
    NUMBER,
    PHONE,
    RECEIVED_AT,
    SECRET,
    body,
    change,
    message,
    quick_reply,
    reply_button,
    signed,
    status,
)
from tests.factories import make_outgoing

OK = "k1:ok:abc:1:ok"
CONTEXT = {"from": "15550783881", "id": "wamid.ours"}
_KINDS = (handlers.MessageHandler, handlers.CallbackButtonHandler, handlers.MessageStatusHandler)
WORDS = Words("ja", ZoneInfo("Asia/Tokyo"))
TOKEN = "graph-token"


class Judge:
    """pywa, with what its handlers were given."""

    def __init__(self, whatsapp: WhatsApp) -> None:
        self.whatsapp = whatsapp
        self.seen: list[Any] = []
        for kind in _KINDS:
            whatsapp.add_handlers(kind(self._keep))

    async def _keep(self, _: Any, update: Any) -> None:
        self.seen.append(update)

    async def read(self, raw: bytes) -> Any:
        """What it makes of a body whose signature it believes."""
        header = signed(raw)["X-Hub-Signature-256"]
        assert await self.whatsapp.webhook_update_validator(raw, header) is None
        assert await self.whatsapp.webhook_update_handler(raw) == ("ok", 200)
        return self.seen[-1]


@pytest.fixture
async def session() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False) as session:
        yield session


@pytest.fixture
async def judge(session: httpx.AsyncClient) -> Judge:
    return Judge(WhatsApp(NUMBER, TOKEN, session=session, server=None, app_secret=SECRET, verify_token="v"))


@pytest.mark.parametrize("make", [quick_reply, reply_button])
async def test_tap_is_read_as_pywa_reads_it(judge: Judge, make: Any) -> None:
    raw = body(change(contacts=[CONTACT], messages=[make(OK, context=CONTEXT)]))
    (ours,), theirs = read(raw, RECEIVED_AT, NUMBER), await judge.read(raw)

    assert isinstance(ours, Tap)
    assert (theirs.id, theirs.data, theirs.timestamp) == (ours.id, OK, ours.at)
    assert (theirs.from_user.bsuid, f"+{theirs.from_user.wa_id}") == (ours.user, ours.also)


async def test_text_is_read_as_pywa_reads_it(judge: Judge) -> None:
    raw = body(change(contacts=[CONTACT], messages=[message("text", {"body": "登録 1234 5678"})]))
    (ours,), theirs = read(raw, RECEIVED_AT, NUMBER), await judge.read(raw)

    assert isinstance(ours, Text)
    assert (theirs.id, theirs.text, theirs.timestamp) == (ours.id, ours.text, ours.at)


@pytest.mark.parametrize("word", ["sent", "delivered", "read", "failed"])
async def test_status_is_read_as_pywa_reads_it(judge: Judge, word: str) -> None:
    more = {"errors": [{"code": 131026, "title": "x", "message": "x"}]} if word == "failed" else {}
    told = status(word, biz_opaque_callback_data="key-1", **more)
    raw = body(change(contacts=[CONTACT], statuses=[told]))
    (ours,), theirs = read(raw, RECEIVED_AT, NUMBER), await judge.read(raw)

    assert isinstance(ours, StatusReport)
    assert (theirs.id, theirs.tracker, theirs.timestamp) == (ours.message, ours.outgoing, ours.at)
    assert theirs.status.value == word


def _plain(value: Any, name: str = "") -> Any:
    """Without the differences that mean nothing: letter case of kinds, a number as text, order of properties."""
    if isinstance(value, Mapping):
        return {key: _plain(part, key) for key, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return str(value).lower() if name in {"type", "sub_type", "index"} else value


async def test_template_is_written_as_pywa_writes_it(session: httpx.AsyncClient, tmp_path: Path) -> None:
    settings = Settings(app_secret=SECRET, access_tokens=[TOKEN], phone_number_id=NUMBER)
    filled = template(CARD, "kakunin_notice", WORDS)
    storage = await open_sqlite(tmp_path / "kakunin.sqlite3")
    async with Simulator(Options(whatsapp=settings)) as simulator, aiohttp.ClientSession() as http:
        url = f"{simulator.url}/whatsapp/v26.0"
        config = WhatsAppConfig(
            phone_number_id=NUMBER,
            access_token=TOKEN,
            secrets=(SECRET,),
            verify_token="v",
            template="kakunin_notice",
            api_url=url,
        )
        notice, _ = wanted("kakunin_notice", WORDS)
        known = {"name": notice.name, "body": notice.body, "buttons": [notice.button]}
        await http.post(f"{simulator.url}/_sim/whatsapp/templates", json=known)
        await http.post(f"{simulator.url}/_sim/whatsapp/users", json={"name": "母", "phone": DIGITS})
        theirs = WhatsApp(NUMBER, TOKEN, session=session, server=None)
        session.base_url = httpx.URL(url)  # pywa has set graph.facebook.com
        await theirs.send_template(
            DIGITS,
            "kakunin_notice",
            TemplateLanguage.JAPANESE,
            params=[
                BodyText.params(*filled.parameters),
                QuickReplyButton.params(callback_data=filled.button.data, index=0),
            ],
            tracker="key-1",
        )
        ours = WhatsAppChannel(config, WORDS, storage, Clock())
        to = (Recipient("1001-1", PHONE),)
        await ours.send(make_outgoing("key-1", channel="whatsapp", recipients=to, body=ours.prepare(CARD)))
        await ours.close()
        async with http.get(f"{simulator.url}/_sim/calls", params={"kind": "api", "path": "messages"}) as response:
            bodies = [call["body"] for call in (await response.json())["calls"]]
    await storage.close()

    first, second = map(_plain, bodies)
    assert json.loads(json.dumps(first)) == second
