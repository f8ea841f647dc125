"""How likely two records are one person, learnt without labels.

A mixture over comparison vectors (Fellegi and Sunter 1969; Winkler 1988 for EM) with four classes instead
of two, because in lists of group events most pairs that look alike are relatives attacked together:

    R  unrelated records           every comparison as between random pairs
    C  victims of one event        date and place agree as for one person
    F  relatives in one event      and the surname agrees as among relatives, for a share h of them the
                                   given name too: it was handed down
    M  the same person

    log M/R = sum over comparisons of log m/u + rarity
    log C/R = sum over date and place of log m/u
    log F/R = log C/R + log f/u of the surname + its rarity + log(1 - h + h m/u of the given name)

Tied parameters: date and place have one m for C, F and M; given name, age and sex have the u of random
pairs in R, C and F. m, u and the priors of C, F and M are estimated per pair of lists, m and u drawn towards
their pooled tables; the priors of C and F are raised for records of large events and families (`company`).
A match is weighed against R, C and F together. Comparisons with nothing on one side count for nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numba import njit

from amparo.linkage.model import Comparison
from amparo.runs import Progress

ITERATIONS = 40
FEW_RELATIVES = 50.0  # relatives without a name handed down, before the data speak
HANDED = 0.05  # share of names handed down to begin with
RARITY = 0.8  # share of the log frequency that counts: agreeing rare names may be copied from one another
PRIOR_PAIRS = 150.0  # weight of the declared m, in pairs: lists without a person in common must show none
LIST_PAIRS = 150.0  # weight of the pooled m in the table of two lists
RANDOM_PAIRS = 200.0  # weight of the pooled u
C, F, M = 0, 1, 2  # rows of the priors and columns of the posterior


class Evidence(NamedTuple):
    """Of n pairs of rows: levels (n x comparison, -1 missing), number of their two lists, rarity, drops.

    `rarity` (n x comparison) is how much rarer the shared tokens are than those on which chance agrees, in
    log frequency. `drops` (n x 2) tells of given names and surnames: 1 two on both sides, 2 one side kept
    only the first of two, 3 only the other, 0 anything else.
    """

    left: np.ndarray
    right: np.ndarray
    levels: np.ndarray
    lists: np.ndarray
    rarity: np.ndarray
    namesakes: np.ndarray  # whether both hold one given name
    drops: np.ndarray


class Tables(NamedTuple):
    """log m, u (two lists x comparison x level, 0 in the last column for missing), log f, priors, h."""

    m: np.ndarray
    u: np.ndarray
    f: np.ndarray  # two lists x level of the surname
    prior: np.ndarray  # class C, F, M x two lists, log odds against R
    handed: float = 0.0  # share h of relatives whose given name was handed down


class Shape(NamedTuple):
    """Of a model: which comparisons tell of the event, which is the surname (-1 for none), levels of each."""

    event: np.ndarray
    surname: int
    given: int
    sizes: np.ndarray

    @classmethod
    def of(cls, comparisons: tuple[Comparison, ...]) -> Shape:
        """The shape of these comparisons."""
        names = [comparison.name for comparison in comparisons]
        return cls(
            np.array([comparison.event for comparison in comparisons]),
            names.index("surname") if "surname" in names else -1,
            names.index("given") if "given" in names else -1,
            np.array([len(comparison.levels) for comparison in comparisons]),
        )


def train(
    comparisons: tuple[Comparison, ...],
    blocked: Evidence,
    random: Evidence,
    possible: np.ndarray,
    progress: Progress,
    *,
    start: Tables | None = None,
) -> Tables:
    """Fit the mixture by expectation and maximisation.

    `blocked` are pairs from blocking, `random` pairs drawn from all; `possible` counts all pairs of each
    two lists. The m and f of `start` stand in for the declared ones.
    """
    shape = Shape.of(comparisons)
    declared = _declared(comparisons, shape) if start is None else _pooled(start)
    tables = start or _start(shape, random, len(possible), declared)
    held = {
        (at, i): level.m
        for at, comparison in enumerate(comparisons)
        for i, level in enumerate(comparison.levels)
        if level.held
    }
    beside, nobody = _no_company(blocked), _no_company(random)
    share = float(random.namesakes.mean()) if len(random.namesakes) else 0.0
    for i in range(ITERATIONS):
        known = _tally(blocked, shape, tables, beside)
        drawn = _tally(random, shape, tables, nobody)
        for at, kinds in zip((shape.given, shape.surname), blocked.drops.T, strict=True):
            held[at, int(shape.sizes[at]) - 1] = kept_apart(kinds, known.posterior[:, M])
        tables = _maximise(declared, shape, known, drawn, share=share, possible=possible, held=held)
        progress("linkage.training", i + 1, ITERATIONS)
    return tables


def posterior(
    comparisons: tuple[Comparison, ...], pairs: Evidence, tables: Tables, beside: np.ndarray | None = None
) -> np.ndarray:
    """Probability of C, F and M (pair x class)."""
    beside = _no_company(pairs) if beside is None else beside
    return _tally(pairs, Shape.of(comparisons), tables, beside).posterior


def settled_company(
    comparisons: tuple[Comparison, ...], pairs: Evidence, tables: Tables, rounds: int = 2
) -> np.ndarray:
    """The factors of `company` after so many rounds from none."""
    beside = _no_company(pairs)
    for _ in range(rounds):
        beside = company(pairs.left, pairs.right, posterior(comparisons, pairs, tables, beside))
    return beside


def company(left: np.ndarray, right: np.ndarray, posteriors: np.ndarray) -> np.ndarray:
    """Log factors on the priors of C and F (pair x 2): who had many companions or relatives has one more.

    With n the expected number of a record's companions without this pair, mean over both records, nbar the
    mean number over the records of the pairs, not below a half, and n' the mean of n over the pairs weighted
    by their probability, the factor is (nbar + n) / (nbar + n'): it leaves the class as large as it was.
    """
    factors = np.zeros((len(left), 2))
    if not len(left):
        return factors
    size = int(max(left.max(), right.max())) + 1
    for i in (C, F):
        own = posteriors[:, i]
        number = np.bincount(left, own, size) + np.bincount(right, own, size)
        mean = max(number[number > 0].mean() if number.any() else 0.0, 0.5)
        others = (number[left] + number[right]) / 2 - own
        usual = (own * others).sum() / max(own.sum(), 1e-300)
        factors[:, i] = np.log((mean + others) / (mean + usual))
    return factors


def contributions(shape: Shape, pairs: Evidence, tables: Tables) -> np.ndarray:
    """What each comparison adds to log M/R (pair x comparison)."""
    at = np.arange(len(shape.sizes))
    weights = (tables.m - tables.u)[pairs.lists[:, None], at[None, :], pairs.levels]
    return weights + pairs.rarity


def log_odds(
    comparisons: tuple[Comparison, ...], pairs: Evidence, tables: Tables, beside: np.ndarray | None = None
) -> np.ndarray:
    """Natural log odds of M against R, C and F together."""
    shape = Shape.of(comparisons)
    beside = _no_company(pairs) if beside is None else beside
    scores = _scores(pairs, shape, tables, beside)
    return scores[:, M] - np.logaddexp(np.logaddexp(0.0, scores[:, C]), scores[:, F])


def kept_apart(drops: np.ndarray, matching: np.ndarray) -> float:
    """Share of matches in which each side kept another one of two names, so that none is shared.

    Expectation and maximisation cannot learn it: pairs of one event without a shared name are relatives or
    strangers far more often than matches. It follows from those who dropped one name: with n22 matches of
    two names on both sides, n21 of two on one and one of them on the other, and r the share of n21 that kept
    the second, a side drops a name with odds d / (1 - d) = n21 / 2 n22, and both drop and keep different ones
    with probability 2 r (1 - r) d^2, of n22 / (1 - d)^2 matches of persons with two names.
    """
    both, first, second = (float(matching[drops == kind].sum()) for kind in (1, 2, 3))
    total = float(matching.sum())
    if both < 1.0 or total < 1.0 or first + second <= 0.0:
        return 0.0
    odds = (first + second) / (2.0 * both)
    dropped = odds / (1.0 + odds)
    r = second / (first + second)
    return min(both / (1.0 - dropped) ** 2 * dropped**2 * 2.0 * r * (1.0 - r) / total, 0.1)


class _Tally(NamedTuple):
    """Posterior (pair x class) and its sums: two lists x comparison x level, or class x two lists."""

    posterior: np.ndarray
    matching: np.ndarray  # M; for date and place C, F and M
    unlike: np.ndarray  # R, C and F; for date and place R; for the surname R and C
    family: np.ndarray
    classes: np.ndarray
    namesakes: np.ndarray  # of C, those that share a given name
    handed: float  # of F, those whose given name was handed down


def _tally(pairs: Evidence, shape: Shape, tables: Tables, beside: np.ndarray) -> _Tally:
    return _Tally(*_expect(pairs, shape, tables, beside))


def _no_company(pairs: Evidence) -> np.ndarray:
    return np.zeros((len(pairs.lists), 2))


@njit(cache=True, nogil=True)
def _one(
    i: int, pairs: Evidence, shape: Shape, tables: Tables, beside: np.ndarray
) -> tuple[float, float, float, float]:
    """Log odds of C, F and M against R of pair i, and of F the share with a name handed down."""
    happened, person, family, name = 0.0, 0.0, 0.0, 0.0
    two = pairs.lists[i]
    for at in range(len(shape.event)):
        level = pairs.levels[i, at]
        rare = pairs.rarity[i, at]
        weight = tables.m[two, at, level] - tables.u[two, at, level] + rare
        if shape.event[at]:
            happened += weight
        else:
            person += weight
        if at == shape.surname:
            family = tables.f[two, level] - tables.u[two, at, level] + rare
        if at == shape.given:
            name = weight
    handed = tables.handed * np.exp(name)
    either = 1.0 - tables.handed + handed
    return (
        happened + tables.prior[0, two] + beside[i, 0],
        happened + family + np.log(either) + tables.prior[1, two] + beside[i, 1],
        happened + person + tables.prior[2, two],
        handed / either,
    )


@njit(cache=True, nogil=True)
def _scores(pairs: Evidence, shape: Shape, tables: Tables, beside: np.ndarray) -> np.ndarray:
    found = np.empty((len(pairs.lists), 3))
    for i in range(len(pairs.lists)):
        found[i, 0], found[i, 1], found[i, 2], _ = _one(i, pairs, shape, tables, beside)
    return found


@njit(cache=True, nogil=True)
def _expect(
    pairs: Evidence, shape: Shape, tables: Tables, beside: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray, float]:
    posterior = np.empty((len(pairs.lists), 3))
    matching, unlike = np.zeros(tables.m.shape), np.zeros(tables.m.shape)
    family, classes = np.zeros(tables.f.shape), np.zeros(tables.prior.shape)
    alike, handed = np.zeros(tables.prior.shape[1]), 0.0
    for i in range(len(pairs.lists)):
        two = pairs.lists[i]
        c, f, m, share = _one(i, pairs, shape, tables, beside)
        top = max(c, f, m, 0.0)
        c, f, m, r = np.exp(c - top), np.exp(f - top), np.exp(m - top), np.exp(-top)
        total = c + f + m + r
        c, f, m, r = c / total, f / total, m / total, r / total
        posterior[i, 0], posterior[i, 1], posterior[i, 2] = c, f, m
        classes[0, two] += c
        classes[1, two] += f
        classes[2, two] += m
        alike[two] += c if pairs.namesakes[i] else 0.0
        handed += f * share
        for at in range(len(shape.event)):
            level = pairs.levels[i, at]
            if level < 0:
                continue
            matching[two, at, level] += c + f + m if shape.event[at] else m
            unlike[two, at, level] += r if shape.event[at] else 1.0 - m - (f if at == shape.surname else 0.0)
            if at == shape.surname:
                family[two, level] += f
    return posterior, matching, unlike, family, classes, alike, handed


def _maximise(
    declared: tuple[np.ndarray, np.ndarray],
    shape: Shape,
    known: _Tally,
    drawn: _Tally,
    *,
    share: float,
    possible: np.ndarray,
    held: Mapping[tuple[int, int], float],
) -> Tables:
    """`share` is that of random pairs that hold one given name, `held` m of a comparison's level."""
    list_pairs = len(possible)
    m, u = _empty(shape, list_pairs), _empty(shape, list_pairs)
    f = np.zeros((list_pairs, m.shape[2]))
    for at, size in enumerate(shape.sizes):
        m[:, at, :size] = _table(
            known.matching[:, at, :size], declared[0][at, :size], PRIOR_PAIRS, LIST_PAIRS
        )
        # Random pairs hold a few true ones; with their weight u would be too high where lists are short.
        flat = np.full(size, 1.0 / size)
        u[:, at, :size] = _table(drawn.unlike[:, at, :size], flat, 0.5, RANDOM_PAIRS)
        if at == shape.surname:
            f[:, :size] = _table(known.family[:, :size], declared[1][:size], PRIOR_PAIRS, LIST_PAIRS)
        fixed = {i: value for (of, i), value in held.items() if of == at and value > 0.0}
        m[:, at, :size] = _with_held(m[:, at, :size], fixed)
    sums = known.classes + 0.1
    # Of the victims of an event blocking proposes those who share a given name by chance; they stand for all
    sums[C] = np.maximum(sums[C], known.namesakes / max(share, 1e-4))
    rest = np.maximum(possible - sums.sum(axis=0), 0.5 * possible + 1.0)
    handed = known.handed / (known.classes[F].sum() + FEW_RELATIVES)
    return Tables(m, u, f, np.log(sums / rest), handed)


def _with_held(logs: np.ndarray, held: Mapping[int, float]) -> np.ndarray:
    """The held levels have their shares, the others keep their proportions."""
    shares = np.exp(logs)
    at = list(held)
    shares[:, at] = 0.0
    shares *= (1.0 - sum(held.values())) / shares.sum(axis=1, keepdims=True)
    shares[:, at] = list(held.values())
    return np.log(shares)


def _empty(shape: Shape, list_pairs: int) -> np.ndarray:
    """Levels beyond those of a comparison, and the last column that -1 reaches, stay 0."""
    return np.zeros((list_pairs, len(shape.sizes), int(shape.sizes.max()) + 1))


def _declared(comparisons: tuple[Comparison, ...], shape: Shape) -> tuple[np.ndarray, np.ndarray]:
    """m by comparison and level, and f by level, as the model declares them."""
    m = np.zeros((len(shape.sizes), int(shape.sizes.max()) + 1))
    for at, comparison in enumerate(comparisons):
        m[at, : len(comparison.levels)] = [level.m for level in comparison.levels]
    return m, m[max(shape.surname, 0)]


def _pooled(tables: Tables) -> tuple[np.ndarray, np.ndarray]:
    return np.exp(tables.m).mean(axis=0), np.exp(tables.f).mean(axis=0)


def _start(
    shape: Shape, random: Evidence, list_pairs: int, declared: tuple[np.ndarray, np.ndarray]
) -> Tables:
    m, u = _empty(shape, list_pairs), _empty(shape, list_pairs)
    nothing = Tables(m, u, m[:, 0], np.full((3, list_pairs), -50.0), 0.0)
    everything = _tally(random, shape, nothing, _no_company(random)).unlike
    for at, size in enumerate(shape.sizes):
        m[:, at, :size] = np.log(declared[0][at, :size] / declared[0][at, :size].sum())
        u[:, at, :size] = _table(everything[:, at, :size], np.full(size, 1.0 / size), 0.5, RANDOM_PAIRS)
    prior = np.log(np.array([[1e-4], [1e-5], [1e-4]])) + np.zeros(list_pairs)
    return Tables(m, u, m[:, max(shape.surname, 0)].copy(), prior, HANDED)


def _table(counts: np.ndarray, declared: np.ndarray, prior: float, pooled_weight: float) -> np.ndarray:
    """Log shares by level, drawn first towards the declared, then towards the pooled."""
    pooled = (counts.sum(axis=0) + prior * declared / declared.sum()) / (counts.sum() + prior)
    return np.log((counts + pooled_weight * pooled) / (counts.sum(axis=1, keepdims=True) + pooled_weight))
