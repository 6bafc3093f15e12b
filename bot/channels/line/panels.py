"""Panels (title, paragraphs, bar, rows, buttons) → LINE's message objects."""

from __future__ import annotations

from bot.channels.line.layout import (
    DONE,
    LINE_COLOR,
    QUIET,
    Json,
    box,
    bubble,
    button,
    flex_message,
    lines,
    separator,
    text,
    texts,
)
from handlers.replies import Bar, Panel, Row


def panel_message(panel: Panel) -> Json:
    """One framed message; whoever has more rows than 30 KB hold gives several panels.

    Raises: TooLongError.
    """
    body = [
        *texts(panel.title, weight="bold", size="lg"),
        *texts(*panel.paragraphs, size="md"),
        *(_bar(panel.bar) if panel.bar else ()),
        *([separator(), *map(_row, panel.rows)] if panel.rows else ()),
    ]
    return flex_message(_alternative(panel), bubble(body, [button(it) for it in panel.buttons]))


def _bar(bar: Bar) -> list[Json]:
    """Drawn, and said in figures: nobody has to guess from a colour."""
    parts = [_part(share, color) for share, color in zip(_shares(bar), (DONE, LINE_COLOR), strict=True) if share]
    return [
        box(parts, "horizontal", height="14px", cornerRadius="7px", margin="md"),
        text(_figures(bar), size="sm", align="end"),
    ]


def _part(share: int, color: str) -> Json:
    return box([], flex=share, height="14px", backgroundColor=color)


def _shares(bar: Bar) -> tuple[int, int]:
    """Hundredths done and not done; neither vanishes while there is one of it."""
    if bar.done <= 0 or bar.all <= 0:
        return 0, 100
    if bar.done >= bar.all:
        return 100, 0
    done = min(99, max(1, 100 * bar.done // bar.all))
    return done, 100 - done


def _figures(bar: Bar) -> str:
    percent = _shares(bar)[0]
    return f"{bar.done:,} / {bar.all:,} ({percent}%)"


def _row(row: Row) -> Json:
    first = [*texts(row.left, flex=1, size="md"), *texts(row.right, flex=1, size="sm", align="end")]
    note = texts(row.note, size="sm", color=QUIET)
    return box([*([box(first, "horizontal", spacing="md")] if first else []), *note], margin="md")


def _alternative(panel: Panel) -> str:
    rows = (" ".join(filter(None, (row.left, row.right, f"({row.note})" * bool(row.note)))) for row in panel.rows)
    labels = " ".join(f"［{it.label}］" for it in panel.buttons)
    return lines(panel.title, *panel.paragraphs, _figures(panel.bar) if panel.bar else "", *rows, labels)
