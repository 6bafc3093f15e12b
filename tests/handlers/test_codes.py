"""Registration codes: typed in any way, stored in none that helps a thief."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from handlers import codes
from storage.models import CodePurpose

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "typed",
    [
        "12345678",
        "1234-5678",
        "１２３４５６７８",
        "１２３４－５６７８",
        " 1234 5678 ",
        "1234　5678",
        "1234ー5678",
        "1234–5678\n",
    ],
)
def test_a_code_is_read_however_it_is_typed(typed: str) -> None:
    assert codes.normalize(typed) == "12345678"


@pytest.mark.parametrize(
    "typed", ["", "1234567", "123456789", "登録", "1234567a", "一二三四五六七八", "+12345678", "١٢٣٤٥٦٧٨"]
)
def test_anything_else_is_no_code(typed: str) -> None:
    assert codes.normalize(typed) is None


def test_fresh_codes_are_eight_digits_and_never_one_that_is_taken() -> None:
    taken: set[str] = set()
    for _ in range(500):
        code = codes.fresh(taken)
        assert code not in taken
        assert codes.normalize(codes.shown(code)) == code
        taken.add(code)


def test_the_stored_code_says_nothing_of_the_digits_without_the_secret() -> None:
    stored = codes.record("12345678", CodePurpose.CONTACT, "001-1", secret=b"one", now=NOW)
    assert "12345678" not in stored.model_dump_json()
    assert stored.id == codes.code_id("12345678", b"one")
    assert stored.id != codes.code_id("12345678", b"two")


@pytest.mark.parametrize(
    ("purpose", "lifetime"),
    [(CodePurpose.CONTACT, timedelta(days=60)), (CodePurpose.ADMINISTRATOR, timedelta(hours=24))],
)
def test_a_code_lives_as_long_as_its_purpose_allows(purpose: CodePurpose, lifetime: timedelta) -> None:
    stored = codes.record("12345678", purpose, "someone", secret=b"one", now=NOW)
    assert stored.expires_at - stored.created_at == lifetime


def test_without_a_secret_nothing_is_hashed() -> None:
    with pytest.raises(ValueError, match="secret"):
        codes.code_id("12345678", b"")


def test_only_normalized_codes_are_hashed() -> None:
    with pytest.raises(ValueError, match="not a code"):
        codes.code_id("1234-5678", b"one")
