"""What the Graph API refuses: every limit is accepted to the last character, and refused one further."""

from typing import Any

import pytest

from tests.simulator.whatsapp.conftest import NUMBER_ID, Client, Reply, address, buttons, rows, template

HANAKO = "819012345678"
BSUID = "JP.1349"


@pytest.fixture
async def open_client(client: Client) -> Client:
    """A client whose window to Hanako is open, and whose template is approved."""
    await client.open_window(await client.user(user_id=BSUID))
    await client.approve()
    return client


async def send(client: Client, message: dict[str, Any], **more: Any) -> Reply:
    return await client.send({**address(HANAKO), **message, **more})


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": {"body": words}}


def interactive(**changes: Any) -> dict[str, Any]:
    message = buttons("はい")
    message["interactive"] |= changes
    return message


def row(number: int = 0, **more: Any) -> dict[str, Any]:
    return {"id": f"row{number}", "title": f"行{number}", **more}


def with_components(*components: Any, name: str = "notice_confirm_v1", code: str = "ja") -> dict[str, Any]:
    return {
        "type": "template",
        "template": {"name": name, "language": {"code": code}, "components": list(components)},
    }


def body_of(*values: Any) -> dict[str, Any]:
    return {"type": "body", "parameters": [{"type": "text", "text": value} for value in values]}


def button(payload: Any = "p", **more: Any) -> dict[str, Any]:
    parameters = [{"type": "payload", "payload": payload}]
    return {"type": "button", "sub_type": "quick_reply", "index": "0", "parameters": parameters, **more}


ACCEPTED = {
    "text of 4096": text("あ" * 4096),
    "text of 2048 emoji": text("😀" * 2048),
    "body of 1024": interactive(body={"text": "あ" * 1024}),
    "header and footer of 60": interactive(header={"type": "text", "text": "頭" * 60}, footer={"text": "足" * 60}),
    "three buttons": buttons("一", "二", "三"),
    "title of 20": buttons("あ" * 20),
    "button id of 256": buttons("はい", ids=["x" * 256]),
    "ten rows": rows([row(number) for number in range(6)], [row(number) for number in range(6, 10)]),
    "ten sections": rows(*[[row(number)] for number in range(10)]),
    "one section without a title": {
        "type": "interactive",
        "interactive": {
            "type": "list",
            "body": {"text": "x"},
            "action": {"button": "x", "sections": [{"rows": [row()]}]},
        },
    },
    "list body of 4096": rows([row()], body="あ" * 4096),
    "list button of 20": rows([row()], button="あ" * 20),
    "row title of 24": rows([row(title="あ" * 24)]),
    "row description of 72": rows([row(description="あ" * 72)]),
    "row id of 200": rows([row(id="x" * 200)]),
    "payload of 128": template("一", "二", payload="x" * 128),
    "component names in capitals, index as a number": with_components(
        {"type": "BODY", "parameters": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
        {**button(), "type": "BUTTON", "sub_type": "QUICK_REPLY", "index": 0},
    ),
    "four blanks in a value": template("a    b", "二"),
    "an answer to a message": {**text("はい"), "context": {"message_id": "wamid.x"}},
}

REFUSED: dict[str, tuple[dict[str, Any], int]] = {
    "text of 4097": (text("あ" * 4097), 131009),
    "text of 2049 emoji": (text("😀" * 2049), 131009),
    "empty text": (text(""), 131009),
    "text of blanks": (text("  \n"), 131009),
    "text without a body": ({"type": "text", "text": {}}, 131008),
    "no text at all": ({"type": "text"}, 131008),
    "text that is none": ({"type": "text", "text": {"body": 1}}, 131009),
    "unknown key in text": ({"type": "text", "text": {"body": "x", "style": "bold"}}, 100),
    "preview_url that is no boolean": ({"type": "text", "text": {"body": "x", "preview_url": "yes"}}, 131009),
    "body of 1025": (interactive(body={"text": "あ" * 1025}), 131009),
    "header of 61": (interactive(header={"type": "text", "text": "頭" * 61}), 131009),
    "footer of 61": (interactive(footer={"text": "足" * 61}), 131009),
    "no body": (interactive(body=None), 131008),
    "four buttons": (buttons("一", "二", "三", "四"), 131009),
    "no buttons": (buttons(), 131009),
    "title of 21": (buttons("あ" * 21), 131009),
    "two equal titles": (buttons("はい", "はい"), 131009),
    "two equal button ids": (buttons("はい", "いいえ", ids=["a", "a"]), 131009),
    "button id of 257": (buttons("はい", ids=["x" * 257]), 131009),
    "button id with a blank at its end": (buttons("はい", ids=["x "]), 131009),
    "eleven rows": (rows([row(number) for number in range(6)], [row(number) for number in range(6, 11)]), 131009),
    "eleven sections": (rows(*[[row(number)] for number in range(11)]), 131009),
    "no rows": (rows([]), 131009),
    "two equal row ids": (rows([row(1)], [row(1)]), 131009),
    "list body of 4097": (rows([row()], body="あ" * 4097), 131009),
    "list button of 21": (rows([row()], button="あ" * 21), 131009),
    "row title of 25": (rows([row(title="あ" * 25)]), 131009),
    "row description of 73": (rows([row(description="あ" * 73)]), 131009),
    "row id of 201": (rows([row(id="x" * 201)]), 131009),
    "kind of interactive nobody knows": (interactive(type="carousel"), 131009),
    "type nobody knows": ({"type": "hologram", "hologram": {}}, 131051),
    "payload of 129": (template("一", "二", payload="x" * 129), 131009),
    "new line in a value": (template("一\n行", "二"), 132018),
    "tab in a value": (template("一\t行", "二"), 132018),
    "five blanks in a value": (template("a     b", "二"), 132018),
    "empty value": (template("", "二"), 131009),
    "one value too few": (template("一"), 132000),
    "one value too many": (template("一", "二", "三"), 132000),
    "no components": (with_components(), 132000),
    "template that nobody knows": (template("一", "二", name="other"), 132001),
    "language that was not approved": (with_components(body_of("一", "二"), code="en"), 132001),
    "body too long once filled in": (template("あ" * 1000, "二"), 132005),
    "value of another type": (with_components({"type": "body", "parameters": [{"type": "currency"}] * 2}), 132012),
    "button that is not there": (with_components(body_of("一", "二"), button(index="1")), 132018),
    "button with a text": (
        with_components(body_of("一", "二"), {**button(), "parameters": [{"type": "text", "text": "x"}]}),
        132012,
    ),
    "button with two payloads": (
        with_components(body_of("一", "二"), {**button(), "parameters": [{"type": "payload", "payload": "x"}] * 2}),
        132000,
    ),
    "the same component twice": (with_components(body_of("一", "二"), body_of("一", "二")), 131009),
    "callback data of 513": ({**text("はい"), "biz_opaque_callback_data": "x" * 513}, 131009),
    "unknown key": ({**text("はい"), "colour": "red"}, 100),
    "group": ({**text("はい"), "recipient_type": "group"}, 131009),
}


@pytest.mark.parametrize("case", ACCEPTED)
async def test_what_is_within_every_limit_is_accepted(open_client: Client, case: str) -> None:
    answer = await send(open_client, ACCEPTED[case])
    assert answer.status == 200, answer.body


@pytest.mark.parametrize("case", REFUSED)
async def test_what_breaks_a_rule_is_refused_and_shown_to_nobody(open_client: Client, case: str) -> None:
    before = len(await open_client.chat(HANAKO))
    message, code = REFUSED[case]
    answer = await send(open_client, message)
    assert (answer.code, answer.status) == (code, 404 if code == 132001 else 400), answer.body
    assert len(await open_client.chat(HANAKO)) == before


async def test_callback_data_of_512_comes_back(open_client: Client) -> None:
    answer = await open_client.say(HANAKO, biz_opaque_callback_data="x" * 512)
    assert answer.status == 200
    assert (await open_client.chat(HANAKO))[-1]["callback_data"] == "x" * 512


async def test_the_payloads_limit_can_be_lifted(open_client: Client) -> None:
    await open_client.sim("/settings", {"payload_limit": None})
    assert (await send(open_client, template("一", "二", payload="x" * 1000))).status == 200


async def test_a_refusal_names_what_is_wrong(open_client: Client) -> None:
    answer = await send(open_client, template("一"))
    assert answer.details == "body: number of localizable_params (1) does not match the expected number of params (2)"
    newline = await send(open_client, template("a\nb", "二"))
    assert newline.details.startswith(
        "Param text cannot have new-line/tab characters or more than 4 consecutive spaces"
    )


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"messaging_product": "sms"}, 100),
        ({"to": None, "recipient": None}, 100),
        ({"to": "花子"}, 100),
        ({"to": 819012345678}, 100),
        ({"to": None, "recipient": "1349"}, 131009),
        ({"to": "81355501234"}, 131021),
    ],
)
async def test_an_address_has_to_be_one(open_client: Client, change: dict[str, Any], code: int) -> None:
    assert (await send(open_client, text("はい"), **change)).code == code


async def test_a_body_that_is_no_json_or_no_object_is_refused(client: Client) -> None:
    url = f"{client.simulator.url}/whatsapp/v26.0/{NUMBER_ID}/messages"
    headers = {"Authorization": "Bearer an-access-token"}
    for raw in (b"{", b"[]", b"", b"1"):
        async with client.session.post(url, data=raw, headers=headers) as response:
            assert ((await response.json())["error"]["code"], response.status) == (100, 400)


@pytest.mark.parametrize(
    ("status", "code"), [("PENDING", 132001), ("REJECTED", 132001), ("PAUSED", 132015), ("DISABLED", 132016)]
)
async def test_a_template_that_is_not_approved_is_refused(client: Client, status: str, code: int) -> None:
    await client.user()
    await client.approve(status=status)
    assert (await client.notice(HANAKO)).code == code


async def test_an_authentication_template_needs_the_number(open_client: Client) -> None:
    await open_client.approve("login", category="AUTHENTICATION")
    assert (await open_client.send({**address(BSUID), **template("一", "二", name="login")})).code == 131062
    assert (await send(open_client, template("一", "二", name="login"))).status == 200


async def test_values_with_names_are_matched_by_name(open_client: Client) -> None:
    await open_client.approve("named", body="件名は{{title}}、日時は{{when}}です。", buttons=None, footer=None)
    values = [
        {"type": "text", "text": "11/25", "parameter_name": "when"},
        {"type": "text", "text": "避難訓練", "parameter_name": "title"},
    ]
    named = with_components({"type": "body", "parameters": values}, name="named")
    assert (await send(open_client, named)).status == 200
    assert (await open_client.chat(HANAKO))[-1]["texts"] == ["件名は避難訓練、日時は11/25です。"]
    values[0]["parameter_name"] = "who"
    assert (await send(open_client, named)).code == 132012


async def test_numbered_values_go_by_their_number(open_client: Client) -> None:
    await open_client.approve("turned", body="日時は{{2}}、件名は{{1}}です。", buttons=None, footer=None)
    await send(open_client, with_components(body_of("避難訓練", "11/25"), name="turned"))
    assert (await open_client.chat(HANAKO))[-1]["texts"] == ["日時は11/25、件名は避難訓練です。"]


async def test_a_header_is_filled_in_and_measured(open_client: Client) -> None:
    await open_client.approve("headed", header="{{1}}のお知らせ", body="ご確認ください。", footer=None)
    header = {"type": "header", "parameters": [{"type": "text", "text": "避難訓練"}]}
    assert (await send(open_client, with_components(header, name="headed"))).status == 200
    assert (await open_client.chat(HANAKO))[-1]["texts"] == ["避難訓練のお知らせ", "ご確認ください。"]
    long = {"type": "header", "parameters": [{"type": "text", "text": "あ" * 60}]}
    assert (await send(open_client, with_components(long, name="headed"))).code == 132005


@pytest.mark.parametrize(
    "wish",
    [
        {"body": "{{1}}です。"},
        {"body": "件名は{{1}}"},
        {"body": "件名は{{1}}{{2}}です。"},
        {"body": "あ" * 1025},
        {"body": "はい。", "footer": "あ" * 61},
        {"body": "はい。", "header": "あ" * 61},
        {"body": "はい。", "buttons": ["あ" * 26]},
        {"body": "はい。", "buttons": ["あ"] * 11},
        {"body": "はい。", "name": "With Capitals"},
        {"body": "はい。", "status": "READY"},
        {"header": "はい"},
    ],
)
async def test_a_template_against_the_rules_cannot_be_had(client: Client, wish: dict[str, Any]) -> None:
    await client.sim("/templates", {"name": "fine", **wish}, expect=400)


async def test_more_than_the_throughput_of_the_number_is_too_many(client: Client) -> None:
    await client.approve()
    assert (await client.sim("/settings"))["throughput_per_s"] == 80
    await client.sim("/settings", {"throughput_per_s": 2})
    codes = [(await client.notice(f"8190000000{number:02}")).code for number in range(4)]
    assert codes[:2] == [None, None]
    assert 130429 in codes
    await client.control("/clock", {"advance": 1})
    assert (await client.notice("819000000099")).code is None


async def test_too_many_to_one_person_concern_that_person_only(open_client: Client) -> None:
    await open_client.user("太郎", "819000000002")
    codes = [(await open_client.notice(HANAKO)).code for _ in range(46)]
    assert codes == [None] * 45 + [131056]
    assert (await open_client.notice(BSUID)).code == 131056
    assert (await open_client.notice("819000000002")).code is None
    await open_client.control("/clock", {"advance": 6})
    assert (await open_client.notice(HANAKO)).code is None
