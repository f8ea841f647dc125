"""The document is tagged, the same each time, and reads every title as text."""

import re

import msgspec
import pytest
from findings_sample import CASES, crowded, full

from amparo.report.catalogue import languages
from amparo.report.document import pdf


@pytest.mark.parametrize("name", CASES)
def test_every_case_becomes_a_tagged_document(name):
    for lang in languages():
        made = pdf(CASES[name](), lang)
        assert made.startswith(b"%PDF-1.7")
        assert b"/StructTreeRoot" in made
        assert f"/Lang({lang})".encode() in made
        assert b"pdfuaid" in made


def test_pages_and_figures():
    made = pdf(full(), "es")
    count = re.search(rb"/Type/Pages/Count (\d+)", made)
    assert count is not None
    assert 5 <= int(count[1]) <= 10
    assert made.count(b"/S/Figure") == 5
    assert made.count(b"/S/Table/") + made.count(b"/S/Table\n") == 8


def test_the_same_findings_give_the_same_bytes():
    assert pdf(full(), "en") == pdf(full(), "en")


def test_a_hostile_title_is_text():
    assert pdf(crowded(), "es")


def test_a_sign_without_a_font_does_not_stop_the_document():
    base = full()
    lists = (msgspec.structs.replace(base.lists[0], title="Lista 名 😀 Ñandú"), *base.lists[1:])
    assert pdf(msgspec.structs.replace(base, lists=lists), "es").startswith(b"%PDF")
