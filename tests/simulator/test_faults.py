"""Faults on demand: each one does what it says, as often as it was told, and leaves a trace in the log."""

import asyncio
from typing import Any

import aiohttp
import pytest

from tests.simulator.conftest import Bot, Client, say

KEY = "123e4567-e89b-12d3-a456-426614174000"


async def set_fault(client: Client, fault: str, **more: Any) -> dict[str, Any]:
    return await client.sim("/line/faults", {"fault": fault, **more})


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("rate_limit_429", "The API rate limit has been exceeded. Try again later."),
        ("monthly_429", "You have reached your monthly limit."),
        ("flood_429", "A large number of messages were sent to the same user."),
    ],
)
async def test_each_kind_of_429_refuses_once_and_delivers_nothing(client: Client, fault: str, message: str) -> None:
    hanako = await client.user()
    await set_fault(client, fault, endpoint="push")
    refused = await client.push(hanako, key=KEY)
    assert (refused.status, refused.body) == (429, {"message": message})
    assert await client.chat(hanako) == []
    assert (await client.push(hanako, key=KEY)).status == 200
    logged = (await client.calls())[0]
    assert (logged["fault"], logged["body"]["to"]) == (fault, hanako)


async def test_the_flood_429_concerns_push_only(client: Client) -> None:
    hanako = await client.user()
    await set_fault(client, "flood_429")
    assert (await client.multicast([hanako])).status == 200
    assert (await client.push(hanako)).status == 429


@pytest.mark.parametrize("status", [500, 503])
async def test_an_error_before_accepting_delivers_nothing(client: Client, status: int) -> None:
    hanako = await client.user()
    await set_fault(client, "error_before", endpoint="multicast", status=status, times=2)
    assert [(await client.multicast([hanako], key=KEY)).status for _ in range(3)] == [status, status, 200]
    assert len(await client.chat(hanako)) == 1


async def test_an_error_after_accepting_delivers_and_the_retry_key_saves_the_day(client: Client) -> None:
    hanako = await client.user()
    await set_fault(client, "error_after", endpoint="push", times=2)
    first = await client.push(hanako, key=KEY)
    again = await client.push(hanako, key=KEY)
    accepted = await client.push(hanako, key=KEY)
    assert [first.status, again.status, accepted.status] == [500, 500, 409]
    assert accepted.headers["x-line-accepted-request-id"] == first.headers["x-line-request-id"]
    assert len(await client.chat(hanako)) == 1
    log = await client.calls()
    assert [call["delivered_to"] for call in log] == [[hanako], [], []]
    assert [call.get("accepted") for call in log] == [True, False, None]


async def test_a_fault_after_accepting_waits_for_a_request_that_is_accepted(client: Client) -> None:
    await set_fault(client, "error_after", endpoint="push")
    assert (await client.push("U" + "0" * 32)).status == 400
    assert (await client.push(await client.user())).status == 500


@pytest.mark.parametrize(("moment", "delivered"), [("before", 0), ("after", 1)])
async def test_a_time_out_never_answers(client: Client, moment: str, delivered: int) -> None:
    hanako = await client.user()
    await set_fault(client, f"timeout_{moment}", endpoint="push", seconds=30)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await client.push(hanako, key=KEY)
    assert len(await client.chat(hanako)) == delivered
    assert (await client.calls())[0]["status"] == 0
    assert (await client.push(hanako, key=KEY)).status == (409 if delivered else 200)
    assert len(await client.chat(hanako)) == 1


@pytest.mark.parametrize(("moment", "delivered"), [("before", 0), ("after", 1)])
async def test_a_disconnect_hangs_up(client: Client, moment: str, delivered: int) -> None:
    hanako = await client.user()
    await set_fault(client, f"disconnect_{moment}", endpoint="push")
    with pytest.raises(aiohttp.ClientConnectionError):
        await client.push(hanako)
    assert len(await client.chat(hanako)) == delivered


async def test_a_short_time_out_ends_in_a_disconnect(client: Client) -> None:
    await set_fault(client, "timeout_before", seconds=0.01)
    with pytest.raises(aiohttp.ClientConnectionError):
        await client.push(await client.user())


async def test_an_unreadable_success_delivers(client: Client) -> None:
    hanako = await client.user()
    await set_fault(client, "bad_body_after", endpoint="push")
    answer = await client.push(hanako)
    assert (answer.status, answer.body) == (200, b"<html>not JSON")
    assert len(await client.chat(hanako)) == 1


async def test_any_status_with_any_body_can_be_had(client: Client) -> None:
    await set_fault(client, "status", endpoint="profile", status=400, body={"message": None, "details": None})
    await set_fault(client, "status", endpoint="*", status=502, body="<h1>Bad gateway</h1>")
    odd = await client.api("GET", "/profile/x")
    assert (odd.status, odd.body) == (400, {"message": None, "details": None})
    assert (await client.api("GET", "/info")).body == b"<h1>Bad gateway</h1>"


async def test_faults_can_skip_calls_come_by_chance_be_listed_and_cleared(client: Client) -> None:
    hanako = await client.user()
    await set_fault(client, "error_before", endpoint="push", skip=1, times=2)
    assert [(await client.push(hanako)).status for _ in range(2)] == [200, 500]
    assert [one["times"] for one in (await client.sim("/line/faults"))["faults"]] == [1]
    await client.sim("/line/faults", method="DELETE")
    assert (await client.push(hanako)).status == 200
    await set_fault(client, "error_before", endpoint="push", times=1000, rate=0.5, seed=7)
    statuses = [(await client.push(hanako)).status for _ in range(40)]
    assert 10 <= statuses.count(500) <= 30


@pytest.mark.parametrize(
    "body", [{"fault": "flood"}, {"fault": "status", "times": "x"}, {"fault": "status", "status": 42}, {}]
)
async def test_a_fault_that_is_not_one_is_refused(client: Client, body: dict[str, Any]) -> None:
    assert "error" in await client.sim("/line/faults", body, expect=400)


async def test_a_webhook_can_arrive_twice_without_being_a_redelivery(client: Client, bot: Bot) -> None:
    await set_fault(client, "webhook_duplicate", times=1, copies=2)
    hanako = await client.user()
    for words in ("一", "二"):
        await client.sim(f"/line/users/{hanako}/text", {"text": words})
    await client.sim("/line/webhooks?wait_idle=5")
    assert [event["message"]["text"] for event in bot.events] == ["一", "一", "一", "二"]
    assert bot.bodies[0] == bot.bodies[1] == bot.bodies[2]


async def test_a_lost_webhook_never_arrives_unless_redelivery_is_on(client: Client, bot: Bot) -> None:
    hanako = await client.user()
    await set_fault(client, "webhook_lost", times=2)
    lost = await client.sim(f"/line/users/{hanako}/text", {"text": "一"})
    assert lost["deliveries"][0]["reason"] == "LOST"
    await client.sim("/line/settings", {"webhook_redelivery": True})
    await client.sim(f"/line/users/{hanako}/text", {"text": "二"})
    await client.sim(f"/line/users/{hanako}/text", {"text": "三"})
    assert [event["message"]["text"] for event in bot.events] == ["三"]
    await client.sim("/line/redeliver", {})
    assert sorted(event["message"]["text"] for event in bot.events) == ["一", "三", "二"]


async def test_held_webhooks_are_released_in_reverse(client: Client, bot: Bot) -> None:
    hanako = await client.user()
    await set_fault(client, "webhook_hold")
    for words in ("一", "二", "三"):
        held = await client.sim(f"/line/users/{hanako}/text", {"text": words})
        assert held["deliveries"][0]["reason"] == "HELD"
    assert bot.events == []
    assert (await client.sim("/line/webhooks"))["held"] == 3
    assert (await set_fault(client, "webhook_release"))["released"] == 3
    await client.sim("/line/webhooks?wait_idle=5")
    await client.sim(f"/line/users/{hanako}/text", {"text": "四"})
    assert [event["message"]["text"] for event in bot.events] == ["三", "二", "一", "四"]


@pytest.mark.parametrize(("order", "expected"), [("same", "012"), ("reverse", "210")])
async def test_held_webhooks_leave_in_the_order_one_asks_for(
    client: Client, bot: Bot, order: str, expected: str
) -> None:
    hanako = await client.user()
    await set_fault(client, "webhook_hold")
    for number in range(3):
        await client.sim(f"/line/users/{hanako}/text", {"text": str(number)})
    assert "error" in await client.sim("/line/faults", {"fault": "webhook_release", "order": "up"}, expect=400)
    assert (await client.sim("/line/webhooks"))["held"] == 3
    await set_fault(client, "webhook_release", order=order)
    await client.sim("/line/webhooks?wait_idle=5")
    assert "".join(event["message"]["text"] for event in bot.events) == expected


async def test_webhooks_can_be_shuffled(client: Client, bot: Bot) -> None:
    hanako = await client.user()
    await set_fault(client, "webhook_shuffle", times=6, seed=1)
    for number in range(6):
        await client.sim(f"/line/users/{hanako}/text", {"text": str(number)})
    await client.sim("/line/webhooks?wait_idle=5")
    order = [event["message"]["text"] for event in bot.events]
    assert sorted(order) == list("012345") != order


async def test_webhooks_of_several_people_can_arrive_in_one_body(client: Client, bot: Bot) -> None:
    people = [await client.user(name) for name in "あいう"]
    await set_fault(client, "webhook_batch", times=3)
    for person in people:
        await client.sim(f"/line/users/{person}/text", {"text": "はい"})
    await client.sim("/line/webhooks?wait_idle=5")
    assert len(bot.bodies) == 1
    assert [event["source"]["userId"] for event in bot.events] == people
    await client.sim(f"/line/users/{people[0]}/text", {"text": "また"})
    assert len(bot.bodies) == 2


async def test_clearing_the_faults_lets_held_webhooks_go_in_order(client: Client, bot: Bot) -> None:
    hanako = await client.user()
    await set_fault(client, "webhook_hold")
    for words in ("一", "二"):
        await client.sim(f"/line/users/{hanako}/text", {"text": words})
    await client.sim("/line/faults", method="DELETE")
    await client.sim("/line/webhooks?wait_idle=5")
    assert [event["message"]["text"] for event in bot.events] == ["一", "二"]
    assert (await client.sim("/line/faults"))["faults"] == []


async def test_a_slow_line_answers_late_but_answers(client: Client) -> None:
    await client.sim("/line/settings", {"latency_ms": 20})
    assert (await client.push(await client.user(), say("遅い"))).status == 200
    assert (await client.calls())[-1]["elapsed_ms"] >= 20
