"""What a scan of names finds, and what it passes over."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from amparo.study.register.names import Named, Names, words_typed

WORDS = ("jose", "chepe", "xuarez", "juares", "maria", "velasquez", "de", "la", "beatriz")
named = st.lists(
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join), min_size=1, max_size=12
)
typed = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join)


def scan(names: list[str]) -> Names:
    return Names([Named(f"a.1.{number}", "a", name) for number, name in enumerate(names)])


def found(names: Names, text: str, hidden: np.ndarray | None = None) -> dict[str, float]:
    places, scores = names.find(words_typed(text), hidden)
    return dict(zip((names.at(place).record for place in places.tolist()), scores.tolist(), strict=True))


@given(named, typed, st.integers(0, 11))
def test_a_hidden_place_is_never_found_and_nothing_else_changes(
    names: list[str], text: str, hide: int
) -> None:
    all_of_them = scan(names)
    hidden = np.zeros(len(names), bool)
    hidden[hide % len(names)] = True
    whole = found(all_of_them, text)
    whole.pop(f"a.1.{hide % len(names)}", None)
    assert found(all_of_them, text, hidden) == whole


@given(named, named, typed)
def test_names_scanned_apart_are_found_as_those_scanned_together(
    one: list[str], other: list[str], text: str
) -> None:
    together = scan([*one, *other])
    apart = Names([together.at(place) for place in range(len(one))])
    rest = Names([together.at(place) for place in range(len(one), len(one) + len(other))])
    assert found(apart, text) | found(rest, text) == found(together, text)


def test_nobody_is_found_among_none() -> None:
    assert found(Names(()), "jose") == {}
    assert Names(()).places_of({"a.1.2"}) == []


def test_places_and_dates_narrow_a_search_and_count_for_less_than_a_name() -> None:
    names = Names(
        [
            Named("a.1.1", "a", "Ana Mejia", "Sonsonate 03/05/2016"),
            Named("a.1.2", "a", "Ana Mejia", "La Paz 14/06/2017"),
            Named("a.1.3", "a", "Rosa Alas", "Santa Ana 2016"),
        ]
    )
    assert set(found(names, "mejia sonsonate")) == {"a.1.1"}
    assert set(found(names, "ana 2016")) == {"a.1.1", "a.1.3"}
    assert set(found(names, "2016-05-03")) == {"a.1.1"}
    assert found(names, "ana")["a.1.1"] > found(names, "ana")["a.1.3"]
    assert set(found(names, "sonso")) == {"a.1.1"}
    assert found(names, "mejia santa") == {}
