"""`/お知らせ` and `/緊急`: the beginning of a notice."""

from handlers.drafting import begin

__all__ = ["begin"]
