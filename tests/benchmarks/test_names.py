"""The measurement of reading names, at a small size."""

from amparo.cli.checkout import load


def test_distinct_names_are_counted_timed_and_mostly_cut_as_written():
    (line,) = load("benchmarks", "names").run(2000, 1)
    assert line["names"] == 2000
    assert line["parse_cpu_seconds"] > 0 and line["microseconds_per_name"] > 0
    assert 0.9 < line["cut_as_written"] <= 1
