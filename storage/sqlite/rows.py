"""Values as SQLite keeps them: times as whole milliseconds, small collections as JSON text, ids in `IN` lists.

Knows no table. Each record's own codec stands beside its verbs.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import chain
from types import UnionType
from typing import Any, Generic, TypeVar, get_args, get_origin

import orjson
from pydantic import BaseModel

from storage.models import Record
from storage.models import is_storable as is_storable

R = TypeVar("R", bound=Record)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_IN_LIST = 512
"""Ids per `IN` list: far below SQLite's 32,766 variables, and few enough statements to stay prepared."""


def to_ms(moment: datetime) -> int:
    """Milliseconds since 1970, cut. Raises TypeError for a time without a zone."""
    return (moment - _EPOCH) // _MILLISECOND


@lru_cache(maxsize=1024)
def from_ms(milliseconds: int) -> datetime:
    """The aware UTC time again."""
    return _EPOCH + timedelta(milliseconds=milliseconds)


def to_ms_or_none(moment: datetime | None) -> int | None:
    return None if moment is None else to_ms(moment)


def from_ms_or_none(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else from_ms(milliseconds)


def to_json(value: object) -> str:
    """JSON text. Raises TypeError for a string that is not Unicode (a lone surrogate)."""
    return orjson.dumps(value, default=_plain).decode()


from_json = orjson.loads


def _plain(value: object) -> object:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    raise TypeError(f"{type(value).__name__} cannot be stored")


def insert_into(table: str, columns: Sequence[str], tail: str = "") -> str:
    """The statement that adds a row, its values in the order of `columns`."""
    marks = ", ".join("?" * len(columns))
    return " ".join(("INSERT INTO", table, "(", ", ".join(columns), ") VALUES (", marks, ")", tail))


def among(db: sqlite3.Connection, statement: str, ids: Collection[str], *fixed: object) -> Iterator[sqlite3.Row]:
    """Rows of a statement that ends its filter with `IN (...)`, for any number of ids; `fixed` fills what is before.

    Lists are padded to powers of two, so that a handful of statements serves every size.
    """
    wanted = sorted(i for i in set(ids) if is_storable(i))
    for start in range(0, len(wanted), _IN_LIST):
        piece = wanted[start : start + _IN_LIST]
        size = 1 << (len(piece) - 1).bit_length()
        piece += piece[-1:] * (size - len(piece))
        yield from db.execute(statement.replace("...", ", ".join("?" * size)), (*fixed, *piece))


def smallest(ranges: Iterable[Sequence[str]], limit: int) -> list[str]:
    """The first `limit` keys of several sorted ranges together, each key once."""
    return sorted(set(chain.from_iterable(ranges)))[:limit]


class Shape(Generic[R]):
    """How a record lies in its table: a column for each field."""

    def __init__(self, table: str, record: type[R], *more: str) -> None:
        self._record = record
        kinds = {name: field.annotation for name, field in record.model_fields.items()}
        self._collections = [name for name, kind in kinds.items() if _is_collection(kind)]
        moments = [name for name, kind in kinds.items() if _holds(kind, datetime)]
        self._moments = [name for name in moments if name not in self._collections]
        self.columns = tuple(kinds)
        self.insert = insert_into(table, (*self.columns, *more))
        self.insert_once = insert_into(table, (*self.columns, *more), "ON CONFLICT (id) DO NOTHING")
        settings = ", ".join(f"{c} = excluded.{c}" for c in (*self.columns, *more))
        self.put = insert_into(table, (*self.columns, *more), f"ON CONFLICT (id) DO UPDATE SET {settings}")

    def row(self, record: R, *more: object) -> tuple[object, ...]:
        """The record's values in the order of `columns`, then those of the further columns."""
        return (*(_column(getattr(record, name)) for name in self.columns), *more)

    def record(self, row: sqlite3.Row) -> R:
        """The record again, from a row with at least its columns."""
        values: dict[str, Any] = {name: row[name] for name in self.columns}
        for name in self._moments:
            values[name] = from_ms_or_none(values[name])
        for name in self._collections:
            values[name] = None if values[name] is None else from_json(values[name])
        return self._record.model_validate(values)


def _column(value: object) -> object:
    if isinstance(value, datetime):
        return to_ms(value)
    if isinstance(value, tuple | dict | BaseModel):
        return to_json(value)
    return int(value) if isinstance(value, bool) else value


def _holds(kind: Any, wanted: type) -> bool:
    return kind is wanted or any(_holds(part, wanted) for part in get_args(kind))


def _is_collection(kind: Any) -> bool:
    if get_origin(kind) is UnionType:
        return any(map(_is_collection, get_args(kind)))
    return get_origin(kind) in (tuple, dict) or (isinstance(kind, type) and issubclass(kind, BaseModel))
