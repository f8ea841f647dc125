"""Published numbers, populations of known size, the same answer twice, and refusals."""

import pickle
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from amparo.errors import Issue, Refusal
from amparo.estimation.histories import Histories, from_table
from amparo.estimation.latent_class import (
    AS_IN_R,
    HierarchicalLatentClass,
    LatentClass,
    latent_class,
    sensitivity,
)
from amparo.estimation.sampling import Run

SHORT = Run(warm_up=(100, 200), draws=500, ess=100, precision=0.05)
QUICK = LatentClass(run=SHORT)
RECOMMENDED = HierarchicalLatentClass(run=SHORT)


@pytest.mark.parametrize("name", ["kosovo", "western", "madigan_york"])
@pytest.mark.parametrize("seed", [0, 1])
def test_published_tables(published, name, seed):
    histories, expected = published(name)
    estimate = latent_class(histories, seed=seed, settings=LatentClass())
    assert estimate.diagnose()["passed"].drop_nulls().all()
    low, high = estimate.interval()
    for end, value in {"median": estimate.median, "low": low, "high": high}.items():
        least, most = expected[end]
        assert least <= value <= most, end


def test_the_same_seed_gives_the_same_bytes(published):
    histories, _ = published("western")
    with ThreadPoolExecutor(2) as pool:
        alone = latent_class(histories, seed=5, settings=QUICK)
        threaded = latent_class(histories, seed=5, settings=QUICK, map=pool.map)
    other = latent_class(histories, seed=6, settings=QUICK)
    assert alone.draws.tobytes() == threaded.draws.tobytes()
    assert alone.draws.tobytes() != other.draws.tobytes()


def test_the_order_of_lists_and_rows_is_moot(published):
    histories, _ = published("western")
    turned = Histories(
        histories.lists[::-1], histories.patterns[::-1, ::-1].copy(), histories.counts[::-1].copy(), {}
    )
    first, second = (latent_class(h, seed=1, settings=QUICK) for h in (histories, turned))
    assert first.draws.tobytes() == second.draws.tobytes()


def test_results_cross_processes(published):
    estimate = latent_class(published("madigan_york")[0], seed=1, settings=QUICK)
    refused = Refusal("estimation.not_converged", rhat=1.2, ess=9, draws=400)
    again, still = pickle.loads(pickle.dumps((estimate, refused)))  # noqa: S301  (our own bytes)
    assert again.draws.tobytes() == estimate.draws.tobytes()
    assert (still.code, still.facts) == (refused.code, refused.facts)


def test_sweeps_alone_reach_the_same_posterior(published):
    histories, expected = published("western")
    swept = latent_class(
        histories, seed=1, settings=replace(QUICK, swept_only=True, run=replace(SHORT, draws=4_000))
    )
    assert swept.method == "latent_class_swept"
    assert expected["median"][0] * 0.95 <= swept.median <= expected["median"][1] * 1.05


def test_the_sampler_of_the_r_package_is_refused_where_its_chains_disagree(published):
    hasty = replace(AS_IN_R, run=replace(AS_IN_R.run, warm_up=(500,), draws=2_000, doublings=0, more=0))
    with pytest.raises(Refusal) as caught:
        latent_class(published("uk_five")[0], seed=1, settings=hasty)
    assert caught.value.code == "estimation.not_converged"


def test_chains_that_disagree_are_refused(published):
    hasty = replace(QUICK, run=replace(SHORT, warm_up=(5,), draws=20, doublings=1))
    with pytest.raises(Refusal) as caught:
        latent_class(published("western")[0], seed=1, settings=hasty)
    assert caught.value.code == "estimation.not_converged"
    assert caught.value.facts["draws"] == 320


def test_a_table_that_leaves_the_upper_limit_to_the_cap_is_refused():
    frame = pl.DataFrame({"a": [1, 0, 0, 1, 0], "b": [0, 1, 0, 1, 1], "c": [0, 0, 1, 0, 1]})
    sparse = from_table(frame.with_columns(count=pl.Series([60, 70, 50, 1, 1])))
    with pytest.raises(Refusal) as caught:
        latent_class(sparse, seed=1, settings=QUICK)
    assert caught.value.code == "estimation.not_identified"


def codes(estimate):
    return [issue.code for issue in estimate.warnings]


@pytest.mark.parametrize(
    ("both", "warned"),
    [
        ((90, 80), []),
        ((30, 25), ["estimation.overlap_low"]),
        ((9, 8), ["estimation.overlap_very_low"]),
        ((3, 3), ["estimation.few_shared", "estimation.overlap_low"]),
    ],
)
def test_warnings(both, warned):
    frame = pl.DataFrame({"a": [1, 0, 0, 1, 0], "b": [0, 1, 0, 1, 1], "c": [0, 0, 1, 0, 1]})
    alone = [5, 6, 5] if both == (3, 3) else [60, 70, 50]
    few = from_table(frame.with_columns(count=pl.Series([*alone, *both])))
    stratum = Histories(few.lists, few.patterns, few.counts, {"year": "2015"}, ("d",))
    estimate = latent_class(stratum, seed=1, settings=replace(QUICK, cap=1e3))
    assert [issue.code for issue in estimate.warnings] == [
        "estimation.lists_absent",
        "estimation.pairs_empty",
        "estimation.pairs_not_estimable",
        "estimation.three_lists",
        *warned,
    ]
    assert estimate.warnings[0].facts == {"lists": "d"}


def test_an_upper_limit_near_the_cap_is_said():
    frame = pl.DataFrame({"a": [1, 0, 0, 1, 0], "b": [0, 1, 0, 1, 1], "c": [0, 0, 1, 0, 1]})
    few = from_table(frame.with_columns(count=pl.Series([60, 80, 60, 3, 2])))
    estimate = latent_class(few, seed=1, settings=QUICK)
    assert 0.01 < estimate.diagnostics["near_cap"] < 0.025
    issue = Issue(
        "estimation.near_cap", {"share": round(100 * estimate.diagnostics["near_cap"], 1), "cap": 20.0}
    )
    assert issue in estimate.warnings


def test_covers_populations_with_independent_lists(population, seen_by):
    """Nominal 95 % intervals of 16 populations: fewer than 13 has probability .0009."""
    held = 0
    for seed in range(16):
        everybody = population(seed, 800, [[0.3, 0.2, 0.25, 0.15]], [1.0])
        estimate = latent_class(seen_by(everybody), seed=seed, settings=QUICK)
        low, high = estimate.interval()
        held += low <= 800 <= high
    assert held >= 13


def test_two_clear_classes_are_found(population, seen_by):
    """Where people differ the independence model is far too low; the mixture errs by less than 10 %."""
    rates = [[0.6, 0.5, 0.4, 0.5, 0.5], [0.15, 0.1, 0.2, 0.1, 0.1]]
    estimates = [
        latent_class(seen_by(population(seed, 3000, rates, [0.5, 0.5])), seed=seed, settings=QUICK).median
        for seed in range(3)
    ]
    assert np.median(estimates) == pytest.approx(3000, rel=0.1)


def test_two_classes_and_a_dependent_pair(population, seen_by):
    """A population such as the example study's: the estimate errs by at most 15 % and stays useful."""
    errors, widths = [], []
    for seed in range(3):
        rates = [[0.34, 0.28, 0.30, 0.24, 0.18], [0.12, 0.08, 0.16, 0.13, 0.06]]
        everybody = population(seed, 3300, rates, [0.45, 0.55])
        referred = np.random.default_rng(seed).random(3300) < 0.25
        everybody[:, 0] |= everybody[:, 1] & referred
        estimate = latent_class(seen_by(everybody), seed=seed, settings=QUICK)
        errors.append(abs(estimate.median - 3300) / 3300)
        low, high = estimate.interval()
        widths.append((high - low) / 3300)
    assert np.median(errors) <= 0.15
    assert np.median(widths) <= 0.6


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [("kosovo", 11_000, 12_000), ("western", 1_950, 2_150), ("madigan_york", 640, 680)],
)
def test_the_recommended_model_on_published_tables(published, name, least, most):
    histories, _ = published(name)
    estimates = [latent_class(histories, seed=seed, settings=RECOMMENDED) for seed in range(2)]
    assert all(least <= estimate.median <= most for estimate in estimates)


def test_another_prior_is_a_call_away(published):
    histories, _ = published("western")
    table = sensitivity(histories, seed=1, settings=replace(RECOMMENDED, run=replace(SHORT, draws=200)))
    assert set(table["changed"]) == {"", "prior", "cap", "classes"}
    assert (table["median"] > histories.observed).all()
    assert table.filter(changed="cap")["value"].to_list() == ["cap=10.0", "cap=100.0"]
