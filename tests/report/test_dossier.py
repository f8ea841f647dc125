"""A dossier is a tagged document that names every claim, its words and its place, in both languages."""

from __future__ import annotations

import msgspec
import pytest

from amparo.intake.passages import Span
from amparo.report.catalogue import languages
from amparo.report.document import bound
from amparo.report.dossier import Made, dossier
from amparo.study import store

store.configure()

from amparo.study.claims.explaining import Dossier, Explained, Line, Origin  # noqa: E402
from amparo.study.claims.rules import Opened, Value  # noqa: E402

MADE = Made("Synthetic study", "2026-11-30", "owner", "nadia", "referral", synthetic=True)


def explained(kind: str, field: str, value: str) -> Explained:
    passage = Span(words=f"as told: {value}", start=3, end=9)
    said = msgspec.convert({"kind": kind, "field": field, "value": value, "passage": passage}, Value)
    claim = Opened(f"claim-{field}", "press.1.2", "2026-11-30", "owner", 1, "default", said)
    origin = Origin("press", "Press", "article.txt", 1, "2026-11-30", "owner")
    return Explained(
        "press.1.2", kind, field, None, (Line(claim, "standing", "", origin, (passage,)),), "unverified"
    )


FOUND = Dossier(
    "press.1.2",
    ("press.1.2",),
    (explained("person", "name", "Nadie Ficticio Inventado"), explained("person", "age", "34")),
    {"act-1": [explained("act", "type", "killing"), explained("act", "date", "2016-05-03")]},
    "stamp",
)


@pytest.mark.parametrize("language", languages())
def test_every_claim_stands_in_it_with_its_words_and_place(language: str) -> None:
    told = dossier(FOUND, MADE, language)
    assert told.title == "Nadie Ficticio Inventado"
    text = str(told)
    assert text.count("as told: ") == 4 and text.count("article.txt") == 4
    assert text.count("2016-05-03") == 1  # as told; the value is in words
    made = bound(told)
    assert made.startswith(b"%PDF-1.7") and b"pdfuaid" in made and f"/Lang({language})".encode() in made
    assert made == bound(told)
