"""The bench of many strata tells time, refusals and how often the interval held, in one row."""

from amparo.cli.checkout import load


def test_one_row():
    [row] = load("benchmarks", "strata").run(6, "recommended", 1, 1)
    assert (row["strata"], row["method"], row["chains"]) == (6, "recommended", 8)
    assert sum(row["refused"].values()) < 6
    assert 0 <= row["covered"] <= 1
    assert row["observed"] > 6 * 300
    assert row["cpu_seconds"] > 0
