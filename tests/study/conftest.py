"""A study made once with the real Argon2id costs, copied for each test and opened by its root key."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest

from amparo.study import store
from amparo.study.plan import Period, Plan, PlannedTarget
from amparo.vault import folder, keyring, wraps
from amparo.vault.slots import Passphrase

sys.path.insert(0, str(Path(__file__).parent))  # the tests of this room share their synthetic lists
store.configure()

PASSPHRASE = "lluvia mesa tambor once"


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory) -> folder.Opened:
    target = PlannedTarget("synthetic role", "act", "place", Period(date(2015, 1, 1), date(2018, 12, 31)))
    path = tmp_path_factory.mktemp("original") / "study"
    store.create(path, PASSPHRASE, Plan("Synthetic study", "es", synthetic=True, target=target))
    return folder.open_folder(path, Passphrase(PASSPHRASE))


@pytest.fixture
def copied(original: folder.Opened, tmp_path: Path) -> Iterator[folder.Opened]:
    """A study of its own for the test, not yet opened through Django."""
    shutil.copytree(original.path, tmp_path / "study")
    yield folder.open_with_key(tmp_path / "study", original.secrets)
    keyring.drop(tmp_path / "study" / folder.DATABASE)


@pytest.fixture
def study(copied: folder.Opened) -> Iterator[store.Study]:
    with store.study_in(copied) as opened:
        yield opened


@pytest.fixture
def reopened(copied: folder.Opened) -> Callable[[], object]:
    """Open the copied study again, after a test has closed it."""

    @contextmanager
    def again() -> Generator[store.Study]:
        with store.study_in(copied) as opened:
            yield opened

    return again


@pytest.fixture
def join(study: store.Study, monkeypatch: pytest.MonkeyPatch) -> Callable[..., store.Study]:
    """Add somebody with roles and compartments, and open the study as them; stretching is made cheap."""
    real = wraps.hash_secret_raw
    monkeypatch.setattr(
        wraps, "hash_secret_raw", lambda secret, salt, _t, _m, *rest: real(secret, salt, 1, 1024, *rest)
    )

    def joined(handle: str, roles: list[str], names: tuple[str, ...] = ("default",)) -> store.Study:
        from amparo.study.accounts import compartments

        words = f"synthetic words of {handle}"
        compartments.welcome(study, handle, roles, words, names)
        return store.joined(folder.open_folder(study.opened.path, Passphrase(words, handle)))

    return joined
