"""Somebody else at work in the same study."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager

import pytest

from amparo.study import store
from amparo.vault import folder
from amparo.vault.slots import Passphrase


@pytest.fixture
def as_user(copied: folder.Opened) -> Callable[[str, list[str], list[str]], object]:
    """Open the copied study as somebody else, added by the founder with the keys of these compartments."""

    @contextmanager
    def opened(handle: str, roles: list[str], compartments: list[str]) -> Generator[store.Study]:
        from amparo.study.accounts.compartments import welcome

        with store.study_in(copied) as founder:
            welcome(founder, handle, roles, f"otra frase {handle} muy larga", compartments)
        way = Passphrase(f"otra frase {handle} muy larga", handle)
        with store.study_in(folder.open_folder(copied.path, way)) as study:
            yield study

    return opened
