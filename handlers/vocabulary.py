"""The words people type, and how forgivingly they are read. Pure: from a text to a command's name and arguments."""

from __future__ import annotations

import difflib
import re
import unicodedata
from dataclasses import dataclass

from handlers import codes
from storage.models import fold_kana

WORDS: dict[str, tuple[str, ...]] = {
    "notice": ("お知らせ", "おしらせ", "しらせ", "通知", "連絡", "notice", "send"),
    "urgent": ("緊急", "至急", "緊急連絡", "urgent"),
    "status": ("状況", "じょうきょう", "status", "stats"),
    "pending": ("未確認", "みかくにん", "未読", "未回答", "まだの人", "まだ", "pending", "unread"),
    "confirmed": ("確認済", "確認済み", "かくにんずみ", "既読", "回答済", "回答済み", "confirmed", "read"),
    "remind": ("催促", "督促", "さいそく", "再送", "リマインド", "remind", "reminder"),
    "list": ("一覧", "いちらん", "リスト", "履歴", "list"),
    "close": ("終了", "しゅうりょう", "close"),
    "stop": ("送信中止", "送信停止", "stop"),
    "withdraw": ("取り下げ", "取下げ", "取下", "とりさげ", "撤回", "withdraw"),
    "cancel": ("中止", "ちゅうし", "cancel"),
    "help": ("ヘルプ", "使い方", "つかいかた", "help", "?"),
}
"""By command name. The first word is the one that is shown."""

READING = frozenset({"status", "pending", "confirmed", "list", "help"})
"""These also work without the slash, alone or with a number behind them."""

_REGISTER = ("登録コード", "登録", "とうろく", "コード", "registration", "register", "code")
_WISHES = {
    "停止": "stop",
    "配信停止": "stop",
    "ていし": "stop",
    "stop": "stop",
    "unsubscribe": "stop",
    "再開": "resume",
    "配信再開": "resume",
    "さいかい": "resume",
    "start": "resume",
}
"""What a recipient types to get nothing more here, or notices again: alone, without a slash."""
_NEAR = 0.5
"""From this likeness on a word is taken for a misspelt one (difflib's ratio)."""

_HEAD = re.compile(
    r"(宛先|あて先|あてさき|宛|締切|〆切|締め切り|送信|送信日時|催促|件名|題|to|deadline|send|subject)\s*[:=\s]",
    re.IGNORECASE,
)
_LIKE_A_CODE = range(6, 12)
"""So many bare digits were meant as a registration code, right or wrong."""


def read_wish(text: str) -> str:
    """「停止」 → stop, 「再開」 → resume, anything else → ''."""
    return _WISHES.get(_folded(unicodedata.normalize("NFKC", text).strip()), "")


@dataclass(frozen=True, slots=True)
class Spoken:
    """A command as typed."""

    name: str
    arguments: tuple[str, ...]
    text: str
    """All behind the word, line breaks and all."""


def _folded(word: str) -> str:
    return fold_kana(word).rstrip("。.!?" if len(word) > 1 else "")


_BY_WORD = {_folded(word): name for name, words in WORDS.items() for word in words}
_LONGEST_FIRST = sorted(_BY_WORD, key=len, reverse=True)


def read_command(text: str) -> Spoken | None:
    """The command a text is, or None. A changing command needs its slash; 「お知らせ」 with head lines does not."""
    stripped = text.strip()
    has_slash = stripped.startswith(("/", "／"))
    body = stripped[1:].lstrip() if has_slash else stripped
    first_line, _, rest = body.partition("\n")
    spoken = _match(unicodedata.normalize("NFKC", first_line), rest)
    if spoken is None or has_slash:
        return spoken
    if spoken.name in READING and not rest.strip() and all(_is_number(a) for a in spoken.arguments):
        return spoken
    if spoken.name in {"notice", "urgent"} and not spoken.arguments and _begins_with_head(rest):
        return spoken
    return None


def _match(line: str, rest: str) -> Spoken | None:
    word, *_ = line.split(maxsplit=1) or [""]
    name = _BY_WORD.get(_folded(word))
    tail = line[len(word) :].strip()
    if name is None:
        # The number often follows without a space: 「未確認42」, 「状況#42」.
        joined = re.fullmatch(r"(\D+?)[#＃]?(\d{1,6})番?", word)
        name = _BY_WORD.get(_folded(joined[1])) if joined else None
        if name is None or joined is None:
            return None
        tail = f"{joined[2]} {tail}".strip()
    return Spoken(name, tuple(tail.split()), f"{tail}\n{rest}".strip("\n") if rest else tail)


def _is_number(argument: str) -> bool:
    return re.fullmatch(r"[#＃]?\d{1,6}番?", argument) is not None


def _begins_with_head(rest: str) -> bool:
    """A line of the form 「宛先:…」 right below the word."""
    first = unicodedata.normalize("NFKC", rest.lstrip().partition("\n")[0])
    return _HEAD.match(first) is not None


def nearest(text: str) -> str | None:
    """The command whose word is most like what was typed, if any is near."""
    word, *_ = unicodedata.normalize("NFKC", text).lstrip("/").split(maxsplit=1) or [""]
    found = difflib.get_close_matches(_folded(word), _LONGEST_FIRST, n=1, cutoff=_NEAR)
    return _BY_WORD[found[0]] if found else None


def is_slashed(text: str) -> bool:
    """Meant as a command, known or not."""
    return text.lstrip().startswith(("/", "／"))


def read_registration(text: str) -> tuple[bool, str | None]:
    """(is it about registering, the code of 8 digits if there is one): 「登録 1234-5678」, or just the digits."""
    flat = unicodedata.normalize("NFKC", text).strip().lstrip("/").casefold()
    for word in _REGISTER:
        if flat.startswith(word):
            return True, codes.normalize(flat.removeprefix(word).lstrip(" :は"))
    code = codes.normalize(flat)
    digits = re.sub(r"\D", "", flat)
    return code is not None or (flat.isascii() and flat.isdigit() and len(digits) in _LIKE_A_CODE), code
