"""A roster as organisations keep it, read into entries: Japanese or English heads, any encoding Excel saves.

Pure: it knows neither files nor what is remembered already. A line that cannot be used is complained of, and loses none
of its neighbours.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from handlers.errors import RefusedError

MOST_GUARDIANS = 4
LONGEST = {"code": 40, "name": 80, "kana": 80, "group": 40, "relationship": 20}
MOST_GROUPS = 20
_HEAD_WITHIN = 10
"""Spreadsheets begin with a title or two: the head is looked for in so many lines."""

_HEADS: dict[str, tuple[str, ...]] = {
    "code": ("code", "id", "番号", "コード", "名簿番号", "学籍番号", "社員番号", "会員番号", "職員番号"),
    "name": ("name", "名前", "氏名", "お名前", "児童名", "生徒名"),
    "kana": ("kana", "ふりがな", "フリガナ", "かな", "カナ", "よみ", "よみがな", "読み"),
    "groups": ("groups", "group", "class", "組", "クラス", "グループ", "学級", "所属", "部署"),
    "self": ("self", "本人"),
}
_GUARDIAN_HEADS: dict[str, tuple[str, ...]] = {
    "name": ("guardian{}name", "guardian{}", "保護者{}", "保護者{}名前", "保護者{}氏名", "保護者名{}", "保護者氏名{}"),
    "relationship": ("relationship{}", "guardian{}relationship", "続柄{}", "保護者{}続柄"),
    "code": ("guardian{}code", "guardiancode{}", "保護者{}番号", "保護者番号{}", "保護者{}コード"),
}
_OURS = re.compile(r"(本人|保護者\d)の状態|(self|guardian\d)state")
"""Columns that we write for people to read, and pass over when the file comes back."""
_IGNORED_IN_HEADS = re.compile(r"[\s_\-・.()※*]+")
_SEPARATORS = re.compile(r"[、,;/\n]")
_CODE = re.compile(r"[^\s/:,;%\"']+")
_EXCEL_NUMBER = re.compile(r"\d(\.\d+)?E\+\d+", re.IGNORECASE)
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
_YES = {"1", "yes", "y", "true", "x", "o", "はい", "有", "本人", "○", "〇", "◯", "✓", "✔", "レ"}
_EVERYONE = {"全員", "みんな", "everyone", "all"}
_UNUSABLE = {"Cc", "Cs", "Co", "Cn"}
_OVERRIDES = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_INVISIBLE = {"\u200b", "\u2060", "\ufeff"}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a table: its number as an editor or spreadsheet counts, and its cells."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Complaint:
    """What is wrong with a line, or worth saying of it; `key` names the sentence."""

    key: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Guardian:
    """Somebody who receives for a member; `place` is the column's number."""

    place: int
    name: str
    relationship: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One member as the file has them."""

    line: int
    code: str
    name: str
    kana: str = ""
    groups: tuple[str, ...] = ()
    guardians: tuple[Guardian, ...] = ()
    is_own: bool = False
    """The member receives too."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a file says."""

    entries: tuple[Entry, ...]
    complaints: tuple[tuple[int, str, Complaint], ...]
    """(line number, what stands where the name is, what is wrong)."""
    unread: tuple[str, ...]
    """Heads that mean nothing to us."""
    has_groups: bool
    is_bare: bool
    """It names neither guardians nor who receives: all members receive for themselves."""


class _UnusableError(Exception):
    """A line cannot be used."""

    def __init__(self, key: str, **arguments: Any) -> None:
        super().__init__(key)
        self.complaint = Complaint(f"roster-{key}", arguments)


def read_csv(raw: bytes) -> list[Line]:
    """The lines of a CSV file: UTF-8, Shift_JIS as Excel saves it in Japan, or Excel's own Unicode text.

    Raises: RefusedError, if it is no text, or a quotation mark is never closed.
    """
    text = _decode(raw)
    first = text.partition("\n")[0]
    delimiter = "\t" if "\t" in first and "," not in first else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    lines: list[Line] = []
    before = 0
    try:
        for cells in reader:
            lines.append(Line(before + 1, tuple(cells)))
            before = reader.line_num
    except csv.Error as error:
        raise RefusedError("roster-quotes", line=str(before + 1)) from error
    return lines


def read_sheet(lines: Iterable[Line]) -> Sheet:
    """The entries of a table.

    Raises: RefusedError, if there is no head that names at least a code and a name, or nothing below it.
    """
    used = [line for line in lines if any(cell.strip() for cell in line.cells)]
    heads, body = _find_head(used)
    places = {kind: place for place, kind in enumerate(heads) if kind and not kind.startswith("?")}
    is_bare = not any(kind.startswith("guardian") or kind == "self" for kind in places)
    entries: list[Entry] = []
    complaints: list[tuple[int, str, Complaint]] = []
    seen: dict[str, int] = {}
    for line in body:
        cells = {kind: _tidy(line.cells[place]) for kind, place in places.items() if place < len(line.cells)}
        try:
            _check_width(line, len(heads))
            entry = _entry(line.number, cells, is_bare)
            _check_new(entry, seen)
        except _UnusableError as error:
            complaints.append((line.number, _showable(cells.get("name", "")), error.complaint))
        else:
            seen[entry.code] = line.number
            entries.append(entry)
    unread = tuple(head[1:] for head in heads if head.startswith("?"))
    return Sheet(tuple(entries), tuple(complaints), unread, "groups" in places, is_bare)


def _check_width(line: Line, columns: int) -> None:
    if any(cell.strip() for cell in line.cells[columns:]):
        raise _UnusableError("columns", most=columns)


def _check_new(entry: Entry, seen: Mapping[str, int]) -> None:
    if entry.code in seen:
        raise _UnusableError("code-twice", code=entry.code, line=str(seen[entry.code]))


def same_name(one: str, other: str) -> bool:
    """Whether two ways of writing are one name: width and spaces do not count."""
    return _bare(one) == _bare(other)


def _bare(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def _decode(raw: bytes) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "cp932")
    for encoding in encodings:
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise RefusedError("roster-encoding")


def _find_head(lines: Sequence[Line]) -> tuple[list[str], Sequence[Line]]:
    """What each column is (unknown ones with `?` before their name, '' without any), and the lines below."""
    for at, line in enumerate(lines[:_HEAD_WITHIN]):
        heads = [_kind(cell) for cell in line.cells]
        if {"code", "name"} <= set(heads):
            twice = [line.cells[i].strip() for i, head in enumerate(heads) if head and head in heads[:i]]
            if twice and not twice[0].startswith("?"):
                raise RefusedError("roster-head-twice", head=_showable(twice[0]))
            if at + 1 == len(lines):
                raise RefusedError("roster-empty")
            return heads, lines[at + 1 :]
    if not lines:
        raise RefusedError("roster-empty")
    raise RefusedError("roster-head")


def _kind(cell: str) -> str:
    head = _head(cell)
    return "" if _OURS.fullmatch(head) else _KINDS.get(head, f"?{cell.strip()}" if cell.strip() else "")


def _head(cell: str) -> str:
    return _IGNORED_IN_HEADS.sub("", unicodedata.normalize("NFKC", cell).casefold().replace("\ufeff", ""))


def _kinds() -> Iterator[tuple[str, str]]:
    for kind, heads in _HEADS.items():
        yield from ((_head(head), kind) for head in heads)
    for kind, heads in _GUARDIAN_HEADS.items():
        for number in range(1, MOST_GUARDIANS + 1):
            yield from ((_head(head.format(number)), f"guardian{number}{kind}") for head in heads)
        yield from ((_head(head.format("")), f"guardian1{kind}") for head in heads)


_KINDS = dict(_kinds())


def _entry(number: int, cells: Mapping[str, str], is_bare: bool) -> Entry:
    guardians = [_guardian(place, cells) for place in range(1, MOST_GUARDIANS + 1)]
    named = tuple(guardian for guardian in guardians if guardian)
    codes = [guardian.code for guardian in named if guardian.code]
    if len(codes) > len(set(codes)):
        raise _UnusableError("guardian-twice")
    return Entry(
        line=number,
        code=_code(cells.get("code", ""), "code"),
        name=_text(cells.get("name", ""), "name", required=True),
        kana=_text(cells.get("kana", ""), "kana"),
        groups=_groups(cells.get("groups", "")),
        guardians=named,
        is_own=is_bare or unicodedata.normalize("NFKC", cells.get("self", "")).casefold() in _YES,
    )


def _guardian(place: int, cells: Mapping[str, str]) -> Guardian | None:
    name, relationship, code = (cells.get(f"guardian{place}{part}", "") for part in ("name", "relationship", "code"))
    if not name:
        if code:
            raise _UnusableError("guardian-nameless", place=place)
        return None
    return Guardian(
        place,
        _text(name, "name", required=True),
        _text(relationship, "relationship"),
        _code(code, "guardian-code") if code else "",
    )


def _text(cell: str, kind: str, *, required: bool = False) -> str:
    if required and not cell:
        raise _UnusableError(f"no-{kind}")
    if any(unicodedata.category(c) in _UNUSABLE or c in _OVERRIDES for c in cell):
        raise _UnusableError("characters", text=_showable(cell))
    if len(cell) > LONGEST[kind]:
        raise _UnusableError("long", text=_showable(cell), most=LONGEST[kind])
    return cell


def _code(cell: str, kind: str) -> str:
    code = unicodedata.normalize("NFKC", cell)
    if not code:
        raise _UnusableError("no-code")
    if _EXCEL_NUMBER.fullmatch(code):
        raise _UnusableError("code-excel", code=code)
    if not _CODE.fullmatch(_text(code, "code")):
        raise _UnusableError(f"{kind}-shape", code=_showable(code))
    return code


def _groups(cell: str) -> tuple[str, ...]:
    found = [part.strip() for part in _SEPARATORS.split(unicodedata.normalize("NFKC", cell))]
    groups = tuple(dict.fromkeys(part for part in found if part))
    for group in groups:
        _text(group, "group")
        if ":" in group or "=" in group:
            raise _UnusableError("group-shape", group=_showable(group))
        if group.casefold() in _EVERYONE:
            raise _UnusableError("group-everyone", group=group)
    if len(groups) > MOST_GROUPS:
        raise _UnusableError("groups-many", most=MOST_GROUPS)
    return groups


def _tidy(cell: str) -> str:
    """Without spaces around, marks that nobody sees, and the apostrophe that keeps Excel from computing."""
    cell = "".join(c for c in unicodedata.normalize("NFC", cell) if c not in _INVISIBLE).strip()
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell


def _showable(text: str) -> str:
    """A piece of it that can be printed."""
    return "".join("□" if unicodedata.category(c) in _UNUSABLE or c in _OVERRIDES else c for c in text)[:30]
