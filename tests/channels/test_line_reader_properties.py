"""Whatever one event holds, reading never fails and never loses the others; where the SDK can read, it agrees."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from linebot.v3 import WebhookParser
from linebot.v3.models.events import UnknownEvent
from linebot.v3.webhooks import FollowEvent, JoinEvent, MessageEvent, PostbackEvent, UnfollowEvent

from bot.channels.base import RejectedError
from bot.channels.line.reader import read
from bot.channels.line.signature import sign
from handlers.events import Attachment, Blocked, Event, Followed, Invited, Press, Tap, Text, Unhandled
from tests.channels.payloads import BOT, RECEIVED_AT, all_names, body_of, body_with, event_of

ANY_TEXT = st.text(st.characters())  # lone surrogates too
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(ANY_TEXT, inside, max_size=4),
    max_leaves=12,
)
NAMES = [name for name in all_names() if name not in {"verify", "old_console_verify"}]
PATHS = [
    ("type",), ("mode",), ("timestamp",), ("source",), ("source", "type"), ("source", "userId"), ("webhookEventId",),
    ("replyToken",), ("postback",), ("postback", "data"), ("message",), ("message", "type"), ("message", "text"),
    ("deliveryContext",), ("something", "new"),
]  # fmt: skip


def _neighbour(number: int) -> dict[str, Any]:
    return {**event_of("postback_confirm"), "webhookEventId": f"01JDAK3N8Q4R5S6T7V8W9Y{number:04d}"}


def _is_whole(events: list[Event], number: int) -> bool:
    return any(isinstance(event, Tap) and event.id == _neighbour(number)["webhookEventId"] for event in events)


@settings(deadline=None)
@given(ANY_JSON, st.booleans())
def test_any_json_is_one_event_between_its_neighbours(odd: object, escaped: bool) -> None:
    raw = json.dumps(odd, ensure_ascii=escaped).encode("utf-8", errors="surrogatepass")
    before, middle, after = read(body_with(_neighbour(1), raw, _neighbour(2)), RECEIVED_AT, BOT)
    assert isinstance(before, Tap)
    assert isinstance(after, Tap)
    assert isinstance(middle, Unhandled)
    assert middle.raw == raw


@settings(deadline=None)
@given(st.sampled_from(NAMES), st.sampled_from(PATHS), ANY_JSON, st.booleans())
def test_any_value_in_any_place_leaves_an_event(name: str, path: tuple[str, ...], odd: object, escaped: bool) -> None:
    event = event_of(name)
    place = event
    for step in path[:-1]:
        if not isinstance(place.get(step), dict):
            place[step] = {}
        place = place[step]
    place[path[-1]] = odd
    raw = json.dumps(event, ensure_ascii=escaped).encode("utf-8", errors="surrogatepass")
    before, middle, after = read(body_with(_neighbour(1), raw, _neighbour(2)), RECEIVED_AT, BOT)
    assert isinstance(before, Tap)
    assert isinstance(after, Tap)
    assert middle.raw == raw
    assert middle.at <= RECEIVED_AT or isinstance(odd, int)
    middle.id.encode()
    middle.user.encode()


@settings(deadline=None)
@given(st.data(), st.integers(0, 3), st.binary(max_size=12))
def test_corrupt_bytes_in_one_event_never_lose_the_others(data: st.DataObject, victim: int, noise: bytes) -> None:
    events = [json.dumps(_neighbour(number)).encode() for number in range(4)]
    start = data.draw(st.integers(0, len(events[victim])))
    end = data.draw(st.integers(start, len(events[victim])))
    events[victim] = events[victim][:start] + noise + events[victim][end:]
    found = read(body_with(*events), RECEIVED_AT, BOT)
    assert all(_is_whole(found, number) for number in range(4) if number != victim)


@settings(deadline=None)
@given(st.binary(max_size=60), st.booleans())
def test_any_bytes_are_read_or_refused(body: bytes, framed: bool) -> None:
    with suppress(RejectedError):
        read(b'{"events":[' + body + b"]}" if framed else body, RECEIVED_AT)


@pytest.mark.parametrize("name", NAMES)
def test_sdk_reads_the_same(name: str) -> None:
    body = body_of(name)
    parser = WebhookParser("secret")
    theirs = parser.parse(body.decode(), sign(body, b"secret").decode())
    ours = read(body, RECEIVED_AT, BOT)
    assert len(theirs) == len(ours)
    for their, our in zip(theirs, ours, strict=True):
        assert (our.id, round(our.at.timestamp() * 1000)) == (their.webhook_event_id, their.timestamp)
        if not isinstance(their, UnknownEvent):  # it has no user and no token: this is why we read ourselves
            assert our.user == (getattr(their.source, "user_id", None) or "")
            assert our.reply_token in {None, getattr(their, "reply_token", None)}
            _agree(our, their)


def _agree(our: Event, their: Any) -> None:
    match our:
        case Tap() | Press():
            assert isinstance(their, PostbackEvent)
            assert ("ok" in their.postback.data) is isinstance(our, Tap)
        case Text():
            assert isinstance(their, MessageEvent)
            assert their.message.text == our.text
        case Attachment():
            assert isinstance(their, MessageEvent)
            assert their.message.type == our.kind
        case Followed():
            assert isinstance(their, FollowEvent)
        case Blocked():
            assert isinstance(their, UnfollowEvent)
        case Invited():
            assert isinstance(their, JoinEvent)
            assert our.group in {getattr(their.source, "group_id", ""), getattr(their.source, "room_id", "")}
