"""The quickstart notebook runs from its first cell to its last."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

NOTEBOOK = Path(__file__).parents[2] / "examples" / "quickstart.ipynb"


def test_every_cell_runs_and_the_numbers_are_those_of_the_literature() -> None:
    space: dict[str, Any] = {}
    for cell in json.loads(NOTEBOOK.read_text("utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), NOTEBOOK.name, "exec"), space)  # noqa: S102  (our own file)
    assert 9_000 < space["estimate"].median < 14_000
    assert space["histories"].observed == 4_400
    assert len(space["batch"].results) == 2
