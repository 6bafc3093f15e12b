"""A notice as a school would send it."""

from __future__ import annotations

from handlers.buttons import pack_confirm
from handlers.replies import Button, Emphasis, NoticeCard

BUTTON = Button("確認しました", pack_confirm("0193a1b2c3d4", 1, "ok"), "確認しました", emphasis=Emphasis.PRIMARY)
CARD = NoticeCard(
    organization="みどり小学校",
    mark="要確認",
    title="11月の避難訓練について",
    body="11月30日(月)の3時間目に避難訓練を行います。\n上ばきのまま校庭に出ます。\n雨のときは体育館です。",
    about="対象:1年A組",
    sender="発信:佐藤(教頭)",
    deadline="締切:11/30(月) 18:00",
    ask="お問い合わせ:みどり小学校 職員室",
    buttons=(BUTTON,),
    hint="押すと、確認したことが先生に伝わります。「受け付けました」が届かないときは、もう一度押してください。",
    headline="【要確認・11/30まで】",
)
