"""Which line of a letter is its title. Pure. Dates, salutations, senders and greetings never are; 「〜について」 is.

What is taken for the title leaves the text only when it stands at the head of the letter, above the first sentence:
further down it may be a heading of its own part.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

import regex

from handlers.dates import is_date_line

LONGEST: Final = 60
"""A longer line is a sentence, not a title."""
_MOST: Final = 4


def _any(*words: str) -> str:
    return f"(?:{'|'.join(words)})"


_SUBJECT_WORDS: Final = _any(
    "について", "に関して", "に関する件", "の件",
    "(?:の|ご|御)?" + _any("お知らせ", "案内", "お願い", "お詫び", "お礼", "連絡", "通知"),
    "の" + _any("報告", "ご報告", "募集", "開催", "実施", "依頼", "延期", "変更", "中止"),
)  # fmt: skip
_SUBJECT: Final = re.compile(
    rf"{_SUBJECT_WORDS}\s*(?:[(【\[〈<].{{1,16}}[)】\]〉>])?$"
    r"|^(?:re|subject)\s*:|^(?:notice|announcement|invitation)\s+(?:of|to)\b|^(?:about|regarding|concerning)\b"
    r"|\b(?:notice|announcement|update|reminder|invitation)$",
    re.IGNORECASE,
)
_ADDRESSED: Final = _any(
    "各位", "御中", "様", "さま", "殿", "の皆さん?", "の(?:皆様|みなさま)方?", "の方", "各家庭", "ご家庭", "先生方",
)  # fmt: skip
_SALUTATION: Final = re.compile(
    _ADDRESSED + r"(?:[へに]|\(.*\))?\s*$"
    r"|^(?:保護者|会員|ご?家族|児童|生徒|PTA会員)(?:の(?:皆|みな)|へ|様|さま|各位|殿)|^(?:dear|to|hello|hi)\b",
    re.IGNORECASE,
)
_ROLES: Final = _any(
    "校長", "園長", "所長", "院長", "会長", "副会長", "委員長", "部長", "理事長?", "代表", "教頭", "担任", "主任",
    "顧問", "監督", "コーチ", "担当", "事務[局長]", "[班組店]長", "principal", "head ?teacher", "teacher", "chair",
)  # fmt: skip
_BODIES: Final = _any(
    "学校", "高校", "幼稚園", "保育[園所]", "こども園", "学園", "クリニック", "病院", "医院", "株式会社", "自治会",
    "町内会", "子ども会", "子供会", "教育委員会", "PTA", "部会", "school",
)  # fmt: skip
_SENDER: Final = re.compile(
    rf"{_ROLES}(?:[\s:]+\S.{{0,16}})?$|公印省略|^(?:文責|発行|発信|差出人?|from)[\s:]|{_BODIES}$", re.IGNORECASE
)
_NUMBERED: Final = re.compile(r"^\S{0,16}第\s*\d+\s*号|^no\.?\s*\d+$", re.IGNORECASE)
_OPENING: Final = _any("拝啓", "謹啓", "前略", "敬具", "謹白", "草々", "早々", "記", "以上", "追伸")
_GREETING: Final = re.compile(
    rf"^{_OPENING}(?:\s|$|[、。])|の(?:候|みぎり)|時下|お世話に|ご清栄|ご清祥|平素|日頃|日ごろ"
    r"|^(?:おはよう|こんにちは|こんばんは|はじめまして|いつも|sincerely|regards|best|thank)",
    re.IGNORECASE,
)
_DETAILS: Final = _any(
    "日にち", "日程", "日時", "とき", "時間", "場所", "ところ", "会場", "集合", "持ち?物", "対象", "内容", "服装",
    "費用", "参加費", "会費", "連絡先", "問い?合わ?せ先?", "電話", "TEL", "期間", "締め?切り?", "〆切", "期限", "備考",
    "注意", "URL", "date", "time", "place", "where", "when", "bring",
)  # fmt: skip
_PAIR: Final = re.compile(rf"^[・●○■◆\-*\d.()①-⑳\s]*{_DETAILS}\s*(?:[:=]|\s|$)|^[^\s:]{{1,8}}:\s?\S", re.IGNORECASE)
"""「日時:11/30」 and the like: a detail, with any short word before its colon."""
_ITEM: Final = re.compile(r"^(?:[・●○◇\-*]|\(?\d{1,2}[.)、]|[①-⑳]|\d{1,2}\s)")
_SENTENCE_END: Final = re.compile(r"[。、,.!?:;]$|(?:です|ます|ました|ません|ください|下さい|でしょう|ましょう)$")
_DECORATION: Final = "■□◆◇●○★☆♪*#=~〜～ー- \t\u3000"
_BRACKETS: Final = ("「」", "『』", "【】", "〔〕", "〈〉", "《》", "[]", "<>", "≪≫")
_HEAD_LINES: Final = 12


def title_of(lines: Sequence[str]) -> str:
    """The title where there is no doubt: the only subject line at the head, or the only line there is. Else ''."""
    offered = candidates(lines)
    subjects = [line for line in offered if is_subject(line)]
    if len(subjects) == 1 or (subjects and offered[0] == subjects[0] == _first_fit(lines)):
        return subjects[0]
    filled = [line for line in lines if line.strip()]
    return offered[0] if len(filled) == 1 == len(offered) else ""


def candidates(lines: Sequence[str]) -> list[str]:
    """Lines that may be the title: subject lines first, then other short lines near the top; at most four."""
    head = _until_details(lines)
    if len(head) == 1 and _may_be_all(head[0]):
        return [undecorated(head[0])]
    fits = [undecorated(line) for line in head if may_be_title(line)]
    subjects = [line for line in fits if is_subject(line)]
    return list(dict.fromkeys((*subjects, *fits)))[:_MOST]


def best_title(lines: Sequence[str]) -> str:
    """For when nobody is to be asked: the likeliest line, '' if none will do."""
    return title_of(lines) or next(iter(candidates(lines)), "")


def may_be_title(line: str) -> bool:
    """Short, and neither a date, a salutation, a sender, a greeting, a detail nor a sentence."""
    bare = undecorated(line)
    flat = unicodedata.normalize("NFKC", bare)
    if not bare or len(bare) > LONGEST or not regex.search(r"\p{L}", bare) or is_date_line(bare):
        return False
    if is_subject(flat):
        return not _ITEM.match(unicodedata.normalize("NFKC", line.strip())) and not _NUMBERED.search(flat)
    never = (_SALUTATION, _SENDER, _NUMBERED, _GREETING, _PAIR, _ITEM, _SENTENCE_END)
    return "://" not in flat and not any(pattern.search(flat) for pattern in never)


def _may_be_all(line: str) -> bool:
    """A text of one line is its own title, sentence or not."""
    flat = unicodedata.normalize("NFKC", undecorated(line))
    has_letters = regex.search(r"\p{L}", flat) is not None and len(flat) <= LONGEST
    return has_letters and not is_date_line(flat) and not _SALUTATION.search(flat) and "://" not in flat


def is_subject(line: str) -> bool:
    """「〜について」, 「〜のお知らせ」 and the like."""
    flat = unicodedata.normalize("NFKC", undecorated(line))
    return bool(_SUBJECT.search(flat)) and not _GREETING.match(flat) and not _SALUTATION.search(flat)


def undecorated(line: str) -> str:
    """Without stars and squares around it, and without one pair of brackets that holds it all; others stay."""
    bare = line.strip().strip(_DECORATION)
    for opening, closing in _BRACKETS:
        inside = bare[1:-1]
        if bare.startswith(opening) and bare.endswith(closing) and not {opening, closing} & set(inside):
            return inside.strip()
    return bare


def body_of(lines: Sequence[str], title: str) -> str:
    """The text without its title line, if that stands above the first sentence; outer blank lines go."""
    kept = list(lines)
    for index, line in enumerate(lines):
        if undecorated(line) == title and title:
            is_between_blanks = 0 < index < len(lines) - 1 and not (lines[index - 1] + lines[index + 1]).strip()
            del kept[index : index + 1 + is_between_blanks]
            break
        if line.strip() and _is_prose(line):
            break
    return "\n".join(kept).strip("\n")


def _is_prose(line: str) -> bool:
    flat = unicodedata.normalize("NFKC", line.strip())
    is_letterhead = is_date_line(flat) or any(p.search(flat) for p in (_SALUTATION, _SENDER, _NUMBERED))
    return not is_letterhead and (_SENTENCE_END.search(flat) is not None or len(flat) > LONGEST)


def _first_fit(lines: Sequence[str]) -> str:
    return next((undecorated(line) for line in lines if may_be_title(line)), "")


def _until_details(lines: Sequence[str]) -> list[str]:
    """The first lines that are not blank, up to 「記」."""
    head: list[str] = []
    for line in lines:
        if line.strip() in {"記", "ー記ー", "－記－"}:
            break
        if line.strip():
            head.append(line)
    return head[:_HEAD_LINES]
