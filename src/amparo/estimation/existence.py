"""Does a log-linear model have a maximum-likelihood estimate for this table? A linear programme decides.

The estimate exists where the sufficient statistics lie inside the cone that the cells of the design span
(Fienberg and Rinaldo 2012, Annals of Statistics 40:996, section 3). Terms whose lists share nobody have the
extended estimate minus infinity; they and the cells above them are taken out first, as in Chan, Silverman and
Vincent (2021, Journal of the American Statistical Association 116:1297, section 3).
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntFlag
from typing import TYPE_CHECKING

import highspy
import numpy as np
from numpy.typing import NDArray

from amparo.errors import Issue, Refusal
from amparo.estimation import hierarchy
from amparo.estimation.hierarchy import Model

if TYPE_CHECKING:  # which asks here before any estimate
    from amparo.estimation.histories import Histories

INSIDE = 1e-7  # how far from every face counts as inside, where the observed cells hold one each


class Failing(IntFlag):
    """Why a model cannot be fitted; 0 where it can. The codes of R's MultipleSystemsEstimation."""

    ESTIMATE = 1  # the likelihood rises for ever: no finite (extended) estimate
    IDENTIFICATION = 2  # different parameters say the same of every cell that is left


def failing(histories: Histories, terms: Model) -> Failing:
    """What keeps a model from an estimate: 0, or the sum of 1 (no estimate) and 2 (not identified).

    The programme is: max s with A x = t and x_c >= s for every cell c, where A is the design of the cells
    that are left and t its sufficient statistics; s > 0 exactly where the estimate exists. The answer depends
    only on which cells hold people, so each is taken to hold one.
    """
    people = hierarchy.cells(histories) > 0
    size = people.size
    observed = np.arange(size)
    kept = observed > 0
    used = []
    for term in terms:
        above = observed & term == term
        if people[above].any():
            used.append(term)
        else:
            kept &= ~above
    cells = observed[kept]
    design = (cells[:, None] & np.array(used) == np.array(used)).astype(float)
    statistics = people[cells].astype(float) @ design
    code = Failing(0)
    if not _slack(design, statistics) > INSIDE:
        code |= Failing.ESTIMATE
    if np.linalg.matrix_rank(design) < len(used):
        code |= Failing.IDENTIFICATION
    return code


def check(histories: Histories, terms: Model) -> None:
    """Raise `estimation.no_estimate` or `estimation.not_estimable` where the model cannot be fitted."""
    code = failing(histories, terms)
    model = hierarchy.label(terms, len(histories.lists))
    if code & Failing.ESTIMATE:
        raise Refusal("estimation.no_estimate", model=model)
    if code & Failing.IDENTIFICATION:
        raise Refusal("estimation.not_estimable", model=model)


def sparse(histories: Histories) -> Iterable[Issue]:
    """What the table is too thin for: pairs of lists without people, dependence of pairs not identified."""
    names, people = histories.lists, hierarchy.cells(histories)
    cells = np.arange(people.size)
    pairs = [(i, j) for j in range(len(names)) for i in range(j)]
    empty = [
        f"{names[i]}–{names[j]}"
        for i, j in pairs
        if not people[(cells & (1 << i | 1 << j)) == (1 << i | 1 << j)].any()
    ]
    if empty:
        yield Issue("estimation.pairs_empty", {"pairs": len(empty), "of": len(pairs), "first": empty[0]})
    if failing(histories, hierarchy.model([(names[i], names[j]) for i, j in pairs], names)):
        yield Issue("estimation.pairs_not_estimable", {})


class _Solver(highspy.Highs):
    """HiGHS that does not greet on standard output: it does so when its callbacks start."""

    def enableCallbacks(self) -> None:  # noqa: N802  (the library's name)
        self.setOptionValue("output_flag", False)
        super().enableCallbacks()


def _slack(design: NDArray[np.float64], statistics: NDArray[np.float64]) -> float:
    """The largest s such that some x >= s has the statistics; -inf where none has them at all."""
    cells, terms = design.shape
    # x = s + z with z >= 0 keeps every bound simple: design' z + s (design' 1) = statistics
    columns = np.vstack([design, design.sum(axis=0)])
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = cells + 1, terms
    model.col_cost_ = np.r_[np.zeros(cells), 1.0]
    model.col_lower_ = np.r_[np.zeros(cells), -1.0]
    model.col_upper_ = np.full(cells + 1, highspy.kHighsInf)
    model.row_lower_ = model.row_upper_ = statistics
    model.sense_ = highspy.ObjSense.kMaximize
    column, row = np.nonzero(columns)
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = np.searchsorted(column, np.arange(cells + 2)).astype(np.int32)
    model.a_matrix_.index_ = row.astype(np.int32)
    model.a_matrix_.value_ = columns[column, row]
    solver = _Solver()
    solver.setOptionValue("threads", 1)
    solver.passModel(model)
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return float("-inf")
    return solver.getInfo().objective_function_value
