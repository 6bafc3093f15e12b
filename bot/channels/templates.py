"""The two templates that WhatsApp's messages outside the 24 hours are made of, as they are to be registered at Meta.

Knows no HTTP, so that a command may read it before it opens anything.
"""

from __future__ import annotations

from dataclasses import dataclass

from handlers.wording import Words

NOTICE = "whatsapp-notice-template"
READING = "whatsapp-reading-template"
READ = "whatsapp-read-button"
_PLACES = {"organization": "{{1}}", "title": "{{2}}", "text": "{{3}}", "facts": "{{4}}"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A template as it has to stand at Meta: the text with its variables, and the only button's label."""

    name: str
    body: str
    button: str


def reading_name(name: str) -> str:
    """The name of the template with 「本文を読む」, beside the notice's own `name` (WHATSAPP_TEMPLATE)."""
    return f"{name}_read"


def wanted(name: str, words: Words) -> tuple[Wanted, Wanted]:
    """The notice's own template, called `name`, and the reading one."""
    return (
        Wanted(name, words(NOTICE, **_PLACES), words("confirm-button")),
        Wanted(reading_name(name), words(READING, **_PLACES), words(READ)),
    )
