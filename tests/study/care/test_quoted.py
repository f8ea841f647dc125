"""An erasure reaches claims, suggestions and the document; what stays is still found in it."""

from __future__ import annotations

import msgspec
import pytest
from claims_article import TEXT, accept_all, keep, waiting_by

from amparo.errors import AmparoError
from amparo.study import store


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
