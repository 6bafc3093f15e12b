"""A webhook body → each of its items with the bytes it came in. Knows the envelope, and nothing of what an item means.

`entry`, `changes`, `messages` and `statuses` are lists, and up to 1,000 items come in one body (Meta, webhooks
overview). Each item is cut out on its own: an odd one costs its neighbours nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

LISTS = ("messages", "statuses", "user_id_update", "user_preferences")
"""What a change lists. A change without any of them is one item as a whole."""

_START = re.compile(r'\{\s*"')
_MOST_FAILURES = 500
"""How many openings that lead nowhere are tried, so that no body costs more than a moment."""
_raw_decode = json.JSONDecoder(strict=False).raw_decode
_Fields = Mapping[str, bytes]
_fields = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_items = msgspec.json.Decoder(list[msgspec.Raw]).decode
_FAULTS = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


@dataclass(frozen=True, slots=True)
class Item:
    """One thing a body tells. `kind` is the name of its list, the field of its change, or '' where it is unreadable."""

    kind: str
    raw: bytes
    number: str = ""
    """Id of the business number it is about; '' where the body does not say."""
    contacts: bytes = b"[]"
    """Who the people are that its change is about, as it stands there."""

    def packed(self) -> bytes:
        """The item with all that is needed to read it again."""
        head = json.dumps({"kind": self.kind, "number": self.number})[:-1].encode()
        return head + b',"contacts":' + self.contacts + b',"item":' + self.raw + b"}"


def unpacked(packed: bytes) -> Item:
    """What `Item.packed` made; an item without kind for anything else."""
    try:
        found = _fields(packed)
        kind, number = msgspec.json.decode(found["kind"]), msgspec.json.decode(found["number"])
        return Item(str(kind), bytes(found["item"]), str(number), bytes(found["contacts"]))
    except (*_FAULTS, KeyError):
        return Item("", packed)


def cut(body: bytes) -> list[Item]:
    """Every item of the body, in its order. What cannot be read is an item of its own kind; nothing is dropped."""
    try:
        msgspec.json.decode(body)
        return list(_of_body(body))
    except _FAULTS:
        return _cut_leniently(body)


def _of_body(raw: bytes) -> Iterator[Item]:
    fields = _object(raw)
    if fields is None or not isinstance(entries := _list(fields.get("entry")), list):
        yield Item("", raw)
        return
    for entry in entries:
        yield from _of_entry(entry)


def _of_entry(raw: bytes) -> Iterator[Item]:
    fields = _object(raw)
    changes = _list(fields.get("changes")) if fields is not None else None
    if changes is None:
        yield Item("", raw)
        return
    for change in changes:
        yield from _of_change(change)


def _of_change(raw: bytes) -> Iterator[Item]:
    fields = _object(raw)
    value = _object(fields["value"]) if fields is not None and "value" in fields else None
    if fields is None or value is None:
        yield Item("", raw)
        return
    number, contacts = _number(value), value.get("contacts", b"[]")
    lists = [(name, value[name]) for name in LISTS if name in value]
    for name, listed in lists:
        items = _list(listed)
        if items is None:
            yield Item("", raw)
        else:
            yield from (Item(name, item, number, contacts) for item in items)
    if not lists:
        yield Item(_text(fields.get("field")) or "unknown", raw, number)


def _cut_leniently(body: bytes) -> list[Item]:
    """What a strict decoder refuses: lone surrogates, bad UTF-8, and last of all what is no JSON."""
    value = _loads(body)
    if isinstance(value, dict):
        return list(_walk(value))
    return [*_salvaged(body), Item("", body)]


def _loads(raw: bytes) -> object:
    """As Python reads it, which takes more for JSON than there is; None for what is none."""
    try:
        return json.loads(raw.decode("utf-8", errors="surrogateescape"), strict=False)
    except (ValueError, RecursionError):
        return None


def _walk(value: object) -> Iterator[Item]:
    """The items in a body, an entry or a change that was read leniently."""
    fields = value if isinstance(value, dict) else {}
    for inner in ("entry", "changes"):
        if isinstance(fields.get(inner), list):
            for each in fields[inner]:
                yield from _walk(each)
            return
    inside = fields.get("value")
    told: dict[str, Any] = inside if isinstance(inside, dict) else {}
    lists = [name for name in LISTS if isinstance(told.get(name), list)]
    for name in lists:
        for item in told[name]:
            yield Item(name, _dumps(item), _number_of(told), _dumps(told.get("contacts", [])))
    if not lists:
        yield Item("", _dumps(value))


def _number_of(told: Mapping[str, Any]) -> str:
    metadata = told.get("metadata")
    number = metadata.get("phone_number_id") if isinstance(metadata, dict) else None
    return number if isinstance(number, str) else ""


def _dumps(value: object) -> bytes:
    return json.dumps(value).encode()


def _salvaged(body: bytes) -> Iterator[Item]:
    """The whole objects within a broken body, each where it stands; its bytes are kept beside them."""
    text = body.decode("latin-1")  # one character per byte: positions stay, and JSON's own signs are ASCII
    end = failures = 0
    for match in _START.finditer(text):
        if match.start() < end or failures > _MOST_FAILURES:
            continue
        try:
            _, end = _raw_decode(text, match.start())
        except (ValueError, RecursionError):
            failures += 1
            continue
        yield from _of_any(body[match.start() : end])


def _of_any(raw: bytes) -> Iterator[Item]:
    value = _loads(raw)
    fields = value if isinstance(value, dict) else {}
    if "changes" in fields or isinstance(fields.get("value"), dict):
        yield from _walk(fields)
    elif "id" in fields and "status" in fields:
        yield Item("statuses", raw)
    elif "id" in fields and "type" in fields and "timestamp" in fields:
        yield Item("messages", raw)


def _object(raw: bytes) -> _Fields | None:
    try:
        return {name: bytes(value) for name, value in _fields(raw).items()}
    except msgspec.ValidationError:
        return None


def _list(raw: bytes | None) -> list[bytes] | None:
    try:
        return None if raw is None else [bytes(item) for item in _items(raw)]
    except msgspec.ValidationError:
        return None


def _number(value: _Fields) -> str:
    metadata = _object(value["metadata"]) if "metadata" in value else None
    return _text(metadata.get("phone_number_id")) if metadata else ""


def _text(raw: bytes | None) -> str:
    value = msgspec.json.decode(raw) if raw else ""
    return value if isinstance(value, str) else ""
