from __future__ import annotations

import numpy as np
import pytest

from amparo.linkage.model import Comparison, Level
from amparo.linkage.scoring import Evidence, Tables, company, log_odds, posterior, summary, train
from amparo.runs import silent


def comparison(name: str, *m: float, event: bool = False) -> Comparison:
    return Comparison(name, "", tuple(Level(f"level {i}", "", share) for i, share in enumerate(m)), event)


MODEL = (
    comparison("given", 0.95, 0.05),
    comparison("surname", 0.9, 0.1),
    comparison("date", 0.8, 0.2, event=True),
    comparison("place", 0.8, 0.2, event=True),
    comparison("age", 0.8, 0.2),
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
    ).T
    classes = np.repeat(list(sizes), list(sizes.values()))
    return evidence(levels), classes


def evidence(levels: np.ndarray) -> Evidence:
    count = levels.shape[1]
    return Evidence(levels, np.zeros(count, np.int64), {"given": np.zeros(count)}, levels[0] == 0)


@pytest.fixture(scope="module")
def planted() -> tuple[Evidence, np.ndarray, Tables]:
    """Pairs of all classes, those that agree in nothing never proposed; the fitted tables."""
    generator = np.random.default_rng(3)
    pairs, classes = draw(generator, {"R": 400_000, "C": 20_000, "F": 6_000, "M": 4_000})
    random, _ = draw(generator, {"R": 200_000})
    proposed = (pairs.levels == 0).any(axis=0)
    blocked = evidence(pairs.levels[:, proposed])
    tables = train(MODEL, blocked, random, np.array([430_000.0]), silent)
    return blocked, classes[proposed], tables


def test_training_finds_the_planted_shares_without_labels(planted) -> None:
    _, _, tables = planted
    found = {name: float(np.exp(table[0, 0])) for name, table in tables.m.items()}
    assert found["given"] == pytest.approx(0.9, abs=0.08)
    assert found["surname"] == pytest.approx(0.85, abs=0.08)
    assert found["date"] == pytest.approx(0.9, abs=0.05)


def test_relatives_in_one_event_are_not_matches(planted) -> None:
    blocked, classes, tables = planted
    family = (
        (blocked.levels[1] == 0)
        & (blocked.levels[2] == 0)
        & (blocked.levels[0] == 1)
        & (blocked.levels[4] == 1)
    )
    assert (log_odds(MODEL, blocked, tables)[family] < 0).all()
    assert (classes[family] == "F").mean() > 0.8


def test_probabilities_are_calibrated(planted) -> None:
    blocked, classes, tables = planted
    probability = posterior(MODEL, blocked, tables)
    assert (probability >= 0).all() and (probability.sum(axis=0) <= 1 + 1e-9).all()
    assert probability[2].sum() == pytest.approx((classes == "M").sum(), rel=0.1)
    odds = log_odds(MODEL, blocked, tables)
    assert probability[2] == pytest.approx(1 / (1 + np.exp(-odds)))


def test_what_is_missing_counts_for_nothing(planted) -> None:
    _, _, tables = planted
    nothing = evidence(np.full((5, 1), -1, np.int8))
    share = np.exp(tables.prior[:, 0])
    assert posterior(MODEL, nothing, tables)[:, 0] == pytest.approx(share / (1 + share.sum()))


def test_rare_names_weigh_more(planted) -> None:
    _, _, tables = planted
    pair = evidence(np.zeros((5, 1), np.int8))
    rare = pair._replace(rarity={"given": np.array([2.0])})
    assert log_odds(MODEL, rare, tables)[0] == pytest.approx(log_odds(MODEL, pair, tables)[0] + 2.0)


def test_lists_without_a_common_person_show_none() -> None:
    generator = np.random.default_rng(4)
    pairs, _ = draw(generator, {"R": 200_000, "C": 3_000, "F": 1_000})
    random, _ = draw(generator, {"R": 100_000})
    blocked = evidence(pairs.levels[:, (pairs.levels == 0).any(axis=0)])
    tables = train(MODEL, blocked, random, np.array([204_000.0]), silent)
    assert (log_odds(MODEL, blocked, tables) > 0).sum() < 60


def test_the_fitted_table_can_be_read(planted) -> None:
    _, _, tables = planted
    found = summary(MODEL, tables)
    assert found.columns == ["comparison", "level", "m", "u", "weight"]
    assert found.filter(comparison="given")["m"].sum() == pytest.approx(1.0)
    assert found["weight"].to_numpy() == pytest.approx(np.log2(found["m"] / found["u"]))


def test_who_had_relatives_in_an_event_is_sooner_taken_for_one_more(planted) -> None:
    _, _, tables = planted
    relatives, doubtful = np.array([1, 0, 0, 1, 1])[:, None], np.array([0, 0, 0, 1, 1])[:, None]
    levels = np.hstack([np.tile(relatives, 4), doubtful, doubtful]).astype(np.int8)
    left, right = np.array([0, 0, 1, 1, 0, 8]), np.array([2, 3, 4, 5, 1, 9])
    factors = company(MODEL, evidence(levels), tables, left, right)
    assert factors.shape == (2, 6)
    assert factors[1, 4] > factors[1, 5] and factors[1, 5] < 0
