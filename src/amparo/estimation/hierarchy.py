"""Hierarchical log-linear models of capture histories, as sets of terms.

A term is a set of lists and stands as a number whose bit j is list j; a model is a set of terms that holds
every part of each of its terms, the constant (0) and the lists themselves included. Cells are numbered the
same way: cell c is the people on exactly the lists of c.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from amparo.estimation.histories import Histories

Model = tuple[int, ...]  # terms in ascending order, the constant first


def cells(histories: Histories) -> NDArray[np.int64]:
    """People per cell, (2^J,); cell 0, the unseen, holds 0."""
    people = np.zeros(2 ** len(histories.lists), np.int64)
    weights = 1 << np.arange(len(histories.lists))
    people[histories.patterns.astype(np.int64) @ weights] = histories.counts
    return people


def model(generators: Iterable[Iterable[str]], lists: tuple[str, ...]) -> Model:
    """The model that these sets of lists generate, with every list by itself."""
    bit = {name: 1 << j for j, name in enumerate(lists)}
    terms = {0, *bit.values()}
    for generator in generators:
        whole = sum(bit[name] for name in set(generator))
        terms |= {term for term in range(whole + 1) if term & whole == term}
    return tuple(sorted(terms))


def generators(terms: Model, lists: tuple[str, ...]) -> list[list[str]]:
    """The largest sets of lists of a model: the way models are written down."""
    largest = [term for term in terms if not any(term & other == term != other for other in terms)]
    named = [[name for j, name in enumerate(lists) if term >> j & 1] for term in largest]
    return sorted(named, key=lambda names: (-len(names), [lists.index(name) for name in names]))


def label(terms: Model, lists: int) -> str:
    """The model by the numbers of its lists, as [123,14,34]."""
    numbers = tuple(str(j + 1) for j in range(lists))
    return "[" + ",".join("".join(names) for names in generators(terms, numbers)) + "]"


@lru_cache(maxsize=32)
def models(lists: int, order: int) -> tuple[Model, ...]:
    """Every hierarchical model with all lists and terms of at most `order` < `lists` lists.

    113 for four lists and order 3, 6,893 for five lists and order 4.
    """
    constant = (0, *(1 << j for j in range(lists)))
    return tuple(tuple(sorted(terms)) for terms in _grown(frozenset(constant), lists, 2, order))


def count_at_least(lists: int, order: int) -> int:
    """A lower bound of the number of such models, without listing them."""
    return 1 if order < 2 else 2 ** (lists * (lists - 1) // 2)


def _grown(terms: frozenset[int], lists: int, size: int, order: int) -> Iterator[frozenset[int]]:
    """The model with each choice of terms of `size` lists, then of larger ones."""
    possible = [
        term
        for chosen in combinations(range(lists), size)
        if all((term := sum(1 << j for j in chosen)) ^ 1 << j in terms for j in chosen)
    ]
    if size > order or not possible:
        yield terms
        return
    for number in range(2 ** len(possible)):
        picked = [term for i, term in enumerate(possible) if number >> i & 1]
        if picked:
            yield from _grown(terms | set(picked), lists, size + 1, order)
        else:
            yield terms
