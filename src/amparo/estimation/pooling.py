"""One answer from many estimates: over linkage draws and imputations, and over strata.

A part that was refused refuses the whole, with its number and its code: no average hides a chain that did not
converge.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from statistics import NormalDist
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from amparo.errors import Refusal
from amparo.estimation.results import LEVELS, Estimate

Result = Estimate | Refusal
ROWS = 8  # of the draws of a pooled estimate


def mixture(parts: Sequence[Result], *, seed: int) -> Estimate:
    """The mixture of posteriors of one population under several linkages or imputations, all alike likely.

    Each part gives as many draws, so the spread between parts is in the interval; `between` tells its share
    of the variance of log N. Raises `Refusal` `estimation.part_refused`.
    """
    estimates = _standing(parts)
    size = min(estimate.draws.size for estimate in estimates)
    rng = np.random.default_rng(seed)
    every = [rng.choice(estimate.draws.ravel(), size, replace=False) for estimate in estimates]
    return _pooled("mixture", estimates, _rows(rng.permutation(np.concatenate(every))), seed, every)


def rubin(parts: Sequence[Result], *, seed: int) -> Estimate:
    """Rubin's rules on the scale of log N, as verdata combines replicates.

    With q_m and u_m the mean and variance of log N in part m of M: log N is taken as normal with the mean of
    the q_m and the variance mean u_m + (1 + 1 / M) var q_m (Rubin 1987, Multiple Imputation, section 3.1;
    verdata `combine_estimates`). Raises `Refusal` `estimation.part_refused`.
    """
    estimates = _standing(parts)
    logs = [np.log(estimate.draws) for estimate in estimates]
    centres = np.array([part.mean() for part in logs])
    between = float(centres.var(ddof=1)) if len(logs) > 1 else 0.0
    spread = float(np.sqrt(np.mean([part.var() for part in logs]) + (1 + 1 / len(logs)) * between))
    centre = float(centres.mean())
    draws = np.exp(centre + spread * np.random.default_rng(seed).standard_normal(ROWS * 1000))
    found = _pooled("rubin", estimates, _rows(draws), seed, [np.exp(part.ravel()) for part in logs])
    quantile = NormalDist(centre, spread).inv_cdf if spread > 0 else lambda _share: centre
    limits = {
        level: (float(np.exp(quantile((1 - level) / 2))), float(np.exp(quantile((1 + level) / 2))))
        for level in LEVELS
    }
    return msgspec.structs.replace(found, point=float(np.exp(centre)), limits=limits)


def total(draws: Sequence[Sequence[Result]], *, seed: int) -> Estimate:
    """The people of all strata together: `draws[m]` holds every stratum's estimate under linkage draw m.

    Given the linkage and the imputed fields, strata are estimated from different people and are independent;
    what one draw does to all of them at once stays in the sum, because sums are taken within draws. Without
    linkage draws there is one draw. Raises `Refusal` `estimation.part_refused`, `estimation.strata_differ`.
    """
    rng = np.random.default_rng(seed)
    sums = []
    kinds = {tuple(sorted(tuple(sorted(one.stratum.items())) for one in _standing(part))) for part in draws}
    if len(kinds) > 1:
        raise Refusal("estimation.strata_differ")
    for part in draws:
        estimates = _standing(part)
        size = min(estimate.draws.size for estimate in estimates)
        people = sum(rng.choice(one.draws.ravel(), size, replace=False) for one in estimates)
        whole = _pooled("total", estimates, _rows(np.asarray(people, np.float64)), seed, [])
        observed = sum(one.observed for one in estimates)
        sums.append(msgspec.structs.replace(whole, observed=observed, stratum={}))
    return sums[0] if len(sums) == 1 else msgspec.structs.replace(mixture(sums, seed=seed), method="total")


def _standing(parts: Sequence[Result]) -> list[Estimate]:
    for number, part in enumerate(parts, start=1):
        if isinstance(part, Refusal):
            raise Refusal("estimation.part_refused", part=number, of=len(parts), reason=part.code)
    return [part for part in parts if isinstance(part, Estimate)]


def _rows(draws: NDArray[np.float64]) -> NDArray[np.float64]:
    return draws[: draws.size // ROWS * ROWS].reshape(ROWS, -1)


def _pooled(
    method: str,
    estimates: list[Estimate],
    draws: NDArray[np.float64],
    seed: int,
    every: list[NDArray[np.float64]],
) -> Estimate:
    """The frame of a pooled estimate, with the worst figure of its parts and what they warned of."""
    figures: dict[str, float] = {"parts": float(len(estimates))}
    for name, worst in (("rhat", max), ("chain_ratio", max), ("near_cap", max), ("ess_bulk", min)):
        values = [estimate.diagnostics[name] for estimate in estimates if name in estimate.diagnostics]
        if values:
            figures[name] = worst(values)
    if len(every) > 1:
        logs = [np.log(part) for part in every]
        among = float(np.var([part.mean() for part in logs]))
        figures["between"] = among / (among + float(np.mean([part.var() for part in logs])))
    warned: dict[str, Any] = {}
    for estimate in estimates:
        for issue in estimate.warnings:
            warned.setdefault(issue.code, issue)
    data = hashlib.sha256("".join(estimate.manifest().digest() for estimate in estimates).encode())
    return Estimate(
        method=method,
        stratum=estimates[0].stratum,
        lists=tuple(sorted({name for estimate in estimates for name in estimate.lists})),
        observed=round(float(np.mean([estimate.observed for estimate in estimates]))),
        draws=draws,
        seed=seed,
        data=data.hexdigest(),
        settings={"of": sorted({estimate.method for estimate in estimates})},
        diagnostics=figures,
        warnings=tuple(warned.values()),
        shortest=all(estimate.shortest for estimate in estimates),
    )
