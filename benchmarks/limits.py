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
        "CPU a person, each part measured alone, µs. The call: 86 as the rival makes it (32 at once, answered at "
        "once), and 143 to 152 for the same bare post to the fake of this goal (100 ms, some 200 under way), "
        "which leaves about 25 of the goal for all that makes a push durable. Making card and receipt 49 (storing "
        "the call 26: a third of it is writing its 2 kB card, another its row with five indexes; the receipt 7, "
        "the names 4), from claim to settled 47 (claim 18, begin 11, settle 14, still wanted? 4). The rest is "
        "tasks, timers and two threads under one GIL. The wall is 5.3 to 5.5 s where nothing fails; what was "
        "answered 500 is repeated after 0.5 to 1 s, then after 1 to 2, and the last of these end the short form. With "
        "100,000 our own pace of 1,900 a second takes 52.6 s by itself, and the trees over random keys outgrow the "
        "writer's 8 MB of cache: with 100 MB, tried on the same quiet machine, it was 328 µs and 55.1 s; a server of "
        "1 GB and the flat memory of G6 are worth more. "
        "Ways on: the stored card as a template with the names beside it (8 to 10); an event loop in C; a client "
        "that only posts (the raw protocol takes 18)."
    ),
    "G4": (
        "CPU a recipient without receipts, each part measured alone, µs: reading a contact 1.5 (one text for each "
        "window, decoded at once), sorting out and turning to the next window 1, storing who is in the chunk 0.5, "
        "the sweep for members without a receipt 0.5, claim to settled 1, posting 0.3. The rest belongs to no "
        "recipient: the order itself, the loops, and threads that wait for one another under one GIL; in the "
        "short form they are spread over 100,000 only. The SDK's 4.6 include nothing but 500 ids in one object. "
        "The wall is receipts and all the others one after the other on one core: one statement of SQLite makes "
        "500 receipts, 6 each, half of it their four trees. Beside other load it is twice that. Ways on: what "
        "fan-out reads of a person beside her audience, one range instead of two reads; a receipt with one index "
        "less."
    ),
    "G5": (
        "Nothing: keys and kept totals. Wall times include the hop to the storage thread, which is what the "
        "application pays."
    ),
    "G6": (
        "Before the first call stand the order itself (the audience's kept sizes, the notice, the answer), one "
        "chunk with its 500 receipts, which comes alone, and one look at whether anybody has confirmed: the same "
        "at every size. Memory over idle is SQLite's caches, which fill once, and the chunks under way."
    ),
}
