"""An erasure reaches claims, suggestions and the document; what stays is still found in it."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
import pytest
from claims_article import TEXT, accept_all, keep, waiting_by

from amparo.errors import AmparoError
from amparo.study import store
from amparo.vault import folder, keyring


def test_an_erased_person_is_in_no_claim_and_no_document_and_does_not_come_back(study: store.Study) -> None:
    from amparo.study.care.erasure import erase
    from amparo.study.claims.models import Claim
    from amparo.study.claims.reading import check_claims, claims_of, known_of
    from amparo.study.register.documents import document_of
    from amparo.study.register.models import SourceFile
    from amparo.study.verification import verify_study

    keep(study)
    accept_all(study)
    record = f"press.1.{TEXT.index('Nadie') + 1}"
    before = len(claims_of(study).claims)
    erase(study, [record], "asked to")
    after = claims_of(study).claims
    assert 0 < len(after) < before
    assert Claim.objects.filter(wrapped_key=b"").count() == before - len(after)
    [file] = SourceFile.objects.all()
    document = document_of(study, file)
    told = msgspec.json.encode(document).decode() + "".join(str(claim) for claim in after)
    for word in ("Nadie", "Inventado", "Ficticio"):
        assert word not in told
    assert len(document.text) == len(TEXT)
    assert "At least nine officers were killed in January." in document.text
    with pytest.raises(AmparoError, match=r"claims\.unknown_thing"):
        known_of(study, record)
    assert check_claims(study) > 0
    verify_study(study)
    again = keep(study)
    assert again.suggested == 0
    assert not waiting_by(study)
    verify_study(study)


def test_an_older_copy_is_cleaned_of_whom_was_erased_when_tombstones_are_replayed(
    copied: folder.Opened, tmp_path: Path
) -> None:
    from amparo.study.care.erasure import erase
    from amparo.study.care.replay import replay
    from amparo.study.claims.reading import claims_of
    from amparo.study.register.documents import document_of
    from amparo.study.register.models import SourceFile
    from amparo.study.verification import verify_study

    record = f"press.1.{TEXT.index('Nadie') + 1}"
    with store.study_in(copied) as study:
        keep(study)
        accept_all(study)
    shutil.copytree(copied.path, tmp_path / "older")
    with store.study_in(copied) as study:
        erase(study, [record], "asked to")
        left = len(claims_of(study).claims)
    older = folder.open_with_key(tmp_path / "older", copied.secrets)
    with store.study_in(older) as study:
        assert len(claims_of(study).claims) > left
        replay(study, (tmp_path / "study.erasures").read_bytes())
        assert len(claims_of(study).claims) == left
        [file] = SourceFile.objects.all()
        assert "Ficticio" not in document_of(study, file).text
        verify_study(study)
    keyring.drop(older.database)


def test_a_person_s_copy_tells_what_is_claimed_of_them_and_nothing_of_others(study: store.Study) -> None:
    from amparo.study.care.held import copy_for

    keep(study)
    accept_all(study)
    copy = copy_for(study, f"press.1.{TEXT.index('Nadie') + 1}")
    told = {(claim.kind, claim.field): claim.value for claim in copy.claims}
    assert told["person", "name"] == "Nadie Inventado Ficticio"
    assert told["act", "duty_status"] == "on_leave"
    assert told["involvement", "degree"] == "suspected"
    assert not {kind for kind, _ in told} & {"figure", "quotation", "actor"}
