"""Records and enums: what is remembered, and the pure state changes of it.

Nothing here knows a database, a platform or a clock. Stored times are aware UTC, whole milliseconds.
"""

from storage.models.confirmations import (
    Acknowledgement,
    Answer,
    Change,
    Confirmation,
    Confirmed,
    Folded,
    InboxEntry,
    Outcome,
    Reached,
    Receipt,
    Totals,
)
from storage.models.conversation import AuditEntry, Code, CodePurpose, Draft, DraftState, Lease
from storage.models.notices import CONFIRM, PLANNED, Coverage, Mailing, Notice, NoticeMark, Purpose, Standing
from storage.models.people import Address, AddressState, Audience, Contact, Identity, Member, Reach, Role, Target
from storage.models.record import Moment, Record, fold_kana, is_storable, to_moment
from storage.models.sending import (
    Late,
    Outgoing,
    OutgoingState,
    Progress,
    Recipient,
    Report,
    Reported,
    Settlement,
    SkipReason,
)

__all__ = [
    "CONFIRM",
    "PLANNED",
    "Acknowledgement",
    "Address",
    "AddressState",
    "Answer",
    "Audience",
    "AuditEntry",
    "Change",
    "Code",
    "CodePurpose",
    "Confirmation",
    "Confirmed",
    "Contact",
    "Coverage",
    "Draft",
    "DraftState",
    "Folded",
    "Identity",
    "InboxEntry",
    "Late",
    "Lease",
    "Mailing",
    "Member",
    "Moment",
    "Notice",
    "NoticeMark",
    "Outcome",
    "Outgoing",
    "OutgoingState",
    "Progress",
    "Purpose",
    "Reach",
    "Reached",
    "Receipt",
    "Recipient",
    "Record",
    "Report",
    "Reported",
    "Role",
    "Settlement",
    "SkipReason",
    "Standing",
    "Target",
    "Totals",
    "fold_kana",
    "is_storable",
    "to_moment",
]
