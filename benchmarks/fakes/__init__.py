"""Stand-ins for what the bot talks to, each a process of its own and far cheaper than what it serves."""
