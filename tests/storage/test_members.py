"""The roster: replaced by id, read by audience."""

from __future__ import annotations

import asyncio

import pytest

from storage.base import Storage
from storage.models import Audience, Member
from tests.factories import make_member

EVERYONE = Audience(everyone=True)
NOBODY = Audience()


def audience(*groups: str) -> Audience:
    return Audience(groups=groups)


async def test_a_member_comes_back_as_given(storage: Storage) -> None:
    given = make_member(groups=("1年A組", "吹奏楽部", "a.b", "$x", "\x00"), name="髙﨑 😀", kana="")
    await storage.members.put([given])
    assert await storage.members.get([given.id]) == {given.id: given}


async def test_put_replaces_by_id(storage: Storage) -> None:
    await storage.members.put([make_member(groups=("1年A組", "吹奏楽部"))])
    again = make_member(name="山田 次郎", groups=("2年A組",))
    await storage.members.put([again])
    assert await storage.members.get(["1001"]) == {"1001": again}
    assert await storage.members.groups() == {"2年A組": 1}
    assert await storage.members.page(audience("1年A組", "吹奏楽部"), "", 10) == []
    assert await storage.members.sample(audience("2年A組"), 10) == [again]


async def test_put_twice_is_put_once(storage: Storage) -> None:
    members = [make_member(f"{n}") for n in range(1001, 1004)]
    await asyncio.gather(*(storage.members.put(members) for _ in range(3)))
    assert await storage.members.count(EVERYONE) == 3
    assert await storage.members.page(EVERYONE, "", 10) == members


async def test_of_a_member_twice_in_one_batch_the_last_stands(storage: Storage) -> None:
    await storage.members.put([make_member(name="a", groups=("x",)), make_member(name="b", groups=("y",))])
    assert [m.name for m in await storage.members.page(EVERYONE, "", 10)] == ["b"]
    assert await storage.members.groups() == {"y": 1}


async def test_nothing_to_put_or_get_is_no_error(storage: Storage) -> None:
    await storage.members.put([])
    assert await storage.members.get([]) == {}
    assert await storage.members.get(["nobody", "\ud800"]) == {}
    assert await storage.members.groups() == {}


@pytest.mark.parametrize("nobody", [NOBODY, audience("無い組")])
async def test_an_audience_of_nobody_is_empty(storage: Storage, nobody: Audience) -> None:
    await storage.members.put([make_member()])
    assert await storage.members.page(nobody, "", 10) == []
    assert await storage.members.sample(nobody, 10) == []
    assert await storage.members.count(nobody) == 0


async def test_a_page_begins_after_the_id_and_ends_at_the_limit(storage: Storage) -> None:
    await storage.members.put([make_member(f"{n}") for n in (1003, 1001, 1002, 1004)])
    assert [m.id for m in await storage.members.page(audience("1年A組"), "", 2)] == ["1001", "1002"]
    assert [m.id for m in await storage.members.page(audience("1年A組"), "1002", 2)] == ["1003", "1004"]
    assert await storage.members.page(audience("1年A組"), "1004", 2) == []


async def test_members_of_any_of_the_groups_come_once(storage: Storage) -> None:
    groups = [("a",), ("b",), ("a", "b"), ("c",), ()]
    await storage.members.put([make_member(f"{n}", groups=g) for n, g in enumerate(groups)])
    both = audience("a", "b", "a")
    assert [m.id for m in await storage.members.page(both, "", 10)] == ["0", "1", "2"]
    assert [m.id for m in await storage.members.page(both, "0", 1)] == ["1"]
    assert {m.id for m in await storage.members.sample(both, 10)} == {"0", "1", "2"}
    assert await storage.members.count(both) == 3
    assert await storage.members.count(EVERYONE) == 5


async def test_everyone_holds_who_is_in_no_group(storage: Storage) -> None:
    await storage.members.put([make_member(groups=())])
    assert [m.id for m in await storage.members.page(EVERYONE, "", 10)] == ["1001"]


async def test_a_group_named_like_everyone_is_a_group(storage: Storage) -> None:
    await storage.members.put([make_member("1", groups=("*",)), make_member("2", groups=("",)), make_member("3")])
    assert await storage.members.count(audience("*")) == 1
    assert await storage.members.count(audience("")) == 1
    assert await storage.members.groups() == {"": 1, "*": 1, "1年A組": 1}


async def test_the_sample_holds_the_first_by_sort_key(storage: Storage) -> None:
    kana = {"1": "ワタナベ", "2": "アベ", "3": "カトウ", "4": "アベ"}
    await storage.members.put([make_member(i, kana=k) for i, k in kana.items()])
    assert [m.id for m in await storage.members.sample(EVERYONE, 3)] == ["2", "4", "3"]


async def test_a_new_reading_moves_a_member_in_the_sample(storage: Storage) -> None:
    await storage.members.put([make_member("1", kana="ア"), make_member("2", kana="イ")])
    await storage.members.put([make_member("1", kana="ウ")])
    assert [m.id for m in await storage.members.sample(EVERYONE, 5)] == ["2", "1"]


async def test_groups_are_counted_in_the_order_of_their_kana(storage: Storage) -> None:
    members: list[Member] = [
        make_member("1", groups=("ブラス", "2年A組")),
        make_member("2", groups=("1年A組",)),
        make_member("3", groups=("ふぇ", "ブラス")),
    ]
    await storage.members.put(members)
    groups = await storage.members.groups()
    assert list(groups.items()) == [("1年A組", 1), ("2年A組", 1), ("ふぇ", 1), ("ブラス", 2)]


async def test_more_than_a_statement_holds_is_put_and_paged(storage: Storage) -> None:
    members = [make_member(f"{n:05}") for n in range(1300)]
    await storage.members.put(members)
    assert len(await storage.members.get([m.id for m in members])) == 1300
    assert await storage.members.page(EVERYONE, "00099", 700) == members[100:800]
