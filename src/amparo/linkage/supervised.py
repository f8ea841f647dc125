"""What judgements add to the label-free score: a small regularised logistic correction, if it helps.

    logit P(same) = logit q + exp(-(logit q)^2 / 2 FADE^2) (sum b_k h_k(logit q) + sum c_k x_k),
    b, c ~ Normal(0, sd^2)

q is how often the pair is together in draws without labels, the h are hat functions with their tops at KNOTS;
the x are what the comparisons weigh, what rivals take off, how strong other candidates of both records are,
and whether both stand on one list, each less its mean over all pairs of a like q. Labels are asked for where
they help, in the middle: a line through them would move the many plain pairs, of which hardly any is judged.
So every stretch of q is moved by its own labels, the x only reorder pairs within it, and all fades outwards.

A zero correction is the label-free score, and the correction stays zero unless it predicts labels held out
from its fit better than the label-free score does, by more than one standard error.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

FEWEST = 40  # labels from which a correction is tried
FOLDS = 5
SPREAD = 0.3  # prior sd of each coefficient; the features have unit spread
LIMIT = 6.0
KNOTS = np.array([-6.0, -3.0, -1.0, 1.0, 3.0, 6.0])  # logits
LIKE = np.arange(-5.0, 5.5)  # bounds of pairs of a like q, logits
FADE = 3.0
STEPS = 30


class Correction(NamedTuple):
    """To be added to each pair's log odds; mean log loss of held-out labels without and with it; if used."""

    added: np.ndarray
    labels: int
    loss_free: float | None
    loss_corrected: float | None
    used: bool


def correction(
    features: np.ndarray, together: np.ndarray, labelled: np.ndarray, same: np.ndarray, *, seed: int
) -> Correction:
    """Fit to the labelled pairs (indices) and their verdicts, and check by cross-validation.

    `features` is pair x feature, `together` the probability q of each pair.
    """
    nothing = np.zeros(len(together))
    if len(labelled) < FEWEST or same.all() or not same.any():
        return Correction(nothing, len(labelled), None, None, False)
    offset = np.clip(np.log(together) - np.log1p(-together), -LIMIT, LIMIT)
    design = _design(features, offset)
    rows, known, truth = design[labelled], offset[labelled], same.astype(float)
    fold = np.random.default_rng([seed, 11]).permutation(len(labelled)) % FOLDS
    held_out = np.empty(len(labelled))
    for number in range(FOLDS):
        out = fold == number
        held_out[out] = rows[out] @ _fit(rows[~out], known[~out], truth[~out])
    free, corrected = _loss(known, truth), _loss(known + held_out, truth)
    gain = free - corrected
    used = bool(gain.mean() > gain.std() / np.sqrt(len(gain)))
    added = np.clip(design @ _fit(rows, known, truth), -LIMIT / 2, LIMIT / 2) if used else nothing
    return Correction(added, len(labelled), float(free.mean()), float(corrected.mean()), used)


def rivals(left: np.ndarray, right: np.ndarray, together: np.ndarray, rows: int) -> np.ndarray:
    """log(1 + expected number of other partners) of both records of a pair (pair x 2), the larger first."""
    total = np.bincount(left, together, rows) + np.bincount(right, together, rows)
    others = np.log1p(np.maximum(np.stack([total[left], total[right]], axis=1) - together[:, None], 0.0))
    return -np.sort(-others, axis=1)


def _design(features: np.ndarray, offset: np.ndarray) -> np.ndarray:
    spread = features.std(axis=0)
    unit = features / np.where(spread > 0.0, spread, 1.0)
    alike = np.digitize(offset, LIKE)
    number = np.maximum(np.bincount(alike, minlength=len(LIKE) + 1), 1)
    means = np.stack([np.bincount(alike, column, len(number)) / number for column in unit.T], axis=1)
    hats = np.stack([np.interp(offset, KNOTS, top) for top in np.eye(len(KNOTS))], axis=1)
    fading = np.exp(-((offset / FADE) ** 2) / 2.0)
    return np.column_stack([hats, unit - means[alike]]) * fading[:, None]


def _fit(design: np.ndarray, offset: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Posterior mode of the coefficients by Newton's method."""
    found = np.zeros(design.shape[1])
    for _ in range(STEPS):
        chance = 1.0 / (1.0 + np.exp(-(offset + design @ found)))
        gradient = design.T @ (truth - chance) - found / SPREAD**2
        curvature = (design * (chance * (1.0 - chance))[:, None]).T @ design
        step = np.linalg.solve(curvature + np.eye(len(found)) / SPREAD**2, gradient)
        found += step
        if np.abs(step).max() < 1e-8:
            break
    return found


def _loss(logits: np.ndarray, truth: np.ndarray) -> np.ndarray:
    return np.logaddexp(0.0, logits) - truth * logits
