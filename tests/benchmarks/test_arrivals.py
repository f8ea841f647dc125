from __future__ import annotations

from amparo.cli.checkout import load


def test_what_comes_is_placed_alone_and_timed() -> None:
    first, new, again = load("benchmarks", "arrivals").run(400, 10, 2)
    assert (first["arrivals"], new["arrivals"], again["arrivals"]) == (False, True, False)
    assert new["records"] == 10 and 0 < new["step_seconds"] <= new["seconds"]
    assert abs(new["persons"] - again["persons"]) < 20
