"""What limits each goal: found by profiling, said beside its figures."""

from __future__ import annotations

from collections.abc import Mapping

LIMITS: Mapping[str, str] = {
    "G1": (
        "A is cheap here (HTTP, HMAC, `json.loads`), and five sixths of it is aiohttp, so 1.25 × A leaves about "
        "12 µs for all that makes a tap durable and folded. What Python does for one tap, each part timed alone, "
        "is about 20 µs: checking and reading it 7, its entry made and encoded 2.5, its contact 1, its receipt "
        "read, folded and encoded 6, judged 3. The rest above HTTP is the driver: one or two round trips for an "
        "append and seven for a fold, each through a thread of motor's and back, and one GIL for all of it; under "
        "a storm they are shared by what gathered (5 ms for an append, 100 ms for a fold). Of a bulk update the "
        "driver's own part is about 2 µs a receipt: a bare command would save that, and with it the driver's "
        "repeating of writes, so it stays. A reply costs 9 µs for its sentences, 3 for its bytes and 60 to "
        "100 for the call: aiohttp's client, as in the bare post of G3, whatever of it can be switched off. "
        "Twenty taps in one webhook share HTTP and "
        "signature, not their folds: each reads and writes a receipt of its own under compare-and-set, and 2.5 × "
        "would leave 5 µs for one. Ways on: a driver without threads; a leaner HTTP client for replies; asking "
        "what became of a redelivered tap once a fold, not once an append."
    ),
    "G2": (
        "Not separated: the bot, the load and the fakes share two cores with whatever else runs, and where that "
        "is more than one of them, latencies tell of it and not of us. Taps go first: a few replies are begun in a "
        "round of the loop, and after a long round replies rest, so that a storm is answered 200 at the speed of "
        "taps and its replies follow. Half of what Python does for a tap with its reply is the reply, and half of "
        "that the call through aiohttp's client; the way to the storage thread and back is shared by what came in 5 "
        "ms, a fold by what came in 100. Statements of many rows instead of many statements were tried: fewer "
        "handings over of the GIL, but twice the CPU of a row. Replies are given up 50 s after their tap, beyond "
        "20,000 waiting, and when LINE answers 429. The overload run shows the last of these: LINE takes a quarter "
        "of what it is asked. The other two need a storm longer than the short form."
    ),
    "G3": (
        "CPU a person, each part measured alone, µs: the call through aiohttp's client is the rival itself (about "
        "100); making card and receipt 75 (storing the call with its three indexes by state 35, the receipt 9, the "
        "names 5, the card from its stencil 5); from claim to settled 135 (claim 30, begin 28, settle 20, still "
        "wanted? 9, one line of log 12, tasks and turns the rest). All of it under one GIL, and commits beside other "
        "load cost more than that. Ways on: a client that only posts (the raw protocol takes 18); the stored card as "
        "a template with the names beside it; the state of a push in one narrow row."
    ),
    "G4": (
        "Fan-out, about 20 µs a recipient without receipts, and so the wall too: calls go out as fast as chunks are "
        "made. By parts, µs: reading a contact 5 to 10 (2 of it SQLite, the rest two small JSON texts and a row in "
        "Python), members who have no contact 1, sorting out and storing who is in the chunk 6, ten hops to the "
        "storage threads for each chunk 2, claim to settled 8 (3 of it whether a tap is still wanted). Receipts are "
        "one statement of SQLite, 8 to 13. The SDK's 5 µs include none of that, and are spent on 500 ids in one "
        "object; a tenth of a recipient's row in Python already costs half of it. Ways on: a chunk made by one "
        "statement, as its receipts are; reading the next chunk while this one is committed."
    ),
    "G5": (
        "Nothing: keys and kept totals. Wall times include the hop to the storage thread, which is what the "
        "application pays."
    ),
    "G6": (
        "Before the first call stand the order itself (the audience's kept sizes, the notice, the answer), one chunk "
        "with its 500 receipts, and one look at whether their taps are still wanted: the same at every size. Memory "
        "over idle is SQLite's caches, which fill once, and the chunks under way."
    ),
}
