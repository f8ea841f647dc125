"""Amparo: from partial lists of people in danger to a sourced register and an honest number."""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

# The public face: each name is loaded when first used, so that `import amparo` stays cheap.
_PUBLIC = {
    "AmparoError": "amparo.errors",
    "HierarchicalLatentClass": "amparo.estimation.latent_class",
    "LatentClass": "amparo.estimation.latent_class",
    "Estimate": "amparo.estimation.results",
    "Histories": "amparo.estimation.histories",
    "GraphicalAverage": "amparo.estimation.graphical",
    "LogLinear": "amparo.estimation.loglinear",
    "answers": "amparo.estimation.comparing",
    "compare": "amparo.estimation.comparing",
    "fit_strata": "amparo.estimation.strata",
    "graphical_average": "amparo.estimation.graphical",
    "from_persons": "amparo.estimation.histories",
    "from_table": "amparo.estimation.histories",
    "impute_strata": "amparo.estimation.imputation",
    "latent_class": "amparo.estimation.latent_class",
    "leave_one_list_out": "amparo.estimation.robustness",
    "mixture": "amparo.estimation.pooling",
    "predictive_check": "amparo.estimation.robustness",
    "rubin": "amparo.estimation.pooling",
    "sensitivity": "amparo.estimation.latent_class",
    "strata_from_table": "amparo.estimation.histories",
    "total": "amparo.estimation.pooling",
    "link": "amparo.linkage",
    "log_linear": "amparo.estimation.loglinear",
    "parse_name": "amparo.values.names",
    "parse_date": "amparo.values.dates",
    "recommend": "amparo.estimation.comparing",
    "recommended": "amparo.estimation.calibration",
}

__all__ = ["__version__", *_PUBLIC]  # noqa: PLE0604  (the names are the keys above)


def __getattr__(name: str) -> Any:
    """Load a public name from the room that owns it."""
    if name not in _PUBLIC:
        raise AttributeError(name)
    return getattr(import_module(_PUBLIC[name]), name)
