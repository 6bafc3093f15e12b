"""pywa as a second opinion: what it sends is accepted, what we sign it believes, what we tell it understands.

Only where it is right: pywa reads one update of a body, so all bodies here hold one.
"""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from pywa_async import WhatsApp, handlers, utils
from pywa_async.errors import ExpiredAccessToken, ReEngagementMessage, TemplateNotExists, TemplateParamCountMismatch
from pywa_async.types import Button, Section, SectionList, SectionRow
from pywa_async.types.templates import BodyText, QuickReplyButton, TemplateLanguage

from tests.simulator.whatsapp.conftest import NUMBER_ID, SECRET, TOKEN, VERIFY, WABA_ID, Bot, Client

HANAKO = "819012345678"
_HANDLERS = (
    handlers.MessageHandler,
    handlers.CallbackButtonHandler,
    handlers.CallbackSelectionHandler,
    handlers.MessageStatusHandler,
    handlers.PhoneNumberChangeHandler,
    handlers.UserMarketingPreferencesHandler,
)


class Oracle:
    """pywa's client, pointed at the simulator; `seen` is what its handlers were given."""

    def __init__(self, whatsapp: WhatsApp) -> None:
        self.whatsapp = whatsapp
        self.seen: list[Any] = []
        for handler in _HANDLERS:
            whatsapp.add_handlers(handler(self._keep))

    async def _keep(self, _: Any, update: Any) -> None:
        self.seen.append(update)

    async def read(self, bot: Bot, index: int = -1) -> Any:
        """What pywa makes of a body that the bot got, once it believes the signature."""
        raw, signature = bot.raw[index], bot.headers[index].get("x-hub-signature-256")
        assert await self.whatsapp.webhook_update_validator(raw, signature) is None
        before = len(self.seen)
        assert await self.whatsapp.webhook_update_handler(raw) == ("ok", 200)
        assert len(self.seen) == before + 1
        return self.seen[-1]


@pytest.fixture
async def oracle(client: Client) -> AsyncIterator[Oracle]:
    async with httpx.AsyncClient(trust_env=False) as session:
        whatsapp = WhatsApp(
            NUMBER_ID, TOKEN, session=session, server=None, app_secret=SECRET, verify_token=VERIFY, waba_id=WABA_ID
        )
        session.base_url = httpx.URL(f"{client.simulator.url}/whatsapp/v26.0")  # pywa has set graph.facebook.com
        yield Oracle(whatsapp)


@pytest.fixture
async def hanako(client: Client) -> str:
    """Hanako's id; the template is approved."""
    await client.approve()
    return await client.user(user_id="JP.1349")


def values(*words: Any, payload: str = "ack1:ref") -> list[Any]:
    return [BodyText.params(*words), QuickReplyButton.params(callback_data=payload, index=0)]


@pytest.mark.parametrize("to", [HANAKO, "JP.1349"])
async def test_a_template_of_pywa_is_accepted_and_its_tap_understood(
    client: Client, bot: Bot, oracle: Oracle, hanako: str, to: str
) -> None:
    sent = await oracle.whatsapp.send_template(
        to=to,
        name="notice_confirm_v1",
        language=TemplateLanguage.JAPANESE,
        params=values("避難訓練", "11/25"),
        tracker="delivery-1",
    )
    (bubble,) = await client.chat(hanako)
    assert (bubble["id"], bubble["callback_data"]) == (sent.id, "delivery-1")
    assert "避難訓練" in bubble["texts"][0]
    await client.sim(f"/users/{hanako}/tap", {"label": "確認しました"})
    tap = await oracle.read(bot)
    assert (tap.data, tap.title, tap.reply_to_message.id) == ("ack1:ref", "確認しました", sent.id)
    assert (tap.from_user.wa_id, tap.from_user.bsuid, tap.from_user.name) == (HANAKO, "JP.1349", "花子")
    assert (tap.waba_id, tap.metadata.phone_number_id) == (WABA_ID, NUMBER_ID)


async def test_texts_buttons_and_lists_of_pywa_are_accepted_and_their_taps_understood(
    client: Client, bot: Bot, oracle: Oracle, hanako: str
) -> None:
    await client.open_window(hanako)
    assert (await oracle.read(bot)).text == "こんにちは"
    await oracle.whatsapp.send_message(to=HANAKO, text="はい")
    await oracle.whatsapp.send_message(
        to=HANAKO, text="確認を", buttons=[Button("確認しました", callback_data="ack1:a")]
    )
    rows = [SectionRow("参加", callback_data="ack1:b", description="10時から")]
    chosen = SectionList("えらぶ", sections=[Section("出欠", rows=rows)])
    await oracle.whatsapp.send_message(to=HANAKO, text="出欠を", header="運動会", footer="11/30まで", buttons=chosen)
    assert [bubble["texts"] for bubble in (await client.chat(hanako))[1:]] == [
        ["はい"],
        ["確認を"],
        ["運動会", "出欠を", "11/30まで"],
    ]
    await client.sim(f"/users/{hanako}/tap", {"label": "確認しました"})
    assert (await oracle.read(bot)).data == "ack1:a"
    await client.sim(f"/users/{hanako}/tap", {"label": "参加"})
    chosen_row = await oracle.read(bot)
    assert (chosen_row.data, chosen_row.title, chosen_row.description) == ("ack1:b", "参加", "10時から")


async def test_statuses_are_understood(client: Client, bot: Bot, oracle: Oracle, hanako: str) -> None:
    sent = await client.notice(HANAKO, biz_opaque_callback_data="delivery-1")
    await client.sim(f"/users/{hanako}/read", {})
    await client.idle()
    for index, name in enumerate(("sent", "delivered", "read")):
        status = await oracle.read(bot, index)
        assert (status.status.value, status.id, status.tracker) == (name, sent.id, "delivery-1")
        assert (status.from_user.wa_id, status.from_user.bsuid) == (HANAKO, "JP.1349")
        assert (status.pricing.billable, status.pricing.category.value) == (True, "utility")


async def test_new_numbers_and_preferences_are_understood(
    client: Client, bot: Bot, oracle: Oracle, hanako: str
) -> None:
    wish = {"phone": "819000000009", "user_id": "JP.2", "events": ["user_changed_number"]}
    await client.sim(f"/users/{hanako}/change_number", wish)
    change = await oracle.read(bot)
    assert (change.old_wa_id, change.new_wa_id, change.new_user_id) == (HANAKO, "819000000009", "JP.2")
    await client.sim(f"/users/{hanako}/marketing", {"value": "stop"})
    preference = await oracle.read(bot)
    assert (bool(preference), preference.from_user.bsuid) == (False, "JP.2")


async def test_a_wrong_signature_is_not_believed(client: Client, bot: Bot, oracle: Oracle, hanako: str) -> None:
    for kind in ("wrong", "other_secret", "missing"):
        await client.fault("webhook_signature", kind=kind)
        await client.open_window(hanako)
        signature = bot.headers[-1].get(utils.HUB_SIG.lower())
        refused = await oracle.whatsapp.webhook_update_validator(bot.raw[-1], signature)
        assert refused is not None
        assert refused[1] in {400, 401, 403}


async def test_the_handshake_is_answered(client: Client, oracle: Oracle) -> None:
    await client.sim("/settings", {"webhook_url": client.simulator.whatsapp.settings.webhook_url})
    asked = (await client.calls("webhook"))[-1]["body"]
    answer = await oracle.whatsapp.webhook_challenge_handler(asked[utils.HUB_VT], asked[utils.HUB_CH])
    assert answer == (asked["hub.challenge"], 200)


async def test_errors_are_understood(client: Client, oracle: Oracle, hanako: str) -> None:
    with pytest.raises(ReEngagementMessage):
        await oracle.whatsapp.send_message(to=HANAKO, text="はい")
    with pytest.raises(TemplateNotExists):
        await oracle.whatsapp.send_template(HANAKO, "notice_confirm_v1", TemplateLanguage.ENGLISH, values("一", "二"))
    with pytest.raises(TemplateParamCountMismatch) as refused:
        await oracle.whatsapp.send_template(HANAKO, "notice_confirm_v1", TemplateLanguage.JAPANESE, values("一"))
    assert refused.value.details == (
        "body: number of localizable_params (1) does not match the expected number of params (2)"
    )
    await client.sim("/settings", {"access_tokens": ["another"]})
    with pytest.raises(ExpiredAccessToken):
        await oracle.whatsapp.get_business_phone_number()


async def test_the_number_and_its_templates_are_understood(client: Client, oracle: Oracle, hanako: str) -> None:
    (template,) = await oracle.whatsapp.get_templates(name="notice_confirm_v1")
    assert (template.name, template.status.value, template.category.value) == (
        "notice_confirm_v1",
        "APPROVED",
        "UTILITY",
    )
    number = await oracle.whatsapp.get_business_phone_number()
    assert (number.verified_name, number.quality_rating) == ("みどり小学校", "GREEN")
    assert (number.throughput, number.whatsapp_business_manager_messaging_limit) == ({"level": "STANDARD"}, "TIER_2K")
    (app,) = (await client.graph("GET", f"{WABA_ID}/subscribed_apps")).body["data"]
    assert app["whatsapp_business_api_data"]["name"] == "みどり小学校"
