"""What every channel is: it reads what a platform sends us, and takes what we send to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable

from bot.channels.paces import Pace
from handlers.context import Platform
from handlers.events import Event
from handlers.replies import Reply
from storage.models import Outcome, Outgoing


class RejectedError(Exception):
    """A webhook request is not to be trusted or cannot be read: nothing of it is stored. `status` is the answer."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        """One word for logs and metrics: signature, destination, json, size."""


class Failure(StrEnum):
    """How a call to a platform failed, by what the worker does about it."""

    UNKNOWN = "unknown"
    """It may have been accepted (5xx, time-out, disconnect, unreadable 2xx): repeat unchanged, or end as unknown."""
    RATE_LIMITED = "rate_limited"
    """Clearly not accepted: pause the endpoint, then repeat."""
    OUT_OF_QUOTA = "out_of_quota"
    """Clearly not accepted, and not before next month or a bigger plan."""
    FLOODED = "flooded"
    """Clearly not accepted: too many messages to this person."""
    UNAUTHORIZED = "unauthorized"
    """Clearly not accepted: our token or right is wrong; an operator must mend it, then repeat."""
    PAUSED = "paused"
    """Clearly not accepted: the platform wants minutes of quiet."""
    PAIR_LIMITED = "pair_limited"
    """Clearly not accepted: too many messages to this person within seconds; others are free to go."""
    WINDOW_CLOSED = "window_closed"
    """Clearly not accepted in this form: she has not written to us of late. Another form of it may go."""
    HELD = "held"
    """Taken, and not sent yet: the platform looks at it first. A report will tell."""
    UNREACHABLE = "unreachable"
    """Clearly and finally not accepted: this platform does not reach her. Another one may."""
    OPTED_OUT = "opted_out"
    """Clearly and finally not accepted: she told the platform that she does not want these."""
    BROKEN = "broken"
    """Clearly and finally not accepted, and what is like it fares no better: the message, a template, our standing."""
    REFUSED = "refused"
    """Clearly and finally not accepted."""


class SendError(Exception):
    """A call to a platform failed. The worker's to schedule."""

    def __init__(self, failure: Failure, reason: str, request_id: str | None = None) -> None:
        super().__init__(f"{failure}: {reason}")
        self.failure = failure
        self.reason = reason
        """The platform's own short words or ours; no token, no text, no id of a person."""
        self.request_id = request_id


@runtime_checkable
class Asked(Protocol):
    """A channel whose platform asks by GET whether an address is ours."""

    def challenge(self, query: Mapping[str, str]) -> str:
        """The answer. Raises: RejectedError."""
        ...


class Channel(Platform, Protocol):
    """One way to reach people. One object per platform for the life of the process."""

    @property
    def pace(self) -> Pace: ...

    @property
    def has_retry_keys(self) -> bool:
        """Whether the same call again under its id is known for the same. Without, nothing that may have been accepted
        is ever repeated: a `StatusReport` with our id, or with the id that `send` gave, tells what became of it."""
        ...

    @property
    def has_window(self) -> bool:
        """Whether we may write freely only for a while after a person wrote to us."""
        ...

    def is_answered(self, outcome: Outcome) -> bool:
        """Whether a tap that came to this is answered: on some platforms an answer costs."""
        ...

    def read(self, body: bytes, headers: Mapping[str, str], received_at: datetime) -> Sequence[Event]:
        """Verify the request over its raw bytes and read each event on its own.

        An event that cannot be read comes back as `Unhandled` with its raw bytes; it never loses its neighbours.

        Raises: RejectedError.
        """
        ...

    def reread(self, event_id: str, raw: bytes, received_at: datetime) -> Event:
        """Read a stored event once more, as `read` did (its reply token is not offered again)."""
        ...

    async def reply(self, event: Event, reply: Reply) -> None:
        """Give the free answer to an event.

        Raises: SendError.
        """
        ...

    async def send(self, outgoing: Outgoing) -> str | None:
        """Make the call; the platform's request id once it is accepted (also when it says it had been before).

        Raises: SendError.
        """
        ...

    async def close(self) -> None: ...
