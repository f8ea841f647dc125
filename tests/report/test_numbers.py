"""Whole persons, list titles in sentences, and periods in words."""

import msgspec
import pytest
from findings_sample import estimate, full, not_converged, refused

from amparo.report.numbers import Spread, documented_note, part, period, printable, stands, told
from amparo.study.counting.findings import Said


def test_the_unseen_are_never_fewer_than_nobody():
    spread = Spread(estimate(100, 101.6, 0.2))
    assert spread.unseen() == {"median": 2, "low": 0, "high": spread.high - 100}


def test_a_refused_estimate_has_no_spread():
    one = refused(5, Said("estimation.nobody", {}))
    assert not stands(one)
    with pytest.raises(ValueError, match="refused"):
        Spread(one)


def test_the_documented_are_told_with_their_likely_numbers():
    assert documented_note(full(), "en") == "named on at least one list"
    drawn = msgspec.structs.replace(full(), persons_likely=(2590, 2641))
    assert documented_note(drawn, "en") == "on at least one list; likely 2,590 to 2,641"


def test_keys_of_lists_become_their_titles():
    said = Said("estimation.list_empty", {"list": "press"})
    assert "Lista de prensa" in told(full(), "es", said)
    said = Said("estimation.lists_absent", {"lists": ["press", "court"]})
    assert "Lista de prensa y Calendario de audiencias" in told(not_converged(), "es", said)


@pytest.mark.parametrize(
    ("edtf", "spanish"),
    [
        ("2014-01-01/2023-12-31", "2014–2023"),
        ("2014-01-01/2014-12-31", "2014"),
        ("2014-03-01/2014-12-31", "del 1 de marzo de 2014 al 31 de diciembre de 2014"),
        ("2014 a 2023", "2014 a 2023"),
        ("", ""),
    ],
)
def test_periods(edtf, spanish):
    assert period("es", edtf) == spanish


def test_a_capture_list_left_out_is_said_to_be_so():
    base = full()
    assert [part(one, "en") for one in base.lists][-2:] == ["derived from another list", "reference roster"]


@pytest.mark.parametrize("sign", ["\x00", "\x0b", "\x1b", "\n", "\u202e", "\ufffe", "\ud800"])
def test_signs_that_cannot_be_printed_become_spaces(sign):
    base = full()
    lists = (msgspec.structs.replace(base.lists[0], title=f"a{sign}b"), *base.lists[1:])
    said = Said("estimation.list_empty", {"list": f"x{sign}"})
    total = refused(5, said, stratum={f"k{sign}": sign})
    clean = printable(msgspec.structs.replace(base, lists=lists, total=total))
    assert clean.lists[0].title == "a b"
    assert clean.total is not None and clean.total.refused is not None
    assert clean.total.refused.facts == {"list": "x "}
    assert clean.total.stratum == {"k ": " "}


def test_what_can_be_printed_stays():
    assert printable(full()) == full()
