"""What is remembered of an address besides whose it is: consent, when it was last heard of, whether it still serves."""

from __future__ import annotations

from typing import Any

import pytest

from storage.base import Storage
from storage.models import Address, AddressState, Audience, Reach
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


async def test_many_are_heard_of_together_each_at_its_time_and_address(storage: Storage) -> None:
    """A person with two numbers, one of which is new; the same value on another channel is not meant."""
    addresses = {
        "one": (
            make_address("+1", channel="whatsapp"),
            make_address("+2", channel="whatsapp", heard_at=after(hours=5)),
        ),
        "two": (make_address("+3", channel="whatsapp", heard_at=NOW), make_address("+1")),
    }
    await storage.contacts.put([make_contact(i, addresses=held) for i, held in addresses.items()])

    times = {"+1": after(hours=1), "+2": after(hours=2), "+3": after(hours=3)}
    await storage.contacts.hear("whatsapp", times)
    await storage.contacts.hear("whatsapp", times)

    found = await storage.contacts.get(["one", "two"])
    assert [(a.channel, a.value, a.heard_at) for i in ("one", "two") for a in found[i].addresses] == [
        ("whatsapp", "+1", after(hours=1)),
        ("whatsapp", "+2", after(hours=5)),
        ("whatsapp", "+3", after(hours=3)),
        ("line", "+1", None),
    ]


async def test_people_are_counted_by_the_first_channel_that_reaches_them(storage: Storage) -> None:
    blocked = {"state": AddressState.BLOCKED}
    line = make_address

    def phone(value: str, **more: Any) -> Address:
        return make_address(value, channel="whatsapp", **more)

    people = {
        "both": (phone("1"), line("1")),
        "line": (line("2"), line("2-old", **blocked)),
        "phone": (line("3", **blocked), phone("3")),
        "mail": (make_address("4", channel="email"),),
        "blocked": (line("5", **blocked), phone("5", **blocked)),
        "nothing": (),
    }
    await storage.contacts.put([make_contact(i, addresses=held) for i, held in people.items()])
    other = make_contact("elsewhere", members=("9",), groups=("2年B組",), addresses=(line("6"),))
    sibling = make_contact("sibling", groups=("1年A組", "2年B組"), addresses=(phone("7"),))
    staff = make_contact("staff", members=(), groups=(), addresses=(line("8"),))
    await storage.contacts.put([other, sibling, staff])

    async def counted(audience: Audience, *channels: str) -> list[tuple[str, int]]:
        return list((await storage.contacts.count_by_channel(audience, channels)).items())

    assert await counted(Audience(groups=("1年A組",)), "line", "whatsapp") == [("line", 2), ("whatsapp", 2)]
    assert await counted(Audience(groups=("1年A組",)), "whatsapp", "line") == [("whatsapp", 3), ("line", 1)]
    both_groups = Audience(groups=("1年A組", "2年B組"))
    assert await counted(both_groups, "line", "whatsapp") == [("line", 3), ("whatsapp", 2)]
    assert await counted(Audience(everyone=True), "sms", "line") == [("sms", 0), ("line", 3)]

    await storage.contacts.attach("line", phone("7"))
    assert await counted(both_groups, "line", "whatsapp") == [("line", 2), ("whatsapp", 2)], "she was absorbed"


@pytest.mark.parametrize("state", [AddressState.STOPPED, AddressState.GONE])
async def test_address_that_serves_no_longer_is_not_sent_to(storage: Storage, state: AddressState) -> None:
    await registered(storage)

    contact = await storage.contacts.set_state("whatsapp", PHONE, state, after(hours=1))

    assert contact is not None
    assert (contact.active("whatsapp"), contact.reach) == (None, Reach.REACHABLE)
    await storage.contacts.set_state("line", "U1", state, after(hours=1))
    assert (await storage.contacts.get(["1001-1"]))["1001-1"].reach is Reach.BLOCKED
