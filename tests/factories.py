"""Records with sensible defaults, for every test: name only what the test is about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from storage.models import (
    Acknowledgement,
    Address,
    Audience,
    AuditEntry,
    Code,
    CodePurpose,
    Confirmation,
    Confirmed,
    Contact,
    Draft,
    DraftState,
    InboxEntry,
    Mailing,
    Member,
    Notice,
    Outgoing,
    Purpose,
    Receipt,
    Recipient,
)

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
"""When tests happen, unless they say otherwise."""


def after(**spans: float) -> datetime:
    """A moment relative to NOW: `after(minutes=5)`, `after(hours=-1)`."""
    return NOW + timedelta(**spans)


def make_member(id: str = "1001", **fields: Any) -> Member:  # noqa: A002 - the record's own word
    return Member(**{"id": id, "name": "山田 花子", "kana": "ヤマダ ハナコ", "groups": ("1年A組",), **fields})


def make_address(value: str = "U1", **fields: Any) -> Address:
    return Address(**{"channel": "line", "value": value, "state_at": NOW, **fields})


def make_contact(id: str = "1001-1", **fields: Any) -> Contact:  # noqa: A002
    return Contact(**{"id": id, "name": "山田 母", "members": ("1001",), "groups": ("1年A組",), **fields})


def make_notice(id: str = "notice-1", **fields: Any) -> Notice:  # noqa: A002
    defaults = {
        "id": id,
        "title": "避難訓練",
        "body": "11月30日に避難訓練を行います。",
        "audience": Audience(groups=("1年A組",)),
        "created_at": NOW,
        "sender": "office",
    }
    return Notice(**{**defaults, **fields})


def make_mailing(notice: str = "notice-1", **fields: Any) -> Mailing:
    defaults = {
        "id": f"{notice}/notice",
        "notice": notice,
        "purpose": Purpose.NOTICE,
        "created_at": NOW,
        "ordered_by": "office",
        "due_at": NOW,
    }
    return Mailing(**{**defaults, **fields})


def make_receipt(member: str = "1001", notice: str = "notice-1", **fields: Any) -> Receipt:
    defaults = {"notice": notice, "member": member, "name": f"生徒 {member}", "sort_key": f"1年a組\x1f{member}"}
    return Receipt(**{**defaults, "groups": ("1年A組",), "contacts": (f"{member}-1",), **fields})


def make_confirmation(event: str = "event-1", **fields: Any) -> Confirmation:
    return Confirmation(**{"at": NOW, "event": event, **fields})


def make_confirmed(contact: str = "1001-1", event: str = "event-1", **fields: Any) -> Confirmed:
    """A change to fold; `fields` are the confirmation's, and `notice`."""
    notice = fields.pop("notice", "notice-1")
    return Confirmed(notice, contact, make_confirmation(event, **fields))


def make_acknowledgement(id: str = "event-1", **fields: Any) -> Acknowledgement:  # noqa: A002
    defaults = {
        "id": id,
        "channel": "line",
        "user": "U1",
        "notice": "notice-1",
        "version": 1,
        "choice": "ok",
        "at": NOW,
        "received_at": NOW,
    }
    return Acknowledgement(**{**defaults, **fields})


def make_entry(id: str = "event-1", **fields: Any) -> InboxEntry:  # noqa: A002
    defaults = {"id": id, "channel": "line", "user": "U1", "kind": "text", "at": NOW, "received_at": NOW, "raw": b"{}"}
    return InboxEntry(**{**defaults, **fields})


def make_outgoing(id: str = "key-1", **fields: Any) -> Outgoing:  # noqa: A002
    """A chunk; recipients may be given as contact ids, and then stand at the address `U-contact`."""
    recipients = tuple(
        Recipient(r, f"U-{r}") if isinstance(r, str) else r for r in fields.pop("recipients", ("1001-1", "1002-1"))
    )
    contacts = sorted({*(r.contact for r in recipients), *(contact for contact, _ in fields.get("skipped", ()))})
    notice = fields.get("notice", "notice-1")
    defaults = {
        "id": id,
        "mailing": f"{notice}/notice",
        "notice": notice,
        "purpose": Purpose.NOTICE,
        "chunk": 0,
        "part": "",
        "channel": "line",
        "recipients": recipients,
        "body": b'[{"type":"text","text":"x"}]',
        "created_at": NOW,
        "due_at": NOW,
        "first_contact": contacts[0] if contacts else "",
        "last_contact": contacts[-1] if contacts else "",
    }
    return Outgoing(**{**defaults, **fields})


def make_draft(id: str = "draft-1", **fields: Any) -> Draft:  # noqa: A002
    defaults = {"id": id, "owner": "office", "state": DraftState.COLLECTING, "created_at": NOW, "updated_at": NOW}
    return Draft(**{**defaults, **fields})


def make_code(id: str = "hash-1", **fields: Any) -> Code:  # noqa: A002
    defaults = {
        "id": id,
        "purpose": CodePurpose.CONTACT,
        "contact": "1001-1",
        "created_at": NOW,
        "expires_at": after(days=30),
    }
    return Code(**{**defaults, **fields})


def make_audit_entry(id: str = "event-1", **fields: Any) -> AuditEntry:  # noqa: A002
    return AuditEntry(**{"id": id, "at": NOW, "actor": "office", "role": "administrator", "action": "send", **fields})
