"""What holds for all tests: no test is a timing test, on a busy machine either; one Spark serves them all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings

from amparo import spark as clusters

settings.register_profile("amparo", deadline=None)
settings.load_profile("amparo")


@pytest.fixture(scope="session")
def spark() -> Iterator[Any]:
    """A session on a real Spark of this machine; skips where Spark or Java is missing, and says which."""
    if lacking := clusters.missing():
        pytest.skip(f"{lacking}: needs Apache Spark (./amparo test installs it) and Java 17")
    with clusters.session() as session:
        yield session
