from __future__ import annotations

import numpy as np
import pytest

from amparo.linkage.model import Comparison, Level
from amparo.linkage.scoring import (
    FIRST,
    Evidence,
    Tables,
    kept_apart,
    log_odds,
    posterior,
    settled_company,
    train,
)
from amparo.runs import silent


def comparison(name: str, *m: float, event: bool = False, family: bool = False) -> Comparison:
    levels = tuple(Level(f"level {i}", "", share) for i, share in enumerate(m))
    return Comparison(name, "", levels, event, family)


MODEL = (
    comparison("given", 0.95, 0.05),
    comparison("surname", 0.9, 0.1, family=True),
    comparison("date", 0.8, 0.2, event=True),
    comparison("place", 0.8, 0.2, event=True),
    comparison("age", 0.8, 0.2, family=True),
)
# Share of the first level by class, comparisons as in MODEL.
AGREE = {
    "R": (0.01, 0.005, 0.002, 0.02, 0.1),
    "C": (0.01, 0.005, 0.9, 0.9, 0.1),
    "F": (0.01, 0.7, 0.9, 0.9, 0.1),
    "M": (0.9, 0.85, 0.9, 0.9, 0.9),
}


def draw(generator: np.random.Generator, sizes: dict[str, int]) -> tuple[Evidence, np.ndarray]:
    levels = np.concatenate(
        [(generator.random((size, 5)) > AGREE[name]).astype(np.int8) for name, size in sizes.items()]
    )
    classes = np.repeat(list(sizes), list(sizes.values()))
    return evidence(levels), classes


def evidence(levels: np.ndarray, left=None, right=None) -> Evidence:
    count = len(levels)
    rows = np.arange(2 * count).reshape(2, count) if left is None or right is None else (left, right)
    nothing = np.zeros(count, np.int32)
    return Evidence(
        *rows,
        levels,
        nothing,
        np.zeros(levels.shape, np.float32),
        np.where(levels[:, 0] == 0, FIRST, 0),
        np.zeros((count, 2), int),
    )


@pytest.fixture(scope="module")
def planted() -> tuple[Evidence, np.ndarray, Tables]:
    """Pairs of all classes, those that agree in nothing never proposed; the fitted tables."""
    generator = np.random.default_rng(3)
    pairs, classes = draw(generator, {"R": 400_000, "C": 20_000, "F": 6_000, "M": 4_000})
    random, _ = draw(generator, {"R": 200_000})
    proposed = (pairs.levels == 0).any(axis=1)
    blocked = evidence(pairs.levels[proposed])
    tables = train(MODEL, blocked, random, np.array([430_000.0]), silent)
    return blocked, classes[proposed], tables


def test_training_finds_the_planted_shares_without_labels(planted) -> None:
    _, _, tables = planted
    found = {c.name: float(np.exp(tables.m[0, at, 0])) for at, c in enumerate(MODEL)}
    assert found["given"] == pytest.approx(0.9, abs=0.08)
    assert found["surname"] == pytest.approx(0.85, abs=0.08)
    assert found["date"] == pytest.approx(0.9, abs=0.05)


def test_relatives_in_one_event_are_not_matches(planted) -> None:
    blocked, classes, tables = planted
    family = (
        (blocked.levels[:, 1] == 0)
        & (blocked.levels[:, 2] == 0)
        & (blocked.levels[:, 0] == 1)
        & (blocked.levels[:, 4] == 1)
    )
    assert (log_odds(MODEL, blocked, tables)[family] < 0).all()
    assert (classes[family] == "F").mean() > 0.8


def test_probabilities_are_calibrated(planted) -> None:
    blocked, classes, tables = planted
    probability = posterior(MODEL, blocked, tables)
    assert (probability >= 0).all() and (probability.sum(axis=1) <= 1 + 1e-9).all()
    assert probability[:, 2].sum() == pytest.approx((classes == "M").sum(), rel=0.1)
    odds = log_odds(MODEL, blocked, tables)
    assert probability[:, 2] == pytest.approx(1 / (1 + np.exp(-odds)))


def test_what_is_missing_counts_for_nothing(planted) -> None:
    _, _, tables = planted
    nothing = evidence(np.full((1, 5), -1, np.int8))
    share = np.exp(tables.prior[:, 0])
    assert posterior(MODEL, nothing, tables)[0] == pytest.approx(share / (1 + share.sum()))


def test_rare_names_weigh_more(planted) -> None:
    _, _, tables = planted
    pair = evidence(np.zeros((1, 5), np.int8))
    rare = pair._replace(rarity=np.array([[2.0, 0.0, 0.0, 0.0, 0.0]], np.float32))
    gain = log_odds(MODEL, rare, tables)[0] - log_odds(MODEL, pair, tables)[0]
    assert 1.0 < gain < 2.0  # relatives may have handed a rare name down


def test_lists_without_a_common_person_show_none() -> None:
    generator = np.random.default_rng(4)
    pairs, _ = draw(generator, {"R": 200_000, "C": 3_000, "F": 1_000})
    random, _ = draw(generator, {"R": 100_000})
    blocked = evidence(pairs.levels[(pairs.levels == 0).any(axis=1)])
    tables = train(MODEL, blocked, random, np.array([204_000.0]), silent)
    assert (log_odds(MODEL, blocked, tables) > 0).sum() < 60


def test_who_had_relatives_in_an_event_is_sooner_taken_for_one_more(planted) -> None:
    _, _, tables = planted
    relatives, doubtful = np.array([1, 0, 0, 1, 1]), np.array([0, 0, 0, 1, 1])
    levels = np.vstack([np.tile(relatives, (4, 1)), doubtful, doubtful]).astype(np.int8)
    left, right = np.array([0, 0, 1, 1, 0, 8]), np.array([2, 3, 4, 5, 1, 9])
    factors = settled_company(MODEL, evidence(levels, left, right), tables)
    assert factors.shape == (6, 2)
    assert factors[4, 1] > factors[5, 1] and factors[5, 1] < 0


def test_the_share_that_kept_different_given_names_follows_from_those_that_dropped_one() -> None:
    generator = np.random.default_rng(5)
    dropped, second, persons = 0.3, 0.2, 200_000
    keeps = [
        np.where(generator.random(persons) < dropped, 1 + (generator.random(persons) < second), 0)
        for _ in "ab"
    ]
    one, other = keeps
    differ = (one > 0) & (other > 0) & (one != other)
    drops = np.select(
        [(one == 0) & (other == 0), (one == 0) != (other == 0)], [1, 1 + np.maximum(one, other)], 0
    )
    assert kept_apart(drops, np.ones(persons)) == pytest.approx(differ.mean(), rel=0.05)


def test_a_model_already_fitted_stands_in_for_the_declared_one(planted) -> None:
    blocked, _, tables = planted
    few = blocked._replace(**{name: value[:600] for name, value in blocked._asdict().items()})
    random, _ = draw(np.random.default_rng(6), {"R": 20_000})
    again = train(MODEL, few, random, np.array([20_000.0]), silent, start=tables)
    assert np.exp(again.m[0, 0, 0]) == pytest.approx(np.exp(tables.m[0, 0, 0]), abs=0.05)


def test_ages_a_generation_apart_keep_their_share_so_that_relatives_bear_one_name() -> None:
    generator = np.random.default_rng(7)
    pairs, _ = draw(generator, {"R": 200_000, "C": 10_000, "F": 8_000, "M": 4_000})
    named = (generator.random((800, 5)) > (0.9, 0.7, 0.9, 0.9, 0.1)).astype(np.int8)
    random, _ = draw(generator, {"R": 100_000})
    levels = np.vstack([pairs.levels[(pairs.levels == 0).any(axis=1)], named])
    held = tuple(
        c._replace(levels=(*c.levels[:-1], c.levels[-1]._replace(held=c.name == "age"))) for c in MODEL
    )
    tables, learnt = (
        train(model, evidence(levels), random, np.array([222_800.0]), silent) for model in (held, MODEL)
    )
    assert np.exp(tables.m[0, 4, 1]) == pytest.approx(0.2)
    assert np.exp(learnt.m[0, 4, 1]) > 0.2
    assert tables.handed > learnt.handed
