"""Intervals, frames, JSON there and back, manifests, and ArviZ where it is installed."""

import builtins

import msgspec
import numpy as np
import pytest

from amparo.errors import AmparoError, Issue
from amparo.estimation.results import Estimate


@pytest.fixture
def estimate():
    return Estimate(
        method="latent_class",
        stratum={"year": "2015"},
        lists=("a", "b", "c"),
        observed=80,
        draws=100.0 + np.arange(40.0).reshape(2, 20),
        seed=3,
        data="d1",
        settings={"classes": 10},
        diagnostics={"rhat": 1.01, "ess_bulk": 30.0, "shared": 0.4},
        gate={"rhat": (None, 1.05), "ess_bulk": (400.0, None)},
        warnings=(Issue("estimation.three_lists", {}),),
    )


def test_intervals_are_quantiles_unless_the_method_gives_its_own(estimate):
    assert estimate.median == 119.5
    assert estimate.interval(0.5) == (109.75, 129.25)
    own = msgspec.structs.replace(estimate, point=111.0, limits={0.95: (90.0, 150.0)})
    assert (own.median, own.interval()) == (111.0, (90.0, 150.0))
    assert own.interval(0.5) == (109.75, 129.25)


def test_frames(estimate):
    (row,) = estimate.summary().to_dicts()
    assert (row["year"], row["median"], row["low_80"], row["warnings"]) == (
        "2015",
        119.5,
        pytest.approx(103.9),
        ["estimation.three_lists"],
    )
    told = {row["diagnostic"]: row["passed"] for row in estimate.diagnose().to_dicts()}
    assert told == {"rhat": True, "ess_bulk": False, "shared": None}


def test_json_there_and_back(estimate):
    own = msgspec.structs.replace(estimate, limits={0.95: (90.0, 150.0)})
    again = Estimate.from_json(own.to_json())
    assert again.to_json() == own.to_json()
    assert (again.draws == own.draws).all()
    assert again.warnings == own.warnings
    schema = Estimate.json_schema()["$defs"]["Estimate"]
    assert set(schema["properties"]) == set(msgspec.json.decode(own.to_json()))
    with pytest.raises(msgspec.ValidationError):
        Estimate.from_json(b'{"method": 3}')


def test_the_manifest_tells_draws_apart(estimate):
    other = msgspec.structs.replace(estimate, draws=estimate.draws + 1)
    assert estimate.manifest().digest() == estimate.manifest().digest()
    assert estimate.manifest().digest() != other.manifest().digest()


def test_arviz(estimate):
    arviz = pytest.importorskip("arviz")
    data = estimate.to_arviz()
    assert isinstance(data, arviz.InferenceData)
    assert data["posterior"]["N"].shape == (2, 20)


def test_without_arviz_the_remedy_is_told(estimate, monkeypatch):
    real = builtins.__import__

    def without(name, *args, **options):
        if name == "arviz":
            raise ImportError(name)
        return real(name, *args, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(AmparoError) as caught:
        estimate.to_arviz()
    assert caught.value.code == "estimation.no_arviz"
