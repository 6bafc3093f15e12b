"""What limits each goal: found by profiling, said beside its figures."""

from __future__ import annotations

from collections.abc import Mapping

LIMITS: Mapping[str, str] = {
    "G1": (
        "A is cheap here (HTTP, HMAC, `json.loads`), so 1.25 × A leaves about 12 µs for all that makes a tap "
        "durable and folded. By parts, on the null wire, batches of 100: reading and its entry 8 µs, append "
        "10–13, contacts by address 15–23 (validated by pydantic), fold of receipts 33–50 (read, folded, "
        "encoded, totals marked), noting outcomes 1–3; six round trips of the driver for each batch, shared "
        "by it. A reply costs 26 µs for its sentences and 140–180 for the call, most of it aiohttp's client, "
        "as in the bare post of G3. Twenty taps in one webhook share HTTP and signature, not their folds. "
        "Ways on: a verb that reads (contact, absorbed, locale) by address without a model; a receipt's "
        "fulfilment computed once; a raw client for replies."
    ),
    "G2": (
        "Not separated: the bot, the load and the fakes share two cores with whatever else runs, and one tap "
        "with its reply is about 350 µs of CPU in the bot, so 2,000/s want most of a core for its Python "
        "alone. Replies still compete with taps: slowing them while the loop is late was tried, interleaved "
        "three times, and not kept (p99 at 3,000/s × 0.88 to 0.93, at 2,000/s × 1.01 to 2.35). The highest "
        "rung is the real overload: the run at twice the sustained rate starts from whatever this run could "
        "sustain, and where that is low it sheds nothing and shows little."
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
