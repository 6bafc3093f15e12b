"""How webhooks travel: signatures, the handshake, attempts, order, and everything that can be odd about them."""

import asyncio
import base64
import json
from typing import Any

import pytest

from simulator.app import Simulator
from tests.simulator.whatsapp.conftest import SECRET, VERIFY, WABA_ID, Bot, Client

HANAKO = "819012345678"


@pytest.fixture
async def hanako(client: Client) -> str:
    """Hanako's id; the template is approved."""
    await client.approve()
    return await client.user()


async def write(client: Client, user: str, words: str, **more: Any) -> dict[str, Any]:
    return await client.sim(f"/users/{user}/text", {"text": words, **more})


def said(bot: Bot) -> list[str]:
    """What was written, in the order of arrival."""
    return [message["text"]["body"] for message in bot.items() if message["type"] == "text"]


async def test_the_signature_covers_the_raw_bytes(client: Client, bot: Bot, hanako: str) -> None:
    await write(client, hanako, "はい😀")
    assert bot.signed()
    assert not bot.signed(secret="another")
    assert "はい😀".encode() in bot.raw[-1]
    assert bot.headers[-1]["content-type"] == "application/json"


@pytest.mark.parametrize("kind", ["wrong", "missing", "other_secret", "not_ascii", "no_prefix"])
async def test_a_signature_can_be_wrong_and_the_next_attempt_is_right(
    client: Client, bot: Bot, hanako: str, kind: str
) -> None:
    async def check() -> int:
        return 200 if bot.signed() else 401

    bot.answer = check
    await client.fault("webhook_signature", kind=kind)
    outcome = (await write(client, hanako, "はい"))["deliveries"][0]
    assert (outcome["status"], outcome["reason"]) == (401, "ERROR_STATUS_CODE")
    assert ("x-hub-signature-256" in bot.headers[-1]) is (kind != "missing")
    assert (await client.sim("/redeliver", {}))["deliveries"][0]["status"] == 200
    assert bot.bodies[0] == bot.bodies[1]
    await client.sim("/faults", {"fault": "webhook_signature", "kind": "x"}, expect=400)


async def test_several_signatures_can_be_wrong_in_a_row(client: Client, bot: Bot, hanako: str) -> None:
    await client.fault("webhook_signature", times=2)
    right = []
    for words in "一二三":
        await write(client, hanako, words)
        right.append(bot.signed())
    assert right == [False, False, True]


async def test_the_handshake_sends_the_challenge_and_takes_the_address_over(client: Client, bot: Bot) -> None:
    await client.sim("/settings", {"webhook_url": None})
    assert (await client.sim("/verify", {"url": bot.url}))["verified"] is True
    assert (await client.sim("/settings"))["webhook_url"] == bot.url
    call = (await client.calls("webhook"))[-1]
    assert (call["method"], call["status"], call["verified"]) == ("GET", 200, True)
    assert (call["body"]["hub.mode"], call["body"]["hub.verify_token"]) == ("subscribe", VERIFY)
    assert call["body"]["hub.challenge"] == str(call["response"])


async def test_a_handshake_that_fails_changes_nothing(client: Client, bot: Bot) -> None:
    refused = await client.sim("/verify", {"url": bot.url + "?x=1", "verify_token": "wrong"}, expect=409)
    assert (refused["verification"]["verified"], refused["verification"]["status"]) == (False, 403)
    assert (await client.sim("/settings"))["webhook_url"] == bot.url
    await client.sim("/verify", {"url": "http://127.0.0.1:1/"}, expect=409)
    bot.is_echoing = False
    refused = await client.sim("/verify", {"url": bot.url + "?x=1"}, expect=409)
    assert (refused["verification"]["verified"], refused["verification"]["status"]) == (False, 200)


async def test_setting_an_address_tries_it(client: Client, bot: Bot) -> None:
    assert (await client.sim("/settings", {"webhook_url": bot.url}))["verification"]["verified"] is True
    answer = await client.sim("/settings", {"webhook_url": bot.url, "verify_token": "wrong"})
    assert answer["verification"]["verified"] is False


@pytest.mark.parametrize("status", [201, 204, 302, 401, 500])
async def test_anything_but_200_is_offered_again(client: Client, bot: Bot, hanako: str, status: int) -> None:
    bot.status = status
    await write(client, hanako, "はい")
    assert (await client.idle())["undelivered"] == 1
    bot.status = 200
    await client.control("/clock", {"advance": 2})
    await until(client, undelivered=0)
    assert said(bot) == ["はい", "はい"]
    assert bot.bodies[0] == bot.bodies[1]
    assert [call["attempt"] for call in await client.calls("webhook")] == [1, 2]


async def test_attempts_become_rarer_and_end_after_a_week(client: Client, bot: Bot, hanako: str) -> None:
    bot.status = 500
    await write(client, hanako, "はい")
    gaps = [1, 5, 30, 120, 600, 1800, 3600, 7200, 21600, 43200] + [86400] * 6
    for attempt, gap in enumerate(gaps, 2):
        await client.control("/clock", {"advance": gap * 0.5})
        await asyncio.sleep(0)
        await client.control("/clock", {"advance": gap * 0.5})
        await client.control(f"/calls?kind=webhook&after={attempt - 1}&wait=5")
        await client.idle()
        assert len(bot.bodies) == attempt
    assert (await client.idle())["undelivered"] == 0  # the next one would be in the second week


async def test_without_attempts_a_failed_webhook_is_gone(client: Client, bot: Bot, hanako: str) -> None:
    await client.sim("/settings", {"webhook_retry": False})
    bot.status = 500
    await write(client, hanako, "はい")
    assert (await client.idle())["undelivered"] == 0


async def test_nobody_listening_is_offered_again_later(client: Client, bot: Bot, hanako: str) -> None:
    await client.sim("/settings", {"webhook_url": "http://127.0.0.1:1/"})
    assert (await write(client, hanako, "はい"))["deliveries"][0]["reason"] == "COULD_NOT_CONNECT"
    await client.sim("/settings", {"webhook_url": bot.url})
    await client.sim("/redeliver", {})
    assert said(bot) == ["はい"]


async def test_a_bot_that_takes_too_long_is_told_again(client: Client, bot: Bot, hanako: str) -> None:
    waiting = asyncio.Event()

    async def never() -> int:
        await waiting.wait()
        return 200

    bot.answer = never
    await client.sim("/settings", {"webhook_timeout_s": 0.1})
    assert (await write(client, hanako, "はい"))["deliveries"][0]["reason"] == "REQUEST_TIMEOUT"
    waiting.set()
    await client.sim("/redeliver", {})
    assert said(bot) == ["はい", "はい"]


async def test_without_an_address_nothing_is_sent(client: Client, bot: Bot, hanako: str) -> None:
    await client.sim("/settings", {"webhook_url": None})
    assert (await write(client, hanako, "はい"))["deliveries"][0]["reason"] == "NOT_SENT"
    assert bot.bodies == []


async def test_webhooks_can_be_lost_until_they_are_offered_again(client: Client, bot: Bot, hanako: str) -> None:
    await client.fault("webhook_lost")
    assert (await write(client, hanako, "一"))["deliveries"][0]["reason"] == "LOST"
    await write(client, hanako, "二")
    await client.control("/clock", {"advance": 2})
    await until(client, undelivered=0)
    assert said(bot) == ["二", "一"]


async def test_webhooks_can_come_twice_with_the_same_ids(client: Client, bot: Bot, hanako: str) -> None:
    await client.fault("webhook_duplicate", copies=2)
    await write(client, hanako, "はい")
    await client.idle()
    assert said(bot) == ["はい"] * 3
    assert len({message["id"] for message in bot.items()}) == 1
    await write(client, hanako, "いいえ")
    await client.idle()
    assert said(bot) == ["はい"] * 3 + ["いいえ"]


@pytest.mark.parametrize(("order", "expected"), [("reverse", "三二一"), ("same", "一二三")])
async def test_webhooks_can_be_held_and_released_in_another_order(
    client: Client, bot: Bot, hanako: str, order: str, expected: str
) -> None:
    await client.fault("webhook_hold")
    for words in "一二三":
        assert (await write(client, hanako, words))["deliveries"][0]["reason"] == "HELD"
    assert (bot.bodies, (await client.idle())["held"]) == ([], 3)
    assert (await client.fault("webhook_release", order=order))["released"] == 3
    await client.idle()
    assert said(bot) == list(expected)


async def test_webhooks_can_be_shuffled(client: Client, bot: Bot, hanako: str) -> None:
    await client.fault("webhook_shuffle", times=5, seed=3)
    for words in "一二三四五":
        await write(client, hanako, words)
    await client.idle()
    assert sorted(said(bot)) == sorted("一二三四五")
    assert said(bot) != list("一二三四五")


async def test_statuses_can_overtake_each_other(client: Client, bot: Bot, hanako: str) -> None:
    await client.fault("webhook_hold")
    await client.notice(HANAKO)
    await client.sim(f"/users/{hanako}/read", {})
    await client.fault("webhook_release", order="reverse")
    await client.idle()
    assert bot.statuses() == ["read", "delivered", "sent"]


SHAPES = {
    "changes": [[1] * 8],
    "entries": [[1]] * 8,
    "items": [[8]],
    "mixed": [[3, 3, 2]],
}


@pytest.mark.parametrize("spread", SHAPES)
async def test_webhooks_can_be_batched_over_entries_and_changes(
    client: Client, bot: Bot, hanako: str, spread: str
) -> None:
    await client.fault("webhook_batch", times=8, spread=spread)
    for number in range(8):
        await write(client, hanako, str(number))
    await client.idle()
    (body,) = bot.bodies
    shape = [[len(change["value"]["messages"]) for change in entry["changes"]] for entry in body["entry"]]
    assert shape == SHAPES[spread]
    assert said(bot) == [str(number) for number in range(8)]
    assert {entry["id"] for entry in body["entry"]} == {WABA_ID}


async def test_a_mixed_batch_holds_messages_and_statuses_in_several_entries(
    client: Client, bot: Bot, hanako: str
) -> None:
    events: list[dict[str, Any]] = [{"user": HANAKO, "text": str(number)} for number in range(1000)]
    for place in (0, 200, 400, 600, 999):
        events[place] = {"message": {"type": "text", "odd": place}}
    events += [{"status": {"id": "wamid.1", "status": "sent"}}, {"field": "account_update", "value": {"event": "X"}}]
    done = await client.sim("/events", {"events": events, "spread": "mixed"})
    assert done["status"] == 200
    (body,) = bot.bodies
    assert len(body["entry"]) == 84
    assert len(bot.items()) == 1000
    assert [item["odd"] for item in bot.items() if "odd" in item] == [0, 200, 400, 600, 999]
    assert bot.items("statuses") == [{"id": "wamid.1", "status": "sent"}]
    assert bot.changes()[-1] == {"field": "account_update", "value": {"event": "X"}}
    assert body["entry"][-1]["time"] > 0
    assert "time" not in body["entry"][0]


@pytest.mark.parametrize("names", [["contacts"], ["context"], ["from"], ["wa_id"], ["user_id", "from_user_id"]])
@pytest.mark.parametrize("as_setting", [True, False])
async def test_what_meta_sometimes_leaves_out_can_be_left_out(
    client: Client, bot: Bot, hanako: str, names: list[str], *, as_setting: bool
) -> None:
    await client.notice(HANAKO)
    await client.idle()
    if as_setting:
        await client.sim("/settings", {"omit": names})
    else:
        await client.fault("webhook_omit", names=names)
    await client.sim(f"/users/{hanako}/tap", {"label": "確認しました"})
    value = next(change["value"] for change in bot.changes() if change["value"].get("messages"))
    message = value["messages"][0] if as_setting else {}
    contact = (value.get("contacts") or [{}])[0] if as_setting else {}
    if not as_setting:  # the fault struck the first webhook, which is the receipt of having looked
        status = bot.changes()[2]["value"]
        message, contact = status["statuses"][0], (status.get("contacts") or [{}])[0]
        assert message["status"] == "read"
    for name in names:
        assert name not in value or not as_setting
        assert name not in message
        assert name not in contact


async def test_a_status_can_lack_its_recipient_price_and_callback_data(client: Client, bot: Bot, hanako: str) -> None:
    names = ["recipient_id", "recipient_user_id", "biz_opaque_callback_data", "pricing", "contacts"]
    await client.fault("webhook_omit", names=names)
    sent = await client.notice(HANAKO, biz_opaque_callback_data="x")
    await client.idle()
    first, second = bot.items("statuses")
    assert set(first) == {"id", "status", "timestamp"}
    assert first["id"] == sent.id
    assert {"recipient_id", "pricing", "biz_opaque_callback_data"} <= set(second)
    await client.sim("/faults", {"fault": "webhook_omit", "names": ["id"]}, expect=400)


async def test_the_switches_are_listed_and_cleared(client: Client, bot: Bot, hanako: str) -> None:
    for fault in ("webhook_lost", "webhook_duplicate", "webhook_signature"):
        await client.fault(fault, times=2)
    await client.fault("webhook_omit", names=["context"])
    await client.fault("webhook_hold")
    on = [one["fault"] for one in (await client.sim("/faults"))["faults"]]
    assert on == ["webhook_lost", "webhook_duplicate", "webhook_omit", "webhook_signature", "webhook_hold"]
    await client.sim("/faults", method="DELETE")
    assert (await client.sim("/faults"))["faults"] == []
    await write(client, hanako, "はい")
    assert (said(bot), bot.signed()) == (["はい"], True)


async def test_raw_bytes_arrive_as_they_are(client: Client, bot: Bot) -> None:
    raw = b'{"entry": "\xe3\x81\xaf"  }'
    encoded = base64.b64encode(raw).decode()
    assert (await client.sim("/raw", {"body_base64": encoded}))["status"] == 200
    assert (bot.raw[-1], bot.signed()) == (raw, True)
    await client.sim("/raw", {"body_base64": encoded, "signature": None})
    assert "x-hub-signature-256" not in bot.headers[-1]
    await client.sim("/raw", {"body_base64": encoded, "signature": "sha256=odd", "headers": {"X-Odd": "1"}})
    assert (bot.headers[-1]["x-hub-signature-256"], bot.headers[-1]["x-odd"]) == ("sha256=odd", "1")
    assert (await client.sim("/raw", {"body_base64": encoded, "signature": "other_secret"}))["status"] == 200
    assert not bot.signed(secret=SECRET)
    await client.sim("/raw", {"body_base64": "é"}, expect=400)


async def test_events_by_hand_say_only_what_matters(client: Client, bot: Bot, hanako: str) -> None:
    events = [
        {"user": HANAKO, "payload": "ack1:a", "label": "確認しました", "omit": ["context"]},
        {"user": HANAKO, "reply_id": "ack1:b", "label": "はい", "more": {"context": {"id": "wamid.x"}}},
        {"user": HANAKO, "row_id": "ack1:c"},
        {"user": HANAKO, "type": "interactive", "more": {"errors": [{"code": 131051}], "timestamp": "1"}},
        {"error": {"code": 130429}},
        {"change": None},
    ]
    done = await client.sim("/events", {"events": events})
    assert done["deliveries"][0]["status"] == 200
    changes = bot.bodies[-1]["entry"][0]["changes"]
    assert changes[-1] is None
    button, reply, row, odd = [change["value"]["messages"][0] for change in changes[:4]]
    assert button["button"] == {"payload": "ack1:a", "text": "確認しました"}
    assert (reply["interactive"]["button_reply"]["id"], reply["context"]) == ("ack1:b", {"id": "wamid.x"})
    assert row["interactive"]["list_reply"]["id"] == "ack1:c"
    assert ("interactive" in odd, odd["errors"], odd["timestamp"]) == (False, [{"code": 131051}], "1")
    assert changes[4]["value"]["errors"] == [{"code": 130429}]
    assert await client.chat(hanako) == []


async def test_events_by_hand_can_come_apart_twice_and_in_any_order(client: Client, bot: Bot, hanako: str) -> None:
    events = [{"user": HANAKO, "text": words} for words in "一二三四五"]
    await client.sim("/events", {"events": events, "separate": True, "duplicate": 1, "shuffle": 1})
    await client.idle()
    assert sorted(said(bot)) == sorted("一二三四五" * 2)
    assert len(bot.bodies) == 10
    assert len({message["id"] for message in bot.items()}) == 5


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"events": "x"}, 400),
        ({"events": [1]}, 400),
        ({"events": [{"user": "nobody", "text": "x"}]}, 404),
        ({"events": [{"user": HANAKO}]}, 400),
        ({"events": [{"user": HANAKO, "text": "x", "omit": ["id"]}]}, 400),
        ({"events": [], "spread": "x"}, 400),
    ],
)
async def test_events_that_make_no_sense_are_refused(
    client: Client, hanako: str, body: dict[str, Any], status: int
) -> None:
    await client.sim("/events", body, expect=status)


async def test_what_one_person_does_arrives_in_order(client: Client, bot: Bot, hanako: str) -> None:
    for number in range(20):
        await write(client, hanako, str(number), wait=False)
    await client.idle()
    assert said(bot) == [str(number) for number in range(20)]


async def test_a_body_of_3_mb_is_carried(client: Client, bot: Bot, hanako: str) -> None:
    events = [{"user": HANAKO, "text": "あ" * 900} for _ in range(1000)]
    await client.sim("/events", {"events": events, "spread": "items"})
    assert len(bot.raw[-1]) > 2_700_000
    assert bot.signed()
    assert len(json.loads(bot.raw[-1])["entry"][0]["changes"][0]["value"]["messages"]) == 1000


async def test_a_reset_forgets_everybody_of_both_worlds(client: Client, simulator: Simulator, hanako: str) -> None:
    await client.control("/line/users", {"name": "太郎"})
    await client.fault("error_before")
    await client.sim("/settings", {"name": "べつの学校", "webhook_url": None})
    assert (await client.control("/health"))["platforms"] == ["line", "whatsapp"]
    await client.control("/reset", {})
    assert (await client.sim("/users"))["users"] == (await client.control("/line/users"))["users"] == []
    assert (await client.sim("/templates"))["templates"] == (await client.sim("/faults"))["faults"] == []
    assert (await client.sim("/settings"))["name"] == "みどり小学校"


async def until(client: Client, **wanted: int) -> None:
    """Wait until the courier's state is as wanted."""
    async with asyncio.timeout(5):
        while True:
            state = await client.idle()
            if all(state[name] == value for name, value in wanted.items()) and not state["in_flight"]:
                return
            await client.control(f"/calls?kind=webhook&after={(await client.control('/calls'))['last_seq']}&wait=0.1")
