"""Parts that live beside the package in a checkout: the benchmarks and the examples."""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from amparo.errors import AmparoError

ROOT = Path(__file__).resolve().parents[3]


def load(folder: str, name: str) -> ModuleType:
    """The module `folder/name.py` of the checkout. Raises `cli.checkout` where there is none."""
    file = ROOT / folder / f"{name}.py"
    spec = spec_from_file_location(f"amparo_{folder}_{name}", file)
    if not file.is_file() or spec is None or spec.loader is None:
        raise AmparoError("cli.checkout", folder=folder)
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
