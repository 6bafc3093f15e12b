"""The bot is stopped, killed and started again between the steps of people; and time moves far."""

from __future__ import annotations

import signal

from handlers import codes
from tests.acceptance.school import HEADS, Room, guardian, rows
from tests.acceptance.world import World

USED_TOKEN = r"api POST \S+/message/reply 400 .*Invalid reply token"


async def test_a_kill_between_any_two_steps_loses_and_repeats_nothing(world: World) -> None:
    papers = await world.register(rows(1), heads=HEADS)
    await world.serve()
    teacher, mother = await world.phone("先生", 1, friend=True), await world.phone("母", 11)
    await mother.add()
    await mother.expect("友だち追加ありがとうございます")
    await world.restart()
    question = await mother.ask(papers[guardian(0, 0)], "まちがいありませんか")
    await world.restart()
    await question.tap("はい")
    await mother.expect("登録しました")
    await teacher.ask("避難訓練について\n\n上ばきを持たせてください。", "お知らせとして送りますか")
    await world.restart()
    await teacher.ask("はい", "だれに送りますか")
    await teacher.ask("1年1組", "いつまでに")
    await world.restart()
    await teacher.ask("なし", "【見本】")
    preview = await teacher.expect("送る前の確認")
    await world.restart()
    await preview.tap("に送る")
    await teacher.expect("送りはじめました")
    card = await mother.expect("要確認", "避難訓練について")
    await world.restart()
    await preview.tap("に送る")
    await teacher.expect("送りはじめました")
    await card.tap("確認しました")
    await mother.expect("受け付けました")
    await world.restart()
    await card.tap("確認しました")
    await mother.expect("すでに受け付けています")
    await teacher.ask("/状況", "確認済み 1", "全 4")
    assert len(await world.calls("/push")) == 1


async def test_what_was_taken_and_not_acted_on_is_done_by_the_next_life(alone: Room) -> None:
    """Killed the moment a tap and a command are durable: both are found again, and the answer owed is given."""
    world, mother = alone.world, await alone.join(0)
    sent = await alone.send("避難訓練", to=[mother])
    await world.sim("POST", "line/settings", {"latency_ms": 20_000})
    await sent.cards[0].tap("確認しました")
    await alone.teacher.say("/一覧")
    await world.kill()
    await world.sim("POST", "line/settings", {"latency_ms": 0})
    await world.advance(minutes=2)
    await world.serve()

    await alone.teacher.expect("受信が止まっていました", "この間に押された確認は、届いていないことがあります")
    helped = await alone.teacher.ask_until("ヘルプ", "お知らせ一覧")
    assert "1/4" in helped.text, "as it stands now"
    await alone.teacher.ask_until(f"/状況 {sent.number}", "確認済み 1")
    alone.teacher.ignore()


async def test_sigterm_finishes_what_is_in_hand(alone: Room) -> None:
    world, mother, father = alone.world, await alone.join(0), await alone.join(1)
    sent = await alone.send("避難訓練", to=[mother, father])
    await world.sim("POST", "line/settings", {"latency_ms": 1_000})
    reminder = await alone.teacher.ask(f"/催促 {sent.number}", "2人")
    await sent.cards[0].tap("確認しました")
    after = await world.last_call()
    await reminder.tap("もう一度送る")

    assert await world.bot.stop(signal.SIGTERM) == 0

    await world.sim("POST", "line/settings", {"latency_ms": 0})
    await mother.expect("受け付けました")
    await alone.teacher.expect("1人にもう一度送ります")
    await world.serve()
    await father.expect("再送です")
    assert len(await world.calls("/push", after)) == 1
    assert await world.bot.line(r"serve\.ready")


async def test_requirement_19_a_tap_that_comes_before_the_first_call_spares_the_reminder(alone: Room) -> None:
    world, mother, father = alone.world, await alone.join(0), await alone.join(1)
    sent = await alone.send("避難訓練", to=[mother, father])
    await world.fault("webhook_lost")
    await sent.cards[0].tap("確認しました")
    preview = await alone.teacher.ask(f"/催促 {sent.number}", "送る相手 2人 = 2通")
    after = await world.last_call()
    await world.sim("POST", "line/redeliver", {})
    await mother.expect("受け付けました")

    await preview.tap("もう一度送る")

    await alone.teacher.expect("1人にもう一度送ります")
    await father.expect("再送です")
    (call,) = await world.calls("/push", after)
    assert call["body"]["to"] == father.user


async def test_a_code_expires(world: World) -> None:
    papers = await world.register(rows(1), heads=HEADS)
    await world.serve()
    phone, late = await world.phone("母", 11, friend=True), await world.phone("父", 12, friend=True)
    early_code, late_code, *_ = papers.values()
    secret = (world.folder / "data" / "secret.key").read_bytes().strip()
    async with world.memory() as memory:
        stored = await memory.codes.get(codes.code_id("".join(filter(str.isdigit, late_code)), secret))
    assert stored
    left = stored.expires_at - await world.now()

    await world.advance(seconds=left.total_seconds() - 60)
    await phone.register(early_code)
    await world.advance(minutes=1)
    await late.ask(late_code, "期限が切れています")


async def test_long_lists_come_in_pages(world: World) -> None:
    table = [[f"{n:03}", f"児童 {n:02}", f"ジドウ {n:02}", "1年A組", f"保護者 {n:02}", "母", "", ""] for n in range(80)]
    papers = await world.register(table, heads=HEADS)
    await world.serve()
    teacher, mother = await world.phone("先生", 1, friend=True), await world.phone("母", 11)
    await mother.join(papers["保護者 40"])
    await teacher.say("お知らせ\n宛先:1年A組\n締切:なし\n件名:避難訓練\n\n上ばき")
    await teacher.expect("【見本】")
    preview = await teacher.expect("送る前の確認", "ほか69人")
    await preview.tap("1年A組 80人に送る")
    await teacher.expect("送りはじめました")
    await mother.expect("避難訓練")

    page = await teacher.ask_until("/未確認", "未確認 80人", "児童 00")
    named = []
    while "続きを見る" in page.buttons:
        named += [line for line in page.text.split("\n") if line.startswith("児童")]
        await page.tap("続きを見る")
        page = await teacher.expect("未確認 80人")
    named += [line for line in page.text.split("\n") if line.startswith("児童")]
    assert named == [f"児童 {n:02}" for n in range(80)]
