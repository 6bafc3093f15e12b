"""A sentence is what its Fluent file says, by whichever way it is put together."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from fluent.runtime import FluentBundle, FluentResource
from fluent.syntax import FluentParser, ast

from handlers import wording
from handlers.wording import LOCALES, WordingError, Words

FILES = Path(wording.__file__).parent


def sentences(locale: str) -> list[ast.Message]:
    resources = [FluentParser().parse(p.read_text(encoding="utf-8")) for p in sorted((FILES / locale).glob("*.ftl"))]
    return [entry for resource in resources for entry in resource.body if isinstance(entry, ast.Message)]


def arguments_of(message: ast.Message) -> dict[str, str]:
    """Every argument of a sentence, filled with words that a careless template would trip over."""
    names: set[str] = set()

    def look(node: Any) -> None:
        match node:
            case ast.VariableReference():
                names.add(node.id.name)
            case ast.BaseNode():
                look(list(vars(node).values()))
            case list():
                for each in node:
                    look(each)

    look(message)
    return {name: f"100%(x)s { {name} } {name}" for name in names}


@pytest.mark.parametrize("locale", LOCALES)
def test_every_sentence_is_what_fluent_makes_of_it(locale: str) -> None:
    bundle = FluentBundle([locale], use_isolating=False)
    for path in (FILES / locale).glob("*.ftl"):
        bundle.add_resource(FluentResource(path.read_text(encoding="utf-8")))
    words = Words(locale, ZoneInfo("Asia/Tokyo"))
    for message in sentences(locale):
        arguments = arguments_of(message)
        expected, errors = bundle.format_pattern(bundle.get_message(message.id.name).value, arguments)
        assert not errors
        assert words(message.id.name, **arguments) == expected


def test_missing_argument_and_missing_sentence_are_faults() -> None:
    words = Words("ja", ZoneInfo("Asia/Tokyo"))
    with pytest.raises(WordingError, match="title"):
        words("tap-title")
    with pytest.raises(WordingError, match="no sentence"):
        words("no-such-sentence")
