"""The benchmark of claims gives comparable lines on a small study."""

from amparo.cli.checkout import load


def test_reading_is_timed_without_and_with_claims_and_what_is_hidden_is_not_seen():
    lines = list(load("benchmarks", "claims").run(300, 1))
    steps = ["read", "open", "rows", "cells", "open", "cells", "why", "oracle"]
    assert [line["step"] for line in lines] == steps
    oracle = lines.pop()
    assert oracle["seen"] == 0
    assert 0 <= oracle["auc"] <= 1
    assert lines[0]["records"] >= 300
    assert [line["claims"] for line in lines[1:]] == [0, 0, 0, 1, 1, 1]
    assert all(line["seconds"] >= 0 for line in lines[1:])
