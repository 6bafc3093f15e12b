"""What LINE receives from us, and what we make of its answers."""

from __future__ import annotations

import asyncio
import logging
import uuid
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from linebot.v3.messaging import FlexMessage, MulticastRequest, PushMessageRequest, ReplyMessageRequest, TextMessage

from bot.channels import calling
from bot.channels.base import Channel, Failure, RejectedError, SendError
from bot.channels.line import BotInfo, LineChannel, LineConfig, WebhookEndpoint, WebhookTest
from bot.channels.line.signature import sign
from handlers.context import Quota
from handlers.events import Event, Followed, Tap
from handlers.replies import Leave, Panel, Reply, Text, reply
from handlers.wording import Words
from storage.models import Outgoing, Recipient
from tests.channels.cards import BUTTON, CARD
from tests.channels.conftest import SECRET, TOKEN, FakeLine
from tests.channels.payloads import body_of
from tests.factories import make_outgoing

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
GROUP = "C" + "ab" * 16


def _user(number: int) -> str:
    return f"U{number:032x}"


def _outgoing(body: bytes, people: int) -> Outgoing:
    recipients = tuple(Recipient(f"c{number}", _user(number)) for number in range(people))
    return make_outgoing(str(uuid.UUID(int=7)), recipients=recipients, body=body)


def _event(*, repliable: bool = True) -> Event:
    token = "token-1" if repliable else None
    return Followed(id="e1", channel="line", user=_user(1), at=NOW, received_at=NOW, reply_token=token)


def test_channel_keeps_the_protocol(channel: LineChannel) -> None:
    kept: Channel = channel
    assert kept.name == "line"


async def test_one_recipient_is_pushed_to(channel: LineChannel, line: FakeLine) -> None:
    line.will_answer(200, {"sentMessages": []}, x_line_request_id="r1")
    assert await channel.send(_outgoing(channel.prepare(CARD), 1)) == "r1"
    (call,) = line.calls
    assert (call.method, call.path) == ("POST", "/v2/bot/message/push")
    assert call.headers["X-Line-Retry-Key"] == str(uuid.UUID(int=7))
    assert call.headers["Authorization"] == f"Bearer {TOKEN}"
    assert call.headers["Content-Type"] == "application/json"
    assert call.json["to"] == _user(0)


@pytest.mark.parametrize("people", [2, 500])
async def test_several_recipients_are_one_multicast(channel: LineChannel, line: FakeLine, people: int) -> None:
    line.will_answer(200, x_line_request_id="r1")
    assert await channel.send(_outgoing(channel.prepare(CARD), people)) == "r1"
    (call,) = line.calls
    assert call.path == "/v2/bot/message/multicast"
    assert call.json["to"] == [_user(number) for number in range(people)]


@pytest.mark.parametrize("people", [0, 501])
async def test_call_to_nobody_or_too_many_is_never_made(channel: LineChannel, line: FakeLine, people: int) -> None:
    with pytest.raises(ValueError, match="1 to 500"):
        await channel.send(_outgoing(channel.prepare(CARD), people))
    assert not line.calls


def _as_sdk(messages: list[dict[str, Any]]) -> list[Any]:
    models = {"flex": FlexMessage, "text": TextMessage}
    return [models[message["type"]].from_dict(message) for message in messages]


async def test_bodies_are_what_the_sdk_would_send(channel: LineChannel, line: FakeLine) -> None:
    prepared = channel.prepare(CARD)
    messages = _as_sdk(orjson.loads(prepared))
    await channel.send(_outgoing(prepared, 1))
    await channel.send(_outgoing(prepared, 3))
    await channel.reply(_event(), reply(CARD, Text("受け付けました")))
    push, multicast, answer = (call.json for call in line.calls)
    assert push == _without_null(PushMessageRequest(to=_user(0), messages=messages).to_dict())
    to = [_user(number) for number in range(3)]
    assert multicast == _without_null(MulticastRequest(to=to, messages=messages).to_dict())
    said = [*messages, TextMessage(text="受け付けました")]
    theirs = _without_null(ReplyMessageRequest(replyToken="token-1", messages=said).to_dict())
    assert {"notificationDisabled": False, **answer} == {"notificationDisabled": False, **theirs}


def _without_null(value: dict[str, Any]) -> dict[str, Any]:
    return {key: part for key, part in value.items() if part is not None and part is not False}


async def test_answer_is_free_and_has_no_retry_key(channel: LineChannel, line: FakeLine) -> None:
    await channel.reply(_event(), reply(Text("受け付けました")))
    (call,) = line.calls
    assert call.path == "/v2/bot/message/reply"
    assert "X-Line-Retry-Key" not in call.headers
    assert call.json == {"replyToken": "token-1", "messages": [{"type": "text", "text": "受け付けました"}]}


async def test_where_no_answer_is_allowed_none_is_given(channel: LineChannel, line: FakeLine) -> None:
    await channel.reply(_event(repliable=False), reply(Text("受け付けました")))
    assert not line.calls


@pytest.mark.parametrize(
    ("group", "path"), [(GROUP, f"/v2/bot/group/{GROUP}/leave"), ("R" + GROUP[1:], f"/v2/bot/room/R{GROUP[1:]}/leave")]
)
async def test_group_is_left_after_the_words(channel: LineChannel, line: FakeLine, group: str, path: str) -> None:
    await channel.reply(_event(), reply(Text("ここでは使えません"), Leave(group)))
    assert [call.path for call in line.calls] == ["/v2/bot/message/reply", path]


async def test_group_is_left_though_the_words_are_refused(channel: LineChannel, line: FakeLine) -> None:
    line.will_answer(400, {"message": "Invalid reply token"})
    with pytest.raises(SendError) as error:
        await channel.reply(_event(), reply(Text("ここでは使えません"), Leave(GROUP)))
    assert error.value.failure is Failure.REFUSED
    assert line.calls[-1].path.endswith("/leave")


async def test_answer_over_a_broken_connection_is_given_once_more(channel: LineChannel, line: FakeLine) -> None:
    line.answers.append("disconnect")
    await channel.reply(_event(), reply(Text("受け付けました")))
    assert [call.body for call in line.calls] == 2 * [line.calls[0].body]


async def test_answer_that_had_arrived_after_all_is_fine(channel: LineChannel, line: FakeLine) -> None:
    line.answers.append("disconnect")
    line.will_answer(400, {"message": "Invalid reply token"})
    await channel.reply(_event(), reply(Text("受け付けました")))
    assert len(line.calls) == 2


async def test_more_than_five_messages_are_refused_before_the_call(channel: LineChannel, line: FakeLine) -> None:
    with pytest.raises(ValueError, match="at most 5"):
        await channel.reply(_event(), reply(Text("あ" * 20_001), Text("い")))
    assert not line.calls


ANSWERS: list[tuple[int, object, Failure]] = [
    (400, {"message": "Failed to send messages"}, Failure.REFUSED),
    (400, b"", Failure.REFUSED),
    (401, {"message": "Authentication failed due to the following reason: invalid token."}, Failure.UNAUTHORIZED),
    (403, {"message": "Access to this API is not available for your account"}, Failure.UNAUTHORIZED),
    (404, {"message": "Not found"}, Failure.REFUSED),
    (410, b"gone", Failure.REFUSED),
    (413, b"<html>too large</html>", Failure.REFUSED),
    (415, {"message": None, "details": None}, Failure.REFUSED),
    (408, b"", Failure.UNKNOWN),
    (429, {"message": "The API rate limit has been exceeded. Try again later."}, Failure.RATE_LIMITED),
    (429, {"message": "You have reached your monthly limit."}, Failure.OUT_OF_QUOTA),
    (429, {"message": "words of tomorrow"}, Failure.RATE_LIMITED),
    (429, b"", Failure.RATE_LIMITED),
    (500, {"message": "Internal Server Error"}, Failure.UNKNOWN),
    (502, b"<html>Bad Gateway</html>", Failure.UNKNOWN),
    (503, b"", Failure.UNKNOWN),
    (200, b"", Failure.UNKNOWN),
    (200, b"<html>welcome to our hotel</html>", Failure.UNKNOWN),
    (200, b"[]", Failure.UNKNOWN),
    (200, b"\xff", Failure.UNKNOWN),
    (307, {}, Failure.UNKNOWN),
]


@pytest.mark.parametrize("people", [1, 2])
@pytest.mark.parametrize(("status", "body", "failure"), ANSWERS, ids=[f"{a[0]} {a[1]!r:.40}" for a in ANSWERS])
async def test_failures_are_told_apart(
    channel: LineChannel, line: FakeLine, people: int, status: int, body: object, failure: Failure
) -> None:
    line.will_answer(status, body, x_line_request_id="r9", location="/elsewhere")
    with pytest.raises(SendError) as error:
        await channel.send(_outgoing(b"[]", people))
    assert error.value.failure is failure
    assert error.value.request_id == "r9"
    assert str(status) in error.value.reason
    assert len(line.calls) == 1


@pytest.mark.parametrize(("people", "failure"), [(1, Failure.FLOODED), (2, Failure.RATE_LIMITED)])
async def test_too_much_for_one_person_is_told_apart_when_pushed(
    channel: LineChannel, line: FakeLine, people: int, failure: Failure
) -> None:
    line.will_answer(429, {"message": "A large number of messages were sent to the same user."})
    with pytest.raises(SendError) as error:
        await channel.send(_outgoing(b"[]", people))
    assert error.value.failure is failure


async def test_call_that_had_been_accepted_before_is_accepted(channel: LineChannel, line: FakeLine) -> None:
    again = {"message": "The retry key is already accepted"}
    line.will_answer(409, again, x_line_request_id="second", x_line_accepted_request_id="first")
    line.will_answer(409, again, x_line_request_id="second")
    assert await channel.send(_outgoing(b"[]", 2)) == "first"
    assert await channel.send(_outgoing(b"[]", 2)) == "second"


@pytest.mark.parametrize(("fault", "reason"), [("hang", "time-out"), ("disconnect", "disconnected")])
async def test_call_without_an_answer_is_unknown_and_not_repeated(
    channel: LineChannel, line: FakeLine, fault: str, reason: str
) -> None:
    line.answers.append(fault)
    with pytest.raises(SendError) as error:
        await channel.send(_outgoing(b"[]", 2))
    assert (error.value.failure, error.value.reason) == (Failure.UNKNOWN, reason)
    assert len(line.calls) == 1


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "http://no-such-host.invalid"])
async def test_line_out_of_reach_is_unknown(words: Words, url: str) -> None:
    channel = LineChannel(LineConfig(secrets=("s",), access_token=TOKEN, api_url=url, timeout=2), words)
    try:
        with pytest.raises(SendError) as error:
            await channel.send(_outgoing(b"[]", 2))
        assert error.value.failure is Failure.UNKNOWN
        assert await channel.quota() is None
        assert await channel.friend_link() == ""
    finally:
        await channel.close()


async def test_reason_names_the_complaint_and_no_person(channel: LineChannel, line: FakeLine) -> None:
    details = [
        {"message": "May not be empty", "property": "messages[0].text"},
        {"message": f"not a friend: {_user(3)}"},
    ]
    line.will_answer(400, {"message": "The request body has 2 error(s)", "details": details})
    with pytest.raises(SendError) as error:
        await channel.send(_outgoing(b"[]", 2))
    assert error.value.reason == (
        "400; The request body has 2 error(s); messages[0].text May not be empty; not a friend: <id>"
    )


async def test_rare_questions(channel: LineChannel, line: FakeLine) -> None:
    info = {
        "userId": _user(9),
        "basicId": "@123abcde",
        "displayName": "第二小PTA",
        "chatMode": "bot",
        "markAsReadMode": "auto",
    }
    line.will_answer(200, info)
    assert await channel.friend_link() == "https://line.me/R/ti/p/%40123abcde"
    assert await channel.friend_link() == "https://line.me/R/ti/p/%40123abcde"
    line.will_answer(200, info)
    assert await channel.bot_info() == BotInfo(_user(9), "@123abcde", "第二小PTA")
    line.will_answer(200, {"endpoint": "https://example.com/webhooks/line", "active": False})
    assert await channel.webhook_endpoint() == WebhookEndpoint("https://example.com/webhooks/line", is_active=False)
    line.will_answer(404, {"message": "Not found"})
    assert await channel.webhook_endpoint() is None
    await channel.set_webhook_endpoint("https://example.com/webhooks/line")
    result = {"success": False, "timestamp": "2026-11-22T09:00:00Z", "statusCode": 0, "reason": "COULD_NOT_CONNECT"}
    line.will_answer(200, {**result, "detail": "no route"})
    assert await channel.test_webhook() == WebhookTest(False, 0, "COULD_NOT_CONNECT", "no route")
    line.will_answer(200, {"displayName": "はなこ", "userId": _user(1), "language": "ja"})
    assert await channel.display_name(_user(1)) == "はなこ"
    line.will_answer(404, {"message": "Not found"})
    assert await channel.display_name(_user(1)) is None
    assert [(call.method, call.path) for call in line.calls] == [
        ("GET", "/v2/bot/info"),
        ("GET", "/v2/bot/info"),
        ("GET", "/v2/bot/channel/webhook/endpoint"),
        ("GET", "/v2/bot/channel/webhook/endpoint"),
        ("PUT", "/v2/bot/channel/webhook/endpoint"),
        ("POST", "/v2/bot/channel/webhook/test"),
        ("GET", f"/v2/bot/profile/{_user(1)}"),
        ("GET", f"/v2/bot/profile/{_user(1)}"),
    ]
    assert all(call.headers["Authorization"] == f"Bearer {TOKEN}" for call in line.calls)


@pytest.mark.parametrize(
    ("plan", "quota"),
    [
        ({"type": "limited", "value": 200}, Quota(200, 168)),
        ({"type": "none"}, Quota(None, 168)),
        ({"type": "limited"}, None),
        ({"type": "by the moon"}, None),
    ],
    ids=str,
)
async def test_limit_is_told_and_never_guessed(
    channel: LineChannel, line: FakeLine, plan: dict[str, Any], quota: Quota | None
) -> None:
    line.by_path = {"/v2/bot/message/quota": plan, "/v2/bot/message/quota/consumption": {"totalUsage": 168}}
    assert await channel.quota() == quota


@pytest.mark.parametrize(
    ("status", "body", "failure"),
    [
        (401, {"message": "Authentication failed"}, Failure.UNAUTHORIZED),
        (500, b"", Failure.UNKNOWN),
        (200, {"basicId": 7}, Failure.UNKNOWN),
        (200, b"not json", Failure.UNKNOWN),
        (429, {"message": "The API rate limit has been exceeded. Try again later."}, Failure.RATE_LIMITED),
    ],
)
async def test_rare_question_fails_in_our_words(
    channel: LineChannel, line: FakeLine, status: int, body: object, failure: Failure
) -> None:
    line.will_answer(status, body)
    with pytest.raises(SendError) as error:
        await channel.bot_info()
    assert error.value.failure is failure


@pytest.mark.parametrize(("fault", "reason"), [("hang", "time-out"), ("disconnect", "disconnected")])
async def test_rare_question_without_an_answer_is_unknown(
    channel: LineChannel, line: FakeLine, fault: str, reason: str
) -> None:
    line.answers.extend([fault, fault])  # aiohttp repeats a GET whose connection broke
    with pytest.raises(SendError) as error:
        await channel.bot_info()
    assert (error.value.failure, error.value.reason) == (Failure.UNKNOWN, reason)


async def test_once_we_know_ourselves_webhooks_for_others_are_refused(channel: LineChannel, line: FakeLine) -> None:
    body = body_of("verify")
    headers = {"x-line-signature": sign(body, SECRET.encode()).decode()}
    assert list(channel.read(body, headers, NOW)) == []
    line.will_answer(
        200, {"userId": _user(9), "basicId": "@a", "displayName": "b", "chatMode": "bot", "markAsReadMode": "auto"}
    )
    await channel.bot_info()
    with pytest.raises(RejectedError, match="destination"):
        channel.read(body, headers, NOW)


async def test_every_call_is_logged_without_secrets(
    channel: LineChannel, line: FakeLine, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    line.will_answer(200, x_line_request_id="r1")
    await channel.send(_outgoing(channel.prepare(CARD), 2))
    line.will_answer(200, {"displayName": "はなこ", "userId": _user(1)}, x_line_request_id="r2")
    await channel.display_name(_user(1))
    line.answers.append("disconnect")
    with pytest.raises(SendError):
        await channel.send(_outgoing(b"[]", 1))
    await channel.close()
    ours = [record.__dict__ for record in caplog.records if record.msg in {"line.call", "line.calls"}]
    names = [(it["method"], it["path"], it["status"], it.get("request_ids") or it["request_id"]) for it in ours]
    assert sorted(names) == [
        ("GET", "/v2/bot/profile/{userId}", 200, "r2"),
        ("POST", "/v2/bot/message/multicast", 200, "r1"),
        ("POST", "/v2/bot/message/push", 0, "-"),
    ]
    everything = repr([record.__dict__ for record in caplog.records])
    assert not any(secret in everything for secret in (TOKEN, _user(1), CARD.title, "はなこ"))


def test_settings_show_no_secret() -> None:
    shown = repr(LineConfig(secrets=("very-secret",), access_token="very-secret"))
    assert "very-secret" not in shown


@pytest.mark.parametrize(("secrets", "token"), [((), "t"), (("",), "t"), (("s",), "")])
def test_settings_that_would_let_anybody_in_are_refused(secrets: tuple[str, ...], token: str) -> None:
    with pytest.raises(ValueError, match="LINE needs"):
        LineConfig(secrets=secrets, access_token=token)


async def test_environment_proxies_are_not_obeyed(
    channel: LineChannel, line: FakeLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    await channel.send(_outgoing(b"[]", 2))
    await channel.set_webhook_endpoint("https://example.com/webhooks/line")
    assert len(line.calls) == 2


async def test_one_call_holds_everything_that_is_prepared(channel: LineChannel, line: FakeLine) -> None:
    answer = Reply((Panel("状況", buttons=(BUTTON,)), Text("続き")))
    await channel.reply(_event(), answer)
    messages = line.calls[0].json["messages"]
    assert isinstance(messages, list)
    assert [message["type"] for message in messages] == ["flex", "text"]


def _tap() -> Event:
    return Tap(
        id="e2",
        channel="line",
        user=_user(1),
        at=NOW,
        received_at=NOW,
        reply_token="token-2",
        notice="n1",
        version=1,
        choice="ok",
    )


async def test_thanks_that_were_taken_share_a_line_within_a_second(
    channel: LineChannel, line: FakeLine, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calling, "_TOLD_WITHIN", 0.01)
    caplog.set_level("INFO", "bot")
    for number in range(3):
        line.will_answer(200, x_line_request_id=f"r{number}")
        await channel.reply(_tap(), reply(Text("はい")))
    await asyncio.sleep(0.1)
    told = [r.__dict__ for r in caplog.records if r.name.startswith("bot")]
    assert {(it["msg"], it["path"], it["status"]) for it in told} == {("line.calls", "/v2/bot/message/reply", 200)}
    assert ",".join(it["request_ids"] for it in told) == "r0,r1,r2"
    assert sum(it["calls"] for it in told) == 3


async def test_a_line_tells_of_a_hundred_calls_at_most(
    channel: LineChannel, line: FakeLine, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "bot")
    for _ in range(150):
        await channel.reply(_tap(), reply(Text("はい")))
    await channel.close()
    told = [r.__dict__["calls"] for r in caplog.records if r.getMessage() == "line.calls"]
    assert sum(told) == len(line.calls) == 150
    assert max(told) <= 100


async def test_an_answer_to_what_somebody_wrote_has_a_line_of_its_own(
    channel: LineChannel, line: FakeLine, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "bot")
    line.will_answer(200, x_line_request_id="r1")
    await channel.reply(_event(), reply(Text("はい")))
    assert [r.__dict__["request_id"] for r in caplog.records if r.getMessage() == "line.call"] == ["r1"]


async def test_thanks_that_were_refused_make_a_line_with_the_words_of_their_request(
    channel: LineChannel, line: FakeLine, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "bot")
    line.will_answer(400, {"message": "Invalid reply token"}, x_line_request_id="r1")
    with pytest.raises(SendError):
        await channel.reply(_tap(), reply(Text("はい")))
    (record,) = [r for r in caplog.records if r.name.startswith("bot")]
    assert (record.__dict__["status"], record.__dict__["request_id"]) == (400, "r1")
