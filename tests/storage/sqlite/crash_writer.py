"""A process to be killed: appends, folds and settles taps, and says what it was told is durable."""

from __future__ import annotations

import asyncio
import sys
from itertools import count
from pathlib import Path

from storage.models import Confirmation, Confirmed, Outcome
from storage.sqlite import open_sqlite
from tests.factories import after, make_acknowledgement

CONTACTS = 40
BATCH = 5


async def write(path: Path, run: str) -> None:
    """Taps of all contacts in turn, until somebody pulls the plug."""
    storage = await open_sqlite(path, exclusive=True)
    for batch in count():
        taps = [
            make_acknowledgement(
                f"{run}-{batch:04}-{n}",
                user=f"c{(batch * BATCH + n) % CONTACTS}",
                at=after(milliseconds=-batch),
                choice=("出席", "欠席")[batch % 2],
            )
            for n in range(BATCH)
        ]
        await storage.append(taps, [])
        print("appended", *(tap.id for tap in taps), flush=True)
        await storage.receipts.fold([Confirmed(t.notice, t.user, Confirmation(t.at, t.id, t.choice)) for t in taps])
        print("folded", *(tap.id for tap in taps), flush=True)
        await storage.acknowledgements.settle({tap.id: Outcome.COUNTED for tap in taps})
        print("settled", *(tap.id for tap in taps), flush=True)


if __name__ == "__main__":
    asyncio.run(write(Path(sys.argv[1]), sys.argv[2]))
