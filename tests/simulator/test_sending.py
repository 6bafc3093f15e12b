"""Reply, push and multicast: who gets what, once, and what is refused."""

import uuid

import pytest

from tests.simulator.conftest import Bot, Client, card, confirm, say

KEY = "123e4567-e89b-12d3-a456-426614174000"
STRANGER = "U" + "0" * 32
DAY_S = 24 * 3600


async def test_push_shows_every_message_of_the_call_in_order(client: Client) -> None:
    hanako = await client.user()
    sent = await client.push(hanako, say("一"), card(confirm()))
    assert sent.status == 200
    chat = await client.chat(hanako)
    assert [item["texts"] for item in chat] == [["一"], ["避難訓練"]]
    assert [item["id"] for item in chat] == [message["id"] for message in sent.body["sentMessages"]]
    assert chat[1]["buttons"] == [{"label": "確認しました", "action": confirm()}]
    assert {item["via"] for item in chat} == {"push"}


async def test_every_answer_carries_a_request_id_of_its_own(client: Client) -> None:
    ids = {(await client.api("GET", path)).headers["x-line-request-id"] for path in ("/info", "/info", "/nothing")}
    assert len({uuid.UUID(one) for one in ids}) == 3


async def test_multicast_delivers_once_to_each_even_if_named_twice(client: Client) -> None:
    hanako, taro = await client.user(), await client.user("太郎")
    answer = await client.multicast([hanako, taro, hanako])
    assert (answer.status, answer.body) == (200, {})
    assert len(await client.chat(hanako)) == len(await client.chat(taro)) == 1
    assert (await client.sim("/line/deliveries"))["counts"] == {hanako: 1, taro: 1}


async def test_blockers_and_non_friends_get_nothing_and_nobody_is_told(client: Client) -> None:
    blocker, stranger = await client.user(), await client.user("他人", friend=False)
    await client.sim(f"/line/users/{blocker}/block", {})
    assert (await client.push(blocker)).status == 200
    assert (await client.push(stranger)).status == 200
    assert (await client.multicast([blocker, stranger])).status == 200
    assert await client.chat(blocker) == await client.chat(stranger) == []
    assert (await client.api("GET", "/message/quota/consumption")).body == {"totalUsage": 0}


async def test_a_non_friend_who_wrote_can_be_pushed_for_seven_days(client: Client) -> None:
    stranger = await client.user(friend=False)
    await client.sim(f"/line/users/{stranger}/text", {"text": "質問です"})
    await client.push(stranger, say("一"))
    await client.multicast([stranger], say("同報"))
    await client.sim("/clock", {"advance": 7 * DAY_S})
    await client.push(stranger, say("二"))
    assert await client.texts(stranger) == ["質問です", "一"]


async def test_push_to_an_unknown_id_fails(client: Client) -> None:
    answer = await client.push(STRANGER)
    assert (answer.status, answer.body) == (400, {"message": "Failed to send messages"})


async def test_push_to_something_that_is_no_id_is_a_property_error(client: Client) -> None:
    answer = await client.push("hanako")
    assert answer.status == 400
    assert answer.body == {"message": "The property, 'to', in the request body is invalid (line: -, column: -)"}


async def test_multicast_ignores_unknown_ids_unless_told_to_reject_them(client: Client) -> None:
    hanako = await client.user()
    assert (await client.multicast([hanako, STRANGER])).status == 200
    await client.sim("/line/settings", {"multicast_unknown_ids": "reject"})
    answer = await client.multicast([hanako, STRANGER])
    assert answer.status == 400
    assert answer.body == {"message": "The property, to[1], in the request body is invalid (line: -, column: -)"}
    assert len(await client.chat(hanako)) == 1


async def test_multicast_takes_no_groups(client: Client) -> None:
    group = await client.sim("/line/groups", {"name": "1年A組"})
    await client.sim(f"/line/groups/{group['id']}/invite", {})
    assert (await client.multicast([group["id"]])).status == 400


async def test_the_same_retry_key_is_accepted_once_and_answered_409_after_that(client: Client) -> None:
    hanako = await client.user()
    first = await client.push(hanako, key=KEY)
    again = await client.push(hanako, key=KEY)
    assert again.status == 409
    assert again.headers["x-line-accepted-request-id"] == first.headers["x-line-request-id"]
    assert again.headers["x-line-request-id"] != first.headers["x-line-request-id"]
    assert again.body == {"message": "The retry key is already accepted", **first.body}
    assert len(await client.chat(hanako)) == 1
    assert (await client.calls())[-1]["replay_of"] == first.headers["x-line-request-id"]


async def test_a_multicast_retry_repeats_nothing_but_the_message(client: Client) -> None:
    hanako = await client.user()
    await client.multicast([hanako], key=KEY)
    again = await client.multicast([hanako], key=KEY)
    assert (again.status, again.body) == (409, {"message": "The retry key is already accepted"})


async def test_a_retry_key_with_another_body_counts_as_the_same_and_is_noted(client: Client) -> None:
    hanako = await client.user()
    await client.push(hanako, say("一"), key=KEY)
    assert (await client.push(hanako, say("二"), key=KEY.upper())).status == 409
    assert (await client.calls())[-1]["key_reused_with_other_body"] is True
    assert await client.texts(hanako) == ["一"]


async def test_a_retry_key_is_forgotten_after_24_hours(client: Client) -> None:
    hanako = await client.user()
    await client.push(hanako, key=KEY)
    await client.sim("/clock", {"advance": DAY_S - 60})
    assert (await client.push(hanako, key=KEY)).status == 409
    await client.sim("/clock", {"advance": 61})
    assert (await client.push(hanako, key=KEY)).status == 200
    assert len(await client.chat(hanako)) == 2


async def test_a_refused_request_does_not_use_its_retry_key(client: Client) -> None:
    hanako = await client.user()
    assert (await client.push(hanako, say(""), key=KEY)).status == 400
    assert (await client.push(hanako, key=KEY)).status == 200


@pytest.mark.parametrize("key", ["42", "", "123e4567e89b12d3a456426614174000"])
async def test_a_retry_key_must_be_a_uuid(client: Client, key: str) -> None:
    assert (await client.push(await client.user(), key=key)).status == 400


async def test_a_reply_takes_no_retry_key(client: Client, bot: Bot) -> None:
    hanako = await client.user()
    await client.sim(f"/line/users/{hanako}/text", {"text": "はい"})
    body = {"replyToken": bot.events[0]["replyToken"], "messages": [say("どうも")]}
    assert (await client.api("POST", "/message/reply", body, key=KEY)).status == 400
    assert (await client.api("POST", "/message/reply", body)).status == 200


async def test_a_reply_token_works_once(client: Client, bot: Bot) -> None:
    hanako = await client.user()
    await client.sim(f"/line/users/{hanako}/text", {"text": "質問"})
    token = bot.events[0]["replyToken"]
    assert (await client.reply(token, say("答え"))).status == 200
    again = await client.reply(token)
    assert (again.status, again.body) == (400, {"message": "Invalid reply token"})
    assert await client.texts(hanako) == ["質問", "答え"]


async def test_a_reply_token_expires_after_a_minute(client: Client, bot: Bot) -> None:
    hanako = await client.user()
    await client.sim(f"/line/users/{hanako}/text", {"text": "質問"})
    await client.sim("/clock", {"advance": 58})
    assert (await client.reply(bot.events[0]["replyToken"])).status == 200
    await client.sim(f"/line/users/{hanako}/text", {"text": "質問"})
    await client.sim("/clock", {"advance": 61})
    assert (await client.reply(bot.events[1]["replyToken"])).body == {"message": "Invalid reply token"}


async def test_a_made_up_reply_token_is_invalid(client: Client) -> None:
    assert (await client.reply("0" * 32)).status == 400


async def test_a_redelivered_reply_token_has_a_new_minute_but_never_more_than_20(client: Client, bot: Bot) -> None:
    hanako = await client.user()
    bot.status = 500
    for _ in range(2):
        await client.sim(f"/line/users/{hanako}/text", {"text": "質問"})
    bot.status = 200
    await client.sim("/clock", {"advance": 19 * 60})
    await client.sim("/line/redeliver", {})
    first, second = (event["replyToken"] for event in bot.events[:2])
    assert {event["replyToken"] for event in bot.events[2:]} == {first, second}
    assert (await client.reply(first)).status == 200
    await client.sim("/clock", {"advance": 61})
    assert (await client.reply(second)).status == 400


async def test_a_redelivered_reply_token_is_dead_20_minutes_after_the_event(client: Client, bot: Bot) -> None:
    hanako = await client.user()
    bot.status = 500
    await client.sim(f"/line/users/{hanako}/text", {"text": "質問"})
    bot.status = 200
    await client.sim("/clock", {"advance": 20 * 60 + 1})
    await client.sim("/line/redeliver", {})
    assert (await client.reply(bot.events[0]["replyToken"])).status == 400


async def test_the_quota_counts_people_reached_and_no_replies(client: Client, bot: Bot) -> None:
    await client.sim("/line/settings", {"quota": 3})
    people = [await client.user(name) for name in "あいう"]
    assert (await client.api("GET", "/message/quota")).body == {"type": "limited", "value": 3}
    assert (await client.multicast(people[:2], say("一"), say("二"))).status == 200
    await client.sim(f"/line/users/{people[0]}/text", {"text": "はい"})
    await client.reply(bot.events[0]["replyToken"])
    assert (await client.api("GET", "/message/quota/consumption")).body == {"totalUsage": 2}
    refused = await client.multicast(people)
    assert (refused.status, refused.body) == (429, {"message": "You have reached your monthly limit."})
    assert await client.chat(people[2]) == []
    assert (await client.push(people[2])).status == 200
    assert (await client.push(people[2])).status == 429


async def test_the_quota_begins_anew_each_month(client: Client) -> None:
    await client.sim("/line/settings", {"quota": 1})
    hanako = await client.user()
    await client.push(hanako)
    await client.sim("/clock", {"advance": 32 * DAY_S})
    assert (await client.api("GET", "/message/quota/consumption")).body == {"totalUsage": 0}
    assert (await client.push(hanako)).status == 200


async def test_without_a_quota_there_is_none(client: Client) -> None:
    assert (await client.api("GET", "/message/quota")).body == {"type": "none"}


async def test_a_push_to_a_group_costs_its_members(client: Client) -> None:
    people = [await client.user(name) for name in "あいうえお"]
    group = (await client.sim("/line/groups", {"name": "1年A組", "members": people}))["id"]
    assert (await client.push(group)).status == 400
    await client.sim(f"/line/groups/{group}/invite", {})
    assert (await client.push(group, *[say("連絡")] * 4)).status == 200
    assert (await client.api("GET", "/message/quota/consumption")).body == {"totalUsage": 5}
    shown = await client.sim(f"/line/groups/{group}/messages")
    assert [item["texts"] for item in shown["messages"]][1:] == [["連絡"]] * 4


async def test_the_rate_limit_is_a_bucket_that_time_refills(client: Client) -> None:
    await client.sim("/line/settings", {"rate_limits": {"push": {"per_second": 2, "burst": 2}}})
    hanako = await client.user()
    statuses = [(await client.push(hanako)).status for _ in range(2)]
    refused = await client.push(hanako)
    assert statuses == [200, 200]
    assert (refused.status, refused.body) == (
        429,
        {"message": "The API rate limit has been exceeded. Try again later."},
    )
    assert (await client.multicast([hanako])).status == 200
    await client.sim("/clock", {"advance": 1})
    assert (await client.push(hanako)).status == 200


async def test_the_documented_rates_are_enforced_from_the_start(client: Client) -> None:
    limits = (await client.sim("/line/settings"))["rate_limits"]
    assert limits["multicast"]["per_second"] == 200
    assert limits["*"]["per_second"] == 2000
    for _ in range(60):
        assert (await client.api("POST", "/channel/webhook/test", {})).status == 200
    assert (await client.api("POST", "/channel/webhook/test", {})).status == 429


async def test_deliveries_say_which_request_reached_a_person(client: Client) -> None:
    hanako = await client.user()
    sent = await client.push(hanako, say("一"), say("二"), key=KEY)
    found = (await client.sim(f"/line/deliveries?userId={hanako}"))["deliveries"]
    assert found == [
        {
            "request_id": sent.headers["x-line-request-id"],
            "retry_key": KEY,
            "via": "push",
            "at_ms": found[0]["at_ms"],
            "message_ids": [message["id"] for message in sent.body["sentMessages"]],
            "seqs": [1, 2],
        }
    ]
    assert (await client.sim("/line/deliveries?contains=三"))["counts"] == {}
