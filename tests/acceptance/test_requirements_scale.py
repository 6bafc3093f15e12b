"""What a confirm-bot must get right where it takes a thousand people, or a memory that is away, to show it."""

from __future__ import annotations

import asyncio
import sqlite3
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path

import pytest

from storage.models import Address, AddressState
from tests.acceptance.crowd import FIRST, PEOPLE, populate
from tests.acceptance.school import HEADS, Room, School, rows
from tests.acceptance.world import MORNING, World, open_world, user_id
from tests.mongodb.proxy import Proxy


async def test_requirement_15_a_thousand_people_get_it_once_whatever_breaks_in_between(world: World) -> None:
    """Chunks of 500 under keys of their own; LINE loses an answer and the bot is killed between two calls."""
    await populate(world)
    await world.serve()
    teacher = await world.phone("田中先生", 1, "管理者", friend=True)
    world.allowed_calls.append(r"/multicast 409")
    await world.fault("disconnect_after", endpoint="multicast", times=1)
    await world.fault("error_before", endpoint="multicast", times=2, status=503)
    after = await world.last_call()
    await teacher.say("お知らせ\n宛先:全校集会\n締切:なし\n件名:全校集会について\n\n体育館です。")
    await teacher.expect("【見本】")
    await (await teacher.expect("送る前の確認", f"{PEOPLE:,}通")).tap("に送る")
    await teacher.expect("30秒後に送りはじめます")
    await world.advance(seconds=31)
    await world.called("/multicast", after, 3)

    await world.restart()
    await world.advance(minutes=3)
    await world.called("/multicast", after, 6)
    await teacher.ask_until("/状況", "確認済み 0 · 未確認 1,020")
    await teacher.ask_until("/未確認", "まだ押していない")

    calls = await world.calls("/multicast", after)
    bodies: dict[str, set[tuple[str, ...]]] = {}
    for call in calls:
        if call["body"]:
            bodies.setdefault(call["retry_key"], set()).add(tuple(call["body"]["to"]))
    assert len(bodies) == 3
    assert all(str(uuid.UUID(key)) == key for key in bodies)
    assert all(len(recipients) == 1 for recipients in bodies.values()), "a key never changes its recipients"
    assert sorted(len(to) for recipients in bodies.values() for to in recipients) == [20, 500, 500]
    received = await world.deliveries("体育館です。")
    assert {user: count for user, count in received.items() if count != 1 and user != teacher.user} == {}
    assert len(set(received) - {teacher.user}) == PEOPLE


async def test_one_refused_address_costs_nobody_else_the_notice(world: World) -> None:
    """LINE refuses a whole call for one bad id: its halves find the one, and everybody else gets the notice once."""
    await populate(world)
    bad = user_id(FIRST + 3)
    async with world.memory() as memory:
        (contact,) = (await memory.contacts.by_address("line", [bad])).values()
    await world.serve()
    teacher = await world.phone("田中先生", 1, "管理者", friend=True)
    await world.sim("POST", "line/settings", {"multicast_unknown_ids": "reject"})
    gone = user_id(5)
    async with world.memory() as memory:
        await memory.contacts.set_state("line", bad, AddressState.BLOCKED, MORNING)
        await memory.contacts.attach(contact.id, Address(channel="line", value=gone, state_at=MORNING))
    world.allowed_calls += [r"/multicast 400 .*to\[\d+\]", r"/push 400"]
    await teacher.say("お知らせ\n宛先:全校集会\n締切:なし\n件名:全校集会について\n\n体育館です。")
    await teacher.expect("【見本】")
    await (await teacher.expect("送る前の確認")).tap("に送る")
    await teacher.expect("30秒後に送りはじめます")
    await world.advance(seconds=31)

    await teacher.ask_until("/状況", f"受け付け {PEOPLE - 1:,} · 送れず 1")
    await teacher.ask("/未確認", contact.name.replace("保護者", "児童"), "送れませんでした")
    await teacher.expect("送れなかった人がいます", "1人には、LINEなどに断られて送れませんでした")
    received = await world.deliveries("体育館です。")
    assert len(set(received) - {teacher.user, bad}) == PEOPLE - 1
    assert {count for user, count in received.items() if user != teacher.user} == {1}


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """A memory that takes nothing: somebody else is writing to the file."""
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def away(proxy: Proxy) -> Iterator[None]:
    """A database that refuses connections. The proxy has a loop and a thread of its own."""
    proxy.go_away()
    yield
    proxy.come_back()


@asynccontextmanager
async def on_home(home: str, folder: Path, request: pytest.FixtureRequest) -> AsyncIterator[tuple[World, School]]:
    """A small school on that home."""
    storage = {"DATA_DIR": str(folder / "data")}
    if home == "mongo":
        storage |= {"MONGODB_URI": request.getfixturevalue("proxied"), "SECRET_KEY": "secret " * 6}
    async with open_world(folder, storage) as world:
        codes = await world.register(rows(1), heads=HEADS)
        await world.serve()
        yield world, School(world, codes)


@pytest.mark.parametrize("home", ["sqlite", "mongo"])
async def test_requirement_08_without_memory_the_answer_is_503_and_the_tap_comes_again(
    home: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    async with on_home(home, tmp_path, request) as (world, school):
        room: Room = await school.room()
        mother = await room.join(0)
        sent = await room.send("避難訓練", to=[mother])
        # Whoever waited in vain may find it stored all the same, and answered: then the answer to the second one is
        # refused, for LINE takes one.
        world.allowed_calls += [r"webhook POST .* 503", r"reply 400 .*Invalid reply token"]
        # What was sent while it could not be noted is repeated under its key.
        world.allowed_calls.append(r"/push 409")
        gone = locked(tmp_path / "data" / "kakunin.sqlite3") if home == "sqlite" else away(_proxy(request))
        with gone:
            gesture = await mother.post("tap", {"label": "確認しました", "messageId": sent.cards[0].item["id"]})
            assert [(one["status"], one["reason"]) for one in gesture["deliveries"]] == [(503, "ERROR_STATUS_CODE")]
        await asyncio.wait_for(_ready(world), 30)

        await world.advance(minutes=10)
        await world.sim("POST", "line/redeliver", {})

        await mother.expect("受け付けました")
        await room.teacher.ask(f"/状況 {sent.number}", "確認済み 1")
        taps = gesture["events"]
        at = f"{MORNING.fromtimestamp(taps[0]['timestamp'] / 1000, MORNING.tzinfo):%Y-%m-%d %H:%M:%S}"
        assert (await world.export(sent.number))[room.pupil(0)]["確認日時"] == at


def _proxy(request: pytest.FixtureRequest) -> Proxy:
    proxy = request.getfixturevalue("proxy")
    assert isinstance(proxy, Proxy)
    return proxy


async def _ready(world: World) -> None:
    """Wait until the bot says that its memory is there again."""
    while True:
        async with world.http.get(f"{world.bot_address}/readyz") as response:
            if response.status == 200:
                return
