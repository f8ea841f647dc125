"""Strata one by one or spread, refused in place, and taken up where a run stopped."""

from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import pytest

from amparo.errors import Refusal
from amparo.estimation.histories import Histories
from amparo.estimation.latent_class import HierarchicalLatentClass, LatentClass, latent_class
from amparo.estimation.results import Estimate
from amparo.estimation.sampling import Run
from amparo.estimation.spark import spread_over
from amparo.estimation.strata import fit_strata

QUICK = HierarchicalLatentClass(run=Run(warm_up=(100, 100), draws=400, ess=50, precision=0.1, rescue=0))


@pytest.fixture
def strata(published):
    good = published("madigan_york")[0]
    named = Histories(good.lists, good.patterns, good.counts, {"year": "2015"})
    return [published("no_estimate")[0], good, named]


def test_estimated_or_refused_in_place(strata):
    seen = []
    with ThreadPoolExecutor(2) as pool:
        bad, first, second = fit_strata(
            strata, seed=1, settings=QUICK, map=pool.map, progress=lambda *told: seen.append(told)
        ).results
    assert isinstance(bad, Refusal)
    assert bad.code == "estimation.list_without_overlap"
    assert isinstance(first, Estimate)
    assert isinstance(second, Estimate)
    assert first.draws.tobytes() == latent_class(strata[1], seed=1, settings=QUICK).draws.tobytes()
    assert first.draws.tobytes() != second.draws.tobytes()
    assert first.median == pytest.approx(second.median, rel=0.1)
    assert seen == [("estimation.strata", done, 3) for done in (1, 2, 3)]


def test_what_is_known_is_not_done_again(strata):
    kept = {}
    whole = fit_strata(strata, seed=1, settings=QUICK, keep=kept.__setitem__)
    assert len(kept) == 3

    def never(function, items):
        assert not list(items)
        return ()

    again = fit_strata(strata, seed=1, settings=QUICK, known=kept, map=never)
    assert again.manifest.digest() == whole.manifest.digest()
    other = LatentClass(run=QUICK.run)
    assert set(kept).isdisjoint(_digests(strata, other))


def _digests(strata, settings):
    kept = {}
    fit_strata(strata[:1], seed=1, settings=settings, keep=kept.__setitem__)
    return kept


def test_processes_give_the_same(strata):
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        spread = fit_strata(strata, seed=1, settings=QUICK, map=pool.map)
    alone = fit_strata(strata, seed=1, settings=QUICK)
    assert spread.manifest.digest() == alone.manifest.digest()


def test_spark_gives_the_same(strata, spark):
    spread = fit_strata(strata, seed=1, settings=QUICK, map=spread_over(spark.sparkContext))
    assert spread.manifest.digest() == fit_strata(strata, seed=1, settings=QUICK).manifest.digest()
