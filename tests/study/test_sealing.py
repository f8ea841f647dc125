from __future__ import annotations

import pytest

from amparo.errors import AmparoError
from amparo.study.sealing import open_field, seal_fields
from amparo.study.store import Study


def test_a_field_opens_only_in_its_own_row(study: Study) -> None:
    from amparo.study.counting.models import WorkingReport

    page = WorkingReport(**seal_fields(study, WorkingReport, 1, {"sealed_bytes": b"synthetic page"}))
    assert b"synthetic" not in bytes(page.sealed_bytes)
    assert open_field(study, page, 1, "sealed_bytes") == b"synthetic page"
    with pytest.raises(AmparoError, match="vault.tampered"):
        open_field(study, page, 2, "sealed_bytes")
