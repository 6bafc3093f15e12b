"""WhatsApp's limits that concern us. Sources: Meta's Cloud API reference (interactive messages, templates, text).

Whether Meta counts characters or UTF-16 units is not said: we count the larger, so that what fits here fits there.
"""

from __future__ import annotations

TEXT = 4_096
"""A text message."""
BODY = 1_024
"""Body of an interactive message or of a template with its variables filled in."""
BUTTONS = 3
"""Reply buttons in one message."""
LABEL = 20
"""Of a reply button, and of the button that opens a list."""
ROWS = 10
"""Of a list message, all sections together."""
ROW_TITLE = 24
ROW_DESCRIPTION = 72
REFERENCE = 256
"""What a reply button carries; a row of a list carries 200."""
ROW_REFERENCE = 200
PAYLOAD = 128
"""What a template's button carries. Meta names no limit: this is known to work."""
CALLBACK = 512
"""Of what comes back with every status."""
