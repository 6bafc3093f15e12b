"""Every webhook body becomes events in our words; none is lost, and none loses its neighbours."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.channels.base import RejectedError
from bot.channels.line.reader import read, reread
from handlers.events import Attachment, Blocked, Event, Followed, Invited, Press, Tap, Text, Unhandled
from tests.channels.payloads import BOT, RECEIVED_AT, USER, all_names, body_of, body_with, event_of


def _only(body: bytes) -> Event:
    (event,) = read(body, RECEIVED_AT, BOT)
    return event


def _changed(name: str, **changes: Any) -> Event:
    return _only(body_with({**event_of(name), **changes}))


def test_lines_own_test_of_the_address_has_no_events() -> None:
    assert read(body_of("verify"), RECEIVED_AT, BOT) == []


def test_tap_carries_notice_version_choice_person_and_the_time_it_was_made() -> None:
    event = _only(body_of("postback_confirm"))
    assert isinstance(event, Tap)
    assert (event.notice, event.version, event.choice) == ("0193a1b2c3d4", 2, "ok")
    assert (event.channel, event.user, event.id) == ("line", USER, event_of("postback_confirm")["webhookEventId"])
    assert event.at == datetime(2025, 11, 26, 9, 0, 0, 1000, tzinfo=UTC)
    assert event.received_at == RECEIVED_AT
    assert event.reply_token == event_of("postback_confirm")["replyToken"]
    assert not event.time_replaced
    assert json.loads(event.raw) == event_of("postback_confirm")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("postback_confirm", Tap),
        ("postback_redelivered", Tap),
        ("postback_standby", Tap),
        ("postback_group", Tap),
        ("postback_press", Press),
        ("postback_foreign", Press),
        ("postback_picked_date", Press),
        ("postback_rich_menu", Press),
        ("message_text", Text),
        ("message_standby", Text),
        ("follow", Followed),
        ("follow_unblocked", Followed),
        ("follow_without_details", Followed),
        ("unfollow", Blocked),
        ("join", Invited),
        ("join_room", Invited),
    ],
)
def test_what_we_act_on(name: str, kind: type[Event]) -> None:
    assert type(_only(body_of(name))) is kind


@pytest.mark.parametrize("kind", ["sticker", "image", "video", "audio", "file", "location"])
def test_what_is_no_text_is_an_attachment(kind: str) -> None:
    event = _only(body_of(f"message_{kind}"))
    assert isinstance(event, Attachment)
    assert event.kind == kind
    assert event.reply_token


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("message_edited", "messageEdited"),
        ("message_text_group", "message"),
        ("message_of_tomorrow", "message"),
        ("postback_group_without_user", "postback"),
        ("unsend", "unsend"),
        ("leave", "leave"),
        ("member_joined", "memberJoined"),
        ("member_left", "memberLeft"),
        ("video_play_complete", "videoPlayComplete"),
        ("beacon", "beacon"),
        ("account_link", "accountLink"),
        ("account_link_failed", "accountLink"),
        ("delivery", "delivery"),
        ("membership", "membership"),
        ("module", "module"),
        ("event_of_tomorrow", "hologramOpened"),
    ],
)
def test_what_we_do_not_act_on_is_kept_as_it_came(name: str, kind: str) -> None:
    event = _only(body_of(name))
    assert isinstance(event, Unhandled)
    assert event.kind == kind
    assert event.id == event_of(name)["webhookEventId"]
    assert json.loads(event.raw) == event_of(name)


def test_every_recorded_body_is_read() -> None:
    for name in all_names():
        assert len(read(body_of(name), RECEIVED_AT, BOT)) == len(json.loads(body_of(name))["events"]), name


def test_dummies_of_old_consoles_are_not_acted_on() -> None:
    assert [type(event) for event in read(body_of("old_console_verify"), RECEIVED_AT)] == [Unhandled, Unhandled]


def test_button_of_ours_is_unpacked_and_a_foreign_one_can_be_answered() -> None:
    ours, foreign = _only(body_of("postback_press")), _only(body_of("postback_foreign"))
    assert isinstance(ours, Press)
    assert (ours.verb, ours.arguments) == ("draft-send", ("d42", "7"))
    assert isinstance(foreign, Press)
    assert (foreign.verb, foreign.arguments) == ("", ())
    assert foreign.reply_token


def test_text_is_what_was_typed() -> None:
    event = _only(body_of("message_text"))
    assert isinstance(event, Text)
    assert event.text == "登録 1234-5678 (山田) 👨‍👩‍👧"


def test_invitation_names_the_group_and_can_be_answered() -> None:
    event = _only(body_of("join"))
    assert isinstance(event, Invited)
    assert event.group == event_of("join")["source"]["groupId"]
    assert event.user == ""
    assert event.reply_token
    room = _only(body_of("join_room"))
    assert isinstance(room, Invited)
    assert room.group.startswith("R")


def test_nothing_is_answered_where_a_group_would_read_it() -> None:
    for name in ("postback_group", "message_text_group", "message_edited", "member_joined"):
        assert _only(body_of(name)).reply_token is None, name


@pytest.mark.parametrize("mode", ["standby", "hibernating", "", None, 1, ["active"]])
def test_nothing_is_answered_while_another_module_owns_the_chat(mode: object) -> None:
    event = _changed("postback_confirm", mode=mode)
    assert isinstance(event, Tap)
    assert event.reply_token is None


def test_redelivered_event_bears_the_same_id() -> None:
    again = event_of("postback_confirm")
    again["deliveryContext"]["isRedelivery"] = True
    assert _only(body_with(again)).id == _only(body_of("postback_confirm")).id


@pytest.mark.parametrize("odd", [None, "", 7, "x" * 65, "a b", "é", "\ud800", {"a": 1}])
def test_event_without_a_sane_id_is_named_by_its_bytes(odd: object) -> None:
    event = {**event_of("postback_confirm"), "webhookEventId": odd}
    again = {**event, "deliveryContext": {"isRedelivery": True}}
    first, second = read(body_with(event, again), RECEIVED_AT)
    other = _only(body_with({**event, "timestamp": 1764147600999}))
    assert first.id == second.id != other.id
    assert first.id.startswith("sha256-")


@pytest.mark.parametrize(
    "odd",
    [None, True, False, 1764147600000.0, "1764147600000", -1, 10**30, 253402300800000, [], {}, float("inf"), 10**4000],
    ids=lambda odd: str(odd)[:20],
)
def test_unreadable_time_is_replaced_and_flagged(odd: object) -> None:
    event = _changed("postback_confirm", timestamp=odd)
    assert isinstance(event, Tap)
    assert event.at == RECEIVED_AT
    assert event.time_replaced


def test_number_beyond_every_number_is_an_unreadable_time() -> None:
    whole = json.dumps(event_of("postback_confirm")).replace("1764147600001", "1e400")
    event = _only(body_with(whole.encode()))
    assert isinstance(event, Tap)
    assert event.time_replaced


@pytest.mark.parametrize(
    ("after", "is_replaced"),
    [(timedelta(minutes=5), False), (timedelta(minutes=5, milliseconds=1), True), (timedelta(days=-9000), False)],
)
def test_time_from_the_future_is_replaced_and_an_old_one_kept(after: timedelta, is_replaced: bool) -> None:
    claimed = RECEIVED_AT + after
    event = _changed("postback_confirm", timestamp=round(claimed.timestamp() * 1000))
    assert isinstance(event, Tap)
    assert event.time_replaced is is_replaced
    assert event.at == (RECEIVED_AT if is_replaced else claimed)


@pytest.mark.parametrize("odd", [None, "", "U123", USER.upper(), USER + "0", 5, {"a": 1}, "U" + "g" * 32])
def test_user_id_that_is_none_is_nobody(odd: object) -> None:
    event = _changed("postback_confirm", source={"type": "user", "userId": odd})
    assert isinstance(event, Tap)
    assert event.user == ""


@pytest.mark.parametrize("source", [None, {}, "user", {"type": "openchat", "userId": USER}, {"type": 3}, []])
def test_source_of_tomorrow_is_kept_and_not_acted_on(source: object) -> None:
    event = _changed("postback_confirm", source=source)
    assert isinstance(event, Unhandled)
    assert event.kind == "postback"


@pytest.mark.parametrize("kind", [None, 3, "", "x" * 41, "a b", {"a": 1}])
def test_type_that_is_no_word_is_unreadable(kind: object) -> None:
    event = _changed("postback_confirm", type=kind)
    assert isinstance(event, Unhandled)
    assert event.kind == "unreadable"


@pytest.mark.parametrize(
    "change",
    [
        {"postback": None},
        {"postback": {}},
        {"postback": {"data": 7}},
        {"type": "message"},
        {"type": "message", "message": []},
        {"type": "message", "message": {"type": "text", "text": 7}},
        {"type": "message", "message": {"type": ["text"], "text": "x"}},
    ],
    ids=str,
)
def test_event_without_its_heart_is_kept_and_not_acted_on(change: dict[str, Any]) -> None:
    assert isinstance(_changed("postback_confirm", **change), Unhandled)


@pytest.mark.parametrize("odd", [b"5", b'"text"', b"null", b"[]", b"[[1]]", b"true", b"NaN", b"{}"])
def test_event_that_is_no_event_keeps_its_place(odd: bytes) -> None:
    good = event_of("postback_confirm")
    before, middle, after = read(body_with(good, odd, good), RECEIVED_AT)
    assert isinstance(before, Tap)
    assert isinstance(after, Tap)
    assert isinstance(middle, Unhandled)
    assert middle.raw == odd


def test_unknown_properties_change_nothing() -> None:
    event = _changed("postback_confirm", telepathy={"a": [1, {"b": None}]})
    assert isinstance(event, Tap)


def test_twenty_events_of_which_four_are_odd_have_sixteen_effects() -> None:
    events = read(body_of("twenty_events_four_odd.body"), RECEIVED_AT, BOT)
    assert len(events) == 20
    taps = [event for event in events if isinstance(event, Tap)]
    assert sorted(tap.user for tap in taps) == [f"U{number:032x}" for number in range(16)]
    kept = [event for event in events if isinstance(event, Unhandled)]
    assert [event.kind for event in kept] == ["unreadable", "hologramOpened", "unreadable", "telepathy"]
    assert all(event.raw in body_of("twenty_events_four_odd.body") for event in kept)
    assert b"\\ud83d" in kept[0].raw
    assert kept[2].raw.endswith(b'"source":{"type":"user"}')


@pytest.mark.parametrize("odd", [rb'"\ud800"', b'"\xff\xfe"', rb'"\udc00\ud800"', b'"\xed\xa0\x80"'])
def test_tap_counts_though_something_beside_it_cannot_be_stored(odd: bytes) -> None:
    whole = json.dumps(event_of("postback_confirm")).encode()
    event = _only(body_with(whole.replace(b'"postback": {', b'"postback": {"params": ' + odd + b", ")))
    assert isinstance(event, Tap)
    assert event.choice == "ok"


def test_tap_that_cannot_be_stored_itself_is_kept_raw() -> None:
    whole = json.dumps(event_of("postback_confirm")).replace(":2:ok", ":2:ok\\ud800").encode()
    event = _only(body_with(whole))
    assert isinstance(event, Unhandled)
    assert event.kind == "unreadable"
    assert event.raw == whole


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"hello",
        b'{"events":null}',
        b'{"events":{}}',
        b'{"events":"[]"}',
        b'{"events":[]',
        b'{"events":[]} x',
        b'{"x":{"events":[]}}',
        b'\xef\xbb\xbf{"events":[]}',
        b"\xff\xfe",
        b'{"destination":"U","events":[{"a":"\\ud800"}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
    ],
    ids=lambda body: repr(body[:40]),
)
def test_body_that_is_no_list_of_events_is_refused(body: bytes) -> None:
    with pytest.raises(RejectedError) as refusal:
        read(body, RECEIVED_AT)
    assert (refusal.value.status, refusal.value.reason) == (400, "json")


def test_body_cut_off_anywhere_is_refused() -> None:
    body = body_with(event_of("postback_confirm"), event_of("unfollow"), event_of("join"))
    for length in range(len(body)):
        with pytest.raises(RejectedError) as refusal:
            read(body[:length], RECEIVED_AT)
        assert refusal.value.reason == "json"


def test_body_cut_off_so_that_it_seems_whole_loses_nothing_that_was() -> None:
    body = body_with(event_of("postback_confirm"), event_of("message_text_group"))
    cut = body[: body.index(b"]}") + 2]
    whole, rest = read(cut, RECEIVED_AT)
    assert isinstance(whole, Tap)
    assert isinstance(rest, Unhandled)


def test_what_is_meant_for_another_bot_is_refused() -> None:
    for body in (body_of("postback_confirm"), body_of("twenty_events_four_odd.body"), body_of("verify")):
        with pytest.raises(RejectedError) as refusal:
            read(body, RECEIVED_AT, own_id=USER)
        assert (refusal.value.status, refusal.value.reason) == (400, "destination")
        read(body, RECEIVED_AT, own_id="")


@pytest.mark.parametrize("name", all_names())
def test_stored_event_is_read_again_without_its_reply_token(name: str) -> None:
    for event in read(body_of(name), RECEIVED_AT):
        again = reread("stored-id", event.raw, RECEIVED_AT)
        assert again.reply_token is None
        assert again.id == "stored-id"
        assert type(again) is type(event)
        assert (again.user, again.at, again.raw) == (event.user, event.at, event.raw)


def test_unreadable_bytes_are_read_again_without_fear() -> None:
    for raw in (b"", b"\xff", b'{"a":', b"[" * 100_000):
        assert isinstance(reread("stored-id", raw, RECEIVED_AT), Unhandled)
