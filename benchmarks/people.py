"""The people of every benchmark: one member each with one contact on LINE, told apart by a number alone."""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from handlers.buttons import pack_confirm
from storage.base import WINDOW, Storage
from storage.models import CONFIRM, Address, Audience, Contact, Member, Notice, Receipt, to_moment

SECRET = "benchmark-channel-secret-0123456"
TOKEN = "benchmark-access-token-0123456789"
NOTICE = "benchmarknotice0"
GROUP = "全校"
ADMIN = "U" + "f" * 31 + "e"
SENT_AT = to_moment(datetime.now(UTC) - timedelta(hours=1))
"""When the preloaded notices went out."""
_BATCH = 2_000


def number_of(index: int) -> str:
    """The 32 digits that name a person."""
    return f"{index:032x}"


def user_of(index: int) -> str:
    """A person's LINE id."""
    return f"U{index:032x}"


def member_of(number: str) -> Member:
    """The member that a number names. Names sort in the order of numbers."""
    return Member(id=f"m{number}", name=f"児童{number}", kana=f"じどう{number}", groups=(GROUP,))


def contact_of(number: str) -> Contact:
    """The contact that a number names."""
    address = Address(channel="line", value=f"U{number}", state_at=SENT_AT)
    return Contact(
        id=f"c{number}",
        name="保護者",
        relationship="母",
        members=(f"m{number}",),
        groups=(GROUP,),
        addresses=(address,),
    )


def receipt_of(number: str, notice: str = NOTICE, window: int = 0) -> Receipt:
    """What that contact has to confirm."""
    member = member_of(number)
    return Receipt(
        notice=notice,
        member=member.id,
        name=member.name,
        sort_key=member.sort_key,
        groups=member.groups,
        contacts=(f"c{number}",),
        window=window,
    )


def notice_record(id_: str = NOTICE, body: str = "上ばきを持たせてください。") -> Notice:
    """A notice to everybody, sent an hour ago."""
    return Notice(
        id=id_,
        title="避難訓練のお知らせ",
        body=body,
        audience=Audience(groups=(GROUP,)),
        created_at=SENT_AT,
        sender="c" + number_of(0),
        sender_name="校長",
        fanned_out_at=SENT_AT,
    )


def _batches(count: int) -> Iterator[range]:
    return (range(start, min(start + _BATCH, count)) for start in range(0, count, _BATCH))


async def add_people(storage: Storage, count: int) -> None:
    """So many members and contacts."""
    for batch in _batches(count):
        await storage.members.put([member_of(number_of(i)) for i in batch])
        await storage.contacts.put([contact_of(number_of(i)) for i in batch])


async def add_notice(storage: Storage, notice: Notice, count: int) -> None:
    """The notice, with the receipts of the first so many people."""
    await storage.notices.add(notice)
    for batch in _batches(count):
        await storage.receipts.add([receipt_of(number_of(i), notice.id, i // WINDOW) for i in batch])


# What LINE sends when they tap


def sign(body: bytes) -> bytes:
    """As LINE signs."""
    return base64.b64encode(hmac.digest(SECRET.encode(), body, "sha256"))


def tap_event(index: int, event: str, *, token: str = "", redelivered: bool = False, at_ms: int | None = None) -> str:
    """One postback event, as LINE writes it."""
    fields = {
        "type": "postback",
        "postback": {"data": pack_confirm(NOTICE, 1, CONFIRM)},
        "webhookEventId": event,
        "deliveryContext": {"isRedelivery": redelivered},
        "timestamp": int(time.time() * 1000) if at_ms is None else at_ms,
        "source": {"type": "user", "userId": user_of(index)},
        **({"replyToken": token} if token else {}),
        "mode": "active",
    }
    return json.dumps(fields, separators=(",", ":"))


def webhook(events: Sequence[str], *, path: str = "/webhooks/line", bad: bool = False) -> bytes:
    """A whole signed request."""
    joined = ",".join(events)
    body = f'{{"destination":"U{"f" * 32}","events":[{joined}]}}'.encode()
    signature = sign(body + b" ") if bad else sign(body)
    return (
        b"POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nUser-Agent: LineBotWebhook/2.0\r\n"
        b"X-Line-Signature: %s\r\nContent-Length: %d\r\n\r\n%s" % (path.encode(), signature, len(body), body)
    )
