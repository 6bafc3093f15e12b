"""How the tests find a MongoDB, and what they say when there is none."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.mongodb import server
from tests.mongodb.server import Server, Source, UnusableError

ROOT = Path(__file__).parents[2]


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A folder with a program called mongod."""
    mongod = tmp_path / "mongod"
    mongod.write_text("#!/bin/sh\n")
    mongod.chmod(0o755)
    return mongod


def test_an_address_comes_before_a_program_and_a_named_program_before_one_on_the_path(program: Path) -> None:
    address = "mongodb://127.0.0.1:27017/"
    named, path = program.with_name("other"), str(program.parent)
    program.rename(named)
    assert server.find({"TEST_MONGODB_URI": address, "MONGOD_BIN": str(named)}) == Source("uri", address)
    assert server.find({"MONGOD_BIN": str(named), "PATH": path}) == Source("mongod", str(named))
    named.rename(program)
    assert server.find({"PATH": path}) == Source("mongod", str(program))


def test_the_stand_in_beside_this_python_comes_last(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    assert server.find({"PATH": ""}) is None
    (tmp_path / "secantusd-py").touch()
    assert server.find({"PATH": ""}) == Source("stand-in", str(tmp_path / "secantusd-py"))


@pytest.mark.parametrize(
    "address",
    [
        "mongodb://db.example.jp/",
        "mongodb://127.0.0.1:27017,db.example.jp/",
        "mongodb://10.0.0.5/",
        "mongodb://[2001:db8::1]/",
        "mongodb+srv://cluster.example.jp/",
        "postgres://127.0.0.1/",
    ],
)
def test_an_address_that_is_not_this_machine_is_refused(address: str) -> None:
    with pytest.raises(UnusableError, match="TEST_MONGODB_URI"):
        server.find({"TEST_MONGODB_URI": address})


@pytest.mark.parametrize(
    "address", ["mongodb://127.0.0.1/", "mongodb://localhost:27018/x?replicaSet=r", "mongodb://[::1]/"]
)
def test_an_address_of_this_machine_is_taken(address: str) -> None:
    assert server.find({"TEST_MONGODB_URI": address}) == Source("uri", address)


def test_a_named_program_that_cannot_be_started_is_an_error_not_a_skip(tmp_path: Path) -> None:
    with pytest.raises(UnusableError, match="MONGOD_BIN"):
        server.find({"MONGOD_BIN": str(tmp_path / "nothing"), "PATH": os.defpath})


def test_a_program_that_is_no_server_is_told_with_its_own_words(program: Path) -> None:
    program.write_text("#!/bin/sh\necho this CPU has no AVX\n")
    with pytest.raises(UnusableError, match="no AVX"):
        server.start(Source("mongod", str(program)))


def test_where_the_stand_in_has_no_wheel() -> None:
    assert server.has_stand_in((3, 11), "Linux", "x86_64")
    assert server.has_stand_in((3, 13), "Darwin", "arm64")
    assert not server.has_stand_in((3, 14), "Linux", "x86_64")
    assert not server.has_stand_in((3, 12), "Darwin", "x86_64")


def test_only_databases_of_tests_are_dropped(mongodb_server: Server) -> None:
    with pytest.raises(ValueError, match="kakunin"):
        mongodb_server.drop("kakunin")


def run(folder: Path, has_stand_in: bool, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """pytest over one test that needs a MongoDB and one that does not, where there is none."""
    (folder / "conftest.py").write_text(
        "from tests.mongodb import server\n"
        "server.find = lambda: None\n"
        f"server.has_stand_in = lambda: {has_stand_in}\n"
        'pytest_plugins = ["tests.mongodb.plugin"]\n'
    )
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = real_mongod\n")
    (folder / "test_both.py").write_text("def test_with(mongodb): pass\ndef test_without(): pass\n")
    inherited = {name: value for name, value in os.environ.items() if name in ("PATH", "SYSTEMROOT", "HOME")}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options, str(folder)],
        cwd=folder,
        env=inherited | {"PYTHONPATH": str(ROOT)} | environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


@pytest.mark.parametrize("options", [[], ["-n", "2"]], ids=["one process", "two workers"])
def test_where_no_mongodb_can_be_had_the_rest_runs_and_the_last_line_says_so(
    tmp_path: Path, options: list[str]
) -> None:
    done = run(tmp_path, False, *options)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout
    assert done.stdout.rstrip().splitlines()[-1].startswith("MongoDB half NOT RUN: 1 tests.")


def test_there_ci_fails(tmp_path: Path) -> None:
    done = run(tmp_path, False, CI="true")
    assert done.returncode == 1
    assert "MongoDB half NOT RUN" in done.stdout


def test_where_one_is_merely_missing_the_test_fails_with_what_helps(tmp_path: Path) -> None:
    done = run(tmp_path, True)
    assert done.returncode == 1
    assert "make setup" in done.stdout
    assert "1 passed" in done.stdout
