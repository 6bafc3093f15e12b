"""What stays for urgent notices: which plans have room for it, and when a notice would take it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from handlers.context import Quota
from handlers.reserve import reserved, touches
from storage.base import Storage
from tests.stage import ORGANIZATION, found_school
from tests.storage.conftest import storage

__all__ = ["storage"]


@pytest.mark.parametrize(
    ("limits", "kept"), [([6], 3), ([5], 0), ([200], 3), ([None], 0), ([], 0), ([None, 200], 3), ([200, 5], 0)]
)
async def test_a_plan_with_two_messages_for_everybody_keeps_one(
    storage: Storage, limits: list[int | None], kept: int
) -> None:
    await found_school(storage)
    assert await reserved([Quota(limit, 1) for limit in limits], ORGANIZATION, storage) == kept


async def test_it_can_be_switched_off_and_needs_a_platform_that_answers(storage: Storage) -> None:
    await found_school(storage)
    assert await reserved([Quota(200, 0)], replace(ORGANIZATION, keeps_reserve=False), storage) == 0
    assert await reserved([None], ORGANIZATION, storage) == 0


@pytest.mark.parametrize(
    ("left", "messages", "is_touched"), [(10, 7, False), (9, 7, True), (7, 7, True), (6, 7, False), (None, 7, False)]
)
def test_what_fits_only_without_the_reserve_touches_it(left: int | None, messages: int, is_touched: bool) -> None:
    assert touches(left, messages, 3) is is_touched
