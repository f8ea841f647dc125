"""What a run must remember so that any number can be recomputed: inputs, seed, versions, outputs."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import msgspec

from amparo import __version__

# Told how far a long step has come: (code of the stage, done, total). Below `report` nothing prints.
Progress = Callable[[str, int, int], None]


def silent(stage: str, done: int, total: int) -> None:
    """Progress for callers that do not show any."""


class Manifest(msgspec.Struct, frozen=True):
    """One run: what went in, under which seed, versions and settings, and the digest of what came out."""

    step: str
    inputs: dict[str, str]
    seed: int
    settings: dict[str, Any]
    versions: dict[str, str]
    outputs: dict[str, str]

    def digest(self) -> str:
        """SHA-256 of the manifest in canonical order, hexadecimal."""
        return hashlib.sha256(msgspec.json.encode(self, order="deterministic")).hexdigest()


def manifest(
    step: str,
    *,
    inputs: dict[str, str],
    seed: int,
    settings: dict[str, Any],
    outputs: dict[str, str],
    libraries: tuple[str, ...] = (),
) -> Manifest:
    """Describe a finished run with the versions of Python, Amparo and the libraries it used."""
    versions = {"python": platform.python_version(), "amparo": __version__}
    versions |= {name: version(name) for name in libraries}
    return Manifest(step, inputs, seed, settings, versions, outputs)
