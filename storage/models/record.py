"""What every record shares: time as it is stored, equality by value, the order of Japanese names."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict


def is_storable(text: str) -> bool:
    """Whether a database can keep it: no lone surrogate in it. Nothing stored can equal a text that has one."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def to_moment(value: datetime) -> datetime:
    """The stored form of a time: aware UTC, cut to milliseconds (what MongoDB keeps)."""
    if value.tzinfo is None:
        raise ValueError("a time without a zone cannot be stored")
    if value.tzinfo is not UTC:
        value = value.astimezone(UTC)
    spare = value.microsecond % 1000
    return value.replace(microsecond=value.microsecond - spare) if spare else value


Moment = Annotated[datetime, AfterValidator(to_moment)]


class Record(BaseModel):
    """A stored record: immutable, compared by value; unknown fields of a newer program are passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    def but(self, **changes: Any) -> Self:
        """The same record with these fields changed, validated again."""
        return type(self).model_validate({**self.model_dump(), **changes})


_KATAKANA_TO_HIRAGANA = {code: code - 0x60 for code in range(ord("ァ"), ord("ヶ") + 1)}


def fold_kana(text: str) -> str:
    """The form in which Japanese names are compared and sorted: NFKC, hiragana, lower case, single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).translate(_KATAKANA_TO_HIRAGANA).casefold().split())
