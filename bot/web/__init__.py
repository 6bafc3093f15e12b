"""The HTTP shell: webhooks, pages, operations."""
