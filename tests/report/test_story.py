"""The account goes from the answer to the means of repeating it, and tells only what the findings hold."""

import msgspec
import pytest
from findings_sample import CASES, full, histories, not_converged, one_list

from amparo.report.blocks import Bullets, Cards, Figure, Notice, Table, Text
from amparo.report.catalogue import languages, say
from amparo.report.story import story
from amparo.study.counting.findings import Said


def blocks(findings, lang, key):
    return next((one.blocks for one in story(findings, lang).sections if one.key == key), ())


def test_sections_in_their_order():
    keys = [one.key for one in story(full(), "es").sections]
    expected = "answer target lists overlaps years estimate strata linking excluded sources method caveats"
    assert keys == [*expected.split(), "reading", "run"]


def test_what_the_findings_do_not_hold_has_no_section():
    keys = {one.key for one in story(histories(), "en").sections}
    assert keys.isdisjoint({"target", "years", "strata", "sources"})
    assert {"answer", "lists", "overlaps", "estimate", "linking"} <= keys


@pytest.mark.parametrize("name", CASES)
def test_both_languages_tell_the_same_numbers(name):
    spanish, english = (story(CASES[name](), lang) for lang in languages())
    shapes = [[[type(b) for b in one.blocks] for one in told.sections] for told in (spanish, english)]
    assert shapes[0] == shapes[1]
    for here, there in zip(spanish.sections, english.sections, strict=True):
        for left, right in zip(here.blocks, there.blocks, strict=True):
            if isinstance(left, Cards) and isinstance(right, Cards) and not left.cards[1].missing:
                assert [card.value for card in left.cards] == [card.value for card in right.cards]
            if isinstance(left, Table) and isinstance(right, Table):
                assert len(left.rows) == len(right.rows)
                assert all(len(row) == len(left.heads) == len(left.numeric) for row in left.rows)


def test_a_synthetic_study_is_marked_before_everything_else():
    assert [one.tone for one in story(full(), "es").banners] == ["synthetic", "unfit"]
    assert [one.tone for one in story(not_converged(), "es").banners] == ["unfit"]


def test_documented_persons_add_up():
    table = next(one for one in blocks(full(), "en", "overlaps") if isinstance(one, Table))
    assert sum(int(row[2].replace(",", "")) for row in table.rows) == full().persons


def test_what_was_left_out_and_the_caveats_are_told():
    excluded = (
        Said("counting.outside_period", {"persons": 1}),
        Said("counting.no_counted_list", {"persons": 1200}),
    )
    caveats = (Said("counting.derived_counted", {"list": "press", "origins": ["court"]}),)
    findings = msgspec.structs.replace(full(), excluded=excluded, caveats=caveats)
    told = [one for one in blocks(findings, "es", "excluded") if isinstance(one, Bullets)]
    assert told[0].items[0].startswith("1 persona ")
    assert told[0].items[1].startswith("1,200 personas ")
    (caveat, *_) = blocks(findings, "es", "caveats")
    assert isinstance(caveat, Bullets)
    assert "Lista de prensa" in caveat.items[0] and "Calendario de audiencias" in caveat.items[0]


def test_years_that_nobody_knows_are_told_in_words_only():
    told = blocks(one_list(), "es", "years")
    assert [type(one) for one in told] == [Text]


def test_warnings_stand_before_the_picture():
    told = blocks(full(), "es", "estimate")
    kinds = [type(one) for one in told]
    assert kinds.index(Notice) < kinds.index(Figure)


def test_no_estimate_at_all():
    findings = msgspec.structs.replace(full(), total=None, strata=())
    cards = blocks(findings, "en", "answer")[0]
    assert isinstance(cards, Cards)
    assert [card.missing for card in cards.cards] == [False, True, True]
    assert blocks(findings, "en", "estimate") == (Text(say("en", "estimate.absent")),)
