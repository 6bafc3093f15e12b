"""Webhook changes, built as WhatsApp builds them. Source: "Webhooks reference", messages and account fields.

A change is `{"field", "value"}`, here always with one message or one status in it; `envelope` joins changes.
"""

import copy
from typing import Any, Literal

from simulator.clock import Clock
from simulator.jsonio import JsonObject
from simulator.replies import ControlError
from simulator.whatsapp.settings import Settings
from simulator.whatsapp.world import ChatItem, User, new_wamid

Spread = Literal["entries", "changes", "items", "mixed"]
SPREADS = ("entries", "changes", "items", "mixed")
ACCOUNT_FIELDS = {
    "business_capability_update",
    "message_template_status_update",
    "template_category_update",
    "message_template_quality_update",
    "phone_number_quality_update",
    "account_update",
}
_ITEMS_PER_CHANGE = 3  # in a mixed body
_CHANGES_PER_ENTRY = 4


class Builder:
    """Builds changes; says about a person only what that person shares."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock

    def value(self, **parts: Any) -> JsonObject:
        """The value of a change of a business number."""
        metadata = {
            "display_phone_number": self._settings.display_phone_number,
            "phone_number_id": self._settings.phone_number_id,
        }
        return {"messaging_product": "whatsapp", "metadata": metadata, **parts}

    def change(self, **parts: Any) -> JsonObject:
        """A change of the field `messages`."""
        return {"field": "messages", "value": self.value(**parts)}

    def message(self, user: User, kind: str, content: Any, **more: Any) -> JsonObject:
        """Something a person sent: `more` may say `id`, `context`, `timestamp`, `errors`."""
        message: JsonObject = {
            "from": user.wa_id,
            "from_user_id": user.user_id,
            "id": new_wamid(),
            "timestamp": self.timestamp(),
            "type": kind,
        }
        if content is not None:
            message[kind] = content
        message |= more
        if not user.shares_phone or user.wa_id is None:
            del message["from"]
        return self.change(contacts=[self.contact(user)], messages=[message])

    def context(self, item: ChatItem) -> JsonObject:
        """What a reply or a tap refers to."""
        return {"from": self._settings.display_phone_number, "id": item.id}

    def status(self, item: ChatItem, user: User | None, status: str, address: JsonObject, **more: Any) -> JsonObject:
        """A status of a message we were asked to send; `address` is how we addressed it ("Business-scoped user IDs").

        `failed` comes without contacts, and names the recipient only as we did; `sent` knows no user name yet.
        """
        entry: JsonObject = {"id": item.id, "status": status, "timestamp": self.timestamp()}
        entry |= address if status == "failed" or user is None else self._recipient(user, address)
        sending = item.sending
        if sending is not None and sending.callback_data is not None:
            entry["biz_opaque_callback_data"] = sending.callback_data
        if sending is not None and status != "failed":
            entry["pricing"] = {
                "billable": True,
                "pricing_model": "PMP",
                "type": "regular",
                "category": sending.category,
            }
        entry |= more
        if status == "failed" or user is None:
            return self.change(statuses=[entry])
        contact = self.contact(user)
        contact["wa_id"] = entry.get("recipient_id")
        if contact["wa_id"] is None:
            del contact["wa_id"]
        if status == "sent":
            contact["profile"].pop("username", None)
        return self.change(contacts=[contact], statuses=[entry])

    def system(self, user: User, kind: str, body: str, **more: Any) -> JsonObject:
        """A system message: no contacts, and `from` is the number as it was."""
        message: JsonObject = {
            "id": new_wamid(),
            "timestamp": self.timestamp(),
            "type": "system",
            "system": {"body": body, "type": kind, **more},
        }
        if user.shares_phone and user.wa_id is not None:
            message["from"] = user.wa_id
        return self.change(messages=[message])

    def user_id_update(self, user: User, previous: str) -> JsonObject:
        """The BSUID is another one now; `user` has the new one already. The contact names neither."""
        entry: JsonObject = {
            "detail": f"User id for {user.name} has been updated.",
            "user_id": {"previous": previous, "current": user.user_id},
            "timestamp": self.timestamp(),
        }
        if user.shares_phone and user.wa_id is not None:
            entry["wa_id"] = user.wa_id
        contact = self.contact(user)
        del contact["user_id"]
        return {"field": "user_id_update", "value": self.value(contacts=[contact], user_id_update=[entry])}

    def preference(self, user: User, value: str) -> JsonObject:
        """A person stops or resumes marketing messages."""
        entry: JsonObject = {
            "detail": f"User requested to {value} marketing messages",
            "category": "marketing_messages",
            "value": value,
            "timestamp": int(self.timestamp()),
            "user_id": user.user_id,
        }
        if user.shares_phone and user.wa_id is not None:
            entry["wa_id"] = user.wa_id
        return {
            "field": "user_preferences",
            "value": self.value(contacts=[self.contact(user)], user_preferences=[entry]),
        }

    def contact(self, user: User) -> JsonObject:
        """One of `contacts[]`."""
        profile: JsonObject = {"name": user.name}
        if user.username is not None:
            profile["username"] = user.username
        contact: JsonObject = {"profile": profile, "user_id": user.user_id}
        if user.shares_phone and user.wa_id is not None:
            contact["wa_id"] = user.wa_id
        return contact

    def _recipient(self, user: User, address: JsonObject) -> JsonObject:
        """Always the BSUID; the number when it is shared, or when it is what we sent to."""
        number = user.wa_id if user.shares_phone else address.get("recipient_id")
        known = {"recipient_user_id": user.user_id}
        return known if number is None else {"recipient_id": number, **known}

    def timestamp(self) -> str:
        """Unix seconds, as text."""
        return str(self._clock.now_ms() // 1000)

    def envelope(self, changes: list[Any], spread: str = "changes") -> JsonObject:
        """One body: an entry per change, one entry, one change per field, or a mixture of everything."""
        return {
            "object": "whatsapp_business_account",
            "entry": [self._entry(group) for group in _entries(changes, spread)],
        }

    def _entry(self, changes: list[Any]) -> JsonObject:
        entry: JsonObject = {"id": self._settings.waba_id, "changes": changes}
        if any(isinstance(change, dict) and change.get("field") in ACCOUNT_FIELDS for change in changes):
            entry["time"] = int(self.timestamp())
        return entry


def _entries(changes: list[Any], spread: str) -> list[list[Any]]:
    if spread == "entries":
        return [[change] for change in changes]
    if spread == "items":
        return [_joined(changes, len(changes))]
    if spread == "mixed":
        joined = _joined(changes, _ITEMS_PER_CHANGE)
        return [joined[at : at + _CHANGES_PER_ENTRY] for at in range(0, len(joined), _CHANGES_PER_ENTRY)]
    if spread == "changes":
        return [changes]
    raise ControlError(400, f"spread must be one of {', '.join(SPREADS)}")


def _joined(changes: list[Any], most: int) -> list[Any]:
    """Neighbouring changes of the field `messages` in one, at most so many in each."""
    joined: list[Any] = []
    room = 0
    for change in changes:
        if room > 0 and _is_messages(change) and _is_messages(joined[-1]):
            _append(joined[-1]["value"], change["value"])
            room -= 1
        else:
            joined.append(copy.deepcopy(change))
            room = most - 1
    return joined


def _is_messages(change: Any) -> bool:
    return isinstance(change, dict) and change.get("field") == "messages" and isinstance(change.get("value"), dict)


def _append(value: JsonObject, more: JsonObject) -> None:
    for name in ("contacts", "messages", "statuses", "errors"):
        for entry in more.get(name, []):
            if name != "contacts" or entry not in value.get(name, []):
                value.setdefault(name, []).append(entry)


def omit(changes: list[Any], names: list[str]) -> list[Any]:
    """The same changes without some of what Meta sometimes leaves out."""
    if not names:
        return changes
    slim = copy.deepcopy(changes)
    for change in slim:
        value = change.get("value") if isinstance(change, dict) else None
        if isinstance(value, dict):
            _slim(value, set(names))
    return slim


def _slim(value: JsonObject, names: set[str]) -> None:
    for contact in _objects(value.get("contacts")):
        _drop(contact, names & {"wa_id", "user_id", "profile"})
    if "contacts" in names:
        value.pop("contacts", None)
    for message in _objects(value.get("messages")):
        _drop(message, names & {"from", "from_user_id", "context"})
    for status in _objects(value.get("statuses")):
        _drop(status, names & {"recipient_id", "recipient_user_id", "biz_opaque_callback_data", "pricing"})


def _objects(value: Any) -> list[JsonObject]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _drop(entry: JsonObject, names: set[str]) -> None:
    for name in names:
        entry.pop(name, None)
