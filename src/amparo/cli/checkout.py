"""Parts that live beside the package in a checkout: the benchmarks and the examples."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

from amparo.errors import AmparoError

ROOT = Path(__file__).resolve().parents[3]


def load(folder: str, name: str) -> ModuleType:
    """The module `name` below `folder` of the checkout, which may import its neighbours relatively.

    Raises `cli.checkout` where there is none.
    """
    place = ROOT / folder
    if not place.joinpath(*name.split(".")).with_suffix(".py").is_file():
        raise AmparoError("cli.checkout", folder=folder)
    package = f"amparo_{folder}"
    if package not in sys.modules:
        sys.modules[package] = ModuleType(package)
        sys.modules[package].__path__ = [str(place)]
    return import_module(f"{package}.{name}")


def require(library: str) -> None:
    """Raises `cli.peer` where a library that only measurements run beside is not installed."""
    if find_spec(library) is None:
        raise AmparoError("cli.peer", library=library)
