"""Published totals: contradictions stand, the register is held against them, no figure counts a person."""

from __future__ import annotations

from decimal import Decimal

import pytest
from claims_article import accept_all, keep
from synthetic_lists import people, table

from amparo.errors import AmparoError
from amparo.intake.passages import Oral
from amparo.study import store


def _figure(study: store.Study, quantity: str, measure: str, period: str, **more: str) -> str:
    from amparo.study.claims.services import claim

    oral = Oral(words=f"{quantity} in {period}", told_by="a bulletin", told_to="owner", told="2019")
    return claim(
        study, "figure", {"quantity": quantity, "measure": measure, "period": period, **more}, oral
    ).of


def _list(study: store.Study) -> int:
    """Twenty people of a synthetic list; how many of them have an act in January."""
    from amparo.study.register.rules import Declared
    from amparo.study.register.services import read_list

    rows = people(20)
    read_list(study, table(rows), "a.csv", source_key="a", declared=Declared("A", "capture"))
    return sum(row[4][3:5] == "01" for row in rows)


def test_figures_that_contradict_each_other_stand_side_by_side(study: store.Study) -> None:
    from amparo.study.claims.figures import contradictions, figures

    one = _figure(study, "67", "killed", "2015", population="officers")
    other = _figure(study, "64", "killed", "2015", population="officers")
    _figure(study, "9..", "killed", "2015", population="soldiers")
    found = figures(study, "killed")
    assert len(found) == 3
    [group] = contradictions(found)
    assert {each.of for each in group} == {one, other}


def test_the_press_says_at_least_nine_and_the_register_holds_fewer(study: store.Study) -> None:
    from amparo.study.claims.figures import compare
    from amparo.study.register.standing import standing_cells

    held = _list(study)
    keep(study)
    accept_all(study)
    [compared] = compare(study, "killed")
    assert (compared.figure.quantity.low, compared.figure.quantity.high) == (9, None)
    assert compared.year_unknown
    assert (compared.certain, compared.possible) == (0, held)
    assert held < 9
    assert compared.says == "register_short"
    # No figure is a record, and none enters what is linked and counted.
    assert standing_cells(study).height == 22
    [without] = compare(study)
    assert without.possible == 0
    with pytest.raises(AmparoError, match=r"claims\.unknown_measure"):
        compare(study, "liked")


def test_the_register_agrees_with_bounds_it_reaches_and_goes_beyond_those_it_passes(
    study: store.Study,
) -> None:
    from amparo.study.claims.figures import compare

    _list(study)
    agrees = _figure(study, "1..", "killed", "2015/2018")
    beyond = _figure(study, "3", "killed", "2015/2018")
    says = {each.figure.of: (each.says, each.certain) for each in compare(study, "killed")}
    assert says == {agrees: ("agrees", 20), beyond: ("register_beyond", 20)}


def test_a_series_is_in_order_and_a_rate_keeps_the_bounds_of_both(study: store.Study) -> None:
    from amparo.study.claims.figures import figures, rate, series

    for year, value in (("2018", "50.3/100000"), ("2016", "81/100000"), ("2017", "60.8/100000")):
        _figure(study, value, "homicide_rate", year)
    assert [each.field("period") for each in series(study, "homicide_rate")] == ["2016", "2017", "2018"]
    force = _figure(study, "20000..25000", "force_size", "2018")
    [denominator] = figures(study, "force_size")
    assert denominator.of == force
    assert rate((30, 50), denominator) == (Decimal(120), Decimal(250))
    with pytest.raises(AmparoError, match=r"claims\.no_denominator"):
        rate((30, 50), series(study, "homicide_rate")[0])


def test_what_is_restricted_and_what_no_reading_fits_is_no_figure(study: store.Study) -> None:
    from amparo.study.claims.figures import figures
    from amparo.study.claims.services import claim

    of = _figure(study, "67", "killed", "2015")
    oral = Oral(words="as many as the stars", told_by="a bulletin", told_to="owner", told="2019")
    with pytest.raises(AmparoError, match=r"claims\.bad_value"):
        claim(study, "figure", {"quantity": "as many as the stars", "measure": "killed"}, oral)
    claim(study, "figure", {"quantity": "12", "measure": "killed"}, oral, restriction="restricted")
    assert [each.of for each in figures(study)] == [of]
