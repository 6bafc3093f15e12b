"""Who is administrator from outside the chat: by a one-time code, or because the settings say so."""

from __future__ import annotations

import secrets
from datetime import datetime

from bot.settings import Settings
from handlers import codes
from handlers.wording import Words
from storage.base import Storage
from storage.errors import NotFoundError
from storage.models import Address, Code, CodePurpose, Contact, Role

_CHANNELS = {"line", "whatsapp"}


async def invite(storage: Storage, secret: bytes, name: str, now: datetime) -> tuple[str, Code]:
    """Make a code that makes its sender administrator: (the eight digits, as stored). Shown once, never stored."""
    code = await unused_code(storage, secret)
    contact = f"admin:{secrets.token_hex(8)}"
    stored = codes.record(code, CodePurpose.ADMINISTRATOR, contact, secret=secret, now=now, name=name)
    await storage.codes.add([stored])
    return code, stored


async def renew(storage: Storage, secret: bytes, member: str, now: datetime) -> list[tuple[Contact, str]]:
    """A new code for each contact of the member, registered or not: for a new telephone, or a paper that was lost.

    Codes of theirs that nobody used stop being valid. Who is registered stays registered until the new one is used.

    Raises: NotFoundError, if there is no such member.
    """
    if member not in await storage.members.get([member]):
        raise NotFoundError("no such member")
    targets = (await storage.contacts.of_members([member]))[member]
    contacts = await storage.contacts.get([target.contact for target in targets])
    taken: set[str] = set()
    made = [(contacts[t.contact], await unused_code(storage, secret, taken)) for t in targets]
    await storage.codes.add(
        [codes.record(c, CodePurpose.CONTACT, who.id, secret=secret, now=now, name=who.name) for who, c in made]
    )
    return made


async def unused_code(storage: Storage, secret: bytes, taken: set[str] | None = None) -> str:
    """A fresh code that stands for nobody yet; it joins `taken`."""
    taken = set() if taken is None else taken
    while True:
        code = codes.fresh(taken)
        taken.add(code)
        if await storage.codes.get(codes.code_id(code, secret)) is None:
            return code


async def ensure_administrators(storage: Storage, settings: Settings, now: datetime) -> None:
    """Everybody in ADMINS whom a channel of this version reaches is administrator; contacts stay who they are.

    Repeatable, by several processes at once. Nobody loses the right by leaving the setting.
    """
    words = Words(settings.locale, settings.timezone)
    for channel, value in settings.admins:
        if channel not in _CHANNELS:
            continue
        known = (await storage.contacts.by_address(channel, [value])).get(value)
        if known is None:
            name = settings.organization_name or words("invite-name")
            await storage.contacts.put([Contact(id=f"admin:{channel}:{value}", name=name)])
            address = Address(channel=channel, value=value, state_at=now, source="settings", agreed_at=now)
            known = await storage.contacts.attach(f"admin:{channel}:{value}", address)
        if known.role is not Role.ADMINISTRATOR:
            await storage.contacts.set_role(known.id, Role.ADMINISTRATOR)
