"""What goes out, and who may send it. See the package for what every verb keeps."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from storage.models import Late, Lease, Outgoing, OutgoingState, Progress, Recipient, Report, Settlement


class Outbox(Protocol):
    """送信. `id` is the retry key: what is stored is never computed anew."""

    async def add(self, outgoing: Sequence[Outgoing]) -> list[Outgoing]:
        """Store once by id; each as it is stored (the winner of a race), in the order given."""
        ...

    async def add_in_order(self, chunks: Sequence[Outgoing]) -> list[Outgoing]:
        """Store chunks one after the other, up to the first whose id is there already: those stored, then that one as
        it stands. For each begins where the one before it ended, and another process may have ended it elsewhere."""
        ...

    async def last_chunk(self, mailing: str) -> Outgoing | None:
        """The chunk with the highest number, its whole (part '')."""
        ...

    async def chunk(self, mailing: str, number: int) -> Outgoing | None:
        """The whole of a chunk (part '')."""
        ...

    async def claim(self, channel: str, epoch: int, now: datetime, limit: int) -> list[Outgoing]:
        """Waiting or to be repeated, and due: urgent first, then by lane, due time and chunk, and within a chunk as its
        contacts follow one another: what was stored together is read and written together. Marked with the epoch;
        `due_at` moves 60 s on, so that a claim that nobody settles comes up again. What a later epoch claimed is left
        to it."""
        ...

    async def begin(self, outgoing: str, epoch: int, now: datetime, recipients: Sequence[Recipient]) -> Outgoing | None:
        """Before an attempt: the first one fixes the recipients (never more than were stored; the others are noted as
        skipped: confirmed) and `first_attempt_at`; every one counts. An earlier attempt that was begun and never
        settled makes it doubtful: nobody knows what came of it. None if it may not be attempted (settled, dropped, or
        claimed by a later epoch)."""
        ...

    async def begin_all(
        self,
        attempts: Mapping[str, Sequence[Recipient]],
        epoch: int,
        now: datetime,
        held: Mapping[str, Outgoing] | None = None,
    ) -> dict[str, Outgoing]:
        """`begin` for several calls, each for itself, in as few steps as the home can: those that may be attempted.
        `held`: as they were when they were claimed; what has not changed since need not be read again."""
        ...

    async def settle(self, settlement: Settlement, epoch: int) -> bool:
        """Write what an attempt came to; one that is to be repeated says why in `error`. WAITING is as if it had never
        been tried: the next attempt is its first, and fixes the recipients.
        False if a later epoch holds it, or if it is settled already."""
        ...

    async def settle_all(self, settlements: Sequence[Settlement], epoch: int) -> None:
        """`settle` for several calls, each for itself, in as few steps as the home can."""
        ...

    async def report(self, report: Report) -> Outgoing | None:
        """Fold in what the platform tells of a message (`Outgoing.after`), found by our id or by the platform's; the
        call as it stands then. None: it is none of ours."""
        ...

    async def reached_since(self, channel: str, since: datetime) -> int:
        """To how many addresses a call with a `message_id` was first attempted from then on."""
        ...

    async def split(self, outgoing: str, epoch: int, halves: Sequence[Outgoing], at: datetime) -> bool:
        """Store the halves, then mark the whole as split. Repeatable. False as in `settle`, or if an attempt was
        doubtful: then nothing is stored."""
        ...

    async def pass_on(self, outgoing: str, other: Outgoing) -> None:
        """Store `other`, which carries a clearly refused call on by another way, then mark the refused one as split:
        whom it was for is counted there. Repeatable."""
        ...

    async def drop(self, notice: str, at: datetime, error: str, channel: str | None = None) -> int:
        """Drop every call of the notice (on one channel if given) that waits for its first attempt, or for another
        after a clear refusal; how many people they were for."""
        ...

    async def late(self, stored_before: datetime, failure: str | None = None) -> list[Late]:
        """Calls that may still be attempted and were stored by then, added up: longest waiting first. Of one kind of
        failure if given: then no other call is looked at, however many wait."""
        ...

    async def progress(self, notice: str, purpose: str | None = None, mailing: str | None = None) -> Progress:
        """People by state, of one purpose or of one mailing if given. Halves count instead of their whole; whom it
        skipped stay counted with it."""
        ...

    async def is_moving(self, notice: str, purpose: str, mailing: str) -> bool:
        """Whether any call of the mailing may still be attempted. One look, at any size."""
        ...

    async def errors(self, notice: str, purpose: str, mailing: str, state: OutgoingState) -> dict[str, int]:
        """People of the mailing's calls in this state, by what was noted with them last (`error`, '' for nothing)."""
        ...

    async def covering(self, mailing: str, contacts: Collection[str]) -> dict[str, Outgoing]:
        """For each contact the call that carries it (or skipped it): the smallest part, and the whole otherwise."""
        ...


class Leases(Protocol):
    """送信権. Fencing: whoever takes a lease raises its epoch, and claims and settlements carry it."""

    async def read(self, lease: str) -> Lease | None: ...

    async def take(self, lease: str, holder: str, seen: Lease | None) -> Lease | None:
        """Take it if it still is as `seen` (None: nobody ever held it): epoch + 1. None if somebody was faster."""
        ...

    async def renew(self, held: Lease) -> Lease | None:
        """beat + 1 while holder and epoch are still these. None when it was lost."""
        ...

    async def release(self, held: Lease) -> bool:
        """Let go of it: nobody holds it, while holder and epoch are still these; False when it was lost.

        Only for a holder with nothing left in hand: whoever comes next need not wait. Beat and epoch stay, so that what
        was claimed under it stays fenced.
        """
        ...


class Pulses(Protocol):
    """When something was last seen to work."""

    async def read(self, pulse: str) -> datetime | None:
        """None: never."""
        ...

    async def beat(self, pulse: str, at: datetime) -> None:
        """It worked at `at`. An earlier time than the one known changes nothing."""
        ...
