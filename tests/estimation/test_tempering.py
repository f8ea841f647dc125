"""Particles led from the prior agree with long chains, and weigh islands by evidence."""

import numpy as np
import pytest

from amparo.estimation import tempering
from amparo.estimation.latent_class import HierarchicalLatentClass, latent_class


def test_islands_agree_with_chains(published):
    histories, _ = published("western")
    settings = HierarchicalLatentClass(classes=2)
    streams = np.random.SeedSequence(4).spawn(4)
    parts, weights = tempering.pooled(settings.model(histories), streams, 200)
    chains = latent_class(histories, seed=1, settings=settings)
    assert weights.sum() == pytest.approx(1.0)
    assert weights.max() < 0.9
    assert np.median(np.concatenate(parts)) == pytest.approx(chains.median, rel=0.1)
    assert max(part.max() for part in parts) <= 21 * histories.observed
