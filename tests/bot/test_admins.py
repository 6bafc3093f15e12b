"""Who is administrator from outside the chat, and the secret under which codes are kept."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.invite import ensure_administrators, renew
from bot.opening import organization_secret
from bot.settings import Settings
from handlers import codes
from storage.base import Storage
from storage.errors import NotFoundError
from storage.models import Address, Contact, Member, Role
from storage.sqlite import open_sqlite
from tests.bot.conftest import Shell

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
TEACHER = f"U{1:032x}"
MOTHER = f"U{2:032x}"


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[Storage]:
    opened = await open_sqlite(tmp_path / "kakunin.sqlite3")
    yield opened
    await opened.close()


@pytest.fixture
def settings(shell: Shell) -> Settings:
    shell.set(ADMINS=f"line:{TEACHER},line:{MOTHER},whatsapp:+819012345678")
    return Settings(_env_file=None)


async def test_who_the_settings_name_is_administrator_from_the_start(storage: Storage, settings: Settings) -> None:
    for _ in range(2):
        await ensure_administrators(storage, settings, NOW)
        assert [(c.id, c.addresses[0].key) for c in await storage.contacts.administrators()] == [
            (f"admin:line:{TEACHER}", f"line:{TEACHER}"),
            (f"admin:line:{MOTHER}", f"line:{MOTHER}"),
            ("admin:whatsapp:+819012345678", "whatsapp:+819012345678"),
        ]


async def test_who_is_a_contact_already_stays_that_contact(storage: Storage, settings: Settings) -> None:
    await storage.contacts.put([Contact(id="G1", name="佐藤 恵", members=("001",), groups=("1年A組",))])
    await storage.contacts.attach("G1", Address(channel="line", value=MOTHER, state_at=NOW))
    await ensure_administrators(storage, settings, NOW)
    mother = (await storage.contacts.by_address("line", [MOTHER]))[MOTHER]
    assert (mother.id, mother.name, mother.role) == ("G1", "佐藤 恵", Role.ADMINISTRATOR)
    assert mother.members == ("001",)


def test_the_secret_is_made_once_whoever_asks_first(settings: Settings) -> None:
    found: list[bytes] = []
    threads = [threading.Thread(target=lambda: found.append(organization_secret(settings))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1
    assert {file.name for file in settings.data_dir.iterdir()} == {"secret.key"}


def test_a_secret_that_is_set_is_used_and_none_is_made(shell: Shell) -> None:
    shell.set(SECRET_KEY="k" * 32)
    assert organization_secret(Settings(_env_file=None)) == b"k" * 32
    assert not (shell.folder / "data").exists()


async def test_somebody_with_a_new_telephone_gets_a_new_code(storage: Storage) -> None:
    await storage.members.put([Member(id="101", name="青木 葵")])
    await storage.contacts.put([Contact(id="101-1", name="青木 恵", members=("101",))])
    await storage.contacts.attach("101-1", Address(channel="line", value="U" + "1" * 32, state_at=NOW))

    ((contact, code),) = await renew(storage, b"s" * 32, "101", NOW)

    assert contact.id == "101-1"
    stored = await storage.codes.get(codes.code_id(code, b"s" * 32))
    assert stored is not None
    assert (stored.contact, stored.used_by) == ("101-1", None)


async def test_nobody_gets_a_code_for_whom_the_roster_does_not_know(storage: Storage) -> None:
    with pytest.raises(NotFoundError):
        await renew(storage, b"s" * 32, "999", NOW)
