"""A notice is made: four ways in, one preview, and nothing goes out that somebody did not mean."""

from __future__ import annotations

import pytest

from tests.acceptance.phones import Bubble
from tests.acceptance.school import FAMILIES, ROOMS, Room

pytestmark = pytest.mark.asyncio(loop_scope="session")

BODY = "保護者各位\n下記のとおり避難訓練を行います。\n当日は上ばきを持たせてください。"


async def paste(room: Room) -> None:
    """The letter as it is; the bot asks for the rest."""
    await room.teacher.say(f"避難訓練について\n\n{BODY}")
    await (await room.teacher.expect("お知らせとして送りますか", "避難訓練について")).tap("お知らせにする")
    await room.teacher.expect("だれに送りますか")
    await room.teacher.say(room.name)
    await room.teacher.expect("いつまでに")
    await room.teacher.say("11/30 18時")


async def go_step_by_step(room: Room) -> None:
    """Command first, the text in two messages."""
    await room.teacher.ask("/お知らせ", "お知らせの文章を送ってください")
    await room.teacher.ask("避難訓練について", "受け取りました")
    more = await room.teacher.ask(BODY, "受け取りました")
    await more.tap("本文はここまで")
    await room.teacher.expect("だれに送りますか")
    await room.teacher.ask(room.name, "いつまでに")
    await room.teacher.say("11月30日 午後6時")


async def write_heads(room: Room) -> None:
    """As in a mail."""
    await room.teacher.say(f"お知らせ\n宛先:{room.name}\n〆切 11/30 18時\n件名=避難訓練について\n\n{BODY}")


async def write_one_line(room: Room) -> None:
    """Everything behind the command."""
    await room.teacher.say(f"／お知らせ {room.name} 締切=11/30 18時\n避難訓練について\n{BODY}")


@pytest.mark.parametrize("way", [paste, go_step_by_step, write_heads, write_one_line])
async def test_four_ways_lead_to_the_same_preview_and_the_same_card(room: Room, way: object) -> None:
    assert callable(way)
    mother = await room.join(0)
    await way(room)

    sample = await room.teacher.expect("【見本】", "避難訓練について", "上ばき")
    preview = await room.teacher.expect("送る前の確認", room.name, "締切:11/30(月) 18:00", "対象 4人")
    assert [label for label in preview.buttons if "送" in label] == [
        f"{room.name} 4人に送る",
        "自分に試し送り",
        "送る時刻を決める",
    ]
    await preview.tap("に送る")
    await room.teacher.expect("送りはじめました")
    card = await mother.expect("要確認", "避難訓練について", "保護者各位", "上ばき", "締切:11/30(月) 18:00")
    assert card.text in sample.text


async def test_everyone_is_asked_about_twice(room: Room) -> None:
    await room.join(0)
    teacher = room.teacher
    await teacher.ask(f"/お知らせ\n\n避難訓練について\n\n{BODY}", "だれに送りますか")
    everyone = ROOMS * len(FAMILIES)
    sure = await teacher.ask("全員", f"全員({everyone}人", "よろしいですか")
    await sure.tap("はい、全員")
    await (await teacher.expect("いつまでに")).tap("締切なし")
    await teacher.expect("【見本】")
    preview = await teacher.expect("送る前の確認", "宛先:全員")
    assert f"全員 {everyone}人に送る" in preview.buttons
    await preview.tap("取り消す")
    await teacher.expect("下書きを取り消しました", "だれにも送っていません")


async def test_only_the_newest_preview_sends_and_only_for_half_an_hour(room: Room) -> None:
    mother, teacher = await room.join(0), room.teacher
    old = await room.preview("一通目")
    await old.tap("直す")
    await (await teacher.expect("どこを直しますか")).tap("題を直す")
    await teacher.expect("題はどれにしますか")
    await teacher.ask("二通目", "【見本】", "二通目")
    new = await teacher.expect("送る前の確認")

    await old.tap("に送る")
    await (await teacher.expect("この下書きは古くなりました")).tap("最新の下書きを見る")
    await teacher.expect("【見本】", "二通目")
    newest = await teacher.expect("送る前の確認")
    await new.tap("に送る")
    await teacher.expect("この下書きは古くなりました")
    await room.world.advance(minutes=31)
    await newest.tap("に送る")
    late = await teacher.expect("この下書きは古くなりました")

    await late.tap("最新の下書きを見る")
    await teacher.expect("【見本】", "二通目")
    await (await teacher.expect("送る前の確認")).tap("に送る")
    await teacher.expect("送りはじめました", "二通目")
    await mother.expect("要確認", "二通目")
    await old.tap("に送る")
    await teacher.expect("送りはじめました")
    assert (await room.world.deliveries("二通目"))[mother.user] == 1


async def test_a_second_press_sends_nothing_more(room: Room) -> None:
    mother = await room.join(0)
    preview = await room.preview("一度だけ")
    await preview.tap("に送る", times=3)

    answers = [await room.teacher.expect("送りはじめました", "一度だけ") for _ in range(3)]
    assert len({answer.number for answer in answers}) == 1
    await mother.expect("一度だけ")
    assert (await room.world.deliveries("一度だけ"))[mother.user] == 1


async def test_a_typed_order_that_comes_twice_makes_one_draft_and_one_notice(room: Room) -> None:
    mother, world = await room.join(0), room.world
    world.allowed_calls.append("reply 400 .*Invalid reply token")
    typed = await room.teacher.say(f"お知らせ\n宛先:{room.name}\n締切:なし\n件名:二度届く\n\n{BODY}")
    await room.teacher.expect("【見本】")
    preview = await room.teacher.expect("送る前の確認")
    await world.events(*typed, redelivery=True)
    press = await preview.tap("に送る")
    await world.events(*press, *typed, redelivery=True, duplicate=1)

    await room.teacher.expect("送りはじめました")
    await mother.expect("要確認", "二度届く")
    await room.teacher.ask("/状況", "二度届く")
    assert (await world.deliveries("二度届く"))[mother.user] == 1


async def test_a_sample_goes_to_nobody_but_the_sender_and_counts_for_nothing(room: Room) -> None:
    await room.join(0)
    preview = await room.preview("試し")
    await preview.tap("自分に試し送り")
    sample = await room.teacher.expect("【試し送り】", "試し")
    await room.teacher.expect("試し送りをしました", "ほかの人には届いていません")
    await sample.tap("確認しました")
    await room.teacher.expect("見本のボタン")


async def test_a_letter_pasted_by_mistake_is_put_away(room: Room) -> None:
    offer = await room.teacher.ask("買い物メモ\n・牛乳\n・卵", "お知らせとして送りますか")
    await offer.tap("送りません")
    await room.teacher.expect("取り消しました")


async def answers(room: Room, *choices: str) -> tuple[Bubble, int]:
    """A notice with these answers, on the mother's screen; and its number."""
    mother = await room.join(0)
    sent = await room.send("懇談会の出欠", f"回答:{'、'.join(choices)}", "締切:11/30 18時", to=[mother])
    return sent.cards[0], sent.number


async def test_an_answer_is_given_and_changed(room: Room) -> None:
    card, number = await answers(room, "出席", "欠席")
    mother = card.chat
    assert card.buttons == ["出席", "欠席"]
    await card.tap("出席")
    await mother.expect("「出席」で受け付けました")
    await card.tap("出席")
    await mother.expect("「出席」ですでに受け付けています")
    await room.teacher.ask(f"/状況 {number}", "出席\n1人", "欠席\n0人")
    await card.tap("欠席")
    await mother.expect("いまのお返事は「欠席」です")
    await room.teacher.ask(f"/状況 {number}", "確認済み 1", "出席\n0人", "欠席\n1人")
    await room.teacher.ask(f"/確認済 {number}", room.pupil(0), "欠席")
    assert (await room.world.export(number))[room.pupil(0)]["回答"] == "欠席"


async def test_after_the_deadline_a_tap_counts_and_is_marked_late(room: Room) -> None:
    mother, father = await room.join(0), await room.join(1)
    now = await room.world.now()
    sent = await room.send("回収します", f"締切:{now.month}/{now.day} {now.hour + 1}時", to=[mother, father])
    await sent.cards[0].tap("確認しました")
    await mother.expect("受け付けました")
    await room.world.advance(hours=1)
    await sent.cards[1].tap("確認しました")
    await father.expect("受け付けました", "締切を過ぎていますが")

    await room.world.advance(minutes=2)
    await room.teacher.expect("締切になりました", f"#{sent.number} 回収します", room.pupil(2), "未登録")
    listed = await room.teacher.ask(f"/確認済 {sent.number}", room.pupil(0), room.pupil(1))
    assert listed.text.count("期限後") == 1
    await room.teacher.ask(f"/状況 {sent.number}", "過ぎました")
    table = await room.world.export(sent.number)
    assert [table[room.pupil(seat)]["期限"] for seat in (0, 1)] == ["", "期限後"]
