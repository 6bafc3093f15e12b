"""What limits each goal: found by profiling, said beside its figures."""

from __future__ import annotations

from collections.abc import Mapping

LIMITS: Mapping[str, str] = {
    "G1": (
        "A is cheap here (HTTP, HMAC, `json.loads`), so 1.25 × A leaves about 12 µs for all that makes a tap "
        "durable and folded. By parts, on the null wire, batches of 100: reading and its entry 8 µs, append 10–13, "
        "contacts by address 15–23 (validated by pydantic), fold of receipts 33–50 (read, folded, encoded, totals "
        "marked), noting outcomes 1–3; six round trips of the driver for each batch, shared by it. A reply costs "
        "26 µs for its sentences and 140–180 for the call, most of it aiohttp's client, as in the bare post of G3. "
        "Twenty taps in one webhook share HTTP and signature, not their folds. Ways on: a verb that reads "
        "(contact, absorbed, locale) by address without a model; a receipt's fulfilment computed once; a raw "
        "client for replies."
    ),
    "G2": (
        "CPU: at 2,000/s a tap with its reply takes most of a core and a half together with the load and the "
        "fakes, all on the same two cores, and whatever else runs there adds to p99 directly. When the loop comes "
        "late, replies slow down (`bot.replying`), so that what is left of the machine goes to taps."
    ),
    "G3": (
        "CPU a person: making the card (text, check against the SDK's shape, 2.3 kB stored) and its receipt about "
        "250 µs, claim 30, asking 35, begin 50, settle 20, the call itself with two lines of log 150. All of it "
        "under one GIL: a core at about 2,000/s. Ways on: a card prepared once with holes for the names; the "
        "stored card as a template with the names beside it; claiming without reading the card twice."
    ),
    "G4": (
        "Receipts are most of it: one document an obligation, with its entry by contact, written before the chunk "
        "may go. The rest is reading: the audience is streamed as plain rows, but each chunk's contacts are read "
        "as validated records twice (channel and language of each; still wanted?), 15 µs each time, against the "
        "SDK's 6 µs in all. Ways on: `Target` instead of `Contact` in both places, which has all they need; asking "
        "for receipts by what has changed since the fan-out."
    ),
    "G5": (
        "Nothing: keys and kept totals. Wall times include the hop to the storage thread, which is what the "
        "application pays."
    ),
    "G6": (
        "Before the first call stand the order itself (head-count, counts of the audience, the answer), one chunk with "
        "its 500 receipts, and one look at each of its people."
    ),
}
