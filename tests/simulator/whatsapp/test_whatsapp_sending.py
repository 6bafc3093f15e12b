"""Sending: who gets what, when only a template may be sent, and what the statuses say."""

import pytest

from tests.simulator.whatsapp.conftest import (
    NUMBER_ID,
    TOKEN,
    Bot,
    Client,
    address,
    buttons,
    rows,
    template,
)


async def test_a_template_arrives_filled_in_with_its_button(client: Client, bot: Bot) -> None:
    hanako = await client.user()
    await client.approve()
    answer = await client.notice("+81 90-1234-5678", "避難訓練", "11/25", biz_opaque_callback_data="delivery-1")
    assert answer.body["contacts"] == [{"input": "+81 90-1234-5678", "wa_id": "819012345678"}]
    assert answer.body["messages"][0]["message_status"] == "accepted"
    assert answer.id.startswith("wamid.")
    (bubble,) = await client.chat(hanako)
    assert bubble["texts"] == [
        "みどり小学校からのお知らせです。件名は「避難訓練」、日時は11/25です。",
        "返信できます",
    ]
    assert bubble["buttons"] == [{"label": "確認しました", "action": {"type": "quick_reply", "payload": "ack1:ref"}}]
    assert (bubble["via"], bubble["callback_data"]) == ("template", "delivery-1")


async def test_the_statuses_say_sent_then_delivered_and_read_when_the_person_looks(client: Client, bot: Bot) -> None:
    hanako = await client.user()
    await client.approve()
    sent = await client.notice("819012345678", biz_opaque_callback_data="delivery-1")
    await client.idle()
    assert bot.statuses() == ["sent", "delivered"]
    await client.sim(f"/users/{hanako}/read", {})
    assert bot.statuses() == ["sent", "delivered", "read"]
    bsuid = (await client.sim(f"/users/{hanako}"))["user_id"]
    for status in bot.items("statuses"):
        assert status["id"] == sent.id
        assert status["timestamp"].isdigit()
        assert (status["recipient_id"], status["recipient_user_id"]) == ("819012345678", bsuid)
        assert status["biz_opaque_callback_data"] == "delivery-1"
        assert status["pricing"] == {
            "billable": True,
            "pricing_model": "PMP",
            "type": "regular",
            "category": "utility",
        }
    assert (await client.chat(hanako))[0]["status"] == "read"


async def test_without_callback_data_the_statuses_carry_none(client: Client, bot: Bot) -> None:
    await client.user()
    await client.approve()
    await client.notice("819012345678")
    await client.idle()
    assert all("biz_opaque_callback_data" not in status for status in bot.items("statuses"))


async def test_only_templates_leave_the_window_and_a_word_opens_it_for_24_hours(client: Client) -> None:
    hanako = await client.user()
    await client.approve()
    assert (await client.say("819012345678")).code == 131047
    assert (await client.send({**address("819012345678"), **buttons("はい")})).code == 131047
    await client.open_window(hanako)
    assert (await client.say("819012345678")).status == 200
    await client.control("/clock", {"advance": 24 * 3600})
    assert (await client.say("819012345678")).code == 131047
    assert (await client.notice("819012345678")).status == 200
    await client.sim(f"/users/{hanako}/tap", {"label": "確認しました"})
    assert (await client.say("819012345678")).status == 200


async def test_a_closed_window_can_be_told_by_a_status_instead(client: Client, bot: Bot) -> None:
    await client.user()
    await client.sim("/settings", {"late_errors": [131047]})
    sent = await client.say("819012345678")
    await client.idle()
    (status,) = bot.items("statuses")
    assert (status["id"], status["status"], status["errors"][0]["code"]) == (sent.id, "failed", 131047)


@pytest.mark.parametrize("phone", ["819000000001", "819012345678"])
async def test_someone_who_is_not_on_whatsapp_fails_after_accepting(client: Client, bot: Bot, phone: str) -> None:
    await client.user(on_whatsapp=False)
    await client.approve()
    sent = await client.notice(phone)
    await client.idle()
    (change,) = bot.changes()
    (status,) = change["value"]["statuses"]
    assert "contacts" not in change["value"]
    assert (status["id"], status["status"], status["recipient_id"]) == (sent.id, "failed", phone)
    assert "recipient_user_id" not in status
    assert status["errors"] == [
        {
            "code": 131026,
            "title": "Message undeliverable",
            "message": "Message undeliverable",
            "error_data": {"details": "Message Undeliverable."},
            "href": "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/",
        }
    ]


async def test_a_refusal_can_be_told_at_once_instead(client: Client) -> None:
    await client.approve()
    await client.sim("/settings", {"late_errors": []})
    assert (await client.notice("819000000001")).code == 131026


async def test_a_phone_that_is_off_stays_at_sent_until_it_is_on(client: Client, bot: Bot) -> None:
    hanako = await client.user(phone_on=False)
    await client.approve()
    await client.notice("819012345678")
    await client.idle()
    assert bot.statuses() == ["sent"]
    assert await client.chat(hanako) == []
    await client.sim(f"/users/{hanako}/phone_on", {})
    assert bot.statuses() == ["sent", "delivered"]
    assert len(await client.chat(hanako)) == 1


async def test_what_waited_30_days_for_a_phone_is_gone(client: Client, bot: Bot) -> None:
    hanako = await client.user(phone_on=False)
    await client.approve()
    await client.notice("819012345678", "運動会", "1日")
    await client.control("/clock", {"advance": 29 * 86_400})
    await client.notice("819012345678", "避難訓練", "2日")
    await client.control("/clock", {"advance": 2 * 86_400})
    await client.sim(f"/users/{hanako}/phone_on", {})
    await client.idle()
    (bubble,) = await client.chat(hanako)
    assert "避難訓練" in bubble["texts"][0]
    assert bot.statuses() == ["sent", "sent", "delivered"]


async def test_whoever_keeps_receipts_off_is_never_seen_to_read(client: Client, bot: Bot) -> None:
    hanako = await client.user(receipts=False)
    await client.approve()
    await client.notice("819012345678")
    await client.sim(f"/users/{hanako}/read", {})
    await client.sim(f"/users/{hanako}/tap", {"label": "確認しました"})
    await client.idle()
    assert bot.statuses() == ["sent", "delivered"]


async def test_a_blocker_stays_at_sent_and_sees_nothing(client: Client, bot: Bot) -> None:
    hanako = await client.user()
    await client.approve()
    await client.sim(f"/users/{hanako}/block", {})
    await client.sim(f"/users/{hanako}/block", {}, expect=409)
    await client.sim(f"/users/{hanako}/text", {"text": "はい"}, expect=409)
    await client.notice("819012345678")
    await client.idle()
    assert bot.statuses() == ["sent"]
    assert await client.chat(hanako) == []
    await client.sim(f"/users/{hanako}/unblock", {})
    await client.notice("819012345678")
    assert len(await client.chat(hanako)) == 1


async def test_a_bsuid_reaches_someone_whose_number_nobody_knows(client: Client, bot: Bot) -> None:
    hanako = await client.user(phone=None, username="hana", user_id="JP.1349")
    await client.approve()
    answer = await client.notice("JP.1349")
    assert answer.body["contacts"] == [{"input": "JP.1349", "user_id": "JP.1349"}]
    await client.sim(f"/users/{hanako}/tap", {"label": "確認しました"})
    await client.idle()
    assert all("recipient_id" not in status for status in bot.items("statuses"))
    tap = bot.changes()[-1]["value"]
    assert "from" not in tap["messages"][0]
    assert tap["messages"][0]["from_user_id"] == "JP.1349"
    assert tap["contacts"] == [{"profile": {"name": "花子", "username": "hana"}, "user_id": "JP.1349"}]


async def test_a_failure_names_the_recipient_only_as_we_did(client: Client, bot: Bot) -> None:
    await client.user(on_whatsapp=False, user_id="JP.1349")
    await client.approve()
    await client.notice("JP.1349")
    await client.idle()
    (status,) = bot.items("statuses")
    assert ("recipient_id" in status, status["recipient_user_id"]) == (False, "JP.1349")


async def test_contacts_of_statuses_say_the_user_name_from_delivered_on(client: Client, bot: Bot) -> None:
    await client.user(username="hana", shares_phone=False, user_id="JP.1349")
    await client.approve()
    await client.notice("819012345678")
    await client.notice("JP.1349")
    await client.idle()
    contacts = [change["value"]["contacts"][0] for change in bot.changes()]
    assert [contact["profile"].get("username") for contact in contacts] == [None, "hana", None, "hana"]
    assert [contact.get("wa_id") for contact in contacts] == ["819012345678", "819012345678", None, None]
    assert {contact["user_id"] for contact in contacts} == {"JP.1349"}


async def test_to_wins_over_recipient(client: Client) -> None:
    hanako, taro = await client.user(), await client.user("太郎", "819000000002", user_id="JP.2")
    await client.approve()
    await client.notice("819012345678", recipient="JP.2")
    assert (len(await client.chat(hanako)), len(await client.chat(taro))) == (1, 0)


async def test_the_wa_id_may_differ_from_the_number(client: Client) -> None:
    hanako = await client.user(wa_id="8190123456780")
    await client.approve()
    answer = await client.notice("819012345678")
    assert answer.body["contacts"] == [{"input": "819012345678", "wa_id": "8190123456780"}]
    assert len(await client.chat(hanako)) == 1


async def test_whoever_stopped_marketing_gets_utility_only(client: Client, bot: Bot) -> None:
    hanako = await client.user()
    await client.approve()
    await client.approve("sale", category="MARKETING")
    await client.sim(f"/users/{hanako}/marketing", {"value": "stop"})
    preference = bot.changes()[-1]
    assert preference["field"] == "user_preferences"
    told = preference["value"]["user_preferences"][0]
    assert (told["wa_id"], told["category"], told["value"]) == ("819012345678", "marketing_messages", "stop")
    await client.notice("819012345678")
    await client.send({**address("819012345678"), **template("夏", "秋", name="sale")})
    await client.idle()
    assert bot.items("statuses")[-1]["errors"][0]["code"] == 131050
    assert len(await client.chat(hanako)) == 1
    await client.sim(f"/users/{hanako}/marketing", {"value": "resume"})
    await client.send({**address("819012345678"), **template("夏", "秋", name="sale")})
    assert len(await client.chat(hanako)) == 2


async def test_reply_buttons_and_lists_are_shown_and_can_be_tapped(client: Client, bot: Bot) -> None:
    hanako = await client.user()
    await client.open_window(hanako)
    await client.send({**address("819012345678"), **buttons("確認しました", "欠席します")})
    chosen = rows([{"id": "a", "title": "参加", "description": "10時から"}], [{"id": "b", "title": "欠席"}])
    await client.send({**address("819012345678"), **chosen})
    _, first, second = await client.chat(hanako)
    assert [button["label"] for button in first["buttons"]] == ["確認しました", "欠席します"]
    assert second["shown"]["list"] == "えらぶ"
    assert [(row["label"], row["action"]["section"]) for row in second["buttons"]] == [
        ("参加", "第1部"),
        ("欠席", "第2部"),
    ]


async def test_what_a_person_wrote_can_be_marked_as_read(client: Client, bot: Bot) -> None:
    hanako = await client.user()
    written = (await client.sim(f"/users/{hanako}/text", {"text": "はい"}))["item"]
    read = {
        "messaging_product": "whatsapp",
        "status": "read",
        "message_id": written["id"],
        "typing_indicator": {"type": "text"},
    }
    assert (await client.send(read)).body == {"success": True}
    assert (await client.chat(hanako))[0]["status"] == "read"
    assert (await client.send({**read, "message_id": "wamid.x"})).code == 131009


async def test_a_wrong_token_number_or_path_is_refused_in_the_graph_apis_words(client: Client) -> None:
    refused = await client.graph("POST", f"{NUMBER_ID}/messages", {}, token="wrong")
    assert (refused.status, refused.code) == (401, 190)
    assert (await client.graph("GET", NUMBER_ID, token=None)).code == 190
    unknown = await client.graph("POST", "1/messages", {})
    assert (unknown.status, unknown.body["error"]["error_subcode"]) == (400, 33)
    assert (await client.graph("GET", f"{NUMBER_ID}/nothing")).code == 2500
    assert (await client.graph("GET", NUMBER_ID, version="v20.0")).code == 2500
    assert (await client.calls())[0]["status"] == 401


async def test_an_error_has_the_real_shape(client: Client) -> None:
    await client.user()
    refused = await client.say("819012345678")
    assert refused.status == 400
    error = refused.body["error"]
    assert set(error) == {"message", "type", "code", "error_data", "fbtrace_id"}
    assert (error["message"], error["type"]) == ("(#131047) Re-engagement message", "OAuthException")
    assert error["error_data"]["messaging_product"] == "whatsapp"
    assert TOKEN not in str(refused.body)


async def test_each_accepted_request_is_counted_once(client: Client) -> None:
    await client.user()
    await client.user("太郎", "819000000002")
    await client.approve()
    await client.notice("819012345678", "運動会", "1日")
    await client.notice("819000000002", "避難訓練", "2日")
    found = await client.sim("/deliveries?contains=運動会")
    assert (found["chats"], found["deliveries"]) == (1, 1)
    (entry,) = (await client.sim("/deliveries?userId=819000000002"))["deliveries"]
    assert (entry["via"], entry["seq"]) == ("template", 1)
