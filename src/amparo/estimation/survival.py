"""How long until something happens, with those still waiting counted as still waiting.

Kaplan–Meier (1958): S(t) is the product over event times of 1 - d/n, by `scipy.stats.ecdf` on censored
data; intervals are Greenwood's on the log(-log) scale. Aalen–Johansen (1978): the share that reached each
outcome is the sum of S(t-) d_k/n, so that who ended otherwise is not counted as still able to arrive.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.stats import CensoredData, ecdf

from amparo.errors import Refusal

LEVEL = 0.95


class Step(NamedTuple):
    """A day at which something ended: how many waited just before, how many ended, the share still waiting.

    `low` and `high` bound the share; both are None where the formula gives nothing (nobody left).
    """

    days: float
    at_risk: int
    ended: int
    waiting: float
    low: float | None
    high: float | None


class Curve(NamedTuple):
    """The share still waiting over time, of `number` persons of whom `ended` ended.

    `median` is the first day at which half or fewer wait, with the interval of Brookmeyer and Crowley (1982);
    each None where it was not reached.
    """

    number: int
    ended: int
    steps: tuple[Step, ...]
    median: float | None
    median_low: float | None
    median_high: float | None


class Reached(NamedTuple):
    """The share that had reached an outcome by a day."""

    days: float
    share: float


def kaplan_meier(days: Sequence[float], ended: Sequence[bool], level: float = LEVEL) -> Curve:
    """The share still waiting, by days waited and whether the wait ended or goes on.

    Raises `estimation.nobody_waits` where there is nobody, `ValueError` for days below 0 or unequal lengths.
    """
    waited, over = _checked(days, ended)
    if not over.any():
        return Curve(len(waited), 0, (), None, None, None)
    found = ecdf(CensoredData(uncensored=waited[over], right=waited[~over])).sf
    # Where nobody is left the log of the share has no value; such bounds are told as None below.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        bounds = found.confidence_interval(level, method="log-log")
    times = np.unique(waited[over])
    at = np.searchsorted(found.quantiles, times)
    share, low, high = (each.probabilities[at] for each in (found, bounds.low, bounds.high))
    steps = tuple(
        Step(
            float(time),
            int((waited >= time).sum()),
            int((waited[over] == time).sum()),
            float(share[place]),
            _bound(low[place]),
            _bound(high[place]),
        )
        for place, time in enumerate(times)
    )
    return Curve(
        len(waited),
        int(over.sum()),
        steps,
        next((step.days for step in steps if step.waiting <= 0.5), None),
        next((step.days for step in steps if step.low is not None and step.low <= 0.5), None),
        next((step.days for step in steps if step.high is not None and step.high <= 0.5), None),
    )


def incidence(days: Sequence[float], outcomes: Sequence[str | None]) -> dict[str, tuple[Reached, ...]]:
    """The share that reached each outcome over time; None is who still waits. Raises as `kaplan_meier`."""
    waited, over = _checked(days, [outcome is not None for outcome in outcomes])
    curves: dict[str, list[Reached]] = {outcome: [] for outcome in sorted({o for o in outcomes if o})}
    reached = dict.fromkeys(curves, 0.0)
    waiting = 1.0
    for time in np.unique(waited[over]):
        at_risk = int((waited >= time).sum())
        here = [outcomes[place] for place in np.flatnonzero(over & (waited == time))]
        for outcome, points in curves.items():
            if number := here.count(outcome):
                reached[outcome] += waiting * number / at_risk
                points.append(Reached(float(time), reached[outcome]))
        waiting *= 1 - len(here) / at_risk
    return {outcome: tuple(points) for outcome, points in curves.items()}


def _checked(days: Sequence[float], ended: Sequence[bool]) -> tuple[np.ndarray, np.ndarray]:
    if len(days) != len(ended):
        raise ValueError("as many waits as ends")
    if not len(days):
        raise Refusal("estimation.nobody_waits")
    waited = np.asarray(days, dtype=float)
    if not (waited >= 0).all():
        raise ValueError("a wait below zero")
    return waited, np.asarray(ended, dtype=bool)


def _bound(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
