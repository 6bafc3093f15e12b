"""Holding the audience: every delivery of a notice as a dict, or as a pydantic model, before the first is sent.

`python -m benchmarks.rivals.holding dict|pydantic COUNT` prints {mib, first}: memory taken, seconds until the first.
"""

from __future__ import annotations

import json
import os
import sys
import time
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel

from benchmarks.machine import resident
from benchmarks.people import NOTICE, number_of, user_of


class Delivery(BaseModel):
    """One person's delivery, as tutorials store it."""

    id: str
    notice: str
    member: str
    contact: str
    user: str
    channel: str
    state: str
    attempts: int
    created_at: datetime
    sent_at: datetime | None
    error: str | None


def _fields(index: int, now: datetime) -> dict[str, Any]:
    number = number_of(index)
    return {
        "id": f"{NOTICE}/{number}",
        "notice": NOTICE,
        "member": f"m{number}",
        "contact": f"c{number}",
        "user": user_of(index),
        "channel": "line",
        "state": "waiting",
        "attempts": 0,
        "created_at": now,
        "sent_at": None,
        "error": None,
    }


def main(kind: str, count: int) -> None:
    """Build it all."""
    before, began, now = resident(os.getpid()), time.perf_counter(), datetime.now(UTC)
    held: list[Any] = [
        _fields(i, now) if kind == "dict" else Delivery.model_validate(_fields(i, now)) for i in range(count)
    ]
    first = time.perf_counter() - began
    print(json.dumps({"mib": resident(os.getpid()) - before, "first": first, "held": len(held)}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
