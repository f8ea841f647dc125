"""The populations are what they say, and the table counts what was held, refused and resumed."""

import json

import numpy as np
import pytest

from amparo.cli import checkout
from amparo.errors import AmparoError

METHODS = ("graphical_average", "log_linear_stepwise", "chao")


@pytest.fixture(scope="module")
def bench():
    return checkout.load("benchmarks", "coverage")


@pytest.fixture(scope="module")
def populations():
    return checkout.load("benchmarks", "populations")


def test_every_kind_is_drawn_as_asked(populations):
    for kind in populations.KINDS:
        drawn = populations.draw(kind, 4, 400, False, 5)
        assert 250 < drawn.histories.observed < 600, kind
        assert drawn.people > drawn.histories.observed
        again = populations.draw(kind, 4, 400, False, 5)
        assert again.people == drawn.people
        assert (again.histories.counts == drawn.histories.counts).all()


def test_one_list_is_a_subset(populations):
    histories = populations.draw("subset", 5, 1_000, False, 3).histories
    a, b = histories.lists.index("A"), histories.lists.index("B")
    assert (histories.patterns[:, b] <= histories.patterns[:, a]).all()


def test_linkage_errors_part_more_than_they_join(populations):
    shares = []
    for error in (False, True):
        drawn = [populations.draw("independent", 5, 2_000, error, seed) for seed in range(5)]
        shares.append(np.mean([d.histories.shared / d.histories.observed for d in drawn]))
    assert shares[1] < shares[0]


def test_rows_and_resume(bench, tmp_path):
    plan = bench.Plan(1, METHODS, seed=9, kinds=("independent", "subset"), lists=(3, 4))
    rows = list(bench.run(plan, resume=tmp_path / "kept.jsonl"))
    keys = {"population", "method", "nominal", "covered", "refused_share", "median_width_ratio"}
    assert all(keys <= set(row) for row in rows)
    (all_of,) = [
        row for row in rows if (row["population"], row["method"], row["nominal"]) == ("all", "chao", 0.95)
    ]
    assert (all_of["populations"], all_of["answered"]) == (4, 4)
    kept = (tmp_path / "kept.jsonl").read_text().splitlines()
    assert len(kept) == 4
    # nothing is estimated twice, a method added later is asked alone
    assert list(bench.run(plan, resume=tmp_path / "kept.jsonl")) == rows
    assert len((tmp_path / "kept.jsonl").read_text().splitlines()) == 4
    assert list(bench.run(plan._replace(replicates=0), resume=tmp_path / "kept.jsonl")) == rows
    list(bench.run(plan._replace(methods=(*METHODS, "sample_coverage")), resume=tmp_path / "kept.jsonl"))
    added = [json.loads(line) for line in (tmp_path / "kept.jsonl").read_text().splitlines()[4:]]
    assert all(set(record["answers"]) == {"sample_coverage"} for record in added)


def test_what_is_counted(bench):
    def record(people, low, high):
        ends = {"50": [low, high], "80": [low, high], "95": [low, high]}
        said = ends if low else {"refused": "estimation.nobody"}
        group = {"kind": "subset", "lists": 3, "asked": 50, "linkage_error": False, "observed": 50}
        return group | {"people": people, "answers": {"m": said}}

    records = [record(100, 90, 130), record(100, 101, 141), record(100, 80, 100), record(100, 0, 0)]
    rows = {(row["population"], row["nominal"]): row for row in bench._table(records, ("m",))}
    row = rows["all", 0.95]
    assert (row["covered"], row["refused_share"], row["median_width_ratio"]) == (0.667, 0.25, 0.4)
    assert rows["independent", 0.95]["covered"] is None


def test_the_page(bench):
    plan = bench.Plan(1, ("chao",), seed=9, kinds=("independent",), lists=(3,))
    text = bench.page(list(bench.run(plan)), "## What is short\n\nEverything.")
    assert "| independent | " in text
    assert text.endswith("Everything.\n")


def test_methods_are_named_or_all(bench):
    assert bench.names("chao, recommended") == ("chao", "recommended")
    assert {"recommended", "latent_class", "graphical_average"} <= set(bench.names(""))
    with pytest.raises(AmparoError) as caught:
        bench.names("guess")
    assert caught.value.code == "estimation.unknown_method"
