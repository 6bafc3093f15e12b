"""The phones page with WhatsApp phones, alone and beside LINE's."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.simulator.browser import CLIPPED, MARKS, opened
from tests.simulator.whatsapp.conftest import Bot, Client, address, buttons, rows

playwright = pytest.importorskip("playwright.async_api", reason="Playwright is not installed")

pytestmark = MARKS
HANAKO = "819012345678"


@pytest.fixture
async def page(client: Client) -> AsyncIterator[Any]:
    """The page at 360 px."""
    async with playwright.async_playwright() as driver, opened(driver, client.simulator.url) as page:
        yield page


@pytest.fixture
async def hanako(client: Client) -> str:
    """Hanako's id; the template is approved."""
    await client.approve()
    return await client.user("鈴木 花子")


def expect(thing: Any) -> Any:
    return playwright.expect(thing)


async def test_a_person_reads_taps_writes_blocks_and_switches_off(
    client: Client, bot: Bot, page: Any, hanako: str
) -> None:
    await page.goto(client.simulator.url)
    phone = page.get_by_test_id(f"phone-{hanako}")
    await expect(phone.get_by_text("お知らせだけ届く")).to_be_visible()
    await client.notice(HANAKO, "避難訓練", "11/25")
    await expect(phone.get_by_text("届いた")).to_be_visible()
    await phone.get_by_test_id("read").click()
    await expect(phone.locator(".theirs .ticks.read")).to_contain_text("開いた")
    await expect(phone.get_by_test_id("read")).to_be_hidden()
    await phone.get_by_role("button", name="確認しました", exact=True).click()
    await expect(phone.get_by_text("やりとり中")).to_be_visible()
    await phone.get_by_test_id("input").fill("一行目\n二行目")
    await phone.get_by_test_id("send").click()
    await expect(phone.get_by_role("log")).to_contain_text("一行目\n二行目", use_inner_text=True)
    await phone.get_by_test_id("block").click()
    await expect(phone.get_by_test_id("input")).to_be_disabled()
    await phone.get_by_test_id("unblock").click()
    await phone.get_by_test_id("phone_off").click()
    await client.notice(HANAKO, "運動会", "11/30")
    await expect(phone.get_by_text("電源オフ・1件待ち")).to_be_visible()
    await phone.get_by_test_id("phone_on").click()
    await expect(phone.get_by_role("log")).to_contain_text("運動会")
    await client.idle()
    assert [message["type"] for message in bot.items()] == ["button", "text"]
    assert bot.items()[1]["text"] == {"body": "一行目\n二行目"}


async def test_a_row_is_chosen_from_a_list(client: Client, bot: Bot, page: Any, hanako: str) -> None:
    await client.open_window(hanako)
    first = [{"id": "a", "title": "参加", "description": "10時から"}, {"id": "b", "title": "遅れて参加"}]
    await client.send({**address(HANAKO), **rows(first, [{"id": "c", "title": "欠席"}])})
    await page.goto(client.simulator.url)
    await page.get_by_role("button", name="えらぶ", exact=True).click()
    await expect(page.get_by_text("第2部")).to_be_visible()
    await page.get_by_role("radio", name="欠席").check()
    await page.get_by_role("button", name="送る").click()
    await expect(page.get_by_role("log")).to_contain_text("欠席")
    assert bot.items()[-1]["interactive"]["list_reply"] == {"id": "c", "title": "欠席"}


async def test_the_ticks_of_what_a_person_wrote_tell_when_the_bot_has_seen_it(
    client: Client, page: Any, hanako: str
) -> None:
    written = (await client.sim(f"/users/{hanako}/text", {"text": "はい"}))["item"]["id"]
    await page.goto(client.simulator.url)
    await expect(page.locator(".mine .ticks.delivered")).to_have_count(1)
    await client.send({"messaging_product": "whatsapp", "status": "read", "message_id": written})
    await expect(page.locator(".mine .ticks.read")).to_have_count(1)


async def test_every_text_and_button_is_visible_at_360_px(client: Client, page: Any, hanako: str) -> None:
    await client.open_window(hanako)
    await client.notice(HANAKO, "とても長い件名" * 20, "11/25")
    await client.send({**address(HANAKO), **buttons("あ" * 20, "い" * 20, "x" * 20, body="a" * 300)})
    await client.send(
        {**address(HANAKO), **rows([{"id": "a", "title": "参加"}], button="う" * 20, body="長い文" * 300)}
    )
    await client.user("伊藤 四郎", "819000000005", on_whatsapp=False, username="a_very_long_user_name_of_30_ch")
    await page.goto(client.simulator.url)
    await page.get_by_role("button", name="う" * 20).wait_for()
    assert await page.evaluate(CLIPPED) == []
    assert await page.evaluate("document.documentElement.scrollWidth") == 360


async def test_the_phones_of_one_person_stand_side_by_side(client: Client, page: Any, hanako: str) -> None:
    await client.control("/line/users", {"name": "田中 先生"})
    line = (await client.control("/line/users", {"name": "鈴木 花子"}))["id"]
    await client.user("佐藤 太郎", "819000000002")
    await page.goto(client.simulator.url)
    await expect(page.locator("article")).to_have_count(4)
    order = await page.locator("article").evaluate_all("nodes => nodes.map((node) => node.dataset.testid)")
    assert order.index(f"phone-{hanako}") == order.index(f"phone-{line}") + 1
    await expect(page.get_by_test_id(f"phone-{line}").get_by_text("LINE", exact=True)).to_be_visible()
    chip = page.get_by_role("button", name="鈴木 花子（WhatsApp）")
    await chip.click()
    await expect(page.get_by_test_id(f"phone-{hanako}").get_by_text("WhatsApp", exact=True)).to_be_in_viewport()


async def test_someone_can_be_given_both_phones(client: Client, page: Any) -> None:
    await page.goto(client.simulator.url)
    await page.get_by_text("電話を増やす", exact=True).click()
    await page.get_by_label("持ち主の名前").fill("山田 花子")
    await page.get_by_label("使うアプリ").select_option("両方（電話が2台ならびます）")
    await page.get_by_role("button", name="増やす", exact=True).click()
    await expect(page.get_by_role("heading", name="山田 花子")).to_have_count(2)
    assert [user["name"] for user in (await client.sim("/users"))["users"]] == ["山田 花子"]


async def test_nothing_that_is_sent_becomes_markup(client: Client, page: Any) -> None:
    evil = "<img src=x onerror=alert(1)>"
    hanako = await client.user(evil)
    await client.open_window(hanako)
    await client.send({**address(HANAKO), **buttons("<b>x</b>", body=evil)})
    await page.goto(client.simulator.url)
    await expect(page.get_by_role("button", name="<b>x</b>")).to_be_visible()
    assert await page.locator("main img, main b").count() == 0
