"""The acceptance run: a notice to twenty guardians, with taps doubled and out of order, on both homes of the memory."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from storage.models import Receipt
from tests.acceptance.phones import Bubble, Phone
from tests.acceptance.world import World, open_world

HEADS = ["番号", "名前", "ふりがな", "組", "保護者1", "続柄1"]
GUARDIANS = 20
ROWS = [
    [f"{n:03}", f"児童 {n:02}", f"ジドウ {n:02}", "1年A組", f"保護者 {n:02}", "父" if n % 2 else "母"]
    for n in range(GUARDIANS)
]
USED_TOKEN = r"api POST \S+/message/reply 400 .*Invalid reply token"


@pytest.fixture(params=["sqlite", "mongo"])
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    """A world on each home."""
    storage = {"DATA_DIR": str(tmp_path / "data")}
    if request.param == "mongo":
        uri = request.getfixturevalue("mongodb")
        storage |= {"MONGODB_URI": uri, "SECRET_KEY": "a secret of thirty-two characters"}
    async with open_world(tmp_path, storage) as world:
        yield world


@dataclass(frozen=True, slots=True)
class Class:
    """A teacher, twenty guardians, and a notice on each one's screen."""

    world: World
    teacher: Phone
    guardians: list[Phone]

    async def send(self, title: str) -> tuple[int, list[Bubble]]:
        """A notice to all of them; its number, and each one's card."""
        await self.teacher.say(f"お知らせ\n宛先:1年A組\n締切:なし\n件名:{title}\n\n上ばきを持たせてください。")
        await self.teacher.expect("【見本】", title)
        await (await self.teacher.expect("送る前の確認")).tap(f"1年A組 {GUARDIANS}人に送る")
        started = await self.teacher.expect("送りはじめました", title)
        return started.number, [await phone.expect("要確認", title) for phone in self.guardians]

    async def receipts(self, number: int) -> dict[str, Receipt]:
        """The receipts of a notice, by the member's name."""
        async with self.world.memory() as memory:
            notice = await memory.notices.by_number(number)
            assert notice
            pages = [await memory.receipts.page(notice.id, is_open, "", 500) for is_open in (True, False)]
        return {receipt.name: receipt for page in pages for receipt in page}


async def open_class(world: World) -> Class:
    """Everybody is registered."""
    codes = await world.register(ROWS, heads=HEADS)
    await world.serve()
    teacher = await world.phone("田中先生", 1, "管理者", friend=True)
    guardians = [await world.phone(f"保護者 {n:02}", 100 + n) for n in range(GUARDIANS)]
    for phone in guardians:
        await phone.join(codes[phone.name])
    return Class(world, teacher, guardians)


def at(milliseconds: int) -> datetime:
    """An event's time."""
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=milliseconds)


async def test_no_tap_is_lost_or_counted_twice_and_each_carries_its_own_time(world: World) -> None:
    whole = await open_class(world)
    number, cards = await whole.send("避難訓練について")
    assert {card.via for card in cards} == {"multicast"}
    await world.fault("webhook_hold")
    first: dict[str, int] = {}
    events = []
    for again in (False, True):
        for card in cards if again else random.sample(cards, GUARDIANS):
            (tap,) = await card.tap("確認しました")
            first.setdefault(card.chat.name.replace("保護者", "児童"), tap["timestamp"])
            events.append(tap)
            await world.advance(seconds=11)

    await world.fault("webhook_release", order="shuffle", seed=7)
    world.allowed_calls.append(USED_TOKEN)
    for seed in range(3):
        await world.events(*events, separate=True, duplicate=1, shuffle=seed, redelivery=seed > 0)
    await world.settle()

    await whole.teacher.ask(f"/状況 {number}", "確認済み 20", "未確認 0", "全 20")
    await whole.teacher.expect("全員が確認しました", "全 20人が確認しました")
    receipts = await whole.receipts(number)
    counted = {name: receipt.fulfilment[1].at for name, receipt in receipts.items() if receipt.fulfilment}
    assert counted == {name: at(milliseconds) for name, milliseconds in first.items()}
    async with world.memory() as memory:
        notice = await memory.notices.by_number(number)
        assert notice
        assert sorted([e.id async for e in memory.acknowledgements.log(notice.id)]) == sorted(
            event["webhookEventId"] for event in events
        )
    for phone in whole.guardians:
        for _ in range(2):
            assert "受け付け" in (await phone.expect("お知らせ:避難訓練について")).text
    table = await world.export(number)
    assert [row["状態"] for row in table.values()] == ["確認済み"] * GUARDIANS
    assert set((await world.deliveries("上ばき")).values()) <= {1, 2}, "the teacher has a sample"


async def test_requirement_04_one_bad_event_never_loses_its_neighbours(world: World) -> None:
    """Of a body of 20 events one is broken, one holds half a character and two are of types nobody knows."""
    whole = await open_class(world)
    number, cards = await whole.send("避難訓練について")
    now = int((await world.now()).timestamp() * 1000)

    def event(name: str, user: str, **more: object) -> bytes:
        common = {
            "webhookEventId": name,
            "timestamp": now,
            "mode": "active",
            "source": {"type": "user", "userId": user},
            "deliveryContext": {"isRedelivery": False},
        }
        return json.dumps({**common, **more}).encode()

    users = [phone.user for phone in whole.guardians]
    events = [
        event(f"TAP{n:02}", user, type="postback", postback={"data": cards[n].data("確認")})
        for n, user in enumerate(users[:16])
    ]
    broken = event("BROKEN", users[16], type="postback").replace(b'"mode": "active"', b'"mode": active')
    half = event("HALF", users[17], type="message", message={"type": "text", "id": "1", "text": "\ud83d"})
    unknown = [event(f"UNKNOWN{n}", users[18 + n], type=kind) for n, kind in enumerate(("teleport", "活動"))]
    odd = {2: broken, 7: half, 11: unknown[0], 19: unknown[1]}
    for place, raw in odd.items():
        events.insert(place, raw)

    answer = await world.raw(b'{"destination": null, "events": [' + b",".join(events) + b"]}")

    assert answer["status"] == 200
    await whole.teacher.ask_until(f"/状況 {number}", "確認済み 16", "未確認 4", "全 20")
    ids = {"HALF", "UNKNOWN0", "UNKNOWN1", f"sha256-{hashlib.sha256(broken).hexdigest()}"}
    async with world.memory() as memory:
        kept = await memory.inbox.get(ids)
    assert {entry.raw for entry in kept.values()} == set(odd.values())
