"""Compiled fits of hierarchical log-linear models by iteratively weighted least squares.

Counts y_c of the 2^J - 1 observable cells are Poisson with log mean sum_{t subset of c} theta_t over the
terms t of the model; the unseen number is exp(theta_0). With w = mu, the sums over supersets S_w(t) =
sum_{c contains t} w_c give every product at once: the sufficient statistic of t is S_y(t), and the
information between s and t is S_w(s | t). A term whose lists share nobody (S_y = 0) has the extended estimate
minus infinity: it is dropped with the cells above it (Fienberg and Rinaldo 2012; Chan, Silverman and Vincent
2021, section 3).
"""

from __future__ import annotations

from math import lgamma

import numpy as np
from numba import njit

FITTED, NO_ESTIMATE, NOT_IDENTIFIED = 0, 1, 2
STEPS = 60  # Newton steps; a finite estimate needs about 8, a missing one walks on for ever
SETTLED = 1e-7  # change of a log mean at which a fit is done
PIVOT = 1e-11  # of the diagonal: below it the information has no inverse


@njit(cache=True, nogil=True, error_model="numpy")
def above(values):
    """Sums over supersets: out[t] = sum of values[c] over the cells c that contain t."""
    out = values.copy()
    bit = 1
    while bit < out.size:
        for c in range(out.size):
            if not c & bit:
                out[c] += out[c | bit]
        bit <<= 1
    return out


@njit(cache=True, nogil=True, error_model="numpy")
def _below(out):
    """In place, sums over subsets: out[c] = sum of values[t] over the terms t within c."""
    bit = 1
    while bit < out.size:
        for c in range(out.size):
            if c & bit:
                out[c] += out[c ^ bit]
        bit <<= 1


@njit(cache=True, nogil=True, error_model="numpy")
def _factor(matrix):
    """Cholesky factor in the lower triangle, in place; False where a pivot vanishes."""
    p = matrix.shape[0]
    for i in range(p):
        whole = matrix[i, i]
        for j in range(i + 1):
            total = matrix[i, j]
            for k in range(j):
                total -= matrix[i, k] * matrix[j, k]
            if i == j:
                if not total > PIVOT * whole:
                    return False
                matrix[i, i] = np.sqrt(total)
            else:
                matrix[i, j] = total / matrix[j, j]
    return True


@njit(cache=True, nogil=True, error_model="numpy")
def _solve(factor, vector):
    """Solve in place for the matrix with this Cholesky factor."""
    p = vector.size
    for i in range(p):
        for k in range(i):
            vector[i] -= factor[i, k] * vector[k]
        vector[i] /= factor[i, i]
    for i in range(p - 1, -1, -1):
        for k in range(i + 1, p):
            vector[i] -= factor[k, i] * vector[k]
        vector[i] /= factor[i, i]


@njit(cache=True, nogil=True, error_model="numpy")
def _extended(margins, terms):
    """The terms that have people, and the cells above no term without."""
    kept = np.ones(margins.size, np.bool_)
    kept[0] = False
    used = np.empty(terms.size, np.int64)
    p = 0
    for i in range(terms.size):
        if margins[terms[i]] > 0.0:
            used[p] = terms[i]
            p += 1
        else:
            for c in range(margins.size):
                if c & terms[i] == terms[i]:
                    kept[c] = False
    return used[:p], kept


@njit(cache=True, nogil=True, error_model="numpy")
def _likelihood(counts, log_means, kept):
    """The Poisson log likelihood of the kept cells."""
    total = 0.0
    for c in range(1, counts.size):
        if kept[c]:
            if counts[c] > 0.0:
                total += counts[c] * log_means[c] - lgamma(counts[c] + 1.0)
            total -= np.exp(log_means[c])
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def fit(counts, margins, terms):
    """Fit one model. `counts` (2^J,) float with 0 for the unseen, `margins` = above(counts), `terms` int.

    Returns (status, means (2^J,), unseen, variance of its logarithm, log likelihood of the kept cells):
    FITTED, NO_ESTIMATE where the steps never settle (the estimate is at infinity), NOT_IDENTIFIED where the
    design of the kept cells has not full rank. Cells of terms without people have mean 0.
    """
    size = counts.size
    used, kept = _extended(margins, terms)
    p = used.size
    information = np.empty((p, p))
    step = np.empty(p)
    theta = np.zeros(p)
    means = np.zeros(size)
    work = np.zeros(size)
    for c in range(size):
        if kept[c]:
            means[c] = counts[c] + 0.1
            work[c] = means[c] * np.log(means[c]) + counts[c] - means[c]
    score = above(work)
    log_means = np.zeros(size)
    for iteration in range(STEPS):
        weights = above(means)
        for i in range(p):
            for j in range(i + 1):
                information[i, j] = weights[used[i] | used[j]]
            # the first step regresses the logarithms of the counts, the others correct it
            step[i] = score[used[i]] if iteration == 0 else margins[used[i]] - weights[used[i]]
        if not _factor(information):
            status = NOT_IDENTIFIED if iteration == 0 else NO_ESTIMATE
            return status, means, np.nan, np.nan, np.nan
        _solve(information, step)
        change = np.zeros(size)
        for i in range(p):
            change[used[i]] = step[i]
        _below(change)
        largest = 0.0
        for c in range(1, size):
            if kept[c]:
                largest = max(largest, abs(change[c]))
        # a step that moves a mean by more than e^3 after the first overshoots
        share = 1.0 if iteration == 0 or largest < 3.0 else 3.0 / largest
        theta += share * step
        for c in range(1, size):
            if kept[c]:
                log_means[c] += share * change[c]
                means[c] = np.exp(min(log_means[c], 50.0))
        if iteration and largest < SETTLED:
            first = np.zeros(p)
            first[0] = 1.0
            _solve(information, first)
            return FITTED, means, np.exp(theta[0]), first[0], _likelihood(counts, log_means, kept)
    return NO_ESTIMATE, means, np.nan, np.nan, np.nan


@njit(cache=True, nogil=True, error_model="numpy")
def _gamma_parts(a, x):
    """The regularised incomplete gamma functions (P(a, x), Q(a, x)), the small one without cancellation."""
    if x <= 0.0:
        return 0.0, 1.0
    front = np.exp(a * np.log(x) - x - lgamma(a))
    if x < a + 1.0:  # series
        term = total = 1.0 / a
        for k in range(1, 100_000):
            term *= x / (a + k)
            total += term
            if term < total * 1e-15:
                break
        return front * total, 1.0 - front * total
    b = x + 1.0 - a  # continued fraction by Lentz's method
    c = 1e300
    d = 1.0 / b
    h = d
    for k in range(1, 100_000):
        ak = -k * (k - a)
        b += 2.0
        d = ak * d + b
        d = 1e-300 if abs(d) < 1e-300 else d
        c = b + ak / c
        c = 1e-300 if abs(c) < 1e-300 else c
        d = 1.0 / d
        h *= d * c
        if abs(d * c - 1.0) < 1e-15:
            break
    return 1.0 - front * h, front * h


@njit(cache=True, nogil=True, error_model="numpy")
def poisson_tail(people, mean):
    """The smaller of P(X <= people) and P(X >= people) of a Poisson law."""
    at_most = _gamma_parts(people + 1.0, mean)[1]
    at_least = 1.0 if people == 0 else _gamma_parts(float(people), mean)[0]
    return min(at_most, at_least)


@njit(cache=True, nogil=True, error_model="numpy")
def stepwise(counts, lists, threshold):
    """Forward selection of pairs of lists by Poisson tails (Chan, Silverman and Vincent 2021, section 5.1).

    The pair whose number of people is least likely under the model so far enters, as long as that tail is
    below `threshold` and the larger model has an estimate. Returns (status, unseen, variance of its
    logarithm, terms chosen).
    """
    margins = above(counts)
    pairs = lists * (lists - 1) // 2
    terms = np.zeros(1 + lists + pairs, np.int64)
    pair = np.empty(pairs, np.int64)
    k = 0
    for i in range(lists):
        terms[i + 1] = 1 << i
        for j in range(i + 1, lists):
            pair[k] = 1 << i | 1 << j
            k += 1
    chosen = np.zeros(pairs, np.bool_)
    p = 1 + lists
    status, means, unseen, variance, _ = fit(counts, margins, terms[:p])
    for _ in range(pairs):
        if status != FITTED:
            break
        expected = above(means)
        tails = np.ones(pairs)
        for k in range(pairs):
            if not chosen[k]:
                tails[k] = poisson_tail(margins[pair[k]], expected[pair[k]])
        entered = False
        for k in np.argsort(tails, kind="mergesort"):
            if not tails[k] < threshold:
                break
            terms[p] = pair[k]
            larger, new_means, new_unseen, new_variance, _ = fit(counts, margins, terms[: p + 1])
            if larger == FITTED:
                means, unseen, variance = new_means, new_unseen, new_variance
                chosen[k] = entered = True
                p += 1
                break
        if not entered:
            break
    return status, unseen, variance, terms[:p]


@njit(cache=True, nogil=True, error_model="numpy")
def criteria(counts, models, sizes):
    """Fit each model (rows of `models`, the first `sizes` of each row): (unseen, variance, BIC) per model.

    BIC = p log n - 2 log likelihood with every term of the model in p; infinite where there is no estimate.
    """
    margins = above(counts)
    observed = np.log(margins[0])
    out = np.empty((sizes.size, 3))
    for m in range(sizes.size):
        status, _, unseen, variance, likelihood = fit(counts, margins, models[m, : sizes[m]])
        out[m, 0], out[m, 1] = unseen, variance
        out[m, 2] = sizes[m] * observed - 2.0 * likelihood if status == FITTED else np.inf
    return out


@njit(cache=True, nogil=True, error_model="numpy")
def stepwise_batch(tables, lists, threshold):
    """The unseen number of each table (rows of `tables`) with its own selection; NaN without estimate."""
    out = np.empty(tables.shape[0])
    for b in range(tables.shape[0]):
        out[b] = stepwise(tables[b], lists, threshold)[1]
    return out


@njit(cache=True, nogil=True, error_model="numpy")
def best_batch(tables, models, sizes):
    """The unseen number of each table under the model of its own smallest BIC; NaN without estimate."""
    out = np.empty(tables.shape[0])
    for b in range(tables.shape[0]):
        found = criteria(tables[b], models, sizes)
        out[b] = found[np.argmin(found[:, 2]), 0]
    return out
