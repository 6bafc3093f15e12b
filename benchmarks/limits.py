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
