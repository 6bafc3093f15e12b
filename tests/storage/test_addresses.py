"""What is remembered of an address besides whose it is: consent, when it was last heard of, whether it still serves."""

from __future__ import annotations

import pytest

from storage.base import Storage
from storage.models import Address, AddressState, Reach
from tests.factories import NOW, after, make_address, make_contact

PHONE = "+819012345678"


async def known(storage: Storage) -> Address:
    """The address as it is stored."""
    (contact,) = (await storage.contacts.by_address("whatsapp", [PHONE])).values()
    return next(a for a in contact.addresses if a.value == PHONE)


async def registered(storage: Storage) -> None:
    """A contact with a LINE and a WhatsApp address."""
    await storage.contacts.put([make_contact()])
    await storage.contacts.attach("1001-1", make_address("U1"))
    address = make_address(PHONE, channel="whatsapp", source="code", agreed_at=NOW, heard_at=NOW)
    await storage.contacts.attach("1001-1", address)


async def test_consent_is_kept_with_its_source_and_time(storage: Storage) -> None:
    await registered(storage)

    address = await known(storage)

    assert (address.source, address.agreed_at, address.heard_at) == ("code", NOW, NOW)


async def test_last_time_heard_only_moves_on(storage: Storage) -> None:
    await registered(storage)

    await storage.contacts.hear("whatsapp", {PHONE: after(hours=2), "+81900": NOW, "\ud800": NOW})
    await storage.contacts.hear("whatsapp", {PHONE: after(hours=1)})

    assert (await known(storage)).heard_at == after(hours=2)


async def test_address_never_heard_of_is_heard_of(storage: Storage) -> None:
    await storage.contacts.put([make_contact()])
    await storage.contacts.attach("1001-1", make_address(PHONE, channel="whatsapp"))
    assert (await known(storage)).heard_at is None

    await storage.contacts.hear("whatsapp", {PHONE: NOW})

    assert (await known(storage)).heard_at == NOW


@pytest.mark.parametrize("state", [AddressState.STOPPED, AddressState.GONE])
async def test_address_that_serves_no_longer_is_not_sent_to(storage: Storage, state: AddressState) -> None:
    await registered(storage)

    contact = await storage.contacts.set_state("whatsapp", PHONE, state, after(hours=1))

    assert contact is not None
    assert (contact.active("whatsapp"), contact.reach) == (None, Reach.REACHABLE)
    await storage.contacts.set_state("line", "U1", state, after(hours=1))
    assert (await storage.contacts.get(["1001-1"]))["1001-1"].reach is Reach.BLOCKED
