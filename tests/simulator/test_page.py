"""The phones page in a real browser: everything visible at 360 px, everything usable, nothing fetched from outside."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.simulator.browser import CLIPPED, MARKS, opened
from tests.simulator.conftest import Bot, Client, card, confirm, say

playwright = pytest.importorskip("playwright.async_api", reason="Playwright is not installed")

pytestmark = MARKS


@pytest.fixture
async def page(client: Client) -> AsyncIterator[Any]:
    """The page at 360 px."""
    async with playwright.async_playwright() as driver, opened(driver, client.simulator.url) as page:
        yield page


async def test_a_person_follows_reads_taps_writes_and_blocks(client: Client, bot: Bot, page: Any) -> None:
    hanako = await client.user("鈴木 花子", friend=False)
    await client.user("佐藤 先生")
    await page.goto(client.simulator.url)
    phone = page.get_by_test_id(f"phone-{hanako}")

    await phone.get_by_test_id("follow").click()
    await playwright.expect(phone.get_by_text("友だち", exact=True)).to_be_visible()

    await client.push(hanako, card(confirm(displayText="確認しました!"), confirm("欠席します", "no")))
    await phone.get_by_role("button", name="確認しました", exact=True).click()
    await playwright.expect(phone.get_by_text("確認しました!")).to_be_visible()

    await phone.get_by_test_id("input").fill("一行目\n二行目")
    await phone.get_by_test_id("send").click()
    await playwright.expect(phone.get_by_role("log")).to_contain_text("一行目\n二行目", use_inner_text=True)
    await playwright.expect(phone.get_by_test_id("input")).to_have_value("")

    await phone.get_by_test_id("block").click()
    await playwright.expect(phone.get_by_test_id("input")).to_be_disabled()
    await phone.get_by_test_id("unblock").click()
    await playwright.expect(phone.get_by_test_id("block")).to_be_visible()

    await client.sim("/line/webhooks?wait_idle=5")
    assert bot.types() == ["follow", "postback", "message", "unfollow", "follow"]
    assert bot.events[1]["postback"] == {"data": "v=1&n=42"}
    assert bot.events[2]["message"]["text"] == "一行目\n二行目"


async def test_every_text_and_button_is_visible_at_360_px(client: Client, page: Any) -> None:
    hanako = await client.user()
    long = "とても長いラベルは二行になってもぜんぶ読めます"
    quick = {"items": [{"type": "action", "action": confirm(f"選択肢{number}番", "q")} for number in range(13)]}
    unwrapped = card(confirm(long), {"type": "uri", "label": "開く", "uri": "https://example.com"})
    unwrapped["contents"]["body"]["contents"] += [
        {"type": "text", "text": "折り返しを指定しなかった長い文は、実際の電話では切れてしまいます"},
        {
            "type": "box",
            "layout": "horizontal",
            "contents": [
                {"type": "text", "text": "締切", "flex": 1, "size": "sm"},
                {"type": "text", "text": "11月30日(月) 18:00まで", "flex": 4, "wrap": True, "size": "sm"},
            ],
        },
    ]
    template = {
        "type": "template",
        "altText": "x",
        "template": {"type": "confirm", "text": "よろしいですか", "actions": [confirm("はい"), confirm("いいえ")]},
    }
    await client.push(hanako, unwrapped, template, {**say("a" * 300), "quickReply": quick})
    await page.goto(client.simulator.url)
    await page.get_by_text("選択肢12番").wait_for()
    assert await page.evaluate(CLIPPED) == []
    assert await page.evaluate("document.documentElement.scrollWidth") == 360
    phone = page.get_by_test_id(f"phone-{hanako}")
    for label in (long, "開く", "はい", "いいえ", "選択肢0番"):
        await playwright.expect(phone.get_by_role("button", name=label, exact=True)).to_be_visible()


async def test_enter_makes_a_line_and_only_ctrl_enter_sends(client: Client, bot: Bot, page: Any) -> None:
    hanako = await client.user()
    await page.goto(client.simulator.url)
    field = page.get_by_test_id(f"phone-{hanako}").get_by_test_id("input")
    await field.click()
    await page.keyboard.type("お知らせ")
    await page.keyboard.press("Enter")
    await page.keyboard.type("本文")
    composing = "new KeyboardEvent('keydown', {key: 'Enter', ctrlKey: true, isComposing: true, bubbles: true})"
    await field.evaluate(f"(node) => node.dispatchEvent({composing})")
    await playwright.expect(field).to_have_value("お知らせ\n本文")
    await page.keyboard.press("Control+Enter")
    await playwright.expect(field).to_have_value("")
    await client.sim("/line/webhooks?wait_idle=5")
    assert [event["message"]["text"] for event in bot.events] == ["お知らせ\n本文"]


async def test_nothing_that_is_sent_becomes_markup(client: Client, page: Any) -> None:
    evil = "<img src=x onerror=alert(1)><script>document.title='!'</script>"
    hanako = await client.user(evil)
    await client.push(hanako, say(evil), card(confirm("<b>x</b>"), texts=(evil,), alt=evil))
    await page.goto(client.simulator.url)
    log = page.get_by_test_id(f"phone-{hanako}").get_by_role("log")
    await playwright.expect(log.get_by_role("button", name="<b>x</b>")).to_be_visible()
    assert await page.locator("main img, main script").count() == 0
    assert await page.title() == "電話のならび"


async def test_a_group_is_made_and_joined_from_a_phone(client: Client, bot: Bot, page: Any) -> None:
    hanako, taro = await client.user("花子"), await client.user("太郎")
    await page.goto(client.simulator.url)
    phone = page.get_by_test_id(f"phone-{hanako}")
    await phone.get_by_role("button", name="グループに招待").click()
    await page.get_by_label("グループの名前").fill("1年A組")
    await page.get_by_role("checkbox", name="太郎").check()
    await page.get_by_role("button", name="招待する").click()
    await playwright.expect(phone.get_by_role("log")).to_contain_text("みどり小学校が参加しました")
    await phone.get_by_test_id("input").fill("よろしく")
    await phone.get_by_test_id("send").click()
    other = page.get_by_test_id(f"phone-{taro}")
    await other.get_by_role("combobox").select_option(label="👥 1年A組")
    await playwright.expect(other.get_by_role("log")).to_contain_text("よろしく")
    await client.sim("/line/webhooks?wait_idle=5")
    assert bot.types() == ["join", "message"]
    assert bot.events[1]["source"]["userId"] == hanako


async def test_many_phones_can_be_searched_and_a_new_one_added(client: Client, page: Any) -> None:
    for number in range(30):
        await client.user(f"保護者{number:02}")
    await page.goto(client.simulator.url)
    await playwright.expect(page.locator("article")).to_have_count(24)
    await page.get_by_label("名前でさがす").fill("29")
    await playwright.expect(page.locator("article")).to_have_count(1)
    await page.get_by_label("名前でさがす").fill("")
    await page.get_by_role("button", name="もっと見る").click()
    await playwright.expect(page.locator("article")).to_have_count(30)
    await page.get_by_text("電話を増やす", exact=True).click()
    await page.get_by_label("持ち主の名前").fill("新しい人")
    await page.get_by_role("button", name="増やす", exact=True).click()
    await playwright.expect(page.get_by_role("heading", name="新しい人")).to_be_visible()


async def test_an_unsent_message_and_a_reset_are_seen_at_once(client: Client, page: Any) -> None:
    hanako = await client.user()
    await client.sim(f"/line/users/{hanako}/text", {"text": "まちがい"})
    await page.goto(client.simulator.url)
    log = page.get_by_test_id(f"phone-{hanako}").get_by_role("log")
    await log.get_by_role("button", name="送信を取り消す").click()
    await playwright.expect(log).to_contain_text("送信を取り消しました")
    await playwright.expect(log).not_to_contain_text("まちがい")
    await client.sim("/reset", {})
    await playwright.expect(page.get_by_text("まだ電話がありません")).to_be_visible()


async def test_a_bot_that_does_not_answer_is_told_to_the_person_who_plays(client: Client, bot: Bot, page: Any) -> None:
    bot.status = 500
    hanako = await client.user()
    await page.goto(client.simulator.url)
    phone = page.get_by_test_id(f"phone-{hanako}")
    await phone.get_by_test_id("input").fill("はい")
    await phone.get_by_test_id("send").click()
    await playwright.expect(phone.get_by_text("ボットに届きませんでした（500）")).to_be_visible()
