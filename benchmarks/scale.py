"""Reading and linking large synthetic lists in a sealed study: seconds and peak memory of each step.

The same is done again with rows that are not sealed one by one inside the encrypted database: the ratio is
what a key for each record costs.
"""

from __future__ import annotations

import resource
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

from amparo.cli.checkout import load
from amparo.cli.demo import PASSPHRASE
from amparo.study import store
from amparo.study.plan import read_plan
from amparo.vault.folder import open_folder
from amparo.vault.slots import Passphrase


def run(records: int, seed: int) -> Iterator[dict[str, Any]]:
    """One line per step; `peak_mb` is the highest the process had been by then, its children apart."""
    with tempfile.TemporaryDirectory() as name:
        room = Path(name)
        load("examples", "salvador").write(room / "lists", seed, records=records)
        sealed = 0.0
        for line in _steps(room / "lists", room / "sealed", seed):
            sealed = line["seconds"]
            yield line
        with (
            patch("amparo.vault.envelope.seal_rows", _rows_as_they_are),
            patch("amparo.vault.envelope.open_rows", _rows_as_they_were),
        ):
            *_, plain = _steps(room / "lists", room / "plain", seed)
        yield {
            "step": "record keys",
            "records": plain["records"],
            "seconds_without": plain["seconds"],
            "ratio": round(sealed / plain["seconds"], 3),
        }


def _steps(lists: Path, study: Path, seed: int) -> Iterator[dict[str, Any]]:
    plan = read_plan((lists / "target.toml").read_bytes(), "target.toml")
    store.create(study, PASSPHRASE, plan)
    with store.study_in(open_folder(study, Passphrase(PASSPHRASE))) as opened:
        from amparo.study.linking.services import link_study  # noqa: PLC0415
        from amparo.study.register.services import read_list  # noqa: PLC0415

        begun = time.perf_counter()
        rows = 0
        for key, source in plan.sources.items():
            file = lists / str(source.file)
            rows += read_list(opened, file.read_bytes(), file.name, source_key=key).rows
        read = time.perf_counter() - begun
        yield _line("read", rows, read)
        linked = link_study(opened, seed=seed)
        both = time.perf_counter() - begun
        yield _line("link", rows, both - read) | {"persons": linked.records["person"].n_unique()}
        yield _line("read + link", rows, both)


def _rows_as_they_are(
    _key: bytes, rows: Sequence[tuple[Any, Mapping[str, bytes]]], **_place: Any
) -> list[tuple[bytes, dict[str, bytes]]]:
    return [(b"none", dict(fields)) for _, fields in rows]


def _rows_as_they_were(
    _key: bytes, rows: Sequence[tuple[Any, bytes, Mapping[str, bytes]]], **_place: Any
) -> list[dict[str, bytes]]:
    return [dict(fields) for _, _, fields in rows]


def _line(step: str, records: int, seconds: float) -> dict[str, Any]:
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return {
        "step": step,
        "records": records,
        "seconds": round(seconds, 2),
        "peak_mb": round(own),
        "largest_child_mb": round(children),
    }
