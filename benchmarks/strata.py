"""Many strata at once: how long, how many refused, and how often the interval held the truth."""

from __future__ import annotations

import multiprocessing
import resource
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np

from amparo.errors import Refusal
from amparo.estimation.calibration import recommended
from amparo.estimation.latent_class import HierarchicalLatentClass, LatentClass, latent_class
from amparo.estimation.sampling import Run
from amparo.estimation.strata import fit_strata

from .populations import KINDS, draw

LISTS, OBSERVED = 5, 400
PRECISION = 0.02  # Monte Carlo standard error of the median that suffices for one stratum of many
MODELS = {
    "recommended": (
        recommended,
        HierarchicalLatentClass(run=Run(warm_up=(100, 150, 250), draws=1_200, precision=PRECISION)),
    ),
    # as many chains as show that LCMCR's single one disagrees with itself
    "latent_class": (
        latent_class,
        LatentClass(run=Run(chains=4, warm_up=(100, 150, 150), draws=600, precision=PRECISION)),
    ),
}


def run(strata: int, model: str, processes: int, seed: int) -> Iterator[dict[str, Any]]:
    """One row: strata of five lists and about 400 people, of every kind of population in turn.

    Keys: `strata`, `method`, `chains`, `processes`, `seconds`, `cpu_seconds` (of all processes, their start
    included), `refused` (how often, by code), `covered` (share of the answered whose 95 % interval holds
    the truth), `median_width_ratio` ((high - low) / N), `observed` (people in all strata).
    """
    kinds = list(KINDS)
    populations = [
        draw(kinds[i % len(kinds)], LISTS, OBSERVED, linkage_error=False, seed=seed * 1_000_000 + i)
        for i in range(strata)
    ]
    jobs = [population.histories for population in populations]
    method, settings = MODELS[model]
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        # every process loads the compiled kernels before the clock starts
        fit_strata(jobs[:1] * 4 * processes, seed=seed, method=method, settings=settings, map=pool.imap)
        before, wall = time.process_time(), time.perf_counter()
        found = fit_strata(jobs, seed=seed, method=method, settings=settings, map=pool.imap).results
        wall, own = time.perf_counter() - wall, time.process_time() - before
        pool.close()
        pool.join()
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    refused = Counter(result.code for result in found if isinstance(result, Refusal))
    held, widths = [], []
    for population, result in zip(populations, found, strict=True):
        if not isinstance(result, Refusal):
            low, high = result.interval()
            held.append(low <= population.people <= high)
            widths.append((high - low) / population.people)
    yield {
        "strata": strata,
        "method": model,
        "chains": settings.run.chains,
        "processes": processes,
        "seconds": round(wall, 1),
        "cpu_seconds": round(own + children.ru_utime + children.ru_stime, 1),
        "refused": dict(refused),
        "covered": round(float(np.mean(held)), 3) if held else None,
        "median_width_ratio": round(float(np.median(widths)), 3) if widths else None,
        "observed": sum(job.observed for job in jobs),
    }
