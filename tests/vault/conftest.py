"""A study made once with the real Argon2id costs, copied for each test and opened by its root key."""

from __future__ import annotations

import functools
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.conf import UserSettingsHolder, global_settings, settings
from django.db.utils import ConnectionHandler

from amparo.vault import folder, keyring, slots, sqlcipher

PASSPHRASE = "lluvia mesa tambor once"
ROWS = 400


@pytest.fixture(scope="session")
def passphrase() -> str:
    return PASSPHRASE


@pytest.fixture(scope="session", autouse=True)
def stretched_once() -> Iterator[None]:
    """Argon2id at its real cost, but once for each passphrase and salt: copies of a study share both."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(slots, "hash_secret_raw", functools.cache(slots.hash_secret_raw))
        yield


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory) -> folder.Opened:
    """A study with one table of synthetic notes over several pages."""

    def fill(opened: folder.Opened) -> None:
        with closing(sqlcipher.connect(opened.database, opened.key("database"))) as database, database:
            database.execute("CREATE TABLE note (id INTEGER PRIMARY KEY, said TEXT NOT NULL UNIQUE)")
            notes = [(f"synthetic note {number} " + "x" * 200,) for number in range(ROWS)]
            database.executemany("INSERT INTO note (said) VALUES (?)", notes)

    return folder.create(tmp_path_factory.mktemp("original") / "study", PASSPHRASE, fill)


@pytest.fixture
def study(original: folder.Opened, tmp_path: Path) -> Iterator[folder.Opened]:
    shutil.copytree(original.path, tmp_path / "study")
    yield folder.open_with_key(tmp_path / "study", original.root_key)
    keyring.drop()


@pytest.fixture
def connection(study: folder.Opened) -> Iterator[Any]:
    """A Django connection to the study under default settings, whatever other tests have configured."""
    configured = settings._wrapped
    settings._wrapped = UserSettingsHolder(global_settings)
    handler = ConnectionHandler({"default": {"ENGINE": "amparo.vault.backend", "NAME": study.database}})
    yield handler["default"]
    handler["default"].close()
    settings._wrapped = configured
