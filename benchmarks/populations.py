"""Simulated populations with a known number of people, for measuring how often intervals hold it.

A population is drawn as chances (people, lists) on the logit scale; a common shift then makes the expected
share of unseen people what was asked for. Kinds in `INSIDE` share their form with the recommended model
(a class moves every list alike), kinds in `OUTSIDE` do not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from amparo.estimation.histories import Histories

Floats = NDArray[np.float64]
Held = NDArray[np.bool_]

MISSED_LINK = 0.05  # of the records after a person's first: read as another person
FALSE_LINK = 0.01  # of the people: joined with somebody whom only other lists hold


class Population(NamedTuple):
    """One simulated population as its lists saw it."""

    kind: str
    people: int  # N, the truth
    histories: Histories


class Kind(NamedTuple):
    """How people and lists differ, and what the lists do to each other."""

    logits: Callable[[np.random.Generator, int, int], Floats]  # generator, people, lists -> (people, lists)
    after: Callable[[np.random.Generator, Held, Floats], Held] | None = None  # dependence between lists


def _lists(rng: np.random.Generator, lists: int) -> Floats:
    """A level for each list."""
    return rng.normal(0.0, 0.7, lists)


def _classes(shares: tuple[float, ...], shifts: tuple[float, ...]) -> Kind:
    """Classes of people who are easier or harder to reach for every list alike."""

    def logits(rng: np.random.Generator, people: int, lists: int) -> Floats:
        of_class = rng.choice(len(shares), people, p=shares)
        return _lists(rng, lists) + np.array(shifts)[of_class][:, None]

    return Kind(logits)


def _continuous(spread: float) -> Kind:
    """Everybody has an own reachability, normal on the logit scale."""
    return Kind(lambda rng, people, lists: _lists(rng, lists) + rng.normal(0.0, spread, (people, 1)))


def _unstructured(classes: int) -> Kind:
    """Each class has its own chance on each list, uniform-like and unrelated (Beta(1, 2))."""

    def logits(rng: np.random.Generator, people: int, lists: int) -> Floats:
        chances = rng.beta(1.0, 2.0, (classes, lists)).clip(0.005, 0.95)
        of_class = rng.choice(classes, people, p=rng.dirichlet(np.full(classes, 3.0)))
        return np.log(chances / (1.0 - chances))[of_class]

    return Kind(logits)


def _specialised(classes: int, gap: float) -> Kind:
    """Lists are dealt to classes of people; a list reaches the people of other classes `gap` logits less."""

    def logits(rng: np.random.Generator, people: int, lists: int) -> Floats:
        of_list = rng.permutation(np.arange(lists) % classes)
        of_class = rng.integers(0, classes, people)
        return _lists(rng, lists) - gap * (of_class[:, None] != of_list)

    return Kind(logits)


def _one_list(rng: np.random.Generator, people: int, lists: int) -> Floats:
    """The first list reaches a third of the people, whom the others hardly reach, and few of the rest."""
    apart = rng.random(people) < 1 / 3
    logits = np.tile(_lists(rng, lists), (people, 1))
    logits[apart, 1:] -= 2.5
    logits[~apart, 0] -= 2.5
    return logits


def _some_lists(rng: np.random.Generator, people: int, lists: int) -> Floats:
    """Two classes that differ for half of the lists only."""
    shift = np.where(rng.random(people) < 0.5, 1.0, -1.0)
    differ = np.arange(lists) < (lists + 1) // 2
    return _lists(rng, lists) + shift[:, None] * differ


def _alike(rng: np.random.Generator, people: int, lists: int) -> Floats:
    """Everybody alike, lists independent."""
    return np.tile(_lists(rng, lists), (people, 1))


def _two(rng: np.random.Generator, people: int, lists: int) -> Floats:
    """Two strongly different classes."""
    return _lists(rng, lists) + np.where(rng.random(people) < 0.4, 1.5, -1.0)[:, None]


def _depends(log_odds: float, pairs: int = 1) -> Callable[[np.random.Generator, Held, Floats], Held]:
    """List 2p + 1 is drawn again given list 2p, the odds changed by +-log_odds / 2."""

    def after(rng: np.random.Generator, held: Held, logits: Floats) -> Held:
        held = held.copy()
        for p in range(pairs):
            first, second = 2 * p, 2 * p + 1
            if second >= held.shape[1]:
                break
            moved = logits[:, second] + np.where(held[:, first], 0.5, -0.5) * log_odds
            held[:, second] = rng.random(len(held)) < 1.0 / (1.0 + np.exp(-moved))
        return held

    return after


def _chain(rng: np.random.Generator, held: Held, logits: Floats) -> Held:
    """Lists 1 and 2 both lean on list 0: three lists that depend on each other."""
    held = held.copy()
    for j in (1, 2):
        moved = logits[:, j] + np.where(held[:, 0], 1.0, -1.0) * np.log(4.0) / 2
        held[:, j] = rng.random(len(held)) < 1.0 / (1.0 + np.exp(-moved))
    return held


def _subset(rng: np.random.Generator, held: Held, logits: Floats) -> Held:
    """The second list holds half of the first and nobody else."""
    held = held.copy()
    held[:, 1] = held[:, 0] & (rng.random(len(held)) < 0.5)
    return held


INSIDE = {
    "independent": Kind(_alike),
    "two classes, mild": _classes((0.5, 0.5), (0.5, -0.5)),
    "two classes, strong": _classes((0.4, 0.6), (1.5, -1.0)),
    "three classes, mild": _classes((0.3, 0.4, 0.3), (0.8, 0.0, -0.8)),
    "three classes, strong": _classes((0.25, 0.35, 0.4), (2.0, 0.0, -1.5)),
    "continuous": _continuous(1.0),
    "dependent pair": Kind(_alike, _depends(np.log(5.0))),
    "subset": Kind(_alike, _subset),
    "specialised, two": _specialised(2, 1.5),
}
OUTSIDE = {
    "unstructured, two": _unstructured(2),
    "unstructured, three": _unstructured(3),
    "two classes, dependent pair": Kind(_two, _depends(np.log(5.0))),
    "continuous, wide": _continuous(2.0),
    "hidden quarter": _classes((0.75, 0.25), (0.0, -3.0)),
    "specialised, three": _specialised(3, 2.5),
    "two pairs repel": Kind(_alike, _depends(-np.log(4.0), 2)),
    "three dependent": Kind(_alike, _chain),
    "some lists differ": Kind(_some_lists),
    "one list apart": Kind(_one_list),
}
KINDS = INSIDE | OUTSIDE


def draw(kind: str, lists: int, observed: int, linkage_error: bool, seed: int) -> Population:
    """A population of which about `observed` people are seen by `lists` lists; the unseen share is U(.3, .8).

    With `linkage_error` the records are read as a linkage with 5 % missed and 1 % false links would: the true
    number of people stays.
    """
    rng = np.random.default_rng([seed, lists, observed, *kind.encode()])
    unseen = rng.uniform(0.3, 0.8)
    people = round(observed / (1.0 - unseen))
    logits = KINDS[kind].logits(rng, people, lists)
    logits += _shift(logits, unseen)
    held = rng.random(logits.shape) < 1.0 / (1.0 + np.exp(-logits))
    after = KINDS[kind].after
    if after is not None:
        held = after(rng, held, logits)
    if linkage_error:
        held = _relinked(rng, held)
    return Population(kind, people, _tally(held))


def _shift(logits: Floats, unseen: float) -> float:
    """The common shift under which the expected share of unseen people is `unseen`."""
    low, high = -15.0, 15.0
    for _ in range(40):
        middle = (low + high) / 2
        share = float(np.exp(-np.logaddexp(0.0, logits + middle).sum(axis=1)).mean())
        low, high = (middle, high) if share > unseen else (low, middle)
    return middle


def _relinked(rng: np.random.Generator, held: Held) -> Held:
    """The people as an imperfect linkage shows them."""
    seen = held[held.any(axis=1)]
    first = np.arange(seen.shape[1]) == seen.argmax(axis=1)[:, None]
    missed = seen & ~first & (rng.random(seen.shape) < MISSED_LINK)
    rows, columns = np.nonzero(missed)
    apart = np.zeros((len(rows), seen.shape[1]), bool)
    apart[np.arange(len(rows)), columns] = True
    people = np.concatenate([seen & ~missed, apart])
    order = rng.permutation(len(people))
    pairs = order[: 2 * round(FALSE_LINK * len(people))].reshape(-1, 2)
    joined = pairs[~(people[pairs[:, 0]] & people[pairs[:, 1]]).any(axis=1)]
    people[joined[:, 0]] |= people[joined[:, 1]]
    return np.delete(people, joined[:, 1], axis=0)


def _tally(held: Held) -> Histories:
    """The capture histories of those whom a list holds."""
    names = tuple("ABCDEFGHIJ"[: held.shape[1]])
    patterns, counts = np.unique(held[held.any(axis=1)].astype(np.uint8), axis=0, return_counts=True)
    used = patterns.sum(axis=0) > 0
    return Histories(
        tuple(name for name, use in zip(names, used, strict=True) if use),
        np.ascontiguousarray(patterns[:, used]),
        counts.astype(np.int64),
    )
