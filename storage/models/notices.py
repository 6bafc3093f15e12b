"""Notices, the mailings that carry them out, and whether a tap on one counts."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from storage.models.people import Audience
from storage.models.record import Moment, Record

CONFIRM = "ok"
"""The choice behind the single 「確認しました」 button."""


class Coverage(StrEnum):
    """Whose confirmation fulfils a receipt."""

    ANY = "any"
    EVERY = "every"


class Notice(Record):
    """お知らせ. What may change carries its own time stamp; the rest is frozen when it goes out."""

    id: str
    number: int = 0
    """The short number people say (#42); given by storage when the notice is added."""
    title: str
    body: str
    version: int = 1
    choices: tuple[str, ...] = ()
    """Empty: the single 「確認しました」. Else the labels of the answer buttons, in order."""
    audience: Audience
    coverage: Coverage = Coverage.ANY
    urgent: bool = False
    deadline_at: Moment | None = None
    expires_at: Moment | None = None
    send_at: Moment | None = None
    """When it is to go out; None: when send was pressed."""
    remind_at: tuple[Moment, ...] = ()
    """When those who have not confirmed are reminded by themselves."""
    created_at: Moment
    sender: str
    """Contact id of who pressed send."""
    sender_name: str = ""
    members: int = 0
    """Head-count shown in the preview when send was pressed."""
    contacts: int = 0
    fanned_out_at: Moment | None = None
    closed_at: Moment | None = None
    cancelled_at: Moment | None = None
    stopped_at: Moment | None = None
    completed_at: Moment | None = None
    """When its sender was told that everyone has confirmed."""
    overdue_at: Moment | None = None
    """When its sender was told that the deadline passed, and who is missing."""
    settled_at: Moment | None = None
    """From here on there is nothing to tell its sender that she does not ask for."""

    def standing_at(self, moment: datetime) -> Standing:
        """Whether a tap made at `moment` counts. Judged by the tap's own time, so a late delivery loses nothing."""
        if self.cancelled_at and moment >= self.cancelled_at:
            return Standing.CANCELLED
        if self.closed_at and moment >= self.closed_at:
            return Standing.CLOSED
        if self.expires_at and moment >= self.expires_at:
            return Standing.EXPIRED
        return Standing.OPEN

    def is_late(self, moment: datetime) -> bool:
        """After the deadline: counted all the same, and shown as 期限後."""
        return self.deadline_at is not None and moment > self.deadline_at


class Standing(StrEnum):
    """What a notice is at a moment."""

    OPEN = "open"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class NoticeMark(StrEnum):
    """What can befall a notice once. Each is a field `{mark}_at`, set if it was not set."""

    FANNED_OUT = "fanned_out"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    STOPPED = "stopped"
    COMPLETED = "completed"
    OVERDUE = "overdue"
    SETTLED = "settled"


class Purpose(StrEnum):
    """Why something is sent."""

    NOTICE = "notice"
    REMINDER = "reminder"
    REPORT = "report"
    """What those who send are told without asking: it belongs to no mailing and no notice, and nobody stops it."""


PLANNED = "plan-"
"""What the place in the plan is written behind, in the id of an automatic reminder."""


class Mailing(Record):
    """発送: one fan-out of a notice into calls; the notice itself, or one reminder. Repeatable from its last chunk."""

    id: str
    """`notice id/notice`, `notice id/reminder/event id of the order`, or of an automatic one
    `notice id/reminder/plan-its place in the plan`."""
    notice: str
    purpose: Purpose
    created_at: Moment
    ordered_by: str
    urgent: bool = False
    due_at: Moment
    finished_at: Moment | None = None
    stopped_at: Moment | None = None
    note: str = ""
    """Why nothing of it was sent, where that is worth knowing; '' otherwise."""
    settled_at: Moment | None = None
    """What came of every call of it is known, and whoever ordered it was told what she must know."""

    @property
    def is_planned(self) -> bool:
        """An automatic reminder: nobody ordered it at the moment, and it must never be half sent."""
        return self.id.startswith(f"{self.notice}/reminder/{PLANNED}")
