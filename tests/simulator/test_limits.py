"""Every documented limit: what just fits is accepted, what is one too many is a 400 that says where."""

import copy
import json
from typing import Any

import pytest

from simulator.line.cards import buttons as buttons_of
from simulator.line.cards import visible_texts
from simulator.line.limits import grapheme_length, utf16_length
from simulator.line.messages import MessageBook
from tests.simulator.conftest import Client, card, confirm, say

FAMILY = "👨‍👩‍👧‍👦"
URL = "https://example.com/a.png"


def flex(contents: dict[str, Any], alt: str = "代わりの文") -> dict[str, Any]:
    return {"type": "flex", "altText": alt, "contents": contents}


def bubble(*contents: dict[str, Any], layout: str = "vertical", **more: Any) -> dict[str, Any]:
    return {"type": "bubble", "body": {"type": "box", "layout": layout, "contents": list(contents)}, **more}


def text(words: str = "字", **more: Any) -> dict[str, Any]:
    return {"type": "text", "text": words, **more}


def buttons(words: str, actions: int = 1, **more: Any) -> dict[str, Any]:
    template = {"type": "buttons", "text": words, "actions": [confirm()] * actions, **more}
    return {"type": "template", "altText": "代わりの文", "template": template}


def quick(count: int, label: str = "はい") -> dict[str, Any]:
    return {**say("x"), "quickReply": {"items": [{"type": "action", "action": confirm(label)}] * count}}


ACCEPTED: dict[str, dict[str, Any]] = {
    "text of 5,000": say("あ" * 5000),
    "text of 2,500 emoji": say("😀" * 2500),
    "LINE emoji": {
        **say("$ はい"),
        "emojis": [{"index": 0, "productId": "5ac1bfd5040ab15980c9b435", "emojiId": "001"}],
    },
    "textV2": {
        "type": "textV2",
        "text": "{{はい}} {e}",
        "substitution": {"e": {"type": "emoji", "productId": "p", "emojiId": "1"}},
    },
    "altText of 1,500": card(alt="あ" * 1500),
    "label of 40": card(confirm("あ" * 40)),
    "label of 40 families": card(confirm(FAMILY * 40)),
    "data of 300": card(confirm(data="d" * 300)),
    "displayText of 300": card(confirm(displayText="が" * 300)),
    "13 quick replies": quick(13),
    "quick reply label of 20": quick(1, "あ" * 20),
    "buttons text of 160": buttons("あ" * 160),
    "buttons text of 60 with title": buttons("あ" * 60, title="題"),
    "4 actions": buttons("x", 4),
    "confirm template": {
        "type": "template",
        "altText": "x",
        "template": {"type": "confirm", "text": "あ" * 240, "actions": [confirm()] * 2},
    },
    "carousel template": {
        "type": "template",
        "altText": "x",
        "template": {"type": "carousel", "columns": [{"text": "あ" * 120, "actions": [confirm()] * 3}] * 10},
    },
    "image carousel": {
        "type": "template",
        "altText": "x",
        "template": {"type": "image_carousel", "columns": [{"imageUrl": URL, "action": confirm("あ" * 12)}]},
    },
    "imagemap": {
        "type": "imagemap",
        "baseUrl": "https://example.com/map",
        "altText": "x",
        "baseSize": {"width": 1040, "height": 700},
        "actions": [{"type": "message", "text": "x", "area": {"x": 0, "y": 0, "width": 9, "height": 9}}],
    },
    "date picker": card(
        {
            "type": "datetimepicker",
            "label": "選ぶ",
            "data": "d",
            "mode": "datetime",
            "initial": "2026-11-30t18:00",
            "min": "2026-11-01T00:00",
            "max": "2026-12-31T23:59",
        }
    ),
    "12 bubbles": flex({"type": "carousel", "contents": [bubble(text())] * 12}),
    "uri of 1,000": card({"type": "uri", "label": "開く", "uri": "https://example.com/" + "a" * 980}),
    "tel": card({"type": "uri", "label": "電話", "uri": "tel:0312345678"}),
    "sender": {**say("x"), "sender": {"name": "学校", "iconUrl": URL}},
    "image": {"type": "image", "originalContentUrl": URL, "previewImageUrl": URL},
    "sticker": {"type": "sticker", "packageId": "446", "stickerId": "1988"},
    "location": {"type": "location", "title": "校庭", "address": "東京", "latitude": 35.6, "longitude": 139},
    "every component": flex(
        bubble(
            text(
                "題", size="xl", weight="bold", color="#112233", align="center", maxLines=2, adjustMode="shrink-to-fit"
            ),
            text("11px", size="11px", lineSpacing="4px", decoration="underline", style="italic", flex=0),
            {"type": "text", "contents": [{"type": "span", "text": "一", "color": "#FF0000"}], "wrap": True},
            {"type": "separator", "margin": "md", "color": "#CCCCCC"},
            {
                "type": "box",
                "layout": "baseline",
                "spacing": "sm",
                "contents": [{"type": "icon", "url": URL, "size": "xs"}, text(gravity="top"), {"type": "filler"}],
            },
            {
                "type": "box",
                "layout": "horizontal",
                "contents": [],
                "paddingAll": "10%",
                "cornerRadius": "8px",
                "borderWidth": "semi-bold",
                "backgroundColor": "#00000000",
                "justifyContent": "space-evenly",
                "alignItems": "center",
                "width": "50%",
                "height": "30px",
                "offsetTop": "-2px",
                "action": confirm(),
                "background": {
                    "type": "linearGradient",
                    "angle": "90deg",
                    "startColor": "#FFFFFF",
                    "endColor": "#000000FF",
                },
            },
            {"type": "image", "url": URL, "size": "full", "aspectRatio": "1.91:1", "aspectMode": "cover"},
            {"type": "button", "action": confirm(), "style": "link", "height": "sm", "gravity": "center"},
            size="giga",
            direction="ltr",
            styles={"body": {"backgroundColor": "#FFFFFF", "separator": True}},
            hero={"type": "video", "url": URL, "previewUrl": URL, "altContent": {"type": "image", "url": URL}},
        )
    ),
}

REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "text of 5,001": (say("あ" * 5001), "text"),
    "text of 2,501 emoji": (say("😀" * 2501), "text"),
    "empty text": (say(""), "text"),
    "no text": ({"type": "text"}, "text"),
    "unknown type": ({"type": "textV3", "text": "x"}, "type"),
    "no type": ({"text": "x"}, "type"),
    "unknown property": ({**say("x"), "colour": "red"}, "colour"),
    "emoji not at a $": ({**say("x$"), "emojis": [{"index": 0, "productId": "p", "emojiId": "1"}]}, "emojis[0].index"),
    "textV2 without substitution": ({"type": "textV2", "text": "{x}"}, "text"),
    "altText of 1,501": (card(alt="あ" * 1501), "altText"),
    "altText of 751 emoji": (card(alt="😀" * 751), "altText"),
    "no altText": ({"type": "flex", "contents": bubble(text())}, "altText"),
    "label of 41": (card(confirm("あ" * 41)), "contents.footer.contents[0].action.label"),
    "no label": (card({"type": "postback", "data": "x"}), "contents.footer.contents[0].action.label"),
    "data of 301": (card(confirm(data="d" * 301)), "contents.footer.contents[0].action.data"),
    "no data": (card({"type": "postback", "label": "x"}), "contents.footer.contents[0].action.data"),
    "displayText of 301": (card(confirm(displayText="あ" * 301)), "contents.footer.contents[0].action.displayText"),
    "unknown action": (card({"type": "dance", "label": "x"}), "contents.footer.contents[0].action.type"),
    "camera outside quick replies": (card({"type": "camera", "label": "x"}), "contents.footer.contents[0].action.type"),
    "uri of 1,001": (
        card({"type": "uri", "label": "x", "uri": "https://example.com/" + "a" * 981}),
        "contents.footer.contents[0].action.uri",
    ),
    "uri with an odd scheme": (
        card({"type": "uri", "label": "x", "uri": "javascript:1"}),
        "contents.footer.contents[0].action.uri",
    ),
    "uri not percent-encoded": (
        card({"type": "uri", "label": "x", "uri": "https://example.com/名簿"}),
        "contents.footer.contents[0].action.uri",
    ),
    "wrong date": (
        card({"type": "datetimepicker", "label": "x", "data": "d", "mode": "date", "min": "2026-13-01"}),
        "contents.footer.contents[0].action.min",
    ),
    "min after max": (
        card({"type": "datetimepicker", "label": "x", "data": "d", "mode": "time", "min": "09:00", "max": "08:00"}),
        "contents.footer.contents[0].action.max",
    ),
    "displayText and text": (
        card(confirm(displayText="x", text="x")),
        "contents.footer.contents[0].action.text",
    ),
    "fillInText without a keyboard": (card(confirm(fillInText="x")), "contents.footer.contents[0].action.fillInText"),
    "columns of unlike length": (
        {
            "type": "template",
            "altText": "x",
            "template": {
                "type": "carousel",
                "columns": [{"text": "x", "actions": [confirm()]}, {"text": "x", "actions": [confirm()] * 2}],
            },
        },
        "template.columns",
    ),
    "column text of 121": (
        {
            "type": "template",
            "altText": "x",
            "template": {"type": "carousel", "columns": [{"text": "あ" * 121, "actions": [confirm()]}]},
        },
        "template.columns[0].text",
    ),
    "image carousel label of 13": (
        {
            "type": "template",
            "altText": "x",
            "template": {"type": "image_carousel", "columns": [{"imageUrl": URL, "action": confirm("あ" * 13)}]},
        },
        "template.columns[0].action.label",
    ),
    "14 quick replies": (quick(14), "quickReply.items"),
    "quick reply label of 21": (quick(1, "あ" * 21), "quickReply.items[0].action.label"),
    "buttons text of 161": (buttons("あ" * 161), "template.text"),
    "buttons text of 61 with title": (buttons("あ" * 61, title="題"), "template.text"),
    "title of 41": (buttons("x", title="あ" * 41), "template.title"),
    "5 actions": (buttons("x", 5), "template.actions"),
    "confirm template with one action": (
        {
            "type": "template",
            "altText": "x",
            "template": {"type": "confirm", "text": "x", "actions": [confirm()]},
        },
        "template.actions",
    ),
    "13 bubbles": (flex({"type": "carousel", "contents": [bubble(text())] * 13}), "contents.contents"),
    "bubbles of two sizes": (
        flex({"type": "carousel", "contents": [bubble(text()), bubble(text(), size="giga")]}),
        "contents.contents",
    ),
    "empty bubble": (flex({"type": "bubble"}), "contents"),
    "image over http": (
        {"type": "image", "originalContentUrl": "http://example.com/a.png", "previewImageUrl": URL},
        "originalContentUrl",
    ),
    "unknown component": (flex(bubble({"type": "table"})), "contents.body.contents[0].type"),
    "button in a baseline box": (
        flex(bubble({"type": "button", "action": confirm()}, layout="baseline")),
        "contents.body.contents[0].type",
    ),
    "icon outside a baseline box": (flex(bubble({"type": "icon", "url": URL})), "contents.body.contents[0].type"),
    "unknown layout": (flex(bubble(text(), layout="grid")), "contents.body.layout"),
    "no contents in a box": (
        flex({"type": "bubble", "body": {"type": "box", "layout": "vertical"}}),
        "contents.body.contents",
    ),
    "empty text component": (flex(bubble(text(""))), "contents.body.contents[0].text"),
    "text component without text": (flex(bubble({"type": "text"})), "contents.body.contents[0]"),
    "unknown size": (flex(bubble(text(size="huge"))), "contents.body.contents[0].size"),
    "unknown weight": (flex(bubble(text(weight="600"))), "contents.body.contents[0].weight"),
    "unknown align": (flex(bubble(text(align="left"))), "contents.body.contents[0].align"),
    "colour name": (flex(bubble(text(color="red"))), "contents.body.contents[0].color"),
    "wrap as text": (flex(bubble(text(wrap="true"))), "contents.body.contents[0].wrap"),
    "flex as text": (flex(bubble(text(flex="1"))), "contents.body.contents[0].flex"),
    "margin in percent": (flex(bubble(text(margin="5%"))), "contents.body.contents[0].margin"),
    "unknown button style": (
        flex(bubble({"type": "button", "action": confirm(), "style": "danger"})),
        "contents.body.contents[0].style",
    ),
    "tall ratio": (
        flex(bubble({"type": "image", "url": URL, "aspectRatio": "1:4"})),
        "contents.body.contents[0].aspectRatio",
    ),
    "unknown property of a component": (flex(bubble(text(bold=True))), "contents.body.contents[0].bold"),
    "unknown property of a bubble": (flex(bubble(text(), theme="dark")), "contents.theme"),
}


@pytest.mark.parametrize("name", ACCEPTED)
async def test_what_the_documentation_allows_is_accepted(client: Client, name: str) -> None:
    body = {"messages": [ACCEPTED[name]]}
    answer = await client.api("POST", "/message/validate/push", body)
    assert (answer.status, answer.body) == (200, {})


@pytest.mark.parametrize("name", REFUSED)
async def test_what_goes_beyond_a_limit_is_refused_and_located(client: Client, name: str) -> None:
    message, where = REFUSED[name]
    hanako = await client.user()
    answer = await client.push(hanako, message)
    assert answer.status == 400
    assert answer.body["message"] == f"The request body has {len(answer.body['details'])} error(s)"
    assert f"messages[0].{where}" in [detail["property"] for detail in answer.body["details"]]
    assert all(detail["message"] for detail in answer.body["details"])
    assert await client.chat(hanako) == []


@pytest.mark.parametrize("kind", ["reply", "push", "multicast"])
async def test_validation_endpoints_send_nothing(client: Client, kind: str) -> None:
    path = f"/message/validate/{kind}"
    assert (await client.api("POST", path, {"messages": [say("x")]})).status == 200
    assert (await client.api("POST", path, {"messages": [say("")]})).status == 400
    assert (await client.api("POST", path, {"messages": []})).status == 400


@pytest.mark.parametrize(("count", "status"), [(0, 400), (1, 200), (5, 200), (6, 400)])
async def test_one_to_five_messages(client: Client, count: int, status: int) -> None:
    body = {"to": await client.user(), "messages": [say("x")] * count}
    assert (await client.api("POST", "/message/push", body)).status == status


@pytest.mark.parametrize(("count", "status"), [(0, 400), (500, 200), (501, 400)])
async def test_one_to_five_hundred_recipients(client: Client, count: int, status: int) -> None:
    to = [f"U{number:032x}" for number in range(count)]
    assert (await client.api("POST", "/message/multicast", {"to": to, "messages": [say("x")]})).status == status


async def test_several_errors_are_told_at_once_in_lines_words(client: Client) -> None:
    answer = await client.api("POST", "/message/push", {"to": "", "messages": [say(""), {"type": "x"}], "extra": 1})
    assert answer.body["message"] == "The request body has 4 error(s)"
    assert {"message": "May not be empty", "property": "messages[0].text"} in answer.body["details"]
    assert [detail["property"] for detail in answer.body["details"]] == [
        "to",
        "extra",
        "messages[0].text",
        "messages[1].type",
    ]


@pytest.mark.parametrize("unit", ["with-hyphen", "x" * 31, "名前"])
async def test_aggregation_units_are_short_words(client: Client, unit: str) -> None:
    body = {"to": await client.user(), "messages": [say("x")], "customAggregationUnits": [unit]}
    assert (await client.api("POST", "/message/push", body)).status == 400
    assert (await client.api("POST", "/message/push", {**body, "customAggregationUnits": ["n_42"]})).status == 200


def sized(kind: str, size: int) -> tuple[bytes, dict[str, Any]]:
    """A multicast whose container takes exactly that many bytes, written compactly."""
    filling = [text("x" * 4000) for _ in range(size // 4100)] + [text("x")]
    container: dict[str, Any] = bubble(*filling)
    if kind == "carousel":
        container = {
            "type": "carousel",
            "contents": [bubble(*filling[: len(filling) // 2]), bubble(*filling[len(filling) // 2 :])],
        }
    holder = container if kind == "bubble" else container["contents"][-1]
    missing = size - len(_compact(container))
    holder["body"]["contents"][-1]["text"] += "x" * missing
    assert len(_compact(container)) == size
    return _compact({"to": ["U" + "0" * 32], "messages": [flex(container)]}), container


def _compact(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


@pytest.mark.parametrize(
    ("kind", "size", "status"),
    [("bubble", 30_000, 200), ("bubble", 30_001, 400), ("carousel", 50_000, 200), ("carousel", 50_001, 400)],
)
async def test_a_container_is_measured_in_bytes(client: Client, kind: str, size: int, status: int) -> None:
    raw, _ = sized(kind, size)
    answer = await client.api("POST", "/message/multicast", raw=raw)
    assert answer.status == status, answer.body
    if status == 400:
        assert answer.body["details"][0]["property"] == "messages[0].contents"


async def test_a_container_is_measured_as_it_was_sent_escapes_included(client: Client) -> None:
    body = {"to": ["U" + "0" * 32], "messages": [flex(bubble(text("あ" * 4990), text("あ" * 1500)))]}
    assert (await client.api("POST", "/message/multicast", raw=_compact(body))).status == 200
    assert (await client.api("POST", "/message/multicast", raw=json.dumps(body).encode())).status == 400
    assert (await client.api("POST", "/message/multicast", raw=_compact(body))).status == 200


async def test_more_than_two_megabytes_are_too_much(client: Client) -> None:
    answer = await client.api("POST", "/message/push", raw=b'{"x":"' + b"x" * 2_000_000 + b'"}')
    assert answer.status == 413


async def test_what_is_not_json_says_where(client: Client) -> None:
    answer = await client.api("POST", "/message/push", raw=b'{"to":}')
    assert answer.status == 400
    assert answer.body["message"].startswith("The request body could not be parsed as JSON (line: 1, column: ")


@pytest.mark.parametrize("raw", [b"[]", b"null", b'"x"', b"3"])
async def test_a_body_that_is_no_object_is_refused(client: Client, raw: bytes) -> None:
    assert (await client.api("POST", "/message/push", raw=raw)).status == 400


async def test_mentions_go_only_to_members_of_a_group_the_bot_is_in(client: Client) -> None:
    hanako, taro = await client.user(), await client.user("太郎")
    group = (await client.sim("/line/groups", {"name": "1年A組", "members": [hanako]}))["id"]
    await client.sim(f"/line/groups/{group}/invite", {})

    def mention(**mentionee: str) -> dict[str, Any]:
        substitution = {"x": {"type": "mention", "mentionee": mentionee}}
        return {"type": "textV2", "text": "{x}さん", "substitution": substitution}

    assert (await client.push(group, mention(type="all"))).status == 200
    assert (await client.push(group, mention(type="user", userId=hanako))).status == 200
    assert (await client.push(group, mention(type="user", userId=taro))).status == 400
    assert (await client.push(hanako, mention(type="all"))).status == 400
    assert (await client.multicast([hanako], mention(type="all"))).status == 400


@pytest.mark.parametrize(
    ("words", "units", "clusters"),
    [
        ("あいう", 3, 3),
        ("😀", 2, 1),
        (FAMILY, 11, 1),
        ("👍🏽", 4, 1),
        ("🇯🇵🇯🇵", 8, 2),
        ("か\u3099", 2, 1),
        ("1\ufe0f\u20e3", 3, 1),
        ("\r\n", 2, 1),
        ("한글", 2, 2),
        ("\u1112\u1161\u11ab", 3, 1),
        ("葛\U000e0100", 3, 1),
        ("", 0, 0),
    ],
)
def test_characters_are_counted_as_line_counts_them(words: str, units: int, clusters: int) -> None:
    assert (utf16_length(words), grapheme_length(words)) == (units, clusters)


ODD: tuple[Any, ...] = (None, 0, -1, 1.5, True, "", "x", [], {}, [None], [[]], {"type": []}, {"type": "box"})


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every (holder, key) in a JSON value."""
    keys = value.keys() if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    return [place for key in keys for place in [(value, key), *places(value[key])]]


@pytest.mark.parametrize("name", ACCEPTED)
def test_whatever_stands_in_any_place_is_accepted_or_refused_but_never_breaks(name: str) -> None:
    book, message = MessageBook(), copy.deepcopy(ACCEPTED[name])
    for holder, key in places(message)[:200]:
        kept = holder[key]
        for odd in ODD:
            holder[key] = odd
            read, problems = book.read(copy.deepcopy([message]), b"")
            if not problems:
                assert all(isinstance(words, str) for words in visible_texts(read[0]))
                assert buttons_of(read[0]) is not None
        holder[key] = kept
    assert book.read([message], b"")[1] == []


@pytest.mark.parametrize(("boxes", "status"), [(90, 200), (101, 400), (5_000, 400)])
async def test_a_card_nested_beyond_all_reason_is_refused(client: Client, boxes: int, status: int) -> None:
    opened = b'{"type":"box","layout":"vertical","contents":[' * boxes
    start = b'{"messages":[{"type":"flex","altText":"x","contents":{"type":"bubble","body":'
    raw = start + opened + b"]}" * boxes + b"}}]}"
    assert (await client.api("POST", "/message/validate/push", raw=raw)).status == status
    assert len(await client.calls()) == 1
