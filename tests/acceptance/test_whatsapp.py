"""LINE people by LINE and WhatsApp people by WhatsApp: one notice, one set of results."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.acceptance.phones import Phone
from tests.acceptance.school import HEADS, Room, School, rows
from tests.acceptance.world import World, open_world

LONG = "\n".join(f"{number}. 持ち物と当日の流れについて、くわしくお知らせします。" for number in range(60))


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """A world with both platforms."""
    async with open_world(tmp_path, {"DATA_DIR": str(tmp_path / "data")}, has_whatsapp=True) as world:
        await world.add_templates()
        yield world


@pytest.fixture
async def room(world: World) -> Room:
    """A class, its bot running."""
    codes = await world.register(rows(1), heads=HEADS)
    await world.serve()
    return await School(world, codes).room()


async def join(room: Room, seat: int, digits: str = "", **more: object) -> Phone:
    """A guardian writes her code by WhatsApp."""
    phone = await room.world.whatsapp(f"WA{seat}", digits or f"8190111100{seat:02}", **more)
    await phone.register(room.code(seat))
    return phone


async def test_one_notice_reaches_both_and_the_results_are_one(room: Room) -> None:
    line, whatsapp = await room.join(0), await join(room, 1)

    sent = await room.send("避難訓練", to=[line, whatsapp])
    for card, phone in zip(sent.cards, (line, whatsapp), strict=True):
        await card.tap("確認しました")
        await phone.expect("受け付けました")
    status = await room.teacher.ask("状況", "確認済み 2")

    assert "全 4" in status.text
    confirmed = await room.teacher.ask("確認済", room.pupil(0), room.pupil(1))
    assert "WhatsApp" in confirmed.text
    room.teacher.ignore()


async def test_outside_the_day_a_template_goes_and_its_tap_counts(room: Room) -> None:
    whatsapp = await join(room, 1)
    await room.world.advance(hours=25)

    sent = await room.send("避難訓練", to=[whatsapp])
    assert sent.cards[0].item["via"] == "template"
    assert "／" not in sent.cards[0].text or "上ばき" in sent.cards[0].text
    await sent.cards[0].tap("確認しました")

    await whatsapp.expect("受け付けました")
    await room.teacher.ask("状況", "確認済み 1")
    room.teacher.ignore()


async def test_nobody_can_confirm_what_she_could_not_read(room: Room) -> None:
    whatsapp = await join(room, 1)
    await room.world.advance(hours=25)
    await room.teacher.say("\n".join(["お知らせ", f"宛先:{room.name}", "締切:なし", "件名:遠足", "", LONG]))
    await (await room.teacher.expect("送る前の確認")).tap("に送る")

    first = await whatsapp.expect("遠足")
    assert first.buttons == ["本文を読む"]
    await first.tap("本文を読む")
    text = await whatsapp.expect("59. 持ち物")
    assert "0. 持ち物" in text.text
    await (await whatsapp.expect("要確認", "遠足")).tap("確認しました")

    await whatsapp.expect("受け付けました")
    await room.teacher.expect("送りはじめました")
    room.teacher.ignore()


async def test_person_known_by_her_user_id_alone_is_as_good_as_any(room: Room) -> None:
    hidden = await join(room, 2, shares_phone=False)
    await room.world.advance(hours=25)

    sent = await room.send("参観日", to=[hidden])
    await sent.cards[0].tap("確認しました")

    await hidden.expect("受け付けました")
    room.teacher.ignore()


async def test_preview_shows_what_will_arrive_on_each_channel_and_what_it_costs(room: Room) -> None:
    await room.join(0)
    await join(room, 1)
    await room.teacher.say(f"お知らせ\n宛先:{room.name}\n締切:なし\n件名:避難訓練\n\n上ばきを持ってきてください。")

    card = await room.teacher.expect("【見本】", "避難訓練", "発信")
    template = await room.teacher.expect(
        "【WhatsAppの見本】", "大切なお知らせです(みどり小学校)。", "件名:【要確認】避難訓練"
    )
    panel = await room.teacher.expect("送る前の確認")

    assert card.buttons == template.buttons == ["確認しました"]
    assert "送る相手 2人=2通" in panel.text
    assert "LINE:1人=1通" in panel.text
    assert "WhatsApp:1人=1通" in panel.text
    assert "お礼の返信 最大1通" in panel.text
    assert "24時間にあと2,000人" in panel.text
    await template.tap("確認しました")
    await room.teacher.expect("見本のボタンです")


async def test_short_answers_can_be_switched_off(world: World) -> None:
    world.extra["WHATSAPP_THANKS"] = "off"
    codes = await world.register(rows(1), heads=HEADS)
    await world.serve()
    room = await School(world, codes).room()
    whatsapp = await join(room, 1)

    sent = await room.send("避難訓練", to=[whatsapp])
    await sent.cards[0].tap("確認しました")
    await room.teacher.ask_until("状況", "確認済み 1")

    await whatsapp.expect_nothing()
    room.teacher.ignore()


async def test_second_tap_costs_nothing(room: Room) -> None:
    whatsapp = await join(room, 1)
    sent = await room.send("避難訓練", to=[whatsapp])
    await sent.cards[0].tap("確認しました")
    await whatsapp.expect("受け付けました")

    await room.world.advance(seconds=2)  # Meta's times are whole seconds
    await sent.cards[0].tap("確認しました", times=3)
    await room.world.settle()

    await whatsapp.expect_nothing()
    room.teacher.ignore()


async def test_stop_is_honoured_and_start_is_too(room: Room) -> None:
    line, whatsapp = await room.join(0), await join(room, 1)
    await whatsapp.ask("停止", "止めました")
    await room.send("避難訓練", to=[line])
    await room.world.settle()
    await whatsapp.expect_nothing()

    await whatsapp.ask("再開", "再開しました")
    await room.send("参観日", to=[line, whatsapp])
    room.teacher.ignore()


async def test_administrator_works_on_whatsapp_as_on_line(world: World) -> None:
    world.extra["ADMINS"] = "whatsapp:+819022220000"
    codes = await world.register(rows(1), heads=HEADS)
    await world.serve()
    teacher = await world.whatsapp("先生", "819022220000")
    line = await world.phone("母", 7)
    await line.join(next(iter(codes.values())))

    await teacher.say("お知らせ\n宛先:1年1組\n締切:なし\n件名:避難訓練\n\n上ばきを持ってきてください。")
    await teacher.expect("【見本】", "避難訓練")
    await (await teacher.expect("送る前の確認")).tap("に送る")
    await teacher.expect("送りはじめました")
    await (await line.expect("要確認", "避難訓練")).tap("確認しました")
    await line.expect("受け付けました")

    await teacher.ask("/状況", "確認済み 1")
    await teacher.ask("未確認", "井上 光0")
    teacher.ignore()
