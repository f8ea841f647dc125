"""What is known of a pair of records: levels of agreement and how rare the shared words are."""

from __future__ import annotations

import numpy as np

from amparo.linkage.engine import Engine
from amparo.linkage.keys import Keys, Tokens
from amparo.linkage.model import Model
from amparo.linkage.rarity import surprise
from amparo.linkage.scoring import RARITY, Evidence
from amparo.linkage.spark import SparkEngine


def evidence(
    keys: Keys, model: Model, engine: Engine | SparkEngine, left: np.ndarray, right: np.ndarray
) -> Evidence:
    """Of pairs of row numbers, left < right, none twice."""
    lists = keys.lists
    first, second = np.minimum(lists[left], lists[right]), np.maximum(lists[left], lists[right])
    names = [comparison.name for comparison in model.comparisons]
    rarity = np.zeros((len(left), len(names)), np.float32)
    for name, tokens in (("given", keys.given), ("surname", keys.surname)):
        if name in names:
            rarity[:, names.index(name)] = RARITY * surprise(tokens.codes, left, right)
    return Evidence(
        left,
        right,
        np.ascontiguousarray(engine.compare(left, right).T),
        (first * len(keys.sources) + second).astype(np.int32),
        rarity,
        _namesakes(keys.given, left, right),
        np.stack([_drops(tokens.codes, left, right) for tokens in (keys.given, keys.surname)], axis=1),
    )


def possible(lists: np.ndarray) -> np.ndarray:
    """Pairs of records of each two lists, at first * lists + second."""
    sizes = np.bincount(lists, minlength=1).astype(float)
    return (np.triu(np.outer(sizes, sizes), 1) + np.diag(sizes * (sizes - 1) / 2)).ravel()


def random_pairs(rows: int, size: int, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """About `size` pairs drawn from all, left < right; every pair where there are few."""
    if rows * (rows - 1) // 2 <= size:
        left, right = np.triu_indices(rows, 1)
        return left.astype(np.int32), right.astype(np.int32)
    a, b = generator.integers(0, rows, (2, size))
    codes = np.unique(np.minimum(a, b)[a != b] * rows + np.maximum(a, b)[a != b])
    return (codes // rows).astype(np.int32), (codes % rows).astype(np.int32)


def _namesakes(given: Tokens, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Whether both hold one given name: 1, and as the first of both: 2."""
    one, other = given.codes[left].T, given.codes[right].T
    shared = np.logical_or.reduce([(mine >= 0) & (mine == its) for mine in one for its in other])
    return shared.astype(np.int8) + ((one[0] >= 0) & (one[0] == other[0]))


def _drops(codes: np.ndarray, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The kinds of `Evidence.drops`."""
    number = (codes >= 0).sum(axis=1)
    kind = np.zeros(len(left), np.int8)
    both = (number[left] == 2) & (number[right] == 2)
    a, b = codes[left], codes[right]
    equal = np.sort(a[:, :2], axis=1) == np.sort(b[:, :2], axis=1)
    kind[both & equal.all(axis=1)] = 1
    for more, less, long, short in ((a, b, left, right), (b, a, right, left)):
        one = (number[long] == 2) & (number[short] == 1)
        kind[one & (more[:, 0] == less[:, 0])] = 2
        kind[one & (more[:, 1] == less[:, 0])] = 3
    return kind
