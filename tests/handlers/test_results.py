"""The results of a notice as a table."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.results import Result, cells, defuse, header, results
from handlers.wording import LOCALES, Words
from storage.base import WINDOW
from storage.models import Notice, Receipt
from tests.handlers.commands_house import START, ZONE, House, opened

WORDS = Words("ja", ZONE)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with opened(tmp_path) as house:
        yield house


async def table(house: House, notice: Notice) -> list[Result]:
    return [row async for row in results(notice, house.storage, WORDS)]


async def test_everyone_stands_in_the_table_with_what_is_known(house: House) -> None:
    for code, kana in (("101", "あおき"), ("102", "いのうえ"), ("103", "うえだ")):
        await house.member(code, f"生徒{code}", kana=kana)
    await house.contact("p1", ("101",), relationship="母")
    await house.contact("p2", ("102",), relationship="父", is_registered=False)
    notice = await house.send(choices=("出席", "欠席"), deadline_at=START + timedelta(hours=1))
    house.later(hours=2)
    await house.tap(notice, "p1", "欠席")
    rows = [cells(row, WORDS) for row in await table(house, notice)]
    assert rows == [
        ("101", "生徒101", "1年A組", "確認済み", "2026-11-29 12:00:00", "LINE", "母", "欠席", "期限後", ""),
        ("102", "生徒102", "1年A組", "未確認", "", "", "父", "", "", "未登録"),
        ("103", "生徒103", "1年A組", "未確認", "", "", "", "", "", "連絡先なし"),
    ]
    assert all(len(row) == len(header(WORDS)) for row in rows)


@pytest.mark.parametrize("count", [WINDOW - 1, WINDOW, WINDOW + 1, 2 * WINDOW])
async def test_the_table_streams_everyone_once_in_order(house: House, count: int) -> None:
    notice = await house.order()
    keys = [f"{i:05}" for i in range(count)]
    receipts = [Receipt(notice=notice.id, member=key, name=key, sort_key=key) for key in keys]
    for first in range(0, count, WINDOW):
        await house.storage.receipts.add(receipts[first : first + WINDOW])
    assert [row.member for row in await table(house, notice)] == keys


async def test_confirmed_and_unconfirmed_are_merged_over_many_windows(house: House) -> None:
    notice = await house.order()
    await house.contact("p", ())
    keys = [f"{i:05}" for i in range(3 * WINDOW)]
    receipts = [
        Receipt(
            notice=notice.id,
            member=k,
            name=k,
            sort_key=k,
            contacts=("p",) if int(k) % 3 else (),
            window=int(k) // WINDOW,
        )
        for k in keys
    ]
    for first in range(0, len(keys), WINDOW):
        await house.storage.receipts.add(receipts[first : first + WINDOW])
    await house.tap(notice, "p")
    rows = await table(house, notice)
    assert [row.member for row in rows] == keys
    assert [row.is_confirmed for row in rows] == [bool(int(k) % 3) for k in keys]


async def test_who_confirms_while_the_table_is_made_is_in_it_once(house: House) -> None:
    notice = await house.order()
    await house.contact("p", ())
    keys = [f"{i:05}" for i in range(WINDOW + 200)]
    for first in range(0, len(keys), WINDOW):
        await house.storage.receipts.add(
            [
                Receipt(notice=notice.id, member=k, name=k, sort_key=k, contacts=("p",), window=first // WINDOW)
                for k in keys[first : first + WINDOW]
            ]
        )
    seen: list[str] = []
    async for row in results(notice, house.storage, WORDS):
        seen.append(row.member)
        if len(seen) == 10:
            await house.tap(notice, "p")
    assert seen == keys


@given(st.text())
def test_no_cell_is_taken_for_a_formula(text: str) -> None:
    assert not defuse(text).startswith(("=", "+", "-", "@", "\t", "\r"))
    assert defuse(text).endswith(text)


@pytest.mark.parametrize("cell", ["=1+1", "+81", "-1", "@x", "\t=1", "＝1"])
def test_a_cell_that_would_run_is_defused(cell: str) -> None:
    row = Result(cell, cell, (cell,), is_confirmed=False)
    assert cells(row, WORDS)[:3] == (f"'{cell}",) * 3


def test_plain_cells_stay_as_they_are() -> None:
    assert defuse("1年A組") == "1年A組"
    assert defuse("") == ""


@pytest.mark.parametrize("locale", LOCALES)
def test_every_column_has_a_name_of_its_own(locale: str) -> None:
    assert len(set(header(Words(locale, ZONE)))) == len(header(WORDS))
