"""What holds for all tests: no test is a timing test, on a busy machine either."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("amparo", deadline=None)
settings.load_profile("amparo")
