"""Values as people write them, and back."""

from __future__ import annotations

import pytest

from amparo.report import claims


@pytest.mark.parametrize("typed", ["on_leave", "on leave", "On Leave"])
def test_a_code_is_kept_however_its_term_was_typed(typed: str) -> None:
    assert claims.kept("act", "duty_status", typed) == "on_leave"


def test_what_is_no_term_is_kept_as_typed() -> None:
    assert claims.kept("act", "duty_status", "asleep") == "asleep"
    assert claims.kept("person", "name", "Nadie Ficticio") == "Nadie Ficticio"


def test_a_code_is_shown_beside_its_word_where_it_may_be_typed_again() -> None:
    assert claims.coded("act", "duty_status", "on_leave", "en").endswith("(on_leave)")
    assert claims.coded("act", "date", "2016-05", "en") == "2016-05"
    assert claims.value("act", "date", "2016-05", "en") == "May 2016"
