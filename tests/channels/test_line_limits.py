"""LINE's limits, counted as LINE counts and told in words that a volunteer understands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from zoneinfo import ZoneInfo

import orjson
import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.line import LineChannel, limits
from bot.channels.line.cards import card_messages
from bot.channels.line.panels import panel_message
from bot.channels.line.rendering import render
from handlers.errors import TooLongError
from handlers.replies import Button, NoticeCard, Panel, Row, Text, reply
from handlers.wording import LOCALES, Words
from tests.channels.cards import BUTTON, CARD

FAMILY = "👨‍👩‍👧‍👦"
FLAG = "🇯🇵"
GA = "か\u3099"  # が in two code points
WRITTEN = st.lists(st.sampled_from(["あ", "a", "👍", FAMILY, FLAG, GA, "\n", "\r\n", " "]), max_size=80).map("".join)


@pytest.mark.parametrize(
    ("text", "utf16", "graphemes"),
    [
        ("", 0, 0),
        ("abc", 3, 3),
        ("確認", 2, 2),
        ("👍", 2, 1),
        (FAMILY, 11, 1),
        (FLAG, 4, 1),
        (GA, 2, 1),
        ("\r\n", 2, 1),
    ],
)
def test_lengths_are_counted_as_line_counts(text: str, utf16: int, graphemes: int) -> None:
    assert limits.utf16_length(text) == utf16 == len(text.encode("utf-16-le")) // 2
    assert limits.grapheme_length(text) == graphemes


def _labelled(label: str) -> NoticeCard:
    return replace(CARD, buttons=(replace(BUTTON, label=label),))


def _echoed(echo: str) -> NoticeCard:
    return replace(CARD, buttons=(replace(BUTTON, echo=echo),))


@pytest.mark.parametrize(
    ("make", "unit", "most"),
    [
        (lambda text: replace(CARD, title=text), "題", 80),
        (lambda text: replace(CARD, title=text), FAMILY, 80),
        (lambda text: replace(CARD, title=text), GA, 80),
        (_labelled, "答", 40),
        (_labelled, FAMILY, 40),
        (_echoed, "声", 300),
        (_echoed, FLAG, 300),
        (lambda text: replace(CARD, body=text), "文", 18_000),
        (lambda text: replace(CARD, body=text), "👍", 9_000),
    ],
)
def test_what_fits_is_taken_and_one_more_is_refused(
    channel: LineChannel, make: Callable[[str], NoticeCard], unit: str, most: int
) -> None:
    channel.prepare(make(unit * most))
    with pytest.raises(TooLongError) as error:
        channel.prepare(make(unit * (most + 1)))
    size = limits.utf16_length(unit) if error.value.key == "too-long-body" else 1
    assert error.value.arguments == {"limit": most * size, "length": (most + 1) * size}


@pytest.mark.parametrize("locale", LOCALES)
def test_refusal_says_how_long_it_is_and_may_be(channel: LineChannel, locale: str) -> None:
    words = Words(locale, ZoneInfo("Asia/Tokyo"))
    with pytest.raises(TooLongError) as error:
        channel.prepare(replace(CARD, title="題" * 95))
    sentence = words(error.value.key, **error.value.arguments)
    assert "80" in sentence
    assert "95" in sentence
    if locale == "ja":
        assert sentence == "題が長すぎます。80文字までにしてください(いま95文字)。"


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("what", ["title", "body", "label", "echo", "card"])
def test_every_limit_has_its_sentence(locale: str, what: str) -> None:
    assert "18" in Words(locale, ZoneInfo("Asia/Tokyo"))(f"too-long-{what}", limit=18, length=19)


def test_card_beyond_thirty_kilobytes_is_refused(channel: LineChannel) -> None:
    many = tuple(replace(BUTTON, label="答" * 40, echo="声" * 300) for _ in range(30))
    with pytest.raises(TooLongError) as error:
        channel.prepare(replace(CARD, buttons=many))
    assert error.value.key == "too-long-card"
    assert error.value.arguments["limit"] == 30
    assert error.value.arguments["length"] > 30


def test_panel_holds_what_thirty_kilobytes_hold() -> None:
    rows = tuple(Row(f"{number} 佐々木 花子", "未確認", "送信ずみ。まだ押されていません") for number in range(60))
    message = panel_message(Panel("未確認", rows=rows))
    assert len(orjson.dumps(message["contents"])) <= 30_000
    with pytest.raises(TooLongError):
        panel_message(Panel("未確認", rows=2 * rows))


@pytest.mark.parametrize(
    "button",
    [
        Button("押す", "x" * 301),
        Button("押す", "👍" * 151),
        Button("押す", uri="ftp://example.com"),
        Button("押す", uri="javascript:alert(1)"),
        Button("押す", uri="https://example.com/" + "x" * 1_000),
    ],
    ids=lambda button: (button.data or button.uri)[:20],
)
def test_button_that_line_would_refuse_is_a_fault_of_ours(button: Button) -> None:
    with pytest.raises(ValueError, match="characters"):
        panel_message(Panel("題", buttons=(button,)))


def test_longest_buttons_are_taken() -> None:
    ends = (
        Button("押す", "x" * 300),
        Button("押す", uri="https://example.com/" + "x" * 980),
        Button("電話", uri="tel:0312345678"),
    )
    assert panel_message(Panel("題", buttons=ends))


@settings(deadline=None)
@given(WRITTEN, st.integers(30, 60))
def test_long_text_is_split_between_characters_and_loses_none(text: str, limit: int) -> None:
    pieces = limits.split(text, limit)
    assert "".join("".join(pieces).split()) == "".join(text.split())
    assert all(limits.utf16_length(piece) <= limit for piece in pieces)
    assert sum(len(regex.findall(r"\X", piece.strip())) for piece in pieces) <= limits.grapheme_length(text)


@settings(deadline=None)
@given(WRITTEN, st.integers(20, 60))
def test_shortened_text_ends_at_a_character(text: str, limit: int) -> None:
    short = limits.shorten(text, limit)
    assert limits.utf16_length(short) <= limit
    assert short == text or short.endswith("…")
    clusters = regex.findall(r"\X", text)
    begun = regex.findall(r"\X", short.removesuffix("…")) if short != text else clusters
    assert begun == clusters[: len(begun)]


def test_character_longer_than_a_message_is_cut_rather_than_looped_over() -> None:
    monster = "a" + "\u0301" * 12_000
    pieces = limits.split(monster, 5_000)
    assert "".join(pieces) == monster
    assert all(limits.utf16_length(piece) <= 5_000 for piece in pieces)


def test_text_is_rather_broken_at_the_end_of_a_line() -> None:
    text = "あ" * 90 + "\n" + "い" * 50
    assert limits.split(text, 100) == ["あ" * 90 + "\n", "い" * 50]


def test_plain_answer_is_split_into_at_most_five(words: Words) -> None:
    messages = render(reply(Text("あ" * 25_000)), words)
    assert [len(message["text"]) for message in messages] == 5 * [5_000]
    with pytest.raises(ValueError, match="at most 5"):
        render(reply(Text("あ" * 25_001)), words)


def test_alternative_text_is_cut_at_its_limit_between_characters(words: Words) -> None:
    (message,) = card_messages(replace(CARD, about=FAMILY * 400), words)
    alternative = message["altText"]
    assert 1_500 - 12 < limits.utf16_length(alternative) <= 1_500
    assert alternative.endswith(FAMILY + "…")
