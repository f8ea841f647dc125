"""The ledger only grows, in order, and says what each number allows."""

import polars as pl
import pytest

from amparo.disclosure.ledger import LEDGER, append, empty, exactly, rounded, share, statement
from amparo.errors import AmparoError


def test_rows_are_only_added():
    first = append(empty(), exactly(1, ("*",), 20))
    second = append(first, [rounded(1, ("north",), 15, 5), exactly(2, ("*",), 30)])
    assert second.head(1).equals(first)
    assert dict(second.schema) == dict(LEDGER)


def test_a_release_between_two_others_is_refused():
    with pytest.raises(AmparoError, match=r"disclosure\.order"):
        append(append(exactly(1, ("*",), 20), exactly(3, ("*",), 30)), exactly(2, ("*",), 25))


def test_what_a_number_allows():
    ends = pl.concat([share(1, ("north",), ("*",), 0.12, 2), rounded(1, ("*",), 0, 5)]).select("low", "high")
    assert ends.row(0) == pytest.approx((0.115, 0.125))
    assert ends.row(1) == (0, 2)


def test_bad_rows_are_refused():
    with pytest.raises(AmparoError, match=r"disclosure\.unknown_kind"):
        statement(1, ("*",), 0, kind="guess")
    with pytest.raises(AmparoError, match=r"frame\.columns"):
        append(empty(), pl.DataFrame({"release": [1]}))
    guess = exactly(1, ("*",), 3).with_columns(kind=pl.lit("guess"))
    with pytest.raises(AmparoError, match=r"disclosure\.unknown_kind"):
        append(empty(), guess)


@pytest.mark.parametrize(
    ("low", "high"), [(5, 4), (float("nan"), 4), (4, float("nan")), (float("inf"), None)]
)
def test_an_interval_has_its_ends_in_order(low, high):
    with pytest.raises(AmparoError, match=r"disclosure\.bad_interval"):
        statement(1, ("*",), low, high)
    turned = exactly(1, ("*",), 3).with_columns(low=pl.lit(float(low)), high=pl.lit(high, pl.Float64))
    with pytest.raises(AmparoError, match=r"disclosure\.bad_interval"):
        append(turned, empty())
