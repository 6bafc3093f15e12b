"""What becomes of an accepted message: on which screen it appears, and which statuses are reported.

By itself: sent; delivered once the phone is on; read once the chat is looked at. A script replaces all of that.
"""

from typing import Any

from simulator.clock import Clock
from simulator.deliveries import Delivery
from simulator.jsonio import JsonObject
from simulator.whatsapp.errors import reported
from simulator.whatsapp.events import Builder
from simulator.whatsapp.settings import Settings
from simulator.whatsapp.webhooks import WhatsAppCourier
from simulator.whatsapp.world import ChatItem, User, World


class Postman:
    """Carries messages to phones, and reports."""

    def __init__(
        self, settings: Settings, clock: Clock, world: World, builder: Builder, courier: WhatsAppCourier
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._world = world
        self._builder = builder
        self._courier = courier

    def carry(self, item: ChatItem, user: User | None, code: int | None = None) -> None:
        """Send it on its way; with a `code`, it fails after it was accepted."""
        sending = item.sending
        if sending is not None and sending.order is not None:
            self._scripted(item, user, sending.order, sending.code)
            return
        if code is not None:
            self.report(item, user, "failed", code=code)
            return
        self.report(item, user, "sent")
        if user is None or user.blocked:
            return  # "a blocked sender stays at sent"
        if not user.phone_on:
            user.waiting.append(item)
            return
        self._arrive(item, user)

    def turn_on(self, user: User) -> list[Delivery]:
        """The phone is on again: what waited arrives, in order; what waited too long is gone, and nobody is told."""
        user.phone_on = True
        waiting, user.waiting = user.waiting, []
        oldest_ms = self._clock.now_ms() - self._settings.time_to_live_s * 1000
        arriving = [item for item in waiting if item.at_ms >= oldest_ms]
        sent = [delivery for item in arriving for delivery in self._arrive(item, user)]
        user.chat.touch()
        return sent

    def look(self, user: User) -> list[Delivery]:
        """The person looks at the chat: what was delivered is read, unless receipts are off."""
        if not user.receipts:
            return []
        unread = [
            item
            for item in user.chat.items
            if item.sender == "bot" and item.sending and item.sending.order is None and "read" not in item.marks
        ]
        return [self.report(item, user, "read") for item in unread]

    def report(self, item: ChatItem, user: User | None, status: str, code: int | None = None, **more: Any) -> Delivery:
        """Note a status on the bubble, and send the webhook."""
        item.marks.setdefault(status, self._clock.now_ms())
        if status == "failed":
            item.error = reported(code or 131000)
            more = {"errors": [item.error], **more}
        if user is not None:
            user.chat.altered()
        change = self._builder.status(item, user, status, self._address(item), **more)
        return self._courier.dispatch([change], user.id if user is not None else item.id)

    def _arrive(self, item: ChatItem, user: User) -> list[Delivery]:
        user.chat.add(item)
        sent = [self.report(item, user, "delivered")]
        return sent + (self.look(user) if self._settings.auto_read else [])

    def _scripted(self, item: ChatItem, user: User | None, order: tuple[str, ...], code: int | None) -> None:
        arrives = "failed" not in order or bool({"delivered", "read"} & set(order))
        if user is not None and user.phone_on and not user.blocked and arrives:
            user.chat.add(item)
        for status in order:
            self.report(item, user, status, code=code)

    def _address(self, item: ChatItem) -> JsonObject:
        address: JsonObject = self._world.sent[item.id][2]
        return address
