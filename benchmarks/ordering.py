"""An administrator at work: types a notice, gets the preview, presses send. All through the webhook, as in a chat."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from benchmarks.load import Shot, closed_loop
from benchmarks.people import ADMIN, GROUP, webhook
from benchmarks.stage import Process, Stage, until
from storage.base import Storage
from storage.models import OutgoingState

_SEND = "に送る"
_BODY = """下記のとおり避難訓練を行います。{0}さんは当日、上ばきと防災頭巾を持たせてください。
雨天のときは体育館で行います。お迎えの方は正門からお入りください。"""


def text_of(*, personal: bool) -> str:
    """The notice as it is typed; personal: each card names the child. Urgent: it waits for no brake and no morning."""
    body = _BODY.format("{名前}" if personal else "お子")
    return f"お知らせ\n宛先:{GROUP}\n緊急:はい\n締切:なし\n件名:避難訓練のお知らせ\n\n{body}"


@dataclass(frozen=True, slots=True)
class Ordered:
    """A notice under way."""

    notice: str
    pressed_at: float
    """By the machine's monotonic clock."""
    cpu: float
    """Seconds of CPU that the bot had used when send was pressed."""


async def order(stage: Stage, bot: Process, line: Process, storage: Storage, *, personal: bool) -> Ordered:
    """Have the bot send a notice to everybody. The fake must keep bodies."""
    stamp = time.monotonic_ns()
    await _deliver(
        bot, {"type": "message", "message": {"type": "text", "id": "1", "text": text_of(personal=personal)}}, stamp
    )
    found: list[str] = []

    async def is_shown() -> bool:
        bodies = (await stage.ask(line, "stats"))["bodies"]
        found.extend(b["data"] for b in _buttons(bodies) if _SEND in b.get("label", "") and b.get("data"))
        return bool(found)

    if await until(is_shown, 30) == float("inf"):
        raise RuntimeError(f"no preview came; the bot wrote:\n{bot.written()[-2000:]}")
    earlier = {n.id for n in await storage.notices.latest(10)}
    cpu, pressed_at = bot.cpu, time.monotonic()
    await _deliver(bot, {"type": "postback", "postback": {"data": found[-1]}}, stamp + 1)
    new: list[str] = []

    async def is_there() -> bool:
        new.extend(n.id for n in await storage.notices.latest(1) if n.id not in earlier)
        return bool(new)

    if await until(is_there, 30) == float("inf"):
        raise RuntimeError(f"no notice was made; the bot wrote:\n{bot.written()[-2000:]}")
    return Ordered(new[0], pressed_at, cpu)


async def _deliver(bot: Process, event: dict[str, Any], stamp: int) -> None:
    whole = {
        **event,
        "webhookEventId": f"A{stamp}",
        "deliveryContext": {"isRedelivery": False},
        "timestamp": int(time.time() * 1000),
        "source": {"type": "user", "userId": ADMIN},
        "replyToken": f"a{stamp}",
        "mode": "active",
    }
    outcome = await closed_loop(bot.port, iter([Shot(webhook([json.dumps(whole)]))]), count=1, connections=1)
    if not outcome.is_clean:
        raise RuntimeError(f"the webhook was answered {dict(outcome.wrong)}")


def _buttons(value: Any) -> Iterator[dict[str, str]]:
    """Every action anywhere in message objects."""
    if isinstance(value, dict):
        if value.get("type") == "postback" and "data" in value:
            yield value
        for part in value.values():
            yield from _buttons(part)
    elif isinstance(value, list):
        for part in value:
            yield from _buttons(part)


async def accepted(storage: Storage, notice: str) -> int:
    """How many people's calls stand as accepted."""
    return (await storage.outbox.progress(notice)).people.get(OutgoingState.ACCEPTED, 0)


async def until_accepted(storage: Storage, notice: str, people: int, seconds: float) -> float:
    """Wait until everybody's call stands as accepted; how long it took, or infinity."""

    async def is_done() -> bool:
        return await accepted(storage, notice) >= people

    return await until(is_done, seconds, 0.2)
