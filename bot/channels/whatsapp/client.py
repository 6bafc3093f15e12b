"""The WhatsApp channel: one business number, one person a call, and no retry key: nothing here sends anything twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson

from bot.channels.base import Failure, SendError
from bot.channels.whatsapp import cards, reader
from bot.channels.whatsapp.account import Account, Number
from bot.channels.whatsapp.calls import Calls, dumps
from bot.channels.whatsapp.classify import accepted
from bot.channels.whatsapp.config import WhatsAppConfig
from bot.channels.whatsapp.rendering import brief, render
from bot.channels.whatsapp.signature import challenge, verify
from bot.clock import Clock
from handlers.context import Quota
from handlers.events import Event, Tap
from handlers.replies import Message, NoticeCard, Panel, Reply, filled
from handlers.wording import Words
from storage.base import Storage
from storage.errors import StorageDownError
from storage.models import Contact, Outcome, Outgoing, Reported

WINDOW = timedelta(hours=24)
"""After a person's last message we may write to her in any form; later only by template (Meta, customer service
window)."""
_MARGIN = timedelta(minutes=5)
"""So near to its end a template goes: Meta's clock decides."""
_NUMBER_KNOWN_FOR = 600.0
_SILENT = frozenset({Outcome.REPEATED})
"""Taps that were thanked before: another answer would cost, and say nothing new."""


class WhatsAppChannel:
    """Implements `Channel`. Made inside the running loop, closed with `close`; `account` asks the rare questions."""

    name = reader.CHANNEL
    has_retry_keys = False
    is_one_by_one = True
    has_window = True

    def __init__(self, config: WhatsAppConfig, words: Words, storage: Storage, clock: Clock) -> None:
        self._config = config
        self._words = words
        self._storage = storage
        self._clock = clock
        self._secrets = [secret.encode() for secret in config.secrets]
        self._calls = Calls(config)
        self._path = f"/{config.phone_number_id}/messages"
        self.pace = config.pace
        self.costs_to_thank = config.thanks
        self._number: tuple[float, Number] | None = None
        self.account = Account(self._calls, config)

    # What comes in

    def read(self, body: bytes, headers: Mapping[str, str], received_at: datetime) -> Sequence[Event]:
        """Verify the request over its raw bytes and read each item on its own. Raises: RejectedError."""
        verify(body, headers, self._secrets)
        return reader.read(body, received_at, self._config.phone_number_id)

    def reread(self, event_id: str, raw: bytes, received_at: datetime) -> Event:
        """Read a stored event once more, without leave to answer it."""
        return reader.reread(event_id, raw, received_at)

    def challenge(self, query: Mapping[str, str]) -> str:
        """The answer to Meta's question whether this address is ours. Raises: RejectedError, 403."""
        return challenge(query, self._config.verify_token)

    def is_answered(self, outcome: Outcome) -> bool:
        """The first tap is thanked, unless the settings say no; what was thanked before is not, for it costs."""
        return outcome not in _SILENT and (self._config.thanks or outcome is not Outcome.COUNTED)

    # What goes out

    def prepare(self, card: NoticeCard) -> bytes:
        """Both forms of it: which one goes is decided when the call is made.

        Raises: TooLongError, with a sentence for the administrator.
        """
        template = cards.template(card, self._config.template, self._template_words)
        return orjson.dumps({"template": template.message(), "interactive": cards.interactive(card, self._words)})

    def prepare_each(self, card: NoticeCard, texts: Sequence[str]) -> list[bytes]:
        """As `prepare`, of the card filled with each of the texts. Raises: TooLongError."""
        return [self.prepare(filled(card, text)) for text in texts]

    def prepare_reply(self, reply: Reply) -> bytes:
        """As `prepare`, of the panel in a reply. Raises: ValueError, if there is none."""
        panel = next((message for message in reply.messages if isinstance(message, Panel)), None)
        if panel is None:
            raise ValueError("only a panel is sent without being asked for")
        template = cards.report(panel, self._config.template, self._template_words)
        return orjson.dumps({"template": template.message(), "interactive": brief(panel, self._words)})

    def sample(self, card: NoticeCard) -> tuple[Message, ...]:
        """What whoever has not written of late will see. Raises: TooLongError."""
        return cards.sample(card, self._config.template, self._template_words)

    async def send(self, outgoing: Outgoing) -> str | None:
        """Post it to its one person: with buttons within her 24 hours, as a template outside. Meta's message id.

        Raises: SendError.
        """
        (recipient,) = outgoing.recipients
        try:
            person = await self._person(recipient.address)
        except StorageDownError as error:
            raise SendError(Failure.RATE_LIMITED, "storage") from error
        forms = orjson.loads(outgoing.body)
        ours = {"biz_opaque_callback_data": outgoing.id}
        to = _best(person, recipient.address)
        if self._is_open(person) and Reported.FAILED not in outgoing.reported:
            try:
                return await self._post(to, forms["interactive"] | ours)
            except SendError as error:
                if error.failure is not Failure.WINDOW_CLOSED:
                    raise
        return await self._post(to, forms["template"] | ours)

    async def reply(self, event: Event, reply: Reply) -> None:
        """Answer the person of the event, message by message; without any, show her that her tap has come in.

        Raises: SendError; TooLongError.
        """
        if event.reply_token is None:
            return
        messages = render(reply, self._words)
        if not messages and isinstance(event, Tap):
            await self._mark_read(event.reply_token)
        for message in messages:
            await self._post(event.also or event.user, message)

    async def _mark_read(self, message: str) -> None:
        """Two blue ticks: they cost nothing."""
        body = {"messaging_product": "whatsapp", "status": "read", "message_id": message}
        await self._calls.post(self._path, dumps(body), "/{number}/messages")

    async def _post(self, address: str, message: Mapping[str, Any]) -> str:
        to = {"to": address[1:]} if address.startswith("+") else {"recipient": address}
        body = {"messaging_product": "whatsapp", "recipient_type": "individual", **to, **message}
        return accepted(await self._calls.post(self._path, dumps(body), "/{number}/messages"))

    async def _person(self, address: str) -> Contact | None:
        return (await self._storage.contacts.by_address(self.name, [address])).get(address)

    def _is_open(self, person: Contact | None) -> bool:
        heard = [a.heard_at for a in person.addresses if a.channel == self.name and a.heard_at] if person else []
        return any(self._clock.now() - at < WINDOW - _MARGIN for at in heard)

    # What is asked now and then

    async def quota(self) -> Quota | None:
        """To how many people we may write first within 24 hours, and to how many we did; None while Meta cannot be
        asked and no setting says it."""
        since = self._clock.now() - WINDOW
        try:
            limit = self._config.daily_limit
            if limit is None:
                number = await self._known_number()
                if not number.knows_limit:
                    return None
                limit = number.daily_limit
            return Quota(limit, await self._storage.outbox.reached_since(self.name, since), is_daily=True)
        except SendError:
            return None

    async def friend_link(self) -> str:
        """Where one begins to write to us; '' while Meta cannot be asked."""
        try:
            digits = (await self._known_number()).digits
        except SendError:
            return ""
        return f"https://wa.me/{digits}" if digits else ""

    async def _known_number(self) -> Number:
        now = self._clock.monotonic()
        if self._number is None or now - self._number[0] > _NUMBER_KNOWN_FOR:
            self._number = (now, await self.account.number())
        return self._number[1]

    @property
    def _template_words(self) -> Words:
        return Words(self._config.language, self._words.zone)

    async def close(self) -> None:
        await self._calls.close()


def _best(person: Contact | None, address: str) -> str:
    """A telephone number where we know one: not every message may go to a user id."""
    if address.startswith("+") or person is None:
        return address
    numbers = (a.value for a in reversed(person.addresses) if a.channel == reader.CHANNEL and a.is_active)
    return next((value for value in numbers if value.startswith("+")), address)
