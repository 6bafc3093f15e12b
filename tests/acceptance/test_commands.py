"""What an administrator types about notices that went out, and how forgivingly it is read."""

from __future__ import annotations

import pytest

from tests.acceptance.school import FAMILIES, Room

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_words_are_read_as_people_type_them(room: Room) -> None:
    mother = await room.join(0)
    sent = await room.send("避難訓練", to=[mother])
    teacher = room.teacher
    wide = str(sent.number).translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    for typed in (
        "/状況",
        "／状況",
        "状況",
        f"／状況　{wide}",
        f"状況{wide}",
        f"/status #{sent.number}",
        "/じょうきょう",
    ):
        await teacher.ask(typed, f"#{sent.number}", "確認済み 0")
    for typed in ("未読", "/未読", "まだの人", "/pending"):
        await teacher.ask(typed, "未確認 4人")
    for typed in ("/督促", "／リマインド", f"/さいそく {wide}番"):
        await teacher.ask(typed, "催促", "送る相手 1人")
    for typed in ("/おしらせ", "／しらせ", "/send"):
        await (await teacher.ask(typed, "お知らせの文章を送ってください")).tap("取り消す")
        await teacher.expect("下書きを取り消しました")


async def test_a_word_that_is_nearly_right_becomes_a_button(room: Room) -> None:
    mother = await room.join(0)
    sent = await room.send("避難訓練", to=[mother])
    for typed, meant in (("/状兄", "/状況"), ("/未確忍", "/未確認"), ("/さいそ", "/催促"), ("/とりけし", "/取り下げ")):
        near = await room.teacher.ask(typed, "もしかして")
        assert near.buttons[0] == meant
    await room.teacher.say("/状況う")
    await (await room.teacher.expect("もしかして")).tap("/状況")
    await room.teacher.expect(f"#{sent.number}", "確認済み 0")
    assert (await room.teacher.ask("/herp", "うまく読み取れませんでした")).buttons == ["/ヘルプ"]
    await room.teacher.ask("今日はいい天気ですね", "お知らせを送るときは")
    await room.teacher.post("sticker")
    await room.teacher.expect("ここに書いても")


async def test_help_names_what_works(room: Room) -> None:
    helped = await room.teacher.ask("ヘルプ", "できること", "/状況", "/未確認", "/催促", "/一覧")
    await helped.tap("一覧")
    await room.teacher.expect("お知らせ")


async def test_the_list_leads_to_each_notice(room: Room) -> None:
    mother = await room.join(0)
    first = await room.send("一枚目の手紙", to=[mother])
    second = await room.send("二枚目の手紙", to=[mother])
    await first.cards[0].tap("確認しました")
    await mother.expect("受け付けました")

    listed = await room.teacher.ask("/一覧", "お知らせ一覧", "一枚目の手紙", "1/4", "二枚目の手紙", "0/4", "受付中")
    assert listed.text.index("二枚目") < listed.text.index("一枚目")
    await listed.tap(f"#{second.number} の状況")
    await room.teacher.expect("二枚目の手紙", "確認済み 0 · 未確認 4")
    await room.teacher.ask("/状況 999999", "お知らせはありません", "近いもの")


async def test_a_closed_notice_takes_no_more_taps_but_those_made_before(room: Room) -> None:
    early, late = await room.join(0), await room.join(1)
    sent = await room.send("しめきります", to=[early, late])
    await room.world.fault("webhook_hold")
    await sent.cards[0].tap("確認しました")
    held = room.world.fault("webhook_release", order="same")
    await room.world.advance(seconds=5)
    await room.teacher.post("text", {"text": f"/終了 {sent.number}", "wait": False})
    await held
    await early.expect("受け付けました")
    await (await room.teacher.expect("終了しますか", "取り消せません")).tap("終了する")
    await room.teacher.expect("終了しました")
    await sent.cards[1].tap("確認しました")
    await late.expect("受付は終わっています", "03-1234-5678")

    await room.teacher.ask(f"/状況 {sent.number}", "終了しています", "確認済み 1")
    await room.teacher.ask(f"/終了 {sent.number}", "終了しています")
    await room.teacher.ask(f"/催促 {sent.number}", "終了しています")


async def test_a_tap_made_before_the_close_counts_though_it_comes_after(room: Room) -> None:
    mother = await room.join(0)
    sent = await room.send("おそい電波", to=[mother])
    question = await room.teacher.ask(f"/終了 {sent.number}", "終了しますか")
    await room.world.fault("webhook_lost")
    # It may come again twice, by itself and because we ask for it: the second answer finds its token used.
    room.world.allowed_calls.append(r"reply 400 .*Invalid reply token")
    (tap,) = await sent.cards[0].tap("確認しました")
    await room.world.advance(minutes=1)
    await question.tap("終了する")
    await room.teacher.expect("終了しました")
    await room.world.sim("POST", "line/redeliver", {})

    await mother.expect("受け付けました")
    await room.teacher.ask(f"/状況 {sent.number}", "確認済み 1")
    assert tap["webhookEventId"]


async def test_a_notice_is_taken_back_and_says_what_that_cannot_do(room: Room) -> None:
    mother = await room.join(0)
    sent = await room.send("まちがえた手紙", to=[mother])
    question = await room.teacher.ask(
        f"/取り下げ {sent.number}", "取り下げますか", "受け付け 1人", "相手の画面に残ります"
    )
    await question.tap("取り下げる")
    await room.teacher.expect("取り下げました", "こちらから連絡はしていません")
    await sent.cards[0].tap("確認しました")
    await mother.expect("取り下げられました")
    await room.teacher.ask("/一覧", "まちがえた手紙", "取り下げ")


async def test_a_sending_that_waits_is_stopped_and_nobody_is_left_out_of_the_list(room: Room) -> None:
    world, mother, father = room.world, await room.join(0), await room.join(1)
    after = await world.last_call()
    await world.fault("monthly_429", endpoint="multicast", times=100)
    preview = await room.preview("とめる手紙")
    await preview.tap("に送る")
    number = (await room.teacher.expect("送りはじめました")).number
    await world.called("/multicast", after)
    await room.teacher.ask_until(f"/未確認 {number}", "今月の通数を使い切りました", "2人への送信が待っています")
    room.teacher.ignore()
    await room.teacher.ask_until(f"/未確認 {number}", "送信待ち")

    both = await room.teacher.ask("/中止", "どちらの「中止」ですか", "とめる手紙")
    assert both.buttons == ["送信を止める", "行事の中止を知らせる"]
    question = await room.teacher.ask(f"/送信中止 {number}", "送信を止めますか", "送っていない 2人")
    await question.tap("送信を止める")
    await room.teacher.expect("送信を止めました", "受け付け 0人", "送っていない 2人", "不明 0人")
    await world.sim("DELETE", "line/faults")
    await world.advance(hours=2)
    await room.teacher.ask(f"/未確認 {number}", "送信取りやめ", "未登録", room.pupil(3))
    assert set(await world.deliveries("とめる手紙")) == {room.teacher.user}
    assert mother.waiting == father.waiting == []


async def test_who_blocked_and_who_never_registered_are_named_before_and_after(room: Room) -> None:
    mother, gone = await room.join(0), await room.join(1)
    await gone.block()
    preview = await room.preview("とどくかな")
    assert "届かない連絡先が 4人います(未登録 3人・ブロック 1人)" in preview.text
    assert f"{FAMILIES[1][0]} 恵{room.number}\nブロック" in preview.text
    assert f"どの連絡先にも届かない人が 3人います:{room.pupil(1)}、{room.pupil(2)}、{room.pupil(3)}" in preview.text
    await preview.tap("に送る")
    number = (await room.teacher.expect("送りはじめました", "送る相手 1人")).number
    card = await mother.expect("要確認", "とどくかな")

    listed = await room.teacher.ask_until(f"/未確認 {number}", "ブロック中", "未登録", "まだ押していない")
    lines = listed.text.split("\n")
    reasons = {name: lines[lines.index(name) + 1] for name in map(room.pupil, range(4))}
    assert list(reasons.values()) == ["まだ押していない", "ブロック中", "未登録", "未登録"]
    await card.tap("確認しました")
    await mother.expect("受け付けました")
    await room.teacher.ask(f"/催促 {number}", "いま送れる相手がいません")
