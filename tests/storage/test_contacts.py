"""Contacts: an address belongs to one, who absorbed others stands for them, nobody reads as reachable who is not."""

from __future__ import annotations

import asyncio

import pytest

from storage.base import Storage
from storage.errors import NotFoundError
from storage.models import AddressState, Audience, Contact, Identity, Reach, Role, Target
from tests.factories import after, make_address, make_contact

EVERYONE = Audience(everyone=True)
CLASS_A = Audience(groups=("1年A組",))


async def one(storage: Storage, contact: str) -> Contact:
    return (await storage.contacts.get([contact]))[contact]


async def ids(storage: Storage, audience: Audience = EVERYONE) -> list[str]:
    return [t.contact for t in await storage.contacts.stream(audience, "", 100)]


async def two_codes_one_mother(storage: Storage) -> Contact:
    """She registered for her first child, then sent the code of the second from the same account."""
    await storage.contacts.put(
        [make_contact("first", members=("1001",)), make_contact("second", members=("2001",), groups=("2年B組",))]
    )
    await storage.contacts.attach("first", make_address("U1"))
    return await storage.contacts.attach("second", make_address("U1", state_at=after(days=1)))


async def test_a_contact_comes_back_as_given(storage: Storage) -> None:
    given = make_contact(
        relationship="母",
        groups=("1年A組", "a.b", "\x00"),
        addresses=(make_address("U1"), make_address("+819012345678", channel="sms", state=AddressState.BLOCKED)),
        locale="en",
        role=Role.SENDER,
    )
    await storage.contacts.put([given])
    assert await storage.contacts.get([given.id]) == {given.id: given}


async def test_get_gives_those_that_exist(storage: Storage) -> None:
    await storage.contacts.put([make_contact("a")])
    assert set(await storage.contacts.get(["a", "b", "\ud800"])) == {"a"}
    assert await storage.contacts.get([]) == {}
    await storage.contacts.put([])


async def test_put_replaces_what_the_roster_knows_and_keeps_the_rest(storage: Storage) -> None:
    await storage.contacts.put([make_contact(locale="en")])
    await storage.contacts.attach("1001-1", make_address())
    await storage.contacts.set_role("1001-1", Role.ADMINISTRATOR)
    before = await one(storage, "1001-1")
    again = make_contact(name="山田 新", relationship="父", members=("1001", "1002"), groups=("2年A組",))
    for _ in range(2):
        await storage.contacts.put([again])
        assert await one(storage, "1001-1") == before.but(
            name="山田 新", relationship="父", members=("1001", "1002"), groups=("2年A組",)
        )
    assert await ids(storage, CLASS_A) == []
    assert await ids(storage, Audience(groups=("2年A組",))) == ["1001-1"]


async def test_put_neither_adds_nor_takes_addresses_of_a_known_contact(storage: Storage) -> None:
    await storage.contacts.put([make_contact()])
    await storage.contacts.put([make_contact(addresses=(make_address(),), role=Role.ADMINISTRATOR, locale="en")])
    assert await one(storage, "1001-1") == make_contact()


async def test_put_leaves_an_address_with_who_holds_it(storage: Storage) -> None:
    await storage.contacts.put([make_contact("a", addresses=(make_address("U1"),))])
    await storage.contacts.put([make_contact("b", addresses=(make_address("U1"), make_address("U2")))])
    assert [x.value for x in (await one(storage, "a")).addresses] == ["U1"]
    assert [x.value for x in (await one(storage, "b")).addresses] == ["U2"]


async def test_of_a_contact_twice_in_one_batch_the_last_stands(storage: Storage) -> None:
    await storage.contacts.put([make_contact(name="a", groups=("x",)), make_contact(name="b", groups=("y",))])
    assert (await one(storage, "1001-1")).name == "b"
    assert await ids(storage, Audience(groups=("x",))) == []


async def test_contacts_are_found_by_address(storage: Storage) -> None:
    mother = make_contact("m", addresses=(make_address("U1"),))
    father = make_contact("f", addresses=(make_address("U2"), make_address("U1", channel="sms")))
    await storage.contacts.put([mother, father])
    assert await storage.contacts.by_address("line", ["U1", "U2", "U3", "\ud800"]) == {"U1": mother, "U2": father}
    assert await storage.contacts.by_address("sms", ["U1"]) == {"U1": father}
    assert await storage.contacts.by_address("line", []) == {}
    assert await storage.contacts.by_address("mail", ["U1"]) == {}


async def test_of_many_addresses_only_what_a_tap_needs_is_read(storage: Storage) -> None:
    both = (make_address("U2"), make_address("U3"), make_address("U1", channel="sms"))
    await storage.contacts.put([make_contact("m", addresses=(make_address("U1"),)), make_contact("f", addresses=both)])
    father = Identity(ids=("f",), locale="ja")
    found = await storage.contacts.identities("line", ["U1", "U2", "U3", "U4", "\ud800"])
    assert found == {"U1": Identity(ids=("m",), locale="ja"), "U2": father, "U3": father}
    assert await storage.contacts.identities("sms", ["U1", "U2"]) == {"U1": father}
    assert await storage.contacts.identities("line", []) == {}
    assert await storage.contacts.identities("mail", ["U1"]) == {}


async def test_whoever_absorbed_others_is_found_under_all_her_ids(storage: Storage) -> None:
    await two_codes_one_mother(storage)
    assert (await storage.contacts.identities("line", ["U1"]))["U1"].ids == ("first", "second")


async def test_attach_gives_an_address(storage: Storage) -> None:
    await storage.contacts.put([make_contact()])
    address = make_address()
    given = await storage.contacts.attach("1001-1", address)
    assert given == make_contact(addresses=(address,))
    assert await one(storage, "1001-1") == given
    assert await storage.contacts.by_address("line", ["U1"]) == {"U1": given}


async def test_attach_again_changes_nothing(storage: Storage) -> None:
    await storage.contacts.put([make_contact()])
    once = await storage.contacts.attach("1001-1", make_address())
    assert await storage.contacts.attach("1001-1", make_address()) == once
    assert await one(storage, "1001-1") == once


async def test_a_contact_may_have_several_addresses(storage: Storage) -> None:
    await storage.contacts.put([make_contact()])
    await storage.contacts.attach("1001-1", make_address("U1"))
    await storage.contacts.attach("1001-1", make_address("U2"))
    contact = await storage.contacts.attach("1001-1", make_address("U1", channel="whatsapp"))
    assert [a.key for a in contact.addresses] == ["line:U1", "line:U2", "whatsapp:U1"]


@pytest.mark.parametrize("contact", ["nobody", "\ud800"])
async def test_attach_to_nobody_is_an_error(storage: Storage, contact: str) -> None:
    with pytest.raises(NotFoundError):
        await storage.contacts.attach(contact, make_address())
    assert await storage.contacts.by_address("line", ["U1"]) == {}


async def test_who_holds_the_address_absorbs_the_contact(storage: Storage) -> None:
    mother = await two_codes_one_mother(storage)
    assert mother.id == "first"
    assert (mother.members, mother.groups) == (("1001", "2001"), ("1年A組", "2年B組"))
    assert mother.ids == ("first", "second")
    assert [a.value for a in mother.addresses] == ["U1"]
    assert await one(storage, "first") == mother
    absorbed = await one(storage, "second")
    assert (absorbed.absorbed_by, absorbed.addresses) == ("first", ())


async def test_absorbing_again_changes_nothing(storage: Storage) -> None:
    mother = await two_codes_one_mother(storage)
    for contact in ("second", "first"):
        assert await storage.contacts.attach(contact, make_address("U1")) == mother
    assert await one(storage, "first") == mother


async def test_an_absorbed_contact_keeps_addresses_of_its_own(storage: Storage) -> None:
    await storage.contacts.put(
        [make_contact("a", addresses=(make_address("U1"),)), make_contact("b", addresses=(make_address("U2"),))]
    )
    taken = await storage.contacts.attach("b", make_address("U1"))
    assert [a.value for a in taken.addresses] == ["U1"]
    (found,) = (await storage.contacts.by_address("line", ["U2"])).values()
    assert (found.id, found.absorbed_by) == ("b", "a")


async def test_an_absorbed_contact_is_left_out_of_every_audience(storage: Storage) -> None:
    await two_codes_one_mother(storage)
    assert await ids(storage) == ["first"]
    assert await ids(storage, Audience(groups=("2年B組",))) == ["first"]
    assert [c.id for c in await storage.contacts.page(EVERYONE, Reach.UNREGISTERED, "", 10)] == []
    assert await storage.contacts.count(EVERYONE) == {Reach.REACHABLE: 1, Reach.BLOCKED: 0, Reach.UNREGISTERED: 0}
    of = await storage.contacts.of_members(["2001"])
    assert [t.contact for t in of["2001"]] == ["first"]


async def test_an_absorbed_id_means_whoever_absorbed_it(storage: Storage) -> None:
    await two_codes_one_mother(storage)
    mother = await storage.contacts.attach("second", make_address("U9"))
    assert (mother.id, [a.value for a in mother.addresses]) == ("first", ["U1", "U9"])
    assert (await one(storage, "second")).addresses == ()


async def test_who_absorbed_can_be_absorbed_with_all_ids(storage: Storage) -> None:
    await two_codes_one_mother(storage)
    await storage.contacts.put([make_contact("third", members=("3001",), groups=())])
    await storage.contacts.attach("third", make_address("U3"))
    third = await storage.contacts.attach("second", make_address("U3"))
    assert third.id == "third"
    assert set(third.ids) == {"first", "second", "third"}
    assert set(third.members) == {"1001", "2001", "3001"}
    assert await ids(storage) == ["third"]
    assert await storage.contacts.attach("second", make_address("U1")) == third, "U1 is still first's, who is third now"


async def test_reading_the_roster_again_takes_no_child_from_who_registered_for_two(storage: Storage) -> None:
    mother = await two_codes_one_mother(storage)
    roster = [
        make_contact("first", members=("1001",)),
        make_contact("second", members=("2001",), groups=("2年B組",)),
    ]
    for batch in (roster, roster[:1], roster[1:]):
        await storage.contacts.put(batch)
        assert await one(storage, "first") == mother
    assert await ids(storage, Audience(groups=("2年B組",))) == ["first"]


async def test_what_is_put_for_an_absorbed_id_goes_to_who_absorbed_it(storage: Storage) -> None:
    await two_codes_one_mother(storage)
    await storage.contacts.put([make_contact("second", members=("2001", "2002"), groups=("3年C組",))])
    mother = await one(storage, "first")
    assert (mother.members, mother.groups) == (("1001", "2001", "2002"), ("1年A組", "3年C組"))
    assert await ids(storage, Audience(groups=("2年B組",))) == []
    assert await ids(storage, Audience(groups=("3年C組",))) == ["first"]
    assert (await one(storage, "second")).absorbed_by == "first"


async def test_of_many_who_attach_one_address_one_holds_it(storage: Storage) -> None:
    await storage.contacts.put([make_contact(f"c{n}", members=(f"m{n}",)) for n in range(6)])
    found = await asyncio.gather(*(storage.contacts.attach(f"c{n}", make_address("U1")) for n in range(6)))
    holder = (await storage.contacts.by_address("line", ["U1"]))["U1"]
    assert {c.id for c in found} == {holder.id}
    assert set(holder.ids) == {f"c{n}" for n in range(6)}
    assert set(holder.members) == {f"m{n}" for n in range(6)}
    assert await ids(storage) == [holder.id]


async def test_a_blocked_contact_is_no_longer_reachable(storage: Storage) -> None:
    await storage.contacts.put([make_contact(addresses=(make_address(),))])
    blocked = await storage.contacts.set_state("line", "U1", AddressState.BLOCKED, after(seconds=1))
    assert blocked is not None
    assert blocked.reach is Reach.BLOCKED
    assert blocked.addresses == (make_address(state=AddressState.BLOCKED, state_at=after(seconds=1)),)
    assert await one(storage, "1001-1") == blocked
    assert await storage.contacts.count(CLASS_A) == {Reach.REACHABLE: 0, Reach.BLOCKED: 1, Reach.UNREGISTERED: 0}
    (target,) = await storage.contacts.stream(CLASS_A, "", 10)
    assert target.reach is Reach.BLOCKED


async def test_an_older_state_never_overrules_a_newer_one(storage: Storage) -> None:
    await storage.contacts.put([make_contact(addresses=(make_address(),))])
    await storage.contacts.set_state("line", "U1", AddressState.BLOCKED, after(seconds=9))
    for seconds in (5, 9):
        late = await storage.contacts.set_state("line", "U1", AddressState.ACTIVE, after(seconds=seconds))
        assert late is not None
        assert late.reach is Reach.BLOCKED
    newer = await storage.contacts.set_state("line", "U1", AddressState.ACTIVE, after(seconds=9, milliseconds=1))
    assert newer is not None
    assert newer.reach is Reach.REACHABLE


async def test_a_state_told_twice_changes_nothing(storage: Storage) -> None:
    await storage.contacts.put([make_contact(addresses=(make_address(),))])
    once = await storage.contacts.set_state("line", "U1", AddressState.BLOCKED, after(seconds=1))
    assert await storage.contacts.set_state("line", "U1", AddressState.BLOCKED, after(seconds=1)) == once


async def test_states_told_by_many_at_once_end_with_the_newest(storage: Storage) -> None:
    await storage.contacts.put([make_contact(addresses=(make_address(),))])
    states = [AddressState.BLOCKED, AddressState.ACTIVE] * 4
    await asyncio.gather(*(storage.contacts.set_state("line", "U1", s, after(seconds=n)) for n, s in enumerate(states)))
    assert (await one(storage, "1001-1")).addresses == (make_address(state=states[-1], state_at=after(seconds=7)),)


async def test_the_state_of_an_unknown_address_concerns_nobody(storage: Storage) -> None:
    assert await storage.contacts.set_state("line", "U1", AddressState.BLOCKED, after()) is None


async def test_one_active_address_is_enough_to_be_reachable(storage: Storage) -> None:
    await storage.contacts.put([make_contact(addresses=(make_address("U1"), make_address("+81", channel="sms")))])
    contact = await storage.contacts.set_state("line", "U1", AddressState.BLOCKED, after(seconds=1))
    assert contact is not None
    assert contact.reach is Reach.REACHABLE
    assert (await storage.contacts.count(EVERYONE))[Reach.REACHABLE] == 1


async def test_a_target_is_the_contact_in_small(storage: Storage) -> None:
    await storage.contacts.put([make_contact("x"), make_contact("y", members=("2001",), locale="en")])
    await storage.contacts.attach("y", make_address("U1"))
    await storage.contacts.attach("x", make_address("U1"))
    (target,) = await storage.contacts.stream(CLASS_A, "", 10)
    assert target == Target("y", ("2001", "1001"), ("x",), (("line", "U1", "active"),), "en")
    assert target.active("line") == "U1"
    assert await storage.contacts.targets(["y", "nobody"]) == {"y": target}
    assert (target.ids, target.absorbed_by) == (("y", "x"), None)
    assert (await storage.contacts.targets(["x"]))["x"].absorbed_by == "y"


async def test_a_target_tells_who_stands_for_it_however_it_came_to_that(storage: Storage) -> None:
    """a was absorbed by b, and both then by c."""
    await storage.contacts.put([make_contact(i, members=(f"m-{i}",)) for i in "abc"])
    await storage.contacts.attach("b", make_address("U-b"))
    await storage.contacts.attach("a", make_address("U-b"))
    await storage.contacts.attach("c", make_address("U-c"))
    await storage.contacts.attach("b", make_address("U-c"))
    found = await storage.contacts.targets("abc")
    assert {i: found[i].absorbed_by for i in "abc"} == {"a": "c", "b": "c", "c": None}
    assert sorted(found["c"].ids) == ["a", "b", "c"]


async def test_the_stream_begins_after_the_id_and_ends_at_the_limit(storage: Storage) -> None:
    await storage.contacts.put([make_contact(f"c{n}", addresses=(make_address(f"U{n}"),) * (n % 2)) for n in range(7)])
    first = await storage.contacts.stream(CLASS_A, "", 3)
    assert [t.contact for t in first] == ["c0", "c1", "c2"]
    assert [t.contact for t in await storage.contacts.stream(CLASS_A, "c2", 3)] == ["c3", "c4", "c5"]
    assert [t.contact for t in await storage.contacts.stream(CLASS_A, "c6", 3)] == []


async def test_contacts_of_several_groups_come_once(storage: Storage) -> None:
    await storage.contacts.put(
        [make_contact("c1", groups=("a", "b")), make_contact("c2", groups=("b",)), make_contact("c3", groups=("c",))]
    )
    both = Audience(groups=("b", "a", "b"))
    assert await ids(storage, both) == ["c1", "c2"]
    assert (await storage.contacts.count(both))[Reach.UNREGISTERED] == 2
    assert [c.id for c in await storage.contacts.page(both, Reach.UNREGISTERED, "", 10)] == ["c1", "c2"]
    assert [t.contact for t in await storage.contacts.stream(both, "", 1)] == ["c1"]


async def test_who_stands_for_no_member_belongs_to_no_audience(storage: Storage) -> None:
    await storage.contacts.put([make_contact("office", members=(), groups=("1年A組",))])
    for audience in (EVERYONE, CLASS_A):
        assert await ids(storage, audience) == []
        assert await storage.contacts.count(audience) == dict.fromkeys(Reach, 0)


async def test_an_audience_of_nobody_has_no_contacts(storage: Storage) -> None:
    await storage.contacts.put([make_contact()])
    assert await ids(storage, Audience()) == []
    assert await storage.contacts.count(Audience()) == dict.fromkeys(Reach, 0)
    assert await storage.contacts.page(Audience(), Reach.UNREGISTERED, "", 10) == []


async def test_a_page_holds_one_reach_only(storage: Storage) -> None:
    await storage.contacts.put(
        [
            make_contact("c1"),
            make_contact("c2", addresses=(make_address("U2"),)),
            make_contact("c3", addresses=(make_address("U3", state=AddressState.BLOCKED),)),
            make_contact("c4"),
        ]
    )
    assert [c.id for c in await storage.contacts.page(CLASS_A, Reach.UNREGISTERED, "", 10)] == ["c1", "c4"]
    assert [c.id for c in await storage.contacts.page(CLASS_A, Reach.UNREGISTERED, "c1", 10)] == ["c4"]
    assert [c.id for c in await storage.contacts.page(CLASS_A, Reach.UNREGISTERED, "", 1)] == ["c1"]
    (reachable,) = await storage.contacts.page(EVERYONE, Reach.REACHABLE, "", 10)
    assert reachable == await one(storage, "c2")
    assert [c.id for c in await storage.contacts.page(EVERYONE, Reach.BLOCKED, "", 10)] == ["c3"]
    assert await storage.contacts.count(EVERYONE) == {Reach.REACHABLE: 1, Reach.BLOCKED: 1, Reach.UNREGISTERED: 2}


async def test_every_contact_of_each_member_by_id(storage: Storage) -> None:
    await storage.contacts.put(
        [make_contact("b", members=("1", "2")), make_contact("a", members=("2",)), make_contact("c", members=("3",))]
    )
    found = await storage.contacts.of_members(["1", "2", "nobody", "\ud800"])
    assert {m: [t.contact for t in targets] for m, targets in found.items()} == {
        "1": ["b"],
        "2": ["a", "b"],
        "nobody": [],
        "\ud800": [],
    }
    assert await storage.contacts.of_members([]) == {}


async def test_a_role_is_set(storage: Storage) -> None:
    await storage.contacts.put([make_contact("b"), make_contact("a"), make_contact("c")])
    for contact in ("b", "a"):
        await storage.contacts.set_role(contact, Role.ADMINISTRATOR)
    await storage.contacts.set_role("c", Role.VIEWER)
    assert [c.id for c in await storage.contacts.administrators()] == ["a", "b"]
    await storage.contacts.set_role("b", Role.NONE)
    assert [c.id for c in await storage.contacts.administrators()] == ["a"]


async def test_a_role_for_nobody_is_an_error(storage: Storage) -> None:
    with pytest.raises(NotFoundError):
        await storage.contacts.set_role("nobody", Role.VIEWER)
    assert await storage.contacts.administrators() == []


async def test_more_than_a_statement_holds_is_put_and_streamed(storage: Storage) -> None:
    contacts = [make_contact(f"c{n:05}", members=(f"m{n}",)) for n in range(1100)]
    await storage.contacts.put(contacts)
    assert len(await storage.contacts.stream(EVERYONE, "c00099", 700)) == 700
    assert await storage.contacts.count(CLASS_A) == {Reach.REACHABLE: 0, Reach.BLOCKED: 0, Reach.UNREGISTERED: 1100}
    assert len(await storage.contacts.of_members([f"m{n}" for n in range(1100)])) == 1100


async def test_the_count_holds_however_often_an_absorbed_id_is_put(storage: Storage) -> None:
    for contact in ("x", "y"):
        await storage.contacts.put([make_contact("x"), make_contact("y")])
        await storage.contacts.attach(contact, make_address("U1"))
    for groups in ((), ("1年A組", "吹奏楽部"), ("1年A組",)):
        await storage.contacts.put([make_contact("x", groups=groups), make_contact("y", groups=groups)])
        for audience in (EVERYONE, CLASS_A, Audience(groups=("吹奏楽部",))):
            found = await storage.contacts.count(audience)
            assert sum(found.values()) == len(await ids(storage, audience)), (groups, audience)
