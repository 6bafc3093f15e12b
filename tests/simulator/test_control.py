"""The control API, the smaller endpoints, and the simulator as a program of its own."""

import asyncio
import json
import signal
import sys
import time
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from simulator.app import Options, Simulator
from simulator.calls import Call, CallLog
from simulator.clock import Clock
from tests.simulator.conftest import Bot, Client, card, confirm, say

HANAKO = "U" + "1" * 32


async def test_a_wrong_or_missing_token_is_401_in_lines_words(client: Client) -> None:
    for token in ("wrong", None, ""):
        answer = await client.api("GET", "/info", token=token)
        assert answer.status == 401
        assert answer.body["message"].startswith("Authentication failed due to the following reason: ")


@pytest.mark.parametrize("path", ["/info/", "/nothing", "/message/push/", "/message", "/message/narrowcast/x"])
async def test_a_path_must_be_exact(client: Client, path: str) -> None:
    for method in ("GET", "POST"):
        answer = await client.api(method, path)
        assert (answer.status, answer.body) == (404, {"message": "Not found"})


async def test_a_known_path_with_another_method_is_405(client: Client) -> None:
    assert (await client.api("GET", "/message/push")).status == 405


async def test_another_content_type_is_415(client: Client) -> None:
    url = f"{client.simulator.url}/line/v2/bot/message/push"
    headers = {"Authorization": "Bearer a-channel-access-token"}
    async with client.session.post(url, data="to=x", headers=headers) as response:
        assert response.status == 415


async def test_profiles_are_for_friends_and_those_who_wrote(client: Client) -> None:
    friend, stranger = await client.user("花子"), await client.user("太郎", friend=False)
    found = await client.api("GET", f"/profile/{friend}")
    assert (found.body["userId"], found.body["displayName"]) == (friend, "花子")
    assert (await client.api("GET", f"/profile/{stranger}")).body == {"message": "Not found"}
    await client.sim(f"/line/users/{stranger}/text", {"text": "はい"})
    assert (await client.api("GET", f"/profile/{stranger}")).status == 200
    await client.sim(f"/line/users/{friend}/block", {})
    assert (await client.api("GET", f"/profile/{friend}")).status == 404


async def test_the_bot_knows_itself(client: Client) -> None:
    info = (await client.api("GET", "/info")).body
    assert info["displayName"] == "みどり小学校"
    assert info["userId"].startswith("U")
    assert len(info["userId"]) == 33
    assert info["chatMode"] == "bot"


async def test_an_unverified_account_may_not_list_people(client: Client) -> None:
    group = (await client.sim("/line/groups", {"name": "組"}))["id"]
    for path in ("/followers/ids", f"/group/{group}/members/ids"):
        answer = await client.api("GET", path)
        assert (answer.status, answer.body) == (
            403,
            {"message": "Access to this API is not available for your account"},
        )


async def test_groups_can_be_summed_up_only_from_inside(client: Client) -> None:
    hanako = await client.user()
    group = (await client.sim("/line/groups", {"name": "1年A組", "members": [hanako]}))["id"]
    assert (await client.api("GET", f"/group/{group}/summary")).status == 404
    await client.sim(f"/line/groups/{group}/invite", {})
    assert (await client.api("GET", f"/group/{group}/summary")).body == {"groupId": group, "groupName": "1年A組"}
    assert (await client.api("GET", f"/group/{group}/members/count")).body == {"count": 1}
    assert (await client.api("GET", f"/group/{group}/member/{hanako}")).body["displayName"] == "花子"
    assert (await client.sim(f"/line/groups?userId={hanako}"))["groups"][0]["bot_in"] is True


@pytest.mark.parametrize(("seconds", "status"), [(5, 202), (60, 202), (7, 400), (65, 400)])
async def test_the_loading_animation_takes_multiples_of_five(client: Client, seconds: int, status: int) -> None:
    body = {"chatId": await client.user(), "loadingSeconds": seconds}
    assert (await client.api("POST", "/chat/loading/start", body)).status == status


async def test_people_can_be_registered_ahead_with_a_fixed_id_and_changed(client: Client) -> None:
    wish = {"name": "花子", "id": HANAKO, "title": "保護者", "shown": False}
    created = await client.sim("/line/users", wish)
    assert created == {**wish, "friend": False, "blocked": False, "last_seq": 0}
    await client.push(HANAKO)
    several = await client.sim("/line/users", {"users": [{"id": HANAKO, "friend": True}, {"name": "太郎"}]})
    assert [(one["name"], one["friend"]) for one in several["users"]] == [("花子", True), ("太郎", False)]
    found = await client.sim("/line/users?shown=1")
    assert [one["name"] for one in found["users"]] == ["太郎"]
    assert (await client.sim("/line/users?q=保護&limit=1"))["total"] == 1
    assert "error" in await client.sim("/line/users", {"name": "x", "id": "U1"}, expect=400)


async def test_messages_can_be_waited_for(client: Client) -> None:
    hanako = await client.user()
    waiting = asyncio.create_task(client.sim(f"/line/users/{hanako}/messages?after=0&wait=30"))
    await client.push(hanako, card(confirm(), texts=("一", "二")))
    found = await waiting
    item = found["messages"][0]
    assert found["last_seq"] == item["seq"] == 1
    assert item["texts"] == ["一", "二"]
    assert item["from"] == "bot"
    assert (await client.sim(f"/line/users/{hanako}/messages?after=1"))["messages"] == []


async def test_calls_are_logged_with_all_one_needs_and_can_be_waited_for(client: Client, bot: Bot) -> None:
    hanako = await client.user()
    waiting = asyncio.create_task(client.sim("/calls?after=0&wait=30&kind=webhook"))
    sent = await client.push(hanako, say("はい"))
    await client.sim(f"/line/users/{hanako}/text", {"text": "どうも"})
    webhook = (await waiting)["calls"][0]
    api = (await client.calls())[0]
    assert (api["seq"], api["kind"], api["method"], api["path"]) == (1, "api", "POST", "/line/v2/bot/message/push")
    assert (api["status"], api["request_id"]) == (200, sent.headers["x-line-request-id"])
    assert (api["body"]["to"], api["response"], api["delivered_to"]) == (hanako, sent.body, [hanako])
    assert api["elapsed_ms"] > 0
    assert (webhook["path"], webhook["status"], webhook["body"]) == (bot.url, 200, bot.bodies[0])
    assert {"kind": "api", "method": "POST", "path": api["path"], "status": 200, "count": 1} in (
        await client.sim("/calls/summary")
    )["summary"]


def test_the_log_forgets_its_older_half_and_keeps_counting() -> None:
    log = CallLog(Clock(), capacity=4)
    for number in range(7):
        log.add(Call("api", "GET", "/x", 200, response=number))
    assert [call.seq for call in log.after(0)] == [5, 6, 7]
    assert [call.seq for call in log.after(5)] == [6, 7]
    assert log.summary()[0]["count"] == 7


async def test_waiting_in_vain_ends_with_nothing(client: Client) -> None:
    hanako = await client.user()
    assert (await client.sim(f"/line/users/{hanako}/messages?wait=0.01"))["messages"] == []
    assert (await client.sim("/calls?wait=0.01&path=/nothing"))["calls"] == []
    assert "error" in await client.sim("/calls?after=x", expect=400)


async def test_the_page_shows_pictures_and_no_other_uploads(client: Client) -> None:
    hanako = await client.user()
    image = (await client.sim(f"/line/users/{hanako}/image", {}))["item"]["id"]
    file = (await client.sim(f"/line/users/{hanako}/file", {"content_type": "text/html"}))["item"]["id"]
    for path, status in [
        (f"/_sim/line/contents/{image}", 200),
        (f"/_sim/line/contents/{file}", 404),
        ("/_sim/line/contents/1", 404),
        ("/static/main.js", 200),
        ("/static/page.py", 404),
    ]:
        async with client.session.get(client.simulator.url + path) as response:
            assert response.status == status, path


async def test_reset_forgets_everything_but_the_time(client: Client) -> None:
    hanako = await client.user()
    await client.push(hanako)
    await client.sim("/line/settings", {"quota": 1, "webhook_redelivery": True})
    await client.sim("/line/faults", {"fault": "error_before", "times": 9})
    await client.sim("/clock", {"offset": 3600})
    await client.sim("/reset", {})
    assert (await client.sim("/line/users"))["users"] == []
    assert await client.calls() == []
    settings = await client.sim("/line/settings")
    assert (settings["quota"], settings["webhook_redelivery"], settings["consumption"]) == (None, False, 0)
    assert (await client.api("GET", "/info")).status == 200
    assert (await client.sim("/clock"))["offset"] == 3600


@pytest.mark.parametrize(
    "body",
    [{"quota": "3"}, {"nothing": 1}, {"webhook_active": 1}, {"channel_secrets": []}, {"rate_limits": {"push": "x"}}],
)
async def test_a_setting_that_is_not_one_changes_nothing(client: Client, body: dict[str, Any]) -> None:
    before = await client.sim("/line/settings")
    assert "error" in await client.sim("/line/settings", {"name": "別の名", **body}, expect=400)
    assert await client.sim("/line/settings") == before


async def test_the_control_api_says_what_is_wrong(client: Client) -> None:
    for path, body, status in [
        ("/line/users/U0/text", {"text": "x"}, 404),
        ("/line/groups/C0/invite", {}, 404),
        ("/clock", {}, 400),
        ("/line/events", {"events": [{"type": "follow"}]}, 400),
        ("/line/raw", {"body_base64": "*"}, 400),
        (f"/line/users/{await client.user()}/text", {}, 400),
    ]:
        assert (await client.sim(path, body, expect=status))["error"]


async def test_other_sites_pages_and_names_are_kept_out(client: Client) -> None:
    own = client.simulator.url
    for headers, status in [
        ({"Origin": own}, 200),
        ({"Origin": "https://evil.example"}, 403),
        ({"Host": "evil.example"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Host": own.removeprefix("http://").replace("127.0.0.1", "localhost")}, 200),
    ]:
        async with client.session.get(f"{own}/_sim/health", headers=headers) as response:
            assert response.status == status, headers


async def test_the_clock_moves_by_offset_and_by_advance(client: Client) -> None:
    before = (await client.sim("/clock"))["now_ms"]
    await client.sim("/clock", {"advance": 60})
    moved = await client.sim("/clock", {"advance": 60})
    assert moved["offset"] == 120
    assert 120_000 <= moved["now_ms"] - before < 180_000
    assert (await client.sim("/clock", {"offset": 0}))["offset"] == 0


async def test_the_clock_file_is_read_and_written(tmp_path: Path, bot: Bot) -> None:
    file = tmp_path / "clock"
    async with Simulator(Options(clock_file=file)) as simulator, aiohttp.ClientSession() as session:
        client = Client(simulator, session)
        assert (await client.sim("/clock"))["offset"] == 0
        file.write_text("7200\n")
        assert (await client.sim("/clock"))["offset"] == 7200
        await client.sim("/clock", {"advance": -200})
        assert float(file.read_text()) == 7000
        file.write_text("")
        assert (await client.sim("/clock"))["offset"] == 0


def test_writing_the_clock_file_leaves_nothing_beside_it(tmp_path: Path) -> None:
    Clock(tmp_path / "clock").set(60)
    Clock(tmp_path / "clock").set(90)
    assert [entry.name for entry in tmp_path.iterdir()] == ["clock"]
    assert Clock(tmp_path / "clock").offset == 90


def test_a_broken_clock_file_counts_as_no_offset(tmp_path: Path) -> None:
    file = tmp_path / "clock"
    clock = Clock(file)
    assert clock.offset == 0
    file.write_text("tomorrow")
    assert clock.offset == 0
    file.write_text("-5.5")
    assert clock.offset == -5.5


async def test_as_a_program_it_says_where_it_listens_and_stops_within_a_second(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "simulator", "--port", "0", "--line-channel-access-token", "T", "--quota", "200",
        "--name", "みどり小学校", "--basic-id", "@midori", "--clock-file", str(tmp_path / "clock"),
        "--webhook-url", "http://127.0.0.1:9/", "--webhook-redelivery", "--line-channel-secret", "S",
        stdout=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert process.stdout is not None
    line = (await process.stdout.readline()).decode()
    url = line.removeprefix("simulator listening on ").strip()
    assert url.startswith("http://127.0.0.1:")
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{url}/line/v2/bot/info", headers={"Authorization": "Bearer T"}) as response:
            info = await response.json()
        async with session.get(f"{url}/_sim/line/settings") as response:
            settings = await response.json()
        async with session.get(f"{url}/_sim/stream") as stream:
            assert (await stream.content.readline()).startswith(b"retry:")
            started = time.monotonic()
            process.send_signal(signal.SIGTERM)
            assert await process.wait() == 0
            assert time.monotonic() - started < 1
    assert (info["displayName"], info["basicId"]) == ("みどり小学校", "@midori")
    assert (settings["quota"], settings["webhook_redelivery"], settings["channel_secrets"]) == (200, True, ["S"])


async def test_an_open_page_is_told_what_changed(client: Client) -> None:
    hanako = await client.user()
    async with client.session.get(f"{client.simulator.url}/_sim/stream") as stream:
        assert stream.content_type == "text/event-stream"
        await stream.content.readuntil(b"\n\n")
        await client.push(hanako)
        told = await stream.content.readuntil(b"\n\n")
        assert told == b'event: chats\ndata: {"ids":["' + hanako.encode() + b'"]}\n\n'
        await client.sim("/reset", {})
        assert await stream.content.readuntil(b"\n\n") == b"event: reset\ndata: {}\n\n"


async def test_the_log_and_the_chats_share_one_copy_of_a_message(client: Client) -> None:
    """What makes a hundred thousand people fit into memory."""
    people = [await client.user(name) for name in "あいう"]
    for _ in range(2):
        await client.multicast(people, card(confirm()))
    world = client.simulator.line.world
    messages = {id(item.message) for person in people for item in world.users[person].chat.items}
    logged = {id(call.body["messages"][0]) for call in client.simulator.log.after(0)}
    assert len(messages | logged) == 1
    assert json.dumps(await client.calls())
