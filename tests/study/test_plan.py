from __future__ import annotations

from datetime import date

import pytest

from amparo.errors import AmparoError
from amparo.study.plan import read_plan
from amparo.study.register.rules import Declared


def test_dates_may_be_written_with_or_without_quotes() -> None:
    for day in ('"2014-01-01"', "2014-01-01"):
        plan = read_plan(f"[target.period]\nfrom = {day}".encode(), "plan.toml")
        assert plan.target.period.first == date(2014, 1, 1)


def test_sources_carry_their_part() -> None:
    plan = read_plan(b'[sources.b]\ntitle = "B"\npart = "derived"\nderived_from = ["a"]', "plan.toml")
    assert plan.declared()["b"] == Declared("B", "derived", ("a",))


@pytest.mark.parametrize("content", [b"title =", b"titel = 'x'", b"\xff", b"[target]\nrole = 3"])
def test_a_plan_that_is_not_understood_is_named(content: bytes) -> None:
    with pytest.raises(AmparoError) as error:
        read_plan(content, "plan.toml")
    assert error.value.code == "plan.bad"
    assert error.value.facts["file"] == "plan.toml"
