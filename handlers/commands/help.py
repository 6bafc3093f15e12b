"""`/ヘルプ`: what an administrator can type, in one panel. Names only what the bot understands today."""

from __future__ import annotations

from handlers import vocabulary
from handlers.buttons import pack
from handlers.context import Context
from handlers.events import Command
from handlers.replies import Button, Emphasis, Panel, Reply, Row, reply

LINES = (
    "notice",
    "urgent",
    "status",
    "pending",
    "confirmed",
    "remind",
    "list",
    "correct",
    "deadline",
    "close",
    "stop",
    "withdraw",
    "roster",
    "invite",
    "proxy",
    "export",
)
"""Commands in the order of their use; those without words yet are passed over."""

_BUTTONS = ("notice", "status", "pending", "list")


async def help(event: Command, context: Context) -> Reply:  # noqa: A001
    """Say what one can type; the most used are buttons."""
    words = context.words
    return reply(
        Panel(
            words("help-title"),
            (words("help-how"), words("help-number", example=_typed("status", words.locale))),
            rows=tuple(
                Row(_typed(name, words.locale), words(f"help-{name}")) for name in LINES if name in vocabulary.WORDS
            ),
            buttons=tuple(
                Button(
                    words(f"help-{verb}-button"),
                    pack(verb),
                    emphasis=Emphasis.PRIMARY if verb == "notice" else Emphasis.SECONDARY,
                )
                for verb in _BUTTONS
            ),
        )
    )


def _typed(name: str, locale: str) -> str:
    """The command as it is typed: the first word, or for English the first one that any keyboard can type."""
    spoken = vocabulary.WORDS[name]
    return "/" + (spoken[0] if locale == "ja" else next((word for word in spoken if word.isascii()), spoken[0]))
