"""Commands run in this process, in an empty folder and with no settings but the test's."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.cli import main
from bot.settings import Settings, names_given


@dataclass(slots=True)
class Shell:
    """`shell("members", "import", "roster.csv")` as one would type it; `out` and `err` are what it said."""

    folder: Path
    capture: pytest.CaptureFixture[str]
    monkeypatch: pytest.MonkeyPatch
    out: str = ""
    err: str = ""

    def __call__(self, *arguments: str) -> int:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(warnings, "showwarning", warnings.showwarning)
            code = main(arguments)
        said = self.capture.readouterr()
        self.out, self.err = said.out, said.err
        return code

    def set(self, **settings: str) -> None:
        """Set environment variables."""
        for name, value in settings.items():
            self.monkeypatch.setenv(name, value)

    def write(self, name: str, text: str, encoding: str = "utf-8") -> Path:
        """A file in the folder."""
        (self.folder / name).write_text(text, encoding=encoding)
        return self.folder / name


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Shell]:
    monkeypatch.chdir(tmp_path)
    for name in names_given(None):
        if name.lower() in Settings.model_fields:
            monkeypatch.delenv(name)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield Shell(tmp_path, capsys, monkeypatch)
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(False)
