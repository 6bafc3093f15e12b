"""Whether a call is still for whom it was made: asked before its first attempt. Knows no platform and no clock."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from storage.base import Storage
from storage.models import Outgoing, Purpose, Recipient


async def still_wanted(outgoing: Outgoing, storage: Storage) -> tuple[Recipient, ...]:
    """Of a call that was never attempted, the recipients it is still for.

    Nobody, once the notice is stopped, taken back or closed; else those whose tap is still wanted. A recipient without
    any receipt is kept: what has no obligation is not held back by one. A report is always for whom it was made.
    """
    (wanted,) = await all_still_wanted([outgoing], storage)
    return wanted


async def all_still_wanted(calls: Sequence[Outgoing], storage: Storage) -> list[tuple[Recipient, ...]]:
    """As `still_wanted`, of several calls together, in their order: each thing is read once."""
    notices = await storage.notices.get({call.notice for call in calls})
    done: dict[str, set[str]] = {}
    for notice in notices.values():
        if not (notice.stopped_at or notice.cancelled_at or notice.closed_at):
            people = [r.contact for call in calls if call.notice == notice.id for r in call.recipients]
            done[notice.id] = await storage.receipts.done(notice, people)
    return [_still(call, done.get(call.notice)) for call in calls]


def _still(call: Outgoing, done: Collection[str] | None) -> tuple[Recipient, ...]:
    if call.purpose is Purpose.REPORT:
        return call.recipients
    if done is None:
        return ()
    return tuple(r for r in call.recipients if r.contact not in done) if done else call.recipients
