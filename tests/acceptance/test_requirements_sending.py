"""What a confirm-bot must get right, by number: what goes out. All share one school, each with a class of its own."""

from __future__ import annotations

import uuid

import pytest

from tests.acceptance.school import Room

pytestmark = pytest.mark.asyncio(loop_scope="session")

PAID = r"/message/(push|multicast)"
REPLAYED = r"api POST \S+/message/(push|multicast) 409"
"""LINE has seen this retry key: what we are told when an answer was lost."""
FREE = {"/reply", "/quota", "/quota/consumption"}


async def test_requirement_14_an_unverified_account_is_all_it_takes(room: Room) -> None:
    after = await room.world.last_call()
    mother, father = await room.join(0), await room.join(1)
    sent = await room.send("避難訓練", to=[mother, father])
    await sent.cards[0].tap("確認しました")
    await mother.expect("受け付けました")
    await (await room.teacher.ask(f"/催促 {sent.number}", "1通")).tap("もう一度送る")
    await room.teacher.expect("1人にもう一度送ります")
    await father.expect("再送です")

    asked = {call["path"] for call in await room.world.calls("/line/v2/", after) if call["kind"] == "api"}
    assert {path.removeprefix("/line/v2/bot/message") for path in asked} == {*FREE, "/multicast", "/push"}


async def test_requirement_15_an_answer_has_no_retry_key_and_everything_paid_has_one(room: Room) -> None:
    after = await room.world.last_call()
    mother, father = await room.join(0), await room.join(1)
    await room.send("避難訓練", to=[mother, father])

    calls = await room.world.calls("/line/v2/bot/message/", after)
    replies = [call for call in calls if call["path"].endswith("/reply")]
    (paid,) = (call for call in calls if call["path"].endswith("/multicast"))
    assert {call["retry_key"] for call in replies} == {None}
    assert str(uuid.UUID(paid["retry_key"])) == paid["retry_key"]
    assert sorted(paid["body"]["to"]) == sorted([mother.user, father.user])


@pytest.mark.parametrize(
    ("fault", "attempts"),
    [
        ("error_before", 3),
        ("error_after", 3),
        ("disconnect_before", 3),
        ("disconnect_after", 3),
        ("bad_body_after", 2),  # the second answer is 409, which is clear whatever its body
    ],
)
async def test_requirement_16_without_a_clear_answer_the_same_call_is_repeated_under_its_key(
    room: Room, fault: str, attempts: int
) -> None:
    world, mother, father = room.world, await room.join(0), await room.join(1)
    after = await world.last_call()
    await world.fault(fault, endpoint="multicast", times=2)
    world.allowed_calls.append(REPLAYED)

    await room.send(f"避難訓練-{fault}", to=[mother, father])
    for attempt in range(1, attempts):
        await world.called("/multicast", after, attempt)
        await world.advance(minutes=1)
    await world.called("/multicast", after, attempts)
    await room.teacher.ask_until("/未確認", "まだ押していない")

    calls = await world.calls("/multicast", after)
    assert len(calls) == attempts
    assert len({call["retry_key"] for call in calls}) == 1
    assert len({str(call["body"]) for call in calls if call["body"]}) == 1
    received = await world.deliveries(f"避難訓練-{fault}")
    assert (received[mother.user], received[father.user]) == (1, 1)


async def test_requirement_16_an_answer_that_never_comes_is_called_unknown_until_it_is_clear(room: Room) -> None:
    world, mother = room.world, await room.join(0)
    after = await world.last_call()
    await world.fault("error_before", endpoint="push", times=1, status=503)
    preview = await room.preview("遠足")
    await preview.tap("に送る")
    number = (await room.teacher.expect("送りはじめました")).number
    await world.called("/push", after)

    await room.teacher.ask_until(f"/未確認 {number}", "送信中")
    await world.advance(minutes=1)
    await mother.expect("遠足")
    await room.teacher.ask_until(f"/未確認 {number}", "まだ押していない")


async def test_requirement_16_a_clear_no_ends_at_once_and_is_told(room: Room) -> None:
    world = room.world
    await room.join(0)
    after = await world.last_call()
    await world.fault("status", endpoint="push", status=400, body={"message": "Failed to send messages"})
    preview = await room.preview("遠足")
    await preview.tap("に送る")
    number = (await room.teacher.expect("送りはじめました")).number

    await world.called("/push", after)
    await room.teacher.ask_until(f"/未確認 {number}", "送れませんでした", "直接ご連絡ください")
    await room.teacher.expect("送れなかった人がいます", "1人には、LINEなどに断られて送れませんでした")
    await world.advance(hours=1)
    await room.teacher.ask(f"/状況 {number}", "送れず 1")
    whom = [call["body"]["to"] for call in await world.calls("/push", after)]
    assert len([user for user in whom if user != room.teacher.user]) == 1


async def test_requirement_17_too_fast_means_a_pause(room: Room) -> None:
    world, mother, father = room.world, await room.join(0), await room.join(1)
    after = await world.last_call()
    await world.fault("rate_limit_429", endpoint="multicast")
    preview = await room.preview("混雑の日")
    await preview.tap("に送る")
    number = (await room.teacher.expect("送りはじめました")).number
    await world.called("/multicast", after)

    await room.teacher.ask_until(f"/未確認 {number}", "送信待ち", "混み合っている")
    await world.advance(seconds=10)
    await mother.expect("混雑の日")
    await father.expect("混雑の日")
    assert (await world.deliveries("混雑の日"))[father.user] == 1


async def test_requirement_17_no_more_this_month_means_waiting_and_saying_so(room: Room) -> None:
    world, mother, father = room.world, await room.join(0), await room.join(1)
    after = await world.last_call()
    await world.sim("POST", "line/settings", {"quota": 1000, "consumption": 998})
    preview = await room.preview("月末の日")
    await world.sim("POST", "line/settings", {"consumption": 1000})
    await preview.tap("緊急用の残りも使って送る")
    number = (await room.teacher.expect("送りはじめました")).number
    await world.called("/multicast", after)
    world.allowed_calls.append(f"{PAID} 429 .*monthly limit")

    told = await room.teacher.ask_until(f"/未確認 {number}", "今月の通数を使い切りました")
    assert told.via == "reply", "what nobody can push comes with a free answer"
    assert "2人への送信が待っています" in told.text
    room.teacher.ignore()
    await room.teacher.ask_until(f"/未確認 {number}", "送信待ち", "今月の通数の上限")
    await world.sim("POST", "line/settings", {"quota": None, "consumption": 0})
    await world.advance(hours=1, minutes=10)
    await mother.expect("月末の日")
    await father.expect("月末の日")
    received = await world.deliveries("月末の日")
    assert (received[mother.user], received[father.user]) == (1, 1)


async def test_requirement_18_head_count_cost_and_what_is_left_are_shown_before_sending(room: Room) -> None:
    world, mother, father = room.world, await room.join(0), await room.join(1)
    await world.sim("POST", "line/settings", {"quota": 1000, "consumption": 400})
    preview = await room.preview("避難訓練")
    assert "対象 4人・送る相手 2人" in preview.text
    assert "送る相手 2人=2通、今月の残り600通" in preview.text

    await world.sim("POST", "line/settings", {"consumption": 999})
    scarce = await room.preview("避難訓練")
    assert "1通足りません" in scarce.text
    assert scarce.buttons[0] == "宛先を変える"
    assert any("足りないまま" in button for button in scarce.buttons)

    await world.sim("POST", "line/settings", {"consumption": 400})
    sent = await room.send("避難訓練", to=[mother, father])
    await room.teacher.ask_until(f"/催促 {sent.number}", "送る相手 2人 = 2通", "今月の残り 598通")
    await world.sim("POST", "line/settings", {"quota": None, "consumption": 0})
    await room.teacher.ask(f"/催促 {sent.number}", "上限はありません")


async def test_requirement_19_only_who_has_not_confirmed_is_reminded(room: Room) -> None:
    early, late, gone, never = await room.join_all()
    sent = await room.send("避難訓練", to=[early, late, gone, never])
    await sent.cards[0].tap("確認しました")
    await early.expect("受け付けました")
    preview = await room.teacher.ask(f"/催促 {sent.number}", "送る相手 3人 = 3通")
    await sent.cards[1].tap("確認しました")
    await late.expect("受け付けました")
    await gone.block()

    await preview.tap("もう一度送る")

    await room.teacher.expect("1人にもう一度送ります")
    await never.expect("再送です", "避難訓練")
    await preview.tap("もう一度送る")
    await room.teacher.expect("二重には送りません")
    received = await room.world.deliveries("再送です")
    assert {phone.user: received.get(phone.user, 0) for phone in (early, late, gone, never)} == {
        early.user: 0,
        late.user: 0,
        gone.user: 0,
        never.user: 1,
    }


async def test_requirement_20_accepted_confirmed_and_unreachable_are_different_words(room: Room) -> None:
    mother, father, gone = await room.join(0), await room.join(1), await room.join(2)
    await gone.block()
    sent = await room.send("避難訓練", to=[mother, father])
    await sent.cards[0].tap("確認しました")
    await mother.expect("受け付けました")
    teacher = room.teacher

    await teacher.ask_until(f"/状況 {sent.number}", "確認済み 1 · 未確認 3(うち届いていない 2) · 全 4")
    listed = await teacher.ask(f"/未確認 {sent.number}", "まだ押していない", "ブロック中", "未登録")
    assert "読まれたかどうかは分かりません" in listed.text
    await teacher.ask(f"/確認済 {sent.number}", room.pupil(0), "LINE")

    await gone.unblock()
    await gone.expect("おかえりなさい")
    await gone.expect("まだ確認がすんでいないお知らせが1件")
    await gone.expect("要確認", "避難訓練")
    await teacher.ask(f"/状況 {sent.number}", "未確認 3(うち届いていない 1) · 全 4")
    listed = await teacher.ask(f"/未確認 {sent.number}", room.pupil(2))
    assert "ブロック中" not in listed.text


@pytest.mark.parametrize(
    ("heads", "title", "body", "told"),
    [
        ((), "長" * 500, "本文", "題が長すぎます"),
        ((), "題", "あ" * 40_000, "本文が長すぎます"),
        (("回答:" + "、".join("答" * 21 for _ in range(2)),), "題", "本文", "ボタンにできませんでした"),
        (("回答:1、2、3、4、5、6、7",), "題", "本文", "ボタンにできませんでした"),
    ],
    ids=["title", "body", "label", "buttons"],
)
async def test_requirement_22_what_line_would_refuse_is_told_before_it_is_sent(
    room: Room, heads: tuple[str, ...], title: str, body: str, told: str
) -> None:
    options = [f"宛先:{room.name}", "締切:なし", *heads, f"件名:{title}"]
    await room.teacher.say("\n".join(["お知らせ", *options, "", body]))

    answer = await room.teacher.expect(told)
    assert not any("に送る" in button for button in answer.buttons)


async def test_requirement_22_the_longest_notice_arrives_whole_with_its_button_in_a_message(room: Room) -> None:
    mother = await room.join(0)
    words = "".join(f"{n}行目🌸です。" for n in range(700))
    await room.teacher.say(f"お知らせ\n宛先:{room.name}\n締切:11/30 18時\n件名:長い手紙\n\n{words}")
    await room.teacher.expect("【見本】", "長い手紙")
    await (await room.teacher.expect("送る前の確認")).tap("に送る")
    await room.teacher.expect("送りはじめました")
    room.teacher.ignore()

    whole = ""
    while words not in whole:
        whole += (await mother.expect("行目")).text
    card = await mother.expect("要確認", "長い手紙", "締切:11/30(月) 18:00")
    assert card.buttons == ["確認しました"]
    assert card.item["message"]["altText"].startswith("【要確認・11/30まで】長い手紙")
    assert "quickReply" not in str(await room.world.calls("/message/"))
