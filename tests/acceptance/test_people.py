"""How people come, say who they are, ask, and leave."""

from __future__ import annotations

import pytest

from tests.acceptance.school import Room, School

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_code_is_read_however_it_is_written(room: Room) -> None:
    wide = str.maketrans("0123456789", "０１２３４５６７８９")
    for seat, form in enumerate(("{0}{1}", "登録　{0}{1}", "{0}-{1} ", "とうろく {0}－{1}")):
        phone = await room.school.stranger(friend=False)
        await phone.add()
        await phone.expect("友だち追加ありがとうございます", "8けたの数字")
        digits = "".join(c for c in room.code(seat) if c.isdigit())
        typed = form.format(digits[:4], digits[4:])
        question = await phone.ask(
            typed.translate(wide) if seat == 1 else typed, f"{room.pupil(seat)}さんの母", "まちがいありませんか"
        )
        await question.tap("はい")
        await phone.expect("登録しました", room.pupil(seat))


async def test_a_code_serves_one_person_once(room: Room) -> None:
    mother, other = await room.join(0), await room.school.stranger()
    await mother.ask(room.code(0), "すでに登録がすんでいます")
    await other.ask(room.code(0), "すでに使われています")
    question = await other.ask(f"登録 {room.code(1)}", "まちがいありませんか")
    await question.tap("ちがいます")
    await other.expect("登録しませんでした", "03-1234-5678")
    await question.tap("はい")
    await other.expect("登録しました")


async def test_five_wrong_codes_mean_an_hour_without_any(room: Room) -> None:
    phone = await room.school.stranger()
    for left in (4, 3, 2, 1):
        await phone.ask(f"登録 9999000{left}", "見つかりませんでした", f"あと{left}回")
    await phone.ask("登録 99990000", "お休み")
    await phone.ask(f"登録 {room.code(0)}", "お休みしています")
    await room.world.advance(minutes=58)
    await phone.ask(f"登録 {room.code(0)}", "お休みしています")
    await room.world.advance(minutes=2)
    await phone.register(room.code(0))


async def test_a_mother_of_two_gets_one_card_and_taps_once_for_both(room: Room) -> None:
    mother = await room.join(0)
    await mother.register(room.code(1))
    after = await room.world.last_call()
    sent = await room.send("きょうだいの手紙", to=[mother])
    assert "送る相手 1人=1通" in sent.preview.text

    await sent.cards[0].tap("確認しました")

    await mother.expect("受け付けました", room.pupil(0), room.pupil(1))
    await room.teacher.ask(f"/状況 {sent.number}", "確認済み 2", "未確認 2")
    (card,) = await room.world.calls("/push", after)
    assert card["body"]["to"] == mother.user


async def test_who_registers_while_a_notice_is_open_gets_it_at_once_and_for_nothing(room: Room) -> None:
    first = await room.join(0)
    sent = await room.send("開いている手紙", to=[first])
    late = await room.school.stranger()
    await late.ask("こんにちは", "登録がまだの方は")
    await late.register(room.code(1))
    await late.expect("まだ確認がすんでいないお知らせが1件")
    card = await late.expect("要確認", "開いている手紙")
    assert card.via == "reply"
    await card.tap("確認しました")
    await late.expect("受け付けました", room.pupil(1))
    await room.teacher.ask(f"/状況 {sent.number}", "確認済み 1")


async def test_a_stranger_who_taps_learns_how_to_register(room: Room) -> None:
    mother, stranger = await room.join(0), await room.school.stranger()
    sent = await room.send("避難訓練", to=[mother])
    await room.world.events({"userId": stranger.user, "data": sent.cards[0].data("確認しました")})
    await stranger.expect("まだ登録がお済みでない", "登録コード")


async def test_whatever_a_guardian_writes_is_answered(room: Room) -> None:
    mother = await room.join(0)
    await mother.ask("明日は休みます", "みどり小学校", "届きません", "03-1234-5678", "「確認しました」のボタン")
    for kind in ("sticker", "image"):
        await mother.post(kind)
        await mother.expect("ここに書いても")
    await mother.ask("登録", "8けたの数字")


async def test_a_group_is_told_why_and_left(room: Room) -> None:
    mother = await room.join(0)
    group = await room.world.group("1組のあつまり", room.teacher, mother)
    await group.invite()
    await group.expect("グループでは使えません", "https://line.me/R/ti/p/", "退出します")
    await room.world.called(f"/group/{group.user}/leave")
    assert not (await room.world.sim("GET", f"line/groups/{group.user}"))["bot_in"]
    await group.say(room.teacher, "/未確認")
    await group.say(mother, "こんにちは")
    await group.expect_nothing()


async def test_an_invitation_makes_an_administrator_once(school: School) -> None:
    printed = await school.world.run("admin", "invite", "--name", "新しい先生")
    code = next(line.partition(":")[2].strip() for line in printed.splitlines() if "登録コード" in line)
    colleague, other = await school.stranger("新しい先生"), await school.stranger()
    await colleague.ask("/一覧", "ここに書いても")
    await colleague.ask(code, "管理者として登録しました")
    await colleague.ask("/ヘルプ", "できること")
    await other.ask(code, "すでに使われています")
    await other.ask("/ヘルプ", "ここに書いても")
