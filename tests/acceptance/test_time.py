"""Time, as the people in it see it: ordered in the morning, sent at noon, reminded the evening before the deadline."""

from __future__ import annotations

from tests.acceptance.test_chat import HEADS, ROWS
from tests.acceptance.world import World

LETTER = """お知らせ
宛先:1年A組
送信:11/25 12時
締切:11/27 18時
件名:避難訓練

当日は上ばきを持たせてください。"""


async def test_notice_is_scheduled_and_reminds_by_itself(world: World) -> None:
    codes = await world.register(ROWS, heads=HEADS)
    await world.serve()
    teacher = await world.phone("田中先生", 1, "管理者", friend=True)
    mother = await world.phone("青木さん", 11)
    await mother.join(codes["青木 恵"])
    father = await world.phone("井上さん", 12)
    await father.join(codes["井上 誠"])

    await teacher.say(LETTER)
    await teacher.expect("【見本】", "避難訓練")
    preview = await teacher.expect("11/25(水) 12:00 に送ります", "自動催促:11/26 18:00、11/27 7:30")
    await preview.tap("へ送る")
    await teacher.expect("#1", "11/25(水) 12:00 に送ります")
    await teacher.say("/状況")
    await teacher.expect("11/25 12:00 に送信予定")

    await world.restart()
    await world.advance(hours=2)
    await (await mother.expect("避難訓練", "上ばき")).tap("確認しました")
    await mother.expect("受け付けました")
    await father.expect("避難訓練")
    await father.say("わかりました")
    await father.expect("届きません")
    await father.expect("まだ確認がすんでいないお知らせが1件")
    await father.expect("避難訓練")

    await world.advance(hours=30)
    again = await father.expect("再送です", "避難訓練", "上ばき")
    await again.tap("確認しました")
    await father.expect("受け付けました")
    await world.advance(hours=14)
    await teacher.say("/状況")
    await teacher.expect("確認済み 2", "催促:1回")
