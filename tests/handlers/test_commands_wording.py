"""The sentences of the commands: all there in both languages, all fitting what a channel takes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from fluent.syntax import FluentParser, ast
from fluent.syntax.visitor import Visitor

import handlers.commands
from handlers.wording import LOCALES

WORDING = Path(handlers.commands.__file__).parents[1] / "wording"
SENTENCE = re.compile(
    r'"((?:choose|status|paging|again|pending|reason|confirmed|means|remind|list|close|stop|withdraw|help|results)-[a-z-]+)"'
)
BY_VALUE = re.compile(
    r"^(choose-(cancelled|closed|expired)|status-|stop-standing-|remind-sending-|remind-later-|reason-|means-|list-|help-|results-)"
)
"""Sentences whose key is put together from a value: the tests of their commands say each of them."""


class Variables(Visitor):  # type: ignore[misc]
    """The variables of a sentence."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def visit_VariableReference(self, node: ast.VariableReference) -> None:  # noqa: N802
        self.found.add(node.id.name)


def sentences(path: Path) -> dict[str, set[str]]:
    """Every sentence of a file with its variables; a file that says one twice fails."""
    found: dict[str, set[str]] = {}
    for entry in FluentParser().parse(path.read_text(encoding="utf-8")).body:
        assert not isinstance(entry, ast.Junk), entry.content
        if isinstance(entry, ast.Message):
            assert entry.id.name not in found, entry.id.name
            variables = Variables()
            variables.visit(entry)
            found[entry.id.name] = variables.found
    return found


def test_both_languages_say_the_same_things() -> None:
    japanese, english = (sentences(WORDING / locale / "commands.ftl") for locale in ("ja", "en"))
    assert japanese == english


@pytest.mark.parametrize("locale", LOCALES)
def test_no_sentence_is_said_by_another_file_too(locale: str) -> None:
    own = set(sentences(WORDING / locale / "commands.ftl"))
    others = [p for p in (WORDING / locale).glob("*.ftl") if p.name != "commands.ftl"]
    assert not own & {key for path in others for key in sentences(path)}


def test_every_sentence_is_said_by_some_command() -> None:
    sources = [*Path(handlers.commands.__file__).parent.glob("*.py"), WORDING.parent / "results.py"]
    found = {key for path in sources for key in SENTENCE.findall(path.read_text(encoding="utf-8"))}
    said = {key for key in found if not key.endswith("-now")}
    written = set(sentences(WORDING / "ja" / "commands.ftl"))
    assert said <= written
    assert not {key for key in written - said if not BY_VALUE.match(key)}


@pytest.mark.parametrize("locale", LOCALES)
def test_nobody_is_said_to_have_read_anything(locale: str) -> None:
    text = (WORDING / locale / "commands.ftl").read_text(encoding="utf-8")
    assert "既読" not in text
    assert "開封" not in text
