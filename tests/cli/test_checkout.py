"""What lies beside the package is loaded from a checkout, or one sentence says what is missing."""

import pytest

from amparo.cli import checkout
from amparo.errors import AmparoError


def test_parts_of_the_checkout_import_their_neighbours():
    assert checkout.load("benchmarks", "faults").STEPS == checkout.load("benchmarks", "kills").STEPS


def test_without_the_sources_one_sentence(monkeypatch, tmp_path):
    monkeypatch.setattr(checkout, "ROOT", tmp_path)
    with pytest.raises(AmparoError) as error:
        checkout.load("benchmarks", "faults")
    assert (error.value.code, error.value.facts) == ("cli.checkout", {"folder": "benchmarks"})


def test_a_peer_that_is_not_installed_is_named():
    checkout.require("polars")
    with pytest.raises(AmparoError) as error:
        checkout.require("no_such_peer")
    assert (error.value.code, error.value.facts) == ("cli.peer", {"library": "no_such_peer"})
