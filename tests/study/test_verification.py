from __future__ import annotations

import pytest
from synthetic_lists import people, table

from amparo.errors import AmparoError
from amparo.study.register.rules import Declared
from amparo.study.register.services import read_list
from amparo.study.store import Study
from amparo.study.verification import verify_study


def test_a_whole_study_is_counted(study: Study) -> None:
    read_list(study, table(people(5)), "a.csv", source_key="a", declared=Declared("a", "capture"))
    verified = verify_study(study)
    assert (verified.records, verified.files) == (5, 1)
    assert verified.acts == 4


def test_a_lost_file_is_found(study: Study) -> None:
    read_list(study, table(people(5)), "a.csv", source_key="a", declared=Declared("a", "capture"))
    [blob] = (study.opened.path / "blobs").glob("*/*")
    blob.unlink()
    with pytest.raises(AmparoError, match="vault.blob_missing"):
        verify_study(study)
