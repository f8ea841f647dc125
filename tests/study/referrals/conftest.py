"""Others beside the founder, each with the study as their keys open it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from amparo.study import store
from amparo.study.context import Study
from amparo.vault import folder, wraps
from amparo.vault.slots import Passphrase

Join = Callable[..., Study]


@pytest.fixture
def join(study: Study, monkeypatch: pytest.MonkeyPatch) -> Join:
    """Add somebody with roles and compartments, and open the study as them; stretching is made cheap."""
    real = wraps.hash_secret_raw
    monkeypatch.setattr(
        wraps, "hash_secret_raw", lambda secret, salt, _t, _m, *rest: real(secret, salt, 1, 1024, *rest)
    )

    def joined(handle: str, roles: list[str], names: tuple[str, ...] = ("default",)) -> Study:
        from amparo.study.accounts import compartments

        words = f"synthetic words of {handle}"
        compartments.welcome(study, handle, roles, words, names)
        return store.joined(folder.open_folder(study.opened.path, Passphrase(words, handle)))

    return joined
