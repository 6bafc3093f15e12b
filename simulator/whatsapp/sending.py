"""POST /messages: what WhatsApp does with an accepted request, and why it refuses one.

Every step from the checks to the bubble runs without giving way to others.
"""

from simulator.clock import Clock
from simulator.exchange import Answer, ApiCall
from simulator.jsonio import JsonObject
from simulator.whatsapp.checks import missing, thing
from simulator.whatsapp.errors import GraphError
from simulator.whatsapp.faults import WhatsAppFault, WhatsAppFaults
from simulator.whatsapp.messages import Draft, Reader
from simulator.whatsapp.pace import Pace
from simulator.whatsapp.settings import Settings
from simulator.whatsapp.statuses import Postman
from simulator.whatsapp.world import ChatItem, Sending, User, World


class Dispatcher:
    """Takes messages for people."""

    def __init__(
        self, settings: Settings, clock: Clock, world: World, reader: Reader, postman: Postman, faults: WhatsAppFaults
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._world = world
        self._reader = reader
        self._postman = postman
        self._faults = faults
        self.pace = Pace(settings)
        self.held: dict[str, tuple[ChatItem, User | None, int | None]] = {}

    def messages(self, call: ApiCall) -> Answer:
        """Send a message, or mark one as read. Raises: GraphError."""
        if isinstance(call.body, dict) and call.body.get("status") == "read":
            return self._mark_read(call.body)
        now_ms = self._clock.now_ms()
        draft = self._reader.read(call.body)
        if not self.pace.take(now_ms):
            raise GraphError(130429)
        user = self._recipient(draft)
        if not self.pace.take_pair(user.id if user is not None else draft.given, now_ms):
            raise GraphError(131056)
        code = self._obstacle(draft, user, now_ms)
        if code is not None and code not in self._settings.late_errors:
            raise GraphError(code)
        fate = self._faults.take("messages", "fate", addresses(draft, user))
        item = self._item(call, draft, user, fate)
        if fate is not None and fate.kind == "held_for_quality":
            self.held[item.id] = item, user, code
        else:
            self._postman.carry(item, user, code)
        return self._accepted(draft, item, user)

    def release(self, message_id: str) -> bool:
        """Let a message go that was held for quality assessment; False when there is none."""
        known = self.held.pop(message_id, None)
        if known is not None:
            self._postman.carry(*known)
        return known is not None

    def drop(self, message_id: str, code: int) -> bool:
        """Let a held message fail instead."""
        known = self.held.pop(message_id, None)
        if known is not None:
            self._postman.report(known[0], known[1], "failed", code=code)
        return known is not None

    def clear(self) -> None:
        """Forget the pace and what is held."""
        self.pace.clear()
        self.held.clear()

    def _recipient(self, draft: Draft) -> User | None:
        if draft.phone == self._settings.display_phone_number:
            raise GraphError(131021)
        return self._world.find(draft.phone or draft.bsuid or "")

    def _obstacle(self, draft: Draft, user: User | None, now_ms: int) -> int | None:
        """Why it cannot be delivered, whoever is told so and when."""
        if draft.template is None and not (user is not None and user.window_open(now_ms)):
            return 131047
        if user is None or not user.on_whatsapp:
            return 131026
        if user.marketing_stopped and draft.category == "marketing":
            return 131050
        return None

    def _item(self, call: ApiCall, draft: Draft, user: User | None, fate: WhatsAppFault | None) -> ChatItem:
        item = self._world.item("bot", draft.message, draft.shown)
        is_scripted = fate is not None and fate.kind == "statuses"
        item.sending = Sending(
            call.request_id,
            "session" if draft.template is None else "template",
            draft.category,
            user is not None and user.window_open(item.at_ms),
            draft.callback_data,
            tuple(fate.order) if fate is not None and is_scripted else None,
            fate.code if fate is not None and is_scripted else None,
        )
        address = {"recipient_id": draft.phone} if draft.phone is not None else {"recipient_user_id": draft.bsuid}
        self._world.sent[item.id] = item, user, address
        return item

    def _accepted(self, draft: Draft, item: ChatItem, user: User | None) -> Answer:
        contact: JsonObject = {"input": draft.given}
        if draft.phone is not None:
            contact["wa_id"] = (user.wa_id if user is not None else None) or draft.phone
        else:
            contact["user_id"] = draft.bsuid
        held = "held_for_quality_assessment" if item.id in self.held else "accepted"
        body = {
            "messaging_product": "whatsapp",
            "contacts": [contact],
            "messages": [{"id": item.id, "message_status": held}],
        }
        is_there = user is not None and item in user.chat.items
        return Answer(body, delivered_to=[user.id] if user is not None and is_there else [])

    def _mark_read(self, body: JsonObject) -> Answer:
        thing(body, "message", {"messaging_product", "status", "message_id", "typing_indicator"})
        if body.get("messaging_product") != "whatsapp":
            raise missing("messaging_product")
        if "typing_indicator" in body and body["typing_indicator"] != {"type": "text"}:
            raise GraphError(131009, "typing_indicator['type'] must be text.")
        known = self._world.received.get(str(body.get("message_id")))
        if known is None:
            raise GraphError(131009, "message_id is not a message that was received.")
        item, user = known
        item.marks.setdefault("read", self._clock.now_ms())
        user.chat.altered()
        return Answer({"success": True})


def addresses(draft: Draft, user: User | None) -> set[str]:
    """Every name by which a fault may have meant this recipient."""
    known = {draft.given, draft.phone or "", draft.bsuid or ""}
    return known if user is None else known | {user.id, user.user_id, user.phone or "", user.wa_id or ""}
