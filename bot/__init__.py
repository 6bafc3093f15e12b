"""The outside world: process, web, platforms, clock."""
