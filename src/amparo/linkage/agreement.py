"""How far two reviewers agree beyond chance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from typing import NamedTuple


class Agreement(NamedTuple):
    """Of pairs that both judged: how many, the share judged alike, and kappa.

    `kappa` is None where it has no value: nothing was judged by both, or chance alone would always agree.
    """

    pairs: int
    share: float
    kappa: float | None


def cohen_kappa(one: Sequence[Hashable], other: Sequence[Hashable]) -> Agreement:
    """Cohen's kappa (Cohen 1960, A coefficient of agreement for nominal scales, formula 1).

    kappa = (p_o - p_e) / (1 - p_e), with p_o the share of items both named alike and p_e what two people
    with these shares of names would reach by chance. `one` and `other` name the same items in one order.
    """
    pairs = len(one)
    if not pairs:
        return Agreement(0, 0.0, None)
    observed = sum(a == b for a, b in zip(one, other, strict=True)) / pairs
    first, second = Counter(one), Counter(other)
    chance = sum(first[name] * second[name] for name in first) / pairs**2
    return Agreement(pairs, observed, None if chance == 1.0 else (observed - chance) / (1.0 - chance))
