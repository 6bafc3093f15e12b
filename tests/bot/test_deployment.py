"""What is deployed: the image's own steps, run here in an empty folder; and the files around it agree with the code."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shlex
import shutil
import signal
import socket
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.settings import LATER, Settings, read_settings
from tests.bot.conftest import Shell

ROOT = Path(__file__).parents[2]
FILLED = {
    "LINE_CHANNEL_SECRET": "a-channel-secret",
    "LINE_CHANNEL_ACCESS_TOKEN": "an-access-token",
    "ORGANIZATION_NAME": "緑町小学校",
    "ORGANIZATION_CONTACT": "03-1234-5678",
    "PUBLIC_URL": "https://bot.example.jp",
}


@dataclass
class Image:
    """What the Dockerfile says, with /app and /data elsewhere and the system's Python in place of the image's."""

    folder: Path
    steps: list[tuple[str, str]] = field(default_factory=list)
    env: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path) -> Image:
        text = re.sub(r"\\\n\s*", " ", (ROOT / "Dockerfile").read_text(encoding="utf-8"))
        lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
        image = cls(folder, [(word, rest) for word, _, rest in (line.partition(" ") for line in lines)])
        for pair in shlex.split(image.last("ENV")):
            name, _, value = pair.partition("=")
            image.env[name] = image.place(value)
        image.env["PATH"] = image.env["PATH"].replace("$PATH", os.environ["PATH"])
        return image

    def last(self, word: str) -> str:
        """The arguments of the last such instruction."""
        return next(rest for known, rest in reversed(self.steps) if known == word)

    def place(self, text: str) -> str:
        """A path of the image, in the folder."""
        return re.sub(r"(?<![\w.])/(app|data)\b", lambda found: f"{self.folder}/{found[1]}", text)

    async def build(self) -> None:
        """Carry out what the first stage does."""
        app = self.folder / "app"
        app.mkdir()
        end = [word for word, _ in self.steps].index("FROM", 1)
        for word, rest in self.steps[:end]:
            if word == "COPY":
                await asyncio.to_thread(self._copy, *rest.split())
            elif word == "RUN":
                command = re.sub(r"^python ", f"{shlex.quote(sys.executable)} ", self.place(rest))
                code, said = await run(["sh", "-c", command], app, {**os.environ, "PIP_PROGRESS_BAR": "off"})
                assert code == 0, f"{rest}\n{said}"

    def _copy(self, source: str, target: str) -> None:
        made = self.folder / "app" / target
        made.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, made, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / source, made)


async def run(command: list[str], folder: Path, env: dict[str, str]) -> tuple[int, str]:
    child = await asyncio.create_subprocess_exec(
        *command, cwd=folder, env=env, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await child.communicate()
    return child.returncode or 0, said.decode()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.timeout(300)
async def test_the_images_own_steps_make_a_bot_that_serves_and_stops(tmp_path: Path) -> None:
    """No Docker engine is needed: its RUN, COPY, ENV, ENTRYPOINT, CMD and HEALTHCHECK are carried out as they stand."""
    image = Image.read(tmp_path)
    await image.build()
    shipped = {path.name for path in (tmp_path / "app").iterdir()}
    assert shipped == {".venv", "bot", "handlers", "storage", "requirements"}

    env = {**image.env, **FILLED, "HOST": "127.0.0.1", "PORT": str(free_port()), "LINE_API_URL": "http://127.0.0.1:9"}
    command = [*json.loads(image.last("ENTRYPOINT")), *json.loads(image.last("CMD"))]
    command[0] = str(tmp_path / "app" / ".venv" / "bin" / command[0])
    child = await asyncio.create_subprocess_exec(
        *command, cwd=tmp_path / "app", env=env, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    assert child.stdout is not None
    said = ""
    try:
        async with asyncio.timeout(60):
            while "serve.ready" not in said:
                line = (await child.stdout.readline()).decode()
                said += line
                assert line, said
        health = json.loads(image.last("HEALTHCHECK").partition("CMD ")[2])
        health[0] = command[0]
        assert await run(health, tmp_path / "app", env) == (0, "")
        child.send_signal(signal.SIGTERM)
        async with asyncio.timeout(30):
            assert await child.wait() == 0, said
        assert (await run(health, tmp_path / "app", env))[0] == 1, "a bot that is gone is not healthy"
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    assert {path.name for path in (tmp_path / "data").iterdir()} >= {"kakunin.sqlite3", "secret.key"}
    assert not list((tmp_path / "app").glob("*.sqlite3*")), "nothing is written beside the program"


def test_the_image_gets_no_settings_and_no_data() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    copied = [
        rest.split()[0]
        for word, rest in Image.read(Path("/nowhere")).steps
        if word == "COPY" and not rest.startswith("--from")
    ]
    assert {rule.removeprefix("!") for rule in rules if rule.startswith("!")} == set(copied)


def test_nothing_runs_as_root() -> None:
    image = Image.read(Path("/nowhere"))
    assert image.last("USER") == "kakunin"
    assert "useradd --system --uid 10001" in image.last("RUN")


def names(text: str) -> set[str]:
    return set(re.findall(r"^#?([A-Z][A-Z_]+)=", text, re.MULTILINE))


def test_the_example_names_every_setting_and_no_other() -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert names(example) == {name.upper() for name in Settings.model_fields} | {"MONGODB_PASSWORD"}
    assert not names(example) & {name for later in LATER.values() for name in later}


def test_the_example_filled_in_is_a_setting_that_starts(shell: Shell) -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    for name, value in FILLED.items():
        assert f"\n{name}=\n" in example
        example = example.replace(f"\n{name}=\n", f"\n{name}={value}\n")
    settings = read_settings(serving=True, env_file=shell.write(".env", example))
    assert settings.line_webhook_url == "https://bot.example.jp/webhooks/line"


def test_the_defaults_in_the_example_are_the_defaults(shell: Shell) -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    stated = (
        "QUIET_HOURS",
        "TIMEZONE",
        "LOCALE",
        "DATA_DIR",
        "HOST",
        "PORT",
        "LOG_LEVEL",
        "WEB_PROCESSES",
        "LINE_API_URL",
    )
    lines = [line for name in stated for line in re.findall(rf"^#({name}=.+)$", example, re.MULTILINE)]
    assert len(lines) == len(stated)
    assert read_settings(env_file=shell.write(".env", "\n".join(lines))) == read_settings(env_file=None)


def test_compose_fences_every_service() -> None:
    text = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    services = re.split(
        r"^  (?=\w[\w-]*:$)", text.partition("\nservices:\n")[2].partition("\nvolumes:\n")[0], flags=re.MULTILINE
    )
    for service in filter(str.strip, services):
        for fence in ("cap_drop: [ALL]", "no-new-privileges:true", "mem_limit:", "restart: unless-stopped"):
            assert fence in service, f"{fence} in\n{service}"
    bot = next(service for service in services if service.startswith("bot:"))
    assert "read_only: true" in bot
    assert "ports:" not in bot, "only the web server is reached from outside"
    assert ":latest" not in text


def test_the_ci_script_is_sound_and_can_be_run() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    bash = shutil.which("bash")
    assert bash is not None
    assert asyncio.run(run([bash, "-n", str(script)], ROOT, dict(os.environ))) == (0, "")
