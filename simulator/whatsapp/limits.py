"""Every limit in one place, and how we count. Source: Meta's WhatsApp Cloud API documentation unless said otherwise.

Whether Meta counts UTF-16 units or characters is not stated: the larger count, so that what passes here cannot fail
there.
"""

TEXT = 4096
TEMPLATE_BODY = 1024  # with its variables filled in
TEMPLATE_HEADER = 60
TEMPLATE_FOOTER = 60
TEMPLATE_BUTTONS = 10
TEMPLATE_LABEL = 25
PAYLOAD = 128  # no maximum is documented: the length that is known to work
INTERACTIVE_BODY = 1024
INTERACTIVE_HEADER = 60
INTERACTIVE_FOOTER = 60
REPLY_BUTTONS = 3
REPLY_TITLE = 20
REPLY_ID = 256
LIST_BODY = 4096
LIST_BUTTON = 20
LIST_SECTIONS = 10
LIST_ROWS = 10  # of all sections together
SECTION_TITLE = 24
ROW_ID = 200
ROW_TITLE = 24
ROW_DESCRIPTION = 72
CALLBACK_DATA = 512
CONSECUTIVE_SPACES = 4

WINDOW_MS = 24 * 3_600_000  # the customer service window, from the person's last message
TIME_TO_LIVE_S = 30 * 24 * 3_600  # of a utility template whose recipient cannot be reached ("Time-to-live")
THROUGHPUT_PER_S = 80.0  # per business number ("Throughput")
PAIR_PER_S, PAIR_BURST = 1 / 6, 45.0  # per business number and person (partners' figures)
RETRY_MS = 7 * 24 * 3_600_000  # how long an update that got no 200 is offered again
REQUEST_BYTES = 3_000_000

VERSIONS = ("v21.0", "v22.0", "v23.0", "v24.0", "v25.0", "v26.0")
# People outside the window per moving 24 hours, of the whole portfolio ("Messaging limits"); None: no limit.
TIERS: dict[str, int | None] = {
    "TIER_250": 250,
    "TIER_2K": 2_000,
    "TIER_10K": 10_000,
    "TIER_100K": 100_000,
    "TIER_UNLIMITED": None,
}


def length(text: str) -> int:
    """UTF-16 code units."""
    return len(text) + sum(character > "\uffff" for character in text)
