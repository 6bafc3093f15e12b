"""Which groups of the roster a typed 宛先 means. Pure; forgiving in form (width, kana, 「1A」 for 「1年A組」), and
never guessing: what is not known is asked about."""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from storage.models import fold_kana

_SEPARATORS: Final = re.compile(r"[\s、,，;;・/／&＆と]+")
_STRONG: Final = re.compile(r"[、,，;;\n]+")
_EVERYONE: Final = frozenset(
    {"全員", "全校", "みんな", "みなさん", "皆さん", "全体", "ぜんいん", "all", "everyone", "everybody"}
)
_BEHIND: Final = re.compile(r"(?:の保護者|保護者|の皆さん|の家庭)?(?:宛て?|あて|さん|様|へ|に|だけ|のみ)?$")
_KANJI_DIGITS: Final = str.maketrans("一二三四五六七八九", "123456789")
_GROUP_LIKE: Final = re.compile(
    r"^\d{0,2}.{0,8}(?:組|くみ|年生?|学年|部|班|クラス|チーム|委員会?|地区|丁目|支部|課|係)$|^\d{1,2}[-の年]?[0-9a-z]$"
)
_LOOSE: Final = re.compile(r"[年組のー\-第]")
_NEAR: Final = 0.35
MOST_NEAR: Final = 5


@dataclass(frozen=True, slots=True)
class Meant:
    """What a text says about the audience."""

    groups: tuple[str, ...] = ()
    everyone: bool = False
    unknown: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Something was named, and all of it is known."""
        return bool(self.groups or self.everyone) and not self.unknown

    @property
    def is_likely(self) -> bool:
        """What is not known has at least the form of a group's name."""
        named = self.groups or self.everyone or self.unknown
        return bool(named) and all(is_group_like(word) for word in self.unknown)


def read(text: str, groups: Collection[str]) -> Meant:
    """Every group that `text` names; 「全員」 is everyone unless a group bears that name."""
    names = _Names(groups)
    everyone = False
    meant: list[str] = []
    unknown: list[str] = []
    for piece in filter(None, (p.strip() for p in _STRONG.split(text))):
        whole = names.find(piece)
        for word, group in [(piece, whole)] if whole else _words(piece, names):
            if group is not None:
                meant.append(group)
            elif is_everyone(word):
                everyone = True
            else:
                unknown.append(word)
    return Meant(tuple(dict.fromkeys(meant)), everyone, tuple(dict.fromkeys(unknown)))


def split_front(text: str, groups: Collection[str]) -> tuple[str, str]:
    """(the words at the front that name groups or look as if they should, the rest as typed)."""
    names = _Names(groups)
    end = 0
    for match in re.finditer(r"[^\s、,，・]+", text):
        word = match[0]
        joined = text[: match.end()].strip()
        known = names.find(word) or is_everyone(word) or read(joined, groups).is_whole
        if not known and not is_group_like(word):
            break
        end = match.end()
    return text[:end], text[end:].lstrip(" \u3000、,，・")


def is_everyone(word: str) -> bool:
    """「全員」 and its like."""
    return fold_kana(_BEHIND.sub("", word)) in _EVERYONE or fold_kana(word) in _EVERYONE


def is_group_like(word: str) -> bool:
    """It has the form of a group's name, whether there is one or not."""
    return _GROUP_LIKE.match(_key(word)) is not None


def nearest(word: str, groups: Collection[str]) -> list[str]:
    """Existing groups that are most like an unknown word, the likeliest first."""
    keys = {_key(group): group for group in groups}
    wanted = _key(word)
    found = difflib.get_close_matches(wanted, keys, n=MOST_NEAR, cutoff=_NEAR)
    inside = [key for key in keys if wanted and (wanted in key or key in wanted)]
    return [keys[key] for key in dict.fromkeys((*found, *inside))][:MOST_NEAR]


def code(group: str) -> str:
    """What a button carries for a group: short, whatever its name, and the same in every process."""
    return hashlib.blake2b(group.encode("utf-8", "surrogatepass"), digest_size=5).hexdigest()


def by_code(wanted: str, groups: Collection[str]) -> str | None:
    """The group of a button, None when it has left the roster."""
    return next((group for group in groups if code(group) == wanted), None)


class _Names:
    """Groups by the forms in which people write them."""

    def __init__(self, groups: Collection[str]) -> None:
        self._exact = {_key(group): group for group in groups}
        loose: dict[str, list[str]] = {}
        for group in groups:
            loose.setdefault(_LOOSE.sub("", _key(group)), []).append(group)
        self._loose = {key: names[0] for key, names in loose.items() if len(names) == 1 and key}

    def find(self, word: str) -> str | None:
        for form in dict.fromkeys((word, _BEHIND.sub("", word))):
            key = _key(form)
            found = self._exact.get(key) or self._loose.get(_LOOSE.sub("", key))
            if found is not None:
                return found
        return None


def _words(piece: str, names: _Names) -> list[tuple[str, str | None]]:
    """The words of a piece; neighbours that make one name together are one."""
    words = [word for word in _SEPARATORS.split(piece) if word]
    if not words or (len(words) > 1 and "と" in piece and not any(map(names.find, words))):
        return [(piece, None)]
    found: list[tuple[str, str | None]] = []
    while words:
        taken = next((n for n in range(len(words), 1, -1) if names.find("".join(words[:n]))), 1)
        word = "".join(words[:taken])
        found.append((word, names.find(word)))
        words = words[taken:]
    return found


def _key(name: str) -> str:
    return re.sub(r"[\s・、,]", "", fold_kana(name).translate(_KANJI_DIGITS))


def chosen(names: Sequence[str], groups: Collection[str]) -> tuple[str, ...]:
    """The names in the order of the roster, each once."""
    order = {group: index for index, group in enumerate(groups)}
    return tuple(sorted(dict.fromkeys(names), key=lambda name: order.get(name, len(order))))
