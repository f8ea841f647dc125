"""Founder, Marta (documents) and Julia (administers), each opening the study with a way in of their own."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest

from amparo.study import store
from amparo.study.context import Study
from amparo.study.register.rules import Declared
from amparo.vault import folder, wraps
from amparo.vault.slots import Passphrase

PASS = {"marta": "otra frase larga uno", "julia": "tercera frase dos"}
LIST = "nombres,apellidos,fecha\nInventada,Sintética Uno,2016-01-02\nInventado,Sintético Dos,2017-03-04\n"


@pytest.fixture
def as_(
    copied: folder.Opened, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], AbstractContextManager[Study]]:
    """Open the study as somebody, with their own passphrase; stretching is made cheap."""
    real = wraps.hash_secret_raw
    monkeypatch.setattr(
        wraps, "hash_secret_raw", lambda secret, salt, _t, _m, *rest: real(secret, salt, 1, 1024, *rest)
    )

    @contextmanager
    def opened(handle: str) -> Generator[Study]:
        if handle == "owner":
            way = copied
        else:
            way = folder.open_folder(copied.path, Passphrase(PASS[handle], handle))
        with store.study_in(way) as study:
            yield study

    return opened


@pytest.fixture
def read() -> Callable[..., None]:
    """Read a list of two made-up persons under a key."""

    def reading(study: Study, key: str, **options: Any) -> None:
        from amparo.study.register.services import read_list

        declared = Declared(key, "capture")
        read_list(study, LIST.encode(), f"{key}.csv", source_key=key, declared=declared, **options)

    return reading


@pytest.fixture
def cells() -> Callable[[Study], int]:
    """How many standing records somebody can open."""

    def opened(study: Study) -> int:
        from amparo.study.register.standing import standing_cells

        return standing_cells(study).height

    return opened


@pytest.fixture
def team() -> Callable[[Study], None]:
    """Marta with the keys of the first compartment, and Julia."""

    def added(study: Study) -> None:
        from amparo.study.accounts import compartments, people

        people.add(study, "marta", ["documents"], PASS["marta"])
        people.add(study, "julia", ["administers"], PASS["julia"])
        compartments.join(study, "default", "marta")

    return added
