"""Webhooks: signed, in order, complete; delivered again when that is switched on."""

import asyncio
import base64
import re

from simulator.line.webhooks import sign
from tests.simulator.conftest import SECRET, Bot, Client, card, confirm, say

OFFICIAL_SECRET = "8c570fa6dd201bb328f1c1eac23a96d8"
OFFICIAL_BODY = b'{"destination":"U8e742f61d673b39c7fff3cecb7536ef0","events":[]}'
OFFICIAL_SIGNATURE = "GhRKmvmHys4Pi8DxkF4+EayaH0OqtJtaZxgTD9fMDLs="


async def test_the_official_signature_vector_comes_out_right(client: Client, bot: Bot) -> None:
    assert sign(OFFICIAL_SECRET, OFFICIAL_BODY) == OFFICIAL_SIGNATURE
    await client.sim("/line/settings", {"channel_secrets": [OFFICIAL_SECRET]})
    await client.sim("/line/raw", {"body_base64": base64.b64encode(OFFICIAL_BODY).decode()})
    assert bot.raw == [OFFICIAL_BODY]
    assert bot.headers[0]["x-line-signature"] == OFFICIAL_SIGNATURE


async def test_a_text_arrives_signed_with_everything_line_sends(client: Client, bot: Bot) -> None:
    hanako = await client.user()
    await client.sim(f"/line/users/{hanako}/text", {"text": "欠席します🙇"})
    body, event = bot.bodies[0], bot.events[0]
    assert bot.signed()
    assert body["destination"] == (await client.api("GET", "/info")).body["userId"]
    assert event["type"] == "message"
    assert event["message"]["text"] == "欠席します🙇"
    assert event["message"].keys() == {"type", "id", "text", "quoteToken", "markAsReadToken"}
    assert event["source"] == {"type": "user", "userId": hanako}
    assert event["mode"] == "active"
    assert event["deliveryContext"] == {"isRedelivery": False}
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{26}", event["webhookEventId"])
    assert isinstance(event["timestamp"], int)
    assert event["replyToken"]
    assert "欠席".encode() in bot.raw[0]
    assert b'": ' not in bot.raw[0]


async def test_event_ids_begin_with_the_simulated_time(client: Client, bot: Bot) -> None:
    hanako = await client.user()
    await client.sim("/clock", {"advance": 10 * 365 * 24 * 3600})
    await client.sim(f"/line/users/{hanako}/text", {"text": "はい"})
    event = bot.events[0]
    digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    moment = 0
    for character in event["webhookEventId"][:10]:
        moment = moment * 32 + digits.index(character)
    assert moment == event["timestamp"]
    assert abs(moment - (await client.sim("/clock"))["now_ms"]) < 60_000


async def test_following_blocking_and_unblocking_become_events(client: Client, bot: Bot) -> None:
    hanako = await client.user(friend=False)
    for verb in ("follow", "block", "unblock"):
        await client.sim(f"/line/users/{hanako}/{verb}", {})
    assert bot.types() == ["follow", "unfollow", "follow"]
    assert [event.get("follow") for event in bot.events] == [{"isUnblocked": False}, None, {"isUnblocked": True}]
    assert [("replyToken" in event) for event in bot.events] == [True, False, True]


async def test_a_tap_sends_the_postback_of_that_very_button(client: Client, bot: Bot) -> None:
    hanako = await client.user()
    await client.push(hanako, card(confirm(data="n=1", displayText="確認しました")))
    await client.push(hanako, card(confirm(data="n=2"), confirm("欠席", "n=2&a=no")))
    tapped = await client.sim(f"/line/users/{hanako}/tap", {"label": "確認しました"})
    first = (await client.chat(hanako))[0]["id"]
    await client.sim(f"/line/users/{hanako}/tap", {"label": "確認しました", "messageId": first})
    assert [event["postback"] for event in bot.events] == [{"data": "n=2"}, {"data": "n=1"}]
    assert tapped["deliveries"][0]["status"] == 200
    assert (await client.chat(hanako))[-1]["texts"] == ["確認しました"]
    assert (await client.chat(hanako))[-1]["from"] == "user"


async def test_a_tap_on_a_missing_button_names_those_there_are(client: Client) -> None:
    hanako = await client.user()
    await client.push(hanako, card(confirm(), confirm("欠席", "x")))
    answer = await client.sim(f"/line/users/{hanako}/tap", {"label": "参加"}, expect=404)
    assert answer["labels"] == ["確認しました", "欠席"]


async def test_repeated_taps_are_separate_events_with_ids_of_their_own(client: Client, bot: Bot) -> None:
    hanako = await client.user()
    await client.push(hanako, card(confirm()))
    await client.sim(f"/line/users/{hanako}/tap", {"label": "確認しました", "times": 3})
    assert bot.types() == ["postback"] * 3
    assert len({event["webhookEventId"] for event in bot.events}) == 3


async def test_message_uri_picker_and_clipboard_buttons_behave_as_in_an_app(client: Client, bot: Bot) -> None:
    hanako = await client.user()
    link = {"type": "uri", "label": "開く", "uri": "https://example.com/c/1"}
    write = {"type": "message", "label": "書く", "text": "記録"}
    pick = {"type": "datetimepicker", "label": "選ぶ", "data": "d=1", "mode": "date"}
    copy = {"type": "clipboard", "label": "写す", "clipboardText": "A1"}
    await client.push(hanako, card(link, write, pick, copy))

    async def tap(label: str, **more: object) -> dict[str, object]:
        return await client.sim(f"/line/users/{hanako}/tap", {"label": label, **more})

    assert (await tap("開く"))["opened"] == "https://example.com/c/1"
    assert (await tap("写す"))["copied"] == "A1"
    assert bot.events == []
    await tap("書く")
    await tap("選ぶ", params={"date": "2026-11-30"})
    assert bot.events[0]["message"]["text"] == "記録"
    assert bot.events[1]["postback"] == {"data": "d=1", "params": {"date": "2026-11-30"}}


async def test_quick_replies_vanish_with_the_next_message(client: Client, bot: Bot) -> None:
    hanako = await client.user()
    quick = {"items": [{"type": "action", "action": confirm("はい", "q=1")}]}
    await client.push(hanako, {**say("来ますか"), "quickReply": quick})
    assert (await client.chat(hanako))[0]["buttons"] == [
        {"label": "はい", "action": confirm("はい", "q=1"), "quick": True}
    ]
    await client.sim(f"/line/users/{hanako}/tap", {"label": "はい"})
    await client.push(hanako, say("次"))
    await client.sim(f"/line/users/{hanako}/tap", {"label": "はい"}, expect=404)
    assert bot.types() == ["postback"]


async def test_a_blocker_cannot_write_or_tap(client: Client, bot: Bot) -> None:
    hanako = await client.user()
    await client.sim(f"/line/users/{hanako}/block", {})
    await client.sim(f"/line/users/{hanako}/text", {"text": "はい"}, expect=409)
    assert bot.types() == ["unfollow"]


async def test_pictures_and_files_can_be_fetched_until_they_are_unsent(client: Client, bot: Bot) -> None:
    hanako = await client.user()
    await client.sim(f"/line/users/{hanako}/image", {})
    content = base64.b64encode("組,名前\n".encode()).decode()
    body = {"body_base64": content, "fileName": "名簿.csv", "content_type": "text/csv"}
    await client.sim(f"/line/users/{hanako}/file", body)
    image, file = (event["message"] for event in bot.events)
    assert (image["type"], image["contentProvider"]) == ("image", {"type": "line"})
    assert (file["fileName"], file["fileSize"]) == ("名簿.csv", 11)
    assert (await client.api("GET", f"/message/{file['id']}/content")).body == "組,名前\n".encode()
    await client.sim(f"/line/users/{hanako}/unsend", {"messageId": image["id"]})
    gone = await client.api("GET", f"/message/{image['id']}/content")
    assert (gone.status, gone.body) == (410, {"message": "The content is gone"})
    unknown = await client.api("GET", "/message/1/content")
    assert (unknown.status, unknown.body) == (404, {"message": "not found"})
    assert bot.events[-1]["unsend"] == {"messageId": image["id"]}
    assert "replyToken" not in bot.events[-1]
    assert (await client.chat(hanako))[0]["message"] == {"type": "unsent"}


async def test_stickers_arrive(client: Client, bot: Bot) -> None:
    await client.sim(f"/line/users/{await client.user()}/sticker", {})
    assert bot.events[0]["message"]["type"] == "sticker"


async def test_a_group_tells_of_joining_members_mentions_and_leaving(client: Client, bot: Bot) -> None:
    hanako, taro = await client.user(), await client.user("太郎")
    group = (await client.sim("/line/groups", {"name": "1年A組", "members": [hanako]}))["id"]
    path = f"/line/groups/{group}"
    await client.sim(f"{path}/text", {"userId": hanako, "text": "まだいません"})
    await client.sim(f"{path}/invite", {})
    await client.sim(f"{path}/text", {"userId": hanako, "text": "😀@みどり小学校 こんにちは"})
    await client.sim(f"{path}/members", {"add": [taro]})
    await client.sim(f"{path}/members", {"remove": [taro]})
    await client.sim(f"{path}/text", {"userId": taro, "text": "もういません"}, expect=409)
    join, said, joined, left = bot.events
    assert join["source"] == {"type": "group", "groupId": group}
    assert join["replyToken"]
    assert said["source"] == {"type": "group", "groupId": group, "userId": hanako}
    mentioned = said["message"]["mention"]["mentionees"][0]
    assert (mentioned["index"], mentioned["length"], mentioned["isSelf"]) == (2, 7, True)
    assert joined["joined"]["members"] == [{"type": "user", "userId": taro}]
    assert left["left"]["members"] == [{"type": "user", "userId": taro}]
    assert "replyToken" not in left
    assert (await client.reply(join["replyToken"], say("はじめまして"))).status == 200
    assert (await client.api("POST", f"/group/{group}/leave", {})).status == 200
    shown = await client.sim(f"{path}/messages")
    assert [item["from"] for item in shown["messages"]][-2:] == ["bot", "system"]
    assert (await client.push(group)).status == 400


async def test_a_member_can_remove_the_bot_and_send_things_without_it(client: Client, bot: Bot) -> None:
    hanako = await client.user()
    group = (await client.sim("/line/groups", {"name": "1年A組", "members": [hanako]}))["id"]
    path = f"/line/groups/{group}"
    await client.sim(f"{path}/remove_bot", {}, expect=409)
    await client.sim(f"{path}/invite", {})
    await client.sim(f"{path}/invite", {}, expect=409)
    await client.push(group, card(confirm(displayText="はい")))
    await client.sim(f"{path}/sticker", {"userId": hanako})
    await client.sim(f"{path}/remove_bot", {})
    await client.sim(f"{path}/tap", {"userId": hanako, "label": "確認しました"})
    await client.sim(f"{path}/image", {"userId": hanako})
    assert bot.types() == ["join", "message", "leave"]
    assert "replyToken" not in bot.events[-1]
    assert (await client.reply(bot.events[1]["replyToken"], say("まだいますか"))).status == 200
    shown = await client.sim(f"{path}/messages")
    assert [item["from"] for item in shown["messages"]] == ["system", "bot", "user", "system", "user"]


async def test_a_reply_to_someone_who_blocked_meanwhile_reaches_nobody(client: Client, bot: Bot) -> None:
    hanako = await client.user()
    await client.sim(f"/line/users/{hanako}/text", {"text": "はい"})
    await client.sim(f"/line/users/{hanako}/block", {})
    assert (await client.reply(bot.events[0]["replyToken"])).status == 200
    assert await client.texts(hanako) == ["はい"]


async def test_a_button_can_fill_the_keyboard_and_be_found_by_its_place(client: Client, bot: Bot) -> None:
    hanako = await client.user()
    keyboard = {"inputOption": "openKeyboard", "fillInText": "欠席理由："}
    await client.push(hanako, card(confirm("同じ", "1"), confirm("同じ", "2", **keyboard)))
    message = (await client.chat(hanako))[0]["id"]
    tapped = await client.sim(f"/line/users/{hanako}/tap", {"messageId": message, "index": 1})
    assert tapped["fill_in"] == "欠席理由："
    assert bot.events[0]["postback"] == {"data": "2"}
    await client.sim(f"/line/users/{hanako}/tap", {"messageId": message, "index": 2}, expect=404)


async def test_a_tap_in_a_group_names_the_person_unless_told_otherwise(client: Client, bot: Bot) -> None:
    hanako = await client.user()
    group = (await client.sim("/line/groups", {"name": "1年A組", "members": [hanako]}))["id"]
    await client.sim(f"/line/groups/{group}/invite", {})
    await client.push(group, card(confirm()))
    tap = {"userId": hanako, "label": "確認しました"}
    await client.sim(f"/line/groups/{group}/tap", tap)
    await client.sim("/line/settings", {"group_postback_user_id": False})
    await client.sim(f"/line/groups/{group}/tap", tap)
    assert [event["source"].get("userId") for event in bot.events[1:]] == [hanako, None]


async def test_one_persons_events_keep_their_order_while_others_do_not_wait(client: Client, bot: Bot) -> None:
    slow, quick = await client.user(), await client.user("太郎")
    opened = asyncio.Event()

    async def answer() -> int:
        if bot.events[-1]["source"]["userId"] == slow:
            await opened.wait()
        return 200

    bot.answer = answer
    for words in ("一", "二", "三"):
        await client.sim(f"/line/users/{slow}/text", {"text": words, "wait": False})
    await client.sim(f"/line/users/{quick}/text", {"text": "先に"})
    assert [event["message"]["text"] for event in bot.events] == ["一", "先に"]
    opened.set()
    assert (await client.sim("/line/webhooks?wait_idle=5"))["idle"]
    assert [event["message"]["text"] for event in bot.events] == ["一", "先に", "二", "三"]


async def test_without_redelivery_a_failed_webhook_comes_back_only_when_asked(client: Client, bot: Bot) -> None:
    hanako = await client.user()
    bot.status = 503
    sent = await client.sim(f"/line/users/{hanako}/text", {"text": "はい"})
    assert sent["deliveries"][0]["reason"] == "ERROR_STATUS_CODE"
    await client.sim("/clock", {"advance": 3600})
    bot.status = 200
    assert (await client.sim("/line/webhooks"))["undelivered"] == 1
    assert (await client.sim("/line/redeliver", {}))["sent"] == 1
    first, again = bot.events
    assert again["deliveryContext"] == {"isRedelivery": True}
    assert {**again, "deliveryContext": first["deliveryContext"]} == first
    assert bot.signed()
    assert (await client.sim("/line/webhooks"))["undelivered"] == 0


async def test_with_redelivery_it_comes_again_by_itself_when_time_has_passed(client: Client, bot: Bot) -> None:
    await client.sim("/line/settings", {"webhook_redelivery": True, "redelivery_intervals_s": [1000, 2000]})
    hanako = await client.user()
    arrived = asyncio.Event()
    bot.status = 500
    await client.sim(f"/line/users/{hanako}/text", {"text": "はい"})
    assert len(bot.events) == 1

    async def answer() -> int:
        arrived.set()
        return 500

    bot.answer = answer
    for step in (1000, 2000):
        arrived.clear()
        await client.sim("/clock", {"advance": step})
        await arrived.wait()
        await client.sim("/line/webhooks?wait_idle=5")
    assert [event["deliveryContext"]["isRedelivery"] for event in bot.events] == [False, True, True]
    assert len({event["webhookEventId"] for event in bot.events}) == 1
    assert (await client.sim("/line/webhooks"))["undelivered"] == 0


async def test_a_slow_bot_is_a_time_out(client: Client, bot: Bot) -> None:
    await client.sim("/line/settings", {"webhook_timeout_s": 0.05})
    hanako, never = await client.user(), asyncio.Event()

    async def answer() -> int:
        await never.wait()
        return 200

    bot.answer = answer
    sent = await client.sim(f"/line/users/{hanako}/text", {"text": "はい"})
    assert (sent["deliveries"][0]["status"], sent["deliveries"][0]["reason"]) == (0, "REQUEST_TIMEOUT")
    never.set()


async def test_a_bot_that_is_not_there_is_could_not_connect(client: Client, bot: Bot) -> None:
    await client.sim("/line/settings", {"webhook_url": "http://127.0.0.1:9/"})
    sent = await client.sim(f"/line/users/{await client.user()}/text", {"text": "はい"})
    assert sent["deliveries"][0]["reason"] == "COULD_NOT_CONNECT"
    assert (await client.calls())[-1]["kind"] == "webhook"


async def test_a_redirect_is_no_success(client: Client, bot: Bot) -> None:
    bot.status = 308
    sent = await client.sim(f"/line/users/{await client.user()}/text", {"text": "はい"})
    assert (sent["deliveries"][0]["status"], sent["deliveries"][0]["reason"]) == (308, "ERROR_STATUS_CODE")
    assert len(bot.bodies) == 1


async def test_nothing_is_sent_while_the_webhook_is_not_in_use(client: Client, bot: Bot) -> None:
    await client.sim("/line/settings", {"webhook_active": False})
    sent = await client.sim(f"/line/users/{await client.user()}/text", {"text": "はい"})
    assert sent["deliveries"][0]["reason"] == "NOT_SENT"
    assert bot.events == []


async def test_the_webhook_test_really_calls_and_says_how_it_went(client: Client, bot: Bot) -> None:
    fine = await client.api("POST", "/channel/webhook/test", {})
    assert bot.raw[0].endswith(b'"events":[]}')
    assert bot.signed()
    assert fine.body["success"] is True
    assert (fine.body["statusCode"], fine.body["reason"], fine.body["detail"]) == (200, "OK", "200")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", fine.body["timestamp"])
    bot.status = 404
    wrong = (await client.api("POST", "/channel/webhook/test", {})).body
    assert (wrong["success"], wrong["statusCode"], wrong["reason"]) == (False, 404, "ERROR_STATUS_CODE")
    gone = (await client.api("POST", "/channel/webhook/test", {"endpoint": "http://127.0.0.1:9/"})).body
    assert (gone["success"], gone["statusCode"], gone["reason"]) == (False, 0, "COULD_NOT_CONNECT")


async def test_the_webhook_address_can_be_read_set_and_missing(client: Client, bot: Bot) -> None:
    assert (await client.api("GET", "/channel/webhook/endpoint")).body == {"endpoint": bot.url, "active": True}
    other = bot.url + "?x=1"
    assert (await client.api("PUT", "/channel/webhook/endpoint", {"endpoint": other})).status == 200
    assert (await client.sim("/line/settings"))["webhook_url"] == other
    assert (await client.api("PUT", "/channel/webhook/endpoint", {"endpoint": "nowhere"})).status == 400
    assert (await client.api("PUT", "/channel/webhook/endpoint", {"endpoint": "http://a/" + "x" * 500})).status == 400
    await client.sim("/line/settings", {"webhook_url": None})
    for method, path in (("GET", "/channel/webhook/endpoint"), ("POST", "/channel/webhook/test")):
        missing = await client.api(method, path, {} if method == "POST" else None)
        assert (missing.status, missing.body) == (404, {"message": "Webhook endpoint not found"})


async def test_several_events_of_several_people_go_in_one_body(client: Client, bot: Bot) -> None:
    hanako, taro = await client.user(), await client.user("太郎")
    sent = await client.sim(
        "/line/events",
        {
            "events": [
                {"type": "postback", "userId": hanako, "data": "n=1"},
                {"userId": taro, "text": "はい", "timestamp": 5},
                {"type": "somethingNew", "source": {"type": "user", "userId": taro}, "new": 1},
            ]
        },
    )
    assert sent["status"] == 200
    assert sent["body_ms"] > 0
    assert len(bot.bodies) == 1
    assert bot.events == sent["events"]
    assert bot.types() == ["postback", "message", "somethingNew"]
    assert bot.events[1]["timestamp"] == 5
    assert (await client.reply(bot.events[0]["replyToken"])).status == 200
    assert "replyToken" not in bot.events[2]


async def test_events_can_be_duplicated_shuffled_separated_and_marked_redelivered(client: Client, bot: Bot) -> None:
    hanako = await client.user()
    events = [{"userId": hanako, "data": str(number)} for number in range(6)]
    await client.sim("/line/events", {"events": events, "shuffle": 1, "duplicate": 1, "redelivery": True})
    assert len(bot.bodies) == 2
    assert bot.bodies[0] == bot.bodies[1]
    order = [event["postback"]["data"] for event in bot.bodies[0]["events"]]
    assert order != sorted(order)
    assert all(event["deliveryContext"]["isRedelivery"] for event in bot.events)
    await client.sim("/line/events", {"events": events, "separate": True})
    assert len(bot.bodies) == 8


async def test_raw_bytes_go_out_untouched_with_any_signature(client: Client, bot: Bot) -> None:
    raw = b'{"events": [ \xff'
    body = {"body_base64": base64.b64encode(raw).decode(), "headers": {"X-Test": "1"}}
    right = await client.sim("/line/raw", body)
    await client.sim("/line/raw", {**body, "signature": "wrong"})
    await client.sim("/line/raw", {**body, "signature": None})
    assert bot.raw == [raw] * 3
    assert right["status"] == 200
    assert bot.signed(0, SECRET)
    assert [headers.get("x-line-signature") for headers in bot.headers[1:]] == ["wrong", None]
    assert bot.headers[0]["x-test"] == "1"


async def test_the_bot_can_have_a_new_secret(client: Client, bot: Bot) -> None:
    await client.sim("/line/settings", {"channel_secrets": ["new", SECRET]})
    await client.sim(f"/line/users/{await client.user()}/text", {"text": "はい"})
    assert bot.signed(secret="new")


async def test_a_reset_drops_what_still_waits_to_be_sent(client: Client, bot: Bot) -> None:
    hanako, opened = await client.user(), asyncio.Event()

    async def answer() -> int:
        await opened.wait()
        return 200

    bot.answer = answer
    for words in ("一", "二"):
        await client.sim(f"/line/users/{hanako}/text", {"text": words, "wait": False})
    await client.sim("/reset", {})
    opened.set()
    assert (await client.sim("/line/webhooks?wait_idle=5"))["idle"]
    assert [event["message"]["text"] for event in bot.events] in (["一"], [])
