"""What may stand in a setting, one rule each: the value as the program uses it, or the sentence for what is wrong."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Mapping
from datetime import time
from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationInfo
from pydantic_settings import NoDecode

from handlers.quiet import QuietHours

_SECRET_LENGTH = 32
_LINE_USER = re.compile(r"U[0-9a-f]{32}")
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
_TEMPLATE = re.compile(r"[a-z0-9_]{0,500}")
_QUIET = re.compile(r"(\d{1,2}):(\d{2})\s*[-~〜–]\s*(\d{1,2}):(\d{2})")


def is_loopback(url: str) -> bool:
    """Whether an address stays on this machine."""
    return all(map(_is_loopback_host, _hosts(url)))


def _hosts(url: str) -> list[str]:
    """Host names of a web or MongoDB address (which may have several)."""
    netloc = urlsplit(url).netloc.rpartition("@")[2]
    if url.startswith("mongodb+srv:"):
        return [f"srv.{netloc}"]
    return [urlsplit(f"//{host}").hostname or "" for host in netloc.split(",")]


def _is_loopback_host(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class WrongError(ValueError):
    """Raised by a validator: (setting or '' for the one at hand, key, arguments) of each thing that is wrong."""

    def __init__(self, *found: tuple[str, str, Mapping[str, str]]) -> None:
        super().__init__(", ".join(key for _, key, _ in found))
        self.found = found


def _wrong(key: str, **arguments: str) -> WrongError:
    return WrongError(("", f"settings-{key}", arguments))


def _key_text(value: str) -> str:
    """A key or token as platforms hand it out: printable ASCII without spaces."""
    value = value.strip()
    if not value.isascii() or not value.isprintable() or " " in value:
        raise _wrong("not-a-key")
    return value


def _keys(value: object) -> object:
    if not isinstance(value, str):
        return value
    keys = tuple(SecretStr(_key_text(part)) for part in value.split(",") if part.strip())
    if len(keys) > 2:
        raise _wrong("two-secrets")
    return keys


def _token(value: SecretStr) -> SecretStr:
    return SecretStr(_key_text(value.get_secret_value()))


def _own_secret(value: SecretStr) -> SecretStr:
    text = value.get_secret_value().strip()
    if len(text) < _SECRET_LENGTH:
        raise _wrong("secret-short", characters=str(_SECRET_LENGTH))
    return SecretStr(text)


def _mongodb(value: SecretStr) -> SecretStr:
    uri = value.get_secret_value().strip()
    if not uri.startswith(("mongodb://", "mongodb+srv://")) or not any(_hosts(uri)):
        raise _wrong("mongodb")
    return SecretStr(uri)


def _url(value: str) -> str:
    value = value.strip().rstrip("/")
    if not value:
        return ""
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise _wrong("url") from None
    if not host or parts.scheme not in {"http", "https"} or parts.query or parts.fragment or parts.username:
        raise _wrong("url")
    if parts.scheme == "http" and not _is_loopback_host(host):
        raise _wrong("https")
    return value


def _one_line(value: str, info: ValidationInfo) -> str:
    value = unicodedata.normalize("NFC", value.strip())
    if any(unicodedata.category(c) in {"Cc", "Cs", "Co", "Cn"} for c in value):
        raise _wrong("characters")
    most = 60 if info.field_name == "organization_name" else 100
    if len(value) > most:
        raise _wrong("long", most=str(most))
    return value


def _zone(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return ZoneInfo(value.strip())
    except (KeyError, ValueError, OSError):
        raise _wrong("timezone") from None


def _quiet(value: object) -> object:
    if not isinstance(value, str):
        return value
    text = unicodedata.normalize("NFKC", value).strip()
    if text.casefold() in {"off", "none", "なし"}:
        return None
    match = _QUIET.fullmatch(text)
    try:
        start, end = (time(int(match[1]), int(match[2])), time(int(match[3]), int(match[4]))) if match else (None, None)
    except ValueError:
        start = end = None
    if start is None or end is None or start == end:
        raise _wrong("quiet")
    return QuietHours(start, end)


def _admins(value: object) -> object:
    if not isinstance(value, str):
        return value
    entries = [part.strip() for part in value.split(",") if part.strip()]
    for entry in entries:
        channel, _, address = entry.partition(":")
        if not (channel == "line" and _LINE_USER.fullmatch(address)) and not (
            channel == "whatsapp" and _PHONE.fullmatch(address)
        ):
            raise _wrong("admins", entry=entry[:50])
    return tuple(dict.fromkeys((e.partition(":")[0], e.partition(":")[2]) for e in entries))


def _digits(value: str) -> str:
    value = value.strip()
    if value and not (value.isascii() and value.isdigit()):
        raise _wrong("digits")
    return value


def _template_name(value: str) -> str:
    value = value.strip()
    if not _TEMPLATE.fullmatch(value):
        raise _wrong("template")
    return value


def _switch(value: object) -> object:
    if not isinstance(value, str):
        return value
    text = unicodedata.normalize("NFKC", value).strip().casefold()
    if text in {"on", "true", "1", "yes", "はい"}:
        return True
    if text in {"off", "false", "0", "no", "none", "なし", "いいえ"}:
        return False
    raise _wrong("switch")


def _upper(value: object) -> object:
    return value.strip().upper() if isinstance(value, str) else value


def _lower(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


Digits = Annotated[str, AfterValidator(_digits)]
TemplateName = Annotated[str, AfterValidator(_template_name)]
Switch = Annotated[bool, BeforeValidator(_switch)]
Url = Annotated[str, AfterValidator(_url)]
OneLine = Annotated[str, AfterValidator(_one_line)]
Rate = Annotated[float, Field(ge=1, le=100_000)]
Port = Annotated[int, Field(ge=0, le=65535)]
Keys = Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(_keys)]
Token = Annotated[SecretStr, AfterValidator(_token)]
OwnSecret = Annotated[SecretStr, AfterValidator(_own_secret)]
MongoUri = Annotated[SecretStr, AfterValidator(_mongodb)]
Zone = Annotated[ZoneInfo, BeforeValidator(_zone)]
Quiet = Annotated[QuietHours | None, NoDecode, BeforeValidator(_quiet)]
Admins = Annotated[tuple[tuple[str, str], ...], NoDecode, BeforeValidator(_admins)]
UpperCase = BeforeValidator(_upper)
LowerCase = BeforeValidator(_lower)
