"""The LINE channel: one official account, reached by posting prepared bytes, and read event by event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from urllib.parse import quote

import orjson

from bot.channels.base import SendError
from bot.channels.line import limits, reader
from bot.channels.line.answers import BotInfo, WebhookEndpoint, WebhookTest
from bot.channels.line.calls import DISCONNECTED, Calls
from bot.channels.line.cards import card_messages
from bot.channels.line.classify import accepted
from bot.channels.line.config import LineConfig
from bot.channels.line.layout import Json
from bot.channels.line.rendering import chats_to_leave, render
from bot.channels.line.signature import verify
from bot.channels.line.stencil import Stencil
from handlers.context import Quota
from handlers.events import Event, Tap
from handlers.replies import Message, NoticeCard, Reply, filled
from handlers.wording import Words
from storage.models import Outcome, Outgoing

REPLY = "/v2/bot/message/reply"
PUSH = "/v2/bot/message/push"
MULTICAST = "/v2/bot/message/multicast"
_CARDS = 16
"""So many are kept as they were prepared: every chunk of a mailing carries the same one, in each language."""


class LineChannel:
    """Implements `Channel`. Made inside the running loop, closed with `close`; `official` asks the rare questions."""

    name = reader.CHANNEL
    has_retry_keys = True
    is_one_by_one = False
    has_window = False
    costs_to_thank = False

    def __init__(self, config: LineConfig, words: Words) -> None:
        # Here and not above: the SDK takes a second, which `python -m bot --help` need not wait for.
        from bot.channels.line.official import Official
        from bot.channels.line.proof import prove

        self.pace = config.pace
        self._secrets = [secret.encode() for secret in config.secrets]
        self._words = words
        self._prove = prove
        self._prepared = lru_cache(_CARDS)(lambda card: self._proven(card_messages(card, self._words)))
        self._own_id = config.own_id
        self._basic_id = ""
        self._calls = Calls(config)
        self._official = Official(config, self._calls.session)

    # What comes in

    def read(self, body: bytes, headers: Mapping[str, str], received_at: datetime) -> Sequence[Event]:
        """Verify the request over its raw bytes and read each event on its own. Raises: RejectedError."""
        verify(body, headers, self._secrets)
        return reader.read(body, received_at, self._own_id)

    def reread(self, event_id: str, raw: bytes, received_at: datetime) -> Event:
        """Read a stored event once more, without its reply token."""
        return reader.reread(event_id, raw, received_at)

    def is_answered(self, outcome: Outcome) -> bool:
        """Always: answers are free."""
        return True

    # What goes out

    def prepare(self, card: NoticeCard) -> bytes:
        """The JSON array of message objects, made once for all recipients.

        Raises: TooLongError, with a sentence for the administrator.
        """
        return self._prepared(card)

    def prepare_reply(self, reply: Reply) -> bytes:
        """As `prepare`, of what a reply would show. Raises: TooLongError; ValueError, if one call cannot hold it."""
        return self._proven(render(reply, self._words))

    def _proven(self, messages: list[Json]) -> bytes:
        self._prove(messages)
        return orjson.dumps(messages)

    def sample(self, card: NoticeCard) -> tuple[Message, ...]:
        """The card itself. Raises: TooLongError."""
        self.prepare(card)
        return (card,)

    def prepare_each(self, card: NoticeCard, texts: Sequence[str]) -> list[bytes]:
        """As `prepare`, of the card filled with each of the texts; laid out once for all that need nothing else."""
        stencil = Stencil.of(card)
        if stencil is not None:
            self._prove(stencil.messages)
        found: dict[str, bytes] = {}
        for text in texts:
            if text not in found:
                found[text] = (stencil and stencil.filled(text)) or self.prepare(filled(card, text))
        return [found[text] for text in texts]

    async def send(self, outgoing: Outgoing) -> str | None:
        """Post the prepared messages under the outgoing's own retry key: push to one, multicast to 2 to 500.

        Raises: SendError.
        """
        path, body = _call(outgoing)
        answer = await self._calls.post(path, body, {"X-Line-Retry-Key": outgoing.id}, is_one_of_many=True)
        return accepted(answer, is_push=path == PUSH)

    async def reply(self, event: Event, reply: Reply) -> None:
        """Give the free answer, once, where the event allows one; then leave the group if the reply says so.

        Raises: SendError; TooLongError or ValueError, if it does not fit into one call.
        """
        try:
            messages = render(reply, self._words)
            if event.reply_token and messages:
                body = orjson.dumps({"replyToken": event.reply_token, "messages": messages})
                await self._answer(body, is_thanks=isinstance(event, Tap))
        finally:
            for chat in chats_to_leave(reply):
                await self._official.leave(chat)

    async def _answer(self, body: bytes, *, is_thanks: bool) -> None:
        """A broken connection (normal after idle times) is tried once more: the token is good for one answer only.

        Thanks that were taken share a line: two thousand of them a second would bury whatever matters.
        """
        try:
            accepted(await self._calls.post(REPLY, body, is_one_of_many=is_thanks))
        except SendError as error:
            if error.reason != DISCONNECTED:
                raise
            answer = await self._calls.post(REPLY, body)
            if answer.status != 400:  # the first one had arrived after all
                accepted(answer)

    # What is asked now and then

    async def quota(self) -> Quota | None:
        """What the plan allows this month; None when LINE cannot be asked now."""
        try:
            return await self.usage()
        except SendError:
            return None

    async def friend_link(self) -> str:
        """Where one adds the bot (its id percent-encoded: "LINE URL scheme"); '' while LINE cannot be asked."""
        if not self._basic_id:
            try:
                await self.bot_info()
            except SendError:
                return ""
        return f"https://line.me/R/ti/p/{quote(self._basic_id, safe='')}"

    async def bot_info(self) -> BotInfo:
        """Our own account. From then on, webhooks meant for another bot are refused. Raises: SendError."""
        info = await self._official.bot_info()
        self._own_id, self._basic_id = info.user_id, info.basic_id
        return info

    async def usage(self) -> Quota:
        """As `quota`, for who wants to know why not. Raises: SendError."""
        return await self._official.usage()

    async def display_name(self, user_id: str) -> str | None:
        """The person's nickname; None if LINE does not tell it. Raises: SendError."""
        return await self._official.display_name(user_id)

    async def webhook_endpoint(self) -> WebhookEndpoint | None:
        """Where webhooks go; None where no address is set. Raises: SendError."""
        return await self._official.webhook_endpoint()

    async def set_webhook_endpoint(self, url: str) -> None:
        """Have webhooks sent to `url`. Raises: SendError."""
        await self._official.set_webhook_endpoint(url)

    async def test_webhook(self) -> WebhookTest:
        """Let LINE call the address that is set. Raises: SendError."""
        return await self._official.test_webhook()

    async def close(self) -> None:
        await self._calls.close()


def _call(outgoing: Outgoing) -> tuple[str, bytes]:
    """(path, body). Who is written to decides nothing else: the messages are the same bytes for all."""
    addresses = [recipient.address for recipient in outgoing.recipients]
    if not 1 <= len(addresses) <= limits.RECIPIENTS:
        raise ValueError(f"a call goes to 1 to {limits.RECIPIENTS} people, not {len(addresses)}")
    path, to = (PUSH, orjson.dumps(addresses[0])) if len(addresses) == 1 else (MULTICAST, orjson.dumps(addresses))
    return path, b'{"messages":' + outgoing.body + b',"to":' + to + b"}"
