"""Faults on demand: each one does what it says, as often as it was told, and leaves a trace in the log."""

import asyncio
from typing import Any

import aiohttp
import pytest

from tests.simulator.whatsapp.conftest import NUMBER_ID, Bot, Client

HANAKO = "819012345678"
CODES = {
    0: 401,
    3: 403,
    4: 400,
    10: 403,
    190: 401,
    200: 403,
    368: 403,
    80007: 400,
    130429: 429,
    130472: 400,
    130497: 403,
    131000: 500,
    131016: 500,
    131026: 400,
    131030: 400,
    131031: 403,
    131037: 400,
    131042: 400,
    131047: 400,
    131048: 400,
    131049: 400,
    131050: 400,
    131056: 400,
    131057: 400,
    131062: 400,
    131063: 400,
    131064: 400,
    132000: 400,
    132001: 404,
    132005: 400,
    132007: 400,
    132015: 400,
    132016: 400,
    132018: 400,
    135000: 400,
    999999: 400,
}


@pytest.fixture
async def hanako(client: Client) -> str:
    """Hanako's id; the template is approved."""
    await client.approve()
    return await client.user()


@pytest.mark.parametrize("code", CODES)
async def test_every_code_of_meta_can_be_had_once(client: Client, hanako: str, code: int) -> None:
    await client.fault("error", code=code, endpoint="messages")
    refused = await client.notice(HANAKO)
    assert (refused.code, refused.status) == (code, CODES[code])
    assert refused.body["error"]["message"].startswith(f"(#{code}) ")
    assert await client.chat(hanako) == []
    assert (await client.notice(HANAKO)).status == 200
    first, second = await client.calls()
    assert (first["fault"], first["delivered_to"]) == ("error", [])
    assert ("fault" in second, second["delivered_to"]) == (False, [hanako])


async def test_an_error_can_have_its_own_details_and_status(client: Client, hanako: str) -> None:
    await client.fault("error", code=131048, details="too many blocks", status=429)
    refused = await client.notice(HANAKO)
    assert (refused.status, refused.details) == (429, "too many blocks")


async def test_a_fault_can_concern_one_person(client: Client, hanako: str) -> None:
    await client.user("太郎", "819000000002")
    await client.fault("error", code=131056, to=HANAKO)
    assert (await client.notice("819000000002")).code is None
    assert (await client.notice("+81 90-1234-5678")).code == 131056


@pytest.mark.parametrize("status", [500, 503])
async def test_an_error_before_accepting_delivers_nothing(client: Client, hanako: str, status: int) -> None:
    await client.fault("error_before", status=status, times=2)
    assert [(await client.notice(HANAKO)).status for _ in range(3)] == [status, status, 200]
    assert len(await client.chat(hanako)) == 1


async def test_an_error_after_accepting_delivers_and_the_status_tells_so(client: Client, bot: Bot, hanako: str) -> None:
    await client.fault("error_after", status=502)
    refused = await client.notice(HANAKO, biz_opaque_callback_data="delivery-1")
    assert (refused.status, refused.code) == (502, 131000)
    assert len(await client.chat(hanako)) == 1
    await client.idle()
    assert [one["biz_opaque_callback_data"] for one in bot.items("statuses")] == ["delivery-1", "delivery-1"]
    (call,) = await client.calls()
    assert (call["accepted"], call["delivered_to"]) == (True, [hanako])


async def test_a_fault_after_accepting_waits_for_a_request_that_is_accepted(client: Client, hanako: str) -> None:
    await client.fault("error_after")
    assert (await client.say(HANAKO)).code == 131047
    assert (await client.notice(HANAKO)).status == 500


@pytest.mark.parametrize(("moment", "delivered"), [("before", 0), ("after", 1)])
async def test_a_time_out_never_answers(client: Client, hanako: str, moment: str, delivered: int) -> None:
    await client.fault(f"timeout_{moment}", seconds=30)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await client.notice(HANAKO)
    assert len(await client.chat(hanako)) == delivered
    assert (await client.calls())[0]["status"] == 0


@pytest.mark.parametrize(("moment", "delivered"), [("before", 0), ("after", 1)])
async def test_a_disconnect_hangs_up(client: Client, hanako: str, moment: str, delivered: int) -> None:
    await client.fault(f"disconnect_{moment}")
    with pytest.raises(aiohttp.ClientConnectionError):
        await client.notice(HANAKO)
    assert len(await client.chat(hanako)) == delivered


async def test_a_short_time_out_ends_in_a_disconnect(client: Client, hanako: str) -> None:
    await client.fault("timeout_before", seconds=0.01)
    with pytest.raises(aiohttp.ClientConnectionError):
        await client.notice(HANAKO)


async def test_an_answer_can_come_after_its_statuses(client: Client, bot: Bot, hanako: str) -> None:
    await client.fault("answer_late", seconds=0.2)
    answer = await client.notice(HANAKO)
    assert answer.status == 200
    assert bot.statuses() == ["sent", "delivered"]
    assert {status["id"] for status in bot.items("statuses")} == {answer.id}


async def test_an_unreadable_success_delivers(client: Client, hanako: str) -> None:
    await client.fault("bad_body_after")
    answer = await client.notice(HANAKO)
    assert (answer.status, answer.body) == (200, b"<html>not JSON")
    assert len(await client.chat(hanako)) == 1


async def test_any_status_with_any_body_can_be_had(client: Client) -> None:
    await client.fault("status", endpoint="phone_number", status=400, body={"error": "odd"})
    await client.fault("status", status=502, body="<h1>Bad gateway</h1>")
    odd = await client.graph("GET", NUMBER_ID)
    assert (odd.status, odd.body) == (400, {"error": "odd"})
    assert (await client.graph("GET", NUMBER_ID)).body == b"<h1>Bad gateway</h1>"


@pytest.mark.parametrize(
    ("names", "contacts", "message"),
    [
        (["wa_id"], [{"input": HANAKO}], {"id", "message_status"}),
        (["contacts"], None, {"id", "message_status"}),
        (["message_status"], [{"input": HANAKO, "wa_id": HANAKO}], {"id"}),
    ],
)
async def test_an_answer_can_lack_what_it_usually_has(
    client: Client, hanako: str, names: list[str], contacts: Any, message: set[str]
) -> None:
    await client.fault("answer_without", names=names)
    answer = await client.notice(HANAKO)
    assert (answer.body.get("contacts"), set(answer.body["messages"][0])) == (contacts, message)
    await client.sim("/faults", {"fault": "answer_without"}, expect=400)


@pytest.mark.parametrize(
    ("order", "final", "is_seen"),
    [
        (["sent", "read"], "read", True),  # delivered is skipped
        (["read", "delivered", "sent"], "read", True),
        (["sent", "failed", "delivered"], "delivered", True),
        (["sent", "delivered", "failed"], "delivered", True),
        (["sent", "sent", "delivered", "delivered"], "delivered", True),
        (["delivered", "played"], "delivered", True),
        (["failed"], "failed", False),
        ([], None, True),  # it arrived, and nobody will ever be told
    ],
)
async def test_the_statuses_of_a_message_can_be_scripted(
    client: Client, bot: Bot, hanako: str, order: list[str], final: str | None, *, is_seen: bool
) -> None:
    await client.fault("statuses", order=order, code=131049)
    sent = await client.notice(HANAKO, biz_opaque_callback_data="delivery-1")
    await client.sim(f"/users/{hanako}/read", {})
    await client.idle()
    assert bot.statuses() == order
    for status in bot.items("statuses"):
        assert (status["id"], status["biz_opaque_callback_data"]) == (sent.id, "delivery-1")
        assert [error["code"] for error in status.get("errors", [])] == [131049] * (status["status"] == "failed")
    assert [item["status"] for item in await client.chat(hanako)] == ([final] if is_seen else [])


async def test_a_script_waits_for_a_message_that_is_accepted(client: Client, bot: Bot, hanako: str) -> None:
    await client.fault("statuses", order=["read"])
    assert (await client.say(HANAKO)).code == 131047
    await client.notice(HANAKO)
    await client.idle()
    assert bot.statuses() == ["read"]
    await client.sim("/faults", {"fault": "statuses", "order": ["seen"]}, expect=400)


async def test_a_message_held_for_quality_is_released_later(client: Client, bot: Bot, hanako: str) -> None:
    await client.fault("held_for_quality", times=2)
    held = await client.notice(HANAKO)
    other = await client.notice(HANAKO)
    assert held.body["messages"][0]["message_status"] == "held_for_quality_assessment"
    await client.idle()
    assert (bot.statuses(), await client.chat(hanako)) == ([], [])
    assert (await client.sim("/held"))["messages"] == [held.id, other.id]
    assert (await client.sim("/held/release", {"id": held.id}))["messages"] == [held.id]
    await client.idle()
    assert bot.statuses() == ["sent", "delivered"]
    assert (await client.sim("/held/drop", {"code": 131049}))["messages"] == [other.id]
    await client.idle()
    assert bot.items("statuses")[-1]["errors"][0]["code"] == 131049
    assert (await client.sim("/held/release", {"id": held.id}))["messages"] == []


async def test_any_status_can_be_reported_by_hand(client: Client, bot: Bot, hanako: str) -> None:
    sent = await client.notice(HANAKO)
    await client.idle()
    await client.sim(f"/messages/{sent.id}/status", {"status": "failed", "code": 131026})
    await client.sim(
        f"/messages/{sent.id}/status", {"status": "warned", "extra": {"recipient_parent_user_id": "JP.ENT.1"}}
    )
    failed, warned = bot.items("statuses")[-2:]
    assert (failed["status"], failed["errors"][0]["code"]) == ("failed", 131026)
    assert (warned["status"], warned["recipient_parent_user_id"]) == ("warned", "JP.ENT.1")
    assert (await client.chat(hanako))[0]["status"] == "delivered"
    await client.sim("/messages/wamid.x/status", {"status": "read"}, expect=404)


async def test_faults_can_skip_calls_come_by_chance_be_listed_and_cleared(client: Client, hanako: str) -> None:
    await client.fault("error_before", endpoint="messages", skip=1, times=2)
    assert [(await client.notice(HANAKO)).status for _ in range(2)] == [200, 500]
    assert [one["times"] for one in (await client.sim("/faults"))["faults"]] == [1]
    await client.sim("/faults", method="DELETE")
    assert (await client.sim("/faults"))["faults"] == []
    await client.fault("error_before", times=100, rate=0.5, seed=7)
    found = [(await client.notice(HANAKO)).status for _ in range(20)]
    await client.sim("/faults", method="DELETE")
    await client.fault("error_before", times=100, rate=0.5, seed=7)
    assert [(await client.notice(HANAKO)).status for _ in range(20)] == found
    assert set(found) == {200, 500}


@pytest.mark.parametrize(
    "wish", [{"fault": "none"}, {"fault": "status", "status": 99}, {"fault": "error", "times": "x"}]
)
async def test_a_fault_that_makes_no_sense_is_refused(client: Client, wish: dict[str, Any]) -> None:
    await client.sim("/faults", wish, expect=400)
