"""The pictures hold what the findings hold, inside their frame, and are the same each time."""

import re
from xml.etree import ElementTree

import msgspec
import pytest
from findings_sample import CASES, crowded, estimate, full, histories, not_converged, one_list

from amparo.report import charts
from amparo.report.drawing import NARROW, WIDE

DRAWN = [
    (make, draw)
    for make, draws in (
        (full, (charts.lists, charts.overlaps, charts.years, charts.estimate, charts.strata)),
        (crowded, (charts.lists, charts.overlaps, charts.years, charts.estimate, charts.strata)),
        (histories, (charts.lists, charts.overlaps, charts.estimate)),
        (not_converged, (charts.lists, charts.overlaps, charts.years)),
        (one_list, (charts.lists,)),
    )
    for draw in draws
]
SVG = "{http://www.w3.org/2000/svg}"


def words(svg: str) -> list[tuple[float, float, str, str]]:
    """Every text of a picture: x, y, anchor, words."""
    found = []
    for text in ElementTree.fromstring(svg).iter(f"{SVG}text"):  # noqa: S314  (our own picture)
        x, y = re.findall(r"-?[\d.]+", text.attrib["transform"])[:2]
        found.append((float(x), float(y), text.attrib.get("text-anchor", "start"), text.text or ""))
    return found


@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize(("make", "draw"), DRAWN)
def test_every_word_lies_inside_the_picture(make, draw, width):
    svg = draw(make(), "es", width)
    root = ElementTree.fromstring(svg)  # noqa: S314  (our own picture)
    assert float(root.attrib["width"]) == width
    for x, y, anchor, text in words(svg):
        length = 5.0 * len(text)
        start = {"start": x, "middle": x - length / 2, "end": x - length}[anchor]
        assert start > -6, text
        assert start + length < width + 6, text
        assert 0 <= y <= float(root.attrib["height"]), text


@pytest.mark.parametrize(("make", "draw"), DRAWN)
def test_a_picture_asks_for_nothing_and_is_the_same_each_time(make, draw):
    svg = draw(make(), "en", WIDE)
    assert svg == draw(make(), "en", WIDE)
    assert not re.search(r"<(script|image|style|foreignObject)|\sstyle=|href|url\(", svg)
    assert "id=" not in svg


def test_numbers_of_the_lists_and_overlaps_are_drawn():
    said = {text for *_, text in words(charts.lists(full(), "en", WIDE))}
    assert "1,204 · capture list" in said
    assert "640 · derived from another list" in said
    drawn = [text for *_, text in words(charts.overlaps(full(), "en", WIDE))]
    largest = sorted((one.persons for one in full().overlaps), reverse=True)[: charts.SHOWN_OVERLAPS]
    assert [text for text in drawn if text.replace(",", "").isdigit()] == [f"{n:,}" for n in largest]


def test_the_estimate_marks_what_it_is_compared_with():
    said = {text for *_, text in words(charts.estimate(full(), "en", WIDE))}
    expected = {"Documented: 2,615", "Median: 4,880 (4,381 to 5,435)", "True number: 5,000"}
    assert expected <= said


@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("name", ["full", "crowded", "histories"])
def test_labels_of_the_estimate_stand_on_rows_of_their_own(name, width):
    marks = [one for one in words(charts.estimate(CASES[name](), "es", width)) if ": " in one[3]]
    rows = {text: y for _, y, _, text in marks}
    assert len(set(rows.values())) == len(rows)


def test_a_stratum_without_an_estimate_is_named_and_has_no_number():
    said = [text for *_, text in words(charts.strata(full(), "es", WIDE))]
    assert "La Unión" in said
    assert said.count("sin estimación") == 1


def test_letters_are_given_to_counted_lists_only():
    assert list(charts.letters(full()).values()) == list("ABCDE")


def test_a_certain_estimate_can_be_drawn():
    certain = estimate(100, 100.0, 0.0, draws_histogram=((100.0, 101.0, 4000),), chao_low=100.0)
    findings = msgspec.structs.replace(full(), total=certain, truth=100)
    assert "Median: 100 (100 to 100)" in charts.estimate(findings, "en", WIDE)


def test_without_an_estimate_there_is_no_picture_of_one():
    for total in (None, not_converged().total):
        with pytest.raises(ValueError, match="no estimate|refused"):
            charts.estimate(msgspec.structs.replace(full(), total=total), "en", WIDE)
