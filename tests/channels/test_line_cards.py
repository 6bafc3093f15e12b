"""What people see: the notice reads well, whole and alike on a small telephone, a computer and a screen reader."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import orjson
import pytest
from linebot.v3.messaging import FlexMessage, TextMessage

from bot.channels.line import LineChannel, limits, proof
from bot.channels.line.cards import card_messages
from bot.channels.line.panels import panel_message
from bot.channels.line.rendering import render
from handlers.replies import Bar, Button, Emphasis, Leave, Message, NoticeCard, Panel, Row, Text, reply
from handlers.wording import Words
from tests.channels.cards import BUTTON, CARD
from tests.channels.samples import CHOICES, LINK_BODY, LONG_BODY, samples, status_panel, with_choices

SAMPLES = [pytest.param(sample, id=f"{number} {type(sample).__name__}") for number, sample in enumerate(samples())]


def _parts(value: Any) -> Iterator[dict[str, Any]]:
    """Every component of a message, in reading order."""
    if isinstance(value, dict):
        yield value
        for part in value.values():
            yield from _parts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _parts(part)


def _texts(message: dict[str, Any]) -> list[str]:
    return [part["text"] for part in _parts(message.get("contents", message)) if part.get("type") == "text"]


def _buttons(message: dict[str, Any]) -> list[dict[str, Any]]:
    return [part for part in _parts(message) if part.get("type") == "button"]


def test_card_says_who_what_whom_when_and_whom_to_ask_in_this_order(words: Words) -> None:
    (message,) = card_messages(replace(CARD, lead="再送です。"), words)
    assert _texts(message) == [
        "再送です。", CARD.organization, CARD.mark, CARD.title, CARD.about, CARD.sender, CARD.body, CARD.deadline,
        CARD.ask, CARD.hint,
    ]  # fmt: skip


def test_button_stands_in_the_message_itself_and_says_what_it_does(words: Words) -> None:
    (message,) = card_messages(CARD, words)
    (button,) = _buttons(message)
    assert (button["style"], button["height"]) == ("primary", "md")
    assert button["action"] == {
        "type": "postback",
        "label": "確認しました",
        "data": BUTTON.data,
        "displayText": "確認しました",
    }
    assert "quickReply" not in message


def test_several_answers_stand_one_under_another(words: Words) -> None:
    (message,) = card_messages(with_choices(*CHOICES), words)
    footer = message["contents"]["footer"]
    assert footer["layout"] == "vertical"
    assert [part["action"]["label"] for part in footer["contents"] if part["type"] == "button"] == list(CHOICES)
    assert _buttons(message)[1]["action"]["displayText"] == f"「{CHOICES[1]}」と答えます"


def test_button_without_an_echo_shows_its_label(words: Words) -> None:
    (message,) = card_messages(replace(CARD, buttons=(Button("はい", "k1:x"),)), words)
    assert _buttons(message)[0]["action"]["displayText"] == "はい"


def test_whole_notice_is_in_the_alternative_text(words: Words) -> None:
    (message,) = card_messages(replace(CARD, lead="再送です。"), words)
    alternative = message["altText"]
    assert alternative.startswith("【要確認・11/30まで】11月の避難訓練について\n再送です。\n11月30日(月)")
    for part in (CARD.body, CARD.deadline, CARD.ask, CARD.about, CARD.sender, CARD.organization):
        assert part in alternative


@pytest.mark.parametrize("sample", SAMPLES)
def test_letters_follow_the_readers_size_and_never_end_in_dots(sample: Message, words: Words) -> None:
    for message in render(reply(sample), words):
        for part in _parts(message.get("contents", {})):
            if part.get("type") == "text":
                assert part["scaling"] is True
                assert part["wrap"] is True
                assert part["text"].strip()
            if part.get("type") == "button":
                assert part["scaling"] is True


@pytest.mark.parametrize("sample", SAMPLES)
def test_sdk_knows_every_part_of_what_we_say(sample: Message, words: Words) -> None:
    for message in render(reply(sample), words):
        model = FlexMessage if message["type"] == "flex" else TextMessage
        assert model.from_dict(message).to_dict() == message


@pytest.mark.parametrize("sample", SAMPLES)
def test_colours_stand_out_from_each_other(sample: Message, words: Words) -> None:
    for message in render(reply(sample), words):
        for part in _parts(message.get("contents", {})):
            if part.get("type") == "text":
                assert _contrast(part["color"], "#FFFFFF") >= 4.5
            if part.get("type") == "button":
                letters = {"primary": "#FFFFFF", "secondary": "#111111", "link": part["color"]}[part["style"]]
                ground = "#FFFFFF" if part["style"] == "link" else part["color"]
                assert _contrast(letters, ground) >= 4.5


def _contrast(one: str, other: str) -> float:
    """Contrast ratio as WCAG 2 defines it."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: str) -> float:
    shares = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (s / 12.92 if s <= 0.03928 else ((s + 0.055) / 1.055) ** 2.4 for s in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize(
    ("body", "is_long"),
    [
        ("短い本文です。", False),
        ("あ" * 600, False),
        ("あ" * 601, True),
        ("\n".join("あ" * 12), False),
        ("\n".join("あ" * 13), True),
        ("くわしくは http://example.com で", True),
        ("くわしくは HTTPS://EXAMPLE.COM で", True),
        ("tel:0312345678", True),
        ("mailto:a@example.com", True),
        ("宛先は school@example.ed.jp です", True),
        ("電話 03-1234-5678", True),
        ("携帯090-1234-5678へ", True),
        ("連絡はtel:0312345678へ", True),
        ("番号 10-1234-5678", False),
        ("11/30 18:00-19:00、2026-11-30", False),
        ("", False),
    ],
)
def test_long_text_and_addresses_go_before_the_card_as_plain_text(body: str, is_long: bool, words: Words) -> None:
    *before, card = card_messages(replace(CARD, body=body), words)
    assert card["type"] == "flex"
    assert [message["type"] for message in before] == ["text"] * is_long
    assert (words("full-text-above") in _texts(card)) is is_long
    if is_long:
        assert before[0]["text"] == f"{CARD.headline}{CARD.title}\n\n{body}"
    elif body:
        assert body in _texts(card)


def test_long_text_is_whole_in_one_call_with_its_card(words: Words) -> None:
    body = "\n".join(f"{number}行目の文です。" for number in range(1_580))
    *before, card = card_messages(replace(CARD, body=body, lead="再送です。"), words)
    assert len(before) == 4
    assert "".join(message["text"] for message in before) == f"再送です。\n{CARD.headline}{CARD.title}\n\n{body}"
    start = next(text for text in _texts(card) if text.startswith("0行目"))
    assert len(start) < 200
    assert start.endswith("…")
    assert card["altText"].startswith(CARD.headline)


def test_start_of_a_text_that_is_short_has_no_dots(words: Words) -> None:
    _, card = card_messages(replace(CARD, body=LINK_BODY), words)
    assert LINK_BODY in _texts(card)


def test_preview_of_a_long_text_leaves_room_for_its_buttons(words: Words) -> None:
    body = "あ" * 18_000
    messages = render(reply(Text("見本です"), replace(CARD, body=body, lead="【見本】"), status_panel()), words)
    assert [message["type"] for message in messages] == ["text", "text", "text", "flex", "flex"]
    assert messages[2]["text"].endswith("…\n" + words("sample-ends-here"))
    assert all(limits.utf16_length(message["text"]) <= 5_000 for message in messages[:3])


def test_preview_without_any_room_is_the_card_alone(words: Words) -> None:
    others = (Text("1"), Text("2"), Text("3"), Text("4"))
    *_, card = render(reply(*others, replace(CARD, body=LONG_BODY)), words)
    assert words("sample-ends-here") in _texts(card)


def test_lines_that_are_missing_leave_no_gap(words: Words) -> None:
    bare = replace(CARD, organization="", about="", sender="", ask="", deadline="", body=" \n", hint="", buttons=())
    (message,) = card_messages(bare, words)
    assert _texts(message) == [CARD.mark, CARD.title]
    assert "footer" not in message["contents"]
    assert not [part for part in _parts(message) if part.get("type") == "separator"]


def test_prepared_bytes_are_the_messages(channel: LineChannel, words: Words) -> None:
    card = replace(CARD, body=LONG_BODY)
    assert orjson.loads(channel.prepare(card)) == card_messages(card, words)
    assert "確認しました".encode() in channel.prepare(card)


def test_prepared_words_are_what_a_reply_would_show(channel: LineChannel, words: Words) -> None:
    said = reply(Text("お知らせの報告です"), status_panel())
    assert orjson.loads(channel.prepare_reply(said)) == render(said, words)


def test_panel_says_everything_in_figures_and_words() -> None:
    message = panel_message(status_panel())
    alternative = message["altText"]
    assert "3 / 5 (60%)" in _texts(message)
    assert alternative.startswith("#42 11月の避難訓練について\n確認済み 3")
    for part in ("3 / 5 (60%)", "加藤 さくら 届いていない (保護者がLINEを", "［未確認の人を見る］"):
        assert part in alternative


@pytest.mark.parametrize(
    ("bar", "shares", "figures"),
    [
        (Bar(3, 5), [60, 40], "3 / 5 (60%)"),
        (Bar(0, 5), [100], "0 / 5 (0%)"),
        (Bar(5, 5), [100], "5 / 5 (100%)"),
        (Bar(0, 0), [100], "0 / 0 (0%)"),
        (Bar(1, 100_000), [1, 99], "1 / 100,000 (1%)"),
        (Bar(99_999, 100_000), [99, 1], "99,999 / 100,000 (99%)"),
    ],
)
def test_bar_is_never_full_or_empty_too_early(bar: Bar, shares: list[int], figures: str) -> None:
    message = panel_message(Panel("状況", bar=bar))
    assert [part["flex"] for part in _parts(message) if part.get("type") == "box" and "flex" in part] == shares
    assert figures in _texts(message)


def test_rows_may_lack_a_side() -> None:
    message = panel_message(Panel("名簿", rows=(Row("左"), Row("", "右"), Row("", "", "注"), Row("左", "右", "注"))))
    assert _texts(message) == ["名簿", "左", "右", "注", "左", "右", "注"]


def test_panel_button_opens_an_address() -> None:
    message = panel_message(Panel("題", buttons=(Button("開く", uri="https://example.com/r", emphasis=Emphasis.LINK),)))
    assert _buttons(message)[0]["action"] == {"type": "uri", "label": "開く", "uri": "https://example.com/r"}


def test_panel_with_nothing_in_it_is_a_fault_of_ours() -> None:
    with pytest.raises(ValueError, match="something in it"):
        panel_message(Panel(""))


def test_leaving_a_group_is_no_message(words: Words) -> None:
    assert render(reply(Text("ここでは使えません"), Leave("C1")), words) == [
        {"type": "text", "text": "ここでは使えません"}
    ]


def test_misspelt_part_does_not_pass_the_proof(words: Words) -> None:
    (message,) = card_messages(CARD, words)
    proof.prove([message])
    message["contents"]["body"]["contents"][0]["wrapp"] = True
    with pytest.raises(ValueError, match="does not know"):
        proof.prove([message])


def test_proof_is_made_once_for_each_kind(words: Words, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proof, "_proven", set())
    made: list[Any] = []

    class Counted(FlexMessage):  # type: ignore[misc]
        @classmethod
        def from_dict(cls, value: dict[str, Any]) -> Any:
            made.append(value)
            return FlexMessage.from_dict(value)

    monkeypatch.setitem(proof._MODELS, "flex", Counted)
    for number in range(5):
        proof.prove(card_messages(replace(CARD, title=f"お知らせ {number}", body="文" * (number + 1)), words))
    assert len(made) == 1
    proof.prove(card_messages(with_choices(*CHOICES), words))
    assert len(made) == 2


def test_no_word_of_a_card_is_lost_however_it_is_shown(words: Words) -> None:
    for sample in samples():
        if isinstance(sample, NoticeCard):
            shown = "\n".join(text for message in render(reply(sample), words) for text in _texts(message))
            for sentence in filter(None, re.split(r"\n", sample.body.strip())):
                assert sentence in shown
