"""監査: who ordered a change, and with which right. Written before the change, so that a step done again finds it."""

from __future__ import annotations

from handlers.context import Context
from handlers.events import Event
from storage.models import AuditEntry, Contact


async def note(
    event: Event, context: Context, action: str, subject: str, *, by: Contact | None = None, **details: str
) -> None:
    """Write it once per event. `by`: who, where the speaker was nobody yet."""
    actor = by or context.speaker
    await context.storage.audit.add(
        AuditEntry(
            id=event.id,
            at=context.now,
            actor=actor.id if actor else "",
            role=actor.role.value if actor else "",
            action=action,
            subject=subject,
            details=details,
        )
    )
