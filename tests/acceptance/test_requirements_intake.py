"""What a confirm-bot must get right, by number: what comes in. All share one school, each with a class of its own."""

from __future__ import annotations

import json

import pytest

from handlers.buttons import LIMIT, pack_confirm
from tests.acceptance.school import Room, School
from tests.acceptance.world import FORMER_SECRET, JST, SECRET, user_id

pytestmark = pytest.mark.asyncio(loop_scope="session")

USED_TOKEN = r"api POST \S+/message/reply 400 .*Invalid reply token"
"""LINE refuses an answer to an event that was answered: what a redelivered event leads to."""
NOT_ASKED = "ここに書いても"
"""How every answer to a text begins that is no command."""


async def test_requirement_01_webhooks_are_answered_before_anything_is_asked_of_line(room: Room) -> None:
    mother = await room.join(0)
    sent = await room.send("避難訓練", to=[mother])
    world = room.world
    await world.sim("POST", "line/settings", {"latency_ms": 2500})  # longer than LINE waits for a webhook

    gesture = await mother.post("tap", {"label": "確認しました", "messageId": sent.cards[0].item["id"]})

    assert [outcome["status"] for outcome in gesture["deliveries"]] == [200]
    await mother.expect("受け付けました")
    await world.sim("POST", "line/settings", {"latency_ms": 0})


@pytest.mark.parametrize(
    "signature",
    [None, "", "AAAA", "=" * 44, "確認", "A" * 5000],
    ids=["none", "empty", "short", "padding", "japanese", "long"],
)
async def test_requirement_02_what_is_not_signed_is_refused_and_breaks_nothing(
    school: School, signature: str | None
) -> None:
    school.world.allowed_calls.append("webhook POST .* 40[013]")
    stranger = await school.stranger()
    event = {"type": "message", "source": {"type": "user", "userId": stranger.user}, "mode": "active"}

    answer = await school.world.raw(json.dumps({"events": [event]}).encode(), signature=signature)

    assert 400 <= answer["status"] < 500
    await stranger.say("こんにちは")
    await stranger.expect(NOT_ASKED)


@pytest.mark.parametrize("body", [b"", b"\xff\xfe\x00", b"[", b"null", b'{"events": 1}', b"[" * 10_000])
async def test_requirement_02_signed_bytes_of_any_kind_break_nothing(school: School, body: bytes) -> None:
    school.world.allowed_calls.append("webhook POST .* 400")

    assert (await school.world.raw(body))["status"] in {200, 400}


async def test_requirement_02_two_secrets_serve_while_one_replaces_the_other(school: School) -> None:
    world, stranger = school.world, await school.stranger()
    for secret in (FORMER_SECRET, SECRET):
        await world.sim("POST", "line/settings", {"channel_secrets": [secret]})
        await stranger.say("こんにちは")
        await stranger.expect(NOT_ASKED)

    world.allowed_calls.append("webhook POST .* 40[013]")
    await world.sim("POST", "line/settings", {"channel_secrets": ["somebody-elses-secret-0123456789"]})
    await stranger.say("こんにちは")
    await world.sim("POST", "line/settings", {"channel_secrets": [SECRET]})
    await stranger.expect_nothing()


async def test_requirement_03_lines_own_test_passes_and_another_bots_webhook_does_not(school: School) -> None:
    world, stranger = school.world, await school.stranger()
    own = (await world.sim("GET", "line/settings"))["bot_user_id"]
    event = {
        "type": "message",
        "mode": "active",
        "timestamp": int((await world.now()).timestamp() * 1000),
        "source": {"type": "user", "userId": stranger.user},
        "message": {"type": "text", "id": "1", "text": "こんにちは"},
        "webhookEventId": f"requirement-03-{stranger.user}",
    }

    async def status(**body: object) -> int:
        return int((await world.raw(json.dumps(body).encode()))["status"])

    assert await status(destination=own, events=[]) == 200
    world.allowed_calls.append("webhook POST .* 400")
    assert await status(destination=user_id(99), events=[event]) == 400
    async with world.memory() as memory:
        assert await memory.inbox.get([str(event["webhookEventId"])]) == {}
    assert await status(destination=own, events=[event]) == 200
    async with world.memory() as memory:
        assert len(await memory.inbox.get([str(event["webhookEventId"])])) == 1


async def test_requirement_05_an_event_acts_once_however_often_and_however_late_it_comes(room: Room) -> None:
    world, mother = room.world, await room.join(0)
    sent = await room.send("避難訓練", to=[mother])
    (tap,) = await sent.cards[0].tap("確認しました")
    await mother.expect("受け付けました")
    world.allowed_calls.append(USED_TOKEN)

    for redelivery in (True, False):
        await world.events(tap, duplicate=2, redelivery=redelivery)
    await world.advance(days=3)
    await world.events(tap, redelivery=True)

    async with world.memory() as memory:
        notice = await memory.notices.by_number(sent.number)
        assert notice
        assert [entry.id async for entry in memory.acknowledgements.log(notice.id)] == [tap["webhookEventId"]]
    await room.teacher.ask(f"/状況 {sent.number}", "確認済み 1", "全 4")


async def test_requirement_05_a_redelivered_order_to_send_sends_once(room: Room) -> None:
    world, mother = room.world, await room.join(0)
    preview = await room.preview("プール開き")
    (press,) = await preview.tap("に送る")
    number = (await room.teacher.expect("送りはじめました")).number
    await mother.expect("プール開き")
    world.allowed_calls.append(USED_TOKEN)

    await world.events(press, duplicate=2, redelivery=True)
    await preview.tap("に送る")

    assert (await room.teacher.expect("送りはじめました")).number == number
    assert (await world.deliveries("プール開き"))[mother.user] == 1


async def test_requirement_06_the_earliest_tap_counts_with_the_time_it_was_made(room: Room) -> None:
    world, mother = room.world, await room.join(0)
    sent = await room.send("避難訓練", to=[mother])
    await world.fault("webhook_hold")
    (first,) = await sent.cards[0].tap("確認しました")
    await world.advance(minutes=7)
    await sent.cards[0].tap("確認しました")
    await world.advance(minutes=1)
    await world.fault("webhook_release", order="reverse")
    await mother.expect("受け付けました")
    await mother.expect("受け付けました")

    at = room_time(first["timestamp"])
    await room.teacher.ask(f"/確認済 {sent.number}", room.pupil(0), at[11:16])
    assert (await world.export(sent.number))[room.pupil(0)]["確認日時"] == at


def room_time(milliseconds: int) -> str:
    """An event's time as the table of results shows it."""
    from datetime import datetime

    return f"{datetime.fromtimestamp(milliseconds / 1000, JST):%Y-%m-%d %H:%M:%S}"


async def test_requirement_07_block_and_return_count_by_their_times_not_by_their_arrival(room: Room) -> None:
    world = room.world
    back, gone = await room.join(0), await room.join(1)
    for last in (back.unblock, gone.block):
        phone = back if last == back.unblock else gone
        await world.fault("webhook_hold")
        await phone.block()
        await world.advance(seconds=1)
        await phone.unblock()
        if phone is gone:
            await world.advance(seconds=1)
            await phone.block()
        await world.fault("webhook_release", order="reverse")
        await world.settle()
    await back.expect("おかえりなさい")

    sent = await room.send("避難訓練", to=[back])

    listed = await room.teacher.ask(f"/未確認 {sent.number}", room.pupil(0), room.pupil(1))
    assert listed.text.count("ブロック中") == 2, listed.text  # at her name, and what that means


async def test_requirement_09_in_standby_everything_is_recorded_and_nothing_said(room: Room) -> None:
    world, mother = room.world, await room.join(0)
    sent = await room.send("避難訓練", to=[mother])
    after = await world.last_call()

    tap = {"userId": mother.user, "data": sent.cards[0].data("確認しました"), "mode": "standby"}
    await world.events(tap, {"userId": mother.user, "text": "こんにちは", "mode": "standby"})

    await room.teacher.ask_until(f"/状況 {sent.number}", "確認済み 1")
    replies = await world.calls("/message/reply", after)
    assert {user for call in replies for user in call["delivered_to"]} == {room.teacher.user}


async def test_requirement_10_a_button_opens_nothing_to_whom_it_was_not_sent(room: Room) -> None:
    world, mother = room.world, await room.join(0)
    neighbour = await (await room.school.room()).join(0)
    stranger = await room.school.stranger()
    sent = await room.send("避難訓練", to=[mother])
    data = sent.cards[0].data("確認しました")
    await world.events({"userId": neighbour.user, "data": data})
    await neighbour.expect("あなたあてのお知らせではない")
    await world.events({"userId": stranger.user, "data": data})
    await stranger.expect("まだ登録がお済みでない")

    notice = data.split(":")[2]
    forged = [pack_confirm("ab" * 16, 1, "ok"), pack_confirm(notice, 9, "ok"), pack_confirm(notice, 1, "欠席")]
    for odd in forged:
        await world.events({"userId": mother.user, "data": odd})
        await mother.expect("お知らせのものではありません")
    for odd in ("action=confirm&id=1", "", "k1", "k9:ok:1:2:3", "\x00", "あ" * 10_000):
        await world.events({"userId": mother.user, "data": odd})
        await mother.expect("このボタンは")

    await room.teacher.ask(f"/状況 {sent.number}", "確認済み 0", "全 4")
    bodies = [call["body"] for call in await world.calls("/v2/bot/message/")]
    assert all(len(button) <= LIMIT for body in bodies for button in postbacks(body))


def postbacks(value: object) -> list[str]:
    """What all buttons in a body carry."""
    if isinstance(value, list):
        return [found for inner in value for found in postbacks(inner)]
    if isinstance(value, dict):
        own = [value["data"]] if value.get("type") == "postback" else []
        return own + [found for inner in value.values() for found in postbacks(inner)]
    return []


@pytest.mark.parametrize(
    ("command", "button", "answer"),
    [("終了", "終了する", "受付は終わっています"), ("取り下げ", "取り下げる", "取り下げられました")],
)
async def test_requirement_11_a_tap_that_cannot_count_is_answered_and_logged(
    room: Room, command: str, button: str, answer: str
) -> None:
    mother, father = await room.join(0), await room.join(1)
    sent = await room.send("避難訓練", to=[mother, father])
    await sent.cards[1].tap("確認しました")
    await father.expect("受け付けました")
    await sent.cards[1].tap("確認しました")
    await father.expect("すでに受け付けています")
    await (await room.teacher.ask(f"/{command} {sent.number}", "しますか" if command == "終了" else "ますか")).tap(
        button
    )
    await room.teacher.expect("ました", f"#{sent.number}")

    (late,) = await sent.cards[0].tap("確認しました")
    await mother.expect(answer)

    async with room.world.memory() as memory:
        notice = await memory.notices.by_number(sent.number)
        assert notice
        log = {entry.id: entry.outcome async for entry in memory.acknowledgements.log(notice.id)}
    assert len(log) == 3
    assert log[late["webhookEventId"]] in {"closed", "cancelled"}


async def test_requirement_12_people_are_known_by_the_roster_not_by_what_line_calls_them(room: Room) -> None:
    mother = await room.join(3, 0, nickname="ぽんぽこ")
    father = await room.join(3, 1, nickname="社長")
    sent = await room.send("避難訓練", to=[mother, father])
    await sent.cards[1].tap("確認しました")
    await father.expect("受け付けました", room.pupil(3))

    listed = await room.teacher.ask(f"/確認済 {sent.number}", room.pupil(3), "父")
    assert "社長" not in listed.text
    await sent.cards[0].tap("確認しました")
    await mother.expect("受け付けました")
    await room.teacher.ask(f"/状況 {sent.number}", "確認済み 1", "未確認 3")


async def test_requirement_24_commands_are_for_administrators_in_a_chat_of_their_own(room: Room) -> None:
    world, mother, stranger = room.world, await room.join(0), await room.school.stranger()
    sent = await room.send("避難訓練", to=[mother])
    await sent.cards[0].tap("確認しました")
    await mother.expect("受け付けました")
    for command in ("/状況", "/未確認", "/確認済", "/一覧", "/催促", "/終了", "/お知らせ", "/ヘルプ", "状況"):
        for phone in (mother, stranger):
            answer = await phone.ask(command, NOT_ASKED)
            assert "避難訓練" not in answer.text
            assert answer.buttons == []
    for verb in ("status", "pending", "close-now", "remind"):
        await world.events({"userId": mother.user, "data": f"k1:{verb}:{sent.number}"})
        assert "避難訓練" not in (await mother.expect(NOT_ASKED)).text

    for said in await room.teacher.say("間違えました"):
        await room.teacher.expect("うまく読み取れませんでした")
        await room.teacher.post("unsend", {"messageId": said["message"]["id"]})
    await room.teacher.ask(f"/状況 {sent.number}", "確認済み 1")
    assert all(len(call["body"]["messages"]) <= 5 for call in await world.calls("/message/reply") if call["body"])


async def test_requirement_25_every_call_to_line_is_in_our_log_with_its_request_id(room: Room) -> None:
    world = room.world
    after, start = await world.last_call(), len(world.bot.output)
    mother = await room.join(0)
    await room.send("避難訓練", to=[mother])
    await room.teacher.ask("/一覧", "お知らせ一覧")

    made = [call["request_id"] for call in await world.calls("/line/", after) if call["kind"] == "api"]
    assert len(made) >= 6
    for request_id in made:
        assert await world.bot.line(
            rf"line\.calls? method=\w+ path=\S+ status=\d+ .*request_ids?=\S*{request_id}", start
        )
