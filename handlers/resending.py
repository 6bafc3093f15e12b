"""もう一度送る: a reminder to exactly those of whom nobody knows whether they got anything.

By the sender's own will, and under new keys: whoever got the first one gets a second."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from handlers.reminding import Page, Rules, reminder_page
from storage.base import Storage
from storage.models import Outgoing, OutgoingState

AGAIN = "again-"
"""What the token of such an order begins with, in the id of its mailing."""


def is_again(mailing: str) -> bool:
    """Whether the mailing goes only to those of whom nobody knows."""
    return f"/reminder/{AGAIN}" in mailing


async def again_page(rules: Rules, notice: str, number: int, mailing: str = "") -> Page | None:
    """As `reminder_page`, of those alone whose last call ended as unknown. `mailing` is the order itself."""
    page = await reminder_page(rules, notice, number)
    if page is None:
        return None
    unknown = await _unknown(notice, [r.contact for r in page.recipients], rules.storage, mailing)
    return replace(page, recipients=tuple(r for r in page.recipients if r.contact in unknown))


async def unknown_people(rules: Rules, notice: str) -> int:
    """How many it would go to now. Nobody is looked at where no call of the notice ended so."""
    if not (await rules.storage.outbox.progress(notice)).people.get(OutgoingState.UNKNOWN):
        return 0
    count = number = 0
    while (page := await again_page(rules, notice, number)) is not None:
        count, number = count + len(page.recipients), number + 1
    return count


async def _unknown(notice: str, contacts: Collection[str], storage: Storage, besides: str) -> set[str]:
    people = await storage.contacts.targets(contacts)
    ids = {i: contact for contact, person in people.items() for i in person.ids}
    last: dict[str, Outgoing] = {}
    for mailing in await storage.mailings.of_notice(notice):
        if mailing.id != besides:
            calls = await storage.outbox.covering(mailing.id, ids)
            sent_to = {
                call.id: {r.contact for r in call.recipients} for call in {c.id: c for c in calls.values()}.values()
            }
            for i, call in calls.items():
                if not sent_to[call.id].isdisjoint(people[ids[i]].ids):
                    last[ids[i]] = call
    return {contact for contact, call in last.items() if call.state is OutgoingState.UNKNOWN}
