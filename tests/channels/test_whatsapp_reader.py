"""Whatever Meta sends becomes events; none is lost and none loses its neighbours."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from bot.channels.whatsapp.reader import read, reread
from handlers.events import (
    AccountNews,
    Attachment,
    Event,
    Followed,
    Preference,
    Press,
    Renamed,
    StatusReport,
    Tap,
    Unhandled,
)
from storage.models import Reported
from tests.channels.whatsapp import (
    BSUID,
    CONTACT,
    DIGITS,
    NUMBER,
    PHONE,
    RECEIVED_AT,
    TAPPED_AT,
    body,
    change,
    message,
    quick_reply,
    reply_button,
    row,
    status,
)

OK = "k1:ok:abc:1:ok"


def events_of(*changes: dict[str, Any], number: str = NUMBER) -> list[Event]:
    """What a body with these changes tells."""
    return read(body(*changes), RECEIVED_AT, number)


def only(*changes: dict[str, Any]) -> Any:
    """Its only event."""
    (event,) = events_of(*changes)
    return event


def said(one: dict[str, Any], contacts: Sequence[dict[str, Any]] = (CONTACT,)) -> Any:
    """The event of one message."""
    return only(change(contacts=list(contacts), messages=[one]))


# Taps


@pytest.mark.parametrize("tapped", [quick_reply(OK), reply_button(OK), row(OK)], ids=["template", "button", "list"])
def test_tap_in_any_form_says_which_notice_and_whose(tapped: dict[str, Any]) -> None:
    tap = said(tapped)

    assert isinstance(tap, Tap)
    assert (tap.notice, tap.version, tap.choice) == ("abc", 1, "ok")
    assert (tap.id, tap.channel, tap.user, tap.also, tap.at) == ("wamid.tap", "whatsapp", BSUID, PHONE, TAPPED_AT)
    assert (tap.reply_token, tap.time_replaced) == ("wamid.tap", False)


def test_tap_needs_no_context_and_believes_none() -> None:
    assert isinstance(said(quick_reply(OK, context=None)), Tap)
    assert said(quick_reply(OK, context={"id": "wamid.of-another-notice", "from": "1"})).notice == "abc"


def test_button_of_ours_that_confirms_nothing_is_a_press() -> None:
    press = said(reply_button("k1:read:abc:1"))
    assert isinstance(press, Press)
    assert (press.verb, press.arguments) == ("read", ("abc", "1"))


def test_button_of_nobody_knows_what_is_answered_too() -> None:
    press = said(quick_reply("yes, I agree"))
    assert isinstance(press, Press)
    assert press.verb == ""


# Who


def test_person_without_a_number_is_her_user_id() -> None:
    tap = said(quick_reply(OK, **{"from": None}), [{"user_id": BSUID}])
    assert (tap.user, tap.also) == (BSUID, "")


def test_person_without_a_user_id_is_her_number() -> None:
    tap = said(quick_reply(OK, from_user_id=None), [{"wa_id": DIGITS}])
    assert (tap.user, tap.also) == (PHONE, "")


@pytest.mark.parametrize("contacts", [[], [CONTACT], [{"wa_id": "81901"}, CONTACT]], ids=["none", "hers", "two"])
def test_what_a_message_does_not_say_of_its_person_stands_in_the_contacts(contacts: list[dict[str, Any]]) -> None:
    tap = said(quick_reply(OK, from_user_id=None), contacts)
    assert (tap.user, tap.also) == ((BSUID, PHONE) if contacts else (PHONE, ""))


def test_nobody_is_taken_for_somebody_else_in_the_contacts() -> None:
    tap = said(quick_reply(OK, from_user_id=None), [{"wa_id": "81901", "user_id": "JP.2"}])
    assert (tap.user, tap.also) == (PHONE, "")


# Times


@pytest.mark.parametrize("stamp", [None, "", "soon", "-5", "99999999999", 12.5, "1795568400000"])
def test_unbelievable_time_is_replaced_and_told(stamp: object) -> None:
    tap = said(quick_reply(OK, timestamp=stamp))
    assert (tap.at, tap.time_replaced) == (RECEIVED_AT, True)


# Other messages


def test_typed_text_is_a_text() -> None:
    assert said(message("text", {"body": "登録 1234 5678"})).text == "登録 1234 5678"


@pytest.mark.parametrize("kind", ["image", "audio", "sticker", "document", "video", "location", "contacts"])
def test_attachment_is_one(kind: str) -> None:
    event = said(message(kind, {"id": "1"}))
    assert isinstance(event, Attachment)
    assert event.kind == kind


def test_reaction_is_answered_for_it_confirms_nothing_and_one_taken_back_is_not() -> None:
    assert isinstance(said(message("reaction", {"message_id": "wamid.ours", "emoji": "👍"})), Attachment)
    assert isinstance(said(message("reaction", {"message_id": "wamid.ours"})), Unhandled)


def test_first_contact_is_a_greeting() -> None:
    assert isinstance(said(message("request_welcome")), Followed)


@pytest.mark.parametrize(
    "odd",
    [
        message("interactive", errors=[{"code": 131051}]),
        message("interactive", {}),
        message("button", {"text": "確認しました"}),
        message("text", {"body": 5}),
        message("hologram", {"x": 1}),
        {"id": "wamid.tap", "timestamp": "1795568400"},
    ],
)
def test_message_that_says_nothing_to_us_is_kept_and_not_answered(odd: dict[str, Any]) -> None:
    event = said(odd)
    assert isinstance(event, Unhandled)
    assert event.reply_token is None
    assert json.dumps(odd["id"]).encode() in event.raw


# Changes of number and id, preferences


@pytest.mark.parametrize("kind", ["user_changed_number", "customer_changed_number"])
def test_new_number_and_its_new_id_are_followed(kind: str) -> None:
    system = {"body": "…", "type": kind, "wa_id": "819099999999", "user_id": "JP.99"}
    event = said(message("system", system))
    assert isinstance(event, Renamed)
    assert (event.user, event.values) == (BSUID, ("+819099999999", "JP.99"))


def test_old_number_named_by_the_system_message_is_the_old_one() -> None:
    event = said(message("system", {"type": "user_changed_number", "customer": DIGITS, "wa_id": "819099999999"}))
    assert (event.user, event.values) == (PHONE, ("+819099999999",))


def test_new_user_id_is_followed() -> None:
    update = {"wa_id": DIGITS, "user_id": {"previous": BSUID, "current": "JP.99"}, "timestamp": "1795568400"}
    event = only(change("user_id_update", user_id_update=[update]))
    assert isinstance(event, Renamed)
    assert (event.user, event.values) == (BSUID, ("JP.99",))


@pytest.mark.parametrize(
    "ids", [{}, {"previous": BSUID}, {"previous": "", "current": BSUID}, {"previous": BSUID, "current": BSUID}]
)
def test_change_of_id_that_names_no_two_is_kept(ids: dict[str, str]) -> None:
    assert isinstance(only(change("user_id_update", user_id_update=[{"user_id": ids}])), Unhandled)


@pytest.mark.parametrize(("word", "is_stopped"), [("stop", True), ("resume", False)])
def test_preference_is_told(word: str, is_stopped: bool) -> None:
    wish = {
        "wa_id": DIGITS,
        "user_id": BSUID,
        "category": "marketing_messages",
        "value": word,
        "timestamp": "1795568400",
    }
    event = only(change("user_preferences", user_preferences=[wish]))
    assert isinstance(event, Preference)
    assert (event.user, event.category, event.is_stopped) == (BSUID, "marketing_messages", is_stopped)


# Statuses


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("sent", Reported.SENT),
        ("delivered", Reported.DELIVERED),
        ("read", Reported.OPENED),
        ("played", Reported.OPENED),
        ("failed", Reported.FAILED),
    ],
)
def test_status_tells_message_call_and_time(word: str, told: Reported) -> None:
    event = only(change(statuses=[status(word, biz_opaque_callback_data="key-1", recipient_user_id=BSUID)]))

    assert isinstance(event, StatusReport)
    assert (event.id, event.message, event.outgoing) == (f"wamid.ours:{word}", "wamid.ours", "key-1")
    assert (event.status, event.at, event.user, event.also) == (told, TAPPED_AT, BSUID, PHONE)


def test_failure_without_contacts_or_recipient_is_told_by_its_message() -> None:
    failed = status("failed", recipient_id=None, errors=[{"code": 131026, "title": "Message undeliverable"}])
    event = only(change(statuses=[failed]))

    assert isinstance(event, StatusReport)
    assert (event.user, event.failure, event.message) == ("", "unreachable", "wamid.ours")
    assert "131026" in event.error


def test_status_that_we_do_not_know_is_kept() -> None:
    event = only(change(statuses=[status("pondered")]))
    assert isinstance(event, Unhandled)
    assert event.kind == "status-pondered"


# The envelope


def test_all_entries_changes_messages_and_statuses_are_read_in_order() -> None:
    taps = [quick_reply(OK, id=f"wamid.{n}") for n in range(4)]
    told = [status("sent", id=f"wamid.s{n}") for n in range(2)]
    entries = [
        {"id": "1", "changes": [change(messages=taps[:2], statuses=told[:1]), change(messages=taps[2:3])]},
        {"id": "2", "changes": [change(statuses=told[1:]), change(messages=taps[3:])]},
    ]
    found = read(json.dumps({"object": "whatsapp_business_account", "entry": entries}).encode(), RECEIVED_AT, NUMBER)

    order = ["wamid.0", "wamid.1", "wamid.s0:sent", "wamid.2", "wamid.s1:sent", "wamid.3"]
    assert [event.id for event in found] == order


@pytest.mark.parametrize(
    "odd", [None, 5, "text", [], {}, {"id": 7}, {"type": "button", "button": "?"}, quick_reply(OK, id="with space")]
)
def test_odd_item_costs_its_neighbours_nothing(odd: object) -> None:
    found = events_of(change(messages=[quick_reply(OK, id="wamid.1"), odd, quick_reply(OK, id="wamid.2")]))

    assert (found[0].id, len(found), found[2].id) == ("wamid.1", 3, "wamid.2")
    assert isinstance(found[0], Tap)
    assert isinstance(found[2], Tap)


@pytest.mark.parametrize(
    "odd",
    [
        b'{"id":"wamid.x","timestamp":"1","type":"text","text":{"body":"\\ud800"}}',
        b'{"id":"wamid.x","timestamp":"1","type":"text","text":{"body":"\xff\xfe"}}',
        b'{"id":"wamid.x","timestamp":"1","type":"text","text":{"body":"\\x41"}}',
        b'{"id":"wamid.x","timestamp":1e999}',
        b'{"id":"wamid.x","timestamp":"1","type":"text","text":{"body":"cut',
    ],
    ids=["surrogate", "bytes", "escape", "number", "cut"],
)
def test_bytes_that_are_no_json_cost_their_neighbours_nothing(odd: bytes) -> None:
    whole = body(change(messages=[quick_reply(OK, id="wamid.1"), "ODD", quick_reply(OK, id="wamid.2")]))
    found = read(whole.replace(b'"ODD"', odd), RECEIVED_AT, NUMBER)

    assert [event.id for event in found if isinstance(event, Tap)] == ["wamid.1", "wamid.2"]
    assert any(isinstance(event, Unhandled) for event in found)


@pytest.mark.parametrize(
    "raw", [b"", b"null", b"[]", b'"x"', b"{}", b'{"entry":5}', b'{"entry":[{"changes":"no"}]}', b"\xff"]
)
def test_body_that_tells_nothing_is_kept_whole(raw: bytes) -> None:
    (event,) = read(raw, RECEIVED_AT)
    assert isinstance(event, Unhandled)
    assert raw.removeprefix(b'{"entry":[').removesuffix(b"]}") in event.raw


def test_what_is_meant_for_another_number_is_kept_and_not_acted_on() -> None:
    (event,) = events_of(change(messages=[quick_reply(OK)]), number="999")
    assert isinstance(event, Unhandled)


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        (
            "message_template_status_update",
            {"message_template_name": "x", "event": "PAUSED"},
            ("template", "x", "PAUSED"),
        ),
        (
            "template_category_update",
            {"message_template_name": "x", "new_category": "MARKETING"},
            ("category", "x", "MARKETING"),
        ),
        ("phone_number_quality_update", {"event": "FLAGGED"}, ("number", "", "FLAGGED")),
        ("account_update", {"event": "ACCOUNT_RESTRICTION"}, ("account", "", "ACCOUNT_RESTRICTION")),
    ],
)
def test_news_of_the_account_that_somebody_must_look_at(
    field: str, value: dict[str, Any], told: tuple[str, str, str]
) -> None:
    event = only({"field": field, "value": value})
    assert isinstance(event, AccountNews)
    assert (event.what, event.name, event.state) == told


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("message_template_status_update", {"message_template_name": "x", "event": "APPROVED"}),
        ("template_category_update", {"message_template_name": "x", "new_category": "UTILITY"}),
        ("phone_number_quality_update", {"event": "UNFLAGGED"}),
        ("account_update", {"event": 7}),
        ("business_capability_update", {"max_daily_conversation_per_phone": 1000}),
    ],
)
def test_other_news_of_the_account_is_kept_under_its_name(field: str, value: dict[str, Any]) -> None:
    event = only({"field": field, "value": value})
    assert isinstance(event, Unhandled)
    assert event.kind == field


def test_thing_delivered_again_bears_the_same_id() -> None:
    for one in (change(messages=[quick_reply(OK)]), change(statuses=[status("sent")]), change("account_update", x=1)):
        assert [e.id for e in events_of(one)] == [e.id for e in events_of(one)]


@pytest.mark.parametrize(
    "one",
    [
        change(contacts=[CONTACT], messages=[quick_reply(OK, from_user_id=None)]),
        change(contacts=[CONTACT], messages=[message("text", {"body": "登録"})]),
        change(statuses=[status("failed", errors=[{"code": 131047}])]),
        change("user_id_update", user_id_update=[{"user_id": {"previous": BSUID, "current": "JP.9"}}]),
    ],
)
def test_stored_event_is_read_again_as_it_was_but_for_the_leave_to_answer(one: dict[str, Any]) -> None:
    (event,) = events_of(one)
    again = reread(event.id, event.raw, RECEIVED_AT)

    assert type(again) is type(event)
    assert again.reply_token is None
    for name in ("id", "user", "also", "at"):
        assert getattr(again, name) == getattr(event, name)
