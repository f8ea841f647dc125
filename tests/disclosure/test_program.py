"""The programmes: whole vertices, rows for a while, bounds that come back."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from amparo.disclosure.program import Program, Rows

SOURCE = str(Path(__file__).parents[2] / "src")
EDGES = [(0, 1), (1, 2), (0, 2)]


@pytest.fixture
def triangle() -> Program:
    """Pairs of three columns add up to at most one: the relaxation takes a half of each."""
    rows = Rows()
    for pair in EDGES:
        rows.add(np.array(pair), np.ones(2), -np.inf, 1.0)
    return Program(np.zeros(3), np.ones(3), rows, 3)


def test_a_vertex_is_made_whole_and_the_bounds_come_back(triangle):
    cost = -np.ones(3)
    assert triangle.linear(cost) == pytest.approx([0.5, 0.5, 0.5])
    near = triangle.near(cost)
    assert triangle.is_whole(near)
    assert all(near[a] + near[b] <= 1 for a, b in EDGES)
    assert triangle.linear(cost) == pytest.approx([0.5, 0.5, 0.5])
    assert cost @ triangle.integer(cost) == pytest.approx(-1)


def test_a_row_holds_as_long_as_its_block(triangle):
    with triangle.where(np.ones(3), 1.5, np.inf):
        assert triangle.linear(np.zeros(3)) is not None
        assert triangle.any() is None
    assert triangle.any() is not None


def test_rows_and_columns_can_be_let_go(triangle):
    triangle.ends(np.array([0]), np.array([-np.inf]), np.array([np.inf]))
    assert -np.ones(3) @ triangle.integer(-np.ones(3)) == pytest.approx(-2)
    triangle.bounds(np.array([0]), np.zeros(1), np.zeros(1))
    assert -np.ones(3) @ triangle.integer(-np.ones(3)) == pytest.approx(-1)


def test_the_solver_prints_nothing():
    """In a process of its own: HiGHS greets once in each."""
    code = (
        "import numpy as np; from amparo.disclosure.program import Program, Rows; rows = Rows();"
        "rows.add(np.array([0]), np.ones(1), 0.5, 1.0);"
        "program = Program(np.zeros(1), np.ones(1), rows, 1); program.integer(np.ones(1)); program.any()"
    )
    command = [sys.executable, "-c", code]
    child = subprocess.run(command, capture_output=True, env=os.environ | {"PYTHONPATH": SOURCE}, check=True)
    assert child.stdout + child.stderr == b""
