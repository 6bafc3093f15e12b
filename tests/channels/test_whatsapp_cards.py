"""A notice as WhatsApp takes it: within its limits whatever is written, and readable before it can be confirmed."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.cutting import utf16_length
from bot.channels.whatsapp import cards, limits
from bot.channels.whatsapp.rendering import render
from handlers.buttons import pack, pack_confirm
from handlers.errors import TooLongError
from handlers.replies import Bar, Button, NoticeCard, Panel, Row, Text, reply
from handlers.wording import Words
from tests.channels.cards import CARD

WORDS = Words("ja", ZoneInfo("Asia/Tokyo"))
NAME = "kakunin_notice"
texts = st.text(max_size=1500)


def answers(*labels: str) -> tuple[Button, ...]:
    """Buttons of a notice with choices."""
    return tuple(Button(label, pack_confirm("0193a1b2c3d4", 1, label)) for label in labels)


def test_card_that_fits_goes_whole_with_its_own_button() -> None:
    template = cards.template(CARD, NAME, WORDS)

    assert template.name == NAME
    assert template.button == CARD.buttons[0]
    organization, title, text, facts = template.parameters
    assert (organization, title) == ("みどり小学校", "【要確認・11/30まで】11月の避難訓練について")
    assert text == "11月30日(月)の3時間目に避難訓練を行います。／上ばきのまま校庭に出ます。／雨のときは体育館です。"
    assert facts == "対象:1年A組／発信:佐藤(教頭)／締切:11/30(月) 18:00／お問い合わせ:みどり小学校 職員室"
    component = template.message()["template"]["components"][1]
    assert component["parameters"] == [{"type": "payload", "payload": CARD.buttons[0].data}]
    assert (component["sub_type"], component["index"]) == ("quick_reply", "0")


@pytest.mark.parametrize("card", [replace(CARD, body="長い。" * 500), replace(CARD, buttons=answers("出席", "欠席"))])
def test_what_the_template_cannot_show_or_ask_goes_with_a_button_to_read_on(card: NoticeCard) -> None:
    template = cards.template(card, NAME, WORDS)

    assert template.name == f"{NAME}_read"
    assert template.button.data == pack("read", "0193a1b2c3d4", 1)
    assert utf16_length(template.text) <= limits.BODY


@given(texts, st.text(max_size=40).filter(lambda t: utf16_length(t) <= 80), texts)
def test_no_parameter_holds_what_meta_refuses_and_the_whole_fits(body: str, title: str, about: str) -> None:
    template = cards.template(replace(CARD, body=body, title=title, about=about[:60]), NAME, WORDS)

    assert utf16_length(template.text) <= limits.BODY
    for parameter in template.parameters:
        assert parameter.strip()
        assert not set(parameter) & set("\n\r\t\v\f\u2028\u2029")
        assert "     " not in parameter


@given(texts)
def test_nobody_can_confirm_what_she_could_not_read(body: str) -> None:
    """Wherever 「確認しました」 is, every character of the text is in the same message."""
    card = replace(CARD, body=body)
    template, message = cards.template(card, NAME, WORDS), cards.interactive(card, WORDS)

    if template.button == CARD.buttons[0]:
        kept = [c for c in body if c.isprintable() and not c.isspace()]
        assert set(kept) <= set(template.parameters[2])
    (button,) = message["interactive"]["action"]["buttons"]
    if button["reply"]["id"] == CARD.buttons[0].data:
        assert body.strip() in message["interactive"]["body"]["text"]
    assert utf16_length(message["interactive"]["body"]["text"]) <= limits.BODY


def test_full_text_comes_whole_with_the_button_last() -> None:
    card = replace(CARD, body="\n".join(f"{n}行目です。" for n in range(1500)))
    *pieces, last = render(reply(card), WORDS)

    whole = "".join(piece["text"]["body"] for piece in pieces)
    assert card.body in whole
    assert all(utf16_length(piece["text"]["body"]) <= limits.TEXT for piece in pieces)
    assert last["interactive"]["action"]["buttons"][0]["reply"]["id"] == CARD.buttons[0].data


@pytest.mark.parametrize("card", [replace(CARD, title="あ" * 81), replace(CARD, body="あ" * 18_001)])
def test_text_beyond_all_channels_is_refused_with_a_sentence(card: NoticeCard) -> None:
    with pytest.raises(TooLongError):
        cards.template(card, NAME, WORDS)


def _kinds(count: int, label: str = "選ぶ") -> list[str]:
    buttons = tuple(Button(f"{label}{n}", pack("x", n)) for n in range(count))
    rendered = render(reply(Panel("題", ("文",), buttons=buttons)), WORDS)
    return [message["interactive"]["type"] for message in rendered]


@pytest.mark.parametrize(
    ("count", "kinds"), [(1, ["button"]), (3, ["button"]), (4, ["list"]), (10, ["list"]), (11, ["list", "list"])]
)
def test_buttons_become_reply_buttons_or_lists(count: int, kinds: list[str]) -> None:
    assert _kinds(count) == kinds


def test_long_label_stands_whole_below_its_row() -> None:
    label = "足りないまま1年A組 32人に送ってみることにする"
    (message,) = render(reply(Panel("題", buttons=(Button(label, pack("x")),))), WORDS)

    (row,) = message["interactive"]["action"]["sections"][0]["rows"]
    assert utf16_length(row["title"]) <= limits.ROW_TITLE
    assert row["description"] == label


def test_panel_says_everything_that_line_shows() -> None:
    panel = Panel("状況", ("確認済み 3",), Bar(3, 5), (Row("山田 花子", "未登録", "母"),))
    (message,) = render(reply(panel), WORDS)
    assert message["text"]["body"] == "*状況*\n確認済み 3\n3 / 5 (60%)\n・山田 花子 未登録 (母)"


def test_long_words_are_cut_into_messages_and_lose_nothing() -> None:
    text = "あ" * 9000
    rendered = render(reply(Text(text)), WORDS)
    assert "".join(m["text"]["body"] for m in rendered) == text
    long = Panel("題", (text,), buttons=(Button("次", pack("x")),))
    *pieces, last = render(reply(long), WORDS)
    assert text in "".join(m["text"]["body"] for m in pieces)
    assert last["type"] == "interactive"


def test_preview_shows_what_arrives_and_what_comes_after_the_tap() -> None:
    (shown,) = cards.sample(CARD, NAME, WORDS)
    assert isinstance(shown, Panel)
    assert shown.paragraphs == (cards.template(CARD, NAME, WORDS).text,)
    long = replace(CARD, body="長い。" * 500)
    first, second = cards.sample(long, NAME, WORDS)
    assert isinstance(first, Panel)
    assert [button.label for button in first.buttons] == ["本文を読む"]
    assert second == long
