"""Messages of every kind and size that we say, for eyes and for limits."""

from __future__ import annotations

from dataclasses import replace

from handlers.buttons import pack, pack_confirm
from handlers.replies import Bar, Button, Emphasis, Message, NoticeCard, Panel, Row, Text
from tests.channels.cards import BUTTON, CARD

LONG_BODY = "\n".join(
    f"{number}. 持ち物は上ばき、ぼうし、水筒です。雨のときは体育館に集まります。" for number in range(1, 60)
)
LINK_BODY = "くわしくは https://www.example.ed.jp/kunren を見てください。\n欠席の連絡は 03-1234-5678 へお願いします。"
CHOICES = ("出席します", "欠席します", "保護者だけが参加します(子どもは欠席します)")


def with_choices(*choices: str) -> NoticeCard:
    """A notice that asks for an answer."""
    buttons = (
        Button(choice, pack_confirm("0193a1b2c3d4", 1, choice), f"「{choice}」と答えます", emphasis=Emphasis.PRIMARY)
        for choice in choices
    )
    return replace(CARD, title="11月の授業参観について", buttons=tuple(buttons))


def status_panel() -> Panel:
    """What /状況 answers."""
    return Panel(
        "#42 11月の避難訓練について",
        ("確認済み 3 · 未確認 2(うち届いていない 1)· 全 5", "締切:11/30(月) 18:00"),
        Bar(3, 5),
        (
            Row("伊藤 みなと", "未確認", "送信ずみ。まだ押されていません"),
            Row("加藤 さくら", "届いていない", "保護者がLINEをブロックしています(11/22 から)"),
            Row("佐々木 エリザベス 花子", "11/22 18:05"),
        ),
        (
            Button("未確認の人を見る", pack("pending", 42), emphasis=Emphasis.PRIMARY),
            Button("まだの人に催促する", pack("remind", 42)),
            Button("結果の表を開く", uri="https://example.com/results/abc", emphasis=Emphasis.LINK),
        ),
    )


def samples() -> list[Message]:
    """One of each."""
    return [
        CARD,
        with_choices(*CHOICES),
        replace(CARD, lead="再送です。行きちがいでしたらご容赦ください。", mark="緊急・要確認", body=LINK_BODY),
        replace(CARD, lead="【見本】", body=LONG_BODY),
        replace(CARD, organization="", about="", sender="", ask="", deadline="", body="", hint=""),
        status_panel(),
        Panel("", ("ただの文です。",)),
        Panel("ボタンだけ", buttons=(BUTTON,)),
        Panel("まだ誰も", bar=Bar(0, 120)),
        Panel("みなさん", bar=Bar(120, 120)),
        Text("受け付けました。ありがとうございます。"),
    ]
