"""A mailing becomes chunks, several in one step: nobody twice, nobody left out, whoever else is at work or stops."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import pytest

from handlers import fan_out as fan_out_module
from handlers.fan_out import Publisher, fan_out
from storage.base import Storage
from storage.errors import StorageDownError
from storage.models import Address, Audience, Contact, Mailing, Outgoing
from tests.factories import make_mailing, make_notice
from tests.stage import ORGANIZATION, START, FakePlatform, found_school, user

CHILDREN = 24
CONTACTS = sorted(["c1f", *(f"c{n}" for n in range(1, CHILDREN + 1))])


@pytest.fixture
async def mailing(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> Mailing:
    """A notice to a school, in windows of two."""
    monkeypatch.setattr(fan_out_module, "WINDOW", 2)
    await found_school(storage, CHILDREN)
    await storage.notices.add(make_notice("n1", created_at=START, audience=Audience(groups=("1年A組",))))
    return await storage.mailings.add(make_mailing("n1", created_at=START, due_at=START))


def publisher(storage: Storage) -> Publisher:
    """Of a process that has just started."""
    return Publisher(storage, ORGANIZATION, {"line": FakePlatform()})


async def steps(mailing: Mailing, by: Publisher, most: int = 99) -> int:
    """So many steps of the fan-out, or all; how many there were."""
    for number in range(most):
        if await fan_out(mailing, by, START):
            return number
    return most


async def chunks(storage: Storage) -> list[Outgoing]:
    """As they stand."""
    found: list[Outgoing] = []
    while (chunk := await storage.outbox.chunk("n1/notice", len(found))) is not None:
        found.append(chunk)
    return found


def people(calls: Sequence[Outgoing]) -> list[str]:
    """Everybody whom they cover, as often as they do."""
    return sorted([*(r.contact for c in calls for r in c.recipients), *(who for c in calls for who, _ in c.skipped)])


async def test_the_first_chunk_comes_alone_and_the_others_together(storage: Storage, mailing: Mailing) -> None:
    town = publisher(storage)
    await steps(mailing, town, 1)
    assert len(await chunks(storage)) == 1

    assert await steps(mailing, town) < len(await chunks(storage)) // 2
    assert people(await chunks(storage)) == CONTACTS
    assert [len(await storage.receipts.page("n1", True, "", 99))] == [CHILDREN]


@pytest.mark.parametrize("ahead", [1, 2, 3])
async def test_who_lost_a_race_goes_on_from_where_the_winner_came_to(
    storage: Storage, mailing: Mailing, ahead: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, quick = publisher(storage), publisher(storage)
    await steps(mailing, slow, 3)
    before = len(await chunks(storage))
    monkeypatch.setattr(fan_out_module, "WINDOW", 3)
    await steps(mailing, quick, ahead)
    monkeypatch.setattr(fan_out_module, "WINDOW", 2)

    await steps(mailing, slow)

    assert len((await chunks(storage))[before].recipients) == 3
    assert people(await chunks(storage)) == CONTACTS


@pytest.fixture
def no_cards(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """The process stops whenever it comes to the parts of a chunk."""

    async def no(_: object) -> None:
        raise StorageDownError("stopped")

    with monkeypatch.context() as patch:
        patch.setattr(storage.outbox, "add", no)
        yield patch


async def test_a_stop_before_the_cards_of_a_chunk_leaves_nobody_out(
    storage: Storage, mailing: Mailing, no_cards: pytest.MonkeyPatch
) -> None:
    notice = (await storage.notices.get(["n1"]))["n1"]
    await storage.notices.add(notice.but(id="n2", body="{名前}さんへ"))
    own = await storage.mailings.add(make_mailing("n2", created_at=START, due_at=START))
    with pytest.raises(StorageDownError):
        await steps(own, publisher(storage))
    no_cards.undo()

    await steps(own, publisher(storage))

    carried = await storage.outbox.covering("n2/notice", CONTACTS)
    assert Counter(bool(call.part) for call in carried.values()) == {True: CHILDREN, False: 1}


async def test_a_stop_before_the_cards_of_a_chunk_among_others_leaves_nobody_out(
    storage: Storage, mailing: Mailing, no_cards: pytest.MonkeyPatch
) -> None:
    await storage.contacts.put([Contact(id="c20e", name="Mother", members=("m20",), groups=("1年A組",), locale="en")])
    await storage.contacts.attach("c20e", Address(channel="line", value=user(101), state_at=START))
    with pytest.raises(StorageDownError):
        await steps(mailing, publisher(storage))
    no_cards.undo()

    await steps(mailing, publisher(storage))

    carried = await storage.outbox.covering("n1/notice", [*CONTACTS, "c20e"])
    assert Counter(bool(call.body) for call in carried.values()) == {True: CHILDREN + 2}
