"""What one may ask the Graph API besides sending, and how people and templates come about."""

from typing import Any

import pytest

from simulator.__main__ import options
from tests.simulator.whatsapp.conftest import NUMBER_ID, WABA_ID, Bot, Client

HANAKO = "819012345678"


async def test_the_number_tells_its_name_quality_throughput_and_limit(client: Client) -> None:
    fields = "display_phone_number,verified_name,quality_rating,throughput,whatsapp_business_manager_messaging_limit"
    assert (await client.graph("GET", f"{NUMBER_ID}?fields={fields}")).body == {
        "display_phone_number": "+81 355501234",
        "verified_name": "みどり小学校",
        "quality_rating": "GREEN",
        "throughput": {"level": "STANDARD"},
        "whatsapp_business_manager_messaging_limit": "TIER_2K",
        "id": NUMBER_ID,
    }
    usual = (await client.graph("GET", NUMBER_ID)).body
    assert set(usual) == {"verified_name", "code_verification_status", "display_phone_number", "quality_rating", "id"}
    assert (await client.graph("GET", f"{NUMBER_ID}?fields=colour")).code == 100


async def test_the_numbers_state_is_a_setting(client: Client) -> None:
    await client.sim("/settings", {"quality_rating": "RED", "throughput_level": "HIGH", "number_status": "FLAGGED"})
    found = await client.graph("GET", f"{NUMBER_ID}?fields=quality_rating,throughput,status")
    assert found.body == {
        "quality_rating": "RED",
        "throughput": {"level": "HIGH"},
        "status": "FLAGGED",
        "id": NUMBER_ID,
    }


async def test_the_account_tells_its_name_and_number(client: Client) -> None:
    assert (await client.graph("GET", WABA_ID)).body["name"] == "みどり小学校"
    (number,) = (await client.graph("GET", f"{WABA_ID}/phone_numbers")).body["data"]
    assert number["id"] == NUMBER_ID


async def test_templates_tell_their_status_category_and_components(client: Client) -> None:
    await client.approve(category="MARKETING", quality="RED")
    (found,) = (await client.graph("GET", f"{WABA_ID}/message_templates?name=notice_confirm_v1")).body["data"]
    assert (found["name"], found["language"], found["status"], found["category"]) == (
        "notice_confirm_v1",
        "ja",
        "APPROVED",
        "MARKETING",
    )
    assert found["quality_score"]["score"] == "RED"
    assert [component["type"] for component in found["components"]] == ["BODY", "FOOTER", "BUTTONS"]
    assert found["components"][2]["buttons"] == [{"type": "QUICK_REPLY", "text": "確認しました"}]
    slim = await client.graph("GET", f"{WABA_ID}/message_templates?fields=name,status&name=notice")
    assert slim.body["data"] == [{"name": "notice_confirm_v1", "status": "APPROVED", "id": found["id"]}]


async def test_templates_are_found_by_what_is_asked_and_come_in_pages(client: Client) -> None:
    for number in range(30):
        await client.approve(f"notice_{number:02}", language="ja" if number % 2 else "en")
    path = f"{WABA_ID}/message_templates"
    first = (await client.graph("GET", path)).body
    assert (len(first["data"]), "next" in first["paging"]) == (25, True)
    rest = (await client.graph("GET", f"{path}?after={first['paging']['cursors']['after']}")).body
    assert (len(rest["data"]), "next" in rest["paging"]) == (5, False)
    assert len((await client.graph("GET", f"{path}?language=en&limit=100")).body["data"]) == 15
    assert (await client.graph("GET", f"{path}?status=PAUSED")).body == {"data": []}
    assert (await client.graph("GET", f"{path}?limit=x")).code == 100


@pytest.mark.parametrize("review", ["PENDING", "APPROVED", "REJECTED"])
async def test_a_template_handed_in_becomes_what_the_review_says(client: Client, review: str) -> None:
    await client.sim("/settings", {"template_review": review})
    wish = {
        "name": "fresh",
        "language": "ja",
        "category": "UTILITY",
        "components": [{"type": "BODY", "text": "ご確認ください。"}],
    }
    made = await client.graph("POST", f"{WABA_ID}/message_templates", wish)
    assert (made.body["status"], made.body["category"]) == (review, "UTILITY")
    assert (await client.graph("POST", f"{WABA_ID}/message_templates", wish)).code == 100
    assert (await client.graph("DELETE", f"{WABA_ID}/message_templates?name=fresh")).body == {"success": True}
    assert (await client.graph("DELETE", f"{WABA_ID}/message_templates?name=fresh")).code == 100
    assert (await client.graph("POST", f"{WABA_ID}/message_templates", {"name": "x"})).code == 100
    bad = {**wish, "components": [{"type": "BODY", "text": "{{1}}"}]}
    assert (await client.graph("POST", f"{WABA_ID}/message_templates", bad)).code == 100


async def test_a_new_status_or_category_is_announced(client: Client, bot: Bot) -> None:
    await client.approve()
    await client.approve()
    assert bot.bodies == []
    await client.sim("/templates", {"name": "notice_confirm_v1", "status": "PAUSED"})
    (change,) = bot.changes()
    assert change["field"] == "message_template_status_update"
    assert (change["value"]["event"], change["value"]["message_template_name"]) == ("PAUSED", "notice_confirm_v1")
    assert bot.bodies[0]["entry"][0]["time"] > 0
    await client.sim("/templates", {"name": "notice_confirm_v1", "category": "MARKETING"})
    change = bot.changes()[-1]
    assert change["field"] == "template_category_update"
    assert change["value"]["previous_category"] == "UTILITY"
    assert change["value"]["new_category"] == "MARKETING"
    assert (await client.sim("/templates/notice_confirm_v1", method="DELETE"))["removed"] == 1


async def test_a_new_messaging_limit_is_announced(client: Client, bot: Bot) -> None:
    await client.sim("/settings", {"messaging_limit": "TIER_10K"})
    (change,) = bot.changes()
    assert change["field"] == "business_capability_update"
    assert change["value"]["max_daily_conversations_per_business"] == "TIER_10K"
    await client.sim("/settings", {"messaging_limit": "TIER_10K"})
    assert len(bot.changes()) == 1


async def test_the_allowance_counts_people_outside_their_window_for_24_hours(client: Client) -> None:
    await client.approve()
    await client.user()
    taro = await client.user("太郎", "819000000002")
    await client.user("三郎", "819000000003", on_whatsapp=False)
    await client.open_window(taro)
    for phone in (HANAKO, HANAKO, "819000000002", "819000000003"):
        assert (await client.notice(phone)).status == 200
    assert await client.sim("/allowance") == {"limit": 2000, "used": 1}
    await client.control("/clock", {"advance": 24 * 3600})
    await client.notice("819000000002")
    await client.notice("819000000002")
    await client.sim("/settings", {"messaging_limit": "TIER_UNLIMITED"})
    assert await client.sim("/allowance") == {"limit": None, "used": 1}


async def test_the_subscription_can_be_asked_for_ended_and_begun_again(client: Client, bot: Bot) -> None:
    path, hanako = f"{WABA_ID}/subscribed_apps", await client.user()
    (app,) = (await client.graph("GET", path)).body["data"]
    assert set(app["whatsapp_business_api_data"]) == {"id", "link", "name"}
    assert (await client.graph("DELETE", path)).body == {"success": True}
    assert (await client.graph("GET", path)).body == {"data": []}
    await client.open_window(hanako)
    assert bot.bodies == []
    assert (await client.graph("POST", path)).body == {"success": True}
    await client.open_window(hanako)
    assert len(bot.bodies) == 1


async def test_another_address_is_taken_after_its_handshake(client: Client, bot: Bot) -> None:
    path = f"{WABA_ID}/subscribed_apps"
    await client.sim("/settings", {"webhook_url": None})
    wish = {"override_callback_uri": bot.url, "verify_token": "wrong"}
    assert (await client.graph("POST", path, wish)).code == 2200
    assert (await client.sim("/settings"))["webhook_url"] is None
    assert (await client.graph("POST", path, {**wish, "verify_token": "a-verify-token"})).status == 200
    (app,) = (await client.graph("GET", path)).body["data"]
    assert app["override_callback_uri"] == bot.url
    assert (await client.sim("/settings"))["webhook_url"] == bot.url


async def test_people_are_found_by_any_of_their_names_and_changed(client: Client) -> None:
    made = await client.sim("/users", {"name": "花子", "phone": "+81 90-1234-5678", "user_id": "JP.1", "wa_id": "8190"})
    for key in (made["id"], HANAKO, "JP.1", "8190"):
        assert (await client.sim(f"/users/{key}"))["name"] == "花子"
    changed = await client.sim("/users", {"phone": HANAKO, "title": "保護者", "receipts": False})
    assert (changed["id"], changed["title"], changed["receipts"]) == (made["id"], "保護者", False)
    await client.sim("/users", {"id": made["id"], "phone": "819000000009"})
    assert (await client.sim("/users/819000000009"))["id"] == made["id"]
    await client.sim(f"/users/{HANAKO}", expect=404)
    await client.sim("/users/nobody", expect=404)


async def test_people_without_a_number_get_one_and_all_get_a_bsuid(client: Client) -> None:
    found = (await client.sim("/users", {"users": [{"name": "一"}, {"name": "二"}, {"name": "三", "phone": None}]}))[
        "users"
    ]
    assert len({one["phone"] for one in found}) == 3
    assert found[2]["phone"] is None
    assert all(one["user_id"].startswith("JP.") for one in found)
    assert (await client.sim("/users?q=二"))["total"] == 1
    assert [one["name"] for one in (await client.sim("/users?offset=1&limit=1"))["users"]] == ["二"]


@pytest.mark.parametrize(
    "wish", [{"name": "x", "phone": "花子"}, {"name": "x", "user_id": "1349"}, {"name": 1}, {"users": "x"}]
)
async def test_people_who_cannot_be_are_refused(client: Client, wish: dict[str, Any]) -> None:
    await client.sim("/users", wish, expect=400)


@pytest.mark.parametrize(
    "wish",
    [
        {"colour": "red"},
        {"messaging_limit": "TIER_3K"},
        {"omit": ["id"]},
        {"retry_intervals_s": []},
        {"access_tokens": [1]},
        {"auto_read": "yes"},
        {"latency_ms": True},
        {"tap_format": "x", "name": "べつの学校"},
    ],
)
async def test_settings_that_make_no_sense_change_nothing(client: Client, wish: dict[str, Any]) -> None:
    before = await client.sim("/settings")
    await client.sim("/settings", wish, expect=400)
    assert await client.sim("/settings") == before


async def test_what_arrives_can_be_read_at_once(client: Client, bot: Bot) -> None:
    await client.user()
    await client.approve()
    await client.sim("/settings", {"auto_read": True, "latency_ms": 1})
    await client.notice(HANAKO)
    await client.idle()
    assert bot.statuses() == ["sent", "delivered", "read"]


async def test_a_chat_is_a_long_poll_whose_revision_goes_up_with_the_ticks(client: Client) -> None:
    hanako = await client.user()
    await client.approve()
    await client.notice(HANAKO)
    await client.idle()
    before = await client.sim(f"/users/{hanako}/messages")
    await client.sim(f"/users/{hanako}/read", {})
    after = await client.sim(f"/users/{hanako}/messages?after=1")
    assert (after["messages"], after["revision"] > before["revision"]) == ([], True)


async def test_the_graph_api_may_be_called_by_any_host_name_and_the_control_api_not(client: Client) -> None:
    headers = {"Host": "graph.facebook.example", "Authorization": "Bearer an-access-token"}
    async with client.session.get(f"{client.simulator.url}/whatsapp/v26.0/{NUMBER_ID}", headers=headers) as response:
        assert response.status == 200
    async with client.session.get(f"{client.simulator.url}/_sim/whatsapp/settings", headers=headers) as response:
        assert response.status == 403


def test_the_command_line_sets_up_the_number() -> None:
    given = [
        *("--whatsapp-app-secret", "s", "--whatsapp-access-token", "t", "--whatsapp-verify-token", "v"),
        *("--whatsapp-phone-number-id", "1", "--whatsapp-waba-id", "2", "--whatsapp-phone-number", "813"),
        *("--whatsapp-webhook-url", "http://127.0.0.1/x", "--name", "みどり小学校"),
    ]
    chosen = options(given).whatsapp
    assert (chosen.app_secret, chosen.access_tokens, chosen.verify_token) == ("s", ["t"], "v")
    assert (chosen.phone_number_id, chosen.waba_id, chosen.display_phone_number) == ("1", "2", "813")
    assert (chosen.webhook_url, chosen.name) == ("http://127.0.0.1/x", "みどり小学校")
    assert options(["--whatsapp-name", "べつの学校"]).whatsapp.name == "べつの学校"
