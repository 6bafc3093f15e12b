"""One module per administrator command."""
