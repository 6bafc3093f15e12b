"""What the bot remembers. The only home of database drivers; it imports nothing else of ours."""
