"""What limits each goal: found by profiling, said beside its figures."""

from __future__ import annotations

from collections.abc import Mapping

LIMITS: Mapping[str, str] = {
    "G1": (
        "A is cheap here (HTTP, HMAC, `json.loads`), and five sixths of it is aiohttp, so 1.25 × A leaves about "
        "12 µs for all that makes a tap durable and folded. What Python does for one tap, each part timed alone, "
        "is about 22 µs: checking and reading it 9, its entry made and encoded 2.5, its contact 1, its receipt "
        "read, folded and encoded 6, judged 3. The rest above HTTP is the driver: one or two round trips for an "
        "append and seven for a fold, each through a thread of motor's and back, bulk updates built one by one, "
        "and one GIL for all of it; under a storm they are shared by what gathered (5 ms for an append, 100 ms "
        "for a fold). A reply costs 9 µs for its sentences, 3 for its bytes, 11 for its line in the log and 60 to "
        "70 for the call: aiohttp's client, as in the bare post of G3. Twenty taps in one webhook share HTTP and "
        "signature, not their folds: each reads and writes a receipt of its own under compare-and-set, and 2.5 × "
        "would leave 5 µs for one. Ways on: a driver without threads; a leaner HTTP client for replies; asking "
        "what became of a redelivered tap once a fold, not once an append."
    ),
    "G2": (
        "Not separated: the bot, the load and the fakes share two cores with whatever else runs, and where that "
        "is more than half of them, latencies tell of it and not of us. What can be compared all the same is CPU: "
        "interleaved with the version before at 667/s, a tap with its reply took 0.67 to 0.79 of what it had "
        "taken (four rounds, best 401 against 573 µs, beside 1.6 cores of other load). Most of that is the call "
        "that gives the reply, then the way to the storage thread and back, which an append shares among what "
        "came in 5 ms and a fold among what came in 100. Replies share the "
        "loop with the taps, bounded only by their own rate; they are "
        "given up 50 s after their tap, beyond 20,000 waiting, and when LINE answers "
        "429. The overload run shows the last of these: LINE takes a quarter of what it is asked. The other two "
        "need a storm longer than the short form."
    ),
    "G3": (
        "CPU a person: making the card (text, check against the SDK's shape, 2.3 kB stored) and its receipt "
        "about 250 µs, claim 30, asking 35, begin 50, settle 20, the call itself with two lines of log 150. "
        "All of it under one GIL: a core at about 2,000/s. Ways on: a card prepared once with holes for the "
        "names; the stored card as a template with the names beside it; claiming without reading the card "
        "twice."
    ),
    "G4": (
        "Fan-out, about 100 µs a recipient on one core, and so the wall too: calls go out as fast as chunks "
        "are made. A quarter of it are receipts. The rest is reading the same 500 people several times a "
        "chunk as validated records (channel and language of each; still wanted?), 15 µs each time, their "
        "receipts once more, and storing and reading back the recipients; the SDK's 5 µs include none of "
        "that. The shipped channel alone is far below it. Ways on: `Target`, which has all that both places "
        "need, instead of `Contact`; asking whether a chunk is still wanted only where something was folded "
        "since it was made."
    ),
    "G5": (
        "Nothing: keys and kept totals. Wall times include the hop to the storage thread, which is what the "
        "application pays."
    ),
    "G6": (
        "Before the first call stand the order itself (head-count, counts of the audience, the answer), one "
        "chunk with its 500 receipts, and one look at each of its people."
    ),
}
