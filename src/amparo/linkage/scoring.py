"""How likely two records are one person, learnt without labels.

A mixture over comparison vectors (Fellegi and Sunter 1969; Winkler 1988 for EM) with four classes instead
of two, because in lists of group events most pairs that look alike are relatives attacked together:

    R  unrelated records           every comparison as between random pairs
    C  victims of one event        date and place agree as for one person
    F  relatives in one event      and surname and age agree as among relatives; a share h of them bears one
                                   first name: it was handed down
    M  the same person

    log M/R = sum over comparisons of log m/u + rarity
    log C/R = sum over date and place of log m/u
    log F/R = log C/R + sum over surname and age of log f/u + rarity + log(1 - h + h g/u of the given name)

Tied parameters: date and place have one m for C, F and M; given name, age and sex have the u of random
pairs in R and C, given name and sex in F too. g is how the given names of two agree who bear one first name
by chance. m, u, f and the priors of C, F and M are estimated per pair of lists, m, u and f drawn towards
their pooled tables; the priors of C and F are raised for records of large events and families (`company`).
A match is weighed against R, C and F together. Comparisons with nothing on one side count for nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
from numba import njit

from amparo.linkage.model import Comparison
from amparo.runs import Progress

ITERATIONS = 40
FEW_RELATIVES = 50.0  # relatives without a name handed down, before the data speak
HANDED = 0.05  # share of names handed down to begin with
MISWRITTEN = 0.1  # share of names handed down that agree only as well as two mentions of one person
RARITY = 0.8  # share of the log frequency that counts: agreeing rare names may be copied from one another
PRIOR_PAIRS = 150.0  # weight of the declared m, in pairs: lists without a person in common must show none
LIST_PAIRS = 150.0  # weight of the pooled m in the table of two lists
RANDOM_PAIRS = 200.0  # weight of the pooled u
FIRST = 2  # in `Evidence.namesakes`
PARTS = 2  # of the pairs
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
    namesakes: np.ndarray  # 1 where both hold one given name, FIRST where it is the first of both, else 0
    drops: np.ndarray


class Tables(NamedTuple):
    """log m, u, f (two lists x comparison x level, 0 in the last column for missing), g, priors, h."""

    m: np.ndarray
    u: np.ndarray
    f: np.ndarray  # of the comparisons of `Shape.family`
    g: np.ndarray  # level of the given name where it was handed down
    prior: np.ndarray  # class C, F, M x two lists, log odds against R
    handed: float = 0.0  # share h of relatives whose given name was handed down


class Shape(NamedTuple):
    """Of a model: which comparisons tell of the event, which of the family, and the levels of each.

    `surname` and `given` are the places of these comparisons, -1 for none.
    """

    event: np.ndarray
    family: np.ndarray
    surname: int
    given: int
    sizes: np.ndarray

    @classmethod
    def of(cls, comparisons: tuple[Comparison, ...]) -> Shape:
        """The shape of these comparisons."""
        names = [comparison.name for comparison in comparisons]
        return cls(
            np.array([comparison.event for comparison in comparisons]),
            np.array([comparison.family for comparison in comparisons]),
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
    share = float((random.namesakes > 0).mean()) if len(random.namesakes) else 0.0
    g = handed_down(shape, random, declared[0])
    for i in range(ITERATIONS):
        known = _tally(blocked, shape, tables, beside)
        drawn = _tally(random, shape, tables, nobody)
        for at, kinds in zip((shape.given, shape.surname), blocked.drops.T, strict=True):
            none = int(shape.sizes[at]) - 1
            held[at, none] = kept_apart(kinds, known.posterior[:, M])
            if at == shape.given and not held[at, none]:
                held[at, none] = float(declared[0][at, none])
        tables = _maximise(declared, shape, known, drawn, g=g, share=share, possible=possible, held=held)
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


def handed_down(shape: Shape, random: Evidence, declared: np.ndarray) -> np.ndarray:
    """Log shares by level of two given names of which the first was handed down (0 for missing).

    They agree as those of random pairs who bear one first name, but for MISWRITTEN of them, which agree as
    declared for one person (comparison x level).
    """
    g = np.zeros(int(shape.sizes.max()) + 1)
    if shape.given < 0:
        return g
    size = int(shape.sizes[shape.given])
    usual = declared[shape.given, :size] / declared[shape.given, :size].sum()
    levels = random.levels[random.namesakes == FIRST, shape.given]
    counts = np.bincount(levels[levels >= 0], minlength=size)[:size] + usual
    g[:size] = np.log((1.0 - MISWRITTEN) * counts / counts.sum() + MISWRITTEN * usual)
    return g


class _Tally(NamedTuple):
    """Posterior (pair x class) and its sums: two lists x comparison x level, or class x two lists."""

    posterior: np.ndarray
    matching: np.ndarray  # M; for date and place C, F and M
    unlike: np.ndarray  # R, C and F; for date and place R; for surname and age R and C
    family: np.ndarray
    classes: np.ndarray
    namesakes: np.ndarray  # of C, those that share a given name
    handed: float  # of F, those whose given name was handed down


def _tally(pairs: Evidence, shape: Shape, tables: Tables, beside: np.ndarray) -> _Tally:
    """Always the same parts, each in a thread: the sums do not depend on the machine."""
    posterior, size = np.empty((len(pairs.lists), 3)), len(pairs.lists) // PARTS + 1

    def one(at: int) -> tuple[Any, ...]:
        part = slice(at * size, (at + 1) * size)
        mine = Evidence(*(values[part] for values in pairs))
        return _expect(mine, shape, tables, beside[part], posterior[part])

    with ThreadPoolExecutor(PARTS) as pool:
        return _Tally(posterior, *(sum(sums) for sums in zip(*pool.map(one, range(PARTS)), strict=True)))


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
        if shape.family[at]:
            family += tables.f[two, at, level] - tables.u[two, at, level] + rare
        if at == shape.given:
            name = tables.g[level] - tables.u[two, at, level] + rare
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
    pairs: Evidence, shape: Shape, tables: Tables, beside: np.ndarray, posterior: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray, float]:
    """Fill in the posterior, and sum it."""
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
        alike[two] += c if pairs.namesakes[i] > 0 else 0.0
        handed += f * share
        for at in range(len(shape.event)):
            level = pairs.levels[i, at]
            if level < 0:
                continue
            matching[two, at, level] += c + f + m if shape.event[at] else m
            unlike[two, at, level] += r if shape.event[at] else 1.0 - m - (f if shape.family[at] else 0.0)
            if shape.family[at]:
                family[two, at, level] += f
    return matching, unlike, family, classes, alike, handed


def _maximise(
    declared: tuple[np.ndarray, np.ndarray],
    shape: Shape,
    known: _Tally,
    drawn: _Tally,
    *,
    g: np.ndarray,
    share: float,
    possible: np.ndarray,
    held: Mapping[tuple[int, int], float],
) -> Tables:
    """`share` is that of random pairs that hold one given name, `held` m of a comparison's level."""
    list_pairs = len(possible)
    m, u, f = (_empty(shape, list_pairs) for _ in "muf")
    for at, size in enumerate(shape.sizes):
        m[:, at, :size] = _table(
            known.matching[:, at, :size], declared[0][at, :size], PRIOR_PAIRS, LIST_PAIRS
        )
        # Random pairs hold a few true ones; with their weight u would be too high where lists are short.
        flat = np.full(size, 1.0 / size)
        u[:, at, :size] = _table(drawn.unlike[:, at, :size], flat, 0.5, RANDOM_PAIRS)
        if shape.family[at]:
            # Before the data speak, relatives have one surname and are as old as strangers.
            usual = declared[1][at, :size] if at == shape.surname else np.exp(u[:, at, :size]).mean(axis=0)
            f[:, at, :size] = _table(known.family[:, at, :size], usual, PRIOR_PAIRS, LIST_PAIRS)
        fixed = {i: value for (of, i), value in held.items() if of == at and value > 0.0}
        m[:, at, :size] = _with_held(m[:, at, :size], fixed)
    sums = known.classes + 0.1
    # Of the victims of an event blocking proposes those who share a given name by chance; they stand for all
    sums[C] = np.maximum(sums[C], known.namesakes / max(share, 1e-4))
    rest = np.maximum(possible - sums.sum(axis=0), 0.5 * possible + 1.0)
    handed = known.handed / (known.classes[F].sum() + FEW_RELATIVES)
    return Tables(m, u, f, g, np.log(sums / rest), handed)


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
    """m and f by comparison and level, as the model declares them: f as m."""
    m = np.zeros((len(shape.sizes), int(shape.sizes.max()) + 1))
    for at, comparison in enumerate(comparisons):
        m[at, : len(comparison.levels)] = [level.m for level in comparison.levels]
    return m, m


def _pooled(tables: Tables) -> tuple[np.ndarray, np.ndarray]:
    return np.exp(tables.m).mean(axis=0), np.exp(tables.f).mean(axis=0)


def _start(
    shape: Shape, random: Evidence, list_pairs: int, declared: tuple[np.ndarray, np.ndarray]
) -> Tables:
    m, u = _empty(shape, list_pairs), _empty(shape, list_pairs)
    g = handed_down(shape, random, declared[0])
    nothing = Tables(m, u, m, g, np.full((3, list_pairs), -50.0), 0.0)
    everything = _tally(random, shape, nothing, _no_company(random)).unlike
    for at, size in enumerate(shape.sizes):
        m[:, at, :size] = np.log(declared[0][at, :size] / declared[0][at, :size].sum())
        u[:, at, :size] = _table(everything[:, at, :size], np.full(size, 1.0 / size), 0.5, RANDOM_PAIRS)
    prior = np.log(np.array([[1e-4], [1e-5], [1e-4]])) + np.zeros(list_pairs)
    f = np.where(np.arange(len(shape.sizes))[:, None] == shape.surname, m, u)
    return Tables(m, u, f, g, prior, HANDED)


def _table(counts: np.ndarray, declared: np.ndarray, prior: float, pooled_weight: float) -> np.ndarray:
    """Log shares by level, drawn first towards the declared, then towards the pooled."""
    pooled = (counts.sum(axis=0) + prior * declared / declared.sum()) / (counts.sum() + prior)
    return np.log((counts + pooled_weight * pooled) / (counts.sum(axis=1, keepdims=True) + pooled_weight))
