"""The smaller endpoints: the number, its templates, the webhook subscription. Source: Graph API reference."""

from typing import Any

from simulator.exchange import Answer, ApiCall
from simulator.jsonio import JsonObject
from simulator.replies import ControlError
from simulator.whatsapp.book import Book, Template
from simulator.whatsapp.errors import GraphError, bare
from simulator.whatsapp.settings import Settings
from simulator.whatsapp.webhooks import WhatsAppCourier

_DEFAULT_FIELDS = ("verified_name", "code_verification_status", "display_phone_number", "quality_rating", "id")
_PAGE = 25
# Fields that exist, and that nothing here has a value for: the Graph API leaves such out of its answer.
_EMPTY = {
    "conversational_automation",
    "quality_score",
    "new_name_status",
    "is_on_biz_app",
    "is_pin_enabled",
    "is_preverified_number",
    "search_visibility",
    "eligibility_for_api_business_global_search",
    "health_status",
    "certificate",
    "new_certificate",
    "last_onboarded_time",
    "country_code",
    "country_dial_code",
    "message_send_ttl_seconds",
    "correct_category",
    "previous_category",
    "sub_category",
    "library_template_name",
    "cta_url_link_tracking_opted_out",
    "degrees_of_freedom_spec",
}


class Account:
    """Reads about the business number and its account, and the few things one can set."""

    def __init__(self, settings: Settings, book: Book, courier: WhatsAppCourier) -> None:
        self._settings = settings
        self._book = book
        self._courier = courier
        self.clear()

    def clear(self) -> None:
        """The app is subscribed, and nothing is overridden."""
        self.is_subscribed = True
        self.override: str | None = None

    def phone_number(self, call: ApiCall) -> Answer:
        """The number: the fields asked for, or the usual few. Raises: GraphError 100 for one that does not exist."""
        return Answer(_chosen(self._number(), call.query.get("fields"), _DEFAULT_FIELDS))

    def phone_numbers(self, call: ApiCall) -> Answer:
        """The account's only number. Raises: GraphError."""
        return Answer({"data": [self.phone_number(call).body], "paging": _paging()})

    def business_account(self, call: ApiCall) -> Answer:
        """The account itself. Raises: GraphError."""
        known = {
            "id": self._settings.waba_id,
            "name": self._settings.name,
            "timezone_id": "69",
            "message_template_namespace": "simulated_namespace",
            "account_review_status": "APPROVED",
            "whatsapp_business_manager_messaging_limit": self._settings.messaging_limit,
        }
        usual = ("id", "name", "timezone_id", "message_template_namespace")
        return Answer(_chosen(known, call.query.get("fields"), usual))

    def templates(self, call: ApiCall) -> Answer:
        """The account's templates; `name` (a part of it), `status`, `category`, `language`, `limit`, `after`."""
        wanted = [one for one in self._book.templates.values() if _fits(one, call.query)]
        start, size = _whole(call.query.get("after"), 0), _whole(call.query.get("limit"), _PAGE)
        fields = call.query.get("fields")
        page = [_chosen(one.as_json(), fields, tuple(one.as_json())) for one in wanted[start : start + size]]
        body: JsonObject = {"data": page}
        if "summary" in call.query:
            body["summary"] = {
                "total_count": len(wanted),
                "message_template_count": len(self._book.templates),
                "message_template_limit": 250,
                "are_translations_complete": True,
            }
        if page:
            body["paging"] = _paging(start, start + len(page), has_more=start + size < len(wanted))
        return Answer(body)

    def create_template(self, call: ApiCall) -> Answer:
        """Hand a template in; what comes of it is a setting, or the control API's to say. Raises: GraphError."""
        given: Any = call.body
        if not isinstance(given, dict) or not {"name", "language", "category", "components"} <= given.keys():
            raise bare(100, "(#100) name, language, category and components are required.", 400)
        if self._book.find(str(given["name"]), str(given["language"])) is not None:
            raise GraphError(100, f"Content in this language already exists: {given['language']}")
        try:
            wish = {key: given[key] for key in ("name", "language", "category", "components")}
            template = self._book.put({**wish, "status": self._settings.template_review})
        except ControlError as error:
            raise GraphError(100, str(error)) from error
        return Answer({"id": template.id, "status": template.status, "category": template.category})

    def delete_template(self, call: ApiCall) -> Answer:
        """Delete a template in all its languages. Raises: GraphError."""
        if not self._book.remove(call.query.get("name", "")):
            raise GraphError(100, "message template was not found")
        return Answer({"success": True})

    def subscribed_apps(self, call: ApiCall) -> Answer:
        """The apps that get this account's webhooks: ours, or none."""
        app = {
            "id": self._settings.app_id,
            "link": f"https://www.facebook.com/games/?app_id={self._settings.app_id}",
            "name": self._settings.name,
        }
        entry: JsonObject = {"whatsapp_business_api_data": app}
        if self.override is not None:
            entry["override_callback_uri"] = self.override
        return Answer({"data": [entry] if self.is_subscribed else []})

    async def subscribe(self, call: ApiCall) -> Answer:
        """Get this account's webhooks; at `override_callback_uri`, once that has answered. Raises: GraphError."""
        given = call.body if isinstance(call.body, dict) else {}
        url = given.get("override_callback_uri")
        if url is not None:
            outcome = await self._courier.verify(str(url), str(given.get("verify_token", "")))
            if not outcome["verified"]:
                raise bare(2200, "(#2200) Callback verification failed: the challenge did not come back.", 400)
            self._settings.webhook_url = str(url)
        self.override = None if url is None else str(url)
        self._subscribed(is_on=True)
        return Answer({"success": True})

    def unsubscribe(self, call: ApiCall) -> Answer:
        """No webhooks any more."""
        self._subscribed(is_on=False)
        return Answer({"success": True})

    def _subscribed(self, *, is_on: bool) -> None:
        self.is_subscribed = self._settings.webhook_active = is_on

    def _number(self) -> JsonObject:
        known = self._settings
        callback = {} if known.webhook_url is None else {"application": known.webhook_url}
        return {
            "id": known.phone_number_id,
            "display_phone_number": _spaced(known.display_phone_number),
            "verified_name": known.name,
            "quality_rating": known.quality_rating,
            "code_verification_status": "VERIFIED",
            "platform_type": "CLOUD_API",
            "throughput": {"level": known.throughput_level},
            "status": known.number_status,
            "name_status": "APPROVED",
            "account_mode": "LIVE",
            "is_official_business_account": False,
            "whatsapp_business_manager_messaging_limit": known.messaging_limit,
            "webhook_configuration": callback,
        }


def _chosen(known: JsonObject, fields: str | None, usual: tuple[str, ...]) -> JsonObject:
    """The fields asked for, and always the id."""
    names = [name.strip() for name in fields.split(",") if name.strip()] if fields else list(usual)
    for name in names:
        if name not in known and name not in _EMPTY:
            raise bare(100, f"(#100) Tried accessing nonexisting field ({name})", 400)
    return {**{name: known[name] for name in names if name in known}, "id": known["id"]}


def _fits(template: Template, query: dict[str, str]) -> bool:
    if query.get("name", "") not in template.name:
        return False
    asked = {"status": template.status, "category": template.category, "language": template.language}
    return all(query.get(name, value).lower() == value.lower() for name, value in asked.items())


def _paging(before: int = 0, after: int = 1, *, has_more: bool = False) -> JsonObject:
    paging: JsonObject = {"cursors": {"before": str(before), "after": str(after)}}
    if has_more:
        paging["next"] = f"?after={after}"
    return paging


def _whole(value: str | None, default: int) -> int:
    if value is None:
        return default
    if not value.isdigit():
        raise bare(100, "(#100) limit and after must be numbers", 400)
    return int(value)


def _spaced(number: str) -> str:
    """As people write it: the Graph API shows +81 3-5550-1234 where webhooks say 81355501234."""
    return f"+{number[:2]} {number[2:]}"
