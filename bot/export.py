"""Tables as files that people open in a spreadsheet: results, rosters, registration codes. CSV or XLSX by the ending.

What is written names people: only the owner can read it. It is whole or not there at all.
"""

from __future__ import annotations

import csv
import os
import secrets
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from handlers.errors import RefusedError
from handlers.results import cells, defuse, header, results
from handlers.wording import Words
from storage.base import Storage
from storage.models import Notice

Row = Callable[[Sequence[str]], None]
"""Writes one row."""

ENDINGS = (".csv", ".xlsx")


def check_ending(file: Path) -> None:
    """Raises: RefusedError, if no table can be written under this name."""
    if file.suffix.lower() not in ENDINGS:
        raise RefusedError("cli-ending")


@contextmanager
def new_table(file: Path, *, overwrite: bool = True) -> Iterator[Row]:
    """Write a table row by row; the file is in place, and on disk, when the block ends without an error.

    Raises: RefusedError, if the ending is none of ENDINGS; FileExistsError, where nothing is overwritten; OSError.
    """
    check_ending(file)
    made = file.with_name(f".{file.name}.{secrets.token_hex(4)}") if overwrite else file
    handle = os.open(made, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    table = _csv if file.suffix.lower() == ".csv" else _xlsx
    try:
        with table(handle) as row:
            yield row
        if overwrite:
            made.replace(file)
    except BaseException:
        made.unlink(missing_ok=True)
        raise


@contextmanager
def _csv(handle: int) -> Iterator[Row]:
    """UTF-8 with a mark, which Excel needs to read Japanese; lines end as RFC 4180 says."""
    with os.fdopen(handle, "w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)

        def row(cells: Sequence[str]) -> None:
            writer.writerow([defuse(cell) for cell in cells])

        yield row
        _sync(stream)


@contextmanager
def _xlsx(handle: int) -> Iterator[Row]:
    """Every cell is text, so that nothing is computed and no zero is lost. Rows go to disk as they come."""
    with os.fdopen(handle, "wb") as stream:
        book = Workbook(write_only=True)
        sheet = book.create_sheet()
        try:
            yield lambda row: sheet.append([_text_cell(sheet, text) for text in row])
        except BaseException:
            sheet.close()
            raise
        book.save(stream)
        _sync(stream)


def _text_cell(sheet: Any, text: str) -> Any:
    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", text))
    cell.data_type, cell.number_format = "s", "@"
    return cell


def _sync(stream: IO[Any]) -> None:
    stream.flush()
    os.fsync(stream.fileno())


async def result_rows(notice: Notice, storage: Storage, words: Words) -> AsyncIterator[tuple[str, ...]]:
    """The head, then a row for every member of the notice."""
    yield header(words)
    async for result in results(notice, storage, words):
        yield cells(result, words)
