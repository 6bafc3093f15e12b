"""Replies → LINE's message objects, within one call."""

from __future__ import annotations

from collections.abc import Sequence

from bot.channels.line import limits
from bot.channels.line.cards import card_messages
from bot.channels.line.layout import Json, text_message
from bot.channels.line.panels import panel_message
from handlers.replies import Leave, Message, NoticeCard, Panel, Reply, Text
from handlers.wording import Words


def render(reply: Reply, words: Words) -> list[Json]:
    """The message objects of one reply, at most five, in its order; leaving a group is none of them.

    Raises: TooLongError; ValueError, if it does not fit into one call.
    """
    said = [message for message in reply.messages if not isinstance(message, Leave)]
    rendered: list[Json] = []
    for position, message in enumerate(said):
        others = len(said) - position - 1
        rendered += _message(message, words, limits.MESSAGES - len(rendered) - others)
    if len(rendered) > limits.MESSAGES:
        raise ValueError(f"a reply has at most {limits.MESSAGES} messages")
    return rendered


def chats_to_leave(reply: Reply) -> Sequence[str]:
    """Group chats to leave once the words are said."""
    return [message.group for message in reply.messages if isinstance(message, Leave)]


def _message(message: Message, words: Words, room: int) -> list[Json]:
    match message:
        case NoticeCard():
            return card_messages(message, words, room)
        case Panel():
            return [panel_message(message)]
        case Text():
            return [text_message(piece) for piece in limits.split(message.text, limits.TEXT)]
        case Leave():
            return []
