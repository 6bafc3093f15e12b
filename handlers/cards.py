"""A notice as its recipients see it."""

from __future__ import annotations

from handlers.buttons import pack_confirm
from handlers.context import Organization
from handlers.replies import Button, Emphasis, NoticeCard
from handlers.wording import Words
from storage.models import CONFIRM, Audience, Notice

_MANY = 3
"""More groups than this are counted on the card instead of named."""


def card(notice: Notice, organization: Organization, words: Words, *, lead: str = "") -> NoticeCard:
    """The notice as its recipients see it, in the language of `words`."""
    deadline = notice.deadline_at
    mark = words("card-mark-urgent" if notice.urgent else "card-mark")
    return NoticeCard(
        organization=organization.name,
        mark=mark,
        title=notice.title,
        body=notice.body,
        about=words("card-about", audience=audience_name(notice.audience, words)),
        sender=words("card-sender", name=notice.sender_name or organization.name),
        deadline=words("card-deadline", moment=words.moment(deadline)) if deadline else "",
        ask=words("card-ask", contact=organization.contact) if organization.contact else "",
        buttons=_buttons(notice, words),
        hint=words(
            "card-hint-answers" if notice.choices else "card-hint",
            senders=organization.senders or words("card-senders"),
        ),
        headline=words("card-headline-deadline", mark=mark, date=words.date(deadline))
        if deadline
        else words("card-headline", mark=mark),
        lead=lead,
    )


def audience_name(audience: Audience, words: Words) -> str:
    """「1年A組、2年B組」, 「全員」, or how many groups when they are many."""
    if audience.everyone:
        return words("audience-everyone")
    if len(audience.groups) > _MANY:
        return words("audience-many", first=audience.groups[0], count=len(audience.groups))
    return words.listing(audience.groups)


def _buttons(notice: Notice, words: Words) -> tuple[Button, ...]:
    if not notice.choices:
        data = pack_confirm(notice.id, notice.version, CONFIRM)
        return (Button(words("confirm-button"), data, words("confirm-echo"), emphasis=Emphasis.PRIMARY),)
    return tuple(
        Button(
            choice,
            pack_confirm(notice.id, notice.version, choice),
            words("answer-echo", choice=choice),
            emphasis=Emphasis.PRIMARY,
        )
        for choice in notice.choices
    )
