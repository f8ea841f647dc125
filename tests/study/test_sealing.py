from __future__ import annotations

from dataclasses import replace

import pytest

from amparo.errors import AmparoError
from amparo.study.context import Keys
from amparo.study.sealing import open_field, seal_fields
from amparo.study.store import Study


def test_a_field_opens_only_in_its_own_row(study: Study) -> None:
    from amparo.study.counting.models import WorkingReport

    key = study.keys.current("counting")
    page = WorkingReport(**seal_fields(key, WorkingReport, 1, {"sealed_bytes": b"synthetic page"}))
    assert b"synthetic" not in bytes(page.sealed_bytes)
    assert open_field(study, page, 1, "sealed_bytes") == b"synthetic page"
    with pytest.raises(AmparoError, match="vault.tampered"):
        open_field(study, page, 2, "sealed_bytes")


def test_who_lacks_the_key_is_told_so(study: Study) -> None:
    from amparo.study.counting.models import WorkingReport

    key = study.keys.current("counting")
    page = WorkingReport(**seal_fields(key, WorkingReport, 1, {"sealed_bytes": b"synthetic page"}))
    rest = {number: held for number, held in study.keys.held.items() if number != key.id}
    with pytest.raises(AmparoError, match="accounts.no_key"):
        open_field(replace(study, keys=Keys(rest)), page, 1, "sealed_bytes")
