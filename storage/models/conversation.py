"""Drafts, codes, leases and the audit: what the conversation and the running of the bot leave behind."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from storage.models.notices import Coverage
from storage.models.record import Moment, Record


class DraftState(StrEnum):
    """Where the making of a notice stands."""

    COLLECTING = "collecting"
    OFFERED = "offered"
    ASKING = "asking"
    PREVIEW = "preview"
    SENDING = "sending"
    CANCELLED = "cancelled"


class Draft(Record):
    """下書き: the conversation in which a notice is made. Its revision makes an older preview's button harmless."""

    id: str
    """Id of the event that began it; the notice made from it takes its id from here."""
    owner: str
    """Contact id."""
    revision: int = 0
    """Raised by storage with every change (`Drafts.save`, and the cancelling by `Drafts.start`), and only there."""
    state: DraftState
    asking: str = ""
    """Which field the last question was about."""
    title: str = ""
    lines: tuple[str, ...] = ()
    """The text as it came, a paragraph each."""
    body: str = ""
    groups: tuple[str, ...] = ()
    everyone: bool = False
    everyone_agreed: bool = False
    deadline_at: Moment | None = None
    deadline_settled: bool = False
    """A deadline was given, or none was wanted."""
    expires_at: Moment | None = None
    send_at: Moment | None = None
    """None: at once."""
    reminders: tuple[Moment, ...] | None = None
    """None: the default plan for its deadline."""
    choices: tuple[str, ...] = ()
    coverage: Coverage = Coverage.ANY
    urgent: bool = False
    typed: dict[str, str] = Field(default_factory=dict)
    """Answers as they were typed, by field, while a question about them is open or a remark on them is due."""
    events: tuple[str, ...] = ()
    """Ids of the events folded in, newest last (at most 50): the same event again changes nothing."""
    created_at: Moment
    updated_at: Moment


class CodePurpose(StrEnum):
    """What a code makes of who sends it."""

    CONTACT = "contact"
    ADMINISTRATOR = "administrator"


class Code(Record):
    """登録コード, hashed: the code itself is shown once and never stored."""

    id: str
    """Keyed hash of the code."""
    purpose: CodePurpose
    contact: str
    """Whom it registers; for an administrator, the id of the contact to make."""
    name: str = ""
    created_at: Moment
    expires_at: Moment
    offered_to: str | None = None
    """Address key of who sent the code and was asked 「まちがいありませんか」."""
    used_by: str | None = None
    used_at: Moment | None = None


class Lease(Record):
    """送信権: who sends on a channel."""

    id: str
    holder: str
    """'' once it was let go of: whoever wants it need not wait."""
    beat: int
    epoch: int


class AuditEntry(Record):
    """監査: who did what with which right. `id` is the id of the event that ordered it."""

    id: str
    at: Moment
    actor: str
    role: str
    action: str
    subject: str = ""
    details: dict[str, str] = Field(default_factory=dict)
