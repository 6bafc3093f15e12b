"""One module per way to reach a person; `base` is their protocol."""
