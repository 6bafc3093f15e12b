"""The whole job, as the people in it see it."""

from __future__ import annotations

from tests.acceptance.world import LETTER, World

HEADS = ["code", "name", "kana", "groups", "guardian1", "relationship1"]
ROWS = [
    ["101", "青木 はな", "アオキ ハナ", "1年A組", "青木 恵", "母"],
    ["102", "井上 空", "イノウエ ソラ", "1年A組", "井上 誠", "父"],
    ["103", "上田 光", "ウエダ ヒカル", "1年A組", "上田 愛", "母"],
]


async def test_notice_is_sent_confirmed_and_chased(world: World) -> None:
    codes = await world.register(ROWS, heads=HEADS)
    await world.serve()
    teacher = await world.phone("田中先生", 1, "管理者", friend=True)
    mother = await world.phone("青木さん", 11)
    await mother.join(codes["青木 恵"])
    father = await world.phone("井上さん", 12)
    await father.join(codes["井上 誠"])

    await teacher.say(LETTER)
    await (await teacher.expect("お知らせとして送りますか")).tap("お知らせにする")
    await (await teacher.expect("宛先")).tap("1年A組")
    await (await teacher.expect("締切")).tap("締切なし")
    await teacher.expect("【見本】", "避難訓練について")
    preview = await teacher.expect("3人")
    await preview.tap("に送る")
    await teacher.expect("#1")

    card = await mother.expect("避難訓練について", "上ばき")
    assert card.via == "multicast"
    await card.tap("確認しました")
    await mother.expect("受け付けました")
    await father.expect("避難訓練について")

    await teacher.say("/状況")
    await teacher.expect("確認済み 1", "全 3")
    await teacher.say("未確認")
    await teacher.expect("井上 空", "上田 光")

    await teacher.say("/催促")
    await (await teacher.expect("1通")).tap("もう一度送る")
    await teacher.expect("1人にもう一度送ります")
    again = await father.expect("再送です", "避難訓練について")
    assert again.via == "push"
    await again.tap("確認しました")
    await father.expect("受け付けました")
