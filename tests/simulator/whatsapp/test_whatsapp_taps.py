"""What people do: both tap formats, lists, words, pictures, unknown types, new numbers. Each as WhatsApp tells it."""

import base64
from typing import Any

import pytest

from tests.simulator.whatsapp.conftest import NUMBER_ID, WABA_ID, Bot, Client, address, buttons, rows


async def test_a_templates_button_comes_back_as_a_button_with_its_payload(client: Client, bot: Bot) -> None:
    hanako = await client.user()
    await client.approve()
    sent = await client.notice("819012345678", payload="ack1:abc")
    await client.sim(f"/users/{hanako}/tap", {"label": "確認しました"})
    body = bot.bodies[-1]
    assert body["object"] == "whatsapp_business_account"
    assert [entry["id"] for entry in body["entry"]] == [WABA_ID]
    (change,) = body["entry"][0]["changes"]
    assert change["field"] == "messages"
    value = change["value"]
    assert value["messaging_product"] == "whatsapp"
    assert value["metadata"] == {"display_phone_number": "81355501234", "phone_number_id": NUMBER_ID}
    bsuid = (await client.sim(f"/users/{hanako}"))["user_id"]
    assert value["contacts"] == [{"profile": {"name": "花子"}, "wa_id": "819012345678", "user_id": bsuid}]
    (message,) = value["messages"]
    assert message["id"].startswith("wamid.")
    assert message["timestamp"].isdigit()
    rest = {name: message[name] for name in message if name not in {"id", "timestamp"}}
    assert rest == {
        "context": {"from": "81355501234", "id": sent.id},
        "from": "819012345678",
        "from_user_id": bsuid,
        "type": "button",
        "button": {"payload": "ack1:abc", "text": "確認しました"},
    }
    assert bot.signed()


async def test_a_templates_button_without_a_payload_sends_its_own_text(client: Client, bot: Bot) -> None:
    hanako = await client.user()
    await client.approve()
    await client.notice("819012345678", payload=None)
    await client.sim(f"/users/{hanako}/tap", {"label": "確認しました"})
    assert bot.items()[-1]["button"] == {"payload": "確認しました", "text": "確認しました"}


async def test_a_reply_button_comes_back_as_an_interactive_reply(client: Client, bot: Bot) -> None:
    hanako = await client.user()
    await client.open_window(hanako)
    sent = await client.send({**address("819012345678"), **buttons("確認しました", "欠席します")})
    await client.sim(f"/users/{hanako}/tap", {"label": "欠席します"})
    message = bot.items()[-1]
    assert (message["type"], message["context"]["id"]) == ("interactive", sent.id)
    assert message["interactive"] == {"type": "button_reply", "button_reply": {"id": "ack1:1", "title": "欠席します"}}
    assert (await client.chat(hanako))[-1]["texts"] == ["欠席します"]


async def test_a_row_of_a_list_comes_back_with_its_description(client: Client, bot: Bot) -> None:
    hanako = await client.user()
    await client.open_window(hanako)
    chosen = rows([{"id": "a", "title": "参加", "description": "10時から"}, {"id": "b", "title": "欠席"}])
    await client.send({**address("819012345678"), **chosen})
    await client.sim(f"/users/{hanako}/tap", {"label": "参加"})
    await client.sim(f"/users/{hanako}/tap", {"label": "欠席"})
    assert [message["interactive"] for message in bot.items()[-2:]] == [
        {"type": "list_reply", "list_reply": {"id": "a", "title": "参加", "description": "10時から"}},
        {"type": "list_reply", "list_reply": {"id": "b", "title": "欠席"}},
    ]


@pytest.mark.parametrize(("by_setting", "style"), [(True, "button"), (False, "button")])
async def test_a_reply_buttons_tap_can_come_in_the_other_format(
    client: Client, bot: Bot, style: str, *, by_setting: bool
) -> None:
    hanako = await client.user()
    await client.open_window(hanako)
    await client.send({**address("819012345678"), **buttons("確認しました")})
    if by_setting:
        await client.sim("/settings", {"tap_format": style})
    await client.sim(f"/users/{hanako}/tap", {"label": "確認しました", **({} if by_setting else {"format": style})})
    message = bot.items()[-1]
    assert (message["type"], message["button"]) == ("button", {"payload": "ack1:0", "text": "確認しました"})


async def test_a_templates_tap_can_come_in_the_other_format(client: Client, bot: Bot) -> None:
    hanako = await client.user()
    await client.approve()
    await client.notice("819012345678")
    await client.sim(f"/users/{hanako}/tap", {"label": "確認しました", "format": "interactive"})
    reply = bot.items()[-1]["interactive"]
    assert reply == {"type": "button_reply", "button_reply": {"id": "ack1:ref", "title": "確認しました"}}
    await client.sim(f"/users/{hanako}/tap", {"label": "確認しました", "format": "x"}, expect=400)


async def test_three_taps_are_three_messages(client: Client, bot: Bot) -> None:
    hanako = await client.user()
    await client.approve()
    await client.notice("819012345678")
    await client.sim(f"/users/{hanako}/tap", {"label": "確認しました", "times": 3})
    taps = [message["id"] for message in bot.items() if message["type"] == "button"]
    assert len(set(taps)) == 3


async def test_whoever_taps_or_writes_has_looked(client: Client, bot: Bot) -> None:
    hanako = await client.user()
    await client.approve()
    for gesture, body in (("tap", {"label": "確認しました"}), ("text", {"text": "はい"})):
        sent = await client.notice("819012345678")
        await client.sim(f"/users/{hanako}/{gesture}", body)
        read = bot.items("statuses")[-1]
        assert (read["status"], read["id"]) == ("read", sent.id)


async def test_an_unknown_label_is_answered_with_those_there_are(client: Client) -> None:
    hanako = await client.user()
    await client.approve()
    await client.notice("819012345678")
    found = await client.sim(f"/users/{hanako}/tap", {"label": "はい"}, expect=404)
    assert found["labels"] == ["確認しました"]
    (bubble,) = await client.chat(hanako)
    tapped = await client.sim(f"/users/{hanako}/tap", {"messageId": bubble["id"], "index": 0})
    assert tapped["action"] == {"type": "quick_reply", "payload": "ack1:ref"}


async def test_a_link_opens_and_tells_nobody(client: Client, bot: Bot) -> None:
    hanako = await client.user()
    link = {"type": "URL", "text": "開く", "url": "https://example.org/{{1}}"}
    await client.approve("link", body="ご案内です。", footer=None, buttons=[link])
    button = [{"type": "button", "sub_type": "url", "index": 0, "parameters": [{"type": "text", "text": "a"}]}]
    message = {"name": "link", "language": {"code": "ja"}, "components": button}
    await client.send({**address("819012345678"), "type": "template", "template": message})
    opened = await client.sim(f"/users/{hanako}/tap", {"label": "開く"})
    assert (opened["opened"], bot.items()) == ("https://example.org/a", [])


async def test_words_and_pictures_arrive(client: Client, bot: Bot) -> None:
    hanako = await client.user()
    await client.approve()
    sent = await client.notice("819012345678")
    await client.sim(f"/users/{hanako}/text", {"text": "はい", "answers": sent.id})
    assert (bot.items()[-1]["text"], bot.items()[-1]["context"]["id"]) == ({"body": "はい"}, sent.id)
    picture = base64.b64encode(b"png").decode()
    shown = (await client.sim(f"/users/{hanako}/image", {"body_base64": picture, "caption": "これ"}))["item"]
    assert (bot.items()[-1]["type"], bot.items()[-1]["image"]["caption"]) == ("image", "これ")
    async with client.session.get(f"{client.simulator.url}/_sim/whatsapp/contents/{shown['id']}") as response:
        assert await response.read() == b"png"


async def test_types_that_nobody_knows_arrive(client: Client, bot: Bot) -> None:
    hanako = await client.user()
    await client.sim(f"/users/{hanako}/send", {"type": "hologram", "content": {"depth": 3}})
    assert (bot.items()[-1]["type"], bot.items()[-1]["hologram"]) == ("hologram", {"depth": 3})
    await client.sim(f"/users/{hanako}/send", {"type": "unsupported"})
    assert (bot.items()[-1]["type"], bot.items()[-1]["errors"][0]["code"]) == ("unsupported", 131051)


async def test_a_new_number_is_told_with_the_old_one_and_brings_a_new_bsuid(client: Client, bot: Bot) -> None:
    hanako = await client.user(user_id="JP.1")
    change = {"phone": "+81 90 0000 0009", "user_id": "JP.2"}
    await client.sim(f"/users/{hanako}/change_number", change)
    system, update = bot.changes()
    assert "contacts" not in system["value"]
    told = system["value"]["messages"][0]
    assert (told["type"], told["from"]) == ("system", "819012345678")
    assert told["system"] == {
        "type": "user_changed_number",
        "body": "User 花子 changed from 819012345678 to 819000000009",
        "wa_id": "819000000009",
        "user_id": "JP.2",
    }
    assert update["field"] == "user_id_update"
    (entry,) = update["value"]["user_id_update"]
    assert (entry["user_id"], entry["wa_id"]) == ({"previous": "JP.1", "current": "JP.2"}, "819000000009")
    assert (await client.sim("/users/JP.2"))["phone"] == "819000000009"
    await client.sim("/users/JP.1", expect=404)


async def test_a_new_bsuid_can_be_told_as_a_system_message(client: Client, bot: Bot) -> None:
    hanako = await client.user(user_id="JP.1")
    wish = {"phone": "819000000009", "user_id": "JP.2", "events": ["user_changed_user_id"]}
    await client.sim(f"/users/{hanako}/change_number", wish)
    (told,) = bot.items()
    assert told["system"] == {
        "type": "user_changed_user_id",
        "body": "User 花子 changed from JP.1 to JP.2",
        "wa_id": "819000000009",
        "user_id": "JP.2",
    }
    await client.sim(f"/users/{hanako}/change_number", {**wish, "events": ["x"]}, expect=400)


async def test_behind_a_user_name_a_new_number_is_told_by_the_bsuids_alone(client: Client, bot: Bot) -> None:
    hanako = await client.user(user_id="JP.1", username="hana", shares_phone=False)
    await client.sim(f"/users/{hanako}/change_number", {"phone": "819000000009", "user_id": "JP.2"})
    system, update = bot.changes()
    assert "8190" not in str(system["value"]["messages"]) + str(update["value"]["user_id_update"])
    assert system["value"]["messages"][0]["system"]["type"] == "user_changed_user_id"
    assert update["value"]["user_id_update"][0]["user_id"] == {"previous": "JP.1", "current": "JP.2"}
    assert update["value"]["contacts"] == [{"profile": {"name": "花子", "username": "hana"}}]


async def test_a_new_number_can_be_told_in_the_older_words(client: Client, bot: Bot) -> None:
    hanako = await client.user()
    wish = {"phone": "819000000009", "events": ["customer_changed_number"]}
    await client.sim(f"/users/{hanako}/change_number", wish)
    (told,) = bot.items()
    assert (told["system"]["type"], told["system"]["wa_id"]) == ("customer_changed_number", "819000000009")


async def test_whoever_hides_the_number_is_known_by_the_bsuid_alone(client: Client, bot: Bot) -> None:
    hanako = await client.user(username="hana", shares_phone=False, user_id="JP.1")
    await client.approve()
    await client.notice("819012345678")
    await client.sim(f"/users/{hanako}/tap", {"label": "確認しました"})
    tap: dict[str, Any] = bot.changes()[-1]["value"]
    assert "from" not in tap["messages"][0]
    assert tap["contacts"] == [{"profile": {"name": "花子", "username": "hana"}, "user_id": "JP.1"}]
    assert bot.items("statuses")[0]["recipient_id"] == "819012345678"  # we addressed it, so we may know it
