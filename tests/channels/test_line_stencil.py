"""A card that is laid out once and filled in is, byte for byte, the filled card laid out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.line import LineChannel, limits
from bot.channels.line.cards import card_messages
from bot.channels.line.stencil import Stencil
from handlers.errors import TooLongError
from handlers.replies import HOLE, NoticeCard, filled
from handlers.wording import Words
from tests.channels.cards import BUTTON, CARD
from tests.channels.samples import LONG_BODY

PLAIN = replace(CARD, title=f"{HOLE}さんの面談", body=f"{HOLE}さんの面談は金曜日です。\n{HOLE}さんもお越しください。")
WORDS = [
    "児童",
    "山田 花子",
    "󠄀",
    "「'\"\\",
    "090-1234-5678",
    "-1234-5678",
    "http",
    "://",
    "@x.y",
    "家族👨‍👩‍👧",
    "\n",
    " ",
    "は",
    "a",
    "0",
]
TEXT = st.one_of(st.lists(st.sampled_from(WORDS), max_size=6).map("".join), st.text(max_size=12), st.just("長" * 200))
AROUND = st.lists(
    st.one_of(st.sampled_from([*WORDS, HOLE, HOLE, "あ" * 70, "い" * 550, "\n" * 11]), st.text(max_size=5)), max_size=5
)


def laid_out(card: NoticeCard, words: Words) -> bytes | None:
    """The whole way; None where the card is refused."""
    try:
        return orjson.dumps(card_messages(card, words))
    except TooLongError:
        return None


@settings(max_examples=600, deadline=None)
@given(title=AROUND.map("".join), body=AROUND.map("".join), lead=st.sampled_from(["", "再送です。"]), text=TEXT)
def test_filled_in_is_as_laid_out(title: str, body: str, lead: str, text: str) -> None:
    words: Any = lambda key, **_: key  # noqa: E731 - which sentence stands there is not the question
    card = replace(CARD, title=title, body=body, lead=lead)
    stencil = Stencil.of(card)
    found = stencil and stencil.filled(text)
    assert found is None or found == laid_out(filled(card, text), words)


@pytest.mark.parametrize("text", ["児童", "山田 花子", "山田花子、山田太郎", "児童" + "0" * 20, "「'\"\\ \x01"])
def test_what_names_are_like_is_filled_in(text: str, words: Words) -> None:
    stencil = Stencil.of(PLAIN)
    assert stencil is not None
    assert stencil.filled(text) == laid_out(filled(PLAIN, text), words) is not None


@pytest.mark.parametrize(
    ("card", "text"),
    [
        pytest.param(PLAIN, "", id="nothing"),
        pytest.param(replace(PLAIN, body=HOLE), " ", id="a blank line falls away"),
        pytest.param(replace(PLAIN, body=f"0{HOLE}-5678"), "3-1234", id="a telephone number"),
        pytest.param(replace(PLAIN, body=f"{HOLE}://x.y"), "http", id="an address"),
        pytest.param(replace(PLAIN, title="題" * 60 + HOLE), "名" * 20, id="a long title"),
        pytest.param(replace(PLAIN, title="題" * 60 + HOLE), "名" * 21, id="too long a title"),
        pytest.param(replace(PLAIN, body=HOLE * 100), "名" * 7, id="a long body"),
        pytest.param(replace(PLAIN, ask="電" * 800), "名" * 300, id="a long alternative"),
        pytest.param(replace(PLAIN, body=LONG_BODY + HOLE), "名", id="a text before the card"),
        pytest.param(replace(PLAIN, sender="校" * 9_800), "名" * 99, id="a large bubble"),
        pytest.param(replace(PLAIN, hint=f"{HOLE}?"), "名", id="a hole elsewhere"),
        pytest.param(replace(PLAIN, buttons=(replace(BUTTON, label=f"{HOLE}?"),)), "名", id="a hole on a button"),
        pytest.param(PLAIN, HOLE, id="a hole in the text"),
    ],
)
def test_where_more_would_change_each_card_is_laid_out(
    channel: LineChannel, words: Words, card: NoticeCard, text: str
) -> None:
    whole = laid_out(filled(card, text), words)
    if whole is None:
        with pytest.raises(TooLongError):
            channel.prepare_each(card, [text])
    else:
        assert channel.prepare_each(card, ["児童", text, "児童"])[1] == whole


def test_a_stencil_keeps_every_limit_to_the_last_unit(words: Words) -> None:
    room = limits.ALT_TEXT
    card = replace(PLAIN, title="面談", body=HOLE, lead="")
    stencil = Stencil.of(card)
    assert stencil is not None
    most = room - stencil.alternative_length + 1
    card = replace(card, ask=card.ask + "電" * (most - 500))
    stencil = Stencil.of(card)
    assert stencil is not None
    assert stencil.filled("名" * 500) == laid_out(filled(card, "名" * 500), words)
    assert stencil.filled("名" * 501) is None
