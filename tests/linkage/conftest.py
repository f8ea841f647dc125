from __future__ import annotations

import sys
from pathlib import Path

import polars as pl
import pytest

sys.path.insert(0, str(Path(__file__).parent))  # the tests of this room share their synthetic mentions

from synthetic_mentions import synthetic_lists


@pytest.fixture(scope="session")
def lists() -> tuple[pl.DataFrame, dict[str, int]]:
    """Records and the person of each record id."""
    return synthetic_lists(1000, seed=11)
