"""Options written with a text: heads as in a mail, or all on the command's own line. Pure; only finds them, and leaves
it to `handlers.drafting.fields` whether a value makes sense. What is no option is text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from handlers.drafting import audience
from handlers.drafting.questions import Field


@dataclass(frozen=True, slots=True)
class Head:
    """One option as typed."""

    field: Field
    value: str
    line: str
    """The whole line: it goes back to the text when the value makes no sense."""
    is_marked: bool
    """Set off by a colon or an equals sign, not by a mere space."""
    is_ours: bool = False
    """A marked word that no letter has at its head by itself: never text, whether its value makes sense or not."""


@dataclass(frozen=True, slots=True)
class Written:
    """A text taken apart: its options and its own lines, in the order they stood."""

    parts: tuple[Head | str, ...]
    has_option_line: bool = False
    """The first line was all options: the next one is the title."""


_WORDS: Final = {
    Field.AUDIENCE: ("宛先", "あて先", "あてさき", "宛", "送信先", "送り先", "to", "audience"),
    Field.DEADLINE: (
        "締切", "締め切り", "締切り", "締切日", "〆切", "〆", "しめきり", "回答期限", "提出期限", "期日",
        "deadline", "due",
    ),
    Field.SCHEDULE: ("送信", "送信日時", "送信時刻", "送信予定", "配信", "配信日時", "send"),
    Field.TITLE: ("件名", "題", "題名", "タイトル", "表題", "subject", "title"),
    Field.CHOICES: ("回答", "選択肢", "返事", "answers", "answer", "choices"),
    Field.EXPIRY: ("有効期限", "expires", "expiry"),
    Field.REMINDERS: ("催促", "自動催促", "リマインド", "remind", "reminders"),
    Field.COVERAGE: ("確認", "confirm", "coverage"),
    Field.URGENT: ("緊急", "至急", "urgent"),
}  # fmt: skip
_OURS: Final = frozenset({"催促", "自動催促"})
_LIMIT: Final = "期限"
"""In daily use the deadline; beside a 締切 it can only be the expiry."""

_FIELDS: Final = {word: field for field, words in _WORDS.items() for word in words}
_HEAD: Final = re.compile(r"^\s*(?P<word>[^\s:：=＝]{1,10})\s*(?:(?P<mark>[:：=＝])|(?=\s)|$)\s*(?P<value>.*?)\s*$")
_ANY_WORD: Final = "|".join(sorted((re.escape(word) for word in (*_FIELDS, _LIMIT)), key=len, reverse=True))
_ON_LINE: Final = re.compile(rf"(?:(?<=\s)|^)(?P<word>{_ANY_WORD})\s*[:=]\s*", re.IGNORECASE)


def lines_of(text: str) -> list[str]:
    """The lines of a text, whatever ends them."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def read_heads(lines: list[str]) -> Written:
    """Options at the top of a text, down to the first blank line or the first line of another form."""
    parts: list[Head | str] = []
    start = next((i for i, line in enumerate(lines) if line.strip()), len(lines))
    for line in lines[start:]:
        head = _head(line)
        if head is None and not _is_pair(line):
            break
        parts.append(head or line)
    return Written((*_decided(parts), *lines[start + len(parts) :]))


def read_command(text: str, groups: Collection[str]) -> Written:
    """What stands behind a command word: options on its own line, heads below it, then the text."""
    lines = lines_of(text)
    options, rest = _option_line(lines[0], groups)
    below = read_heads([*rest, *lines[1:]])
    return Written((*_decided(options), *below.parts), bool(options))


def _head(line: str) -> Head | None:
    match = _HEAD.match(line)
    field = _field(match["word"]) if match else None
    if match is None or field is None or (not match["value"] and field is not Field.URGENT):
        return None
    is_marked = match["mark"] is not None
    return Head(field, match["value"], line, is_marked, is_marked and match["word"] in _OURS)


def _field(word: str) -> Field | None:
    flat = unicodedata.normalize("NFKC", word).casefold()
    return Field.LIMIT if flat == _LIMIT else _FIELDS.get(flat)


def _is_pair(line: str) -> bool:
    """「場所:体育館」: text, but it does not end the heads."""
    match = _HEAD.match(line)
    return match is not None and match["mark"] is not None and bool(match["value"])


def _decided(parts: list[Head | str]) -> list[Head | str]:
    """期限 becomes the deadline, or the expiry where a deadline is named as well."""
    has_deadline = any(isinstance(part, Head) and part.field is Field.DEADLINE for part in parts)
    meant = Field.EXPIRY if has_deadline else Field.DEADLINE
    return [
        Head(meant, part.value, part.line, part.is_marked)
        if isinstance(part, Head) and part.field is Field.LIMIT
        else part
        for part in parts
    ]


def _option_line(line: str, groups: Collection[str]) -> tuple[list[Head | str], list[str]]:
    """(the options of a line like `1年A組 締切=11/30`, what is left of it as text)."""
    flat = unicodedata.normalize("NFKC", line).strip()
    found = list(_ON_LINE.finditer(flat))
    front = flat[: found[0].start()] if found else flat
    named, rest = audience.split_front(front, groups)
    ends = [*(match.start() for match in found), len(flat)][1:]
    options: list[Head | str] = []
    for match, end in zip(found, ends, strict=False):
        value, behind = _until_group(flat[match.end() : end].strip(), _field(match["word"]), groups)
        named = f"{named} {behind}".strip()
        options.append(Head(_field(match["word"]) or Field.TITLE, value, f"{match[0]}{value}", is_marked=True))
    if len(options) == 1 and not named:
        return [], [line]
    if named:
        options.insert(0, Head(Field.AUDIENCE, named, named, is_marked=True))
    return options, [rest] if rest else []


def _until_group(value: str, field: Field | None, groups: Collection[str]) -> tuple[str, str]:
    """A value ends where a group's name begins: `締切=11/30 18時 1年A組`."""
    if field is Field.TITLE or field is Field.AUDIENCE:
        return value, ""
    for match in re.finditer(r"(?<=\s)\S+", value):
        if audience.read(match[0], groups).is_whole:
            return value[: match.start()].strip(), value[match.start() :].strip()
    return value, ""
