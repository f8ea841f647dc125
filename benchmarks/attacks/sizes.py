"""How much an attack tries, and what it gives."""

from __future__ import annotations

from typing import Any, NamedTuple

# `ok`, and what was tried and found, by name.
Figures = dict[str, Any]


class Sizes(NamedTuple):
    """How many times each attack tries; `seed` draws places and moments. No `faults` are all of them."""

    flips: int = 10_000
    mutations: int = 10_000
    kills: int = 35
    drills: int = 3
    tries: int = 1_000
    replays: int = 1_000
    faults: int = 24
    seed: int = 1
